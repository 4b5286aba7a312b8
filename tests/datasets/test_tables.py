"""The tables as shipped: counts, a few numbers known from the publications, and identities."""

import csv
import re
import tomllib
from importlib.resources import files
from itertools import pairwise
from pathlib import Path

import pytest

from gibbsite_datasets import (
    load_buffers,
    load_bulks,
    load_components,
    load_endmembers,
    load_guides,
    load_magma_oceans,
    load_models,
    load_names,
    load_partition,
    load_ranges,
    load_standard_states,
    load_targets,
    load_traces,
    load_traits,
    model_names,
    outside_oxides,
    set_components,
)
from gibbsite_datasets.schema import RARE_EARTHS

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
SETS = ("EF21", "G16", "G25", "T21", "T21-Su26", "W14", "W24")
PHASES = {
    "T21": {"liq": 14, "fsp": 4, "spl": 8, "g": 6, "ol": 4, "opx": 9, "cpx": 10, "ilm": 5},
    "W24": {"liq": 14, "fsp": 3, "spl": 8, "g": 6, "ol": 4, "opx": 9, "cpx": 10, "ilm": 5}
    | {"nph": 6, "lct": 2, "kals": 2, "mel": 5},
    "G25": {"liq": 12, "fsp": 3, "spl": 8, "g": 6, "ol": 4, "opx": 9, "cpx": 10, "ilm": 5}
    | {"cd": 3, "ep": 3, "fper": 2, "bi": 6, "amp": 11, "mu": 6, "chl": 7, "fl": 11},
    "W14": {"liq": 8, "fsp": 3, "bi": 7, "g": 5, "ep": 3, "ma": 6, "mu": 6, "opx": 7, "sa": 5}
    | {"cd": 4, "st": 5, "chl": 8, "ctd": 4, "sp": 4, "mt": 3, "ilm": 3, "ilmm": 5},
    "G16": {"sp": 4, "opx": 6, "fsp": 3, "liq": 9, "mu": 6, "ilmm": 4, "ilm": 3, "ol": 2}
    | {"amp": 11, "ep": 3, "g": 4, "chl": 7, "bi": 6, "dio": 7, "aug": 8, "abc": 2, "spl": 3},
    "EF21": {"fl": 2, "ol": 2, "br": 2, "ch": 2, "atg": 5, "g": 2, "ta": 6, "chl": 7, "spi": 3}
    | {"opx": 5, "anth": 5},
}
PHASES["T21-Su26"] = PHASES["T21"]
SILICA = ("q", "crst", "trd", "coe", "stv")
SILICATES = ("ky", "sill", "and")
PURE = {
    "T21": (*SILICA, *SILICATES, "ru", "sph", "cor", "O2"),
    "W14": (*SILICA, *SILICATES, "ru", "sph", "zo", "cor", "O2", "H2O"),
    "G16": (*SILICA[:4], "law", *SILICATES, "ru", "sph", "ab", "zo", "cor", "O2", "H2O"),
    "EF21": (*SILICA, *SILICATES, "hem", "cor", "O2"),
}
PURE |= {"T21-Su26": PURE["T21"], "W24": PURE["T21"], "G25": ("ne", *PURE["T21"])}
ENDMEMBER_SET = {"EF21": "ds633", "G16": "ds62", "G25": "ds636", "W14": "ds62", "W24": "ds636"}
DRY = {"SiO2", "TiO2", "Al2O3", "Cr2O3", "FeO", "MgO", "CaO", "Na2O", "K2O"}
COMPONENTS = {
    "EF21": {"SiO2", "Al2O3", "FeO", "MgO", "O", "H2O"},
    "G16": DRY - {"Cr2O3"} | {"O", "H2O"},
    "G25": DRY | {"O", "H2O"},
    "W14": DRY - {"Cr2O3"} | {"MnO", "O", "H2O"},
}


def solution(name, phase):
    return next(s for s in load_models(name).solutions if s.name == phase)


def test_components_are_those_of_the_system():
    masses = {c.name: c.molar_mass for c in load_components()}
    assert masses == {
        "SiO2": 60.0843,
        "TiO2": 79.8658,
        "Al2O3": 101.9613,
        "Cr2O3": 151.9904,
        "FeO": 71.8444,
        "MgO": 40.3044,
        "CaO": 56.0774,
        "Na2O": 61.97894,
        "K2O": 94.196,
    }
    assert list(masses) == ["SiO2", "TiO2", "Al2O3", "Cr2O3", "FeO", "MgO", "CaO", "Na2O", "K2O"]


