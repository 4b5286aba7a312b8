"""Rock compositions: what is read is what was given, and what cannot be meant is refused."""

import pickle
from math import fsum, inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gibbsite import Bulk, bulk
from gibbsite.errors import GibbsiteError, InputError
from gibbsite_datasets import load_bulks, load_components, outside_oxides

MASS = {component.name: component.molar_mass for component in load_components()}
WATER = next(oxide.molar_mass for oxide in outside_oxides() if oxide.name == "H2O")
BASALT = {
    "SiO2": 48.0,
    "TiO2": 1.5,
    "Al2O3": 15.0,
    "FeO": 10.0,
    "MgO": 8.0,
    "CaO": 11.0,
    "Na2O": 2.5,
}
compositions = st.dictionaries(
    st.sampled_from(sorted(MASS)), st.floats(1e-6, 1e3), min_size=1, max_size=len(MASS)
)


@given(wt=compositions, scale=st.floats(1e-3, 1e3))
def test_only_the_ratios_of_weights_matter(wt: dict[str, float], scale: float) -> None:
    once = bulk(wt=wt)
    again = bulk(wt={oxide: scale * weight for oxide, weight in wt.items()})
    np.testing.assert_allclose(again.moles, once.moles, rtol=1e-12)
    assert fsum(once.moles) == pytest.approx(1.0, abs=1e-14)


@given(wt=compositions)
def test_weights_come_back(wt: dict[str, float]) -> None:
    total = fsum(wt.values())
    back = bulk(wt=wt).wt
    for oxide in MASS:
        assert back[oxide] == pytest.approx(100.0 * wt.get(oxide, 0.0) / total, rel=1e-12)


@given(mol=compositions)
def test_moles_and_the_weights_they_make_are_the_same_rock(mol: dict[str, float]) -> None:
    by_weight = bulk(wt={oxide: moles * MASS[oxide] for oxide, moles in mol.items()})
    np.testing.assert_allclose(bulk(mol=mol).moles, by_weight.moles, rtol=1e-12)


@given(mol=compositions)
def test_normalising_twice_changes_no_bit(mol: dict[str, float]) -> None:
    once = bulk(mol=mol)
    assert bulk(mol=once.mol).moles == once.moles


def test_moles_are_weights_over_molar_masses() -> None:
    rock = bulk(wt={"SiO2": MASS["SiO2"], "MgO": 2.0 * MASS["MgO"]})
    assert rock.mol["SiO2"] == pytest.approx(1 / 3)
    assert rock.mol["MgO"] == pytest.approx(2 / 3)
    assert rock.molar_mass == pytest.approx((MASS["SiO2"] + 2.0 * MASS["MgO"]) / 3.0)


def test_an_absent_component_is_exactly_zero() -> None:
    rock = bulk(wt=BASALT)
    assert rock.mol["Cr2O3"] == 0.0
    assert rock.mix(rock, 0.3).mol["Cr2O3"] == 0.0


def test_every_rock_of_the_table_can_be_had() -> None:
    for key, record in load_bulks().items():
        rock = bulk(key, ignore="outside")
        assert (rock.key, rock.status, rock.source) == (key, record.status, record.source)
        kept = fsum(weight for oxide, weight in record.oxides_wt.items() if oxide in rock.wt)
        for oxide, weight in record.oxides_wt.items():
            if oxide in rock.wt:
                assert rock.wt[oxide] == pytest.approx(100.0 * weight / kept, rel=1e-12)


@given(x=st.floats(0.0, 1.0))
def test_mixing_is_linear_in_moles_of_oxides(x: float) -> None:
    a, b = bulk("average-ibc"), bulk("high-ti-glass")
    mixed = a.mix(b, x)
    np.testing.assert_allclose(mixed.array(), (1 - x) * a.array() + x * b.array(), atol=1e-16)
    assert fsum(mixed.moles) == pytest.approx(1.0, abs=1e-14)


def test_mixing_ends_at_its_ends() -> None:
    a, b = bulk("average-ibc"), bulk("high-ti-glass")
    assert a.mix(b, 0.0).moles == a.moles
    assert a.mix(b, 1.0).moles == b.moles


def test_mixing_counts_ends_as_equal_moles_not_equal_weights() -> None:
    light, heavy = bulk(wt={"MgO": 100.0}), bulk(wt={"Cr2O3": 1.0})
    assert light.mix(heavy, 0.5).mol == {oxide: 0.0 for oxide in MASS} | {
        "MgO": 0.5,
        "Cr2O3": 0.5,
    }


def test_a_mixture_says_that_an_end_is_a_stand_in() -> None:
    mixed = bulk(wt=BASALT).mix(bulk("high-ti-glass"), 0.5)
    assert "stand-in" in mixed.status
    assert "given" in mixed.status


