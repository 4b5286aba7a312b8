"""Quantities by name: what a name means, and that its numbers are those of the definition."""

import json

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from drawn_section import AUGITE, LIQUID, PIGEONITE, SOLID, made_up, phase

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._quantities.grammar import known_of, parse
from gibbsite._quantities.physical import conversion
from gibbsite.errors import InputError


@pytest.fixture(scope="module")
def melting():
    """Olivine, two pyroxenes, spinel and melt."""
    rock = gb.bulk("klb-1")
    return gb.equilibrium(rock, pressure_kbar=12.0, temperature_C=1350.0, database="W24")


@pytest.fixture(scope="module")
def pure():
    """Forsterite and enstatite."""
    rock = gb.bulk(mol={"MgO": 1.5, "SiO2": 1.0})
    return gb.equilibrium(rock, pressure_kbar=10.0, temperature_C=1200.0, database="W24")


def of(found, name):
    return next(each for each in found.phases if each.name == name)


@pytest.mark.parametrize(
    ("text", "group", "unit", "words"),
    [
        ("liq", "amount", "vol%", "melt"),
        ("cpx1.wt%", "amount", "wt%", "cpx1 by mass"),
        ("pig.mol%", "amount", "mol%", "pigeonite by mole"),
        ("ol.Fo", "ratio", "mol%", "Fo of olivine"),
        ("g.Pyp", "ratio", "mol%", "Prp of garnet"),
        ("spl.Cr#", "ratio", "mol%", "Cr# of spinel"),
        ("liq.SiO2", "oxide", "wt%", "SiO2 of melt"),
        ("liq.SiO2.mol", "oxide", "mol%", "SiO2 of melt"),
        ("cpx.Al", "cation", "per formula unit", "Al of clinopyroxene"),
        ("ol.p.fo", "proportion", "1", "proportion of fo of olivine"),
        ("ol.a.fo", "activity", "1", "activity of fo of olivine"),
        ("rock.a.q", "activity", "1", "activity of q"),
        ("ol/liq.Kd", "exchange", "1", "Kd Fe-Mg of olivine and melt"),
        ("cpx/liq.D.Na2O", "partition", "1", "D Na2O of clinopyroxene and melt"),
        ("density", "physical", "kg/m³", "density"),
        ("melt.density", "physical", "kg/m³", "density of all melt"),
        ("rock.Cp.relaxed", "physical", "J/(kg K)", "heat capacity (relaxed)"),
        ("Cp.relaxed", "physical", "J/(kg K)", "heat capacity (relaxed)"),
        ("Vs.clark-lesher", "physical", "km/s", "velocity of S waves (clark-lesher)"),
        ("solid.Vp", "physical", "km/s", "velocity of P waves of all solids"),
        ("gibbs_energy", "per_mole", "kJ/mol", "Gibbs energy"),
        ("mu.SiO2", "potential", "kJ/mol", "potential of SiO2"),
        ("rock.mu.SiO2", "potential", "kJ/mol", "potential of SiO2"),
        ("a.SiO2", "activity", "1", "activity of SiO2"),
        ("log10_fO2", "fugacity", "1", "log10 fO2 (bar)"),
        ("delta.QFM", "offset", "1", "log10 fO2 - QFM"),
    ],
)
def test_what_a_name_means(text, group, unit, words):
    meant = parse(text)
    assert (meant.group, meant.unit, meant.words()) == (group, unit, words)