def test_molar_masses_follow_from_formulas():
    oxygen = 15.9994
    known = {c.name: c for c in (*load_components(), *outside_oxides())}
    iron = known["FeO"].molar_mass - oxygen
    assert known["Fe2O3"].molar_mass == pytest.approx(2 * iron + 3 * oxygen, abs=1e-4)
    assert not {c.name for c in load_components()} & {c.name for c in outside_oxides()}
    for c in known.values():
        parts = re.findall(r"([A-Z][a-z]?)(\d*)", c.name)
        counts = {element: int(n or 1) for element, n in parts}
        assert counts.get("O", 0) == c.oxygens, c.name
        assert sum(counts.values()) == c.atoms, c.name
        assert c.molar_mass > c.oxygens * oxygen - 1e-9


@pytest.mark.parametrize(
    ("name", "solids", "melts", "transitions"),
    [
        ("ds62", 176, 16, (9, 14)),
        ("ds633", 188, 19, (9, 13)),
        ("ds634", 190, 19, (8, 15)),
        ("ds636", 190, 19, (8, 15)),
    ],
)
def test_endmember_sets_are_whole(name, solids, melts, transitions):
    """As published, and NiO, Ni, gph (two of them with a Landau transition), CO2 of the buffers."""
    data = load_endmembers(name)
    kinds = [e.eos for e in data.endmembers.values()]
    assert kinds.count("tait_solid") == solids + 3
    assert kinds.count("tait_melt") == melts
    assert kinds.count("ideal_gas") == kinds.count("cork") == 1
    assert kinds.count("pitzer_sterner") == 2
    found = [e.transition for e in data.endmembers.values()]
    landau, bragg_williams = transitions
    assert (found.count("landau"), found.count("bragg-williams")) == (landau + 2, bragg_williams)
    assert data.gas_constant == 0.0083144
    assert (data.reference_temperature, data.reference_pressure) == (298.15, 0.001)


def test_forsterite():
    fo = load_endmembers("ds634").endmembers["fo"]
    assert dict(fo.composition) == {"SiO2": 1.0, "MgO": 2.0}
    assert (fo.atoms, fo.H, fo.S, fo.V) == (7.0, -2172.45, 0.0951, 4.366)
    assert fo.cp == (0.2333, 1.494e-06, -603.8, -1.8697)
    assert (fo.alpha0, fo.kappa0, fo.kappa0p, fo.kappa0pp) == (2.85e-05, 1285.0, 3.84, -0.003)
    assert (fo.dkappa_dT, fo.sigma_H, fo.transition) == (0.0, 0.5348, "none")
    assert load_endmembers("ds636").endmembers["fo"].H == -2172.476


def test_melt_landau_gas_and_the_odd_sign():
    ds634, ds636 = load_endmembers("ds634").endmembers, load_endmembers("ds636").endmembers
    assert (ds634["perL"].eos, ds634["perL"].dkappa_dT) == ("tait_melt", -0.041)
    assert ds634["lrn"].transition_parameters == (1710.0, 0.01003, 0.05, 0.0, 0.0, 0.0)
    assert ds634["sp"].transition_parameters[5] == -0.5
    assert (ds634["O2"].V, ds634["O2"].kappa0, ds634["O2"].sigma_H) == (0.0, 0.0, None)
    assert (ds634["corL"].kappa0pp, ds636["corL"].kappa0pp) == (0.04, -0.04)
    assert "lcL" not in ds636
    assert "ksL" in ds636


@pytest.mark.parametrize("name", ["ds634", "ds636"])
def test_reference_energies_belong_to_these_endmembers(name):
    """G at 298.15 K and 1 bar is H - T S for every end-member without flag: a second source."""
    data = load_endmembers(name).endmembers
    checked = set()
    with (REFERENCE / f"endmember_gibbs_{name}.csv").open() as file:
        for row in csv.DictReader(file):
            endmember = data.get(row["name"])
            at_reference = (row["P_kbar"], row["T_K"]) == ("0.001", "298.15")
            if endmember and at_reference and not row["flag"] and endmember.transition == "none":
                expected = endmember.H - 298.15 * endmember.S
                assert float(row["G_kJ"]) == pytest.approx(expected, abs=2e-6), row["name"]
                checked.add(row["name"])
    assert len(checked) == 210 - 23  # H2O and H2 are flagged there


