"""What a phase or a component is stands in tables: code names none, formulas of quantities aside."""

import ast
from functools import cache
from pathlib import Path

import pytest

from gibbsite._inputs.melt import MELT
from gibbsite_datasets import (
    known_oxides,
    load_endmembers,
    load_models,
    load_traits,
    model_names,
)

ROOT = Path(__file__).parents[1]
GIBBSITE = "bindings/gibbsite"
IRON = {"FeO", "Fe2O3", "O"}
PUBLISHED = "formulas of published quantities"
FORMAT = "names that another program or the field's tables have"
LETTER = "a letter that means something else here"
# File -> the names in it, and why they are there.
ALLOWED = {
    "_inputs/melt.py": ({"liq"}, "the one place that says which phase is the melt"),
    "_inputs/iron.py": (IRON, "the one place that says which component is oxygen, and iron"),
    "_inputs/names.py": ({"O"}, "ferric iron is iron with oxygen"),
    "_inputs/composition.py": ({"FeO", "O"}, "ferric iron is iron with oxygen"),
    "_inputs/water.py": ({"H2O"}, "the one place that says which component is water"),
    "_inputs/guides.py": ({"Al2O3", "K2O", "Na2O"}, f"alkalis to alumina: {PUBLISHED}"),
    "_inputs/rocks.py": ({"Al2O3", "CaO", "FeO", "K2O", "MgO", "Na2O", "O"}, f"ASI: {PUBLISHED}"),
    "_cli/path.py": ({"iron"}, "the name of an option"),
    "_inputs/paper_table.py": ({"FeO", "MgO"}, f"Mg#: {PUBLISHED}"),
    "_inputs/headers.py": ({"Cl", "F", "S", "H2O", "O", *IRON}, f"headers of tables: {FORMAT}"),
    "_inputs/columns.py": ({"SiO2"}, f"the column that tells a suffix: {FORMAT}"),
    "_solving/equilibrium.py": ({"O"}, f"fugacity of oxygen: {PUBLISHED}"),
    "_quantities/formula.py": ({"CO2", "H2O", "MnO", "O"}, "oxygens and ferric iron of a formula"),
    "_quantities/grammar.py": ({"CO2", "H2O", "O", "a", "mu"}, "order of what can be asked"),
    "_quantities/ratios.py": (
        {
            *{"Al2O3", "CaO", "Cr2O3", "FeO", "K2O", "MgO", "MnO", "Na2O", "O", "SiO2"},
            *{"aug", "cpx", "dio", "fsp", "g", "ol", "opx"},
        },
        PUBLISHED,
    ),
    "_quantities/physical.py": ({"S"}, LETTER),
    "_quantities/values.py": ({"S"}, LETTER),
    "_lookup/slopes.py": ({"S"}, LETTER),
    "_store/head.py": ({"S"}, LETTER),
    "_store/netcdf.py": ({"S", "bi"}, LETTER),
    "_properties/moduli.py": ({"q"}, "the shear modulus of alpha quartz has a formula of its own"),
    "_mineral_melt/melt.py": ({"FeO", "MnO", "NiO", "P2O5", "an"}, PUBLISHED),
    "_drawing/melt_plot.py": (
        {"FeO", "H2O", "K2O", "MgO", "Na2O", "O", "SiO2"},
        f"alkalis against silica, AFM: {PUBLISHED}",
    ),
    "_drawing/path_plot.py": (
        {"Al2O3", "CaO", "FeO", "K2O", "MgO", "Na2O", "SiO2", "TiO2"},
        "curves of a Harker diagram",
    ),
    "_viewing/layers.py": (
        {"MgO", "SiO2", "aug", "cpx", "g", "ilm", "liq", "ol", "opx", "spl"},
        "quantities that the page offers first",
    ),
    "_paths/table.py": ({"cpx", "fsp", "g", "ilm", "liq", "ol", "opx", "spl"}, FORMAT),
    "_export/frames.py": (
        {
            *{"Al2O3", "CO2", "CaO", "CoO", "Cr2O3", "FeO", "Fe2O3", "H2O", "K2O", "MgO", "MnO"},
            *{"Na2O", "NiO", "O", "P2O5", "SiO2", "TiO2", "amp", "aug", "coe", "cpx"},
            *{"dio", "fl", "fsp", "g"},
            *{"ilm", "liq", "ol", "opx", "q", "spl"},
            *{"S", "a"},  # entropy, and activities
        },
        FORMAT,
    ),
    "petthermotools.py": ({"CO2", "H2O"}, FORMAT),
}


@cache
def known():
    """Names of all phases, end-members and oxides of all sets."""
    names = {*known_oxides(), *load_traits()}
    for name in model_names():
        models = load_models(name)
        names |= {*models.pure_phases, *load_endmembers(models.endmember_set).endmembers}
        for solution in models.solutions:
            names |= {solution.name, *(each.name for each in solution.endmembers)}
    return frozenset(names)


def named(path):
    """Names that are string literals of a file; docstrings and formats of numbers are none."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    formats = [
        each.format_spec
        for each in ast.walk(tree)
        if isinstance(each, ast.FormattedValue) and each.format_spec
    ]
    aside = {id(part) for spec in formats for part in ast.walk(spec)}
    return {
        each.value
        for each in ast.walk(tree)
        if isinstance(each, ast.Constant) and id(each) not in aside and isinstance(each.value, str)
    } & known()


def test_the_engine_names_no_phase_and_no_component():
    files = sorted((ROOT / "engine").rglob("*.py"))
    assert len(files) > 30
    assert {str(path): names for path in files if (names := named(path))} == {}


def test_the_bindings_name_phases_and_components_only_where_a_reason_is_given():
    root = ROOT / GIBBSITE
    found = {str(path.relative_to(root)): named(path) for path in sorted(root.rglob("*.py"))}
    wrong = {
        path: sorted(names - ALLOWED.get(path, (set(), ""))[0])
        for path, names in found.items()
        if names - ALLOWED.get(path, (set(), ""))[0]
    }
    assert wrong == {}
    stale = {path: sorted(names - found.get(path, set())) for path, (names, _) in ALLOWED.items()}
    assert {path: names for path, names in stale.items() if names} == {}


def test_a_name_in_code_is_found(tmp_path):
    """Of a phase, an end-member and an oxide; not in a docstring's text, a format or a longer word."""
    file = tmp_path / "code.py"
    text = (
        '"""The liq."""\nif phase == "liq" or x["fo2L"] > y["SiO2"]:\n    print(f"{x:g} liquid")\n'
    )
    file.write_text(text, encoding="utf-8")
    assert named(file) == {"liq", "fo2L", "SiO2"}


@pytest.mark.parametrize("name", model_names())
def test_the_melt_of_every_set_has_the_key_that_the_code_knows(name):
    kinds = {each.name: load_traits()[each.name].kind for each in load_models(name).solutions}
    assert [key for key, kind in kinds.items() if kind == "melt"] in ([MELT], [])
