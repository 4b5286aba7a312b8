"""Sections along a potential: each point is that of the open rock, and all that follows knows the axis."""

import csv
from dataclasses import replace

import h5netcdf
import numpy as np
import pytest
import shapely
from same_results import assert_same

import gibbsite as gb
from gibbsite._drawing.exact import solved_fields
from gibbsite._drawing.fields import find_fields
from gibbsite._drawing.plot_text import axis_labels
from gibbsite._drawing.source import section_of
from gibbsite._proof.stored import prove_file
from gibbsite._running.batch import batch
from gibbsite._section.axes import AXES, POTENTIALS
from gibbsite._section.section import Section
from gibbsite._section.toml import MODELS
from gibbsite._viewing.recompute import compute_point
from gibbsite._viewing.result import load
from gibbsite.errors import InputError

BASALT = gb.bulk("n-morb", ignore="outside")
OXIDISED = gb.bulk("n-morb", ignore="outside", ferric=0.2)
PELITE = {"SiO2": 59.8, "Al2O3": 17.2, "FeO": 6.0, "MgO": 3.2, "CaO": 1.3, "Na2O": 1.9, "K2O": 3.7}


def buffered(n=9, **options):
    """A basalt between its solidus and liquidus, along the offset from a buffer."""
    given = {"pressure_kbar": 1.0, "temperature_C": (1080.0, 1180.0, n), "database": "G25"}
    return Section.potential(BASALT, "QFM", (-1.0, 2.0, n), **(given | options))


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    path = tmp_path_factory.mktemp("along") / "offset.h5"
    gb.compute(buffered(), path, progress=False, workers=1, prove=False).close()
    return path


def test_every_kind_has_a_file_and_two_axes():
    assert set(MODELS) == set(AXES)
    for names in AXES.values():
        assert len({*names}) == 2
        assert len({*names} & {*POTENTIALS}) <= 1


@pytest.mark.parametrize(
    "section",
    [
        buffered(),
        buffered(pressure_kbar=(1.0, 5.0, 3), temperature_C=1150.0),
        Section.potential(
            BASALT,
            "log10 fO2",
            (-12.0, -6.0, 4),
            pressure_kbar=1.0,
            temperature_C=(1100.0, 1200.0, 3),
            database="G25",
        ),
        Section.potential(
            (gb.bulk("klb-1"), gb.bulk("pyrolite-ncfmas")),
            "NNO",
            (-2.0, 2.0, 4),
            pressure_kbar=10.0,
            temperature_C=1300.0,
            x=(0.0, 1.0, 3),
            database="W24",
        ),
        Section.potential(
            gb.bulk(wt=PELITE),
            "H2O",
            (0.2, 1.0, 4),
            pressure_kbar=6.0,
            temperature_C=(600.0, 800.0, 3),
            database="W14",
            open={"O": "QFM"},
        ),
    ],
    ids=lambda section: section.kind,
)
def test_a_section_is_read_back_from_its_text(section):
    again = Section.from_text(section.to_toml())
    assert again == section
    assert again.sha256 == section.sha256
    points = section.points()
    axis = next(name for name in section.axes if name in POTENTIALS)
    np.testing.assert_array_equal(np.unique(points.potential), section.axes[axis])


def test_what_varies_is_part_of_the_identity():
    plan = buffered()
    others = [replace(plan, along="NNO"), replace(plan, columns=replace(plan.columns, stop=2.5))]
    assert len({plan.sha256, *(each.sha256 for each in others)}) == 3
    assert replace(plan, title="another").sha256 == plan.sha256