def test_model_sets_and_their_phases():
    assert model_names() == SETS
    for name in SETS:
        models = load_models(name)
        assert {s.name: len(s.endmembers) for s in models.solutions} == PHASES[name]
        assert models.pure_phases == PURE[name]
        assert models.endmember_set == ENDMEMBER_SET.get(name, "ds634")
        assert set(models.components) == COMPONENTS.get(name, DRY | {"O"})
        assert set_components()[name] == models.components
        assert models.gas_constant == 0.0083144


def test_every_set_says_which_rocks_it_is_for():
    guides = load_guides()
    assert set(guides) == set(model_names())
    assert all(guide.suits and guide.beware for guide in guides.values())


@pytest.mark.parametrize("name", ["T21", "T21-Su26", "G25", "W24"])
def test_only_a_melt_with_alkalis_free_of_aluminium_is_for_peralkaline_rocks(name):
    def free(endmember):
        alkalis = [endmember.composition.get(oxide, 0.0) for oxide in ("Na2O", "K2O")]
        return sum(alkalis) > endmember.composition.get("Al2O3", 0.0)

    limited = any(each.quantity == "alkalis/alumina" for each in load_guides()[name].ranges)
    assert limited == (not any(map(free, solution(name, "liq").endmembers)))


@pytest.mark.parametrize("name", SETS)
def test_ferric_iron_is_where_sites_say(name):
    """An end-member has oxygen beyond FeO, or less, if, and only if, a site of it has Fe3+ or H2."""
    models = load_models(name)
    for phase in models.solutions:
        ferric = {
            e.name
            for s in phase.sites
            for e, held in zip(phase.endmembers, s.occupancy, strict=True)
            if held and s.cation in ("Fe3+", "hm", "H2")
        }
        for endmember in phase.endmembers:
            assert set(endmember.composition) <= set(models.components)
        assert {e.name for e in phase.endmembers if "O" in e.composition} == ferric, phase.name


def test_alternatives_of_one_mineral():
    assert load_models("W14").alternatives == (("sp", "mt"), ("ilm", "ilmm"))
    assert load_models("G16").alternatives == (("dio", "aug"), ("ilm", "ilmm"), ("sp", "spl"))
    assert all(not load_models(name).alternatives for name in SETS if name not in ("W14", "G16"))


def test_buffers_and_standard_states_balance_in_every_data_set():
    """The loader checks it; each buffer holds oxygen, each standard state its component."""
    assert list(load_buffers()) == ["QFM", "NNO", "IW", "HM", "MW", "CCO", "QIF"]
    assert load_buffers()["QFM"].also == ("FMQ",)
    assert {"H2O", "SiO2", "TiO2", "Al2O3"} <= set(load_standard_states())


def test_every_phase_has_names_and_traits():
    keys = {s.name for name in SETS for s in load_models(name).solutions}
    keys |= {phase for name in SETS for phase in load_models(name).pure_phases}
    assert keys == set(load_names()) == set(load_traits())


def test_species_on_two_sites_at_once_count_for_both():
    """Manganese fills M1 and M23 (four of them) of chlorite together, hematite both ilmenite sites."""
    sites = {s.name: s for s in solution("W14", "chl").sites}
    assert (sites["xMnM"].multiplicity, sites["xMgM23"].multiplicity) == (5.0, 4.0)
    assert sites["xMgM1"].occupancy[0] == sites["xMgM23"].occupancy[0] == 1.0  # clinochlore
    assert {s.name: s for s in solution("W14", "ilmm").sites}["xFe3"].multiplicity == 2.0


@pytest.mark.parametrize("name", SETS)
def test_every_occupied_site_is_reachable(name):
    """A species no end-member holds would put ln 0 into every chemical potential."""
    for phase in load_models(name).solutions:
        for species in phase.sites:
            assert len(species.occupancy) == len(phase.endmembers)
            assert max(species.occupancy) > 0.0


