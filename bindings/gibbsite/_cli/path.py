"""The command `gibbsite path`."""

from math import isfinite
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gibbsite.errors import GibbsiteError, InputError

from . import completion
from .output import check_output
from .paths import Errand, many
from .rock import (
    amounts,
    database_option,
    ignored,
    number_of_text,
    numbers_of_text,
    read_water,
    reading_options,
    rock_of_options,
    rock_options,
    window_option,
    windows_of_texts,
)

SUFFIXES = (".csv", ".h5")
OF_A_TABLE = ("workers", "form", "iron", "suffix", "sheet", "repeated")
"""Parameters that say nothing of one rock."""
ROCK = ("key", "wt", "mol", "ignore", "ferric", "water")
"""Those that say which rock."""


@click.command()
@rock_options
@click.option(
    "--table",
    "rocks",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="ROCKS.csv",
    help="A path for each rock of a table, names and oxides in wt%; -o is a folder then.",
)
@reading_options
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Of a table: processes; all processors by default.",
)
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
    "leaves, and which then stays; may be given again. Default: fluid=0. In fractional melting: "
    "melt=0.01,0.01 keeps 1 vol% in the residue.",
)
@click.option(
    "--assimilate",
    metavar="ROCK",
    help='A rock that is taken up: its name, or oxides, "SiO2=74 Al2O3=14 ...".',
    shell_complete=completion.rocks,
)
@click.option(
    "--rate",
    metavar="PER=MASS",
    help="How much of it, per mass of the rock: crystallised=0.3, C=0.001 or step=0.01.",
)
@click.option(
    "--assimilated-at",
    type=float,
    metavar="°C",
    help="Its own temperature: heat is balanced then, and temperatures follow, from that of -t or the "
    "liquidus; with --rate step=... and --up-to.",
)
@click.option("--up-to", type=float, metavar="MASS", help="Mass of it to stop at.")
@click.option(
    "--traces",
    metavar="NAME_OR_PPM",
    help='Trace elements of the rock: "La=0.6 Yb=0.4", or primitive-mantle-2013.',
    shell_complete=completion.reservoirs,
)
@click.option("--elements", metavar="NAMES", help='Of the traces only these: "La Sm Yb".')
@click.option(
    "--partition",
    metavar="SET",
    help="Partition coefficients (see: gibbsite info traces).",
    shell_complete=completion.partition,
)
@click.option(
    "--coefficient",
    "coefficients",
    multiple=True,
    metavar="MINERAL.ELEMENT=D",
    help="Besides the set, or before it: pig.La=0.003; may be given again.",
)
@click.option("--assimilated-traces", metavar="NAME_OR_PPM", help="Of the rock that is taken up.")
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
    "--as",
    "form",
    type=click.Choice([".csv", ".h5"]),
    default=".csv",
    show_default=True,
    help="Files of the rocks of a table.",
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
    rocks: Path | None,
    workers: int | None,
    form: str,
    pressure: str | None,
    temperature: str | None,
    along: Path | None,
    kind: str,
    direction: str,
    step_C: float,
    losses: tuple[str, ...],
    assimilate: str | None,
    rate: str | None,
    assimilated_at: float | None,
    up_to: float | None,
    traces: str | None,
    elements: str | None,
    partition: str | None,
    coefficients: tuple[str, ...],
    assimilated_traces: str | None,
    until_melt_fraction: float | None,
    name: str | None,
    windows: tuple[str, ...],
    output: Path | None,
    quantities: tuple[str, ...],
    overwrite: bool,
    **rock_given: Any,
) -> None:
    """Crystallise, melt or metamorphose a rock along a path of pressure and temperature."""
    from gibbsite._inputs.composition import with_status
    from gibbsite._paths import table

    if rocks is None:
        _check_one_rock()
    if output is not None and rocks is None:
        if output.suffix.lower() not in SUFFIXES:
            raise InputError(f"{output} must end in {' or '.join(SUFFIXES)}.")
        check_output(output, overwrite)
    of_one = "" if output is None else output.suffix.lower()
    _check_columns(quantities, of_one if rocks is None else form)
    if traces is None and (elements or partition or coefficients or assimilated_traces):
        raise InputError("--partition and --coefficient are of trace elements: give --traces, too.")
    pressures, temperatures = _read_points(pressure, temperature, along)
    errand = Errand(
        name,
        windows_of_texts(windows),
        {
            "pressure_kbar": pressures,
            "temperature_C": temperatures,
            "kind": kind,
            "direction": direction,
            "step_C": step_C,
            "until_melt_fraction": until_melt_fraction,
            "loss": _read_losses(losses),
            "assimilate": _read_assimilation(
                assimilate, rate, assimilated_at, up_to, rock_given["ignore"]
            ),
        },
        None
        if traces is None
        else {
            "concentrations": _read_traces("--traces", traces),
            "elements": None if elements is None else elements.replace(",", " ").split(),
            "partition": partition,
            "coefficients": _read_coefficients(coefficients),
            "assimilated": assimilated_traces
            and _read_traces("--assimilated-traces", assimilated_traces),
        },
        quantities,
    )
    if rocks is not None:
        if output is None:
            raise InputError("paths of a table go into a folder: give -o FOLDER.")
        found = _read_table(rocks, rock_given)
        errand.check()
        many(found, errand, output, form, overwrite, workers)
        return
    rock = rock_of_options(**{name: rock_given[name] for name in ROCK})
    errand.check()
    run = errand.run(rock)
    if output is not None:
        table.write(run, output, quantities)
    called = with_status(rock.name, rock.status)
    click.echo(f"{called}, {run.attrs['process']}, {run.attrs['database']}\n")
    click.echo(table.summary(run))
    failed = table.failures(run)
    if failed:
        raise GibbsiteError(f"{failed}; the rows say which.")