@pytest.mark.parametrize("x", [-0.1, 1.1, nan])
def test_mixing_outside_its_ends_is_refused(x: float) -> None:
    with pytest.raises(InputError, match="0 to 1"):
        bulk(wt=BASALT).mix(bulk("high-ti-glass"), x)


def test_the_order_of_components_can_be_chosen() -> None:
    rock = bulk(wt=BASALT)
    order = sorted(MASS)
    np.testing.assert_array_equal(rock.array(order), [rock.mol[oxide] for oxide in order])


def test_an_order_without_a_component_of_the_rock_is_refused() -> None:
    rock = bulk(wt={"SiO2": 50.0, "MgO": 50.0})
    np.testing.assert_array_equal(rock.array(["MgO", "SiO2"]), [rock.mol["MgO"], rock.mol["SiO2"]])
    with pytest.raises(InputError, match="contains MgO"):
        rock.array(["SiO2", "FeO"])


def test_components_that_hold_nothing_of_a_rock_are_refused() -> None:
    rock = bulk(wt={"SiO2": 50.0, "H2O": 50.0}, ignore="outside")
    for components in (["MgO"], []):
        with pytest.raises(InputError, match="none of the components"):
            rock.within(components)


@pytest.mark.parametrize("moles", [(), (0.0,), (nan,), (inf,)])
def test_a_rock_holds_something(moles: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match="mol of oxides"):
        Bulk(("SiO2",)[: len(moles)], moles)


def test_a_rock_travels_to_another_process_and_is_a_key() -> None:
    rock = bulk("high-ti-glass")
    assert pickle.loads(pickle.dumps(rock)) == rock
    assert {rock: 1}[bulk("high-ti-glass")] == 1


@pytest.mark.parametrize("name", ["FeOT", "FeOt"])
def test_total_iron_is_feo(name: str) -> None:
    renamed = {name if oxide == "FeO" else oxide: weight for oxide, weight in BASALT.items()}
    assert bulk(wt=renamed).moles == bulk(wt=BASALT).moles


@pytest.mark.parametrize("order", [("FeO", "FeOT"), ("FeOT", "FeO")])
def test_iron_that_is_zero_is_no_second_iron(order: tuple[str, str]) -> None:
    rest = {oxide: weight for oxide, weight in BASALT.items() if oxide != "FeO"}
    for amounts in ((BASALT["FeO"], 0.0), (0.0, BASALT["FeO"])):
        both = dict(zip(order, amounts, strict=True))
        assert bulk(wt={**both, **rest}).moles == bulk(wt=BASALT).moles
        assert bulk(wt={**rest, **both}).moles == bulk(wt=BASALT).moles


def test_all_that_is_outside_may_be_ignored_with_one_by_name() -> None:
    wt = BASALT | {"MnO": 3.0, "H2O": 1.0}
    assert bulk(wt=wt, ignore=["outside", "MnO"]) == bulk(wt=wt, ignore="outside")


def test_oxides_that_no_set_has_are_refused_with_their_weight() -> None:
    wt = BASALT | {"P2O5": 3.0, "NiO": 1.0}
    with pytest.raises(InputError, match=r"4 wt% .*P2O5 3, NiO 1.*\"P2O5\", \"NiO\"") as caught:
        bulk(wt=wt)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="1 wt% "):
        bulk(wt=wt, ignore=["P2O5"])


@pytest.mark.parametrize("ignore", ["outside", ["MnO", "H2O"], ("H2O", "MnO", "P2O5")])
def test_ignored_oxides_are_left_out_and_remembered(ignore: str | list[str]) -> None:
    rock = bulk(wt=BASALT | {"MnO": 3.0, "H2O": 1.0}, ignore=ignore)
    assert rock.moles == bulk(wt=BASALT).moles
    assert rock.left_out_wt == pytest.approx({"MnO": 3.0, "H2O": 1.0})


@pytest.mark.parametrize("x", [0.0, 0.25, 1.0])
def test_a_mixture_leaves_out_what_its_ends_do(x: float) -> None:
    """As if the analyses were mixed first, so much of each as holds (1 - x) and x moles of oxides."""
    ends: tuple[dict[str, float], ...] = (
        {"SiO2": 50.0, "MgO": 46.0, "P2O5": 4.0},
        {"SiO2": 60.0, "MgO": 36.0, "CO2": 3.0, "P2O5": 1.0},
    )
    rocks = [bulk(wt=wt, ignore="outside") for wt in ends]
    grams = (
        (1.0 - x) * rocks[0].molar_mass / (1.0 - 0.04),
        x * rocks[1].molar_mass / (1.0 - 0.03 - 0.01),
    )
    together = {
        oxide: sum(g * wt.get(oxide, 0.0) for g, wt in zip(grams, ends, strict=True))
        for oxide in (*ends[0], "CO2")
    }
    mixed, first = rocks[0].mix(rocks[1], x), bulk(wt=together, ignore="outside")
    assert mixed.mol == pytest.approx(first.mol)
    assert mixed.left_out_wt == pytest.approx(first.left_out_wt)


