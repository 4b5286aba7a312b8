"""What a path is of, once it is read from the options; and many paths, one for each rock of a table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gibbsite.errors import GibbsiteError, InputError

from .output import check_output
from .processes import each
from .words import as_options

if TYPE_CHECKING:
    import xarray as xr

    from gibbsite._inputs.composition import Bulk
    from gibbsite._inputs.database import Database
    from gibbsite._inputs.rocks import Rocks


@dataclass(frozen=True, slots=True)
class Errand:
    """All of a path but its rock.

    Attributes
    ----------
    database : str or None
        Its name.
    windows : mapping
        Limits of compositions, as `gibbsite.database` takes them.
    how : mapping
        Further arguments of `gibbsite.path`.
    traces : mapping or None
        Arguments of `gibbsite.trace_elements`; None for none.
    quantities : sequence of str
        Further columns of a CSV.
    """

    database: str | None
    windows: Mapping[str, tuple[float, float]]
    how: Mapping[str, Any]
    traces: Mapping[str, Any] | None
    quantities: Sequence[str]

    def check(self) -> None:
        """Raise InputError where there is no such database, or it knows nothing of what is asked for."""
        from gibbsite._solving.dataset import no_points

        nothing = no_points(self._tables())
        for quantity in self.quantities:
            nothing.gb.quantity(quantity)

    def _tables(self) -> "Database":
        import gibbsite as gb

        return gb.database(self.database, windows=self.windows)

    def run(self, rock: "Bulk") -> "xr.Dataset":
        """Return the path of a rock."""
        import gibbsite as gb

        run = gb.path(rock, database=self._tables(), **self.how)
        return run if self.traces is None else gb.trace_elements(run, **self.traces)


def many(
    rocks: "Rocks", errand: Errand, folder: Path, suffix: str, overwrite: bool, workers: int | None
) -> None:
    """Compute a path for each rock, on processes of this machine, and say what became of each.

    Parameters
    ----------
    rocks : Rocks
        Of a table.
    errand : Errand
        What is the same for all.
    folder : Path
        Takes a file for each rock.
    suffix : str
        Of the files, .csv or .h5.
    overwrite : bool
        Whether files that are there are replaced.
    workers : int or None
        Processes; all processors where None.

    Raises
    ------
    InputError
        If the folder cannot be made, or a file is there.
    GibbsiteError
        If a rock failed, once all others are done.
    """
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; paths of a table go into a folder.")
    files = _files(rocks, folder, suffix)
    for file in files.values():
        if file.parent.exists():
            check_output(file, overwrite)
    folder.mkdir(parents=True, exist_ok=True)
    for row, why in rocks.bad.items():
        click.echo(f"{row}: {as_options(why)}", err=True)
    failed = len(rocks.bad)
    work = [(rock, files[name]) for name, rock in rocks.items()]
    for (rock, file), (said, bad) in zip(
        work, each(partial(_one, errand), work, workers), strict=True
    ):
        failed += bad
        click.echo(f"{rock.name}: {said}{'' if bad else f' ({file})'}", err=bad)
    if failed:
        raise GibbsiteError(f"{failed} of {len(files) + len(rocks.bad)} rocks failed.")


def _files(rocks: Iterable[str], folder: Path, suffix: str) -> dict[str, Path]:
    """Return the file of each rock."""
    from gibbsite._running.batch import file_name

    owners: dict[Path, str] = {}
    for name in rocks:
        file = (folder / file_name(name)).with_suffix(suffix)
        if file in owners:
            raise InputError(
                f"the rocks {owners[file]!r} and {name!r} would both be written to {file.name}; give one of "
                "them another name."
            )
        owners[file] = name
    return {name: file for file, name in owners.items()}


def _one(errand: Errand, given: tuple["Bulk", Path]) -> tuple[str, bool]:
    """Compute and write a path; return what is to be said, and whether it failed."""
    from gibbsite._paths import table

    rock, file = given
    try:
        run = errand.run(rock)
        table.write(run, file, errand.quantities)
    except GibbsiteError as error:
        return as_options(str(error)), True
    missing = table.failures(run)
    return f"{run.sizes['step']} rows, {missing or run.attrs['end']}", bool(missing)