@pytest.mark.parametrize("name", SETS)
def test_pairs_are_sorted_and_sizes_positive(name):
    for phase in load_models(name).solutions:
        n = len(phase.endmembers)
        pairs = [w[:2] for w in phase.interactions]
        assert all(0 <= i < j < n for i, j in pairs)
        assert all(a < b for a, b in pairwise(pairs))
        assert all(e.size > 0 for e in phase.endmembers)


def test_t21_variants_differ_in_five_energies_only():
    old, new = load_models("T21"), load_models("T21-Su26")
    changed = {}
    for a, b in zip(old.solutions, new.solutions, strict=True):
        assert (a.sites, a.interactions) == (b.sites, b.interactions)
        for x, y in zip(a.endmembers, b.endmembers, strict=True):
            assert (x.name, x.make, x.size, x.log_constant) == (
                y.name,
                y.make,
                y.size,
                y.log_constant,
            )
            if x.energy != y.energy:
                changed[a.name, x.name] = (x.energy, y.energy)
    assert changed == {
        ("liq", "sl1L"): ((7.86, 0.0, -0.337), (6.86, 0.0, -0.337)),
        ("liq", "wo1L"): ((-0.09, 0.0, -0.102), (1.2, 0.0, -0.102)),
        ("liq", "fo2L"): ((9.73, 0.0, -0.176), (19.74, 0.0, -0.156)),
        ("liq", "fa2L"): ((16.52, 0.0, -0.034), (10.85, 0.0, -0.054)),
        ("liq", "tiL"): ((0.42, 0.0, -0.257), (-8.24, 0.0, -0.08)),
    }
    assert old.sha256 != new.sha256
    assert "Su et al." in new.reference
    assert "Tomlinson" in new.reference


def test_olivine_of_t21():
    ol = solution("T21", "ol")
    assert [e.name for e in ol.endmembers] == ["mnt", "fa", "fo", "cfm"]
    assert ol.interactions[:2] == ((0, 1, 24.0, 0.0, 0.0), (0, 2, 38.0, 0.0, 0.0))
    cfm = ol.endmembers[3]
    assert [(t.coefficient, t.endmember, t.state) for t in cfm.make] == [
        (0.5, "fa", "equilibrium"),
        (0.5, "fo", "equilibrium"),
    ]
    assert {s.name: s.occupancy for s in ol.sites}["xMgM1"] == (1.0, 0.0, 1.0, 1.0)


def test_states_of_order():
    assert [t.state for e in solution("T21", "spl").endmembers[:4] for t in e.make] == [
        "ordered"
    ] * 4
    assert solution("W24", "ilm").endmembers[1].make[0].state == "disordered"
    assert solution("T21", "ilm").endmembers[1].make[0].state == "ordered"


def test_makes_may_subtract():
    ne = next(e for e in solution("T21", "liq").endmembers if e.name == "neL")
    assert [(t.coefficient, t.endmember) for t in ne.make] == [(1.0, "abL"), (-2.0, "qL")]


def test_melt_sites_are_normalised_by_a_total():
    total = [s for s in solution("T21", "liq").sites if s.multiplicity < 0]
    assert [(s.name, s.multiplicity) for s in total] == [("sumM", -1.0)]


@pytest.mark.parametrize("name", SETS)
def test_digest_is_stable_within_a_process(name):
    assert re.fullmatch(r"[0-9a-f]{64}", load_models(name).sha256)
    assert load_models(name) is load_models(name)
    assert len({load_models(n).sha256 for n in SETS}) == len(SETS)


def test_bulks_state_what_they_are():
    bulks = load_bulks()
    assert {b.status for b in bulks.values()} == {"measured", "model", "stand-in"}
    assert all(b.source and b.name for b in bulks.values())
    glass, ibc = bulks["high-ti-glass"], bulks["average-ibc"]
    assert (glass.status, ibc.status) == ("stand-in", "stand-in")
    assert (glass.oxides_wt["TiO2"], sum(glass.oxides_wt.values())) == (20.29, pytest.approx(100))
    candidate = bulks["ibc-lin-91-99"].oxides_wt
    added = {o: ibc.oxides_wt[o] - candidate[o] for o in candidate if ibc.oxides_wt[o]}
    assert {o: a for o, a in added.items() if a} == {"Na2O": 0.03, "K2O": 0.02, "Cr2O3": 0.02}
    assert "MnO" in bulks["apollo-17-74275"].oxides_wt
    assert "K2O" not in bulks["apollo-17-orange-glass"].oxides_wt  # not reported, hence not zero
    assert {"klb-1", "n-morb"} <= set(bulks)


