"""A set of solution models, checked: makes balance, sites add up, interactions are between two."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import cast, get_args

from .components import INSIDE, OUTSIDE, build_oxides
from .endmembers import build_endmember_set, endmember_files
from .errors import TableError
from .reading import Row, SettingValue, Tables, by_key, near, parse_number
from .records import (
    EndmemberSet,
    MakeTerm,
    ModelSet,
    OrderState,
    SiteSpecies,
    SolutionEndmember,
    SolutionModel,
)
from .schema import (
    ENERGIES,
    EXTENSION_SETTINGS,
    INTERACTIONS,
    MODEL_SETTINGS,
    PHASES,
    SITES,
    solution_endmember_table,
)

FOLDER = "models"
BALANCE_TOLERANCE = 1e-12
"""Allowed imbalance of a make reaction, of a site and of the entropy's degree [mol]."""

BASIS = re.compile(r"1 (\w+) = 1 (\w+)((?: \+ \d+(?:\.\d+)? \w+)*)")
TERM = re.compile(r"(\d+(?:\.\d+)?) (\w+)(?::(\w+))?")

Interaction = tuple[int, int, float, float, float]


def build_model_set(tables: Tables, name: str, extended_by: tuple[str, ...] = ()) -> ModelSet:
    """Read one model set, by way of the set it extends if it extends one."""
    tables.check_name(FOLDER, name)
    file = f"{FOLDER}/{name}/model.toml"
    if name in extended_by:
        raise TableError(file, None, f"extends itself: {' -> '.join((*extended_by, name))}")
    if re.search(r"^extends\b", tables.content(file), re.MULTILINE):
        settings = tables.settings(file, EXTENSION_SETTINGS)
        base = build_model_set(tables, cast(str, settings["extends"]), (*extended_by, name))
        return _extended(tables, name, settings, base)
    return _whole(tables, name, tables.settings(file, MODEL_SETTINGS))


def build_set_components(tables: Tables) -> dict[str, tuple[str, ...]]:
    """Return the components of every model set, without reading its models."""
    found: dict[str, tuple[str, ...]] = {}
    bases: dict[str, str] = {}
    for name in tables.names(FOLDER):
        file = f"{FOLDER}/{name}/model.toml"
        if re.search(r"^extends\b", tables.content(file), re.MULTILINE):
            bases[name] = cast(str, tables.settings(file, EXTENSION_SETTINGS)["extends"])
        else:
            settings = tables.settings(file, MODEL_SETTINGS)
            found[name] = cast(tuple[str, ...], settings["components"])
    for name in bases:
        base = name
        while base in bases:
            base = bases[base]
        found[name] = found[base]
    return {name: found[name] for name in tables.names(FOLDER)}


def _whole(tables: Tables, name: str, settings: Mapping[str, SettingValue]) -> ModelSet:
    """Read a set that stands on its own."""
    folder = f"{FOLDER}/{name}"
    data = build_endmember_set(tables, cast(str, settings["endmember_set"]))
    components = cast(tuple[str, ...], settings["components"])
    pure_phases = cast(tuple[str, ...], settings["pure_phases"])
    file = f"{folder}/model.toml"
    _check_known(file, components, build_oxides(tables))
    _check_known(file, pure_phases, data.endmembers)
    basis = _basis(file, cast(tuple[str, ...], settings.get("basis", ())), components)

    phases = by_key(tables.rows(f"{folder}/phases.csv", PHASES), "phase")
    endmembers = _by_phase(
        tables.rows(f"{folder}/endmembers.csv", solution_endmember_table(components)), phases
    )
    sites = _by_phase(tables.rows(f"{folder}/sites.csv", SITES), phases)
    interactions = _by_phase(tables.rows(f"{folder}/interactions.csv", INTERACTIONS), phases)
    solutions = tuple(
        _solution(row, endmembers[key], sites[key], interactions[key], components, data)
        for key, row in phases.items()
    )
    _check_basis(basis, components, endmembers)
    alternatives = cast(tuple[tuple[str, ...], ...], settings.get("alternatives", ()))
    _check_known(file, tuple(name for group in alternatives for name in group), phases)
    names = ("model.toml", "phases.csv", "endmembers.csv", "sites.csv", "interactions.csv")
    return ModelSet(
        name=name,
        reference=cast(str, settings["reference"]),
        endmember_set=data.name,
        gas_constant=cast(float, settings["gas_constant_kJ_per_K_mol"]),
        components=components,
        basis=basis,
        alternatives=alternatives,
        solutions=solutions,
        pure_phases=pure_phases,
        sha256=tables.digest(
            [f"{folder}/{each}" for each in names] + [INSIDE, OUTSIDE, *endmember_files(data.name)]
        ),
    )


def _extended(
    tables: Tables, name: str, settings: Mapping[str, SettingValue], base: ModelSet
) -> ModelSet:
    """Return ``base`` with the end-member energies that ``name`` changes."""
    file = f"{FOLDER}/{name}/energies.csv"
    reference = cast(str, settings["reference"])
    rows = _by_phase(tables.rows(file, ENERGIES), {s.name: s for s in base.solutions})
    return replace(
        base,
        name=name,
        reference=f"{reference} Unchanged: {base.reference}",
        solutions=tuple(
            _changed(solution, rows[solution.name], reference, base.name)
            for solution in base.solutions
        ),
        sha256=tables.digest((file, f"{FOLDER}/{name}/model.toml"), base.sha256),
    )