@pytest.mark.parametrize("subject", ["ol", "melt", "solid", "rock"])
def test_all_that_is_suggested_is_understood(subject):
    for what in known_of(subject):
        assert parse(f"{subject}.{what}.fo" if what in "pa" else f"{subject}.{what}").unit


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ol.Foo", "did you mean 'Fo'"),
        ("ol.An", "An is asked of feldspar alone"),
        ("ol.density.relaxed", "of one kind only"),
        ("density.relaxed", "of one kind only"),
        ("Cp.slow", "known are frozen, ordered, relaxed"),
        ("ol.", "breaks off"),
        ("rock.Cp.slow", "known are frozen, ordered, relaxed"),
        ("ol/liq.Kd.Fe-Mgg", "did you mean 'Mg'"),
        ("/liq.Kd", "names no phase"),
        ("ol/.Kd", "names no phase"),
        ("ol/liq.Fo", "known are D, Kd"),
        ("melt.Al", "known are MnO"),
        ("", "names no phase"),
        ("Mg#", "'Mg#' of what.* rock.Mg#"),
        ("Fo", "of what.* ol.Fo"),
        ("SiO2", "of what.* rock.SiO2"),
        ("delta.", "above which buffer.* QFM, NNO"),
        ("delta", "above which buffer"),
        ("rock.delta", "above which buffer"),
        ("ol.delta", "of the rock alone, as delta.QFM"),
        ("a.", "of what.* a.SiO2"),
        ("rock.a", "of what.* a.SiO2"),
        ("ol.a", "of which end-member.* ol.a.NAME"),
        ("ol.p", "of which end-member.* ol.p.NAME"),
    ],
)
def test_what_a_name_cannot_mean(text, says):
    with pytest.raises(InputError, match=says):
        parse(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("olv.Fo", "no phase 'olv': did you mean 'ol'"),
        ("vp", "did you mean 'Vp'"),
        ("densty", "did you mean 'density'"),
        ("ol.p.foo", "did you mean 'fo'"),
        ("ol.a.foo", "did you mean 'fo'"),
        ("rock.a.qq", "did you mean 'q'"),
        ("liq.Al", "melt has no formula unit"),
        ("liq.H2O", "H2O"),
        ("plagioclase.An", "did you mean 'pl'"),
        ("Ca-opx.CaO", "told by its number, opx0 or opx1"),
        ("ol-I", "told by its number, ol0 or ol1"),
        ("solid.Cp.relaxed", "ask for rock.Cp.relaxed, or for solid.Cp"),
        ("a.Cr2O3", "no pure phase is known .* Cr2O3 .* SiO2, Al2O3"),
        *(
            (name, r"needs \w+; the components of W24 are SiO2, TiO2, .* O\.")
            for name in ("a.CO2", "rock.mu.H2O", "liq.CO2", "ol/liq.D.H2O", "a.H2O")
        ),
    ],
)
def test_what_this_answer_has_not(melting, text, says):
    with pytest.raises(InputError, match=says):
        melting.quantity(text)


@pytest.mark.parametrize("name", gb.databases().index)
def test_mu_is_white_mica_where_there_is_one_and_else_the_potential(name):
    data = gb.database(name)
    mica = "mu" in data.phase_names
    assert mica == (name in ("G16", "G25", "W14"))
    for component in data.components:
        short = parse(f"mu.{component}", data.phase_names)
        assert (short.subject, short.group) == (("mu", "oxide") if mica else ("rock", "potential"))
        assert parse(f"rock.mu.{component}", data.phase_names).group == "potential"
    for what, group in {"Si": "cation", "vol%": "amount", "density": "physical"}.items():
        assert (parse(f"mu.{what}").subject, parse(f"mu.{what}").group) == ("mu", group)
    assert parse("mu").subject == "mu"


@pytest.fixture(scope="module")
def schist():
    """A pelite with white mica, free water and no melt, 2 x 2 points."""
    wt = {"SiO2": 64, "TiO2": 1, "Al2O3": 17, "FeO": 7, "MgO": 3, "CaO": 1, "Na2O": 2, "K2O": 4}
    p = xr.DataArray([6.0, 6.1], dims="pressure_kbar", coords={"pressure_kbar": [6.0, 6.1]})
    t = xr.DataArray([600.0, 601.0], dims="temperature_C", coords={"temperature_C": [600.0, 601.0]})
    rock = gb.bulk(wt=wt, ferric=0.1, water="excess")
    return gb.equilibria(rock, pressure_kbar=p, temperature_C=t, database="W14")


def test_what_is_no_free_fluid_is_condensed(schist):
    """Its amounts, and those of its water, are the sums over all phases but the fluid."""
    fluid = schist.gb.quantity("H2O")
    assert (fluid > 10.0).all()
    np.testing.assert_allclose(schist.gb.quantity("condensed"), 100.0 - fluid)
    np.testing.assert_allclose(
        schist.gb.quantity("condensed.density"), schist.gb.quantity("solid.density")
    )
    rock, mass = schist.gb.quantity("rock.H2O"), schist.gb.quantity("condensed.wt%")
    held = 0.01 * mass * schist.gb.quantity("condensed.H2O")
    np.testing.assert_allclose(rock, held + schist.gb.quantity("fluid.wt%"))
    np.testing.assert_array_equal(
        schist.gb.property("density", of="condensed"), schist.gb.property("density", of="solid")
    )


