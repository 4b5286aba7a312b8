"""The command `gibbsite lines`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

import gibbsite as gb
from gibbsite.errors import GibbsiteError, InputError

from .output import check_output
from .processes import each
from .words import as_options

if TYPE_CHECKING:
    from gibbsite._store.diagram import Diagram

SUFFIXES = (".geojson", ".json")


@click.command()
@click.argument(
    "results", metavar="RESULT.h5...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="A .geojson file to write them to, too; of one result.",
)
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Of several results: processes; one by default, for each takes seconds to start.",
)
def lines(
    results: tuple[Path, ...], output: Path | None, overwrite: bool, workers: int | None
) -> None:
    """Solve for the exact boundaries of a section, or of each of several, and add them to its file."""
    if len(results) == 1:
        if workers is not None:
            raise InputError("the lines of one section follow each other: --workers is of several.")
        _lines_of(results[0], output, overwrite)
        return
    if output is not None:
        raise InputError(f"--output is of one result; given are {len(results)}.")
    if len({path.resolve() for path in results}) < len(results):
        raise InputError("a result is given twice.")
    failed = 0
    for said, bad in each(_try, results, workers or 1):
        failed += bad
        click.echo(said, err=bad)
    if failed:
        raise GibbsiteError(f"{failed} of {len(results)} results have no lines.")


def _lines_of(result: Path, output: Path | None, overwrite: bool) -> None:
    if output is not None:
        if output.suffix.lower() not in SUFFIXES:
            raise InputError(f"{output} must end in {' or '.join(SUFFIXES)}.")
        check_output(output, overwrite)
    diagram = gb.trace(result)
    if output is not None:
        output.write_text(json.dumps(diagram.geojson()), encoding="utf-8")
    click.echo(f"{result}: {_counts(diagram)}.")


def _try(result: Path) -> tuple[str, bool]:
    """Add the lines to a file; return what is to be said, and whether it failed."""
    try:
        return f"{result}: {_counts(gb.trace(result))}.", False
    except GibbsiteError as error:
        return f"{result}: {as_options(str(error))}", True


def _counts(diagram: "Diagram") -> str:
    """Say how many boundaries, points and fields there are, and what they do not explain."""
    counts = (
        f"{len(diagram.lines)} lines, {len(diagram.points)} points, {len(diagram.fields)} fields"
    )
    return "; ".join((counts, *diagram.doubts()))