def test_weight_left_out_is_a_share_of_the_whole_also_for_moles() -> None:
    whole = MASS["SiO2"] + WATER
    rock = bulk(mol={"SiO2": 1.0, "H2O": 1.0}, ignore="H2O")
    assert rock.left_out_wt["H2O"] == pytest.approx(100.0 * WATER / whole)


def test_an_absent_oxide_outside_the_system_needs_no_word() -> None:
    rock = bulk(wt=BASALT | {"H2O": 0.0, "Fe2O3": 0.0, "O": 0.0})
    assert rock.moles == bulk(wt=BASALT).moles
    assert rock.left_out_wt == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"wt": BASALT | {"SiO": 1.0}}, "'SiO' is not a known oxide: did you mean 'SiO2'?"),
        ({"wt": BASALT | {"sio2": 1.0}}, "did you mean 'SiO2'?"),
        ({"wt": BASALT | {"xyzzy": 1.0}}, "known are SiO2"),
        ({"wt": BASALT | {"MgO": -3.0}}, "MgO = -3 wt% is negative"),
        ({"mol": {"SiO2": 1.0, "MgO": -3.0}}, "MgO = -3 mol is negative"),
        ({"wt": BASALT | {"H2O": -1.0}}, "H2O = -1 wt% is negative"),
        ({"wt": BASALT | {"MgO": nan}}, "MgO = nan wt% is not finite"),
        ({"wt": BASALT | {"MgO": inf}}, "MgO = inf wt% is not finite"),
        ({"wt": BASALT | {"MgO": "much"}}, "MgO = 'much' is not a number"),
        ({"wt": BASALT | {"MgO": None}}, "MgO = None is not a number"),
        ({"wt": dict.fromkeys(BASALT, 0.0)}, "all components are zero"),
        ({"wt": {}}, "all components are zero"),
        ({"wt": {"H2O": 5.0}, "ignore": "outside"}, "all components are zero"),
        ({"wt": [48.0, 1.5]}, "a composition is a mapping"),
        ({"wt": BASALT, "mol": BASALT}, "one way"),
        ({"key": "high-ti-glass", "wt": BASALT}, "one way"),
        ({}, "one way"),
        ({"key": "high-ti-glas"}, "did you mean 'high-ti-glass'?"),
        (
            {"wt": BASALT | {"FeOT": 1.0}},
            "iron is given as FeOT and FeO, 1 or 10 wt% FeO; keep one",
        ),
        ({"wt": BASALT | {"O": 1.3}}, "FeO = 10 wt% becomes Fe2O3 with 1.113; 0.1865 wt% are too"),
        ({"mol": {"FeO": 2.0, "O": 1.5}}, "0.5 mol are too much"),
        ({"wt": {"SiO2": 50.0, "Fe2O3": 10.0}}, "call it Fe2O3T if it is all iron, or say FeO = 0"),
        ({"wt": BASALT | {"O": 0.1}, "ferric": 0.1}, "ferric iron is given twice"),
        ({"wt": BASALT, "ferric": 1.5}, "ferric = 1.5 is a fraction, 0 to 1"),
        ({"wt": BASALT | {"LOI": 2.0}}, "LOI = 2.0 wt% is a loss on ignition, which is no oxide"),
        ({"wt": BASALT | {"H2O": 2.0}, "water": 3.0}, "water is given twice"),
        ({"wt": BASALT, "water": 100.0}, "water = 100 wt% is outside 0 to 100"),
        ({"wt": BASALT, "water": "exces"}, "did you mean 'excess'?"),
        ({"wt": BASALT, "ignore": "MgO"}, "MgO cannot be ignored"),
        ({"wt": BASALT, "ignore": ["Fe2O3"]}, "Fe2O3 cannot be ignored"),
        ({"wt": BASALT, "ignore": ["P2O"]}, "did you mean 'P2O5'?"),
    ],
)
def test_what_cannot_be_meant_gets_one_sentence(arguments: dict[str, object], words: str) -> None:
    with pytest.raises(InputError) as caught:
        bulk(**arguments)  # type: ignore[arg-type]
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value, GibbsiteError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize(
    ("rock", "called"),
    [
        (bulk(wt={"SiO2": 45.0, "MgO": 55.0}), "'given'"),
        (bulk("klb-1"), "'KLB-1 peridotite, dry' (model)"),
        (bulk("high-ti-glass"), "'High-Ti glass, stand-in for the average of seven beads'"),
    ],
)
def test_how_far_to_trust_a_rock_is_said_once(rock, called):
    assert repr(rock).startswith(f"<Bulk {called}: SiO2 ")