def test_water_in_excess_is_told_with_the_numbers(schist):
    assert schist.attrs["assumed"] == (
        "Fe2O3 for 0.1 of all iron; water in excess; "
        "free fluid counts in modes and numbers of the whole rock"
    )
    wt = {"SiO2": 64, "TiO2": 1, "Al2O3": 17, "FeO": 7, "MgO": 3, "CaO": 1, "Na2O": 2, "K2O": 4}
    where = {"pressure_kbar": 6.0, "temperature_C": 600.0, "database": "W14"}
    found = gb.equilibrium(gb.bulk(wt=wt, water="excess"), **where)
    (water,) = (phase for phase in found.phases if phase.name == "H2O")
    assert f"{100 * water.volume_fraction:.3g} vol%" in found.message
    assert "free fluid counts in modes and numbers of the whole rock" in found.message
    given = gb.equilibrium(gb.bulk(wt=wt, water=6.0), **where)
    assert "free fluid" not in given.message
    assert "H2O" in given.assemblage
    told = CliRunner().invoke(
        cli,
        [
            "point",
            "--wt",
            " ".join(f"{o}={n}" for o, n in wt.items()),
            "--water",
            "excess",
            "-p",
            "6",
            "-t",
            "600",
            "--database",
            "W14",
        ],
    )
    assert "assumed: water in excess" in told.stdout
    assert "beware" in told.stdout
    assert "free fluid counts in modes" in told.stdout


def test_quantities_of_white_mica_are_its_own(schist):
    for name, (low, high) in {"mu.vol%": (5, 40), "mu.Si": (3.0, 3.3), "mu.SiO2": (45, 50)}.items():
        assert ((schist.gb.quantity(name) > low) & (schist.gb.quantity(name) < high)).all(), name
    potential = schist.gb.quantity("rock.mu.SiO2")
    assert potential.attrs["units"] == "kJ/mol"
    assert (potential < -900.0).all()


def test_fugacity_and_activities_are_those_of_the_point(schist):
    here = {"pressure_kbar": 6.1, "temperature_C": 601.0}
    bulk = dict(zip(schist["component"].values, schist["bulk_mol"].values[1, 1], strict=True))
    point = gb.equilibrium(gb.bulk(mol=bulk), database="W14", **here)

    def found(name):
        return float(schist.gb.quantity(name)[1, 1])

    assert found("log10_fO2") == pytest.approx(point.log10_fO2, abs=1e-6)
    assert found("delta.QFM") == found("delta.FMQ") == pytest.approx(point.delta("QFM"), abs=1e-6)
    assert found("delta.QFM") - found("delta.NNO") == pytest.approx(
        point.delta("QFM") - point.delta("NNO"), abs=1e-9
    )
    assert found("a.TiO2") == pytest.approx(point.activity("TiO2"), rel=1e-6)
    assert found("rock.a.H2O") == pytest.approx(1.0, rel=1e-9)  # water is free
    assert point.quantity("a.SiO2") == pytest.approx(1.0, rel=1e-9)  # and quartz is there


def test_what_has_no_value_anywhere_says_why(melting):
    """KLB-1 holds no oxygen beyond that of FeO, and no garnet at this pressure."""
    answer = melting.to_dataset().gb
    for name, why in (
        ("delta.QFM", "no O in the rock"),
        ("log10_fO2", "no O in the rock"),
        ("rock.mu.O", "no O in the rock"),
        ("g.Mg#", "no g at any point"),
        ("g/ol.Kd", "no g at any point"),
    ):
        found = answer.quantity(name)
        assert np.isnan(found.values).all()
        assert why in found.attrs["comment"], name
    for name in ("a.SiO2", "ol.Fo", "g"):
        assert "comment" not in answer.quantity(name).attrs


@pytest.mark.parametrize("name", ["delta.XYZ", "a.XYZ"])
def test_buffers_and_oxides_that_nobody_knows(schist, name):
    with pytest.raises(InputError, match=f"{name!r}: known are"):
        schist.gb.quantity(name)


def test_a_file_with_white_mica_becomes_a_plain_one(schist, tmp_path):
    quantities = ("mu.Si", "rock.mu.SiO2")
    gb.export(schist, tmp_path / "out.nc", to="netcdf", quantities=quantities)
    with xr.open_dataset(tmp_path / "out.nc", engine="h5netcdf") as plain:
        np.testing.assert_array_equal(plain["mu_vol"].values, schist.gb.quantity("mu.vol%").values)
        assert set(plain.data_vars) >= {"mu_Si", "rock_mu_SiO2"}


