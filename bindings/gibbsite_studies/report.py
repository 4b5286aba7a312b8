"""The report of a study: one HTML page that needs nothing else, and one Markdown file."""

import base64
import hashlib
import shlex
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from platform import platform, python_version
from typing import Any, NamedTuple

from gibbsite import Bulk, __version__, bulk, database
from gibbsite.errors import GibbsiteError, StoreError
from gibbsite_datasets import load_bulks, load_models, load_targets, load_traces

from .listing import Listing
from .parts import Part
from .plan import Candidate, Study, StudyRock
from .run import Run
from .shelf import Tables
from .targets import Comparison, compare
from .values import Value, span

PACKAGES = ("numpy", "numba", "scipy", "pandas", "xarray", "matplotlib", "h5py")
REPORTS = {"report.html": "report.html.j2", "report.md": "report.md.j2"}
VERDICTS = ("inside", "partly", "outside", "not computed")
INPUT = "input"
# The order in which petrologists write the system.
ORDER = ("K2O", "Na2O", "CaO", "FeO", "MgO", "Al2O3", "SiO2", "TiO2", "Cr2O3")


class Outcome(NamedTuple):
    """A part that was computed."""

    part: Part
    tables: Tables
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One target with every database."""

    quantity: str
    unit: str
    published: str
    by_database: tuple[Comparison, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One part in the report."""

    name: str
    title: str
    rows: tuple[Row, ...]
    listings: tuple[Listing, ...]
    figures: tuple[str, ...]
    command: str
    seconds: float | None


