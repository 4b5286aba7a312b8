"""A set of end-members, checked: equation of state, transition and formula fit together."""

from collections.abc import Mapping
from typing import cast

from .components import build_oxides
from .fluids import FILES as FLUID_FILES
from .fluids import build_fluids
from .reading import Row, Tables, by_key
from .records import Endmember, EndmemberSet, EquationOfState, Transition
from .schema import (
    ENDMEMBER_SETTINGS,
    EOS_COLUMNS,
    TRANSITION_COLUMNS,
    endmember_table,
)

FOLDER = "endmembers"
ATOM_TOLERANCE = 1e-9
"""Allowed difference between stated and counted atoms of a formula [1]."""


def endmember_files(name: str) -> tuple[str, str]:
    """Return the files of a set: settings, table."""
    return f"{FOLDER}/{name}/set.toml", f"{FOLDER}/{name}/endmembers.csv"


def build_endmember_set(tables: Tables, name: str) -> EndmemberSet:
    """Read one end-member set."""
    tables.check_name(FOLDER, name)
    settings_file, table_file = endmember_files(name)
    settings = tables.settings(settings_file, ENDMEMBER_SETTINGS)
    # elements alone (S) are no component of an end-member here, and S is its entropy
    oxides = [oxide for oxide in build_oxides(tables).values() if oxide.oxygens]
    atoms = {oxide.name: oxide.atoms for oxide in oxides}
    fluids = build_fluids(tables)
    rows = by_key(tables.rows(table_file, endmember_table(tuple(atoms))), "name", "end-member")
    endmembers = {name: _endmember(row, atoms, fluids) for name, row in rows.items()}
    return EndmemberSet(
        name=name,
        reference=cast(str, settings["reference"]),
        gas_constant=cast(float, settings["gas_constant_kJ_per_K_mol"]),
        reference_temperature=cast(float, settings["reference_temperature_K"]),
        reference_pressure=cast(float, settings["reference_pressure_kbar"]),
        endmembers=endmembers,
        sha256=tables.digest((settings_file, table_file, *FLUID_FILES.values())),
    )


def _endmember(
    row: Row, atoms: Mapping[str, int], fluids: Mapping[tuple[str, str], tuple[float, ...]]
) -> Endmember:
    eos = cast(EquationOfState, row.text("eos"))
    transition = cast(Transition, row.text("transition"))
    V, alpha0, kappa0, kappa0p, kappa0pp, dkappa_dT = _chosen(row, "eos", EOS_COLUMNS)
    composition = {oxide: row.numbers[oxide] for oxide in atoms if row.numbers.get(oxide, 0.0)}
    name = row.text("name")
    if eos in FLUID_FILES and (eos, name) not in fluids:
        raise row.error(f"{FLUID_FILES[eos]} has no species {name!r}")
    _check_atoms(row, composition, atoms)
    return Endmember(
        name=name,
        composition=composition,
        atoms=row.number("atoms"),
        H=row.number("H"),
        S=row.number("S"),
        V=V,
        cp=(row.number("cp_a"), row.number("cp_b"), row.number("cp_c"), row.number("cp_d")),
        alpha0=alpha0,
        kappa0=kappa0,
        kappa0p=kappa0p,
        kappa0pp=kappa0pp,
        dkappa_dT=dkappa_dT,
        eos=eos,
        transition=transition,
        transition_parameters=_chosen(row, "transition", TRANSITION_COLUMNS),
        sigma_H=row.numbers.get("sigma_H"),
        fluid=fluids.get((eos, name), ()),
    )


def _chosen(
    row: Row, chooser: str, groups: Mapping[str, tuple[str, ...]]
) -> tuple[float, float, float, float, float, float]:
    """Return the six numbers of the group a column of words chooses, padded with zeros.

    The columns of that group must be filled, those that belong to other groups only be blank.
    """
    wanted = groups[row.text(chooser)]
    for name in dict.fromkeys(name for group in groups.values() for name in group):
        if row.filled(name) != (name in wanted):
            needs = "needs" if name in wanted else "has no"
            raise row.error(f"{chooser} {row.text(chooser)!r} {needs} {name!r}")
    values = [row.number(name) for name in wanted]
    padded = (*values, *(0.0,) * (6 - len(values)))
    return cast(tuple[float, float, float, float, float, float], padded)


def _check_atoms(row: Row, composition: Mapping[str, float], atoms: Mapping[str, int]) -> None:
    """Check the stated number of atoms against the formula."""
    counted = sum(amount * atoms[oxide] for oxide, amount in composition.items())
    if abs(counted - row.number("atoms")) > ATOM_TOLERANCE:
        raise row.error(f"the formula has {counted:g} atoms, 'atoms' is {row.number('atoms'):g}")
