"""Other programs on the metapelites of the reference: ms a point, where the program is installed.

    PATH=$PATH:/where/MAGEMin/is python benchmarks/run.py peers

MAGEMin is found as a program of that name on the PATH, BurnMan as a Python package
(`pip install --no-deps burnman sympy mpmath`); what is not found is said to be missing. Both have the
models of White et al. (2014). MAGEMin gets the points in one file, and what a file of one point
takes is taken off. BurnMan finds no phases: it is told which there are, begins at their
compositions, and gets only points without melt and water, of which it has no models.
"""

import json
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import problems
from machine import version
from timing import timed

import gibbsite as gb

DATABASE = "W14"
REFERENCE = Path(__file__).parents[1] / "tests/data/reference/equilibria_W14_wet.json"
MAGEMIN_ORDER = ("SiO2", "Al2O3", "CaO", "MgO", "FeO", "K2O", "Na2O", "TiO2", "O", "MnO", "H2O")
"""Oxides in the order of its data set "mp"; FeO is all iron."""
BURNMAN_SOLUTIONS = {"fsp": "pl4tr", "mt": "mt1"}
"""Names of its classes where they are not those of the phases here."""
BURNMAN_ENDMEMBERS = {"mu": {"mu": "mut", "pa": "pat", "mat": "ma"}}
"""Its end-members of a phase, by the names they have here."""
BURNMAN_PURE = {"and": "andalusite"}
KBAR = 1e8
"""Pa"""


def gibbsite_seconds(points):
    """Seconds of each point, solved alone."""
    database = gb.database(DATABASE)
    seconds = []
    for p in points:
        bulk = np.array([p["bulk_mol"].get(c, 0.0) for c in database.components])
        kelvin = p["temperature_C"] + problems.ZERO_CELSIUS_K
        _, spent = timed(problems.solve_alone, database, p["pressure_kbar"], kelvin, bulk)
        seconds.append(spent.cpu)
    return seconds


def magemin_seconds(program, points):
    """Seconds that the program takes for a file of points."""
    with tempfile.TemporaryDirectory() as folder:
        lines = []
        for p in points:
            bulk = (p["bulk_mol"].get(oxide, 0.0) for oxide in MAGEMIN_ORDER)
            row = (p["pressure_kbar"], p["temperature_C"], *bulk)
            lines.append(" ".join(("0", *(f"{value:.9f}" for value in row))))
        file = Path(folder) / "points.dat"
        file.write_text("\n".join(lines) + "\n")
        command = [program, "--Verb=0", "--db=mp", "--sys_in=mol", f"--File={file}"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [*command, f"--n_points={len(points)}"], cwd=folder, check=True, capture_output=True
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def magemin(points):
    """MAGEMin on all points but the first, or None where it is not installed."""
    program = shutil.which("MAGEMin")
    if program is None:
        return None
    spent = magemin_seconds(program, points) - magemin_seconds(program, points[:1])
    others = points[1:]
    own = float(np.median(gibbsite_seconds(others)))
    return {"solved": None, "points": len(others), "s": spent / len(others), "gibbsite_s": own}


def burnman_assemblage(burnman, point):
    """Return the phases of a point as BurnMan has them, at its P and T, or None where it lacks one."""
    from burnman.minerals import HP_2011_ds62, mp50MnNCKFMASHTO

    phases = []
    for phase in point["phases"]:
        name, theirs = phase["name"], BURNMAN_ENDMEMBERS.get(phase["name"], {})
        solution = getattr(mp50MnNCKFMASHTO, BURNMAN_SOLUTIONS.get(name, name), None)
        pure = getattr(HP_2011_ds62, BURNMAN_PURE.get(name, name), None)
        if solution is not None:
            made = solution()
            names = [theirs.get(e, e) for e in made.endmember_names]
            made.set_composition([phase["proportions"].get(e, 0.0) for e in names])
        elif pure is not None:
            made = pure()
        else:
            return None
        phases.append(made)
    amounts = np.array([phase["amount_mol"] for phase in point["phases"]])
    return burnman.Composite(phases, amounts / amounts.sum())


def burnman(points):
    """BurnMan on the points it has phases for, or None where it is not installed."""
    try:
        import burnman as package
    except ImportError:
        return None
    found = [(p, burnman_assemblage(package, p)) for p in points]
    found = [(p, assemblage) for p, assemblage in found if assemblage is not None]
    seconds, away = [], []
    for point, assemblage in found:
        pressure = point["pressure_kbar"] * KBAR
        kelvin = point["temperature_C"] + problems.ZERO_CELSIUS_K
        assemblage.set_state(pressure, kelvin)
        moles = sum(phase["amount_mol"] for phase in point["phases"])
        away.append(abs(1e-3 * moles * assemblage.molar_gibbs - point["gibbs_energy"]))
        (outcome, _), spent = timed(
            package.equilibrate, assemblage.formula, assemblage, [("P", pressure), ("T", kelvin)]
        )
        if outcome.success:
            seconds.append(spent.cpu)
    own = float(np.median(gibbsite_seconds([p for p, _ in found])))
    spent = float(np.median(seconds)) if seconds else None
    return {
        "solved": len(seconds), "points": len(found), "s": spent, "gibbsite_s": own,
        "away": max(away),
    }  # fmt: skip


def measure():
    """Return program -> its version and what it took, or None."""
    points = json.loads(REFERENCE.read_text())["points"]
    return {
        "MAGEMin": {"version": None, "found": magemin(points)},
        "BurnMan": {"version": version("burnman"), "found": burnman(points)},
    }