@pytest.mark.parametrize(
    ("along", "values", "words"),
    [
        ("QFM", (-1.0, 20.0, 5), r"O = QFM\+20 is log10 fO2 = .* at 1 kbar and 1700 °C"),
        ("NNO", (-2.0, 18.5, 5), r"O = NNO\+18\.5 is log10 fO2"),
        ("log10 fO2", (-6.0, 10.0, 5), r"O = log10 fO2 = 10 is log10 fO2 = 10 at 1 kbar and 17"),
        ("log10 fO2", (-60.0, -6.0, 5), r"O = log10 fO2 = -60 is log10 fO2 = -60 at 1 kbar and"),
    ],
)
def test_the_last_value_of_an_axis_is_one_that_rocks_have(tmp_path, along, values, words):
    plan = Section.potential(
        BASALT, along, values, pressure_kbar=1.0, temperature_C=(1700.0, 1800.0, 3), database="G25"
    )
    with pytest.raises(InputError, match=words):
        gb.compute(plan, tmp_path / "far.h5", progress=False)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"along": ""}, "needs along: 'log10 fO2', a buffer such as QFM"),
        ({"along": "QMF"}, "along = 'QMF' is no buffer, no component and not 'log10 fO2': did you"),
        ({"along": "H2O"}, "along = 'H2O' runs along activity, not offset"),
        ({"open": (("O", "QFM"),)}, "O varies along an axis: it cannot be in open, too"),
    ],
)
def test_what_cannot_be_meant_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        replace(buffered(), **change)


def test_axes_that_cannot_be_are_refused():
    with pytest.raises(InputError, match="one of pressure_kbar, temperature_C and x is the other"):
        buffered(temperature_C=1100.0)
    with pytest.raises(InputError, match="offset = 30 is outside -20 to 20"):
        Section.potential(
            BASALT, "QFM", (0, 30, 3), pressure_kbar=1.0, temperature_C=(1000, 1100, 3)
        )
    with pytest.raises(InputError, match="activity = 0: an activity is above 0"):
        Section.potential(
            BASALT, "H2O", (0, 1, 3), pressure_kbar=1.0, temperature_C=(1000, 1100, 3)
        )
    with pytest.raises(InputError, match="has no such axis"):
        replace(
            Section.pressure_temperature(
                BASALT, pressure_kbar=(1, 2, 2), temperature_C=(1000, 1100, 2), database="G25"
            ),
            along="QFM",
        )


@pytest.mark.compiled
def test_each_point_is_that_of_the_open_rock(computed):
    with gb.open(computed) as section:
        assert (section["status"] == 0).all()
        for offset in section["offset"].values[::4]:
            line = gb.equilibria(
                BASALT,
                pressure_kbar=1.0,
                temperature_C=section["temperature_C"].values,
                database="G25",
                open={"O": f"QFM{offset:+.12f}"},
            )
            mine = section.sel(offset=offset)
            assert list(mine.gb.assemblage().values) == list(line.gb.assemblage().values)
            for name in ("gibbs_energy", "chemical_potential", "bulk_mol"):
                np.testing.assert_allclose(mine[name], line[name], atol=2e-8)
        here = section.gb.at(temperature_C=1130.0, potential=0.5)
        assert float(here["offset"]) == 0.5
        assert section["offset"].attrs["long_name"] == "log10 fO2 less that of QFM"


@pytest.mark.slow
@pytest.mark.compiled
def test_threads_do_not_change_a_bit(computed, tmp_path):
    gb.compute(buffered(), tmp_path / "again.h5", progress=False, workers=2, prove=False).close()
    assert_same(tmp_path / "again.h5", computed)


@pytest.mark.compiled
def test_an_activity_of_water_is_that_of_the_answer(tmp_path):
    plan = Section.potential(
        gb.bulk(wt=PELITE), "H2O", (0.25, 1.0, 4), pressure_kbar=6.0, temperature_C=(620.0, 700.0, 3),
        database="W14",
    )  # fmt: skip
    with gb.compute(plan, tmp_path / "water.h5", progress=False, workers=1, prove=False) as section:
        good = section["status"].values == 0
        assert good.sum() >= 9
        for i, j in np.argwhere(good)[::4]:
            answer = gb.equilibrium(
                gb.bulk(wt=PELITE),
                pressure_kbar=6.0,
                temperature_C=float(section["temperature_C"][i]),
                database="W14",
                open={"H2O": float(section["activity"][j])},
            )
            mine = section.isel(temperature_C=i, activity=j)
            assert mine.gb.assemblage().item() == "+".join(sorted(answer.assemblage))
            assert float(mine["gibbs_energy"]) == pytest.approx(answer.gibbs_energy, abs=2e-8)
            assert answer.activity("H2O") == pytest.approx(float(section["activity"][j]), rel=1e-8)


