"""docs/benchmarks.md, written from the numbers of the last runs; no number is typed in."""

import json

import figure
import numpy as np

INTRODUCTION = """\
# Benchmarks

`make bench` measures everything below and writes this page, `docs/images/solvers.png` included; no
number in it is typed in. Times are CPU times of one core, medians over the rounds, with every result
array filled; compilation is apart, and so is writing. What a machine does besides makes times
longer: *evaluations* is the time over that of the unit, measured just before and after in the same
process. The unit is one evaluation of the energy, the chemical potentials and the Hessian of all
solution phases.
"""

LOW = ("test_standard_energies", "test_all_phases", "test_one_phase", "test_one_descent")

BASELINES = """\
## Baselines

Each run of the ladder is saved under `.benchmarks/`. To compare a change with what was before it:

```
pytest benchmarks/test_ladder.py --benchmark-only --benchmark-save=before
pytest benchmarks/test_ladder.py --benchmark-only --benchmark-compare='*_before' \\
    --benchmark-compare-fail=median:10% --benchmark-columns=median,iqr,rounds
```

`-k 'not section and not cloud'` leaves out what takes minutes. `GIBBSITE_BENCH_MILLION=1` adds sections
of a million points, `GIBBSITE_BENCH_SAMPLE=1000` takes that many points of each family instead of
{sample}. `python benchmarks/run.py threads` measures one part anew, and keeps the rest.
"""


def table(head, rows):
    """Return a Markdown table; columns of numbers are to the right."""
    lines = [
        "| " + " | ".join(head) + " |",
        "|" + "|".join(["---"] + ["---:"] * (len(head) - 1)) + "|",
    ]
    lines += ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return "\n".join(lines)


def chapter(*paragraphs):
    """Return paragraphs with empty lines between."""
    return "\n\n".join(paragraphs)


def ms(seconds):
    """Milliseconds to three digits."""
    return f"{1e3 * seconds:.3g}"


def short(value):
    """Return a small number in few characters."""
    return "0" if value == 0 else f"{value:.1e}"


def machine(parts):
    """Return what the parts were measured on; one line a part."""
    about = parts["ladder"]["about"]
    facts = ("processor", "processors", "memory", "system", "Python")
    fixed = ("load", "minutes", "date", "gibbsite", *facts)
    versions = [f"{name} {about[name]}" for name in about if name not in fixed]
    rows = [
        (
            part, a["date"], a["gibbsite"], f"{a['load'][0]:.1f} to {a['load'][1]:.1f}",
            f"{a['minutes']:.1f}",
        )
        for part, a in ((part, found["about"]) for part, found in parts.items())
    ]  # fmt: skip
    head = ("part", "date", "gibbsite", "load before, after", "minutes")
    return chapter(
        "## Machine and versions",
        f"{about['processor']}, {about['processors']} processors, {about['memory']}, "
        f"{about['system']}. Python {about['Python']}, {', '.join(versions)}.",
        table(head, rows),
        "A load above the number of processors means that others were at work as well.",
    )


START = {
    "empty": "one point, empty cache: Python solves it",
    "compiling": "nine points, empty cache: the solver is compiled",
    "full": "one point, full cache",
    "floor": "Numba with one line in its cache, without gibbsite",
}


def startup(found):
    """Return times up to the first answer."""
    rows = [
        (
            START[state], f"{t['wall']:.2f}", f"{t['cpu']:.2f}", f"{t['process_wall']:.2f}",
            f"{t['process_cpu']:.2f}",
        )
        for state, t in found["measured"].items()
    ]  # fmt: skip
    head = ("import and first answer", "wall s", "CPU s", "whole process, wall s", "CPU s")
    return f"## Start\n\n{table(head, rows)}"


class Rung:
    """One benchmark of the ladder."""

    def __init__(self, saved):
        self.extra = saved["extra_info"]
        self.name, self.unit = self.extra["rung"], self.extra["unit_s"]
        self.function = saved["name"].partition("[")[0]
        data = np.array(saved["stats"]["data"])
        data = data - np.array(self.extra.get("first_s", 0.0))
        self.seconds = data / self.extra["per_round"]

    def row(self):
        """Return its line in the table of the ladder."""
        median = float(np.median(self.seconds))
        return self.name, ms(median), f"{median / self.unit:.3g}"


