"""The command line: one point, a section, its picture, and what there is. Errors are one sentence."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import click

import gibbsite as gb
from gibbsite._suggest import did_you_mean
from gibbsite._version import __version__
from gibbsite.errors import GibbsiteError, InputError
from gibbsite_datasets import TableError

from . import completion
from . import text as _text
from .about import about
from .cite import cite
from .export import export, of_rock
from .levels import read_levels
from .lines import lines
from .output import check_output
from .path import path
from .properties import properties
from .prove import prove
from .rock import (
    database_option,
    ignored,
    open_of_text,
    read_water,
    rock_of_options,
    rock_options,
    table_options,
    window_option,
    windows_of_texts,
)
from .study import study
from .table import table
from .view import view, write_html
from .warm import warm
from .words import as_options

LARGE = 1_000_000
"""Points of a section whose number is told before they are solved."""
FIGURE_SUFFIXES = (".png", ".pdf", ".svg")


class _Failure(click.ClickException):
    """One sentence on standard error, and exit code 1."""

    exit_code = 1


class _InputFailure(_Failure):
    exit_code = 2


class _Interrupted(_Failure):
    exit_code = 130  # what a shell expects of a program that Ctrl-C has ended


class _Group(click.Group):
    """Commands whose foreseen errors end in a sentence instead of a traceback."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; of what is none say which could be meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError:
            raise _InputFailure(_no_command(args[0], self.list_commands(ctx))) from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except InputError as error:
            raise _InputFailure(as_options(str(error))) from None
        except (GibbsiteError, TableError) as error:
            raise _Failure(as_options(str(error))) from None
        except KeyboardInterrupt as stop:
            raise _Interrupted(str(stop) or "stopped.") from None
        except BrokenPipeError:
            raise  # the reader of our output has left: click ends quietly
        except OSError as error:
            name = f"{error.filename}: " if error.filename else ""
            raise _Failure(f"{name}{error.strerror or error}.") from None


def _no_command(word: str, known: list[str]) -> str:
    """Say what to do with a file or folder that stands in the place of a command, or what is near."""
    path = Path(word)
    how = {
        ".toml": f"to compute a section: gibbsite section {word} -o OUT.h5",
        ".h5": f"to see what is in it: gibbsite info {word}, and to draw it: gibbsite plot {word} -o OUT.png",
        ".csv": f"to compute a section for each rock of it: gibbsite batch {word} SECTION -o OUT.h5",
    }
    if path.suffix.lower() in how:
        return f"{word!r} is a file, no command; {how[path.suffix.lower()]}."
    if path.exists():
        what = "folder" if path.is_dir() else "file"
        return f"{word!r} is a {what}, no command; a command is one of {', '.join(known)}."
    return f"there is no command {word!r}: {did_you_mean(word, known)}"


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="gibbsite")
def cli() -> None:
    """Find the stable minerals and melt of a rock, certified."""


@cli.command()
@rock_options
@click.option("-p", "--pressure", "pressure_kbar", type=float, required=True, help="In kbar.")
@click.option("-t", "--temperature", "temperature_C", type=float, required=True, help="In °C.")
@database_option
@window_option
@click.option(
    "--quantity",
    "quantities",
    multiple=True,
    metavar="NAME",
    help="To be told besides: ol.Fo, ol/liq.Kd, rock.Cp.relaxed; may be given again.",
)
@click.option(
    "--open", "open_", metavar="POTENTIALS", default="", help='Such as "O=QFM-0.5 H2O=0.8".'
)
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def point(
    pressure_kbar: float,
    temperature_C: float,
    name: str | None,
    windows: tuple[str, ...],
    quantities: tuple[str, ...],
    open_: str,
    as_json: bool,
    **rock_given: Any,
) -> None:
    """Find the assemblage of one rock at one pressure and temperature."""
    from gibbsite._inputs.composition import with_status

    rock = rock_of_options(**rock_given)
    tables = gb.database(name, windows=windows_of_texts(windows))
    answer = gb.equilibrium(
        rock,
        pressure_kbar=pressure_kbar,
        temperature_C=temperature_C,
        database=tables,
        open=open_of_text(open_),
    )
    conditions = {
        "pressure_kbar": pressure_kbar,
        "temperature_C": temperature_C,
        "database": name,
    }
    asked = {each: answer.quantity(each) for each in quantities}
    if as_json:
        more = {"quantities": asked} if asked else {}
        everything = {**conditions, **_text.as_mapping(rock, answer), **more}
        click.echo(json.dumps(_text.plain(everything), indent=2))
    else:
        called = with_status(rock.name, rock.status)
        click.echo(f"{called}, {pressure_kbar:g} kbar, {temperature_C:g} °C, {name}")
        for assumed in rock.assumed:
            click.echo(f"assumed: {assumed}")
        click.echo(f"\n{_text.phase_table(answer)}\n\n{_text.certificate(answer)}")
        if asked:
            click.echo(f"\n{_text.quantities(asked, answer.database.phase_names)}")
    if answer.status != "certified":
        raise _Failure(f"no certified answer: {answer.message}.")


