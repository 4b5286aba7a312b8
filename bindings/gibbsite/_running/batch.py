"""One section for each of many rocks: a file with a rock axis, or a folder with a file a rock."""

import json
import os
import re
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from gibbsite._inputs.rocks import Rocks, rocks
from gibbsite._section.section import Section
from gibbsite._solving.equilibrium import equilibrium
from gibbsite._store.chunks import Packing
from gibbsite._store.file import open as open_result
from gibbsite._store.head import is_result_of
from gibbsite._store.schema import TILE_SHAPE, Layout, Text
from gibbsite.errors import GibbsiteError, InfeasibleError, InputError, StoreError
from gibbsite_engine.status import CERTIFIED, INFEASIBLE, STATUS_MESSAGES

from .compute import TileWork, properties_of, tables_of
from .pool import Pool, pool
from .run import TaskOf, fill
from .tile import solve_tile


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the rocks of a table.

    Parameters
    ----------
    done : dict of str to int
        Rock -> points without a certified answer, none of them for its composition.
    failed : dict of str to str
        Rock, or row of the table -> why its section is missing or not whole.
    assumed : dict of str to tuple of str
        Rock -> what was assumed of it: by the reader of the table, or as of the section's own rock.
    """

    done: dict[str, int]
    failed: dict[str, str]
    assumed: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Options:
    """What is the same for all rocks; see `batch`."""

    profile: str
    overwrite: bool
    progress: bool
    log_file: str | os.PathLike[str] | None
    tile: tuple[int, int]


def batch(
    table: str | os.PathLike[str] | Rocks,
    section: Section,
    output: str | os.PathLike[str],
    *,
    workers: int | None = None,
    profile: str = "full",
    overwrite: bool = False,
    progress: bool = True,
    scheduler: Any = None,
    log_file: str | os.PathLike[str] | None = None,
    tile: tuple[int, int] = TILE_SHAPE,
) -> Report:
    """Compute a section for each rock of a table; the same call takes up what was interrupted.

    Parameters
    ----------
    table : path or Rocks
        A table that `gibbsite.rocks` reads, or what it has made of one.
    section : Section
        What to compute. Each rock takes the place of its rock, or of the second where it has two;
        the water and ferric iron that were assumed of that one are assumed of each, unless the table
        or its reader has said otherwise.
    output : path
        A name ending in .h5: one file with the axis `rock`. Any other: a folder, one file a rock.
    workers, profile, overwrite, progress, scheduler, log_file, tile
        As of `compute`.

    Returns
    -------
    Report
        A rock that fails does not stop the others.

    Raises
    ------
    InputError
        If the table cannot be read.
    StoreError
        If one file for all cannot be written.
    """
    path = Path(output)
    found = table if isinstance(table, Rocks) else rocks(Path(table), bad_rows="leave-out")
    report = Report({}, dict(found.bad))
    options = _Options(profile, overwrite, progress, log_file, tile)
    sections = _sections(section, found, report)
    if not sections:
        return report
    with pool(workers, scheduler) as where:
        if path.suffix == ".h5":
            _into_one(path, section, sections, where, options, report)
        else:
            _into_folder(path, sections, where, options, report)
    return report


def _sections(base: Section, rocks: Rocks, report: Report) -> dict[str, Section]:
    """Put each rock in the place of the last of a section; one that cannot be there has failed."""
    sections = {}
    for name, given in rocks.items():
        rock = given.assuming(base.bulks[-1])
        try:
            sections[name] = replace(
                base, bulks=(*base.bulks[:-1], rock), title=f"{name}: {base.title}"
            )
        except InputError as error:
            report.failed[name] = str(error)
            continue
        if rock.assumed:
            report.assumed[name] = rock.assumed
    return sections


def _into_one(
    path: Path,
    base: Section,
    sections: dict[str, Section],
    where: Pool,
    options: _Options,
    report: Report,
) -> None:
    layout = _layout(base, sections, options)
    packing, each = Packing.of(layout), list(sections.values())
    solve = partial(solve_one_rock, prove=True)

    def task(points: tuple[slice, ...]) -> partial[bytes]:
        return partial(TileWork(solve, each[points[0].start], packing), points[1:])

    failures = _fill(path, layout, task, where, options, allow_missing=True)
    reasons = {layout.rock(tile): reason for tile, reason in reversed(failures.items())}
    with open_result(path) as dataset:
        for i, (name, section) in enumerate(sections.items()):
            _judge(report, name, section, dataset["status"][i].values, reasons.get(i))


def _into_folder(
    folder: Path, sections: dict[str, Section], where: Pool, options: _Options, report: Report
) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder} cannot be made: {error.strerror or error}.") from None
    taken: dict[str, str] = {}
    for name, section in sections.items():
        path = folder / file_name(name)
        other = taken.setdefault(path.name.lower(), name)
        if other != name:
            report.failed[name] = f"its file {path.name} would be that of {other}."
            continue
        try:
            with _compute_or_keep(section, path, where, options) as dataset:
                _judge(report, name, section, dataset["status"].values, None)
        except GibbsiteError as error:
            report.failed[name] = str(error)


def _compute_or_keep(section: Section, path: Path, where: Pool, options: _Options) -> xr.Dataset:
    """Compute a section, or open the file an earlier call has made of it."""
    layout = _layout_of_one(section, options)
    if options.overwrite or not is_result_of(path, layout):
        work = TileWork(partial(solve_tile, prove=True), section, Packing.of(layout))
        _fill(path, layout, lambda points: partial(work, points), where, options)
    return open_result(path)


def _layout_of_one(section: Section, options: _Options) -> Layout:
    """Lay out the file of one rock, as `compute` does."""
    proof = options.profile != "light"
    return Layout.of(
        section, tables_of(section), options.profile, options.tile, proof, properties_of(section)
    )


def _fill(
    path: Path,
    layout: Layout,
    task: TaskOf,
    where: Pool,
    options: _Options,
    allow_missing: bool = False,
) -> dict[int, str]:
    return fill(
        path,
        layout,
        task,
        where,
        overwrite=options.overwrite,
        progress=options.progress,
        log_file=options.log_file,
        allow_missing=allow_missing,
    )


def file_name(rock: str) -> str:
    """Return a name for the file of a rock that every file system takes."""
    return re.sub(r"[^\w.+-]+", "_", rock).strip("._") + ".h5"


def solve_one_rock(
    section: Section, rows: slice, columns: slice, *, prove: bool = False
) -> dict[str, NDArray[Any]]:
    """Solve a tile, and give its arrays a first axis of one rock."""
    arrays = solve_tile(section, rows, columns, prove=prove)
    return {name: values[np.newaxis] for name, values in arrays.items()}


def _layout(base: Section, sections: dict[str, Section], options: _Options) -> Layout:
    """Lay out the file of all rocks: that of one, with one more axis."""
    one = _layout_of_one(base, options)
    identity = [(name, section.sha256) for name, section in sections.items()]
    texts = tuple(section.to_toml() for section in sections.values())
    return replace(
        one,
        axes=(("rock", np.arange(len(sections), dtype=np.float64)), *one.axes),
        tile=(1, *one.tile),
        sha256=sha256(json.dumps(identity).encode()).hexdigest(),
        texts=(
            Text("rock_name", "rock", tuple(sections), "name of the rock"),
            Text("rock_section", "rock", texts, "the section with this rock in it, as TOML"),
        ),
    )


def _judge(
    report: Report, name: str, section: Section, status: NDArray[np.int8], reason: str | None
) -> None:
    """Enter a rock as done or, if a tile was lost or the rock cannot be made, as failed."""
    counts = Counter(status.ravel().tolist())
    uncertified = status.size - counts[CERTIFIED]
    of_all = f"of {status.size} points"
    if reason is not None:
        report.failed[name] = f"{uncertified} {of_all} are missing: {reason}."
    elif counts[INFEASIBLE]:
        report.failed[name] = f"{counts[INFEASIBLE]} {of_all} are infeasible: {_why(section)}"
    elif counts[CERTIFIED]:
        report.done[name] = uncertified
    else:
        commonest = counts.most_common(1)[0][0]
        report.failed[name] = f"none {of_all} is certified: {STATUS_MESSAGES[commonest]}."


def _why(section: Section) -> str:
    """Say what there is too much of in the rock of a section."""
    data = section.load_database()
    at = {name: float(values[-1]) for name, values in section.axes.items()} | section.fixed
    try:
        equilibrium(
            section.bulks[-1],
            pressure_kbar=at["pressure_kbar"],
            temperature_C=at["temperature_C"],
            database=data,
        )
    except InfeasibleError as error:
        return str(error)
    return f"{STATUS_MESSAGES[INFEASIBLE]}."