def _changed(
    solution: SolutionModel, rows: list[Row], reference: str, base_name: str
) -> SolutionModel:
    """Return a solution with new energies of some end-members."""
    if not rows:
        return solution
    endmembers = {e.name: e for e in solution.endmembers}
    for key, row in by_key(rows, "endmember").items():
        if key not in endmembers:
            raise row.error(f"{solution.name} has no end-member {key!r}; {near(key, endmembers)}")
        if endmembers[key].energy == _energy(row):
            raise row.error(f"the energy of {key!r} is that of {base_name}; do not repeat it")
        endmembers[key] = replace(endmembers[key], energy=_energy(row))
    return replace(
        solution,
        reference=f"{reference} Unchanged: {solution.reference}",
        endmembers=tuple(endmembers.values()),
    )


def _solution(
    phase: Row,
    endmember_rows: list[Row],
    site_rows: list[Row],
    interaction_rows: list[Row],
    components: tuple[str, ...],
    data: EndmemberSet,
) -> SolutionModel:
    """Assemble one phase from its rows in the four tables."""
    for what, rows in (("end-members", endmember_rows), ("sites", site_rows)):
        if not rows:
            raise phase.error(f"phase {phase.text('phase')!r} has no {what}")
    endmembers = tuple(
        _solution_endmember(row, components, data)
        for row in by_key(endmember_rows, "endmember").values()
    )
    names = tuple(e.name for e in endmembers)
    species = by_key(site_rows, "species")
    sites = tuple(_site_species(row, names) for row in species.values())
    _check_sites(site_rows, sites, names)
    return SolutionModel(
        name=phase.text("phase"),
        long_name=phase.text("long_name"),
        reference=phase.text("reference"),
        endmembers=endmembers,
        sites=sites,
        interactions=_interactions(interaction_rows, names),
        needs=_needs(phase, components),
    )


def _needs(phase: Row, components: tuple[str, ...]) -> tuple[str, ...]:
    """Oxides without which a phase is left out."""
    needs = tuple(phase.text("needs").split())
    for oxide in needs:
        if oxide not in components:
            raise phase.error(f"{oxide!r} is no component of the set; {near(oxide, components)}")
    return needs


