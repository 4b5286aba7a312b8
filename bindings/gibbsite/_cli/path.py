"""The command `gibbsite path`."""

from pathlib import Path
from typing import Any

import click

from gibbsite.errors import GibbsiteError, InputError

from .output import check_output
from .rock import (
    database_option,
    numbers,
    read_rock,
    read_windows,
    rock_options,
    window_option,
)

SUFFIXES = (".csv", ".h5")


@click.command()
@rock_options
@click.option("-p", "--pressure", metavar="KBAR", help='In kbar: one, or one a point: "20 5 1".')
@click.option(
    "-t", "--temperature", metavar="°C", help='Of the points of the path: "1300 900". Default: all.'
)
@click.option(
    "--along",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="POINTS.csv",
    help="Points of the path, columns pressure_kbar and temperature_C; in place of -p and -t.",
)
@click.option(
    "--kind",
    type=click.Choice(["fractional", "equilibrium"]),
    default="fractional",
    show_default=True,
    help="Whether what forms is taken away.",
)
@click.option(
    "--direction",
    type=click.Choice(["crystallisation", "melting", "metamorphism"]),
    default="crystallisation",
    show_default=True,
    help="Metamorphism goes the whole path, whatever is there.",
)
@click.option(
    "--loss",
    "losses",
    multiple=True,
    metavar="STATE=SHARE[,REST]",
    help="In fractional metamorphism: fluid=0, or melt=0.07,0.01: above which share of the volume it "
    "leaves, and which then stays; may be given again. Default: fluid=0.",
)
@click.option(
    "--step", "step_C", type=float, default=2.0, show_default=True, help="Longest, in °C."
)
@click.option(
    "--until", "until_melt_fraction", type=float, help="Mass of melt per mass of rock to stop at."
)
@database_option
@window_option
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="CSV or HDF5 file (.csv or .h5)."
)
@click.option(
    "--quantity",
    "quantities",
    multiple=True,
    metavar="NAME",
    help="A further column of a CSV: cpx.Jd, melt.density; may be given again.",
)
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
def path(
    pressure: str | None,
    temperature: str | None,
    along: Path | None,
    kind: str,
    direction: str,
    step_C: float,
    losses: tuple[str, ...],
    until_melt_fraction: float | None,
    name: str | None,
    windows: tuple[str, ...],
    output: Path | None,
    quantities: tuple[str, ...],
    overwrite: bool,
    **rock_given: Any,
) -> None:
    """Crystallise, melt or metamorphose a rock along a path of pressure and temperature."""
    import gibbsite as gb
    from gibbsite._paths import table
    from gibbsite._quantities.grammar import parse

    if output is not None:
        if output.suffix.lower() not in SUFFIXES:
            raise InputError(f"{output} must end in {' or '.join(SUFFIXES)}.")
        check_output(output, overwrite)
    for quantity in quantities:
        parse(quantity)  # before the work that would be lost for it
    rock = read_rock(**rock_given)
    temperatures: list[float] | None
    if along is not None:
        if pressure is not None or temperature is not None:
            raise InputError("give the path by --along, or by -p and -t, not both.")
        pressures, temperatures = table.read_points(along)
    else:
        if pressure is None:
            raise InputError("a path needs a pressure (-p), or a table of points (--along).")
        pressures = numbers("--pressure", pressure)
        temperatures = None if temperature is None else numbers("--temperature", temperature)
    run = gb.path(
        rock,
        pressure_kbar=pressures,
        temperature_C=temperatures,
        kind=kind,  # type: ignore[arg-type]  # click has checked it
        direction=direction,  # type: ignore[arg-type]
        step_C=step_C,
        until_melt_fraction=until_melt_fraction,
        loss=_read_losses(losses),
        database=gb.database(name, windows=read_windows(windows)),
    )
    if output is not None:
        table.write(run, output, quantities)
    click.echo(f"{rock.name} ({rock.status}), {run.attrs['process']}, {run.attrs['database']}\n")
    click.echo(table.summary(run))
    failed = table.failures(run)
    if failed:
        raise GibbsiteError(f"{failed}; the rows say which.")


def _read_losses(texts: tuple[str, ...]) -> dict[str, float | tuple[float, float]] | None:
    """Return what leaves of texts such as "melt=0.07,0.01"; None for none."""
    found: dict[str, float | tuple[float, float]] = {}
    for text in texts:
        state, _, shares = text.partition("=")
        try:
            above, *rest = map(float, shares.split(","))
            (left,) = rest or (0.0,)
        except ValueError:
            raise InputError(f"--loss {text}: say fluid=0, or melt=0.07,0.01.") from None
        found[state] = (above, left)
    return found or None
