"""Properties that a section or a list is asked to store: the same as derived, and nothing unasked."""

import subprocess
import sys
from dataclasses import replace
from unittest.mock import Mock

import h5py
import numpy as np
import pytest
from click.testing import CliRunner
from portable import assert_portable
from real_section import TILE, a_section
from same_results import assert_same

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite._inputs.properties import QUANTITIES, read_properties
from gibbsite._running import tile as _tile
from gibbsite._running.batch import batch
from gibbsite._store import journal as _journal
from gibbsite._store import put as _put
from gibbsite._store import store_properties as _added
from gibbsite._store.beside import journal_path
from gibbsite._store.derived import property_arrays
from gibbsite.errors import InputError, StoreError

pytestmark = pytest.mark.compiled
ASKED = (
    "alpha", "alpha.relaxed", "K_S.ordered", "solid.vs", "vp", "vp.clark-lesher", "melt.density",
    "cpx1.heat_capacity",
)  # fmt: skip
VARIABLES = (
    "rock_alpha", "rock_alpha_relaxed", "rock_K_S_ordered", "solid_vs", "rock_vp",
    "rock_vp_clark_lesher", "melt_density", "cpx1_heat_capacity",
)  # fmt: skip
PLAN = replace(a_section(9, 9), properties=ASKED)
PLAIN = replace(PLAN, properties=())
STATUS = "relaxed_status"


def run(plan, path, **options):
    given = {"tile": TILE, "workers": 1, "progress": False} | options
    return gb.compute(plan, path, **given)


def derived(dataset, each):
    """What an asked property is by the other way, from the stored proportions."""
    (meant,) = read_properties([each])
    numbered = meant.of.startswith("cpx")
    return dataset.gb.property(
        meant.name, of="cpx" if numbered else meant.of, kind=meant.kind, melt=meant.melt,
        instance=1 if numbered else None,
    )  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("stored")


@pytest.fixture(scope="module")
def stored(folder):
    run(PLAN, folder / "stored.h5").close()
    return folder / "stored.h5"


@pytest.fixture(scope="module")
def plain(folder):
    run(PLAIN, folder / "plain.h5").close()
    return folder / "plain.h5"


def test_what_is_stored_is_what_is_derived(stored, plain):
    with gb.open(stored) as kept, gb.open(plain) as bare:
        for each, variable in zip(ASKED, VARIABLES, strict=True):
            expected = derived(bare, each)
            np.testing.assert_allclose(kept[variable].values, expected.values, rtol=1e-12)
            assert kept[variable].attrs["units"] == expected.attrs["units"]
            assert np.isfinite(expected).any(), each
        assert set(np.unique(kept[STATUS])) == {0}


def test_reading_gives_what_is_stored(stored):
    """Told by a file whose numbers were changed: what is read is theirs, where nothing else is asked."""
    with gb.open(stored) as kept:
        # a sum would lose its unit with an older xarray
        changed = {name: kept[name].copy(data=kept[name].values + 1.0) for name in VARIABLES}
        other = kept.load().assign(changed)
        for each, variable in zip(ASKED, VARIABLES, strict=True):
            np.testing.assert_array_equal(derived(other, each).values, other[variable].values)
        vs = other.gb.property("vs", of="solid", average="voigt")
        assert float(abs(vs - kept["solid_vs"]).max()) < 0.5
        alpha = other.gb.property("alpha", kind="relaxed")
        assert alpha.attrs["kind"] == "relaxed"
        assert alpha.attrs["units"] == "K-1"
        quantity = other.gb.quantity("solid.Vs")
        np.testing.assert_array_equal(quantity.values, other["solid_vs"].values)


def test_nothing_is_stored_that_was_not_asked_for(stored, plain):
    with h5py.File(stored) as kept, h5py.File(plain) as bare:
        assert set(kept) - set(bare) == {*VARIABLES, STATUS}
        for name in bare:
            same = np.asarray(kept[name]).tobytes() == np.asarray(bare[name]).tobytes()
            # the time a tile took, and characters of names as long as the section's text
            assert same or name == "timing_tile" or name == "provenance", name


def test_a_section_without_properties_has_the_hash_and_text_it_had():
    assert gb.Section.from_toml("fig4c").sha256[:16] == "491e82929aa4383b"
    assert "properties" not in PLAIN.to_toml()
    assert PLAN.sha256 != PLAIN.sha256
    assert replace(PLAN, properties=ASKED[::-1]).sha256 == PLAN.sha256
    assert gb.Section.from_text(PLAN.to_toml()) == PLAN


