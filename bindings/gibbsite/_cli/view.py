"""The page: served by `gibbsite view`, or written as one file by `gibbsite plot --html`."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from gibbsite._garbage import put_off
from gibbsite.errors import GibbsiteError, InputError

from .output import check_output


@click.command()
@click.argument("result", metavar="[RESULT.h5]", required=False, type=click.Path(path_type=Path))
@click.option("--rock", help="The one to begin with, in a result of many rocks.")
@click.option(
    "--path",
    "paths",
    multiple=True,
    metavar="RUN.h5",
    type=click.Path(path_type=Path),
    help="A path to draw in the diagram, of gibbsite path; may be given again.",
)
@click.option(
    "--address",
    default="127.0.0.1",
    show_default=True,
    help="To listen at; 0.0.0.0 lets others in, who can then make this machine compute.",
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="To listen at; 5006 or any other if left out.",
)
@click.option("--no-browser", is_flag=True, help="Do not open a browser window.")
def view(
    result: Path | None,
    rock: str | None,
    paths: tuple[Path, ...],
    address: str,
    port: int | None,
    no_browser: bool,
) -> None:
    """Explore a computed section in a browser, until Ctrl-C.

    Without RESULT.h5 the page begins with a rock and a database, and computes a section of them.
    """
    _need_bokeh()
    put_off()  # until the page is there
    from gibbsite._viewing.serve import serve

    serve(
        result,
        rock=rock,
        paths=paths,
        address=address,
        port=port,
        browser=not no_browser,
        say=click.echo,
    )


def write_html(
    result: Path,
    output: Path,
    rock: str | None,
    isopleths: Mapping[str, Sequence[float]] | None,
    overwrite: bool,
    *,
    names: str,
    title: str | None,
    exact: bool | None,
    **of_paper: Any,
) -> None:
    """Write the page of a result as one file; what is only of paper must not have been asked for."""
    if output.suffix.lower() != ".html":
        raise InputError(f"{output} must end in .html where --html is given.")
    source = click.get_current_context().get_parameter_source
    for name in of_paper:
        if source(name) is ParameterSource.COMMANDLINE:
            option = name.removesuffix("_mm")
            raise InputError(f"--{option} is for pictures on paper; leave it out with --html.")
    check_output(output, overwrite)
    _need_bokeh()
    from gibbsite._viewing.standalone import write_page

    write_page(result, output, rock, isopleths=isopleths, names=names, title=title, exact=exact)
    click.echo(str(output))


def _need_bokeh() -> None:
    if find_spec("bokeh") is None:
        raise GibbsiteError('the page needs Bokeh: pip install "gibbsite[view]".')