def test_beads_lie_inside_the_published_ranges():
    beads = load_ranges()["high-ti-beads"]
    assert beads.bounds_wt["TiO2"] == (16.61, 24.91)
    assert beads.assumed == {"Na2O", "K2O", "Cr2O3"}
    for key in ("high-ti-glass", *(f"high-ti-bead-{i}" for i in range(1, 8))):
        oxides = load_bulks()[key].oxides_wt
        assert all(low <= oxides[o] <= high for o, (low, high) in beads.bounds_wt.items()), key
    assert "high-ti-beads" not in load_bulks()


def test_targets_agree_with_the_published_ranges_of_the_beads():
    beads = load_ranges()["high-ti-beads"].bounds_wt
    found = {t.key: (t.low, t.high) for t in load_targets("high-ti-glass") if t.unit == "wt%"}
    assert all(found[f"bead_{oxide}"] == beads[oxide] for oxide in ("TiO2", "FeO", "SiO2"))


def test_kreep_has_a_negative_europium_anomaly_and_plagioclase_takes_europium():
    traces, minerals = load_traces(), load_partition()["fu-jacobsen-2024"]
    chondrite, kreep = (traces[key].amounts for key in ("chondrite-1995", "kreep-15386"))
    normalised = {e: kreep[e] / chondrite[e] for e in RARE_EARTHS}
    assert normalised["Eu"] / (normalised["Sm"] * normalised["Gd"]) ** 0.5 == pytest.approx(
        0.21, abs=5e-3
    )
    assert max(minerals, key=lambda m: minerals[m].coefficients["Eu"]) == "pl"


def test_garnet_takes_heavy_rare_earths_in_each_set_of_coefficients_that_name_their_publications():
    names = {each.name.short for kind in load_names().values() for each in kind.ranges}
    known = names | {*load_names()}
    for minerals in load_partition().values():
        heavy, light = (minerals["g"].coefficients[element] for element in ("Lu", "La"))
        assert heavy > 100.0 * light
        assert minerals["pl"].coefficients["Eu"] > 3.0 * minerals["pl"].coefficients["Sm"]
        for record in minerals.values():
            assert re.search(r"\(\d{4}\)", record.source)
            assert {*record.holds_for} <= known


def test_only_late_steps_of_magma_oceans_hold_ilmenite():
    oceans = load_magma_oceans()
    assert len(oceans) == 7
    ilmenite = {
        key: [step.solid_to for step in ocean.steps if step.modes_wt.get("ilm")]
        for key, ocean in oceans.items()
    }
    assert sum(bool(ends) for ends in ilmenite.values()) == 5
    assert min(end for ends in ilmenite.values() for end in ends) > 90.0


def test_dois_of_the_readme_are_in_the_bibliography():
    tables = files("gibbsite_datasets") / "tables"
    cited = set(re.findall(r"10\.\d{4,}/\S+", (tables / "README.md").read_text("utf-8")))
    entries = set(re.findall(r"doi = \{(.*?)\}", (tables / "references.bib").read_text("utf-8")))
    assert cited
    assert cited <= entries


def test_no_reference_is_from_memory():
    """Each has a DOI that was confirmed, or says where it was read."""
    text = (files("gibbsite_datasets") / "tables" / "references.bib").read_text("utf-8")
    entries = re.split(r"^@", text, flags=re.MULTILINE)[1:]
    assert len(entries) > 30
    for entry in entries:
        told = re.search(r"\b(doi|note|howpublished)\s*= \{(.+)\}", entry)
        assert told, entry
        assert "memory" not in told[2], entry
    dry = next(
        entry for entry in entries if "Lin2017" in entry
    )  # the tables' sequence is the dry one
    assert "nominally dry" in dry


def test_settings_name_their_folder():
    tables = files("gibbsite_datasets") / "tables"
    for kind, file in (("models", "model.toml"), ("endmembers", "set.toml")):
        for folder in (tables / kind).iterdir():
            assert tomllib.loads((folder / file).read_text("utf-8"))["name"] == folder.name
