"""Names of phases: our keys, words, Warr's symbols, and how instances are told apart."""

import numpy as np
import pytest
from drawn_section import AUGITE, COMPONENTS, PIGEONITE

from gibbsite._inputs.names import (
    NAME_RULES,
    all_cations,
    check_convention,
    in_range,
    label_order,
    name_instances,
    name_phase,
    range_phases,
)
from gibbsite.errors import InputError
from gibbsite_datasets import load_models, model_names


def at(**oxides):
    return {name: np.array([oxides.get(name, 0.0)]) for name in COMPONENTS}


def test_every_phase_of_every_database_has_names():
    keys = set()
    for name in model_names():
        models = load_models(name)
        keys |= {solution.name for solution in models.solutions} | set(models.pure_phases)
    assert keys <= set(NAME_RULES)


def test_names_of_different_phases_differ():
    """Of one set, that is: spinels and ilmenites of several have the same names."""
    for name in model_names():
        models = load_models(name)
        others = {other for group in models.alternatives for other in group[1:]}
        keys = [s.name for s in models.solutions if s.name not in others]
        keys += [key for key in models.pure_phases if key != "ne"]  # beside no other nepheline
        for convention in ("gibbsite", "full", "warr"):
            assert len({name_phase(key, convention) for key in keys}) == len(keys), name


@pytest.mark.parametrize(
    ("key", "warr"),
    [("liq", "Liq"), ("q", "Qz"), ("sph", "Ttn"), ("g", "Grt"), ("fsp", "Fsp"), ("and", "And")],
)
def test_symbols(key, warr):
    assert name_phase(key, "warr") == warr


def test_ours_are_the_keys():
    assert all(name_phase(key) == key for key in NAME_RULES)


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


# Moles of oxides in formulas of IMA end-members, O what ferric iron holds; their names.
AMPHIBOLES = [
    ({"CaO": 2, "MgO": 5, "SiO2": 8, "H2O": 1}, "tremolite"),
    ({"CaO": 2, "MgO": 3, "FeO": 2, "SiO2": 8, "H2O": 1}, "actinolite"),
    ({"CaO": 2, "MgO": 4, "Al2O3": 1, "SiO2": 7, "H2O": 1}, "hornblende"),  # magnesio-hornblende
    (
        {"Na2O": 0.5, "CaO": 2, "MgO": 4, "Al2O3": 1.5, "SiO2": 6, "H2O": 1},
        "hornblende",
    ),  # pargasite
    ({"Na2O": 1, "MgO": 3, "Al2O3": 1, "SiO2": 8, "H2O": 1}, "glaucophane"),
    ({"Na2O": 1, "FeO": 5, "O": 1, "SiO2": 8, "H2O": 1}, "riebeckite"),
    ({"MgO": 7, "SiO2": 8, "H2O": 1}, "cummingtonite"),
    ({"MgO": 2, "FeO": 5, "SiO2": 8, "H2O": 1}, "cummingtonite"),
    ({"Na2O": 0.5, "CaO": 1, "MgO": 4, "Al2O3": 0.5, "SiO2": 8, "H2O": 1}, "winchite"),
    ({"Na2O": 0.5, "CaO": 1, "MgO": 3, "Al2O3": 1.5, "SiO2": 7, "H2O": 1}, "barroisite"),
]


@pytest.mark.parametrize(("oxides", "name"), AMPHIBOLES)
@pytest.mark.parametrize("scale", [1.0, 0.03])
def test_amphiboles_are_named_by_their_formula_whatever_its_size(oxides, name, scale):
    composition = {oxide: np.array([scale * moles]) for oxide, moles in oxides.items()}
    composition |= {"FeO": composition.get("FeO", np.zeros(1))}
    assert name_phase("amp", "full", composition) == name


