"""Shear moduli of end-members from four sources, and whose structure an end-member has."""

from .reading import Row, Tables, by_key
from .records import ShearModuli, ShearModulus
from .schema import ABERS_HACKER_MODULI, FINITE_STRAIN_MODULI, LINEAR_MODULI, STRUCTURES, Table

FOLDER = "elasticity"
SOURCES: dict[str, tuple[str, Table, tuple[str, ...]]] = {
    "AH16": (
        "abers_hacker_2016",
        ABERS_HACKER_MODULI,
        ("mu", "dmu_dP", "Gamma", "K_T", "dK_dP", "alpha", "delta_T"),
    ),
    "SLB22": (
        "stixrude_lithgow_bertelloni_2022",
        FINITE_STRAIN_MODULI,
        ("mu", "dmu_dP", "eta_S", "K_T", "dK_dP", "V", "theta", "gamma", "q", "atoms"),
    ),
    "CK02": ("connolly_kerrick_2002", LINEAR_MODULI, ("mu", "dmu_dP", "dmu_dT")),
    "MAGEMin": ("magemin_2_0_1", LINEAR_MODULI, ("mu", "dmu_dP", "dmu_dT")),
}
"""Tag of a source -> its table, and the numbers of a row in the order of its formula."""


def build_shear_moduli(tables: Tables) -> ShearModuli:
    """Read all sources, and the table of structures."""
    of: dict[str, dict[str, ShearModulus]] = {}
    for source, (file, table, columns) in SOURCES.items():
        path = f"{FOLDER}/{file}.csv"
        of[source] = {}
        for name, row in by_key(tables.rows(path, table), "name", "end-member").items():
            numbers = tuple(row.number(column) for column in columns)
            of[source][name] = ShearModulus(name, source, numbers, row.text("same_as"))
    structures: dict[tuple[str, str], str] = {}
    known = {name for found in of.values() for name in found}
    for row in tables.rows(f"{FOLDER}/structures.csv", STRUCTURES):
        _add_structure(row, structures, known)
    return ShearModuli(of, structures)


def _add_structure(row: Row, structures: dict[tuple[str, str], str], known: set[str]) -> None:
    key, mineral = (row.text("phase"), row.text("endmember")), row.text("mineral")
    if key in structures:
        raise row.error(f"end-member {key[1]!r} is there twice")
    if mineral not in known:
        raise row.error(f"{mineral!r} has no shear modulus either")
    structures[key] = mineral
