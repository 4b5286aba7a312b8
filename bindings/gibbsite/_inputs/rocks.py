"""Rocks by name: read from a table, written to one, averaged, mixed and checked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gibbsite._showing import html_facts, html_table, listed
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from .composition import Bulk, bulk, check_bulk, mixture
from .given import file_path, names, number, numbers
from .iron import TOTAL_IRON, Iron, Unit
from .rock_table import Repeated, TableReading, read_table
from .sheets import of_frame, read_sheet
from .water import Water, as_water

TOTALS_WT: Final = (97.0, 103.0)
"""Totals that raise no question [wt%]."""


@dataclass(frozen=True, slots=True)
class Average:
    """The mean of rocks and how they spread, in wt% of the components of the system.

    Attributes
    ----------
    bulk : Bulk
        The mean by weight, each rock counting the same; what they set aside or left out, too.
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

    def __repr__(self) -> str:
        """Return the mean on one line."""
        return f"<Average of {self.number} rocks: {self.bulk!r}>"

    def _repr_html_(self) -> str:
        columns = self.bulk.wt, self.deviation_wt, self.minimum_wt, self.maximum_wt
        rows = [
            (oxide, *(f"{column[oxide]:.3f}" for column in columns))
            for oxide, moles in self.bulk.mol.items()
            if moles > 0.0
        ]
        head = ("wt%", "mean", "1 s.d.", "lowest", "highest")
        return html_table(head, rows, f"{self.bulk.name}, {self.number} rocks")


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
    counted_as_zero : mapping of str to mapping of str to str
        Rock -> header of a column -> what its cell holds in place of a number, such as "b.d.l.".
    bad : mapping of str to str
        Row of the table -> why it is no rock; empty unless such rows were to be left out.
    """

    _rocks: dict[str, Bulk]
    totals_wt: Mapping[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    counted_as_zero: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    bad: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Return how many rocks there are, and the first of them."""
        return f"<Rocks, {len(self)}: {listed(self)}>"

    def _repr_html_(self) -> str:
        oxides = [o for o in self.frame().columns if (self.frame()[o] > 0.0).any()] if self else []
        rows = [
            (name, *(f"{rock.wt[oxide]:.2f}" for oxide in oxides)) for name, rock in self.items()
        ]
        notes = [("note", note) for note in self.notes]
        head = ("wt%", *oxides)
        return html_table(head, rows, f"{len(self)} rocks") + html_facts(notes)

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
        for fraction in numbers("x", x).ravel().tolist():
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
        table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("name").fillna(0.0)
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
        moles = 1.0 / np.array([rock.molar_mass for rock in self.values()])  # of a gram of each
        parts = zip(self.values(), (moles / moles.sum()).tolist(), strict=True)
        mean = mixture(list(parts), name=name, source=f"mean of {len(self)} rocks")
        deviation, low, high = table.std(ddof=1), table.min(), table.max()
        return Average(mean, len(table), _by_oxide(deviation), _by_oxide(low), _by_oxide(high))

    def check(self) -> pd.DataFrame:
        """Return what one would look at before trusting an analysis; no norm is calculated.

        Returns
        -------
        pandas.DataFrame
            For each rock `total_wt` as given, `left_out_wt` [wt%], `Mg#` = 100 MgO / (MgO + FeO), ferrous iron,
            `A/CNK` = Al2O3 / (CaO + Na2O + K2O), `A/NK` = Al2O3 / (Na2O + K2O), all in moles, and
            `remarks`, empty where there is none.
        """
        rows = {name: self._check(name, rock) for name, rock in self.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")

    def _check(self, name: str, rock: Bulk) -> dict[str, Any]:
        mol = rock.mol
        alkalis = mol["Na2O"] + mol["K2O"]
        ferrous = mol["FeO"] - 2.0 * mol.get("O", 0.0)
        total = self.totals_wt.get(name, np.nan)
        row = {
            "total_wt": total,
            "left_out_wt": sum(rock.left_out_wt.values()),
            "Mg#": 100.0 * _ratio(mol["MgO"], mol["MgO"] + ferrous),
            "A/CNK": _ratio(mol["Al2O3"], mol["CaO"] + alkalis),
            "A/NK": _ratio(mol["Al2O3"], alkalis),
        }
        remarks = []
        if total < TOTALS_WT[0] or total > TOTALS_WT[1]:
            remarks.append(f"total {total:.4g} wt%")
        zeros = self.counted_as_zero.get(name, {})
        remarks += [f"{column} = {remark}" for column, remark in zeros.items()]
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
    ferric: float | None = None,
    water: Water = None,
    ignore: str | Iterable[str] = (),
    sheet: str | None = None,
    repeated: Repeated = "refuse",
    bad_rows: Literal["refuse", "leave-out"] = "refuse",
) -> Rocks:
    """Read a table of rocks, with columns of oxides in wt%, or gather rocks that are there.

    Parameters
    ----------
    table : DataFrame, path, mapping of str to Bulk, or sequence of str
        A table, as text (CSV) or Excel: oxides under any usual header, with or without a unit or a
        suffix as in "SiO2_Liq"; total iron in any usual form; names in a column "name", "sample",
        ..., or the index. An empty cell is an oxide that is not there. Or rocks by name, or names
        of rocks that come with gibbsite.
    suffix : str, optional
        Suffix of the columns to read; needed only where there is a choice.
    iron : {"refuse", "ferrous", "given"}
        Refuse ferric iron (Fe2O3, Fe3Fet, O), count all iron as FeO, or take ferric iron in as it is
        given. A total of iron is not ferric.
    ferric : float, optional
        Share of ferric iron in all iron, 0 to 1, in place of what the table says.
    water : float or "excess", optional
        Water to add to rocks given without, as of `bulk`.
    ignore : str or iterable of str
        Oxides to leave out, or "outside" for all that the model set has no component for; headers of
        columns not to read.
    sheet : str, optional
        RawTable of an Excel file; needed only where several hold oxides.
    repeated : {"refuse", "number"}
        Refuse a name that is there twice, or call the second "name (2)".
    bad_rows : {"refuse", "leave-out"}
        Refuse a table with a row that is no rock, or leave the row out.

    Returns
    -------
    Rocks
        `notes` says what was made of columns and cells, `bad` which rows were left out, each rock's
        `left_out_wt` what it lost.

    Raises
    ------
    InputError
        If the table cannot be read, a column looks like an oxide and cannot be read as one, or a
        row is no rock, such as one whose oxides sum to less than 60 or more than 120 wt%; names the
        column or the row.
    """
    for option, text in (("suffix", suffix), ("sheet", sheet)):
        if text is not None and not isinstance(text, str):
            raise InputError(f"{option} = {text!r} is not text.")
    if isinstance(table, Mapping) and not isinstance(table, pd.DataFrame):
        for name, rock in table.items():
            check_bulk(rock, f"the rock {name!r}")
        return Rocks({str(name): rock for name, rock in table.items()})
    if isinstance(table, Sequence) and not isinstance(table, str):
        if twice := [name for i, name in enumerate(table) if name in table[:i]]:
            raise InputError(f"the rock {twice[0]!r} is there twice.")
        return Rocks(
            {name: bulk(name, ignore=ignore, ferric=ferric, water=water) for name in table}
        )
    if bad_rows not in ("refuse", "leave-out"):
        near = did_you_mean(str(bad_rows), ("refuse", "leave-out"))
        raise InputError(f"bad_rows = {bad_rows!r}: {near}")
    if isinstance(table, pd.DataFrame):
        cells = of_frame(table)
    else:
        cells = read_sheet(file_path("the table of rocks", table), sheet)
    ignored = ignore if isinstance(ignore, str) else names("ignore", ignore)
    if ferric is not None:
        ferric = number("ferric", ferric)
    options = TableReading(suffix, iron, ignored, repeated, ferric, as_water(water))
    found = read_table(cells, options)
    if found.bad and bad_rows == "refuse":
        label, reason = next(iter(found.bad.items()))
        more = len(found.bad) - 1
        others = f" {more} more rows are no rocks." if more else ""
        raise InputError(f"{label}: {reason}{others}")
    return Rocks(found.rocks, found.totals_wt, tuple(found.notes), found.counted_as_zero, found.bad)


def _by_oxide(row: "pd.Series[Any]") -> dict[str, float]:
    return {str(oxide): float(value) for oxide, value in row.items()}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole > 0.0 else np.nan
