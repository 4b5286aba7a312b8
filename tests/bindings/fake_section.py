"""A section solved by smooth made-up functions: what store and compute see of a real one.

Run as a program it computes a section, to be killed, starved or interrupted by the tests.
"""

import argparse
import os
import signal
import sys
import time
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from gibbsite._running.compute import compute
from gibbsite._store.schema import Tables
from gibbsite.errors import StoreError
from gibbsite_engine.layout import n_slots

COMPONENTS = ("SiO2", "TiO2", "Al2O3", "Cr2O3", "FeO", "MgO", "CaO", "Na2O", "K2O")
SIZES = {"liq": 8, "fsp": 3, "spl": 6, "g": 4, "ol": 4, "opx": 8, "cpx": 9, "ilm": 4}
PHASES = (*SIZES, "q", "crst", "ru", "sph", "cor")
SLOTS, ENDMEMBERS = n_slots(len(COMPONENTS)), 13
TABLES = Tables(
    database="made-up",
    database_sha256="0" * 64,
    components=COMPONENTS,
    molar_mass=(60.0843, 79.8658, 101.9613, 151.9904, 71.8444, 40.3044, 56.0774, 61.97894, 94.196),
    phases=PHASES,
    phase_long_names=tuple(f"long {name}" for name in PHASES),
    endmembers=(
        *(tuple(f"{name}{i}" for i in range(SIZES.get(name, 1))) for name in PHASES[:-1]),
        tuple(f"cor{i}" for i in range(ENDMEMBERS)),
    ),
    options={"scan_kJ": 0.3},
)
# Two clinopyroxenes, so that an instance has a number.
CANDIDATES = np.array([0, 1, 2, 4, 5, 6, 6, 7])
INSTANCES = np.array([0, 0, 0, 0, 0, 0, 1, 0])
N_ENDMEMBERS = np.array([8, 3, 6, 4, 8, 9, 9, 4])
_RANDOM = np.random.default_rng(1)
_SLOPE = _RANDOM.normal(size=(8, ENDMEMBERS, 4))
_OXIDES = np.abs(_RANDOM.normal(size=(8, ENDMEMBERS, 9)))
_LEVEL = np.abs(_RANDOM.normal(size=(9, 4)))


@dataclass(frozen=True)
class FakeSection:
    """Temperature against mixing fraction."""

    n: int = 40
    title: str = "fake"
    seconds: float = 0.0
    top_C: float = 1300.0
    pressure_kbar: float | None = 3.0
    temperature_C: float | None = None
    database: str = "made-up"
    only: tuple[str, ...] | None = None
    exclude: tuple[str, ...] = ()

    @property
    def axes(self):
        return {
            "temperature_C": np.linspace(1000.0, self.top_C, self.n),
            "x": np.linspace(0.0, 1.0, self.n),
        }

    outside_range = ""
    along = ""
    properties = ()

    @property
    def sha256(self):
        return sha256(f"{self.n} {self.top_C}".encode()).hexdigest()

    def to_toml(self):
        return f'title = "{self.title}"\nn = {self.n}\n'


