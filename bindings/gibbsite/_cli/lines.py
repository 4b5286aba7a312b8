"""The command `gibbsite lines`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

import gibbsite as gb
from gibbsite.errors import InputError

from .output import check_output

if TYPE_CHECKING:
    from gibbsite._store.diagram import Diagram

SUFFIXES = (".geojson", ".json")


@click.command()
@click.argument("result", metavar="RESULT.h5", type=click.Path(path_type=Path))
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="A .geojson file to write them to, too."
)
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
def lines(result: Path, output: Path | None, overwrite: bool) -> None:
    """Solve for the exact boundaries of a section, and add them to its file."""
    if output is not None:
        if output.suffix.lower() not in SUFFIXES:
            raise InputError(f"{output} must end in {' or '.join(SUFFIXES)}.")
        check_output(output, overwrite)
    diagram = gb.trace(result)
    if output is not None:
        output.write_text(json.dumps(diagram.geojson()), encoding="utf-8")
    click.echo(f"{result}: {_counts(diagram)}.")


def _counts(diagram: "Diagram") -> str:
    """Say how many boundaries, points and fields there are, and what they do not explain."""
    counts = (
        f"{len(diagram.lines)} lines, {len(diagram.points)} points, {len(diagram.fields)} fields"
    )
    return "; ".join((counts, *diagram.doubts()))
