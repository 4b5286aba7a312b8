"""One run of a study: what the parts are given."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import xarray as xr

from gibbsite import Database, Section, compute, database, trace
from gibbsite import open as open_result
from gibbsite.errors import StoreError

from .plan import Study
from .shelf import Shelf

P = TypeVar("P")


@dataclass(frozen=True, slots=True)
class Run:
    """A study, where its results go, and how many threads it may use."""

    study: Study
    folder: Path
    workers: int | None = None

    @property
    def shelf(self) -> Shelf:
        """The tables of the parts."""
        return Shelf(self.folder / "tables")

    def databases(self) -> Iterator[Database]:
        """Yield the databases of the study."""
        for name in self.study.databases:
            yield database(name)

    def section_file(self, name: str, database_name: str) -> Path:
        """Return where a section computed with a database is."""
        return self.folder / "sections" / f"{name}-{database_name}.h5"

    def section(self, section: Section, name: str) -> xr.Dataset:
        """Return a section with its exact lines, computed as far as it is not there yet.

        The lines go into a copy that takes the place of the file when it is whole.
        """
        path = self.section_file(name, section.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        result = compute(
            section, path, workers=self.workers, progress=False, reuse=True, overwrite=True
        )
        with result:
            traced = result.gb.has_lines()
        if not traced:
            draft = path.with_suffix(".draft")
            try:
                shutil.copyfile(path, draft)
                trace(draft)
                os.replace(draft, path)
            except OSError as error:
                raise StoreError(f"{draft} cannot be written: {error.strerror or error}.") from None
        return open_result(path)


def needed(part: P | None) -> P:
    """Return the settings of a part that is known to be there."""
    assert part is not None
    return part