def check_templates() -> Any:
    """Return the engine of templates; raise GibbsiteError if it is not installed."""
    try:
        import jinja2
    except ImportError:
        raise GibbsiteError(
            "the report of a study needs Jinja2: pip install 'gibbsite[study]'."
        ) from None
    return jinja2.Environment(
        loader=jinja2.FunctionLoader(_template),
        autoescape=lambda name: bool(name and name.endswith(".html.j2")),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _template(name: str) -> str:
    file = resources.files("gibbsite_studies") / "templates" / name
    return file.read_text(encoding="utf-8")


def write_report(run: Run, outcomes: list[Outcome], source: str) -> list[Path]:
    """Write both reports of what was computed; return their files."""
    engine = check_templates()
    context = _context(run, outcomes, source)
    engine.filters["embed"] = lambda name: _embedded(run.folder / "figures" / f"{name}.png")
    engine.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    paths = []
    for file, template in REPORTS.items():
        path = run.folder / file
        try:
            path.write_text(engine.get_template(template).render(context), encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{path} cannot be written: {error.strerror or error}.") from None
        paths.append(path)
    return paths


def _embedded(path: Path) -> str:
    return "data:image/png;base64," + base64.b64encode(path.read_bytes()).decode("ascii")


def computed_values(run: Run, outcomes: list[Outcome], name: str) -> dict[str, Value]:
    """Return everything that was computed with one database, by the keys of targets."""
    found = _input_values(run.study, name)
    for outcome in outcomes:
        found |= outcome.part.values(run, outcome.tables, name)
    return found


def _input_values(study: Study, name: str) -> dict[str, Value]:
    """Return what is put in: the system, and the oxides of the beads."""
    components = database(name).components
    order = [oxide for oxide in ORDER if oxide in components]
    order += [oxide for oxide in components if oxide not in ORDER]
    found: dict[str, Value] = {"system": f"{'-'.join(order)}, {load_models(name).endmember_set}"}
    if study.subsolidus is not None:
        beads = [rock.bulk().wt for rock in study.subsolidus.rocks]
        found |= {f"bead_{oxide}": span(wt[oxide] for wt in beads) for oxide in ORDER}
    return found


def chapters(run: Run, outcomes: list[Outcome], source: str) -> list[Chapter]:
    """Return the targets of the study by part, those that were not computed as well."""
    values = {name: computed_values(run, outcomes, name) for name in run.study.databases}
    targets = load_targets(run.study.targets)
    titles = {outcome.part.name: outcome for outcome in outcomes}
    names = dict.fromkeys([INPUT, *titles, *(target.part for target in targets)])
    found = []
    for name in names:
        rows = []
        for target in targets:
            if target.part == name:
                each = tuple(compare(target, values[db], db) for db in run.study.databases)
                rows.append(
                    Row(target.quantity, target.unit, target.published, each, _why(run, each))
                )
        outcome = titles.get(name)
        command = (
            f"gibbsite study {shlex.quote(source)} -o {shlex.quote(str(run.folder))} --only {name}"
        )
        found.append(
            Chapter(
                name,
                outcome.part.title if outcome else "Input" if name == INPUT else name,
                tuple(rows),
                tuple(outcome.part.listings(run, outcome.tables)) if outcome else (),
                outcome.figures if outcome else (),
                command if outcome else "",
                run.shelf.seconds(name) if outcome else None,
            )
        )
    return found


def _why(run: Run, comparisons: tuple[Comparison, ...]) -> str:
    """Return what is said of all databases once, and of each what differs."""
    texts = [comparison.why for comparison in comparisons]
    if len(set(texts)) == 1:
        return texts[0]
    names = run.study.databases
    return " ".join(f"{name}: {text}." for name, text in zip(names, texts, strict=True) if text)


def _context(run: Run, outcomes: list[Outcome], source: str) -> dict[str, Any]:
    parts = chapters(run, outcomes, source)
    return {
        "study": run.study,
        "source": source,
        "folder": run.folder,
        "chapters": parts,
        "databases": [
            {"name": each.name, "sha256": each.sha256, "reference": each.reference}
            for each in (database(name) for name in run.study.databases)
        ],
        "counts": _counts(run.study, parts),
        "verdicts": VERDICTS,
        "rocks": _rocks(run.study),
        "versions": [("gibbsite", __version__), ("Python", f"{python_version()}, {platform()}")]
        + [(name, version(name)) for name in PACKAGES],
        "study_sha256": hashlib.sha256(run.study.model_dump_json().encode()).hexdigest(),
        "seconds": sum(chapter.seconds or 0.0 for chapter in parts),
    }


def _counts(study: Study, parts: list[Chapter]) -> list[dict[str, Any]]:
    """Return for each database how many targets are inside, and how many checks agree."""
    rows = []
    for i, name in enumerate(study.databases):
        each = [row.by_database[i] for chapter in parts for row in chapter.rows]
        verdicts = Counter(comparison.verdict for comparison in each)
        checks = Counter(comparison.check for comparison in each)
        rows.append(
            {
                "name": name,
                **{verdict: verdicts[verdict] for verdict in VERDICTS},
                "agrees": checks["agrees"],
                "checks": checks["agrees"] + checks["differs"],
            }
        )
    return rows


def _rocks(study: Study) -> list[dict[str, str]]:
    """Return every rock and reservoir the study uses, what it is, and where it comes from."""
    rocks = {rock.key or rock.name: rock for rock in _used(study)}
    records = load_bulks()
    found = [
        {
            "key": rock.key or "with oxides added",
            "name": rock.name,
            "status": rock.status,
            "source": rock.source,
            "note": records[key].note if key in records else "",
        }
        for key, rock in rocks.items()
    ]
    if (ree := study.rare_earths) is not None:
        for key in (ree.chondrite, ree.magma_ocean, *ree.kreep):
            record = load_traces()[key]
            found.append({name: str(getattr(record, name)) for name in found[0]} if found else {})
    return found


def _used(study: Study) -> Iterator[Bulk]:
    """Yield the rocks of all parts."""
    for name in type(study).model_fields:
        part = getattr(study, name)
        for field in getattr(type(part), "model_fields", {}):
            value = getattr(part, field)
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, Candidate):
                    yield each.rock.bulk()
                elif isinstance(each, StudyRock):
                    yield each.bulk()
    if (pca := study.components) is not None:
        for key in (pca.basalt, *pca.beads, *pca.others):
            yield bulk(key, ignore="outside")