def variances(section):
    """Variance of each assemblage by the grid's points and by exact lines."""
    gb.trace(section)
    both = find_fields(section), solved_fields(section)
    assert both[1].exact
    return [{field.phases: field.variance for field in fields.fields} for fields in both]


@pytest.mark.compiled
@pytest.mark.slow
def test_a_potential_counts_as_free_where_it_varies_and_not_where_it_is_given(tmp_path):
    """F = C - P + 2, less the potentials that are given and the same everywhere: on a grid and by exact lines."""
    rock, components = gb.bulk(wt=PELITE), len(PELITE) + 1  # water
    along = Section.potential(
        rock,
        "H2O",
        (0.3, 0.9, 4),
        pressure_kbar=6.0,
        temperature_C=(640.0, 680.0, 4),
        database="W14",
    )
    fixed = Section.pressure_temperature(
        rock, pressure_kbar=(5.0, 7.0, 4), temperature_C=(640.0, 680.0, 4), database="W14",
        open={"H2O": 0.5},
    )  # fmt: skip
    for plan, given in ((along, 0), (fixed, 1)):
        with gb.compute(
            plan, tmp_path / f"{given}.h5", progress=False, workers=1, prove=False
        ) as section:
            points, lines = variances(section)
        shared = points.keys() & lines.keys()
        assert shared
        for phases in shared:
            assert points[phases] == lines[phases] == components - given - len(phases) + 2


