"""The command `gibbsite warm`: compile beforehand, and carry what was compiled elsewhere."""

import logging
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np

import gibbsite as gb
from gibbsite._running.pool import n_processors
from gibbsite.errors import GibbsiteError, InputError

from .output import check_output

_DONE = "warm"  # its folder beside the kernels: a file for each part that is compiled
_DATABASE = "T21-Su26"  # any: kernels are the same for all
_MANY = np.linspace(1150.0, 1151.0, 120)  # so dense that standard energies are tabulated


def _solved() -> Any:
    return gb.equilibria(
        gb.bulk("high-ti-glass"), pressure_kbar=3.0, temperature_C=_MANY, database=_DATABASE
    )


def _points() -> None:
    _solved()


def _proof() -> None:
    rock = gb.bulk("high-ti-glass")
    gb.prove(gb.equilibrium(rock, pressure_kbar=3.0, temperature_C=1150.0, database=_DATABASE))


def _section() -> None:
    # Python solves these two by itself: what proves neighbours need not wait for what solves lists.
    from gibbsite._proof.phase import TOLERANCE
    from gibbsite._proof.together import prove_points

    data, temperatures = gb.database(_DATABASE), (1150.0, 1151.0)
    alone = [
        gb.equilibria(gb.bulk("high-ti-glass"), pressure_kbar=3.0, temperature_C=t, database=data)
        for t in temperatures
    ]
    # Two rows of them: what lies in one row only has other strides, which are compiled for by themselves.
    points = {
        name: np.concatenate([one[name].values for one in (*alone, *alone)])
        for name in (
            "pressure_kbar", "temperature_C", "bulk_mol", "chemical_potential", "phase_id",
            "proportions",
        )
    }  # fmt: skip
    certified = np.ones(2 * len(alone), np.bool_)
    prove_points(data, points, certified, (2, len(alone)), TOLERANCE)


def _lines() -> None:
    # A corner of a shipped section: few lines, but too many to do without kernels.
    plan = gb.Section.from_toml("fig4c")
    rows = replace(plan.rows, start=1140.0, stop=1200.0, points=3)
    columns = replace(plan.columns, start=0.8, stop=1.0, points=3)
    small = replace(plan, rows=rows, columns=columns)
    (melt,) = gb.database(_DATABASE).of_kind("melt")
    with (
        tempfile.TemporaryDirectory() as folder,
        gb.compute(small, Path(folder) / "warm.h5", progress=False, prove=False) as dataset,
    ):
        gb.plot(dataset, isopleths={melt: [70.0]})  # lines, and isopleths between them


def _path() -> None:
    gb.path(
        gb.bulk("high-ti-glass"),
        pressure_kbar=3.0,
        step_C=50.0,
        until_melt_fraction=0.8,
        database=_DATABASE,
    )


def _properties() -> None:
    found = _solved()
    found.gb.property("alpha", kind="relaxed")
    found.gb.property("vs", of="solid")


class Part(NamedTuple):
    """What compiles a part of the kernels, and the part after which much of it is there."""

    work: Callable[[], None]
    after: str = ""


# The longest first of those that can begin.
PARTS: dict[str, Part] = {
    "point": Part(_points),
    "proof": Part(_proof),
    "section": Part(_section, after="proof"),
    "lines": Part(_lines, after="point"),
    "path": Part(_path, after="point"),
    "properties": Part(_properties, after="point"),
}


