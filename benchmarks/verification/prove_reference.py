"""The reference equilibria put to the proof, and wrong answers that must be refuted: a table.

    PYTHONPATH=benchmarks python -m verification.prove_reference [--every N] [--wrong N] [--rigorous N] [--sets G25] [-o FILE.md] [--figure FILE.png]

Solves the points of tests/data/reference again, proves each answer, and tells cells and processor
time by phase. With --wrong N, every N-th point is solved with each stable phase forbidden, and
with one of two instances of a phase removed; and where another program stopped higher, its answer
is solved again on its own list of phases: every such answer must be refuted, and the answer that
this leads to must have the energy of the right one. With --rigorous N, every N-th proof is checked
with all rounding errors counted.
"""

import argparse
import json
import sys
from collections import Counter, defaultdict
from pathlib import Path
from time import process_time

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import gibbsite as gb
from gibbsite.errors import InfeasibleError
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options
from gibbsite_engine.newton import append, solve
from gibbsite_engine.standard import set_conditions
from gibbsite_engine.status import CERTIFIED

REFERENCE = Path(__file__).parents[2] / "tests" / "data" / "reference"
# Database -> whose rocks, pressures and temperatures; G25 has no reference equilibria of its own.
SETS = {"T21-Su26": "T21-Su26", "W24": "W24", "G25": "W24"}
# Energies nearer than this are the same answer [kJ per mole of oxides].
SAME = 1e-9


def points(name):
    found = json.loads((REFERENCE / f"equilibria_{SETS[name]}.json").read_text())["points"]
    return found if SETS[name] == name else [point | {"found_by": "nobody"} for point in found]


def solved(name, point, **options):
    return gb.equilibrium(
        gb.bulk(mol=point["bulk_mol"]),
        pressure_kbar=point["pressure_kbar"],
        temperature_C=point["temperature_C"],
        database=gb.database(name, **options),
    )


def without(answer, slot):
    """Potentials and energy of the equilibrium of the other instances alone, or None."""
    data = answer.database
    moles = answer.bulk.array(data.components)
    reduced = data.reduced(np.array([c in answer.chemical_potentials for c in data.components]))
    work, inside = new_workspace(reduced.system), moles[reduced.present]
    set_conditions(
        reduced.system, answer.pressure_kbar, answer.temperature_C + 273.15, work.conditions
    )
    state = work.state
    state.gamma[:] = list(answer.chemical_potentials.values())
    for j, phase in enumerate(answer.phases):
        if j == slot:
            continue
        k = reduced.index[data.phase_names.index(phase.name)]
        old = np.array(list(phase.proportions.values()))
        p = np.zeros(reduced.system.phases.size.shape[1])
        found = reduced.phases[k].to_reduced(old)
        p[: len(found)] = found
        append(state, k, phase.amount_mol, p, 3)
    status, _ = solve(
        reduced.system.phases, work.conditions, inside, Options(), False, state, work.newton,
        work.phase,
    )  # fmt: skip
    if status != CERTIFIED:
        return None
    names = list(answer.chemical_potentials)
    return dict(zip(names, state.gamma.tolist(), strict=True)), float(state.gamma @ inside)


def stopped_higher(name, point, answer):
    """Yield (kind, proof) for the answer of another program, solved on its list of phases.

    Where that list lacks nothing its compositions are not known: its energy is then held against
    that of the answer, which is proved.
    """
    theirs = point["magemin"]
    if point["found_by"] != "independent solver only" or not theirs["phases"]:
        return
    lacking = set(answer.assemblage) - set(theirs["phases"])
    if not lacking:
        if theirs["gibbs_energy"] is None:
            return
        higher = theirs["gibbs_energy"] > answer.gibbs_energy + SAME
        told = "above an answer that is proved" if gb.prove(answer).proved and higher else "equal"
        yield "another program stopped higher, with the same phases", told
        return
    try:
        other = solved(name, point, only=sorted(set(theirs["phases"])))
    except InfeasibleError:
        return
    if other.certified and other.gibbs_energy > answer.gibbs_energy + SAME:
        proof = gb.prove(other, database=answer.database)
        yield "another program stopped higher, on its phases", mended(proof, answer)


def mended(proof, answer):
    """Return what a proof says of a wrong answer, and whether it led to the right one."""
    if proof.status != "refuted":
        return proof.status
    if proof.better is None or proof.better.gibbs_energy > answer.gibbs_energy + SAME:
        return "refuted, not mended"
    return "refuted and mended"


def wrong_answers(name, point, answer):
    """Yield (kind, outcome) of answers that lack something stable."""
    yield from stopped_higher(name, point, answer)
    for forbidden in sorted(set(answer.assemblage)):
        try:
            other = solved(name, point, exclude=[forbidden])
        except InfeasibleError:
            continue
        if other.certified and other.gibbs_energy > answer.gibbs_energy + SAME:
            proof = gb.prove(other, database=answer.database)
            yield "a phase forbidden", mended(proof, answer)
    for slot, phase in enumerate(answer.phases):
        if answer.assemblage.count(phase.name) > 1 and (left := without(answer, slot)):
            potentials, energy = left
            if energy > answer.gibbs_energy + SAME:
                at = answer.pressure_kbar, answer.temperature_C
                proof = gb.prove(
                    potentials, bulk=answer.bulk, pressure_kbar=at[0], temperature_C=at[1],
                    gibbs_energy=energy, database=answer.database,
                )  # fmt: skip
                yield "one of two instances removed", mended(proof, answer)


