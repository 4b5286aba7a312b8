"""What the command line prints: tables of phases, certificates, and what is in a result."""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from math import isfinite
from typing import TYPE_CHECKING, Any

import gibbsite as gb
from gibbsite._inputs.limits import kelvin_hint
from gibbsite._inputs.melt import is_molten
from gibbsite._inputs.windows import in_words
from gibbsite._showing import listed
from gibbsite._version import __version__

if TYPE_CHECKING:
    from gibbsite._inputs.composition import Bulk
    from gibbsite._solving.equilibrium import Equilibrium

FILE_ATTRIBUTES = (
    "title",
    "gibbsite_version",
    "schema_version",
    "database",
    "database_sha256",
    "outside_range",
    "windows",
    "options",
)


def table(head: list[str], rows: Sequence[tuple[str, ...]]) -> str:
    """Return columns as wide as they need to be, those of numbers set to the right."""
    lines = [tuple(head), *rows] if head else rows
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    right = [all(_is_number(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right, strict=True)
        ).rstrip()
        for line in lines
    )


def assumptions(of_rocks: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return a line for each thing that was assumed, with the rocks it was assumed of."""
    rocks: dict[str, list[str]] = {}
    for name, said in of_rocks.items():
        for each in said:
            rocks.setdefault(each, []).append(name)
    return [f"assumed: {each} ({listed(names)})" for each, names in rocks.items()]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def phase_table(answer: "Equilibrium") -> str:
    """Return one line a phase: modes, then its composition by weight."""
    held = {**answer.bulk.mol, **answer.taken_up}
    oxides = [oxide for oxide, moles in held.items() if moles > 0.0]
    rows = [
        (
            phase.label,
            f"{100.0 * phase.volume_fraction:.2f}",
            f"{100.0 * phase.mass_fraction:.2f}",
            f"{100.0 * phase.mole_fraction:.2f}",
            *(f"{phase.composition_wt.get(oxide, 0.0):.2f}" for oxide in oxides),
        )
        for phase in answer.phases
    ]
    if not rows:
        return "no phases"
    return table(["phase", "vol%", "wt%", "mol%", *oxides], rows)


def certificate(answer: "Equilibrium") -> str:
    """Return the outcome, what it rests on, and the state of the whole rock."""
    potentials = ", ".join(
        f"{oxide} {value:.4f}" if isfinite(value) else f"{oxide} open"
        for oxide, value in answer.chemical_potentials.items()
    )
    windows = answer.database.windows
    molten = is_molten([phase.name for phase in answer.phases])
    hint = kelvin_hint(answer.temperature_C) if molten else ""
    remarks = answer.message.partition("; ")[2]
    lowest = f"{answer.lowest_driving_force:.3g} kJ per mole of atoms"
    if answer.lowest_driving_force_phase:
        lowest += f" ({answer.lowest_driving_force_phase})"
    given = [
        (f"taken up, {name}", f"{amount:.6f} mol per mole of the others")
        for name, amount in answer.taken_up.items()
    ]
    if isfinite(answer.log10_fO2):
        given.append(("log10 fO2", f"{answer.log10_fO2:.3f} (bar), QFM {answer.delta('QFM'):+.3f}"))
    return table(
        [],
        [
            ("status", f"{answer.status} ({answer.answered_by}, {answer.iterations} iterations)"),
            ("Gibbs energy", f"{answer.gibbs_energy:.6f} kJ per mole of oxides"),
            ("density", f"{answer.density:.1f} kg/m3"),
            ("optimality residual", f"{answer.optimality_residual:.1e} kJ"),
            ("mass residual", f"{answer.mass_residual:.1e} mol per mole of oxides"),
            ("lowest driving force", lowest),
            ("chemical potentials", f"{potentials} kJ/mol"),
            *given,
            *([("beware", remarks)] if remarks and not windows else []),
            *([("note", hint)] if hint else []),
            *([("note", answer.outside_range)] if answer.outside_range else []),
            *([("only inside", in_words(windows))] if windows else []),
        ],
    )


def quantities(asked: Mapping[str, float], phases: Sequence[str]) -> str:
    """Return one line a quantity: its name, its value, its unit; "-" where it has none.

    `phases` are the keys of those of the database.
    """
    from gibbsite._quantities.grammar import parse

    return table(
        [],
        [
            (name, f"{value:.6g}" if isfinite(value) else "-", unit if unit != "1" else "")
            for name, value in asked.items()
            for unit in (parse(name, phases).unit,)
        ],
    )


def as_mapping(rock: "Bulk", answer: "Equilibrium") -> dict[str, Any]:
    """Return everything known of an answer, by name."""
    of_rock = ("name", "key", "status", "source", "assumed", "mol", "wt", "left_out_wt")
    of_answer = (
        "status",
        "message",
        "answered_by",
        "iterations",
        "gibbs_energy",
        "density",
        "chemical_potentials",
        "log10_fO2",
        "taken_up",
        "optimality_residual",
        "mass_residual",
        "lowest_driving_force",
        "lowest_driving_force_phase",
        "outside_range",
    )
    of_phase = (
        "name",
        "label",
        "instance",
        "amount_mol",
        "mole_fraction",
        "mass_fraction",
        "volume_fraction",
        "proportions",
        "composition_wt",
        "composition_mol",
    )
    return {
        "gibbsite_version": __version__,
        "bulk": {name: getattr(rock, name) for name in of_rock},
        **{name: getattr(answer, name) for name in of_answer},
        "phases": [{name: getattr(phase, name) for name in of_phase} for phase in answer.phases],
    }


def plain(value: Any) -> Any:
    """Turn a value into one that JSON has; a number that is none becomes null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return None if isinstance(value, float) and not isfinite(value) else value


def contents(dataset: Any) -> str:
    """Return what is in a result: its origin, axes, outcome and variables."""
    # The engine's names, which most commands do without.
    from gibbsite._store.schema import COORDINATES

    rows = [(name, str(dataset.attrs[name])) for name in FILE_ATTRIBUTES if name in dataset.attrs]
    for name, coordinate in dataset.coords.items():
        if name in COORDINATES:
            low, high = float(coordinate.min()), float(coordinate.max())
            span = f"{low:g} to {high:g}, {coordinate.size} values"
            rows.append((str(name), span if coordinate.size > 1 else f"{low:g}"))
    rows.append(("points", census(dataset)))
    rows.append(("variables", ", ".join(map(str, dataset.data_vars))))
    return table([], rows)


def census(dataset: Any) -> str:
    """Return how many points there are, how many failed for which reason, and the share proved."""
    status = dataset["status"]
    flags = [int(flag) for flag in status.attrs["flag_values"]]
    meaning = dict(zip(flags, str(status.attrs["flag_meanings"]).split(), strict=True))
    counts = Counter(status.values.ravel().tolist())
    failed = [
        f"{count} {meaning[flag]}"
        for flag, count in sorted(counts.items())
        if meaning[flag] != "certified"
    ]
    parts = [f"{status.size} points", *(failed or ["all certified"])]
    if (proved := proved_share(dataset)) is not None:
        parts.append(f"{100.0 * proved:.1f} % proved")
    return ", ".join(parts)


def proved_share(dataset: Any) -> float | None:
    """Return the share of all points of which every phase is proved; None where none was tried."""
    if "proof" not in dataset:
        return None
    from gibbsite._store.schema import PROOF_BITS  # with it comes Numba

    wrong = PROOF_BITS["refuted"] | PROOF_BITS["undecided"]
    bits = dataset["proof"]
    return float(((bits != 0) & ((bits & wrong) == 0)).all("phase").mean())


def versions() -> str:
    """Return the versions that an answer may depend on."""
    from importlib.metadata import version
    from platform import platform, python_version

    packages = ("numpy", "numba", "scipy", "h5py", "xarray")
    rows = [("gibbsite", __version__), ("Python", f"{python_version()}, {platform()}")]
    rows += [(name, version(name)) for name in packages]
    return table([], rows)


def databases() -> str:
    """Return the databases, which rocks they suit, and their hashes."""
    rows = [
        (str(name), gb.database(str(name)).sha256[:16], str(row["suits"]))
        for name, row in gb.databases().iterrows()
    ]
    return table(["database", "sha256", "suits"], rows)


def databases_at_length() -> str:
    """Return all that is known of which database suits which rock, a paragraph each."""
    return "\n\n".join(database(str(name)) for name in gb.databases().index)


def database(name: str) -> str:
    """Return all that is known of what a database suits."""
    row = gb.databases().loc[name]
    rows = [(f"  {title}", str(row[title]) or "not known") for title in row.index]
    return f"{name}\n{table([], [*rows, ('  sha256', gb.database(name).sha256)])}"


def rocks() -> str:
    """Return the rocks that are known by name."""
    from gibbsite_datasets import load_bulks

    rows = [(record.key, record.status, record.name) for record in load_bulks().values()]
    return table(["rock", "status", "name"], rows)


def sections() -> str:
    """Return the sections that are shipped."""
    from gibbsite._section.section import Section
    from gibbsite._section.toml import shipped_sections

    plans = {name: Section.from_text(text, name) for name, text in shipped_sections().items()}
    rows = [
        (name, plan.kind, f"{plan.shape[0]} x {plan.shape[1]}", plan.title)
        for name, plan in plans.items()
    ]
    return table(["section", "kind", "points", "title"], rows)


def studies() -> str:
    """Return the studies that are shipped; nothing where their package is not installed."""
    if not find_spec("gibbsite_studies"):
        return ""
    from gibbsite_studies.plan import parse_study, shipped_studies

    plans = {name: parse_study(text, name) for name, text in shipped_studies().items()}
    return table(
        ["study", "publication"], [(name, plan.publication) for name, plan in plans.items()]
    )