@pytest.mark.slow
@pytest.mark.compiled
def test_lines_along_an_activity_lie_between_the_fields_they_name(tmp_path):
    """They are followed in its logarithm; a five-thousandth of the section to either side of each is its field."""
    plan = Section.potential(
        gb.bulk(wt=PELITE), "H2O", (0.2, 0.9, 5), pressure_kbar=6.0, temperature_C=(620.0, 700.0, 5),
        database="W14",
    )  # fmt: skip
    with gb.compute(plan, tmp_path / "water.h5", progress=False, workers=1, prove=False) as section:
        diagram = gb.trace(section)
        assert solved_fields(section).note == ""
    assert not diagram.doubts()
    assert sum(field.area_fraction for field in diagram.fields) == pytest.approx(1.0, abs=1e-6)
    tried = 0
    for line in diagram.lines:
        if line.path.length < 2.0:  # of axes so unlike it is that along temperature
            continue
        (x, y), (x2, y2) = np.array(line.path.coords)[len(line.path.coords) // 2 - 1 :][:2]
        a, t = 0.5 * (x + x2), 0.5 * (y + y2)
        across = np.array([-(y2 - y) / 80.0, (x2 - x) / 0.7])
        across *= 2e-4 / np.hypot(*across)  # there are fields of no more than a thousandth
        found = set()
        for sign in (1.0, -1.0):
            answer = gb.equilibrium(
                gb.bulk(wt=PELITE),
                pressure_kbar=6.0,
                temperature_C=float(t + sign * 80.0 * across[1]),
                database="W14",
                open={"H2O": float(a + sign * 0.7 * across[0])},
            )
            found.add(tuple(sorted(answer.assemblage)))
        assert found == {line.without, line.beyond}
        tried += 1
    assert tried >= 2


@pytest.mark.slow
@pytest.mark.compiled
def test_what_neighbours_prove_together_each_point_proves_alone(tmp_path):
    plan = buffered(12)
    plan = replace(
        plan,
        rows=replace(plan.rows, start=1160.0, stop=1162.0),
        columns=replace(plan.columns, start=0.0, stop=0.05),
    )
    path = tmp_path / "dense.h5"
    with gb.compute(plan, path, progress=False, workers=1) as dataset:
        proved = dataset.gb.proof().values == "proved"
        names = dataset["phase_id"].values[..., 0].size
    assert proved.mean() > 0.5
    again = prove_file(path, together=True, workers=1)
    assert again.get("proved", 0) >= proved.sum()
    assert "refuted" not in again
    alone = prove_file(path, every=names // 3, workers=1)
    assert alone.get("refuted", 0) == 0
    assert alone.get("proved", 0) >= 1


@pytest.mark.slow
@pytest.mark.compiled
def test_a_line_parts_where_its_phase_is_from_where_it_is_not(computed):
    diagram = gb.trace(computed)
    assert len(diagram.lines) > 5
    assert not diagram.doubts()
    step = np.array([2e-3, 2e-2])  # log units, degC
    for line in diagram.lines:
        places = shapely.get_coordinates(line.path)
        m = len(places) // 2
        along = (places[m] - places[m - 1]) / step
        if len(places) < 3 or np.hypot(*along) == 0.0:
            continue
        across = np.array([-along[1], along[0]]) / np.hypot(*along) * step
        counts = []
        for place in (places[m] + across, places[m] - across):
            answer = gb.equilibrium(
                BASALT,
                pressure_kbar=1.0,
                temperature_C=place[1],
                database="G25",
                open={"O": f"QFM{place[0]:+.12f}"},
            )
            counts.append(sum(phase.name == line.phase for phase in answer.phases))
        assert abs(counts[0] - counts[1]) == 1, line.phase
    with gb.open(computed) as dataset:
        assert dataset.gb.has_lines()


def test_the_axis_is_told_in_words():
    assert axis_labels("offset", buffered()) == ("log10 fO2 - QFM",)
    fugacity = replace(
        buffered(),
        kind="temperature-fugacity",
        columns=replace(buffered().columns, name="log10_fO2", start=-12.0, stop=-6.0),
        along="log10 fO2",
    )
    assert axis_labels("log10_fO2", fugacity) == ("log10 fO2 (bar)",)


@pytest.mark.slow
@pytest.mark.compiled
def test_exports_and_pages_know_the_axis(computed, tmp_path):
    gb.export(computed, tmp_path / "table.csv", to="wide")
    with (tmp_path / "table.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {float(row["offset_QFM"]) for row in rows} == set(buffered().axes["offset"])
    gb.export(computed, tmp_path / "plain.nc", to="netcdf", quantities=["density"])
    with h5netcdf.File(tmp_path / "plain.nc") as file:
        assert file["offset"].attrs["long_name"] == "log10 fO2 less that of QFM"
    result = load(computed)
    try:
        section = section_of(result.dataset)
        assert section == result.section
        assert result.axes[1].text(0.5) == "log10 fO2 - QFM = 0.5"
        answer = compute_point([BASALT], 1.0, 1130.0, 0.0, "G25", section.given(0.5))
        mine = result.dataset.gb.at(temperature_C=1130.0, potential=0.5)
        assert float(mine["gibbs_energy"]) == pytest.approx(answer.gibbs_energy, abs=2e-8)
    finally:
        result.dataset.close()


@pytest.mark.slow
@pytest.mark.compiled
def test_a_batch_runs_along_the_potential(tmp_path):
    rocks = tmp_path / "rocks.csv"
    rocks.write_text("name,SiO2,Al2O3,FeO,MgO,CaO,Na2O\na,50,15,9,9,11,2.5\nb,51,16,8,8,10,3\n")
    plan = buffered(3)
    report = batch(rocks, plan, tmp_path / "all.h5", progress=False, workers=1)
    assert not report.failed
    with gb.open(tmp_path / "all.h5") as dataset:
        assert dict(dataset["status"].sizes) == {"rock": 2, "temperature_C": 3, "offset": 3}
        oxygen = dataset["bulk_mol"].sel(component="O").values
        assert (np.diff(oxygen, axis=-1) > 0.0).all()
