"""The command `gibbsite prove`: one point, a list of points, or points of a stored section."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gibbsite.errors import GibbsiteError, InputError

from .rock import database_option, rock_of_options, rock_options, window_option, windows_of_texts
from .text import table

if TYPE_CHECKING:
    from gibbsite._proof.prove import Proof


@click.command()
@click.argument("result", metavar="[RESULT.h5]", required=False, type=click.Path(path_type=Path))
@rock_options
@click.option("-p", "--pressure", "pressure_kbar", type=float, help="In kbar.")
@click.option("-t", "--temperature", "temperature_C", type=float, help="In °C.")
@click.option(
    "--points",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="POINTS.csv",
    help="Columns pressure_kbar and temperature_C; in place of -p and -t.",
)
@database_option
@window_option
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Of a result: every n-th of its certified points.",
)
@click.option(
    "--together",
    is_flag=True,
    help="Of a result: every point, as far as neighbours can be proved together.",
)
@click.option(
    "--rigorous",
    is_flag=True,
    help="Of points: compute all bounds again with every rounding error on the safe side.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Threads, where there are many points; all processors by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one point as JSON.")
def prove(
    result: Path | None,
    pressure_kbar: float | None,
    temperature_C: float | None,
    points: Path | None,
    name: str | None,
    windows: tuple[str, ...],
    every: int,
    together: bool,
    rigorous: bool,
    workers: int | None,
    as_json: bool,
    **rock_given: Any,
) -> None:
    """Prove that answers are global minima: a rock at a point or points, or a stored section.

    Of a section, what was proved of each phase is stored in the file, as the variable `proof`.
    """
    is_rock = any(rock_given[name] is not None for name in ("key", "wt", "mol"))
    if result is not None:
        if is_rock or points is not None or pressure_kbar is not None:
            raise InputError("give a result, or a rock with its points, not both.")
        if rigorous:
            raise InputError("--rigorous is for points, not for a result.")
        _prove_result(result, every, together, workers)
        return
    import gibbsite as gb

    if points is not None and (pressure_kbar is not None or temperature_C is not None):
        raise InputError("give the points by --points, or by -p and -t, not both.")
    rock, tables = (
        rock_of_options(**rock_given),
        gb.database(name, windows=windows_of_texts(windows)),
    )
    where = _points(points, pressure_kbar, temperature_C)

    def one(place: tuple[float, float]) -> "tuple[float, float, Proof]":
        p, t = place
        answer = gb.equilibrium(rock, pressure_kbar=p, temperature_C=t, database=tables)
        if not answer.certified:
            raise GibbsiteError(f"{p:g} kbar, {t:g} °C: no answer to prove: {answer.message}.")
        return p, t, gb.prove(answer, rigorous=rigorous)

    with ThreadPoolExecutor(workers or os.cpu_count()) as pool:
        proofs = list(pool.map(one, where))
    if points is not None:
        rows = [(f"{p:g}", f"{t:g}", proof.status, f"{proof.gap:.1e}") for p, t, proof in proofs]
        click.echo(table(["kbar", "°C", "proof", "gap kJ/mol"], rows))
    elif as_json:
        click.echo(json.dumps(_as_mapping(proofs[0][2]), indent=2))
    else:
        click.echo(_report(proofs[0][2]))
    if bad := [proof for _, _, proof in proofs if not proof.proved]:
        raise GibbsiteError(f"{len(bad)} of {len(proofs)} points not proved.")


def _points(
    points: Path | None, pressure_kbar: float | None, temperature_C: float | None
) -> list[tuple[float, float]]:
    """Return pressures [kbar] and temperatures [degC] as asked."""
    if points is not None:
        from gibbsite._paths.table import read_points

        return list(zip(*read_points(points), strict=True))
    if pressure_kbar is None or temperature_C is None:
        raise InputError("give a pressure (-p) and a temperature (-t), or --points, or a result.")
    return [(pressure_kbar, temperature_C)]


def _prove_result(result: Path, every: int, together: bool, workers: int | None) -> None:
    """Prove points of a file and say how many were."""
    from gibbsite._proof.stored import prove_file

    found = prove_file(result, every=every, together=together, workers=workers)
    count = sum(found.values())
    parts = ", ".join(f"{found[key]} {key}" for key in sorted(found))
    click.echo(f"{result}: {count} points: {parts or 'none certified'}.")
    if found.get("refuted"):
        raise GibbsiteError(f"{found['refuted']} of {count} points refuted.")


def _report(proof: "Proof") -> str:
    """Return one line a phase, and what follows for the answer."""
    rows = [
        (
            phase.name,
            phase.status if not phase.limit else f"{phase.status} ({phase.limit})",
            f"{phase.driving_force_bound:.3g}",
            str(phase.cells),
        )
        for phase in proof.phases
    ]
    lines = [table(["phase", "proof", "driving force kJ/mol >=", "cells"], rows), ""]
    if proof.proved:
        lines.append(
            f"proved: no assemblage has an energy lower by more than {proof.gap:.1e} kJ per mole "
            f"of oxides{', all rounding errors counted' if proof.rigorous else ''}."
        )
    else:
        lines.append(f"{proof.status}.")
    if proof.better is not None:
        lines.append(
            f"better: {'+'.join(proof.better.assemblage)}, "
            f"{proof.gibbs_energy - proof.better.gibbs_energy:.3e} kJ per mole of oxides lower."
        )
    return "\n".join(lines)


def _as_mapping(proof: "Proof") -> dict[str, Any]:
    """Return a proof as plain values."""
    return {
        "status": proof.status,
        "gibbs_energy_kJ_per_mol": proof.gibbs_energy,
        "rigorous": proof.rigorous,
        "gap_kJ_per_mol": proof.gap if proof.gap < float("inf") else None,
        "phases": {
            phase.name: {
                "status": phase.status,
                "limit": phase.limit,
                "driving_force_bound_kJ_per_mol": (
                    phase.driving_force_bound
                    if phase.driving_force_bound == phase.driving_force_bound
                    else None
                ),
                "composition": dict(phase.composition),
                "cells": phase.cells,
            }
            for phase in proof.phases
        },
        "better": None if proof.better is None else list(proof.better.assemblage),
    }