def _run_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of how to compute; their names are those of `compute`."""
    for option in (
        click.option("--overwrite", is_flag=True, help="Replace the output if it exists."),
        click.option(
            "--profile",
            type=click.Choice(["full", "compact", "light"]),
            default="full",
            show_default=True,
            help="How much to keep of each point.",
        ),
        click.option(
            "--property",
            "properties",
            multiple=True,
            metavar="NAME",
            help="Store it besides: alpha.relaxed, solid.vs, density; may be given again.",
        ),
        click.option(
            "--workers", type=click.IntRange(min=1), help="Threads; all processors by default."
        ),
        click.option(
            "--scheduler", metavar="ADDRESS", help="A Dask cluster to run on, tcp://host:port."
        ),
        click.option(
            "--log",
            "log_file",
            type=click.Path(path_type=Path, dir_okay=False),
            help="File to append a line a tile to.",
        ),
        click.option(
            "--tile",
            type=click.IntRange(min=1),
            default=32,
            show_default=True,
            help="Points along a side of a tile, the unit of work; more for a large cluster.",
        ),
    ):
        command = option(command)
    return command


def _plan(section: str, properties: tuple[str, ...]) -> gb.Section:
    """Return a section, with properties to be stored beside those that it names itself."""
    plan = gb.Section.from_toml(section)
    return replace(plan, properties=(*plan.properties, *properties))


@cli.command()
@click.argument("section", metavar="FILE_OR_NAME", shell_complete=completion.sections)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="HDF5 file.")
@_run_options
@click.option(
    "--prove/--no-prove",
    default=True,
    show_default=True,
    help="Prove the points, where that is cheap.",
)
def section(
    section: str, output: Path, tile: int, properties: tuple[str, ...], **options: Any
) -> None:
    """Compute a section: a TOML file, or a shipped one by name.

    Work that was interrupted goes on where it stopped when the same command is given again.
    """
    plan = _plan(section, properties)
    if output.exists() and Path(section).exists() and output.samefile(section):
        raise InputError(f"{output} is the section itself; give the result another name.")
    if plan.size >= LARGE:
        click.echo(f"{plan.shape[0]:,} x {plan.shape[1]:,}, {plan.size:,} points.", err=True)
    with gb.compute(plan, output, tile=(tile, tile), **options) as result:
        click.echo(f"{output}: {_text.census(result)}.")


@cli.command()
@click.argument("table", metavar="TABLE", type=click.Path(path_type=Path))
@click.argument("section", metavar="FILE_OR_NAME", shell_complete=completion.sections)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="OUT.h5, one file with an axis of rocks; or a folder, one file a rock.",
)
@table_options
@_run_options
def batch(
    table: Path,
    section: str,
    output: Path,
    ignore: str,
    iron: Any,
    ferric: float | None,
    water: str | None,
    suffix: str | None,
    sheet: str | None,
    repeated: Any,
    tile: int,
    properties: tuple[str, ...],
    **options: Any,
) -> None:
    """Compute a section for each rock of a table: names and oxides in wt%, as CSV or Excel.

    Each rock takes the place of the section's own, or of the one at x = 1. A rock that fails does
    not stop the others. Water and ferric iron that the section assumes of its own rock are assumed
    of each, unless the table or an option says otherwise. Interrupted work goes on when the same
    command is given again.
    """
    from gibbsite._running import batch as _batch

    rocks = gb.rocks(
        table,
        suffix=suffix,
        iron=iron,
        ferric=ferric,
        water=read_water(water),
        ignore=ignored(ignore),
        sheet=sheet,
        repeated=repeated,
        bad_rows="leave-out",
    )
    for note in rocks.notes:
        click.echo(f"{table}: {note}.")
    plan = _plan(section, properties)
    report = _batch.batch(rocks, plan, output, tile=(tile, tile), **options)
    for said in _text.assumptions(report.assumed):
        click.echo(said)
    missing = sum(report.done.values())
    click.echo(
        f"{output}: {len(report.done)} rock{'' if len(report.done) == 1 else 's'}, "
        f"{f'{missing} points of them not certified' if missing else 'all certified'}."
    )
    for name, reason in report.failed.items():
        click.echo(f"{name}: {as_options(reason)}", err=True)
    if report.failed:
        raise _Failure(
            f"{len(report.failed)} of {len(report.done) + len(report.failed)} rocks failed."
        )


@cli.command()
@click.argument("result", metavar="RESULT.h5", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    help="png, pdf or svg file; html with --html.",
)
@click.option("--rock", help="Which one, in a result of many rocks.")
@click.option(
    "--style",
    default="colour",
    show_default=True,
    help="colour, warm, grey, lines, journal or slides.",
    shell_complete=completion.styles,
)
@click.option(
    "--width", "width_mm", type=float, default=180.0, show_default=True, help="On paper, in mm."
)
@click.option(
    "--names",
    default="gibbsite",
    show_default=True,
    help="Of phases: gibbsite (our keys), full, or warr (symbols of Warr, 2021).",
)
@click.option(
    "--isopleth",
    "isopleths",
    multiple=True,
    metavar="QUANTITY=LEVELS",
    help="Instead of melt: liq=10,20 or ol.Fo=60,70 or density=3300; may be given again.",
)
@click.option("--no-isopleths", is_flag=True, help="Draw none.")
@click.option(
    "--exact/--grid",
    default=None,
    help="Solve for the lines, if the file does not hold them; or place them between its points. By "
    "default solved for where they can be, and the text below the picture says where not.",
)
@click.option(
    "--caption",
    type=click.Choice(["long", "short"]),
    default="long",
    show_default=True,
    help="Whether it tells the compositions of the rocks.",
)
@click.option(
    "--axis",
    multiple=True,
    metavar="AXIS=UNIT[,UNIT]",
    help="pressure=GPa, temperature=K, and at the opposite side a second one: "
    "pressure=kbar,depth:moon, or depth:mars:3400 for a density; may be given again.",
)
@click.option(
    "--melt",
    metavar="KIND",
    help="Instead of the diagram the melts: tas, harker, fenner, afm, or a triangle "
    '"liq.CaO,liq.Al2O3,liq.MgO".',
)
@click.option("--proof", is_flag=True, help="Dot the points that are searched, not proved.")
@click.option("--title", help="Instead of that of the section; '' for none.")
@click.option(
    "--dpi", type=click.FloatRange(min=1.0), default=300.0, show_default=True, help="PNG."
)
@click.option("--html", "as_page", is_flag=True, help="Write a page to explore, as one file.")
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
def plot(
    result: Path,
    output: Path,
    rock: str | None,
    isopleths: tuple[str, ...],
    no_isopleths: bool,
    melt: str | None,
    proof: bool,
    as_page: bool,
    overwrite: bool,
    **looks: Any,
) -> None:
    """Draw a computed section: fields, names, melt; or a path, or a list."""
    if isopleths and no_isopleths:
        raise InputError("give --isopleth or --no-isopleths, not both.")
    levels = read_levels(isopleths) if isopleths or no_isopleths else None
    if as_page or output.suffix.lower() == ".html":
        if proof:
            raise InputError("--proof is for pictures: png, pdf or svg.")
        write_html(result, output, rock, levels, overwrite, **looks)
        return
    if output.suffix.lower() not in FIGURE_SUFFIXES:
        raise InputError(
            f"{output} must end in {', '.join(FIGURE_SUFFIXES[:-1])} or {FIGURE_SUFFIXES[-1]}; "
            f"{output.suffix or 'no suffix'} is not a kind of picture."
        )
    check_output(output, overwrite)
    axes = _read_axes(looks.pop("axis"))
    if melt is not None:
        if axes:
            raise InputError("--axis is of the diagram; leave it out with --melt.")
        shown = {name: looks[name] for name in ("style", "width_mm", "title", "dpi")}
        with gb.open(result) as dataset:
            gb.plot_melt(of_rock(dataset, rock), _kind(melt), output, **shown)
        click.echo(str(output))
        return
    with gb.open(result) as dataset:
        gb.plot(of_rock(dataset, rock), output, isopleths=levels, proof=proof, axes=axes, **looks)
    click.echo(str(output))


def _read_axes(texts: tuple[str, ...]) -> dict[str, list[str]] | None:
    """Return the units of axes of texts such as "pressure=kbar,depth:moon"; None for none."""
    found: dict[str, list[str]] = {}
    for text in texts:
        axis, equals, units = text.partition("=")
        if not (axis and equals and units):
            raise InputError(f"--axis {text}: say pressure=GPa, or pressure=kbar,depth:moon.")
        if axis in found:
            raise InputError(f"{axis} is given twice in --axis.")
        found[axis] = units.split(",")
    return found or None


def _kind(text: str) -> str | list[str]:
    names = text.replace(",", " ").split()
    return names[0] if len(names) == 1 else names


@cli.command()
@click.argument("what", metavar="[WHAT]", required=False, shell_complete=completion.anything)
def info(what: str | None) -> None:
    """Show what there is, or all about WHAT.

    WHAT is a list (databases, rocks, sections, studies, phases, traces), one of them by name, or a
    result by its file.
    """
    if what is None:
        click.echo(
            f"{_text.versions()}\n\n{_text.databases()}\n\n{_text.rocks()}\n\n"
            f"{_text.sections()}\n\n{_text.studies()}".rstrip()
        )
    else:
        click.echo(about(what))


cli.add_command(cite)
cli.add_command(export)
cli.add_command(lines)
cli.add_command(path)
cli.add_command(properties)
cli.add_command(study)
cli.add_command(table)
cli.add_command(view)
cli.add_command(prove)
cli.add_command(warm)


def main() -> None:
    """Run the command line; the console script `gibbsite`."""
    if not any(word.startswith("--scheduler") for word in sys.argv):
        _leave_out_dask()
    cli(prog_name="gibbsite")


def _leave_out_dask() -> None:
    """Spare this process half a second: xarray imports Dask to ask whether an array is one of its."""
    sys.modules.setdefault("dask", cast(ModuleType, None))  # so Python knows what is not there