def ladder(rungs):
    """Return the lower rungs, and the unit."""
    low = [r for r in rungs if r.function in LOW]
    units = [1e6 * r.unit for r in rungs]
    text = (
        f"The unit took {np.median(units):.2f} microseconds in the median, "
        f"{min(units):.2f} to {max(units):.2f} over the run."
    )
    rows = [r.row() for r in low]
    return f"## Ladder\n\n{text}\n\n{table(('', 'ms', 'evaluations'), rows)}"


def spread(name, seconds, unit):
    """Return median, p99 and maximum of the times of points."""
    some = np.percentile(seconds, [50, 99, 100])
    return name, *map(ms, some), f"{some[0] / unit:.3g}"


def points(rungs):
    """Return single points: warm, cold, and as a user calls for them."""
    rows, failed = [], []
    for r in rungs:
        if r.function in ("test_warm_point", "test_cold_point", "test_isolated_call"):
            rows.append(spread(r.name, r.seconds, r.unit))
        elif r.function == "test_warm_path":
            median = float(np.median(r.seconds))
            rows.append((r.name, ms(median), "", "", f"{median / r.unit:.3g}"))
        failed += [
            f"{r.name.removeprefix('cold point, ')} {', '.join(map(str, which))}: {reason}"
            for reason, which in r.extra.get("uncertified", {}).items()
        ]
    cold = [r for r in rungs if r.function == "test_cold_point"]
    everything = np.concatenate([r.seconds for r in cold])
    unit = float(np.median([r.unit for r in cold]))
    rows.append(spread("**cold point, all families**", everything, unit))
    slow = [f"{r.name.removeprefix('cold point, ')} {r.extra['slowest']}" for r in cold]
    head = ("", "median ms", "p99", "maximum", "median, evaluations")
    return chapter(
        "## One point",
        f"{len(cold[0].seconds)} random points of each family, 0.001-30 kbar, 800-1700 °C. "
        "A warm point is one of two a degree apart that start from each other in turn.",
        table(head, rows),
        "Points by their number in `families.cloud(family, n)`. Not certified (infeasible: the "
        f"phases cannot make such a rock): {'; '.join(failed) or 'none'}. Slowest when cold: "
        f"{', '.join(slow)}.",
    )


def sections(rungs):
    """Return what dense sections and clouds take."""
    rows = []
    for r in rungs:
        if "quality" not in r.extra:
            continue
        median, tiles = float(np.median(r.seconds)), r.extra.get("tile_s_per_point", ())
        times = (ms(median), f"{median / r.unit:.3g}", ms(median * r.extra["wall_per_cpu"]))
        rows.append((r.name, *times, *map(ms, tiles), *[""] * (3 - len(tiles))))
    head = ("", "ms a point", "evaluations", "wall ms", "median tile", "p99 tile", "slowest tile")
    return chapter(
        "## Dense sections and clouds",
        "One thread; end-members, proof, search of what is not proved, certificate and properties included. Tiles "
        "are those of `gibbsite.compute`, and their times are per point, too.",
        table(head, rows),
    )


def right(rungs):
    """Return whether the answers of sections and clouds are right."""
    rows, points = [], []
    for r in rungs:
        q = r.extra.get("quality")
        if not q:
            continue
        failed = "; ".join(f"{len(which)} {why}" for why, which in q["uncertified"].items())
        numbers = (q["optimality"], q["mass"], q["driving_force"], q["energy_difference"])
        ways, differ = " / ".join(map(str, q["answered_by"])), q["assemblages_differ"]
        counts = f"{differ} of {q['checked']}"
        rows.append((r.name, failed or "none", ways, *map(short, numbers), counts))
        points += [f"{r.name}: {i} ({why})" for why, some in q["uncertified"].items() for i in some]
        points += [f"{r.name}: {i} ({gap:+.1e} kJ)" for i, gap in q["wrong"]]
    head = (
        "", "not certified", "warm / cold / fallback", "residual of potentials (kJ)",
        "mass balance (mol)", "lowest driving force (kJ)", "energy alone differs by (kJ)",
        "assemblage alone differs",
    )  # fmt: skip
    return chapter(
        "### Whether the answers are right",
        "The worst certificates of all points, and points drawn at random solved again alone, with "
        "no neighbour to start from.",
        table(head, rows),
        f"Not certified, or different alone (number of the point, its energy less that alone): "
        f"{'; '.join(points) or 'none'}.",
    )


