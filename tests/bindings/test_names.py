"""Names of phases: our keys, words, Warr's symbols, and how instances are told apart."""

import numpy as np
import pytest
from drawn_section import AUGITE, COMPONENTS, PIGEONITE

from gibbsite._inputs.names import KINDS, check_convention, label_order, name_instances, name_phase
from gibbsite.errors import InputError
from gibbsite_datasets import load_models, model_names


def at(**oxides):
    return {name: np.array([oxides.get(name, 0.0)]) for name in COMPONENTS}


def test_every_phase_of_every_database_has_names():
    keys = set()
    for name in model_names():
        models = load_models(name)
        keys |= {solution.name for solution in models.solutions} | set(models.pure_phases)
    assert keys <= set(KINDS)


def test_names_of_different_phases_differ():
    keys = [key for key in KINDS if key != "ne"]  # the nepheline of another set
    for convention in ("gibbsite", "full", "warr"):
        assert len({name_phase(key, convention) for key in keys}) == len(keys)


@pytest.mark.parametrize(
    ("key", "warr"),
    [("liq", "Liq"), ("q", "Qz"), ("sph", "Ttn"), ("g", "Grt"), ("fsp", "Fsp"), ("and", "And")],
)
def test_symbols(key, warr):
    assert name_phase(key, "warr") == warr


def test_ours_are_the_keys():
    assert all(name_phase(key) == key for key in KINDS)


@pytest.mark.parametrize(
    ("phase", "composition", "name"),
    [
        ("fsp", at(CaO=0.9, Na2O=0.05), "pl"),
        ("fsp", at(CaO=0.02, Na2O=0.47, K2O=0.02), "pl"),  # albite is no alkali feldspar
        ("fsp", at(CaO=0.02, Na2O=0.2, K2O=0.3), "afs"),
        ("cpx", at(CaO=0.4, MgO=0.3, FeO=0.3), "cpx"),  # alone, a pyroxene keeps its key
        ("xyz", at(CaO=1.0), "xyz"),
    ],
)
def test_a_lone_instance(phase, composition, name):
    assert name_phase(phase, "gibbsite", composition) == name


@pytest.mark.parametrize(
    ("oxides", "name"),
    [
        ({"Al2O3": 1.0, "MgO": 0.8, "FeO": 0.2}, "Spl"),
        ({"Al2O3": 1.0, "MgO": 0.2, "FeO": 0.8}, "Hc"),
        ({"Al2O3": 0.3, "Cr2O3": 0.7, "FeO": 1.0}, "Chr"),
        ({"TiO2": 0.8, "FeO": 1.8, "Al2O3": 0.2}, "Usp"),
        ({"TiO2": 0.4, "FeO": 1.4, "Al2O3": 0.6}, "Hc"),
    ],
)
def test_spinels(oxides, name):
    other = at(TiO2=1.0, FeO=2.0) if name != "Usp" else at(Al2O3=1.0, MgO=1.0)
    assert name_instances("spl", [at(**oxides), other], "warr")[0] == name


def test_two_pyroxenes():
    both = [at(**AUGITE), at(**PIGEONITE)]
    assert name_instances("cpx", both) == ("aug", "pig")
    assert name_instances("cpx", both, "full") == ("augite", "pigeonite")


def test_instances_of_one_range_are_told_apart_by_what_they_are_rich_in():
    two = [at(CaO=0.8, MgO=1.2, SiO2=2.0), at(CaO=0.1, MgO=1.9, SiO2=2.0)]
    assert name_instances("opx", two) == ("Ca-opx", "Mg-opx")
    assert name_instances("opx", two, "full") == (
        "Ca-rich orthopyroxene",
        "Mg-rich orthopyroxene",
    )
    three = [*two, at(CaO=0.4, MgO=0.6, FeO=1.0, SiO2=2.0)]
    assert name_instances("opx", three, "warr") == ("Ca-Opx", "Mg-Opx", "Fe-Opx")
    assert name_instances("liq", [at(SiO2=0.9, K2O=0.1), at(SiO2=0.5, FeO=0.5)]) == (
        "Si-liq",
        "Fe-liq",
    )


def test_what_composition_does_not_tell_apart_is_numbered():
    assert name_instances("cpx", [at(**AUGITE)] * 2, "warr") == ("Aug-I", "Aug-II")
    assert name_instances("liq", [at()] * 2, "full") == ("melt I", "melt II")
    assert name_instances("cpx", [None, None]) == ("cpx-I", "cpx-II")


def test_several_points_share_the_name_of_most():
    mixed = {name: np.r_[at(**AUGITE)[name], [at(**PIGEONITE)[name][0]] * 2] for name in COMPONENTS}
    assert name_instances("cpx", [at(**AUGITE), mixed]) == ("aug", "pig")


def test_order_of_labels():
    assert sorted(["q", "ilm", "xyz", "cpx", "liq"], key=label_order) == [
        *("liq", "cpx", "ilm", "q", "xyz"),
    ]


def test_unknown_convention():
    with pytest.raises(InputError, match=r"names = 'war': did you mean 'warr'\?"):
        check_convention("war")