def percentiles(values, unit=1.0):
    return " / ".join(f"{v * unit:.3g}" for v in np.percentile(values, [50, 95, 100]))


class Census:
    """What came out for one set."""

    def __init__(self):
        self.status, self.wrong, self.undecided = Counter(), Counter(), []
        self.cells, self.seconds = defaultdict(list), defaultdict(list)
        self.total, self.gaps, self.rows, self.checked = [], [], [], Counter()
        self.checked_seconds = []

    def add(self, point, answer, proof):
        self.status[proof.status] += 1
        if proof.proved:
            self.gaps.append(proof.gap)
        else:
            names = [p.name for p in proof.phases if p.status != "proved"]
            self.undecided.append(f"id {point['id']} ({proof.status}: {', '.join(names)})")
        self.total.append(sum(phase.seconds for phase in proof.phases))
        for phase in proof.phases:
            if len(phase.name) and phase.seconds > 0.0:
                key = phase.name, phase.name in answer.assemblage
                self.cells[key].append(phase.cells)
                self.seconds[key].append(phase.seconds)
                self.rows.append((*key, answer.temperature_C, phase.cells, phase.seconds))

    def text(self, name):
        count = sum(self.status.values())
        lines = [
            f"## {name}",
            "",
            f"{count} equilibria: {', '.join(f'{n} {s}' for s, n in self.status.items())}."
            + (f" Not proved: {'; '.join(self.undecided)}." if self.undecided else ""),
            "",
            f"Processor time a point, median / 95 % / most: {percentiles(self.total, 1e3)} ms.",
            f"Largest proven gap: {max(self.gaps, default=np.nan):.1e} kJ per mole of oxides.",
        ]
        if self.checked:
            told = ", ".join(f"{n} {status}" for status, n in sorted(self.checked.items()))
            lines.append(
                f"Checked with all rounding errors counted: {told}; {percentiles(self.checked_seconds)} "
                "s a point."
            )
        if self.wrong:
            lines += ["", "| wrong answers | outcome | number |", "|---|---|---|"]
        for (kind, outcome), n in sorted(self.wrong.items()):
            lines.append(f"| {kind} | {outcome} | {n} |")
        lines += [
            "",
            "Median / 95 % / most:",
            "",
            "| phase | | points | cells | ms |",
            "|---|---|---|---|---|",
        ]
        for key in sorted(self.cells):
            there = "present" if key[1] else "absent"
            lines.append(
                f"| {key[0]} | {there} | {len(self.cells[key])} | {percentiles(self.cells[key])} "
                f"| {percentiles(self.seconds[key], 1e3)} |"
            )
        return "\n".join(lines)


def census(name, every, wrong, rigorous):
    out = Census()
    chosen = points(name)[::every]
    gb.prove(solved(name, chosen[0]))  # compiles
    for number, point in enumerate(chosen):
        try:
            answer = solved(name, point)
        except InfeasibleError:
            out.status["that the phases cannot make"] += 1
            continue
        if not answer.certified:
            out.status[answer.status] += 1
            continue
        out.add(point, answer, gb.prove(answer))
        if wrong and number % wrong == 0:
            for kind, outcome in wrong_answers(name, point, answer):
                out.wrong[kind, outcome] += 1
        if rigorous and number % rigorous == 0:
            began = process_time()
            out.checked[gb.prove(answer, rigorous=True).status] += 1
            out.checked_seconds.append(process_time() - began)
    return out


def draw(rows, path):
    """Draw cells and processor time of each proof against temperature, a column a phase."""
    names = sorted({row[0] for row in rows})
    figure, axes = plt.subplots(
        2, len(names), figsize=(1.6 * len(names), 4.2), sharex=True, sharey="row",
        layout="constrained",
    )  # fmt: skip
    for column, name in zip(axes.T, names, strict=True):
        for present, colour in ((False, "C7"), (True, "C1")):
            mine = [row for row in rows if row[0] == name and row[1] is present]
            t = [row[2] for row in mine]
            label = "present" if present else "absent"
            column[0].plot(t, [row[3] for row in mine], ".", color=colour, ms=3, label=label)
            column[1].plot(t, [1e3 * row[4] for row in mine], ".", color=colour, ms=3)
        column[0].set(title=name, yscale="log")
        column[1].set(yscale="log", xlabel="°C")
    axes[0, 0].set_ylabel("cells")
    axes[0, 0].legend(fontsize="x-small", loc="upper left")
    axes[1, 0].set_ylabel("processor time (ms)")
    figure.savefig(path, dpi=150)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="every N-th point")
    parser.add_argument("--wrong", type=int, default=0, help="wrong answers of every N-th of them")
    parser.add_argument("--sets", nargs="+", default=["T21-Su26", "W24"], choices=SETS)
    parser.add_argument("--rigorous", type=int, default=0, help="check every N-th of them")
    parser.add_argument("-o", "--output", type=Path)
    parser.add_argument("--figure", type=Path, help="cells and time by phase and temperature")
    arguments = parser.parse_args()
    found = {
        name: census(name, arguments.every, arguments.wrong, arguments.rigorous)
        for name in arguments.sets
    }
    command = " ".join(
        ["PYTHONPATH=benchmarks python -m verification.prove_reference", *sys.argv[1:]]
    )
    text = "\n\n".join(
        [
            f"# Equilibria proved: {', '.join(arguments.sets)}",
            f"Made by `{command}`, on one core.",
            *(part.text(name) for name, part in found.items()),
        ]
    )
    print(text)
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")
    if arguments.figure:
        draw(found[arguments.sets[0]].rows, arguments.figure)


if __name__ == "__main__":
    main()
