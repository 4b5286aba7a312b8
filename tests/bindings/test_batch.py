"""Many rocks: each gets what it would get alone, and one that fails costs only itself."""

import pickle
from functools import partial

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner
from real_section import a_section
from same_results import assert_same

from gibbsite._cli.commands import cli
from gibbsite._inputs.composition import bulk
from gibbsite._inputs.rocks import rocks
from gibbsite._running import batch as _batch
from gibbsite._running.compute import compute
from gibbsite._section.section import Section
from gibbsite._store import finishing
from gibbsite._store.file import open as open_result
from gibbsite.errors import InputError, StoreError

pytestmark = pytest.mark.compiled
TABLE = """sample,SiO2,TiO2,Al2O3,FeOT,MgO,CaO,Na2O
low-Ti,46,3,9,20,13,9,0.3
no titanium,48,,9,19,14,9.5,0.3
soda,10,,,,,,90
unsure,46,<1,9,20,13,9,0.3
"""
GOOD = ["low-Ti", "no titanium"]
PLAN = a_section(4, 3)
TILE = (2, 3)  # two for each rock


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "rocks.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def one_file(tmp_path_factory):
    folder = tmp_path_factory.mktemp("batch")
    (folder / "rocks.csv").write_text(TABLE, encoding="utf-8")
    report = _batch.batch(folder / "rocks.csv", PLAN, folder / "out.h5", tile=TILE)
    return folder / "out.h5", report


def alone(name, path):
    """The section of one rock of the table, put together by hand."""
    rocks = {
        "low-Ti": {"SiO2": 46, "TiO2": 3, "Al2O3": 9, "FeO": 20, "MgO": 13, "CaO": 9, "Na2O": 0.3},
        "no titanium": {"SiO2": 48, "Al2O3": 9, "FeO": 19, "MgO": 14, "CaO": 9.5, "Na2O": 0.3},
    }
    section = Section.temperature_composition(
        PLAN.bulks[0],
        bulk(wt=rocks[name], name=name),
        pressure_kbar=3.0,
        temperature_C=(1000.0, 1300.0, 4),
        steps=3,
        database="T21-Su26",
    )
    with compute(section, path, tile=TILE) as dataset:
        return dataset.load()


@pytest.mark.slow
def test_each_rock_of_a_file_is_as_if_alone(one_file, tmp_path):
    with open_result(one_file[0]) as dataset:
        for name in GOOD:
            expected = alone(name, tmp_path / f"{name}.h5")
            found = dataset.sel(rock=name).load()
            for variable in expected.data_vars:
                if variable != "timing_tile":
                    xr.testing.assert_equal(
                        found[variable].drop_vars(["rock", "rock_section"]), expected[variable]
                    )
            assert (found["status"] == 0).all()


def test_failures_are_told_by_name_and_reason(one_file):
    report = one_file[1]
    assert report.done == {"low-Ti": 0, "no titanium": 0}
    assert list(report.failed) == ["unsure", "soda"]
    assert "TiO2 = '<1' is not a number" in report.failed["unsure"]
    assert report.failed["soda"].startswith("8 of 12 points are infeasible: the phases of T21-Su26")
    assert "cannot make this bulk: it holds more Na2O" in report.failed["soda"]


def test_a_file_of_many_rocks_is_read_by_name(one_file):
    with open_result(one_file[0]) as dataset:
        assert list(dataset["rock"].values) == [*GOOD, "soda"]
        assert np.isnan(dataset.gb.mode("liq").sel(rock="soda", x=1.0)).all()
        assert (dataset["status"].sel(rock="soda", x=1.0) == 2).all()
        point = dataset.gb.at(rock="no titanium", temperature_C=1300.0, x=1.0)
        assert float(point["density"]) == float(dataset["density"][1, -1, -1])
        assert str(point["rock"].values) == "no titanium"
        with pytest.raises(InputError, match="did you mean 'low-Ti'"):
            dataset.gb.at(rock="low-ti", temperature_C=1300.0, x=1.0)
        with pytest.raises(InputError, match="needs rock"):
            dataset.gb.at(temperature_C=1300.0, x=1.0)
        section = Section.from_text(str(dataset["rock_section"].sel(rock="low-Ti").values))
        assert section.bulks[1].name == "low-Ti"
        assert section.bulks[0] == PLAN.bulks[0]
    with xr.open_dataset(one_file[0], engine="h5netcdf") as plain:
        assert plain["status"].dims == ("rock", "temperature_C", "x")