def _check_one_rock() -> None:
    """Raise InputError for an option that is of a table of rocks."""
    source = click.get_current_context().get_parameter_source
    for name in OF_A_TABLE:
        if source(name) is ParameterSource.COMMANDLINE:
            option = "as" if name == "form" else name
            raise InputError(f"--{option} is of a --table of rocks; leave it out for one rock.")


def _check_columns(quantities: tuple[str, ...], form: str) -> None:
    """Raise InputError for quantities that cannot be meant, or for which no table is written."""
    from gibbsite._quantities.grammar import parse

    for quantity in quantities:
        parse(quantity)
    if quantities and form != SUFFIXES[0]:
        raise InputError(
            "--quantity is a column of a CSV: give -o FILE.csv. HDF5 files hold what all quantities are "
            "read from, by ds.gb.quantity."
        )


def _read_points(
    pressure: str | None, temperature: str | None, along: Path | None
) -> tuple[list[float], list[float] | None]:
    """Return the pressures and temperatures that a path joins; None for all temperatures."""
    from gibbsite._paths import table

    if along is not None:
        if pressure is not None or temperature is not None:
            raise InputError("give the path by --along, or by -p and -t, not both.")
        return table.read_points(along)
    if pressure is None:
        raise InputError("a path needs a pressure (-p), or a table of points (--along).")
    pressures = numbers_of_text("--pressure", pressure)
    return pressures, None if temperature is None else numbers_of_text("--temperature", temperature)


def _read_table(path: Path, given: dict[str, Any]) -> Any:
    """Return the rocks of a table; of the options of one rock those that hold for all are used."""
    import gibbsite as gb

    if any(given[name] is not None for name in ("key", "wt", "mol")):
        raise InputError("give rocks by --table, or one by --bulk, --wt or --mol, not both.")
    rocks = gb.rocks(
        path,
        ferric=given["ferric"],
        water=read_water(given["water"]),
        ignore=ignored(given["ignore"]),
        iron=given["iron"],
        suffix=given["suffix"],
        sheet=given["sheet"],
        repeated=given["repeated"],
        bad_rows="leave-out",
    )
    for note in rocks.notes:
        click.echo(f"{path}: {note}.")
    return rocks


def _read_traces(option: str, text: str) -> str | dict[str, float]:
    """Return the name of a reservoir, or elements and ppm of a text such as "La=0.6 Yb=0.4"."""
    return amounts(option, text) if "=" in text else text


def _read_coefficients(texts: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Return coefficients of texts such as "pig.La=0.003"."""
    found: dict[str, dict[str, float]] = {}
    for text in texts:
        name, _, value = text.partition("=")
        mineral, dot, element = name.partition(".")
        if not (mineral and dot and element and value):
            raise InputError(f"--coefficient {text}: say pig.La=0.003.")
        row = found.setdefault(mineral, {})
        if element in row:
            raise InputError(f"{name} is given twice in --coefficient.")
        row[element] = number_of_text("--coefficient", value)
        if not isfinite(row[element]):
            raise InputError(f"--coefficient {text}: it is finite; leave out what is unknown.")
    return found


def _read_assimilation(
    rock: str | None,
    rate: str | None,
    temperature_C: float | None,
    up_to: float | None,
    ignore: str,
) -> Any:
    """Return what is assimilated; None where nothing is. Of it, too, is left out what may be."""
    import gibbsite as gb

    balanced = temperature_C is not None or up_to is not None
    if rock is None and rate is None and not balanced:
        return None
    if rock is None or rate is None:
        raise InputError("give --assimilate and --rate together.")
    if balanced and (temperature_C is None or up_to is None):
        raise InputError("give --assimilated-at and --up-to together.")
    heat: dict[str, Any] = {"temperature_C": temperature_C, "up_to": up_to} if balanced else {}
    wt = amounts("--assimilate", rock) if "=" in rock else None
    taken = gb.bulk(None if wt else rock, wt=wt, ignore=ignored(ignore))
    per, _, mass = rate.partition("=")
    if per not in ("crystallised", "C", "step"):
        raise InputError(f"--rate {rate}: say crystallised=0.3, C=0.001 or step=0.01.")
    return gb.Assimilation(taken, **{f"per_{per}": number_of_text("--rate", mass)}, **heat)


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
        if state in found:
            raise InputError(f"{state} is given twice in --loss.")
        found[state] = (above, left)
    return found or None