@pytest.mark.parametrize(
    ("phase", "oxides", "name"),
    [
        ("mu", {"K2O": 0.4, "Na2O": 0.1}, "Ms"),
        ("mu", {"K2O": 0.1, "Na2O": 0.4}, "Pg"),
        ("mu", {"K2O": 0.05, "Na2O": 0.1, "CaO": 0.7}, "Mrg"),
        ("ma", {"Na2O": 0.1, "CaO": 0.8}, "Mrg"),
        ("sp", {"FeO": 3.0, "O": 1.0}, "Mag"),
        ("sp", {"Al2O3": 1.0, "FeO": 0.6, "MgO": 0.4}, "Hc"),
        ("sp", {"FeO": 2.4, "O": 0.4, "TiO2": 0.6}, "Usp"),
        ("spi", {"Al2O3": 1.0, "MgO": 1.0}, "Spl"),
        ("ilm", {"FeO": 1.2, "O": 0.2, "TiO2": 0.8}, "Ilm"),
        ("ilmm", {"FeO": 1.7, "O": 0.7, "TiO2": 0.3}, "Hem"),
        ("dio", {"CaO": 0.5, "MgO": 0.5, "Na2O": 0.25, "Al2O3": 0.25}, "Omp"),
        ("dio", {"CaO": 0.9, "MgO": 0.9, "Na2O": 0.05}, "Di"),
        ("anth", {"MgO": 7, "SiO2": 8, "H2O": 1}, "Ath"),
        ("anth", {"MgO": 5, "Al2O3": 2, "SiO2": 6, "H2O": 1}, "Ged"),
        ("bi", {"K2O": 0.5, "MgO": 3.0}, "Bt"),
        ("H2O", {"H2O": 1.0}, "H2O"),
    ],
)
def test_lone_minerals_of_wet_rocks(phase, oxides, name):
    composition = {oxide: np.array([moles]) for oxide, moles in oxides.items()}
    assert name_phase(phase, "warr", composition) == name


def test_two_white_micas_and_a_range_of_several_phases():
    micas = [
        {"K2O": np.array([0.4]), "Na2O": np.array([0.1])},
        {"K2O": np.array([0.1]), "Na2O": np.array([0.4])},
    ]
    assert name_instances("mu", micas, "full") == ("muscovite", "paragonite")
    assert range_phases("pig", ("liq", "aug")) == ("aug",)
    assert range_phases("pig", ("cpx", "liq", "aug")) == ("cpx", "aug")
    assert range_phases("pig", ("liq", "opx")) == ()
    magnetite = {
        "FeO": np.array([3.0, 1.0]),
        "O": np.array([1.0, 0.0]),
        "Al2O3": np.array([0.0, 1.0]),
    }
    assert in_range("mag", magnetite, "sp").tolist() == [True, False]


def test_cations_of_a_formula_unit():
    epidote = {"CaO": 0.2, "Al2O3": 0.1, "FeO": 0.1, "O": 0.05, "SiO2": 0.3, "H2O": 0.05}
    found = all_cations({oxide: np.array([moles]) for oxide, moles in epidote.items()}, 13.0)
    expected = {
        "Ca": 2.0,
        "Al": 2.0,
        "Fe": 1.0,
        "Fe3": 1.0,
        "Fe2": 0.0,
        "Si": 3.0,
        "H": 1.0,
        "K": 0.0,
    }
    assert {name: found[name][0] for name in expected} == pytest.approx(expected)


def test_one_composition_is_named_as_one_of_many():
    rng = np.random.default_rng(3)
    oxides = ("SiO2", "Al2O3", "CaO", "MgO", "FeO", "K2O", "Na2O", "TiO2", "O", "Cr2O3", "H2O")
    for key, rule in NAME_RULES.items():
        if rule.window is None:
            continue
        moles = rng.dirichlet(np.ones(len(oxides)), 50) * (rng.random((50, len(oxides))) < 0.6)
        moles[:, 0] += 1e-3
        numbers = [rule.number(dict(zip(oxides, row, strict=True))) for row in moles.tolist()]
        assert numbers == rule.window(dict(zip(oxides, moles.T, strict=True))).tolist(), key