def test_a_file_with_properties_is_for_every_reader(stored):
    assert_portable(stored)
    with h5py.File(stored) as file:
        for name in VARIABLES:
            assert np.isnan(file[name].fillvalue)
            assert {"units", "long_name", "coordinates"} <= set(file[name].attrs)
        assert "flag_meanings" in file[STATUS].attrs


@pytest.mark.parametrize(
    ("profile", "dtype"), [pytest.param("compact", "f4", marks=pytest.mark.slow), ("light", "f4")]
)
def test_smaller_profiles_keep_them_in_single_precision(stored, tmp_path, profile, dtype):
    with gb.open(stored) as kept, run(PLAN, tmp_path / "a.h5", profile=profile) as small:
        for name in VARIABLES:
            assert small[name].dtype == dtype
            np.testing.assert_allclose(small[name].values, kept[name].values, rtol=1e-7)
        # of a file that holds no proportions, too
        assert np.isfinite(small.gb.property("alpha", kind="relaxed")).all()


def test_a_lost_tile_is_taken_up_to_the_same_file(stored, tmp_path, monkeypatch):
    real, calls = _tile.solve_tile, []

    def solve(*given, **options):
        calls.append(given)
        if len(calls) == 3:
            raise RuntimeError("lost")
        return real(*given, **options)

    path = tmp_path / "a.h5"
    monkeypatch.setattr(_tile, "solve_tile", solve)
    with pytest.raises(StoreError, match="1 tiles failed"):
        run(PLAN, path)
    with pytest.raises(StoreError, match="holds an unfinished run of something else"):
        run(PLAIN, path)
    run(PLAN, path).close()
    assert len(calls) == 5  # of four tiles
    assert not journal_path(path).exists()
    assert_same(path, stored)


def test_a_tile_that_was_not_run_and_a_point_that_failed_have_none(tmp_path, monkeypatch):
    real = _tile.solve_grid

    def solve(*given):
        arrays = real(*given)
        arrays["status"][0] = 3
        for name in ("amount_mol", "proportions"):
            arrays[name][0] = np.nan
        arrays["phase_id"][0] = -1
        return arrays

    monkeypatch.setattr(_tile, "solve_grid", solve)
    with run(PLAN, tmp_path / "a.h5", prove=False) as dataset:
        failed = (dataset["status"] == 3).values
        assert failed.sum() == 4  # one a tile
        for name in VARIABLES:
            assert np.isnan(dataset[name].values[failed]).all(), name
        meanings = dataset[STATUS].attrs["flag_meanings"].split()
        assert {meanings[i] for i in dataset[STATUS].values[failed]} == {"no_answer"}
        assert np.isfinite(dataset["rock_alpha"].values[~failed]).all()


def test_a_list_gets_them_too():
    rock, t = gb.bulk("high-ti-glass"), np.array([1100.0, 1150.0, 1200.0])
    where = {"pressure_kbar": 3.0, "temperature_C": t, "database": "T21-Su26"}
    whole = gb.equilibria(rock, **where, properties=ASKED)
    small = gb.equilibria(rock, **where, properties=ASKED, keep=["density"])
    for each, variable in zip(ASKED, VARIABLES, strict=True):
        expected = derived(whole.drop_vars(VARIABLES), each)
        np.testing.assert_allclose(whole[variable], expected, rtol=1e-12)
        np.testing.assert_array_equal(small[variable], whole[variable])
        assert whole[variable].attrs["long_name"]
    assert "proportions" not in small
    np.testing.assert_array_equal(small.gb.property("vs", of="solid"), whole["solid_vs"])
    assert set(gb.equilibria(rock, **where)) == set(whole) - {*VARIABLES, STATUS}


