"""One point and many points, as a user asks for them."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gibbsite as gb
from gibbsite.errors import InfeasibleError, InputError

pytestmark = pytest.mark.compiled

GLASS = gb.bulk("high-ti-glass")
IBC = gb.bulk("average-ibc")


@pytest.fixture(scope="module")
def answer():
    return gb.equilibrium(GLASS, pressure_kbar=3.0, temperature_C=1120.0, database="T21-Su26")


@pytest.mark.parametrize(("temperature_C", "melt"), [(1120, 27.3), (1150, 74.7), (1180, 79.7)])
def test_melt_of_the_source_at_3_kbar(temperature_C, melt):
    """An independent implementation of T21-Su26 gives these volumes of melt."""
    found = gb.equilibrium(
        GLASS, pressure_kbar=3.0, temperature_C=temperature_C, database="T21-Su26"
    )
    liquid = [p for p in found.phases if p.name == "liq"]
    assert 100 * liquid[0].volume_fraction == pytest.approx(melt, abs=0.5)


def test_an_answer_adds_up(answer):
    assert answer.certified
    for share in ("mole_fraction", "mass_fraction", "volume_fraction"):
        assert sum(getattr(p, share) for p in answer.phases) == pytest.approx(1.0, abs=1e-12)
    for oxide, moles in GLASS.mol.items():
        inside = sum(p.mole_fraction * p.composition_mol[oxide] for p in answer.phases)
        assert inside == pytest.approx(moles, abs=1e-10)
    plane = sum(answer.chemical_potentials[o] * m for o, m in GLASS.mol.items())
    assert plane == pytest.approx(answer.gibbs_energy, abs=1e-10)
    assert all(sum(p.proportions.values()) == pytest.approx(1.0) for p in answer.phases)


def test_an_answer_checks_itself(answer):
    again = answer.recheck()
    assert again.optimality_residual < 1e-7
    assert again.mass_residual < 1e-10
    assert abs(again.energy_residual) < 1e-8
    assert again.lowest_site_fraction > 0.0
    assert again.lowest_driving_force > -1e-7


def test_a_wrong_answer_is_found_out():
    """Without its melt the rock is metastable above the solidus, and the recheck says so."""
    solids = gb.database("T21-Su26", exclude=["liq"])
    wrong = gb.equilibrium(GLASS, pressure_kbar=3.0, temperature_C=1150.0, database=solids)
    right = gb.equilibrium(GLASS, pressure_kbar=3.0, temperature_C=1150.0, database="T21-Su26")
    assert wrong.gibbs_energy > right.gibbs_energy + 1e-3
    assert wrong.recheck().lowest_driving_force > -1e-7  # against its own phases it holds
    swapped = gb.equilibrium(GLASS, pressure_kbar=3.0, temperature_C=1150.0, database=solids)
    object.__setattr__(swapped, "database", right.database)
    found = swapped.recheck()
    assert found.lowest_driving_force < -1e-4
    assert found.lowest_driving_force_phase == "liq"


def test_derivatives_of_the_energy_are_volume_and_entropy(answer):
    step = 1e-3
    low, high = (
        gb.equilibrium(
            GLASS, pressure_kbar=3.0 + s, temperature_C=1120.0, database="T21-Su26"
        ).gibbs_energy
        for s in (-step, step)
    )
    assert (high - low) / (2 * step) == pytest.approx(answer.volume, rel=1e-6)
    low, high = (
        gb.equilibrium(
            GLASS, pressure_kbar=3.0, temperature_C=1120.0 + s, database="T21-Su26"
        ).gibbs_energy
        for s in (-0.01, 0.01)
    )
    assert -(high - low) / 0.02 == pytest.approx(answer.entropy, rel=1e-6)


@settings(max_examples=15)
@given(
    x=st.floats(0.0, 1.0),
    pressure_kbar=st.floats(0.001, 10.0),
    temperature_C=st.floats(900.0, 1400.0),
)
def test_any_mixture_is_certified_and_one_point_is_one_of_many(x, pressure_kbar, temperature_C):
    rock = IBC.mix(GLASS, x)
    one = gb.equilibrium(
        rock, pressure_kbar=pressure_kbar, temperature_C=temperature_C, database="T21-Su26"
    )
    many = gb.equilibria(
        rock,
        pressure_kbar=[1.0, pressure_kbar, 2.0],
        temperature_C=[1000.0, temperature_C, 1200.0],
        database="T21-Su26",
    )
    assert one.certified
    assert float(many.gibbs_energy[1]) == pytest.approx(one.gibbs_energy, abs=1e-8)


@pytest.fixture(scope="module")
def cloud():
    rng = np.random.default_rng(5)
    rocks = [IBC.mix(GLASS, float(x)) for x in rng.random(700)]
    where = {"pressure_kbar": rng.uniform(1, 4, 700), "temperature_C": rng.uniform(1000, 1300, 700)}
    return rocks, where


@pytest.mark.slow
def test_one_thread_equals_many(cloud):
    rocks, where = cloud
    one = gb.equilibria(rocks, **where, workers=1, database="T21-Su26")
    many = gb.equilibria(rocks, **where, workers=4, database="T21-Su26")
    assert one.identical(many)
    assert (one.status == 0).all()


@pytest.mark.slow
def test_order_of_the_points_is_irrelevant(cloud):
    rocks, where = cloud
    order = np.random.default_rng(6).permutation(len(rocks))
    here = gb.equilibria(rocks, **where, database="T21-Su26")
    there = gb.equilibria(
        [rocks[i] for i in order],
        **{name: values[order] for name, values in where.items()},
        database="T21-Su26",
    )
    np.testing.assert_allclose(there.gibbs_energy, here.gibbs_energy[order], rtol=0, atol=1e-8)
    big = (here.amount_mol > 1e-7).values[order]
    np.testing.assert_array_equal(
        np.where(big, here.phase_id.values[order], -1),
        np.where((there.amount_mol > 1e-7).values, there.phase_id.values, -1),
    )


def test_absent_components_are_dropped_point_by_point():
    plain = {"SiO2": 0.5, "MgO": 0.3, "FeO": 0.1, "CaO": 0.05, "Al2O3": 0.05}
    rocks = [gb.bulk(mol=plain), gb.bulk(mol=plain | {"TiO2": 0.02}), gb.bulk(mol={"SiO2": 1})]
    found = gb.equilibria(rocks, pressure_kbar=5.0, temperature_C=1200.0, database="T21-Su26")
    assert (found.status == 0).all()
    potentials = found.chemical_potential.sel(component="TiO2").values
    assert np.isnan(potentials[[0, 2]]).all()
    assert np.isfinite(potentials[1])
    assert list(found.gb.assemblage().values)[2] == "q"


def test_what_cannot_be_made_is_named():
    rock = gb.bulk(mol={"MgO": 0.9, "SiO2": 0.1})
    with pytest.raises(InfeasibleError, match="more MgO"):
        gb.equilibrium(rock, pressure_kbar=3.0, temperature_C=1200.0, database="T21-Su26")
    found = gb.equilibria(
        [rock, GLASS], pressure_kbar=3.0, temperature_C=1200.0, database="T21-Su26"
    )
    assert list(found.status.values) == [2, 0]
    assert np.isnan(found.gibbs_energy[0])
    assert (found.phase_id[0] == -1).all()


@pytest.mark.parametrize("oxide", ["K2O", "Na2O"])
def test_an_oxide_that_is_no_phase(oxide):
    with pytest.raises(InfeasibleError, match=f"more {oxide}"):
        gb.equilibrium(
            gb.bulk(mol={oxide: 1}), pressure_kbar=3.0, temperature_C=1200.0, database="T21-Su26"
        )


@pytest.mark.parametrize(
    ("where", "word"),
    [
        ({"pressure_kbar": 300.0, "temperature_C": 1200.0}, "300"),
        ({"pressure_kbar": float("nan"), "temperature_C": 1200.0}, "nan"),
        ({"pressure_kbar": 3.0, "temperature_C": 100.0}, "100"),
        ({"pressure_kbar": [3.0, 4.0], "temperature_C": [1.2e3, 1.3e3, 1.4e3]}, "2 pressures"),
        ({"pressure_kbar": "deep", "temperature_C": 1200.0}, "deep"),
    ],
)
def test_bad_conditions_are_refused(where, word):
    with pytest.raises(InputError, match=word):
        gb.equilibria(GLASS, **where, database="T21-Su26")


@pytest.mark.parametrize(
    ("bulks", "word"),
    [
        (np.zeros((2, 9)), "all zero"),
        (np.full((2, 9), -1.0), "-1.0 mol of SiO2"),
        (np.full((2, 9), np.inf), "inf mol"),
        (np.ones((2, 8)), "one column for each"),
        ("granite", "neither"),
    ],
)
def test_bad_bulks_are_refused(bulks, word):
    with pytest.raises(InputError, match=word):
        gb.equilibria(bulks, pressure_kbar=3.0, temperature_C=1200.0, database="T21-Su26")


def test_unknown_names_are_refused():
    with pytest.raises(InputError, match="did you mean 'T21'"):
        gb.equilibrium(GLASS, pressure_kbar=3.0, temperature_C=1200.0, database="T22")
    with pytest.raises(InputError, match="did you mean 'liq'"):
        gb.database("W24", exclude=["liqu"])


def test_no_database_is_taken_unasked():
    where = {"pressure_kbar": 3.0, "temperature_C": 1200.0}
    for ask in (gb.equilibrium, gb.equilibria, gb.path):
        with pytest.raises(InputError, match=r'(?s)which database\?.*database="W24".*T21  .*W24  '):
            ask(GLASS, **where)
    with pytest.raises(InputError, match="which database"):
        gb.melting_interval(GLASS, pressure_kbar=3.0)
    with pytest.raises(InputError, match="which database"):
        gb.database()


def test_labels_of_one_answer_differ():
    """T21 gives peridotite a second orthopyroxene at low pressure; no mode is lost for its name."""
    found = gb.equilibrium(
        gb.bulk("klb-1"), pressure_kbar=1.0, temperature_C=1100.0, database="T21"
    )
    assert found.assemblage.count("opx") == 2
    modes = {phase.label: phase.volume_fraction for phase in found.phases}
    assert {"Ca-opx", "Mg-opx"} < set(modes)
    assert sum(modes.values()) == pytest.approx(1.0, abs=1e-9)
    for phase in found.phases:  # by what the answer calls them
        lime = found.quantity(f"{phase.label}.CaO")
        assert lime == pytest.approx(phase.composition_wt["CaO"], rel=1e-5)
        assert found.quantity(phase.label) == pytest.approx(100.0 * phase.volume_fraction, rel=1e-5)
    assert found.quantity("Ca-opx/Mg-opx.D.CaO") > 5.0


def test_a_rock_outside_the_range_of_a_database_is_told():
    where = {"pressure_kbar": 3.0, "temperature_C": 1200.0}
    basalt = gb.bulk("n-morb", ignore="outside")
    found = gb.equilibrium(basalt, **where, database="T21")
    assert "outside the range of T21: MgO 7.88 wt% (at least 30, observed)" in found.outside_range
    assert gb.equilibrium(basalt, **where, database="W24").outside_range == ""
    both = gb.equilibria([GLASS, basalt], **where, database="T21-Su26")
    assert "TiO2 1.55 to 20.3 wt% (at least 6, assumed)" in both.attrs["outside_range"]
    assert "outside_range" not in gb.equilibria(GLASS, **where, database="T21-Su26").attrs


def test_a_peralkaline_rock_is_sent_to_w24():
    pantellerite = gb.bulk(
        wt={"SiO2": 72, "Al2O3": 9, "FeO": 7, "CaO": 0.5, "Na2O": 6.5, "K2O": 4.5, "MgO": 0.1}
    )
    where = {"pressure_kbar": 1.0, "temperature_C": 1000.0}
    with pytest.raises(InfeasibleError, match=r"alkalis/alumina 1\.\d+ \(at most 1.*not of W24"):
        gb.equilibrium(pantellerite, **where, database="G25")
    assert gb.equilibrium(pantellerite, **where, database="W24").certified


def test_instances_are_numbered_by_falling_calcium():
    found = gb.equilibrium(GLASS, pressure_kbar=0.001, temperature_C=1050.0, database="T21-Su26")
    pyroxenes = [p for p in found.phases if p.name == "cpx"]
    assert [p.instance for p in pyroxenes] == [0, 1]
    assert pyroxenes[0].composition_mol["CaO"] > pyroxenes[1].composition_mol["CaO"]


def test_a_phase_without_an_energy_is_named_and_can_be_left_out():
    """Brucite, of which titanium biotite is made, has no volume at room pressure above 1756 degC."""
    rock = gb.bulk(wt={"SiO2": 46, "Al2O3": 5, "TiO2": 1, "FeO": 8, "MgO": 34, "K2O": 2, "H2O": 1})
    at = {"pressure_kbar": 10.0, "temperature_C": 1800.0}
    lost = gb.equilibrium(rock, **at, database="G25")
    assert lost.status == "bad_conditions"
    assert np.isnan(lost.gibbs_energy)
    assert lost.message.endswith('(bi); to do without, exclude=["bi"]')
    assert gb.equilibrium(rock, **at, database=gb.database("G25", exclude=["bi"])).certified


def test_an_answer_and_its_database_can_be_handed_to_another_process():
    """After points were solved, too: what solved them stays here."""
    rock, conditions = gb.bulk("klb-1"), {"pressure_kbar": 10.0, "temperature_C": 1300.0}
    here = gb.equilibrium(rock, **conditions, database="W24")
    there = pickle.loads(pickle.dumps(here))
    assert there.gibbs_energy == here.gibbs_energy
    assert there.density == here.density
    again = gb.equilibrium(rock, **conditions, database=there.database)
    assert again.gibbs_energy == here.gibbs_energy
    assert there.database.sha256 == here.database.sha256


def test_a_point_is_the_same_to_the_last_bit_whatever_was_solved_before():
    """Lone points share their scratch: nothing of one may be left for the next."""
    rock, shared = gb.bulk("klb-1"), replace(gb.database("W24"), _reduced={})

    def numbers(data, p, t, rock=rock, **more):
        found = gb.equilibrium(rock, pressure_kbar=p, temperature_C=t, database=data, **more)
        each = [
            (phase.name, phase.amount_mol, *phase.proportions.values()) for phase in found.phases
        ]
        return found.gibbs_energy, found.iterations, found.lowest_driving_force, each

    for p, t in ((10.0, 1300.0), (25.0, 1100.0), (2.0, 1250.0), (10.0, 1300.0), (10.0, 1301.0)):
        fresh = replace(shared, _reduced={})
        assert numbers(shared, p, t) == numbers(fresh, p, t)
    split = gb.bulk(
        mol={
            "SiO2": 0.4753,
            "TiO2": 0.1667,
            "Al2O3": 0.1504,
            "FeO": 0.0618,
            "MgO": 0.0174,
            "CaO": 0.0168,
        }
        | {"Na2O": 0.0446, "K2O": 0.0175, "O": 0.0306, "H2O": 0.0185}
    )  # of several phases with cells that would serve the next point, too
    other = replace(gb.database("G16"), _reduced={})
    for p, t in ((13.2, 811.0), (13.0, 867.0), (2.7, 711.0)):
        assert numbers(other, p, t, split) == numbers(replace(other, _reduced={}), p, t, split)
    first = numbers(shared, 10.0, 1300.0, open={"O": "QFM"})
    assert numbers(shared, 10.0, 1300.0, open={"O": "QFM-2"}) != first
    assert numbers(shared, 10.0, 1300.0, open={"O": "QFM"}) == first


def test_threads_that_ask_at_once_get_what_one_gets():
    rock, temperatures = gb.bulk("high-ti-glass"), np.linspace(1000.0, 1300.0, 24).tolist()

    def energy(temperature_C):
        found = gb.equilibrium(
            rock, pressure_kbar=3.0, temperature_C=temperature_C, database="T21-Su26"
        )
        return found.gibbs_energy, found.assemblage

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(energy, temperatures)) == [energy(t) for t in temperatures]
