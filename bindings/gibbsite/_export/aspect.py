"""ASPECT's table of entropy and pressure: temperature and properties of a rock at given entropy.

Entropies lie evenly in the range that all pressures of the section have in common; temperatures are
found by solving again, not by interpolation. ASPECT takes the compressibility from the slope of the
density at constant entropy, so that expansivity and heat capacity are those of equilibrium.
"""

from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from gibbsite._inputs.limits import TEMPERATURE_C, to_kelvin
from gibbsite._properties.recorded import recorded_database
from gibbsite._solving.equilibrium import equilibria
from gibbsite.errors import InputError

from .grids import AXES, Array, TableGrid, check_number

HEADER: Final = (
    "s,J/kg/K", "P(bar)", "T(K)", "rho,kg/m3", "alpha,1/K", "cp,J/K/kg", "vp,km/s", "vs,km/s",
    "h,J/kg",
)  # fmt: skip
_CLOSE: Final = 1e-7  # relative: how closely the entropy asked for is reached


def write(path: Path, grid: TableGrid, melt: str) -> int:
    """Write the table of a section of pressure and temperature; return its number of nodes.

    `melt` is the rule of what melt does to velocities.
    """
    entropy = entropies(grid)
    rows = at_entropies(grid, entropy, melt)
    pressures = len(grid.pressure_bar)
    of = grid.dataset.attrs.get("database", "unknown")
    lines = [
        f"# {grid.title}; database {of}; entropy and pressure given; alpha and cp of equilibrium; vp, vs with melt by {melt}{grid.fluid}",
        f"# POINTS: {len(entropy)} {pressures}",
        " ".join(HEADER),
        *(" ".join(f"{value:.12E}" for value in row) for row in rows.tolist()),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="ascii", errors="replace")
    return len(rows)


def entropies(grid: TableGrid) -> Array:
    """Return as many entropies as there are temperatures [J/(kg K)], that all pressures have."""
    known = grid.quantity("rock.S")
    low, high = float(known[:, 0].max()), float(known[:, -1].min())
    if not low < high:
        cold, hot = (
            float(grid.pressure_bar[i]) / 1e3 for i in (known[:, 0].argmax(), known[:, -1].argmin())
        )
        (first, last) = (float(grid.dataset["temperature_C"][i]) for i in (0, -1))
        raise InputError(
            f"the pressures have no entropy in common: at {first:g} °C it is {low:.1f} J/(kg K) "
            f"already, at {cold:g} kbar, and at {last:g} °C no more than {high:.1f}, at {hot:g} kbar; "
            "take a wider range of temperature, or a narrower one of pressure."
        )
    return np.linspace(low, high, len(grid.temperature_K))


def at_entropies(grid: TableGrid, entropy: Array, melt: str) -> Array:
    """Return the rows of the table, entropy running fastest, shape (nS nP, 9)."""
    s, pressure = (each.ravel() for each in np.meshgrid(entropy, 1e-3 * grid.pressure_bar))
    solve = _Solver(grid)
    temperature = _temperatures(grid, solve, s, pressure)
    found = solve(pressure, temperature)
    reached = found.gb.quantity("rock.S").values
    off = abs(reached - s) > _CLOSE * s
    if off.any():
        i = int(off.argmax())
        raise InputError(
            f"the entropy jumps over {s[i]:.2f} J/(kg K) at {pressure[i]:g} kbar and "
            f"{temperature[i]:.3f} °C, where a reaction runs at one temperature; such a point has no "
            "place in this table."
        )
    names = (
        "rock.density",
        "rock.alpha.relaxed",
        "rock.Cp.relaxed",
        f"rock.Vp.{melt}",
        f"rock.Vs.{melt}",
        "rock.H",
    )
    values = [found.gb.quantity(name).values for name in names]
    columns = [s, 1e3 * pressure, to_kelvin(temperature), *values]
    for name, column in zip(HEADER, columns, strict=True):
        check_number(name, np.asarray(column))
    return np.stack(columns, axis=-1)


class _Solver:
    """The rock of a section, solved at other points of its range."""

    def __init__(self, grid: TableGrid) -> None:
        dataset = grid.dataset
        self.moles = dataset["bulk_mol"].transpose(*AXES, "component").values[0, 0]
        self.data = recorded_database(dataset.attrs)

    def __call__(self, pressure: Array, temperature: Array) -> xr.Dataset:
        found = equilibria(
            self.moles, pressure_kbar=pressure, temperature_C=temperature, database=self.data
        )
        failed = int((found["status"].values != 0).sum())
        if failed:
            raise InputError(f"{failed} of {len(pressure)} points of the table have no answer.")
        return found


def _temperatures(grid: TableGrid, solve: _Solver, s: Array, pressure: Array) -> Array:
    """Return where the rock has entropies s at pressures [degC], between nodes of the section."""
    from scipy.optimize.elementwise import find_root  # slow to import

    known = grid.quantity("rock.S")
    nodes = grid.dataset["temperature_C"].values
    n_entropies = len(s) // len(known)
    place = np.concatenate(
        [
            np.clip(np.searchsorted(row, s[:n_entropies], side="right"), 1, len(nodes) - 1)
            for row in known
        ]
    )

    def difference(temperature: Array, wanted: Array, at: Array) -> Any:
        return solve(at, temperature).gb.quantity("rock.S").values - wanted

    # The ends of the range themselves: a hair beyond lets rounding have its way, where that is accepted.
    found = find_root(
        difference,
        tuple(np.clip((nodes[place - 1] - 1e-6, nodes[place] + 1e-6), *TEMPERATURE_C)),
        args=(s, pressure),
        tolerances={"xatol": 1e-9, "xrtol": 0.0, "fatol": 1e-9, "frtol": 0.0},
    )
    return np.asarray(found.x, dtype=np.float64)