@pytest.mark.slow
def test_a_folder_has_a_file_a_rock_and_is_not_done_twice(table, tmp_path, monkeypatch):
    folder = tmp_path / "out"
    report = _batch.batch(table, PLAN, folder, tile=TILE)
    assert list(report.done) == GOOD
    assert list(report.failed) == ["unsure", "soda"]
    assert {path.name for path in folder.iterdir()} == {
        "low-Ti.h5", "no_titanium.h5", "soda.h5"
    }  # fmt: skip
    with open_result(folder / "no_titanium.h5") as dataset:
        xr.testing.assert_equal(
            dataset.gb.mode("liq"), alone("no titanium", tmp_path / "a.h5").gb.mode("liq")
        )
    (folder / "low-Ti.h5").unlink()
    asked = count_tiles(monkeypatch)
    assert _batch.batch(table, PLAN, folder, tile=TILE) == report
    assert asked == {"low-Ti"}


def count_tiles(monkeypatch, fails=()):
    real, asked = _batch.solve_tile, set()

    def solve(section, rows, columns, **options):
        asked.add(section.bulks[1].name)
        if section.bulks[1].name in fails:
            raise RuntimeError("no luck")
        return real(section, rows, columns, **options)

    monkeypatch.setattr(_batch, "solve_tile", solve)
    return asked


@pytest.mark.slow
def test_a_rock_the_solver_breaks_on_is_taken_up_again(one_file, table, tmp_path, monkeypatch):
    path = tmp_path / "out.h5"
    with monkeypatch.context() as patch:
        asked = count_tiles(patch, fails=["low-Ti"])
        report = _batch.batch(table, PLAN, path, tile=(4, 1))
        assert asked == {*GOOD, "soda"}
    assert report.failed["low-Ti"] == "12 of 12 points are missing: RuntimeError: no luck."
    assert report.done == {"no titanium": 0}
    asked = count_tiles(monkeypatch)
    assert _batch.batch(table, PLAN, path, tile=(4, 1), overwrite=True).done == one_file[1].done
    assert asked == {"low-Ti"}


