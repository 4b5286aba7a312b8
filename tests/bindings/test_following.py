"""One point after the other, each from the last answer."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._inputs.open import opened
from gibbsite._solving import following
from gibbsite._solving.asked import solve_at
from gibbsite._solving.following import Following
from gibbsite.errors import CertificateWarning
from gibbsite_engine.status import AGREES, CERTIFIED, DIFFERS, INFEASIBLE

DATA = gb.database("W24")
ROCK = gb.bulk("klb-1").array(DATA.components)
OTHER = gb.bulk("n-morb").array(DATA.components)


def test_answers_are_those_of_points_alone_wherever_the_path_goes():
    follows = Following(DATA)
    rng = np.random.default_rng(5)
    for i in range(60):
        p, t = 5.0 + 0.3 * i, 1500.0 - 8.0 * i + 200.0 * (i % 20 == 19)  # with some leaps
        bulk = ROCK + (0.5 if i % 7 == 6 else 0.01 * rng.random()) * (OTHER - ROCK)
        found = follows.solve(p, t, bulk)
        alone = solve_at(DATA, np.array([p]), np.array([t]), bulk[None], workers=1)
        assert found["status"][0] == CERTIFIED
        np.testing.assert_allclose(
            found["gibbs_energy"], alone["gibbs_energy"], rtol=0, atol=1e-9, err_msg=f"{p}, {t}"
        )
        thick = alone["amount_mol"][0] > 1e-6
        assert (found["phase_id"][0][thick] == alone["phase_id"][0][thick]).all()
        assert found.keys() == alone.keys()


def test_what_cannot_be_made_is_said_and_the_path_goes_on():
    follows = Following(gb.database("W24", only=["ol", "q"]))
    bulk = np.array([c in ("MgO", "SiO2") for c in DATA.components], float) / 2
    assert follows.solve(1.0, 1000.0, bulk)["status"][0] == CERTIFIED
    lime = np.array([c == "CaO" for c in DATA.components], float)
    assert follows.solve(1.0, 1000.0, lime)["status"][0] == INFEASIBLE
    assert follows.solve(1.0, 1000.0, bulk)["status"][0] == CERTIFIED


def test_some_are_solved_alone_and_a_difference_is_told(monkeypatch):
    monkeypatch.setattr(following, "_AGAIN", 1)
    follows = Following(DATA)
    assert follows.solve(10.0, 1300.0, ROCK)["solved_again"][0] == AGREES
    monkeypatch.setattr(following, "SAME", -1.0)
    with pytest.warns(CertificateWarning, match=r"10 kbar and 1301 °C.*alone"):
        assert follows.solve(10.0, 1301.0, ROCK)["solved_again"][0] == DIFFERS


def test_an_open_rock_is_solved_as_such():
    data = opened(gb.database("G25"), {"O": "QFM"})
    bulk = gb.bulk("n-morb").within(data.components).without(["O"]).array(data.components)
    found = Following(data).solve(2.0, 1150.0, bulk)
    alone = solve_at(data, np.array([2.0]), np.array([1150.0]), bulk[None], workers=1)
    assert found["status"][0] == CERTIFIED
    np.testing.assert_array_equal(found["gibbs_energy"], alone["gibbs_energy"])
    assert found["bulk_mol"][0, data.components.index("O")] > 0


def test_a_residue_with_free_oxygen_is_followed_as_it_is_solved_alone():
    """More oxygen than the iron can take up is refused of a rock; melting may leave it behind."""
    bulk = gb.bulk(wt={"SiO2": 45, "Al2O3": 4, "MgO": 38, "FeO": 8}).array(DATA.components)
    bulk[DATA.components.index("O")] = 0.51 * bulk[DATA.components.index("FeO")]
    bulk /= bulk.sum()
    alone = solve_at(DATA, np.array([10.0]), np.array([1500.0]), bulk[None], workers=1)
    found = Following(DATA).solve(10.0, 1500.0, bulk)
    assert found["status"][0] == alone["status"][0] == CERTIFIED
    np.testing.assert_allclose(found["gibbs_energy"], alone["gibbs_energy"], rtol=0, atol=1e-9)
