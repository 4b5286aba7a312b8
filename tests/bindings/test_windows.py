"""Windows of composition: the minimum over what is inside, and no number where a limit binds."""

import json
import re

import numpy as np
import pytest
from click.testing import CliRunner

import gibbsite as gb
from gibbsite._cli.commands import cli
from gibbsite.errors import InputError

KLB = gb.bulk("klb-1")
WHERE = {"pressure_kbar": 1.0, "temperature_C": 1100.0}
WINDOW = {"opx.CaO": (0.0, 10.0)}


def found(**windows):
    given = {name.replace("_", "."): limits for name, limits in windows.items()}
    return gb.equilibrium(KLB, **WHERE, database=gb.database("T21", windows=given))


def test_a_window_takes_the_second_orthopyroxene_of_t21_away():
    """T21 gives peridotite one with 21 wt% CaO below 5 kbar; rocks have augite in its place."""
    free, limited = found(), found(opx_CaO=(0.0, 10.0))
    assert free.assemblage.count("opx") == 2
    assert limited.certified
    assert limited.assemblage.count("opx") == 1
    assert "cpx" in limited.assemblage
    assert all(p.composition_wt["CaO"] < 10.0 for p in limited.phases if p.name == "opx")
    assert limited.gibbs_energy > free.gibbs_energy
    assert "inside the windows only: opx.CaO at most 10 wt%" in limited.message
    assert "window" not in free.message


def test_a_window_around_the_answer_changes_nothing_but_the_certificate():
    free = gb.equilibrium(KLB, pressure_kbar=12.0, temperature_C=1250.0, database="T21")
    opx = next(p for p in free.phases if p.name == "opx").composition_wt["CaO"]
    wide = gb.database("T21", windows={"opx.CaO": (0.5 * opx, 2.0 * opx)})
    limited = gb.equilibrium(KLB, pressure_kbar=12.0, temperature_C=1250.0, database=wide)
    assert limited.certified
    assert limited.gibbs_energy == pytest.approx(free.gibbs_energy, abs=1e-9)
    assert limited.assemblage == free.assemblage


@pytest.mark.slow
@pytest.mark.parametrize("limits", [(3.0, 10.0), (0.0, 2.0)])
def test_a_limit_that_binds_gives_no_number(limits):
    """The enstatite of this rock has 2.5 wt% CaO: a window beside it leaves it on the limit."""
    limited = found(opx_CaO=limits)
    if limited.certified:  # then without that phase, or inside
        assert all(
            limits[0] < p.composition_wt["CaO"] < limits[1]
            for p in limited.phases
            if p.name == "opx"
        )
    else:
        assert limited.phases == ()
        assert np.isnan(limited.gibbs_energy)
        assert "on the limit of a window (opx.CaO" in limited.message


@pytest.mark.slow
def test_scipy_finds_nothing_below_the_plane_inside_the_window():
    check = found(opx_CaO=(0.0, 10.0)).recheck()
    assert check.lowest_driving_force > -1e-6
    assert found(opx_CaO=(0.0, 10.0)).lowest_driving_force > -1e-9


def test_windows_are_part_of_the_hash_whatever_their_order():
    one = {"opx.CaO": (0, 10), "cpx.CaO": (12, 100)}
    plain, limited = gb.database("T21"), gb.database("T21", windows=one)
    assert limited.sha256 != plain.sha256
    assert gb.database("T21", windows=dict(reversed(one.items()))) is limited
    assert gb.database("T21", windows={"opx.CaO": (0, 11)}).sha256 != limited.sha256
    assert gb.database("T21", windows={}) is plain
    assert "opx.CaO at most 10 wt%" in repr(limited)


def test_a_proof_says_that_it_does_not_cover_a_window():
    proof = gb.prove(found(opx_CaO=(0.0, 10.0)))
    assert proof.status == "undecided"
    opx = next(phase for phase in proof.phases if phase.name == "opx")
    assert "window" in opx.limit


def test_a_list_and_a_section_keep_their_windows():
    data = gb.database("T21", windows=WINDOW)
    many = gb.equilibria(KLB, **WHERE, database=data)
    assert json.loads(many.attrs["windows"]) == {"opx.CaO": [0.0, 10.0]}
    assert many.gb.quantity("opx.CaO").values[0] < 10.0  # with the same database again
    section = gb.Section.pressure_temperature(
        KLB,
        pressure_kbar=(1.0, 2.0, 2),
        temperature_C=(1100.0, 1110.0, 2),
        database="T21",
        windows=WINDOW,
    )
    again = gb.Section.from_text(section.to_toml())
    assert again == section
    assert again.load_database() is data
    plain = gb.Section.pressure_temperature(
        KLB, pressure_kbar=(1.0, 2.0, 2), temperature_C=(1100.0, 1110.0, 2), database="T21"
    )
    assert plain.sha256 != section.sha256


def test_the_command_line_takes_windows_and_says_so():
    asked = ["point", "--bulk", "klb-1", "-p", "1", "-t", "1100", "--database", "T21"]
    done = CliRunner().invoke(cli, [*asked, "--window", "opx.CaO=0,10"])
    assert done.exit_code == 0, done.output
    assert re.search(r"only inside +opx.CaO at most 10 wt%", done.output)
    assert "only inside" not in CliRunner().invoke(cli, asked).output
    for wrong in ("opx.CaO", "opx.CaO=5", "opx.CaO=many,10"):
        done = CliRunner().invoke(cli, [*asked, "--window", wrong])
        assert done.exit_code == 2
        assert "--window" in done.output


def test_a_path_keeps_its_windows():
    run = gb.path(
        gb.bulk("klb-1"), pressure_kbar=1.0, temperature_C=[1300.0, 1280.0], step_C=20.0,
        database=gb.database("T21", windows=WINDOW),
    )  # fmt: skip
    assert json.loads(run.attrs["windows"]) == {"opx.CaO": [0.0, 10.0]}


@pytest.mark.parametrize(
    ("windows", "sentence"),
    [
        ({"opx": (0, 10)}, "such as opx.CaO, not 'opx'"),
        ({"opxx.CaO": (0, 10)}, "no phase 'opxx'"),
        ({"opx.Ca": (0, 10)}, "no component 'Ca'"),
        ({"opx.CaO": (10, 5)}, "10 to 5 wt%, must rise"),
        ({"opx.CaO": 10}, "(least, greatest) in wt%, not 10"),
        ({"opx.CaO": (60, 80)}, "no composition of opx has opx.CaO 60 to 80 wt%"),
        ({"q.SiO2": (0, 50)}, "q is a pure phase"),
    ],
)
def test_a_window_that_cannot_be_meant_is_refused(windows, sentence):
    with pytest.raises(InputError) as caught:
        gb.database("T21", windows=windows)
    assert sentence in str(caught.value)
