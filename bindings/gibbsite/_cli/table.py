"""The command `gibbsite table`: rocks in the shape of a table in a paper."""

from pathlib import Path
from typing import Any

import click

import gibbsite as gb
from gibbsite.errors import InputError

from . import completion
from .output import check_output
from .rock import ignored, read_water, table_options

SUFFIXES = (".csv", ".xlsx", ".tex")


@click.command()
@click.argument(
    "rocks", nargs=-1, required=True, metavar="TABLE | NAME...", shell_complete=completion.rocks
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help=".csv, .xlsx or .tex (LaTeX)."
)
@click.option("--digits", type=click.IntRange(0, 6), default=2, show_default=True, help="Decimals.")
@click.option("--as-given", is_flag=True, help="With the totals as given; else all sum to 100.")
@table_options
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
def table(
    rocks: tuple[str, ...],
    output: Path | None,
    digits: int,
    as_given: bool,
    ignore: str,
    water: str | None,
    ferric: float | None,
    iron: Any,
    suffix: str | None,
    sheet: str | None,
    repeated: Any,
    overwrite: bool,
) -> None:
    """Write rocks as a table for a paper: a column each, oxides in wt% downwards.

    The rocks of a TABLE (CSV or Excel), or rocks that come with gibbsite by NAME.
    """
    from gibbsite._inputs import paper_table

    if output is not None:
        if output.suffix.lower() not in SUFFIXES:
            raise InputError(f"{output} must end in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}.")
        check_output(output, overwrite)
    if len(rocks) == 1 and Path(rocks[0]).suffix:
        found = gb.rocks(
            Path(rocks[0]),
            ignore=ignored(ignore),
            iron=iron,
            ferric=ferric,
            water=read_water(water),
            suffix=suffix,
            sheet=sheet,
            repeated=repeated,
        )
    else:
        found = gb.rocks(
            list(rocks), ignore=ignored(ignore), ferric=ferric, water=read_water(water)
        )
    made = paper_table.paper_table(found, digits, as_given=as_given)
    if output is None:
        click.echo(made.to_csv(), nl=False)
        return
    paper_table.write(made, output)
    click.echo(str(output))
