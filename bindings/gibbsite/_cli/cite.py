"""The command `gibbsite cite`: what to cite for a result, or for a database."""

from pathlib import Path

import click

import gibbsite as gb
from gibbsite._suggest import did_you_mean
from gibbsite._version import __version__
from gibbsite.errors import InputError

from . import completion


@click.command()
@click.argument(
    "what", metavar="[RESULT.h5 | DATABASE]", required=False, shell_complete=completion.cited
)
def cite(what: str | None) -> None:
    """Say what to cite: this program, and the publications of a database or of a result's."""
    click.echo(f"The gibbsite developers: gibbsite, version {__version__}.")
    names = [_database_of(what)] if what else list(map(str, gb.databases().index))
    for name in names:
        data = gb.database(name)
        click.echo(f"Database {name} (sha256 {data.sha256[:16]}): {data.reference}")


def _database_of(what: str) -> str:
    """Return the name of a database: as given, or of a result by its file."""
    known = list(map(str, gb.databases().index))
    if what in known:
        return what
    if not Path(what).exists():
        raise InputError(f"there is no file and no database {what!r}: {did_you_mean(what, known)}")
    with gb.open(what) as dataset:
        return str(dataset.attrs["database"])
