"""Running a study: parts one after the other, each kept, then its figures and the report."""

import hashlib
import json
import time
from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import fields, is_dataclass
from pathlib import Path

from gibbsite import __version__, database
from gibbsite.errors import InputError, StoreError
from gibbsite.toml import did_you_mean
from gibbsite_datasets import (
    load_bulks,
    load_magma_oceans,
    load_partition,
    load_ranges,
    load_traces,
)

from .canvas import save
from .parts import PARTS, Part
from .plan import Study
from .report import Outcome, write_report
from .run import Run
from .shelf import Tables


def run_study(
    study: Study,
    folder: Path,
    *,
    source: str,
    only: Collection[str] = (),
    workers: int | None = None,
    overwrite: bool = False,
    say: Callable[[str], None] = lambda text: None,
) -> list[Path]:
    """Compute, draw and report a study; the same call goes on where it was interrupted.

    Parameters
    ----------
    study : Study
        From `read_study`.
    folder : Path
        Where tables, sections, figures and the report go.
    source : str
        What the study is called on the command line, for the report.
    only : collection of str
        Parts to compute, with what they need; all of them if empty. The report has whatever is kept.
    workers : int, optional
        Threads; by default one a processor.
    overwrite : bool
        Compute again what is kept.
    say : callable
        Told what is being done.

    Returns
    -------
    list of Path
        The reports.

    Raises
    ------
    InputError
        If a part is unknown or not in the study.
    """
    wanted = _wanted(study, only)
    run = Run(study, folder, workers)
    keys: dict[str, str] = {}
    tables: dict[str, Tables] = {}
    outcomes: list[Outcome] = []
    for part in PARTS:
        if getattr(study, part.name) is None:
            continue
        keys[part.name] = key = _key(study, part, keys)
        kept = None if overwrite and part.name in wanted else run.shelf.get(part.name, key)
        if kept is None:
            if part.name not in wanted:
                continue
            say(f"{part.title} ...")
            start = time.perf_counter()
            made = part.compute(run, tables)
            kept = run.shelf.put(part.name, key, made, time.perf_counter() - start)
        tables[part.name] = kept
        outcomes.append(Outcome(part, kept, _figures(run, part, kept, key)))
    return write_report(run, outcomes, source)


def _wanted(study: Study, only: Collection[str]) -> set[str]:
    """Return the parts to compute: those asked for, and what they need."""
    there = [part.name for part in PARTS if getattr(study, part.name) is not None]
    for name in only:
        if name not in there:
            raise InputError(f"the study has no part {name!r}: {did_you_mean(name, there)}")
    chosen = set(only or there)
    for part in reversed(PARTS):
        if part.name in chosen:
            chosen |= set(part.needs)
    return chosen


def _key(study: Study, part: Part, keys: dict[str, str]) -> str:
    """Return the identity of a part: its settings, its tables of numbers, and the parts it needs."""
    settings = getattr(study, part.name)
    tables = (load_bulks, load_ranges, load_traces, load_partition, load_magma_oceans)
    equations = getattr(settings, "equations", None)
    models = [] if equations is None else [model.record for model in equations.made()]
    numbers = [load() for load in tables], models
    parts = {
        "settings": settings.model_dump(mode="json"),
        "databases": {name: database(name).sha256 for name in study.databases},
        "numbers": numbers,
        "needs": {name: keys[name] for name in part.needs},
        "version": __version__,
    }
    text = json.dumps(parts, sort_keys=True, default=_plain)
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: object) -> object:
    """Return a record, mapping or set as JSON has it, in an order that is the same tomorrow."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no place in the identity of a part")


def _figures(run: Run, part: Part, tables: Tables, key: str) -> tuple[str, ...]:
    """Draw the figures of a part, unless those of these very tables are there."""
    folder, stamp = run.folder / "figures", run.folder / "figures" / f"{part.name}.json"
    try:
        known = json.loads(stamp.read_text(encoding="utf-8"))
        names = tuple(str(name) for name in known["figures"])
        if known["key"] == key and all((folder / f"{name}.png").exists() for name in names):
            return names
    except (OSError, ValueError, KeyError, TypeError):
        pass
    names = ()
    for name, figure in part.draw(run, tables):
        save(figure, folder, name)
        names += (name,)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        stamp.write_text(json.dumps({"key": key, "figures": names}) + "\n", encoding="utf-8")
    except OSError as error:
        raise StoreError(f"{folder} cannot be written: {error.strerror or error}.") from None
    return names
