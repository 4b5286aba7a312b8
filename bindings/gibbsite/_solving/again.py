"""A random sample of every run, solved again cold and alone: a difference is an error of ours."""

import warnings
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from gibbsite.errors import CertificateWarning
from gibbsite_engine.layout import Points
from gibbsite_engine.results import Results
from gibbsite_engine.status import AGREES, DIFFERS

if TYPE_CHECKING:
    import xarray as xr

# kJ per mole of oxides; Newton's method stops at a hundredth of it.
SAME: Final = 1e-8
_SHOWN: Final = 5


def chosen(points: Points, share: float, *given: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return the points of a random sample, which depends on nothing but the points.

    Parameters
    ----------
    points : Points
        n of them; a lone one is never chosen, it was solved alone.
    share : float
        Of the points, on average.
    *given : array
        What else samples may differ by: the energies of potentials that are given.
    """
    n = len(points.pressure)
    if n == 1:
        return np.zeros(0, np.int64)
    parts = [np.ascontiguousarray(each).tobytes() for each in (*points, *given)]
    seed = crc32(b"".join(parts))
    rng = np.random.default_rng(seed)
    number = rng.binomial(n, share)
    return rng.choice(n, number, replace=False)


def compare(points: Points, i: int, results: Results, alone: Results) -> int:
    """Say whether point i of many has the status and the energy that it has alone."""
    energy = float(results.gamma[i] @ points.bulk[i])
    gap = abs(energy - float(alone.gamma[0] @ points.bulk[i]))
    same = results.status[i] == alone.status[0] and (gap <= SAME or np.isnan(energy))
    return AGREES if same else DIFFERS


def report(dataset: "xr.Dataset") -> None:
    """Warn of the points of a result that have another answer when they are solved alone."""
    differs = dataset["solved_again"].values == DIFFERS
    if not differs.any():
        return
    dims = dataset["solved_again"].dims
    places = [
        ", ".join(f"{dim} {i}" for dim, i in zip(dims, index, strict=True))
        for index in np.argwhere(differs)[:_SHOWN]
    ]
    warnings.warn(
        f"{differs.sum()} of {(dataset['solved_again'].values > 0).sum()} points that were solved "
        f"again, alone, have another answer: {'; '.join(places)}. This is a fault of gibbsite, and "
        "the result is not to be trusted; please report it with the rock and the conditions.",
        CertificateWarning,
        stacklevel=3,
    )