def solve(section, rows, columns):
    """Answer smoothly, with the noise of a solver's last bits and a few failed points."""
    time.sleep(section.seconds)
    y, x = section.axes.values()
    u = ((y - 1000.0) / 300.0)[rows, np.newaxis] + 0.0 * x[columns]
    v = x[columns] + 0.0 * u
    rng = np.random.default_rng([rows.start, columns.start])

    def noisy(values):
        return values * (1.0 + 1e-11 * rng.standard_normal(values.shape))

    k = np.arange(8)
    amounts = np.sin(2.1 * k + (1 + k % 3) * u[..., None] * 2 + (1 + k % 2) * v[..., None] * 1.7)
    amounts = np.clip(amounts + 0.1, 0.0, None)
    amounts[..., 1] += 0.05
    order = np.argsort(amounts <= 0.0, axis=-1, kind="stable")
    amounts = np.take_along_axis(amounts, order, -1)
    present = amounts > 0.0
    amounts = noisy(amounts / amounts.sum(-1, keepdims=True))
    basis = np.stack([np.ones_like(u), u, v, u * v], -1)
    proportions = noisy(np.exp(0.8 * np.einsum("yxb,keb->yxke", basis, _SLOPE)))
    proportions *= np.arange(ENDMEMBERS) < N_ENDMEMBERS[:, None]
    proportions /= proportions.sum(-1, keepdims=True)
    oxides = np.einsum("yxke,kec->yxkc", proportions, _OXIDES)
    oxides *= np.arange(9) % (2 + k[:, None] % 3) != 1
    oxides /= oxides.sum(-1, keepdims=True)

    def slots(values, fill=0.0):
        out = np.full((*u.shape, SLOTS, *values.shape[3:]), fill, dtype=values.dtype)
        out[:, :, :8] = np.where(
            present.reshape(present.shape + (1,) * (values.ndim - 3)), values, fill
        ).astype(values.dtype)
        return out

    def by_slot(values):
        return np.take_along_axis(values, order[..., None], 2)

    bulk = _LEVEL[:, 0] * (1.0 - v[..., None]) + _LEVEL[:, 1] * v[..., None]
    arrays = {
        "status": np.where(rng.random(u.shape) < 0.002, 3, 0).astype(np.int8),
        "answered_by": (rng.random(u.shape) < 0.02).astype(np.int8),
        "iterations": rng.integers(2, 6, u.shape).astype(np.int16),
        "solved_again": np.zeros(u.shape, np.int8),
        "phase_id": slots(CANDIDATES[order].astype(np.int16), -1),
        "instance": slots(INSTANCES[order].astype(np.int8), 0),
        "amount_mol": slots(amounts / (1.0 + order)),
        "mole_fraction": slots(amounts),
        "mass_fraction": slots(_normal(amounts * (1.0 + 0.1 * order))),
        "volume_fraction": slots(_normal(amounts * (1.0 - 0.05 * order))),
        "proportions": slots(by_slot(proportions)),
        "phase_composition_mol": slots(by_slot(oxides)),
        "bulk_mol": _normal(bulk),
        "chemical_potential": noisy(-800.0 + 50.0 * np.tanh(basis @ _LEVEL.T)),
        "gibbs_energy": noisy(-900.0 + 50.0 * u + 10.0 * u * u + 3.0 * v),
        "entropy": noisy(0.2 + 0.02 * u * v),
        "volume": noisy(1.2 + 0.05 * u * v),
        "density": noisy(3100.0 + 200.0 * u - 100.0 * v),
        "optimality_residual": 10.0 ** rng.uniform(-12, -8, u.shape),
        "mass_residual": 10.0 ** rng.uniform(-16, -13, u.shape),
        "lowest_driving_force": noisy(0.1 + u * v),
        "lowest_driving_force_phase": (3 + 2 * (u > v)).astype(np.int16),
    }
    failed = arrays["status"] != 0
    for values in arrays.values():
        if values.dtype.kind == "f":
            values[failed] = np.nan
    arrays["phase_id"][failed] = -1
    return arrays


def _normal(values):
    return values / values.sum(axis=-1, keepdims=True)


def solve_but_one(section, rows, columns):
    """Fail in the second tile."""
    if (rows.start, columns.start) == (0, 8):
        raise ValueError("no luck")
    return solve(section, rows, columns)


def solve_all_but_the_last(section, rows, columns):
    """Fail in the last tile."""
    if (rows.stop, columns.stop) == (section.n, section.n):
        raise ValueError("no luck")
    return solve(section, rows, columns)


def solve_the_upper_half(section, rows, columns):
    """Fail in all tiles of the upper half."""
    if rows.start >= section.n // 2:
        raise ValueError("no luck")
    return solve(section, rows, columns)


def solve_nothing(section, rows, columns):
    """Fail everywhere."""
    raise ValueError("no luck")


def solve_wrongly(section, rows, columns):
    """Return an array of a wrong shape."""
    arrays = solve(section, rows, columns)
    return arrays | {"density": arrays["density"][..., np.newaxis]}


def kill_once_begun(process, journal):
    """Kill a process when the journal of its run has grown; True if it was there to be killed."""
    while not journal.exists() or journal.stat().st_size < 100_000:
        time.sleep(0.01)
    os.kill(process, signal.SIGKILL)
    return True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("path")
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--tile", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--profile", default="full")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--largest-file", type=int)
    parser.add_argument("--log")
    parser.add_argument("--memory", action="store_true")
    options = parser.parse_args()
    if options.largest_file is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (options.largest_file, options.largest_file))
    try:
        compute(
            FakeSection(n=options.n, seconds=options.seconds),
            options.path,
            workers=options.workers,
            profile=options.profile,
            tile_function=solve,
            tables=TABLES,
            tile=(options.tile, options.tile),
            log_file=options.log,
        )
    except StoreError as error:
        sys.exit(f"StoreError: {error}")
    except KeyboardInterrupt as error:
        sys.stderr.write(str(error))
        sys.exit(130)
    if options.memory:
        import resource

        sys.stdout.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))


if __name__ == "__main__":
    main()