def test_a_mica_that_the_set_lacks_is_not_taken_for_a_potential(melting):
    with pytest.raises(InputError, match=r"no phase 'mu': .*a potential is mu\.COMPONENT, SiO2"):
        melting.quantity("mu.Si")
    assert melting.quantity("mu.SiO2") == melting.quantity("rock.mu.SiO2")


def test_amounts_and_densities(melting):
    liquid = of(melting, "liq")
    assert melting.quantity("liq") == pytest.approx(100.0 * liquid.volume_fraction)
    assert melting.quantity("melt.wt%") == pytest.approx(100.0 * liquid.mass_fraction)
    assert melting.quantity("solid.mol%") == pytest.approx(100.0 * (1 - liquid.mole_fraction))
    assert melting.quantity("g") == 0.0
    shares = {"melt": liquid.volume_fraction, "solid": 1.0 - liquid.volume_fraction}
    mean = sum(share * melting.quantity(f"{name}.density") for name, share in shares.items())
    assert mean == pytest.approx(melting.density, rel=1e-12)


def test_oxides_by_weight(melting):
    for oxide, percent in of(melting, "cpx").composition_wt.items():
        assert melting.quantity(f"cpx.{oxide}") == pytest.approx(percent, abs=1e-12)
    for oxide, percent in melting.bulk.wt.items():
        assert melting.quantity(f"rock.{oxide}") == pytest.approx(percent)
        melt = melting.quantity("melt.wt%") * melting.quantity(f"melt.{oxide}")
        solid = melting.quantity("solid.wt%") * melting.quantity(f"solid.{oxide}")
        assert 0.01 * (melt + solid) == pytest.approx(percent, rel=1e-9)


def test_cations_of_a_formula(melting):
    """Charges balance, and an olivine of four oxygens without titanium has three cations."""
    cations = {e: melting.quantity(f"ol.{e}") for e in ("Si", "Mg", "Fe", "Ca")}
    assert sum(cations.values()) == pytest.approx(3.0)
    charge = {"Si": 4, "Ti": 4, "Al": 3, "Cr": 3, "Fe": 2, "Mg": 2, "Ca": 2, "Na": 1, "K": 1}
    for mineral, oxygens in (("cpx", 6.0), ("spl", 4.0)):
        charges = sum(z * melting.quantity(f"{mineral}.{e}") for e, z in charge.items())
        assert charges == pytest.approx(2.0 * oxygens)


def test_a_pure_phase_has_the_formula_that_is_written_for_it():
    rock = gb.bulk(mol={"SiO2": 3.0, "MgO": 1.0})
    found = gb.equilibrium(rock, pressure_kbar=10.0, temperature_C=1000.0, database="W24")
    assert found.quantity("q.Si") == pytest.approx(1.0)
    assert found.quantity("rock.a.q") == pytest.approx(1.0, abs=1e-9)


def test_a_pure_phase_has_its_formula_in_an_open_rock():
    """What the rock takes up of water is no part of a mole of the others: silicon of quartz was 0.958."""
    pelite = {
        "SiO2": 60.0,
        "Al2O3": 17.0,
        "FeO": 6.0,
        "MgO": 3.0,
        "CaO": 1.3,
        "Na2O": 2.0,
        "K2O": 4.0,
    }
    found = gb.equilibrium(
        gb.bulk(wt=pelite),
        pressure_kbar=6.0,
        temperature_C=700.0,
        database="W14",
        open={"H2O": 0.8},
    )
    assert {"q", "sill"} <= set(found.assemblage)
    assert found.taken_up["H2O"] > 0.01
    assert found.quantity("q.Si") == pytest.approx(1.0)
    assert found.quantity("sill.Al") == pytest.approx(2.0)


def test_ratios(melting):
    proportions = of(melting, "ol").composition_mol
    magnesium = proportions["MgO"] / (proportions["MgO"] + proportions["FeO"])
    assert melting.quantity("ol.Fo") == pytest.approx(100.0 * magnesium)
    assert melting.quantity("ol.Fo") + melting.quantity("ol.Fa") == pytest.approx(100.0)
    quad = sum(melting.quantity(f"cpx.{name}") for name in ("En", "Fs", "Wo"))
    assert quad == pytest.approx(100.0)
    assert np.isnan(melting.quantity("g.Prp"))