def _basis(
    file: str, texts: tuple[str, ...], components: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    """Read how oxides are written in a basis, such as ``1 H2O = 1 H2 + 1 O``."""
    basis: dict[str, dict[str, float]] = {}
    for text in texts:
        match = BASIS.fullmatch(text)
        if match is None:
            raise TableError(file, None, f"{text!r} is not of the kind '1 H2O = 1 H2 + 1 O'")
        oxide, first, others = match.groups()
        basis[oxide] = {first: 1.0}
        for amount, name in re.findall(r"(\d+(?:\.\d+)?) (\w+)", others):
            basis[oxide][name] = float(amount)
            _check_known(file, (name,), components)
        _check_known(file, (oxide,), components)
        if first in components:
            raise TableError(file, None, f"{first!r} of {text!r} is an oxide of the set already")
    return basis


def _check_basis(
    basis: Mapping[str, Mapping[str, float]],
    components: tuple[str, ...],
    endmembers: Mapping[str, list[Row]],
) -> None:
    """Check that in the basis no end-member holds less than nothing of anything."""
    for row in (row for rows in endmembers.values() for row in rows):
        amounts: dict[str, float] = {}
        for oxide in components:
            for name, factor in basis.get(oxide, {oxide: 1.0}).items():
                amounts[name] = amounts.get(name, 0.0) + factor * row.numbers.get(oxide, 0.0)
        for name, amount in amounts.items():
            if amount < 0.0:
                raise row.error(
                    f"it holds {amount:g} {name}; 'basis' in model.toml may name components of "
                    "which nothing holds less than nothing"
                )


def _solution_endmember(
    row: Row, components: tuple[str, ...], data: EndmemberSet
) -> SolutionEndmember:
    composition = {oxide: row.number(oxide) for oxide in components if row.number(oxide) != 0.0}
    make = reaction(row, "make", data)
    _check_balance(row, composition, make, data)
    return SolutionEndmember(
        name=row.text("endmember"),
        composition=composition,
        make=make,
        energy=_energy(row),
        size=row.number("size"),
        log_constant=row.number("log_constant"),
    )


def _energy(row: Row) -> tuple[float, float, float]:
    return row.number("a"), row.number("b"), row.number("c")


def reaction(row: Row, column: str, data: EndmemberSet) -> tuple[MakeTerm, ...]:
    """Read a reaction such as ``1 abL - 2 qL`` or ``1 sp:ordered`` from a column of a row."""
    first, *rest = re.split(r" ([+-]) ", row.text(column))
    terms = []
    for sign, text in zip(["+", *rest[::2]], [first, *rest[1::2]], strict=True):
        match = TERM.fullmatch(text)
        if match is None:
            raise row.error(f"{text!r} is no term of a reaction, such as '2 foL' or '1 sp:ordered'")
        coefficient, name, state = match[1], match[2], match[3] or "equilibrium"
        if name not in data.endmembers:
            raise row.error(
                f"{data.name} has no end-member {name!r}; {near(name, data.endmembers)}"
            )
        if state not in get_args(OrderState):
            raise row.error(f"unknown state {state!r}; {near(state, get_args(OrderState))}")
        if state != "equilibrium" and data.endmembers[name].transition == "none":
            raise row.error(f"{name!r} has no transition, it cannot be held {state}")
        value = float(coefficient) if sign == "+" else -float(coefficient)
        terms.append(MakeTerm(value, name, cast(OrderState, state)))
    return tuple(terms)


def _check_balance(
    row: Row,
    composition: Mapping[str, float],
    make: tuple[MakeTerm, ...],
    data: EndmemberSet,
) -> None:
    """Check that a make reaction gives the stated composition, oxide by oxide."""
    left = {oxide: -amount for oxide, amount in composition.items()}
    for term in make:
        for oxide, amount in data.endmembers[term.endmember].composition.items():
            left[oxide] = left.get(oxide, 0.0) + term.coefficient * amount
    for oxide, amount in left.items():
        if abs(amount) > BALANCE_TOLERANCE:
            raise row.error(f"{row.text('make')!r} does not balance: {amount:+g} {oxide}")


def _site_species(row: Row, names: tuple[str, ...]) -> SiteSpecies:
    occupancy = dict.fromkeys(names, 0.0)
    seen = set()
    for item in row.text("occupancy").split():
        name, _, text = item.partition(":")
        value = parse_number(text)
        if name not in occupancy:
            raise row.error(f"no end-member {name!r} in this phase; {near(name, names)}")
        if name in seen:
            raise row.error(f"occupancy of {name!r} is given twice")
        if value is None or value <= 0.0:
            raise row.error(f"{item!r} is not an end-member and a positive number")
        seen.add(name)
        occupancy[name] = value
    return SiteSpecies(
        name=row.text("species"),
        cation=row.text("cation"),
        site=row.text("site"),
        multiplicity=row.number("multiplicity"),
        occupancy=tuple(occupancy.values()),
    )


def _check_sites(rows: list[Row], sites: tuple[SiteSpecies, ...], names: tuple[str, ...]) -> None:
    """Check that sites are full, and that sum m S is the same for every end-member.

    The second makes the Gibbs energy homogeneous of degree one in the end-members' amounts.
    """
    full: dict[str, tuple[Row, list[SiteSpecies]]] = {}
    for row, species in zip(rows, sites, strict=True):
        if row.text("kind") == "fraction":
            full.setdefault(species.site, (row, []))[1].append(species)
    for site, (row, group) in full.items():
        for name, total in zip(names, _totals(group, weighted=False), strict=True):
            if abs(total - 1.0) > BALANCE_TOLERANCE:
                raise row.error(f"site {site!r} of {name!r} is filled to {total:g}, not to 1")
    degrees = _totals(sites, weighted=True)
    for name, degree in zip(names, degrees, strict=True):
        if abs(degree - degrees[0]) > BALANCE_TOLERANCE:
            raise rows[0].error(
                f"sum of multiplicity times occupancy is {degree:g} for {name!r}, "
                f"{degrees[0]:g} for {names[0]!r}"
            )


def _totals(sites: Iterable[SiteSpecies], *, weighted: bool) -> list[float]:
    """Sum occupancies over site species, one sum for each end-member."""
    weights = [(s.multiplicity if weighted else 1.0, s.occupancy) for s in sites]
    return [sum(w * o[i] for w, o in weights) for i in range(len(weights[0][1]))]


def _interactions(rows: list[Row], names: tuple[str, ...]) -> tuple[Interaction, ...]:
    index = {name: i for i, name in enumerate(names)}
    found: dict[tuple[int, int], Interaction] = {}
    for row in rows:
        for side in ("i", "j"):
            if row.text(side) not in index:
                raise row.error(
                    f"no end-member {row.text(side)!r} in this phase; {near(row.text(side), names)}"
                )
        i, j = sorted((index[row.text("i")], index[row.text("j")]))
        if i == j:
            raise row.error(f"{names[i]!r} interacts with itself")
        if (i, j) in found:
            raise row.error(f"the pair {names[i]}, {names[j]} is there twice")
        found[i, j] = (i, j, *_energy(row))
    return tuple(found[pair] for pair in sorted(found))


def _check_known(file: str, names: tuple[str, ...], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise TableError(file, None, f"{name!r} is not known; {near(name, known)}")


def _by_phase(rows: list[Row], phases: Iterable[str]) -> dict[str, list[Row]]:
    """Sort rows by phase; a row of an unknown phase is an error."""
    found: dict[str, list[Row]] = {phase: [] for phase in phases}
    for row in rows:
        phase = row.text("phase")
        if phase not in found:
            raise row.error(f"no phase is called {phase!r}; {near(phase, found)}")
        found[phase].append(row)
    return found
