"""Tables of Perple_X (.tab), in the one order that BurnMan, ASPECT and pywerami read alike.

BurnMan takes its twelve columns by their order, whatever their names; ASPECT takes the loop order
from the first two columns; pywerami stops at blank lines after the data.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from gibbsite._inputs.relaxation import Relaxation
from gibbsite.errors import InputError

from .grids import Array, TableGrid, check_number

_BAR_PER_GPA: Final = 1e4
_PA_PER_BAR: Final = 1e5
_WIDTH: Final = 17


def columns(grid: TableGrid, kind: Relaxation, melt: str) -> dict[str, Array]:
    """Return the twelve columns that BurnMan needs, in its order; ASPECT's are among them.

    The moduli are those of the velocities: Gs = rho vs^2, Ks = rho (vp^2 - 4/3 vs^2). Free fluid
    counts in everything but the velocities.

    Parameters
    ----------
    grid : TableGrid
        Of which result.
    kind : {"frozen", "ordered", "relaxed"}
        Which heat capacity, expansivity and compressibility; velocities are frozen.
    melt : {"critical-fraction", "clark-lesher"}
        What melt does to velocities.
    """
    density = grid.quantity("rock.density")
    vp, vs = (grid.quantity(f"rock.{name}.{melt}") for name in ("Vp", "Vs"))
    shear = density * (1e3 * vs) ** 2  # Pa
    bulk = density * (1e3 * vp) ** 2 - 4.0 / 3.0 * shear
    return {
        "rho,kg/m3": density,
        "alpha,1/K": grid.quantity(f"rock.alpha.{kind}"),
        "beta,1/bar": grid.quantity(f"rock.beta.{kind}") / _BAR_PER_GPA,
        "Ks,bar": bulk / _PA_PER_BAR,
        "Gs,bar": shear / _PA_PER_BAR,
        "v0,km/s": 1e-3 * np.sqrt(bulk / density),
        "vp,km/s": vp,
        "vs,km/s": vs,
        "s,J/K/kg": grid.quantity("rock.S"),
        "h,J/kg": grid.quantity("rock.H"),
        "cp,J/K/kg": grid.quantity(f"rock.Cp.{kind}"),
        "V,J/bar/mol": _PA_PER_BAR * _molar_mass(grid) / density,
    }


def volume_fractions(grid: TableGrid) -> dict[str, Array]:
    """Return ASPECT's columns of volume fractions, one a phase that occurs."""
    ids = grid.dataset["phase_id"].values
    keys = [str(grid.dataset["phase_name"].values[i]) for i in np.unique(ids[ids >= 0])]
    return {f"vol_fraction_{key}": 0.01 * grid.quantity(key) for key in keys}


def _molar_mass(grid: TableGrid) -> float:
    """Mass of a mole of oxides of the rock [kg]: one number, or the table is of no single rock."""
    masses = grid.dataset["molar_mass"].values
    whole = np.asarray(grid.dataset["bulk_mol"].transpose(..., "component").values @ masses)
    if float(np.ptp(whole)) > 1e-9 * float(whole.mean()):
        raise InputError("a table of pressure and temperature is of one rock at all its nodes.")
    return 1e-3 * float(whole.mean())


def write(
    path: Path, grid: TableGrid, title: str, table: Mapping[str, Array], further: Sequence[str] = ()
) -> None:
    """Write a table.

    Parameters
    ----------
    path : Path
        The file.
    grid : TableGrid
        Its axes.
    title : str
        One line.
    table : mapping
        Name -> values, shape (nP, nT), in the order in which they are to stand.
    further : sequence of str
        Quantities after them, which may be NaN where a phase is absent.
    """
    kelvin, bar = np.meshgrid(grid.temperature_K, grid.pressure_bar)
    everything = {"T(K)": kelvin, "P(bar)": bar, **table}
    for name, values in everything.items():
        check_number(name, values)
    for name in further:
        key = name.replace(" ", "_")
        if key in everything:
            raise InputError(f"the column {key!r} is there twice.")
        everything[key] = grid.quantity(name)
    width = max(_WIDTH, *(len(name) for name in everything))
    lines = ["|6.6.6", " ".join(title.split()), f"{2:>12}"]
    for name, least, interval, number in grid.header():
        lines += [name, f"{least:22.12g}", f"{interval:22.12g}", f"{number:>12}"]
    lines.append(f"{len(everything):>12}")
    lines.append(" ".join(name.ljust(width) for name in everything).rstrip())
    rows = np.stack([values.ravel() for values in everything.values()], axis=-1)
    lines += [" ".join(_number(value).rjust(width) for value in row) for row in rows.tolist()]
    path.write_text("\n".join(lines) + "\n", encoding="ascii", errors="replace")


def _number(value: float) -> str:
    return "NaN" if np.isnan(value) else f"{value:.9E}"
