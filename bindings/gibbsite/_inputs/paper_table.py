"""Rocks in the shape of a table in a paper: a column a rock, oxides downwards, then what follows."""

import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pandas as pd

from gibbsite.errors import GibbsiteError, InputError

from .iron import FERRIC, FERROUS, OXYGEN, as_two_irons
from .rocks import Rocks

_NOTHING_WT: Final = 1e-9
"""Less of an oxide is rounding [wt%]."""
_NUMBER = re.compile(r"\d+(\.\d*)?")
_SPECIAL = str.maketrans({c: f"\\{c}" for c in "&%$#_{}"})


def paper_table(rocks: Rocks, digits: int = 2, *, as_given: bool = False) -> pd.DataFrame:
    """Return a table of compositions as papers print it, of text.

    Parameters
    ----------
    rocks : Rocks
        The rocks.
    digits : int
        Decimals of the oxides and of their total.
    as_given : bool
        With the totals as given and what was ignored; else normalised to 100 wt%.

    Returns
    -------
    pandas.DataFrame
        Columns: the rocks. Rows: oxides that any of them holds [wt%], iron as FeO and Fe2O3, "-" where a
        rock has none; "Total", "Mg#" of Fe2+ [mol%]; and, where something was ignored, "ignored" [wt%].

    Raises
    ------
    InputError
        If totals as given are asked for and not known.
    """
    columns = {}
    for name, rock in rocks.items():
        scale = 1.0
        left_out = sum(rock.left_out_wt.values())
        if as_given:
            if name not in rocks.totals_wt:
                raise InputError(
                    f"the total of {name!r} as given is not known; leave out --as-given."
                )
            scale = rocks.totals_wt[name] * (1.0 - left_out / 100.0) / 100.0
        column = {
            oxide: f"{scale * weight:.{digits}f}" if weight > _NOTHING_WT else "-"
            for oxide, weight in _as_printed(rock.wt).items()
        }
        column["Total"] = f"{scale * 100.0:.{digits}f}"
        both = rock.mol["MgO"] + rock.mol["FeO"] - 2.0 * rock.mol.get(OXYGEN, 0.0)
        column["Mg#"] = f"{100.0 * rock.mol['MgO'] / both:.1f}" if both > 0.0 else "-"
        if left_out:
            shares = ", ".join(f"{o} {share:.{digits}f}" for o, share in rock.left_out_wt.items())
            column["ignored"] = shares
        columns[name] = column
    made = pd.DataFrame(columns).fillna("-").rename_axis("wt%")
    oxides = [row for row in made.index if not row[0].islower() and row not in ("Total", "Mg#")]
    empty = [oxide for oxide in oxides if (made.loc[oxide] == "-").all()]
    return made.drop(index=empty)


def _as_printed(wt: Mapping[str, float]) -> dict[str, float]:
    """Return weights with iron as FeO and Fe2O3, in the place of FeO."""
    ferrous, ferric = as_two_irons(wt[FERROUS], wt.get(OXYGEN, 0.0))
    found: dict[str, float] = {}
    for oxide, weight in wt.items():
        if oxide == FERROUS:
            found |= {FERROUS: ferrous, FERRIC: ferric}
        elif oxide != OXYGEN:
            found[oxide] = weight
    return found


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table of `paper_table` as .csv, .xlsx or .tex, by the end of its name."""
    kind = path.suffix.lower()
    if kind == ".tex":
        path.write_text(to_latex(table), encoding="utf-8")
    elif kind == ".xlsx":
        if find_spec("openpyxl") is None:
            raise GibbsiteError('Excel files need openpyxl: pip install "gibbsite[excel]".')
        numbers = table.map(lambda cell: float(cell) if _NUMBER.fullmatch(cell) else cell)
        numbers.to_excel(path)
    else:
        table.to_csv(path)


def to_latex(table: pd.DataFrame) -> str:
    """Return a table of `paper_table` as a LaTeX tabular of booktabs."""

    def text(cell: object) -> str:
        escaped = str(cell).translate(_SPECIAL)
        return re.sub(r"(?<=[A-Za-z])(\d)", r"$_{\1}$", escaped)

    def row(cells: list[object]) -> str:
        return " & ".join(text(cell) for cell in cells) + r" \\\\"

    plain = " & ".join(str(name).translate(_SPECIAL) for name in table.columns)
    lines = [rf"\begin{{tabular}}{{l{'r' * table.shape[1]}}}", r"\toprule"]
    lines += [rf"wt\% & {plain} \\", r"\midrule"]
    for name, cells in zip(table.index, table.to_numpy().tolist(), strict=True):
        lines += [r"\midrule"] if name == "Total" else []
        lines.append(row([name, *cells]).replace(r"\\\\", r"\\"))
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", ""])