def writing(rungs):
    """Return the time of writing."""
    r = next(r for r in rungs if r.function == "test_writing")
    per_point = float(np.median(r.seconds))
    return (
        f"## Writing\n\nPacking, compressing and writing the full profile of {r.name.split()[1]} "
        f"points: {ms(per_point)} ms a point ({per_point / r.unit:.3g} evaluations), "
        f"{r.extra['bytes'] / r.extra['per_round']:.0f} bytes a point."
    )


def made_of(found):
    """Return what sections are made of."""
    # energies are part of the evaluation
    least = ("and evaluation", "search, cells known", "variables", "writing")
    rows = []
    for label, parts in found["measured"].items():
        proof = min(parts["proof"], parts["proof, cells known"])
        together = sum(parts[name] for name in least) + proof
        rows.append((label, *(f"{1e6 * value:.1f}" for value in (*parts.values(), together))))
    head = ("", *next(iter(found["measured"].values())), "at least")
    return (
        "## What a section is made of\n\nMicroseconds a point, one core, of tiles drawn at "
        "random, least of the rounds: all of solving and proving; then parts alone, at the answers: standard "
        "energies; these and one evaluation of the phases present; the proof, and with the cells known "
        "that prove this very tile; the search of what is not proved, where cells around compositions are "
        "known of all points but those that have none around; variables made of the answers; packing, compressing and writing. "
        "*At least*: evaluation, the cheaper proof, that search, variables and writing, which is what a section that is "
        "proved and stored takes even if every point began with its own answer.\n\n"
        f"{table(head, rows)}"
    )


def lists(found):
    """Return what lists are made of."""
    measured = found["measured"]
    rows = [(label, n, *map(ms, parts.values())) for label, (n, parts) in measured.items()]
    _, first = next(iter(measured.values()))
    return (
        "## What a list is made of\n\nPoints in no order, one thread. Each part alone, at the answers of "
        "the list, least of the rounds, ms a point: standard energies; Newton's method, for a point "
        "0.1 K away from its own answer; the search of all phases all over that the certificate rests "
        "on. Such a list can be no faster than the three together, wherever its points begin. What "
        "the list takes beyond them is solving each from another point.\n\n"
        f"{table(('', 'points', *first), rows)}"
    )


def threads(found):
    """Return two threads beside two processes."""
    rows = [
        (
            f"{s['section']}, {s['points']} points",
            *(f"{ms(s['wall_s'][way])} ({ms(s['cpu_s'][way])})" for way in s["wall_s"]),
            f"{s['ratio']:.3f}", f"{s['ratios'][0]:.3f} to {s['ratios'][-1]:.3f}",
        )
        for s in found["measured"]
    ]  # fmt: skip
    ways = found["measured"][0]["wall_s"]
    head = ("", *(f"{way}, wall (CPU) ms a point" for way in ways), "threads reach", "range")
    return (
        "## Two threads\n\nBoth halves of a section at once, by two threads of one process and by "
        "two independent processes, in turns. *Threads reach*: speed of the threads over that of "
        f"the processes, median of the turns.\n\n{table(head, rows)}"
    )


def grouped(outcomes):
    """Return outcomes by solver, in the order they come."""
    by_solver = {}
    for o in outcomes:
        by_solver.setdefault(o["solver"], []).append(o)
    return by_solver


def solver_row(solver, outcomes, warm_ms):
    """Return the line of one solver."""
    good = [o for o in outcomes if not o["failed"]]
    above = [max(o["above"], 0.0) for o in good] or [np.inf]
    t = 1e3 * np.array([o["time"]["cpu"] for o in outcomes])
    return (
        solver, len(outcomes), f"{np.median(t):.3g}", f"{t.max():.3g}",
        f"{np.median(t) / warm_ms:.3g}", short(np.median(above)), short(max(above)),
        sum(a > 1e-6 for a in above), short(max([o["mass"] for o in good] or [np.inf])),
        len(outcomes) - len(good),
    )  # fmt: skip