@pytest.mark.slow
def test_an_interrupted_file_is_finished_to_the_same_bits(one_file, table, tmp_path, monkeypatch):
    path = tmp_path / "out.h5"
    with monkeypatch.context() as patch:
        patch.setattr(finishing, "assemble", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            _batch.batch(table, PLAN, path, tile=TILE)
    asked = count_tiles(monkeypatch)
    assert _batch.batch(table, PLAN, path, tile=TILE) == one_file[1]
    assert asked == set()
    assert_same(path, one_file[0])
    with pytest.raises(StoreError, match="overwrite"):
        _batch.batch(table, PLAN, path, tile=TILE)


@pytest.mark.slow
def test_two_rocks_of_one_file_name(tmp_path):
    table = tmp_path / "rocks.csv"
    table.write_text("name,SiO2,MgO\na b,50,50\nA/b,60,40\n", encoding="utf-8")
    report = _batch.batch(table, PLAN, tmp_path / "out")
    assert list(report.done) == ["a b"]
    assert "would be that of a b" in report.failed["A/b"]
    assert _batch.file_name("../x") == "x.h5"


def test_a_task_for_a_cluster_carries_one_rock_only():
    work = _batch.TileWork(_batch.solve_one_rock, PLAN, None)
    task = pickle.loads(pickle.dumps(partial(work, (slice(0, 2), slice(0, 2)))))
    assert task.func.section == PLAN


@pytest.mark.slow
def test_the_command_ends_with_the_failures(table, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text(PLAN.to_toml(), encoding="utf-8")
    arguments = ["batch", str(table), str(plan), "-o", str(tmp_path / "out.h5")]
    result = CliRunner().invoke(cli, [*arguments, "--profile", "light"])
    assert result.exit_code == 1
    assert "out.h5: 2 rocks, all certified." in result.stdout
    lines = result.stderr.splitlines()
    assert lines[0].startswith("unsure: TiO2 = '<1' is not a number")
    assert lines[1].startswith("soda: 8 of 12 points are infeasible")
    assert lines[-1] == "Error: 2 of 4 rocks failed."
    table.write_text("\n".join(TABLE.splitlines()[:3]), encoding="utf-8")
    result = CliRunner().invoke(cli, [*arguments, "--overwrite"])
    assert result.exit_code == 0, result.output


@pytest.mark.parametrize("command", ["batch", "path"])
def test_a_rock_that_is_left_out_is_told_in_words_of_the_command(command, tmp_path):
    table, plan = tmp_path / "rocks.csv", tmp_path / "plan.toml"
    table.write_text("name,SiO2,Al2O3,MgO,CaO,P2O5\nA,48,15,9,28,1\nB,48,15,9,28,0\n", "utf-8")
    plan.write_text(a_section(2, 2).to_toml(), encoding="utf-8")
    how = {
        "batch": [str(table), str(plan), "-o", str(tmp_path / "out.h5")],
        "path": [
            *("--table", str(table), "-p", "1", "--step", "100", "--database", "W24"),
            *("--until", "0.9", "--workers", "1", "-o", str(tmp_path / "out")),
        ],
    }
    done = CliRunner().invoke(cli, [command, *how[command]])
    assert done.exit_code == 1
    left_out, last = done.stderr.splitlines()
    assert left_out.startswith("A: ")
    assert left_out.endswith("to leave it out, say --ignore outside or --ignore P2O5.")
    assert last == "Error: 1 of 2 rocks failed."
    if command == "batch":
        assert "out.h5: 1 rock, all certified." in done.stdout


@pytest.mark.slow
def test_the_command_reads_a_table_as_rocks_does(tmp_path):
    table = tmp_path / "rocks.csv"
    table.write_text(
        "Sample No.;SIO2_WR;AL2O3_WR (wt%);TFe2O3_WR;MGO_WR;CAO_WR;NA2O_WR;FE2O3_WR;MnO_WR;SiO2 calc\n"
        "001;46;12;22,2;10;9;b.d.l.;0;,2;1\n001;46;12;22,2;10;9;;;;\n002;4,6;1,2;2,2;1;;;;;\n",
        encoding="utf-8",
    )
    plan = tmp_path / "plan.toml"
    plan.write_text(a_section(2, 2).to_toml(), encoding="utf-8")
    arguments = ["batch", str(table), str(plan), "-o", str(tmp_path / "out.h5")]
    refused = CliRunner().invoke(cli, arguments)
    assert refused.exit_code == 2
    assert "the column 'SiO2 calc' is no oxide: did you mean 'SiO2'" in refused.stderr
    unpaired = CliRunner().invoke(cli, [*arguments, "--ignore", "outside 'SiO2 calc"])
    assert "a quotation mark is missing" in unpaired.stderr
    options = ["--ignore", "outside, 'SiO2 calc'", "--repeated", "number", "--suffix", "_WR"]
    result = CliRunner().invoke(cli, [*arguments, *options, "--iron", "ferrous"])
    assert result.exit_code == 1
    assert "NA2O_WR = 'b.d.l.' is below detection, counted as 0 in 001." in result.stdout
    assert "out.h5: 2 rocks, all certified." in result.stdout
    assert result.stderr.splitlines()[0].startswith("002: the oxides sum to 9 wt%, less than 60")
    with open_result(tmp_path / "out.h5") as dataset:
        assert list(dataset["rock"].values) == ["001", "001 (2)"]
        sections = [Section.from_text(str(text)) for text in dataset["rock_section"].values]
    expected = bulk(wt={"SiO2": 46, "Al2O3": 12, "FeO": 22.2 * 0.89981, "MgO": 10, "CaO": 9})
    for section in sections:
        np.testing.assert_allclose(section.bulks[1].array(), expected.array(), atol=1e-6)


def test_a_table_of_bad_rows_only(tmp_path):
    table = tmp_path / "rocks.csv"
    table.write_text("name,SiO2\nA,none\n", encoding="utf-8")
    assert list(_batch.batch(table, PLAN, tmp_path / "out.h5").failed) == ["A"]
    assert not (tmp_path / "out.h5").exists()


WET = {"SiO2": 64, "TiO2": 1, "Al2O3": 17, "FeO": 7, "MgO": 3, "CaO": 1, "Na2O": 2, "K2O": 4}


@pytest.mark.slow
def test_rocks_get_the_water_and_ferric_iron_of_the_section_unless_the_table_says_otherwise(
    tmp_path,
):
    own = bulk(wt=WET, ferric=0.125, water="excess")
    plan = Section.pressure_temperature(
        own, pressure_kbar=(6.0, 6.1, 2), temperature_C=(600.0, 601.0, 2), database="W14"
    )
    table = tmp_path / "rocks.csv"
    table.write_text(
        "name,SiO2,TiO2,Al2O3,FeO,Fe2O3,MgO,CaO,Na2O,K2O,H2O,MnO,Cr2O3\n"
        "as it is,64,1,17,7,,3,1,2,4,,,\n"
        "wet,64,1,17,7,,3,1,2,4,3,,\n"
        "oxidised,64,1,17,7,1,3,1,2,4,,,\n"
        "with more,64,1,17,7,,3,1,2,4,,0.2,0.1\n",
        encoding="utf-8",
    )
    read = rocks(table, iron="given", ignore="outside")
    report = _batch.batch(read, plan, tmp_path / "out.h5")
    assert report.done == dict.fromkeys(read, 0)
    with open_result(tmp_path / "out.h5") as dataset:
        found = [Section.from_text(str(s)).bulks[0] for s in dataset["rock_section"].values]
        assert (dataset.gb.mode("H2O") > 0.1).sel(rock="as it is").all()
        assert (dataset.gb.mode("H2O") < 0.1).sel(rock="wet").all()
    iron, water = own.assumed
    more = {"MnO": 0.2, "Cr2O3": 0.1}
    expected = {
        "as it is": (bulk(wt=WET, ferric=0.125, water="excess"), (iron, water)),
        "wet": (bulk(wt=WET | {"H2O": 3}, ferric=0.125), (iron,)),
        "oxidised": (bulk(wt=WET | {"Fe2O3": 1}, water="excess"), (water,)),
        "with more": (
            bulk(wt=WET | more, ferric=0.125, water="excess", ignore="outside"),
            (iron, water),
        ),
    }
    for rock, (name, (like, said)) in zip(found, expected.items(), strict=True):
        like = like.within(plan.components)
        np.testing.assert_allclose(rock.array(plan.components), like.array(plan.components))
        assert rock.left_out_wt == pytest.approx(like.left_out_wt)
        assert rock.assumed == report.assumed[name] == said


@pytest.mark.slow
def test_a_rock_that_cannot_be_in_the_section_costs_only_itself(tmp_path):
    wet = bulk(wt={"SiO2": 46, "Al2O3": 9, "FeO": 20, "MgO": 13, "CaO": 9, "H2O": 1})
    report = _batch.batch(rocks({"dry": PLAN.bulks[1], "wet": wet}), PLAN, tmp_path / "out.h5")
    assert report.done == {"dry": 0}
    assert "contains H2O" in report.failed["wet"]
    assert report.assumed == {}


def test_the_command_says_what_it_assumed(tmp_path):
    plan = tmp_path / "plan.toml"
    wt = ", ".join(f"{oxide} = {amount}" for oxide, amount in WET.items())
    plan.write_text(
        'kind = "pressure-temperature"\ndatabase = "W14"\n'
        f'rock = {{ wt = {{ {wt} }}, ferric = 0.1, water = "excess" }}\n'
        "[pressure_kbar]\nstart = 6.0\nstop = 6.1\npoints = 2\n"
        "[temperature_C]\nstart = 600.0\nstop = 601.0\npoints = 2\n",
        encoding="utf-8",
    )
    table = tmp_path / "rocks.csv"
    table.write_text(f"name,{','.join(WET)}\nA,{','.join(map(str, WET.values()))}\n", "utf-8")
    arguments = ["batch", str(table), str(plan), "-o", str(tmp_path / "out.h5")]
    result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == 0, result.output
    assert "assumed: water in excess (A)" in result.stdout
    assert "assumed: Fe2O3 for 0.1 of all iron (A)" in result.stdout
    other = CliRunner().invoke(cli, [*arguments, "--overwrite", "--water", "2", "--ferric", "0.2"])
    assert "assumed: water 2 wt% (A)" in other.stdout
    assert "in excess" not in other.stdout