def test_jadeite_is_sodium_or_octahedral_aluminium():
    pyroxenes = {
        "SiO2": np.array([2.0, 2.0, 1.9]),
        "Al2O3": np.array([0.5, 0.1, 0.15]),
        "Na2O": np.array([0.5, 0.25, 0.1]),
        "CaO": np.array([0.0, 0.0, 0.6]),
        "MgO": np.array([0.0, 0.85, 0.95]),
    }
    oxygens = sum(pyroxenes[o] * n for o, n in zip(pyroxenes, (2, 3, 1, 1, 1), strict=True))
    six = 6.0 / oxygens
    aluminium = 2.0 * pyroxenes["Al2O3"] * six
    octahedral = aluminium - np.clip(2.0 - pyroxenes["SiO2"] * six, 0.0, None)
    expected = 100.0 * np.minimum(2.0 * pyroxenes["Na2O"] * six, np.clip(octahedral, 0.0, None))
    np.testing.assert_allclose(gb.cation_ratio("Jd", pyroxenes), expected)
    assert expected[0] == pytest.approx(100.0)


@pytest.fixture(scope="module")
def magnetite():
    """A metabasite in a set where magnetite may be of either of two phases, here of `sp`."""
    rock = gb.bulk(
        mol={"SiO2": 45, "TiO2": 1, "Al2O3": 11, "FeO": 14, "MgO": 6, "CaO": 8, "Na2O": 3, "O": 5,
             "H2O": 30}
    )  # fmt: skip
    return gb.equilibrium(rock, pressure_kbar=5.0, temperature_C=650.0, database="G16")


def test_a_range_is_of_every_phase_that_has_it(magnetite):
    assert "mag 1.0" in repr(magnetite)
    found = of(magnetite, "sp")
    assert found.volume_fraction > 0.01
    assert magnetite.quantity("mag") == pytest.approx(100.0 * found.volume_fraction)
    assert magnetite.quantity("mag.density") == magnetite.quantity("sp.density")
    assert magnetite.quantity("mag.Fe3+") == magnetite.quantity("sp.Fe3+") > 1.0
    assert magnetite.quantity("mag.p.mt") == magnetite.quantity("sp.p.mt") > 0.5
    assert magnetite.quantity("mag.a.mt") == magnetite.quantity("sp.a.mt") > 0.5
    assert np.isnan(magnetite.quantity("herc.a.mt"))
    with pytest.raises(InputError, match="known are herc, sp, usp, mt"):
        magnetite.quantity("mag.a.fo")


@pytest.fixture(scope="module")
def serpentinite():
    """Antigorite, chlorite, haematite and a fluid, without calcium."""
    rock = gb.bulk(mol={"SiO2": 2, "MgO": 3, "FeO": 0.3, "Al2O3": 0.1, "O": 0.15, "H2O": 4})
    return gb.equilibrium(rock, pressure_kbar=5.0, temperature_C=450.0, database="EF21")


def test_a_phase_that_is_called_as_a_range_elsewhere_is_a_phase(serpentinite):
    assert serpentinite.quantity("hem") > 0.0
    assert serpentinite.quantity("hem.a.hem") == pytest.approx(1.0)
    assert serpentinite.quantity("hem.Cp") > 0.0


def test_what_has_no_iron_has_no_ferric_share(serpentinite):
    assert np.isnan(serpentinite.quantity("fluid.Fe3+/Fe"))


def test_an_oxide_that_no_phase_can_hold_is_none_in_a_ratio():
    rock = gb.bulk(mol={"SiO2": 3, "MgO": 2.5, "FeO": 0.5, "Al2O3": 0.5})
    found = gb.equilibrium(rock, pressure_kbar=15.0, temperature_C=800.0, database="EF21")
    for name, of_it in {"g.Prp": "g.Mg#", "opx.En": "opx.Mg#"}.items():
        assert found.quantity(name) == pytest.approx(found.quantity(of_it))
    with pytest.raises(InputError, match="needs CaO"):
        found.quantity("opx.Wo")


@pytest.mark.parametrize("name", ["aug1.En", "dio.Jd", "omp.Jd", "di.Wo"])
def test_ratios_of_pyroxenes_are_asked_of_those_of_every_set(name):
    assert parse(name).group == "ratio"