@pytest.mark.slow
def test_a_batch_stores_them_of_each_rock(tmp_path):
    table = tmp_path / "rocks.csv"
    table.write_text("name,SiO2,TiO2,Al2O3,FeO,MgO,CaO,Na2O\na,46,3,9,20,13,9,0.3\n")
    plan = replace(a_section(4, 4), properties=("density", "solid.vs"))
    for output in ("out.h5", "out"):
        batch(table, plan, tmp_path / output, tile=(4, 4))
    with gb.open(tmp_path / "out.h5") as many, gb.open(tmp_path / "out" / "a.h5") as one:
        for name in ("rock_density", "solid_vs"):
            np.testing.assert_array_equal(many[name].values[0], one[name].values)
        np.testing.assert_allclose(one["rock_density"], one["density"], rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("alhpa", "there is no 'alhpa': did you mean 'alpha'"),
        ("rho", "there is no 'rho': did you mean 'density'"),
        ("solid.Vs", "there is no 'solid.Vs': did you mean 'vs'"),
        ("alhpa.relaxed", "there is no 'alhpa.relaxed': did you mean 'alpha'"),
        ("alpha.relxed", "'alpha.relxed': did you mean 'relaxed'"),
        ("density.relaxed", "density is of one kind only; leave 'relaxed' out"),
        ("vp.clark-lesser", "did you mean 'clark-lesher'"),
        ("solid.alpha.relaxed", "only the whole rock keeps its equilibrium; ask for alpha.relaxed"),
    ],
)
def test_a_name_that_means_nothing_is_refused_with_one_that_does(name, words):
    with pytest.raises(InputError, match=words):
        replace(PLAN, properties=(name,))
    text = PLAIN.to_toml().replace("pressure_kbar", f'properties = ["{name}"]\npressure_kbar', 1)
    with pytest.raises(InputError, match=f"plan.toml: properties: .*{words}"):
        gb.Section.from_text(text, "plan.toml")
    with pytest.raises(InputError, match=words):
        gb.equilibria(
            gb.bulk("klb-1"), pressure_kbar=1.0, temperature_C=1200.0, database="W24",
            properties=[name],
        )  # fmt: skip


@pytest.mark.parametrize(("name", "near"), [("olivine.density", "ol"), ("solids.vp", "solid")])
def test_a_part_that_the_database_has_not_is_refused_before_anything_is_solved(
    tmp_path, name, near
):
    with pytest.raises(InputError, match=f"did you mean '{near}'"):
        run(replace(PLAN, properties=(name,)), tmp_path / "a.h5")
    assert list(tmp_path.iterdir()) == []


def test_an_open_rock_has_no_relaxed_properties(tmp_path):
    open_ = replace(PLAN, open=(("O", "QFM"),), database="T21-Su26", properties=("alpha.relaxed",))
    with pytest.raises(InputError, match="those of a closed rock"):
        run(open_, tmp_path / "a.h5")


def test_the_command_line_adds_to_what_the_file_says(tmp_path):
    small = replace(a_section(3, 3), properties=("density",))
    (tmp_path / "plan.toml").write_text(small.to_toml(), encoding="utf-8")
    output = tmp_path / "out.h5"
    command = ["section", str(tmp_path / "plan.toml"), "-o", str(output)]
    bad = CliRunner().invoke(cli, [*command, "--property", "solid.denisty"])
    assert bad.exit_code == 2
    assert "there is no 'solid.denisty': did you mean 'density'?" in bad.output
    good = CliRunner().invoke(cli, [*command, "--property", "solid.vs", "--property", "alpha"])
    assert good.exit_code == 0, good.output
    with gb.open(output) as dataset:
        assert {"rock_density", "solid_vs", "rock_alpha"} <= set(dataset)


@pytest.mark.slow
def test_every_property_can_be_stored(tmp_path):
    plan = replace(a_section(2, 2), properties=tuple(QUANTITIES))
    with run(plan, tmp_path / "a.h5") as dataset:
        for name in QUANTITIES:
            assert f"rock_{name}" in dataset


def added(path, *names):
    words = [word for name in names for word in ("--property", name)]
    return CliRunner().invoke(cli, ["properties", str(path), *words])


def same_variables(one, other, rtol=1e-12):
    for name in (*VARIABLES, STATUS):
        np.testing.assert_allclose(one[name].values, other[name].values, rtol=rtol)
        assert (one[name].dtype, one[name].dims) == (other[name].dtype, other[name].dims)
        mine, its = ({k: str(v) for k, v in each[name].attrs.items()} for each in (one, other))
        assert mine == its


@pytest.mark.parametrize("profile", ["full", "compact"])
def test_properties_come_to_a_finished_file_as_if_computed_with_it(folder, stored, profile):
    path, whole = folder / f"later_{profile}.h5", folder / f"whole_{profile}.h5"
    run(PLAIN, path, profile=profile).close()
    run(PLAN, whole, profile=profile).close()
    said = added(path, *ASKED)
    assert said.exit_code == 0, said.output
    assert "added rock_alpha, rock_alpha_relaxed" in said.output
    with gb.open(path) as one, gb.open(whole) as other:
        same_variables(one, other, rtol=1e-12 if profile == "full" else 2e-7)
        assert one.attrs["history"].splitlines()[-1].count("properties added")
    assert_portable(path)
    assert "holds these already" in added(path, *ASKED).output
    assert "added rock_beta" in added(path, "alpha", "beta").output
    assert [each.name for each in folder.glob(f"{path.name}*")] == [path.name]


