"""Bulks on the edge of what the phases can make, or just what one phase is made of."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._proof.stored import prove_file
from gibbsite.errors import InfeasibleError

pytestmark = pytest.mark.compiled

ALBITE = {"Na2O": 1, "Al2O3": 1, "SiO2": 6}
SANIDINE = {"K2O": 1, "Al2O3": 1, "SiO2": 6}


def rock(**moles):
    return gb.bulk(mol=moles)


def solve(moles, pressure_kbar, temperature_C, database="T21-Su26"):
    return gb.equilibrium(
        gb.bulk(mol=moles), pressure_kbar=pressure_kbar, temperature_C=temperature_C,
        database=database,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("moles", "temperature_C", "phases", "energy"),
    [
        (ALBITE, 900, ["fsp"], -1093.352222),
        (ALBITE, 1200, ["liq"], -1142.068440),
        (SANIDINE, 1300, ["liq"], -1170.337202),
        ({"Na2O": 1, "K2O": 1, "Al2O3": 2, "SiO2": 12}, 1300, ["liq"], -1167.801919),
    ],
)
def test_alkalis_equal_to_alumina(moles, temperature_C, phases, energy):
    """Feldspars without anorthite lie on a facet of what the phases can make, at 1 bar."""
    found = solve(moles, 0.001, temperature_C)
    assert found.certified
    assert list(found.assemblage) == phases
    assert found.gibbs_energy == pytest.approx(energy, abs=1e-6)


@pytest.mark.parametrize("off", [1e-13, 1e-11, 1e-9, 1e-7])
@pytest.mark.parametrize("temperature_C", [900, 1200])
def test_beside_such_a_facet_all_is_as_on_it(off, temperature_C):
    """A trace of alumina more changes the energy by as little; one of soda cannot be made."""
    on = solve(ALBITE, 0.001, temperature_C)
    inside = solve(ALBITE | {"Al2O3": 1 + off}, 0.001, temperature_C)
    assert inside.certified
    assert inside.gibbs_energy == pytest.approx(on.gibbs_energy, abs=2e3 * off + 1e-9)
    if off > 1e-11:
        with pytest.raises(InfeasibleError, match="Na2O"):
            solve(ALBITE | {"Na2O": 1 + off}, 0.001, temperature_C)


# Titanium biotite, which W14 has in rocks with water only.
DRY_BIOTITE = {"K2O": 1, "MgO": 4, "TiO2": 2, "Al2O3": 1, "SiO2": 6}


def test_what_only_a_phase_that_takes_no_part_could_hold_is_infeasible():
    """On facets that none but biotite reaches nothing is left: said so, alone and in a list."""
    with pytest.raises(InfeasibleError, match="W14 cannot make this bulk"):
        solve(DRY_BIOTITE, 5.0, 800.0, "W14")
    wet = DRY_BIOTITE | {"H2O": 1}
    rocks = [gb.bulk(mol=moles) for moles in (DRY_BIOTITE, wet, DRY_BIOTITE)]
    many = gb.equilibria(rocks, pressure_kbar=5.0, temperature_C=800.0, database="W14")
    assert many.status.values[0] == many.status.values[2] != 0
    assert many.status.values[1] == 0


@pytest.mark.parametrize("more", [0.0, 1e-10, 1e-9, 1e-8, 1e-7, 1e-6])
def test_beside_a_facet_where_room_is_dear(more):
    """A biotite with traces of others, and silica more: room for the last K2O costs 1e7 kJ/mol."""
    moles = {
        "SiO2": 0.3600981843314998 + more, "TiO2": 0.04993014986725525,
        "Al2O3": 0.08243344543230519, "FeO": 0.18964111262302402, "MgO": 0.15415254361151048,
        "K2O": 0.0656206343502983, "O": 0.016812810950765634, "H2O": 0.08131111883334133,
    }  # fmt: skip
    found = solve(moles, 19.0, 694.0, "G16")
    assert found.certified
    assert found.assemblage.count("bi") == 1


def test_a_list_holds_rocks_on_and_off_the_edge():
    """One answer a rock, whatever stands beside it in the list."""
    rocks = [gb.bulk(mol=ALBITE), gb.bulk("klb-1", ignore="outside"), rock(Na2O=2, Al2O3=1, SiO2=6)]
    many = gb.equilibria(rocks, pressure_kbar=0.001, temperature_C=1200.0, database="T21-Su26")
    assert many.status.values.tolist()[:2] == [0, 0]
    assert many.status.values[2] != 0
    assert many.gibbs_energy.values[0] == pytest.approx(-1142.068440, abs=1e-6)


@pytest.mark.parametrize(
    ("moles", "temperature_C", "phases", "energy"),
    [
        ({"CaO": 1, "Al2O3": 1, "SiO2": 1}, 900, ["g", "cor"], -1207.385354),
        ({"TiO2": 9, "MgO": 1}, 1000, ["ilm", "ru"], -1029.115446),
    ],
)
def test_what_is_left_of_a_solution_mixes_still(moles, temperature_C, phases, energy):
    """CaAl2SiO6 as orthopyroxene, Mg2TiO4 as spinel: one composition, whose end-members cancel."""
    found = solve(moles, 0.001, temperature_C)
    assert found.certified
    assert sorted(found.assemblage) == sorted(phases)
    assert found.gibbs_energy == pytest.approx(energy, abs=1e-6)
    again = found.recheck()
    assert again.lowest_driving_force > -1e-7
    assert abs(again.energy_residual) < 1e-8


@pytest.mark.parametrize(
    ("database", "pressure_kbar", "temperature_C", "energy"),
    [("W24", 20, 1000, -1080.851475), ("G25", 20, 800, -1051.132910)],
)
def test_a_rock_of_one_mineral(database, pressure_kbar, temperature_C, energy):
    """The composition of a plagioclase, which alone fixes two of four potentials."""
    moles = {"Na2O": 0.35, "CaO": 0.3, "Al2O3": 0.65, "SiO2": 2.7}
    found = solve(moles, pressure_kbar, temperature_C, database)
    assert found.certified
    assert found.assemblage == ("fsp",)
    assert found.gibbs_energy == pytest.approx(energy, abs=1e-6)
    assert all(-3000 < mu < 0 for mu in found.chemical_potentials.values())
    assert gb.prove(found).proved


@pytest.mark.parametrize(
    ("moles", "open_ones"),
    [
        ({"MgO": 1, "Al2O3": 1}, {"MgO", "Al2O3"}),
        (ALBITE, {"Na2O", "Al2O3"}),
        ({"MgO": 2, "SiO2": 1}, {"MgO", "SiO2"}),
    ],
)
def test_a_potential_that_nothing_fixes_has_no_value(moles, open_ones):
    found = solve(moles, 1.0, 1000)
    assert found.certified
    assert set(found.chemical_potentials) == set(moles)
    without = {oxide for oxide, mu in found.chemical_potentials.items() if not np.isfinite(mu)}
    assert without == open_ones
    assert all(oxide in found.message for oxide in open_ones)
    assert all(-3000 < found.chemical_potentials[oxide] < 0 for oxide in set(moles) - open_ones)


@pytest.mark.parametrize("moles", [{"MgO": 1, "Al2O3": 1}, ALBITE, {"MgO": 2, "SiO2": 1}])
def test_an_answer_with_open_potentials_is_proved(moles):
    found = solve(moles, 1.0, 1000)
    again = found.recheck()
    assert again.optimality_residual < 1e-7
    assert again.mass_residual < 1e-10
    assert again.lowest_driving_force > -1e-7
    proof = gb.prove(found)
    assert proof.proved
    assert proof.gibbs_energy == pytest.approx(found.gibbs_energy, abs=1e-9)


@pytest.mark.slow
def test_a_section_along_an_edge_is_computed_and_proved(tmp_path):
    section = gb.Section.temperature_composition(
        gb.bulk(mol=ALBITE), gb.bulk(mol=ALBITE | {"SiO2": 8}), pressure_kbar=1.0,
        temperature_C=(900.0, 1200.0, 4), steps=3, database="T21-Su26"
    )  # fmt: skip
    result = gb.compute(section, tmp_path / "edge.h5")
    assert (result.status == 0).all()
    potentials = result.chemical_potential
    assert np.isnan(potentials.sel(component=["Na2O", "Al2O3"])).all()
    assert np.isfinite(potentials.sel(component="SiO2")).all()
    result.close()
    assert prove_file(tmp_path / "edge.h5") == {"proved": 12}


@pytest.mark.parametrize("direction", ["crystallisation", "melting"])
@pytest.mark.parametrize(
    ("moles", "pressure_kbar", "melting_C"),
    [
        ({"MgO": 2, "SiO2": 1}, 0.001, 2065.365),
        (ALBITE, 1.0, 1143.066),
        (SANIDINE, 1.0, 1212.207),
        ({"SiO2": 1}, 1.0, 1732.325),
    ],
)
def test_a_pure_mineral_melts_at_one_temperature(direction, moles, pressure_kbar, melting_C):
    run = gb.path(
        gb.bulk(mol=moles), pressure_kbar=pressure_kbar, kind="equilibrium", direction=direction,
        temperature_C=(melting_C - 40, melting_C + 60)[:: 1 if direction == "melting" else -1], database="T21-Su26"
    )  # fmt: skip
    assert (run.status == 0).all()
    assert run.sizes["step"] == 2
    np.testing.assert_allclose(run.temperature_C, melting_C, atol=0.012, rtol=0)
    np.testing.assert_allclose(sorted(run.melt_fraction.values), [0.0, 1.0], atol=1e-9, rtol=0)


@pytest.mark.parametrize(
    ("pressure_kbar", "temperature_C", "percent"),
    [
        # SiO2 TiO2 Al2O3 FeO MgO CaO Na2O K2O, mol%: trachyte and phonolite
        (56.81338, 625.56876, (70.641, 0.519, 10.230, 4.220, 0.843, 2.225, 6.727, 4.595)),
        (51.83547, 591.45218, (69.512, 0.499, 10.666, 3.284, 0.643, 1.718, 9.437, 4.241)),
    ],
)
def test_an_exhausted_species_makes_no_phase_unstable(pressure_kbar, temperature_C, percent):
    """Pyroxene without tetrahedral aluminium: its curvature there drowns all others in rounding."""
    oxides = ("SiO2", "TiO2", "Al2O3", "FeO", "MgO", "CaO", "Na2O", "K2O")
    moles = dict(zip(oxides, percent, strict=True))
    found = solve(moles, pressure_kbar, temperature_C, "W24")
    assert found.certified
    assert found.answered_by == "cold"


@pytest.mark.slow
def test_a_recheck_says_nothing_of_what_is_less_than_rounding():
    """Beside free oxygen a fluid has next to no hydrogen, 0.0 as a number: the potential of that is no fault.

    A wrong potential of another component is one.
    """
    serpentinite = {"SiO2": 0.152, "Al2O3": 0.0043, "FeO": 0.0156, "MgO": 0.324, "H2O": 0.496}
    found = gb.equilibrium(
        gb.bulk(mol=serpentinite | {"O": 0.0078}),
        pressure_kbar=15.0,
        temperature_C=350.0,
        database="EF21",
    )
    assert found.certified
    assert dict(next(p for p in found.phases if p.name == "fl").proportions)["H2"] < 1e-15
    assert found.recheck().optimality_residual < 1e-7
    wrong = dict(found.chemical_potentials)
    wrong["MgO"] += 1e-3
    object.__setattr__(found, "chemical_potentials", wrong)
    assert found.recheck().optimality_residual > 5e-4