def test_exchange_and_partition(melting):
    def of_wt(name, oxide):
        return of(melting, name).composition_wt[oxide]

    kd = (of_wt("ol", "FeO") / of_wt("ol", "MgO")) / (of_wt("liq", "FeO") / of_wt("liq", "MgO"))
    assert melting.quantity("ol/liq.Kd") == pytest.approx(kd)
    assert melting.quantity("ol/liq.Kd.Mg-Fe") == pytest.approx(1.0 / kd)
    assert 0.25 < kd < 0.40
    assert melting.quantity("cpx/liq.D.Na2O") == pytest.approx(
        of_wt("cpx", "Na2O") / of_wt("liq", "Na2O")
    )


def test_what_the_other_phase_cannot_hold_has_no_partition():
    """The melt of W14 has no manganese: garnet does not hold infinitely more of it."""
    pelite = {"SiO2": 60.0, "Al2O3": 17.0, "FeO": 6.0, "MnO": 0.2, "MgO": 3.0, "CaO": 1.3} | {
        "Na2O": 2.0, "K2O": 4.0, "H2O": 6.0,
    }  # fmt: skip
    found = gb.equilibrium(
        gb.bulk(wt=pelite), pressure_kbar=6.0, temperature_C=760.0, database="W14"
    )
    assert {"g", "liq"} <= set(found.assemblage)
    for name in ("g/liq.D.MnO", "g/liq.Kd.Mn-Mg"):
        assert np.isnan(found.quantity(name)), name
    said = found.to_dataset().gb.quantity("g/liq.D.MnO").attrs["comment"]
    assert said == "no value: liq holds no MnO at any point"
    assert found.quantity("liq/g.D.MnO") == 0.0
    garnet, melt = of(found, "g").composition_wt, of(found, "liq").composition_wt
    assert found.quantity("g/liq.D.FeO") == pytest.approx(garnet["FeO"] / melt["FeO"])


def test_activity_is_one_in_a_pure_phase(pure):
    assert set(pure.assemblage) == {"ol", "opx"}
    assert pure.quantity("ol.a.fo") == pytest.approx(1.0, abs=1e-9)
    assert pure.quantity("opx.a.en") == pytest.approx(1.0, abs=1e-9)
    assert 0.0 < pure.quantity("rock.a.q") < 1.0


def test_activity_agrees_with_the_model(melting):
    """RT ln a = mu - G0 with mu from the model itself, as the certificate has it."""
    from gibbsite._inputs.limits import to_kelvin
    from gibbsite._solving.recheck import _Plain
    from gibbsite_engine.standard import new_conditions, set_conditions

    data, olivine = melting.database, of(melting, "ol")
    reduced = data.reduced(data.face(melting.bulk.array(data.components)[None])[0])
    conditions = new_conditions(reduced.system)
    kelvin = to_kelvin(1350.0)
    set_conditions(reduced.system, 12.0, kelvin, conditions)
    k = reduced.index[data.phase_names.index("ol")]
    n = len(olivine.proportions)
    gas = data.endmembers.gas_constant
    plain = _Plain(reduced.phases[k], conditions.g0[k, :n], 12.0, kelvin, gas)
    proportions = np.array([*olivine.proportions.values()])
    mu = plain.potentials(proportions)
    expected = np.exp((mu - conditions.g0[k, :n]) / (gas * kelvin))
    for name, value in zip(olivine.proportions, expected, strict=True):
        assert melting.quantity(f"ol.p.{name}") == pytest.approx(olivine.proportions[name])
        assert melting.quantity(f"ol.a.{name}") == pytest.approx(value, rel=1e-6)


def test_energies_of_the_rock_per_mass(melting):
    mass = melting.bulk.molar_mass / 1000.0
    assert melting.quantity("rock.G") == pytest.approx(1000.0 * melting.gibbs_energy / mass)
    kelvin = 1350.0 + 273.15
    enthalpy = melting.quantity("rock.G") + kelvin * melting.quantity("rock.S")
    assert melting.quantity("rock.H") == pytest.approx(enthalpy)
    assert melting.quantity("rock.V") == pytest.approx(1e6 / melting.density)


def test_one_point_is_as_a_list_of_one(melting):
    listed = gb.equilibria(
        melting.bulk, pressure_kbar=[12.0], temperature_C=[1350.0], database="W24"
    )
    names = ["liq", "ol.Fo", "cpx.Al", "liq.SiO2", "ol.a.fo", "melt.density", "rock.H", "mu.MgO"]
    side_by_side = listed.gb.quantities(names)
    for name in names:
        assert float(side_by_side[name][0]) == pytest.approx(melting.quantity(name), rel=1e-9)
        assert side_by_side[name].attrs["units"] == parse(name).unit