def solvers(found, images):
    """Return the comparison of solvers, and draw it."""
    by_solver = grouped(found["measured"]["outcomes"])
    figure.draw(
        {s: [o for o in several if not o["failed"]] for s, several in by_solver.items()},
        images / "solvers.png",
    )
    warm = np.median([1e3 * o["time"]["cpu"] for o in by_solver["gibbsite, warm"]])
    head = (
        "", "points", "median ms", "maximum", "over gibbsite, warm", "energy above the best, median",
        "maximum (kJ)", "above 1e-6 kJ", "mass balance (mol)", "failures",
    )  # fmt: skip
    rows = [solver_row(s, several, warm) for s, several in by_solver.items()]
    return chapter(
        "## Other solvers on the same points",
        f"{found['measured']['points']} points of all families, half of them reference "
        "equilibria of the tests; the densest grid on some of them. SLSQP and trust-constr are "
        "told which phases are stable and start near the answer: what they are timed at is the "
        "last step only, with energy, slope and curvature compiled by the engine. The linear "
        "programmes choose among compositions fixed beforehand, of every phase; making these "
        "is not timed. Energies are per mole of oxides; mass that a solver loses or makes is "
        "valued at the true potentials. A failure is what the solver says is one, or no number.",
        table(head, rows),
        "![Error of the energy against time](images/solvers.png)",
        cones(found["measured"]["cones"]),
    )


def cones(found):
    """Return ideal mixing: gibbsite against Clarabel."""
    good = [c for c in found if not c["cone_failed"] and c["certified"]]
    above = np.array([c["cone_above"] for c in good])
    rows = [
        (
            len(found), sum(c["certified"] for c in found),
            sum(not c["cone_failed"] for c in found), ms(np.median([c["cold_s"] for c in found])),
            ms(np.median([c["cone_s"] for c in found])), short(above.min()), short(above.max()),
            short(max(c["cone_mass"] for c in good)),
        )
    ]  # fmt: skip
    head = (
        "points", "certified", "Clarabel optimal", "gibbsite, cold, ms", "Clarabel ms",
        "Clarabel less gibbsite, least (kJ)", "greatest (kJ)", "its mass balance (mol)",
    )  # fmt: skip
    return (
        "### Ideal mixing, a convex problem\n\nWithout interaction energies the whole problem, all "
        "phases at once, is one of exponential cones with a single minimum. cvxpy gives it to "
        "Clarabel, which knows nothing of gibbsite: its optimum is an independent truth, to its "
        f"tolerance.\n\n{table(head, rows)}"
    )


def peer_row(program, peer):
    """Return the line of one program."""
    name = " ".join(filter(None, (program, peer["version"])))
    found = peer["found"]
    if found is None:
        return name, "not installed here", *[""] * 5
    solved = "not told" if found["solved"] is None else found["solved"]
    took = (ms(found["s"]), f"{found['s'] / found['gibbsite_s']:.0f}") if found["s"] else ("", "")
    away = short(found["away"]) if "away" in found else "not told"
    return name, found["points"], solved, away, took[0], ms(found["gibbsite_s"]), took[1]


def peers(found):
    """Return other programs on the same points."""
    rows = [peer_row(*item) for item in found["measured"].items()]
    head = ("", "points", "solved", "differs", "ms a point", "gibbsite, alone", "ratio")
    return chapter(
        "## Other programs",
        "Metapelites of the tests in the models of White et al. (2014), each point alone: ms of one "
        "core. What is installed is measured; to add one:\n\n"
        "- MAGEMin: the program `MAGEMin` on the PATH. It gets all points in one file, and what a "
        "file of one point takes is taken off: the mean of the others.\n"
        "- BurnMan: `pip install --no-deps burnman sympy mpmath`. It searches no phases: told which there "
        "are, it begins at their compositions. Only points without melt and water, which it has no "
        "models of; the median of those it solves. *Differs*: its energies of the same compositions "
        "from those here, at most, kJ per mole of oxides; so other phases may be stable where it "
        "fails.\n\n"
        "Then `python benchmarks/run.py peers`.",
        table(head, rows),
    )


def write(build, docs, names):
    """Write docs/benchmarks.md from the numbers of all parts, by name, in `build`."""
    parts = {name: json.loads((build / f"{name}.json").read_text()) for name in names}
    rungs = [Rung(saved) for saved in parts["ladder"]["benchmarks"]]
    sample = len(next(r for r in rungs if r.function == "test_cold_point").seconds)
    chapters = [
        INTRODUCTION.rstrip(),
        machine(parts),
        startup(parts["startup"]),
        ladder(rungs),
        points(rungs),
        sections(rungs),
        right(rungs),
        writing(rungs),
        made_of(parts["sections"]),
        lists(parts["lists"]),
        threads(parts["threads"]),
        solvers(parts["solvers"], docs / "images"),
        peers(parts["peers"]),
        BASELINES.format(sample=sample).rstrip(),
    ]
    (docs / "benchmarks.md").write_text("\n\n".join(chapters) + "\n", encoding="utf-8")
