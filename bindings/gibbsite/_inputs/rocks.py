"""Tables of rocks in the conventions of geochemists: columns of oxides, suffixes, names for iron."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_datasets import load_components, outside_oxides

from .composition import TOTAL_IRON, Bulk, Unit, bulk
from .iron import Iron, to_ferrous

NAME_COLUMNS: Final = ("name", "rock", "sample", "sample_id", "label")
TOTALS_WT: Final = (97.0, 103.0)
"""Totals that raise no question [wt%]."""


@dataclass(frozen=True, slots=True)
class Average:
    """The mean of rocks and how they spread, in wt% of the components of the system.

    Attributes
    ----------
    bulk : Bulk
        The mean by weight, each rock counting the same.
    number : int
        How many rocks.
    deviation_wt : mapping of str to float
        Standard deviation of the sample [wt%]; NaN for one rock.
    minimum_wt, maximum_wt : mapping of str to float
        Ends of the range [wt%].
    """

    bulk: Bulk
    number: int
    deviation_wt: Mapping[str, float]
    minimum_wt: Mapping[str, float]
    maximum_wt: Mapping[str, float]


@dataclass(frozen=True)
class Rocks(Mapping[str, Bulk]):
    """Rocks by name, in their order. Made by `rocks`, or `Rocks.between`.

    Attributes
    ----------
    totals_wt : mapping of str to float
        Sum of the oxides as given, before anything was left out or normalised [wt%]; only of
        rocks read from a table.
    notes : tuple of str
        What was made of the table: which columns were not used, what was done to iron.
    """

    _rocks: dict[str, Bulk]
    totals_wt: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Bulk:
        """Return the rock of that name."""
        return self._rocks[name]

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._rocks)

    def __len__(self) -> int:
        """Return how many rocks there are."""
        return len(self._rocks)

    @classmethod
    def between(
        cls, a: Bulk, b: Bulk, x: ArrayLike, *, by: Literal["mol", "mass"] = "mol"
    ) -> "Rocks":
        """Return mixtures of two rocks, (1 - x) a + x b.

        Parameters
        ----------
        a, b : Bulk
            The ends, at x = 0 and x = 1.
        x : array_like
            Fractions of `b`, 0 to 1.
        by : {"mol", "mass"}
            What x is a fraction of: moles of oxides, as along the axis of a section, or mass.

        Raises
        ------
        InputError
            If a fraction is outside 0 to 1, or given twice.
        """
        if by not in ("mol", "mass"):
            raise InputError(f"by = {by!r}: {did_you_mean(str(by), ('mol', 'mass'))}")
        mixed: dict[str, Bulk] = {}
        for fraction in np.atleast_1d(np.asarray(x, dtype=np.float64)).tolist():
            if not 0.0 <= fraction <= 1.0:
                raise InputError(f"the mixing fraction x = {fraction!r} is outside 0 to 1.")
            moles = fraction
            if by == "mass":  # one gram holds 1 / molar_mass moles of oxides
                there, here = fraction / b.molar_mass, (1.0 - fraction) / a.molar_mass
                moles = there / (there + here)
            name = f"{fraction:.10g}"
            if name in mixed:
                raise InputError(f"the mixing fraction x = {name} is there twice.")
            mixed[name] = a.mix(b, moles)
        return cls(mixed)

    def frame(self, unit: Unit = "wt%", *, suffix: str = "", iron: str = "FeO") -> pd.DataFrame:
        """Return a table, one row a rock, one column an oxide.

        Parameters
        ----------
        unit : {"wt%", "mol"}
            Weight that sums to 100, or moles that sum to 1.
        suffix : str
            Put behind the name of each oxide; "_Liq" for Thermobar and PetThermoTools.
        iron : str
            Name of total iron: "FeO", "FeOT" (pyrolite) or "FeOt" (Thermobar).
        """
        if unit not in ("wt%", "mol"):
            raise InputError(f"unit = {unit!r}: {did_you_mean(str(unit), ('wt%', 'mol'))}")
        if iron not in ("FeO", *TOTAL_IRON):
            raise InputError(f"iron = {iron!r}: {did_you_mean(iron, ('FeO', *TOTAL_IRON))}")
        rows = {name: rock.wt if unit == "wt%" else rock.mol for name, rock in self.items()}
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")
        return table.rename(columns={"FeO": iron}).add_suffix(suffix)

    def average(self, name: str = "average") -> Average:
        """Return the mean by weight, and the spread.

        Parameters
        ----------
        name : str
            What to call the mean.
        """
        if not self:
            raise InputError("there are no rocks to average.")
        table = self.frame()
        mean = bulk(wt=_by_oxide(table.mean()), name=name)
        deviation, low, high = table.std(ddof=1), table.min(), table.max()
        return Average(mean, len(table), _by_oxide(deviation), _by_oxide(low), _by_oxide(high))

    def check(self) -> pd.DataFrame:
        """Return what one would look at before trusting an analysis; no norm is calculated.

        Returns
        -------
        pandas.DataFrame
            For each rock `total_wt` as given, `left_out_wt` [wt%], `Mg#` = 100 MgO / (MgO + FeO),
            `A/CNK` = Al2O3 / (CaO + Na2O + K2O), `A/NK` = Al2O3 / (Na2O + K2O), all in moles, and
            `remarks`, empty where there is none.
        """
        rows = {name: self._check(name, rock) for name, rock in self.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")

    def _check(self, name: str, rock: Bulk) -> dict[str, Any]:
        mol = rock.mol
        alkalis = mol["Na2O"] + mol["K2O"]
        total = self.totals_wt.get(name, np.nan)
        row = {
            "total_wt": total,
            "left_out_wt": sum(rock.left_out_wt.values()),
            "Mg#": 100.0 * _ratio(mol["MgO"], mol["MgO"] + mol["FeO"]),
            "A/CNK": _ratio(mol["Al2O3"], mol["CaO"] + alkalis),
            "A/NK": _ratio(mol["Al2O3"], alkalis),
        }
        remarks = []
        if total < TOTALS_WT[0] or total > TOTALS_WT[1]:
            remarks.append(f"total {total:.4g} wt%")
        absent = [oxide for oxide, amount in mol.items() if amount == 0.0]
        if absent:
            remarks.append(f"without {', '.join(absent)}")
        if row["A/NK"] < 1.0:
            remarks.append("peralkaline")
        elif row["A/CNK"] > 1.0:
            remarks.append("peraluminous")
        return {**row, "remarks": "; ".join(remarks)}


def rocks(
    table: pd.DataFrame | str | Path | Mapping[str, Bulk] | Sequence[str],
    *,
    suffix: str | None = None,
    iron: Iron = "refuse",
    ignore: str | Iterable[str] = (),
) -> Rocks:
    """Read a table of rocks, with columns of oxides in wt%, or gather rocks that are there.

    Parameters
    ----------
    table : DataFrame, path, mapping of str to Bulk, or sequence of str
        A table or CSV file: oxides, with or without a suffix as in "SiO2_Liq"; total iron as FeO,
        FeOT, FeOt; names in a column "name", "sample" or the index. An empty cell is an oxide that
        is not there. Or rocks by name, or names of rocks that come with gibbsite.
    suffix : str, optional
        Suffix of the columns to read; needed only where there is a choice.
    iron : {"refuse", "ferrous"}
        Refuse ferric iron (Fe2O3, Fe2O3T, Fe3Fet), or count all iron as FeO.
    ignore : str or iterable of str
        Oxides outside the system to leave out, or "outside" for all of them.

    Returns
    -------
    Rocks
        `notes` says what was made of the columns, each rock's `left_out_wt` what it lost.

    Raises
    ------
    InputError
        If the table cannot be read, or a row is no rock; names the row.
    """
    if isinstance(table, Mapping) and not isinstance(table, pd.DataFrame):
        return Rocks({str(name): rock for name, rock in table.items()})
    if isinstance(table, Sequence) and not isinstance(table, str):
        return Rocks({name: bulk(name, ignore=ignore) for name in table})
    frame = table if isinstance(table, pd.DataFrame) else _read(Path(table))
    names, frame = _names(frame)
    suffix = _suffix(frame, suffix)
    columns = {c: c.removesuffix(suffix) for c in _oxide_columns(frame, suffix)}
    notes = [f"columns not used: {', '.join(rest)}"] if (rest := _others(frame, columns)) else []
    amounts = frame[list(columns)].rename(columns=columns)
    ignored = ignore if isinstance(ignore, str) else tuple(ignore)
    found, totals = {}, {}
    for name, (_, row) in zip(names, amounts.iterrows(), strict=True):
        try:
            given = _numbers(row)
            totals[name] = sum(v for oxide, v in given.items() if oxide != "Fe3Fet")
            found[name] = bulk(wt=to_ferrous(given, iron), name=name, ignore=ignored)
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
    if iron == "ferrous":
        notes.append("all iron counted as FeO")
    return Rocks(found, totals, tuple(notes))


def _read(path: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(path, skipinitialspace=True)
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{path} cannot be read as a table: {reason}.") from None


def _names(frame: pd.DataFrame) -> tuple[list[str], pd.DataFrame]:
    """Names of the rows, and the table without them."""
    columns = [c for c in frame.columns if str(c).lower() in NAME_COLUMNS]
    if columns:
        names = frame[columns[0]].map(str).tolist()
        frame = frame.drop(columns=columns[0])
    else:
        names = frame.index.map(str).tolist()
    if not names:
        raise InputError("the table holds no rocks.")
    twice = [name for i, name in enumerate(names) if name in names[:i]]
    if twice:
        raise InputError(f"the name {twice[0]!r} is there twice.")
    frame = frame.rename(columns=str)
    repeated = frame.columns[frame.columns.duplicated()].tolist()
    if repeated:
        raise InputError(f"the column {repeated[0]!r} is there twice.")
    return names, frame


def _known() -> tuple[str, ...]:
    names = [oxide.name for oxide in (*load_components(), *outside_oxides())]
    # A column "O", "S", "F" or "Cl" is hardly an oxide in a table of rocks, but it must not vanish.
    return (*names, *TOTAL_IRON, "Fe2O3T", "Fe2O3t", "Fe3Fet")


def _suffix(frame: pd.DataFrame, wanted: str | None) -> str:
    """Return the one suffix that a column SiO2 has."""
    found = [c.removeprefix("SiO2") for c in frame.columns if c == "SiO2" or c.startswith("SiO2_")]
    if wanted is not None:
        if not _oxide_columns(frame, wanted):
            raise InputError(f"no column is an oxide with the suffix {wanted!r}.")
        return wanted
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"oxides have the suffixes {found}; say which by suffix=.")
    if _oxide_columns(frame, ""):
        return ""
    raise InputError(f"no column is an oxide; there are {', '.join(frame.columns) or 'none'}.")


def _oxide_columns(frame: pd.DataFrame, suffix: str) -> list[str]:
    known = _known()
    return [c for c in frame.columns if c.endswith(suffix) and c.removesuffix(suffix) in known]


def _others(frame: pd.DataFrame, columns: Mapping[str, str]) -> list[str]:
    return [c for c in frame.columns if c not in columns]


def _numbers(row: "pd.Series[Any]") -> dict[str, float]:
    given = {}
    for oxide, cell in row.items():
        if pd.isna(cell) or (isinstance(cell, str) and not cell.strip()):
            continue
        try:
            given[str(oxide)] = float(cell)
        except (TypeError, ValueError):
            raise InputError(f"{oxide} = {cell!r} is not a number of wt%.") from None
    return given


def _by_oxide(row: "pd.Series[Any]") -> dict[str, float]:
    return {str(oxide): float(value) for oxide, value in row.items()}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else np.nan