@click.command()
@click.option(
    "--only",
    type=click.Choice(list(PARTS)),
    multiple=True,
    help="What to compile for; may be given again. All by default.",
)
@click.option(
    "--export",
    "target",
    metavar="FILE.tar.gz",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write what is compiled to a file, too.",
)
@click.option(
    "--import",
    "source",
    metavar="FILE.tar.gz",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Take it from such a file, made by the same versions on the same kind of processor.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file if it exists.")
def warm(only: tuple[str, ...], target: Path | None, source: Path | None, overwrite: bool) -> None:
    """Compile now what later would make the first of each kind of work wait.

    Nothing is compiled twice. It is kept in the user's cache: ~/.cache, or the folder that
    XDG_CACHE_HOME or NUMBA_CACHE_DIR names.
    """
    from gibbsite_engine._jit import FOLDER

    if FOLDER is None:
        raise GibbsiteError("kernels cannot be kept: there is no folder that can be written.")
    if target is not None:
        check_output(target, overwrite)
    if source is not None:
        _unpack(source, FOLDER)
    wanted = only or (() if source else tuple(PARTS))
    # "point" is part of all but proofs, which start from one that Python solves by itself.
    needed = {*wanted, *(["point"] if {*wanted} - {"proof"} else [])}
    _compile({name: part for name, part in PARTS.items() if name in needed}, FOLDER)
    files = [path for path in FOLDER.rglob("*") if path.is_file()]
    if target is not None:
        _pack(FOLDER, target)
    size = sum(path.stat().st_size for path in files)
    what = f"compiled for {', '.join(wanted)}; " if wanted else ""
    click.echo(f"{FOLDER}: {what}{size / 1e6:.0f} MB.")


def _compile(parts: Mapping[str, Part], folder: Path) -> None:
    """Compile each part, but for those that were compiled before.

    The folder is of these very sources of the engine, so what was compiled into it is still right.
    """
    done = folder / _DONE
    new = {name: part for name, part in parts.items() if not (done / name).exists()}
    if new:
        done.mkdir(exist_ok=True)
        with _pool(min(len(new), n_processors())) as pool:
            _run_in_order(new, pool, lambda name: (done / name).touch())


def _pool(width: int) -> Executor:
    if width == 1:
        return _Here()
    return ProcessPoolExecutor(width, get_context("spawn"), initializer=_be_silent)


class _Here(Executor):
    """The process itself, which says what it waits for."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        """Do it at once."""
        done: Future[Any] = Future()
        done.set_result(work(*given, **named))
        return done


def _run_in_order(parts: Mapping[str, Part], pool: Executor, tell: Callable[[str], None]) -> None:
    """Begin each part as soon as the one that it comes after is done; tell of each that is."""
    waiting, running = dict(parts), dict[Future[None], str]()
    while waiting or running:
        unfinished = {*waiting, *running.values()}
        for name in [name for name, part in waiting.items() if part.after not in unfinished]:
            running[pool.submit(waiting.pop(name).work)] = name
        for each in wait(running, return_when=FIRST_COMPLETED).done:
            each.result()
            tell(running.pop(each))


def _be_silent() -> None:
    """Leave out what every process would say: that it waits for the compiler."""
    logging.getLogger("gibbsite").setLevel(logging.ERROR)


def _pack(folder: Path, target: Path) -> None:
    """Write a folder to a file, whole or not at all."""
    with tempfile.TemporaryDirectory(dir=target.parent) as at:
        part = Path(at) / target.name
        with tarfile.open(part, "w:gz") as archive:
            archive.add(folder, folder.name, filter=_complete)
        part.replace(target)


def _complete(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if ".tmp." in entry.name else entry  # what another process is writing


def _unpack(source: Path, folder: Path) -> None:
    """Put what a file holds into the folder, each file whole or not at all."""
    try:
        with tarfile.open(source) as archive, tempfile.TemporaryDirectory(dir=folder.parent) as at:
            names = {entry.name.partition("/")[0] for entry in archive.getmembers()}
            if names != {folder.name}:
                raise InputError(
                    f"{source} was made for other sources, another Python, Numba or processor "
                    f"({', '.join(sorted(names))}, here {folder.name}); run gibbsite warm here."
                )
            archive.extractall(at, filter="data")
            for path in (Path(at) / folder.name).rglob("*.nb[ci]"):
                place = folder / path.relative_to(Path(at) / folder.name)
                place.parent.mkdir(exist_ok=True)
                shutil.move(path, place)
    except tarfile.TarError:
        raise InputError(f"{source} is no file of gibbsite warm --export.") from None
