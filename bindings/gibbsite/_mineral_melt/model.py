"""Mineral-melt models by name, from a folder, or written as a class."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import (
    absent_mineral_melt,
    load_mineral_melt,
    mineral_melt_names,
    read_mineral_melt,
)

from .equation import MineralMelt


@runtime_checkable
class Model(Protocol):
    """What `liquid_line` asks of a model; `MineralMelt` is one, and so may be a class of yours."""

    @property
    def key(self) -> str:
        """Its name."""

    @property
    def mineral(self) -> str:
        """The mineral."""

    @property
    def reference(self) -> str:
        """Its publication."""

    def saturate(
        self, moles: NDArray[np.float64], pressure_kbar: float
    ) -> tuple[float, NDArray[np.float64]]:
        """Return the saturation temperature [degC], NaN if there is none, and the mineral [mol].

        Melt and mineral are oxides in the order of `melt.oxides`.
        """

    def complaints(
        self, moles: NDArray[np.float64], pressure_kbar: float, temperature_C: float
    ) -> Sequence[str]:
        """Return what lies outside the range of the model, as sentences."""


def mineral_melt(name: str | Path) -> MineralMelt:
    """Return a mineral-melt equation.

    Parameters
    ----------
    name : str or Path
        Name of one that comes with gibbsite, such as "ford-1983-ol", or the folder of one of your
        own: `model.toml`, `components.csv`, `terms.csv` and `ranges.csv`, as those that come with
        gibbsite have them.

    Returns
    -------
    MineralMelt
        With its publication, its range, `saturation_temperature`, `coefficients` and `composition`.

    Raises
    ------
    InputError
        If there is none of this name; for a model whose coefficients are not public, says so.
    gibbsite_datasets.TableError
        If a table of the folder is wrong; names file, row and reason.

    Examples
    --------
    >>> olivine = mineral_melt("ford-1983-ol")
    >>> basalt = {"SiO2": 50, "Al2O3": 15, "FeO": 9, "MgO": 9, "CaO": 12, "Na2O": 2.5}
    >>> 1200 < olivine.saturation_temperature(basalt, pressure_kbar=0.001) < 1300
    True
    """
    if isinstance(name, Path):
        if not (name / "model.toml").is_file():
            raise InputError(f"{name} is no folder of a mineral-melt model: it has no model.toml.")
        return MineralMelt(read_mineral_melt(name.resolve()))
    absent = absent_mineral_melt()
    if name in absent:
        missing = absent[name]
        raise InputError(f"{missing.reference}, {missing.mineral}: {missing.reason}.")
    known = mineral_melt_names()
    if name not in known:
        raise InputError(
            f"there is no mineral-melt model {name!r}: {did_you_mean(str(name), known)}"
        )
    return MineralMelt(load_mineral_melt(name))
