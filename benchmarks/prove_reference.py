"""The reference equilibria put to the proof, and wrong answers that must be refuted: a table.

    python benchmarks/prove_reference.py [--every N] [--wrong N] [-o FILE.md]

Solves the points of tests/data/reference again, proves each answer, and tells cells and processor
time by phase. With --wrong N, every N-th point is solved with each stable phase forbidden, and
with one of two instances of a phase removed; every such answer must be refuted.
"""

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

import gibbsite as gb
from gibbsite.errors import InfeasibleError
from gibbsite_engine.equilibrium import new_workspace
from gibbsite_engine.layout import Options
from gibbsite_engine.newton import append, solve
from gibbsite_engine.standard import set_conditions
from gibbsite_engine.status import CERTIFIED

REFERENCE = Path(__file__).parents[1] / "tests" / "data" / "reference"
SETS = ("T21-Su26", "W24")
# Energies nearer than this are the same answer [kJ per mole of oxides].
SAME = 1e-9


def points(name):
    return json.loads((REFERENCE / f"equilibria_{name}.json").read_text())["points"]


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
    places = [phase.place for phase in reduced.phases]
    for j, phase in enumerate(answer.phases):
        if j == slot:
            continue
        k = places.index(data.phase_names.index(phase.name))
        old = np.array(list(phase.proportions.values()))
        p = np.zeros(reduced.system.phases.size.shape[1])
        found = np.linalg.lstsq(reduced.phases[k].basis.T, old, rcond=None)[0]
        p[: len(found)] = found
        append(state, k, phase.amount_mol, p, 3)
    status, _ = solve(
        reduced.system.phases, work.conditions, inside, Options(), state, work.newton, work.phase
    )
    if status != CERTIFIED:
        return None
    names = list(answer.chemical_potentials)
    return dict(zip(names, state.gamma.tolist(), strict=True)), float(state.gamma @ inside)


def wrong_answers(name, point, answer):
    """Yield (kind, proof) of answers that lack something stable."""
    for forbidden in sorted(set(answer.assemblage)):
        try:
            other = solved(name, point, exclude=[forbidden])
        except InfeasibleError:
            continue
        if other.certified and other.gibbs_energy > answer.gibbs_energy + SAME:
            yield "a phase forbidden", gb.prove(other, database=answer.database)
    for slot, phase in enumerate(answer.phases):
        if answer.assemblage.count(phase.name) > 1 and (left := without(answer, slot)):
            potentials, energy = left
            if energy > answer.gibbs_energy + SAME:
                at = answer.pressure_kbar, answer.temperature_C
                yield (
                    "one of two instances removed",
                    gb.prove(
                        potentials, bulk=answer.bulk, pressure_kbar=at[0], temperature_C=at[1],
                        gibbs_energy=energy, database=answer.database,
                    ),
                )  # fmt: skip


def percentiles(values, unit=1.0):
    return " / ".join(f"{v * unit:.3g}" for v in np.percentile(values, [50, 95, 100]))


class Census:
    """What came out for one set."""

    def __init__(self):
        self.status, self.wrong, self.undecided = Counter(), Counter(), []
        self.cells, self.seconds = defaultdict(list), defaultdict(list)
        self.total, self.gaps = [], []

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

    def text(self, name):
        count = sum(self.status.values())
        lines = [
            f"## {name}",
            "",
            f"{count} equilibria: {', '.join(f'{n} {s}' for s, n in self.status.items())}."
            + (f" Not proved: {'; '.join(self.undecided)}." if self.undecided else ""),
            f"Processor time a point, median / 95 % / most: {percentiles(self.total, 1e3)} ms.",
            f"Largest proven gap: {max(self.gaps, default=np.nan):.1e} kJ per mole of oxides.",
        ]
        for kind, n in sorted(self.wrong.items()):
            lines.append(f"Wrong answers, {kind[0]}: {n} {kind[1]}.")
        lines += ["", "| phase | | points | cells | ms |", "|---|---|---|---|---|"]
        for key in sorted(self.cells):
            there = "present" if key[1] else "absent"
            lines.append(
                f"| {key[0]} | {there} | {len(self.cells[key])} | {percentiles(self.cells[key])} "
                f"| {percentiles(self.seconds[key], 1e3)} |"
            )
        return "\n".join(lines)


def census(name, every, wrong):
    out = Census()
    chosen = points(name)[::every]
    gb.prove(solved(name, chosen[0]))  # compiles
    for number, point in enumerate(chosen):
        answer = solved(name, point)
        if not answer.certified:
            out.status[answer.status] += 1
            continue
        out.add(point, answer, gb.prove(answer))
        if wrong and number % wrong == 0:
            for kind, proof in wrong_answers(name, point, answer):
                out.wrong[kind, proof.status] += 1
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="every N-th point")
    parser.add_argument("--wrong", type=int, default=0, help="wrong answers of every N-th of them")
    parser.add_argument("-o", "--output", type=Path)
    arguments = parser.parse_args()
    parts = [census(name, arguments.every, arguments.wrong).text(name) for name in SETS]
    text = "\n\n".join(["# Reference equilibria, proved", *parts]) + "\n"
    print(text)
    if arguments.output:
        arguments.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
