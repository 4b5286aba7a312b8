"""Partition coefficients between minerals and melt: the sets that come with gibbsite, and one's own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gibbsite._inputs.given import number
from gibbsite._inputs.melt import MELT
from gibbsite._inputs.names import NAME_RULES
from gibbsite._inputs.phase_hint import which_phase
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_partition, load_traces

Array = NDArray[np.float64]
Coefficients = Mapping[str, Mapping[str, float]]
"""Mineral -> element -> its concentration in the mineral over that in the melt, by weight."""


def partition_coefficients(name: str) -> pd.DataFrame:
    """Return a set of partition coefficients.

    Parameters
    ----------
    name : str
        Such as "gibson-geist-2010", for melting mantle, or "fu-jacobsen-2024", for the Moon.

    Returns
    -------
    pandas.DataFrame
        By mineral, as labels have it ("pl", "pig"): `source`, and the concentration of each element
        in the mineral over that in the melt, by weight; NaN where it is not known.

    Raises
    ------
    InputError
        If there is no set of that name.
    """
    sets = load_partition()
    if name not in sets:
        raise InputError(
            f"no partition coefficients are called {name!r}: {did_you_mean(name, sets)}"
        )
    rows = {
        mineral: {"source": record.source, **record.coefficients}
        for record in sets[name].values()
        for mineral in record.holds_for
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("mineral")


@dataclass(frozen=True, slots=True)
class KnownCoefficients:
    """What is known of how elements are shared: one's own coefficients go before those of a set.

    Attributes
    ----------
    own : mapping
        Mineral, as labels have it, or phase -> element -> coefficient.
    of_set : mapping
        Mineral -> element -> coefficient.
    """

    own: Coefficients
    of_set: Coefficients

    @classmethod
    def of(cls, name: str | None, given: Coefficients) -> "KnownCoefficients":
        """Return what a set of that name knows, and what is given besides.

        Raises
        ------
        InputError
            If there is no such set or mineral, or a coefficient is no number, 0 or more.
        """
        if not isinstance(given, Mapping):
            raise InputError(f"coefficients = {given!r}: give a mapping of minerals to elements.")
        names = {
            *NAME_RULES,
            *(each.gibbsite for kind in NAME_RULES.values() for each in kind.windows),
        }
        if unknown := [mineral for mineral in given if mineral not in names]:
            raise InputError(
                f"coefficients of {unknown[0]!r}: there is no such mineral; "
                f"{which_phase(unknown[0], sorted(names))}"
            )
        for mineral, row in given.items():
            if mineral == MELT:
                raise InputError(
                    f"coefficients of {mineral!r}: those of the melt are 1, all are over it."
                )
            if not isinstance(row, Mapping):
                raise InputError(
                    f"coefficients of {mineral!r} = {row!r}: give a mapping of elements to numbers."
                )
        own = {
            mineral: {
                str(element): _checked(mineral, str(element), value)
                for element, value in row.items()
                if element != "source" and not pd.isna(value)
            }
            for mineral, row in given.items()
        }
        if name is None:
            return cls(own, {})
        table = partition_coefficients(name).drop(columns="source")
        rows = {str(mineral): row.dropna() for mineral, row in table.iterrows()}
        of_set = {m: {str(e): float(d) for e, d in row.items()} for m, row in rows.items()}
        return cls(own, of_set)

    @property
    def elements(self) -> set[str]:
        """All elements that something is known of."""
        rows = (*self.own.values(), *self.of_set.values())
        return {element for row in rows for element in row}

    def find(self, mineral: str, phase: str, element: str) -> float:
        """Return a coefficient; NaN where it is not known."""
        for row in (self.own.get(mineral), self.own.get(phase), self.of_set.get(mineral)):
            if row is not None and element in row:
                return row[element]
        return np.nan


def _checked(mineral: str, element: str, value: float) -> float:
    found = number(f"the coefficient of {element} in {mineral}", value)
    if not 0.0 <= found < np.inf:
        raise InputError(
            f"the coefficient of {element} in {mineral} is {found:g}; it is 0 or more, and finite."
        )
    return found


def concentrations_of(given: Mapping[str, float] | str, known: Collection[str]) -> dict[str, float]:
    """Return concentrations by element: as given, or those of a reservoir.

    Parameters
    ----------
    given : mapping of str to float, or str
        Element -> concentration; or the key of a reservoir.
    known : collection of str
        Which elements of a reservoir are wanted.

    Raises
    ------
    InputError
        If there is no such reservoir, or a concentration is no number, 0 or more.
    """
    if isinstance(given, str):
        reservoirs = load_traces()
        if given not in reservoirs:
            raise InputError(
                f"no trace elements are those of {given!r}: {did_you_mean(given, reservoirs)}"
            )
        amounts = reservoirs[given].amounts
        return {element: amount for element, amount in amounts.items() if element in known}
    if not isinstance(given, Mapping) or not given:
        raise InputError(f"{given!r} is neither a reservoir nor a mapping of elements to ppm.")
    found = {str(element): number(str(element), amount) for element, amount in given.items()}
    for element, amount in found.items():
        if not 0.0 <= amount < np.inf:
            raise InputError(f"{element} = {amount:g}; a concentration is 0 or more.")
    return found


def of_minerals(
    minerals: Sequence[tuple[str, str]], elements: Sequence[str], known: KnownCoefficients
) -> Array:
    """Return the coefficients of minerals.

    Parameters
    ----------
    minerals : sequence of (str, str)
        Name of each, as labels have it, and of its phase.
    elements : sequence of str
        Which.
    known : KnownCoefficients
        All coefficients.

    Returns
    -------
    ndarray, shape (n, n_elements)

    Raises
    ------
    InputError
        If one is not known, with all that are not.
    """
    table = np.array([[known.find(*each, element) for element in elements] for each in minerals])
    missing = {
        name: [element for element, d in zip(elements, row, strict=True) if np.isnan(d)]
        for (name, _), row in zip(minerals, table, strict=True)
        if np.isnan(row).any()
    }
    if missing:
        raise InputError(_say_missing(missing, len(elements)))
    return table.reshape(-1, len(elements))


def _say_missing(missing: Mapping[str, Sequence[str]], of: int) -> str:
    told = "; ".join(
        f"{mineral} ({'all' if len(elements) == of else ', '.join(elements)})"
        for mineral, elements in missing.items()
    )
    name = next(iter(missing))
    return (
        f"partition coefficients are not known for {told}. Give them: "
        f'coefficients = {{"{name}": {{"{next(iter(missing[name]))}": ...}}}}, say, or leave out elements.'
    )
