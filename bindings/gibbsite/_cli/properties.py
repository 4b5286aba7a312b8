"""The command `gibbsite properties`."""

from pathlib import Path

import click

from gibbsite.errors import InputError


@click.command()
@click.argument("result", metavar="RESULT.h5", type=click.Path(path_type=Path))
@click.option(
    "--property",
    "names",
    multiple=True,
    metavar="NAME",
    help="What to store: alpha.relaxed, solid.vs, density; may be given again.",
)
@click.option("--workers", type=click.IntRange(min=1), help="Threads; all processors by default.")
def properties(result: Path, names: tuple[str, ...], workers: int | None) -> None:
    """Derive properties at all points of a result, and store them in its file.

    Work that was interrupted goes on where it stopped when the same command is given again.
    """
    if not names:
        raise InputError("say what to store: --property alpha.relaxed, as often as needed.")
    from gibbsite._store.store_properties import store_properties

    added = store_properties(result, names, workers=workers)
    said = f"added {', '.join(added)}" if added else "holds these already"
    click.echo(f"{result}: {said}.")