def test_the_command_line_tells_what_is_asked_for(melting):
    words = ["point", "--bulk", "klb-1", "-p", "12", "-t", "1350", "--database", "W24"]
    words += ["--quantity", "ol.Fo", "--quantity", "g.Prp"]
    done = CliRunner().invoke(cli, words)
    assert done.exit_code == 0, done.output
    *_, olivine, garnet = done.output.splitlines()
    assert olivine.split() == ["ol.Fo", f"{melting.quantity('ol.Fo'):.6g}", "mol%"]
    assert garnet.split() == ["g.Prp", "-", "mol%"]
    found = json.loads(CliRunner().invoke(cli, [*words, "--json"]).output)
    assert found["quantities"]["ol.Fo"] == pytest.approx(melting.quantity("ol.Fo"))
    assert found["quantities"]["g.Prp"] is None


def test_a_grid_keeps_its_axes_and_failed_points_have_no_number():
    result = made_up(
        {phase("liq", LIQUID): lambda u, v: u, phase("cpx", AUGITE): lambda u, v: 1.0 - u,
         phase("cpx", PIGEONITE, 1): lambda u, v: v - 0.5},
        shape=(5, 9), failed=lambda u, v: (u == 0.5) & (v == 0.0),
    )  # fmt: skip
    found = result.gb.quantity("cpx.Mg#") - result.gb.quantity("liq.Mg#")
    assert found.dims == ("temperature_C", "x")
    np.testing.assert_array_equal(found["x"], result["x"])
    for name in ("liq", "cpx.Mg#", "density", "melt.density", "solid.FeO.mol"):
        assert np.isnan(result.gb.quantity(name)[2, 0]), name
    assert float(result.gb.quantity("liq")[0, 0]) == 0.0
    assert np.isnan(result.gb.quantity("liq.FeO.mol")[0, 0])
    assert float(result.gb.quantity("cpx.Wo")[1, 8]) == pytest.approx(30.0)
    assert float(result.gb.quantity("cpx1.Wo")[1, 8]) == pytest.approx(6.0)
    assert np.isnan(result.gb.quantity("cpx1.Wo")[1, 1])


def test_what_a_light_file_keeps():
    result = made_up({phase("liq", LIQUID): lambda u, v: 1.0, phase("ol", SOLID): lambda u, v: 1.0})
    moles = result["phase_composition_mol"].isel(slot=0, drop=True)
    light = result.drop_vars(["phase_composition_mol", "bulk_mol"]).assign(
        melt_composition_mol=moles
    )
    xr.testing.assert_allclose(light.gb.quantity("liq.Mg#"), result.gb.quantity("liq.Mg#"))
    with pytest.raises(InputError, match="needs phase_composition_mol"):
        light.gb.quantity("ol.Fo")


def test_properties_come_in_the_unit_of_the_grammar():
    assert conversion("Pa-1", "1/GPa") == pytest.approx(1e9)
    assert conversion("kbar", "GPa") == pytest.approx(0.1)
    assert conversion("kJ K-1 kg-1", "J/(kg K)") == pytest.approx(1000.0)
    with pytest.raises(InputError, match="is a unit of pressure"):
        conversion("kbar", "km/s")
    with pytest.raises(InputError, match="is not one of"):
        conversion("furlong", "km/s")


def test_a_phase_on_its_solvus_has_the_properties_of_its_first_instance():
    """As its density and composition are of: volume, heat capacity and the like were of all instances."""
    rock = gb.bulk(wt={"SiO2": 68, "Al2O3": 18.5, "Na2O": 8, "K2O": 4.5, "CaO": 0.1})
    found = gb.equilibria(rock, pressure_kbar=1.0, temperature_C=[500.0, 800.0], database="W24")
    assert (found.gb.quantity("fsp1.wt%").values > 0.0).tolist() == [True, False]
    density, volume = (found.gb.quantity(f"fsp.{name}").values for name in ("density", "V"))
    np.testing.assert_allclose(density * volume, 1e6, rtol=1e-12)
    for name in ("Cp", "S", "K_T", "Vp"):
        np.testing.assert_array_equal(
            found.gb.quantity(f"fsp.{name}").values, found.gb.quantity(f"fsp0.{name}").values
        )