def test_properties_that_were_interrupted_go_on(folder, stored, monkeypatch):
    path = folder / "interrupted.h5"
    run(PLAIN, path).close()
    before, calls = path.read_bytes(), []

    def stop(*arguments):
        if len(calls) == limit:
            raise KeyboardInterrupt
        calls.append(arguments)
        return property_arrays(*arguments)

    monkeypatch.setattr(_added, "property_arrays", stop)
    limit = 1
    with pytest.raises(KeyboardInterrupt):
        _added.store_properties(path, ASKED)
    assert path.read_bytes() == before
    limit = 100
    _added.store_properties(path, ASKED)
    blocks = -(-9 // TILE[0])
    assert len(calls) == blocks > 1  # the first is not done again
    with gb.open(path) as one, gb.open(stored) as other:
        same_variables(one, other)


def test_what_cannot_be_added_is_refused(folder):
    path = folder / "light.h5"
    run(PLAIN, path, profile="light").close()
    assert "does not hold amount_mol" in added(path, "alpha").output
    assert "say what to store" in added(path).output
    assert "alpha" in added(path, "alhpa").output
    assert "There is no file" in added(folder / "none.h5", "alpha").output


@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_a_file_is_whole_before_or_after(folder, error, monkeypatch):
    path = folder / "half.h5"
    run(PLAIN, path, overwrite=True).close()
    before = path.read_bytes()
    monkeypatch.setattr(_put, "add_history", Mock(side_effect=error))
    with pytest.raises((KeyboardInterrupt, StoreError)):
        _added.store_properties(path, "alpha")
    assert path.read_bytes() == before
    monkeypatch.undo()
    assert _added.store_properties(path, "alpha") == ["rock_alpha"]
    assert [each.name for each in folder.glob("half.h5*")] == ["half.h5"]


def test_a_full_disk_is_said_of_the_file_and_leaves_nothing_but_the_journal(folder, monkeypatch):
    path = folder / "full.h5"
    run(PLAIN, path).close()
    before, full = path.read_bytes(), OSError(28, "No space left on device")
    for what, left in (("append", ["full.h5.properties"]), ("__init__", [])):
        with monkeypatch.context() as patch:
            patch.setattr(_journal.Journal, what, Mock(side_effect=full))
            with pytest.raises(StoreError, match=r"full.h5 cannot be written: No space left"):
                _added.store_properties(path, "alpha")
        assert sorted(each.name for each in folder.glob("full.h5*")) == ["full.h5", *left]
        (folder / "full.h5.properties").unlink(missing_ok=True)
    with monkeypatch.context() as patch:
        patch.setattr(_journal.os, "fsync", Mock(side_effect=full))
        with pytest.raises(StoreError, match=r"full.h5 cannot be written: No space left"):
            _added.store_properties(path, "alpha")
    assert [each.name for each in folder.glob("full.h5*")] == ["full.h5"]
    assert path.read_bytes() == before


def test_work_that_ended_before_the_journal_went_leaves_none(folder, monkeypatch):
    """Asked by another name of the same file, too: what is kept lies beside the file itself."""
    path, link = folder / "ended.h5", folder / "link.h5"
    run(PLAIN, path).close()
    link.symlink_to(path)
    real = _put.put

    def killed(*given):
        real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(_added, "put", killed)
    with pytest.raises(KeyboardInterrupt):
        _added.store_properties(link, "alpha")
    assert (folder / "ended.h5.properties").exists()
    assert _added.store_properties(path, "alpha") == []
    assert [each.name for each in folder.glob("ended.h5*")] == ["ended.h5"]
    assert link.is_symlink()


def test_a_file_that_may_not_be_changed_is_refused_before_anything_is_derived(folder, monkeypatch):
    path = folder / "fixed.h5"
    run(PLAIN, path).close()
    monkeypatch.setattr(_put.os, "access", lambda *_: False)  # some users may write anything
    monkeypatch.setattr(_added, "property_arrays", Mock(side_effect=AssertionError))
    with pytest.raises(StoreError, match=r"fixed.h5 cannot be written: it is read-only"):
        _added.store_properties(path, "alpha")


def test_a_file_that_is_being_written_is_not_called_damaged(folder):
    path = folder / "busy.h5"
    run(PLAIN, path).close()
    with h5py.File(path, "r+"):
        program = "import sys, gibbsite as gb; gb.open(sys.argv[1])"
        said = subprocess.run(
            [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False
        )
    assert "busy.h5 cannot be read: another program has it open for writing." in said.stderr
