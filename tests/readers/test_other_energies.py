"""BurnMan in C++, written by others from the same publications, has our energies.

    python -m pytest -m readers tests/readers/test_other_energies.py -rs

Its phases are set to the compositions of our answer; what is left between the energies of the whole
are the Einstein temperatures, which THERMOCALC and MAGEMin round to a kelvin, we with them, and it
does not: less than a joule per mole of oxides.
"""

import pytest

import gibbsite as gb

pytestmark = pytest.mark.readers
SAME = 1e-3  # kJ per mole of oxides
EQUAL = 1e-2  # kJ per mole of an end-member, of some twenty atoms
TRACE = 1e-7  # below, it has a straight line in place of the logarithm

# Its modules, and its names of our solutions and of their end-members.
MODULES = {"W24": ("IG24", "HPx_ds636"), "G25": ("IG25", "HPx_ds636"), "W14": ("MP14", "HP11")}
IGNEOUS = {
    "ol": "ol_H18", "opx": "opx_W24", "cpx": "cpx_W24", "g": "g_W24", "spl": "spl_T21",
    "fsp": "fsp_H22", "ilm": "ilm_W24", "bi": "bi_G25", "amp": "amp_G16", "mu": "mu_W14",
    "ep": "ep_H11", "fl": "fl_G25",
}  # fmt: skip
SOLUTIONS = {
    "W24": {**IGNEOUS, "liq": "liq_W24d"},
    "G25": {**IGNEOUS, "liq": "liq_G25w"},
    "W14": {
        **{name: name for name in ("liq", "bi", "g", "mu", "opx", "cd", "st", "chl", "ilm")},
        "fsp": "pl4tr",
    },
}
OXIDES = {  # of an element: the oxide, cations in it, oxygen for each
    "Si": ("SiO2", 1, 2.0), "Ti": ("TiO2", 1, 2.0), "Al": ("Al2O3", 2, 1.5),
    "Cr": ("Cr2O3", 2, 1.5), "Fe": ("FeO", 1, 1.0), "Mg": ("MgO", 1, 1.0), "Ca": ("CaO", 1, 1.0),
    "Na": ("Na2O", 2, 0.5), "K": ("K2O", 2, 0.5), "H": ("H2O", 2, 0.5),
}  # fmt: skip
END_MEMBERS = {
    "mnt": "mont", "pcr": "picr", "knr": "knor", "knom": "knor", "hm": "hem", "eas": "est",
    "mam": "mat",
}  # fmt: skip
END_MEMBERS_OF = {("W14", "mu"): {"mut": "mu", "pat": "pa", "ma": "mat"}}


def mineral_of(database, name):
    minerals = pytest.importorskip("burnman_cpp").minerals
    solution, pure = (getattr(minerals, module) for module in MODULES[database])
    if name in SOLUTIONS[database]:
        return getattr(solution, SOLUTIONS[database][name])()
    return getattr(pure, name, minerals.HPx_ds636.H2O)()


def mineral_like(phase, database, pressure_kbar, temperature_C):
    """Return its mineral with the composition of a phase of ours."""
    mineral = mineral_of(database, phase.name)
    if phase.name in SOLUTIONS[database]:
        names = {**END_MEMBERS, **END_MEMBERS_OF.get((database, phase.name), {})}
        known = {names.get(name, name): share for name, share in phase.proportions.items()}
        shares = [known.pop(name, 0.0) for name in mineral.endmember_names]
        assert not any(known.values())  # else an end-member that it does not have
        mineral.set_composition(shares)
    mineral.set_state(1e8 * pressure_kbar, temperature_C + 273.15)
    return mineral


def potential_of_oxides(formula, potentials):
    """Return the potential of an end-member without ferric iron by those of oxides [kJ/mol]."""
    of_oxide = [(*OXIDES[element], n) for element, n in formula.items() if element != "O"]
    assert sum(oxygen * n for _, _, oxygen, n in of_oxide) == pytest.approx(formula["O"])
    return sum(n / cations * potentials[oxide] for oxide, cations, _, n in of_oxide)


PERIDOTITE = gb.bulk("klb-1")
DRY_BASALT = gb.bulk("n-morb", ignore="outside")
WET_BASALT = gb.bulk(
    wt={"SiO2": 50.0, "TiO2": 1.0, "Al2O3": 15.0, "FeO": 9.0, "MgO": 8.0, "CaO": 11.0, "Na2O": 2.5,
        "K2O": 0.5, "H2O": 2.0}
)  # fmt: skip
PELITE = gb.bulk(
    wt={"SiO2": 62.0, "TiO2": 0.9, "Al2O3": 19.0, "FeO": 7.0, "MgO": 3.0, "CaO": 1.5, "Na2O": 2.0,
        "K2O": 4.0, "H2O": 4.0}
)  # fmt: skip


POINTS = pytest.mark.parametrize(
    ("database", "rock", "pressure_kbar", "temperature_C"),
    [
        ("W24", PERIDOTITE, 12.0, 1350.0),  # liq spl ol opx cpx
        ("W24", PERIDOTITE, 30.0, 1300.0),  # g ol opx cpx
        ("W24", PERIDOTITE, 8.0, 1000.0),  # fsp spl ol opx cpx
        ("W24", DRY_BASALT, 3.0, 1150.0),  # liq fsp ol cpx
        ("W24", DRY_BASALT, 20.0, 900.0),  # g cpx q ky ru
        ("G25", WET_BASALT, 5.0, 800.0),  # liq fsp opx cpx ilm amp
        ("G25", WET_BASALT, 10.0, 900.0),  # liq fsp g cpx amp
        ("G25", WET_BASALT, 20.0, 650.0),  # g cpx ep amp mu fl q ky ru
        ("W14", PELITE, 4.0, 550.0),  # fsp bi mu chl ilm q H2O
        ("W14", PELITE, 6.0, 600.0),  # fsp bi mu st q ru H2O
        ("W14", PELITE, 6.0, 680.0),  # fsp bi mu q sill ru H2O
        ("W14", PELITE, 6.0, 800.0),  # liq fsp bi g cd ilm q
        ("W14", PELITE, 12.0, 550.0),  # bi g mu pa q sph zo H2O
    ],
)


@POINTS
def test_an_assemblage_has_the_energy_that_burnman_gives_it(
    database, rock, pressure_kbar, temperature_C
):
    at = {"pressure_kbar": pressure_kbar, "temperature_C": temperature_C}
    ours = gb.equilibrium(rock, database=database, **at)
    theirs = sum(
        1e-3 * phase.amount_mol * mineral_like(phase, database, **at).molar_gibbs
        for phase in ours.phases
    )
    assert ours.gibbs_energy == pytest.approx(theirs, abs=SAME)


@POINTS
def test_its_end_members_have_one_potential_by_burnman_too(
    database, rock, pressure_kbar, temperature_C
):
    """The first derivatives, so that phases and their order are at equilibrium there as well."""
    at = {"pressure_kbar": pressure_kbar, "temperature_C": temperature_C}
    ours = gb.equilibrium(rock, database=database, **at)
    compared = 0
    for phase in ours.phases:
        if phase.name not in SOLUTIONS[database]:
            continue
        mineral = mineral_like(phase, database, **at)
        present = zip(
            mineral.molar_fractions,
            mineral.partial_gibbs,
            mineral.endmember_formulae,
            strict=True,
        )
        for share, theirs, formula in present:
            if abs(share) > TRACE:
                wanted = potential_of_oxides(formula, ours.chemical_potentials)
                assert 1e-3 * theirs == pytest.approx(wanted, abs=EQUAL)
                compared += 1
    assert compared >= 8
