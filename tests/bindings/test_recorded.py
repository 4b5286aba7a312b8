"""A result knows its database again, whichever phases and models took part."""

import numpy as np
import pytest

import gibbsite as gb
from gibbsite.errors import InputError

ROCK = gb.bulk(
    wt={
        "SiO2": 50.0, "TiO2": 1.5, "Al2O3": 15.0, "FeO": 10.0, "MgO": 7.5, "CaO": 11.0, "Na2O": 2.7,
        "K2O": 0.3, "H2O": 2.0,
    },
    ferric=0.15,
)  # fmt: skip


@pytest.mark.parametrize(
    "how",
    [{}, {"choose": ["aug"]}, {"exclude": ["ab"]}, {"choose": ["aug"], "exclude": ["ab", "q"]}],
    ids=str,
)
def test_properties_follow_from_a_list_of_any_choice_of_phases(how):
    data = gb.database("G16", **how)
    found = gb.equilibria(
        ROCK, pressure_kbar=7.0, temperature_C=[650.0], database=data, errors="status"
    )
    density = found.gb.property("density").values
    np.testing.assert_allclose(density, found["density"].values, rtol=1e-9)


@pytest.mark.parametrize(
    "given", [{"O": "QFM-0.5"}, {"H2O": 0.8}, {"O": "log10 fO2 = -16", "H2O": 0.5}], ids=str
)
def test_what_was_open_is_open_again(given):
    """A list tells the potentials that it was solved with: it has properties, and refuses those of a closed rock."""
    found = gb.equilibria(
        ROCK, pressure_kbar=7.0, temperature_C=[650.0], database="G16", open=given, errors="status"
    )
    assert bool(found.gb.certified().all())
    for kind in ("frozen", "ordered"):
        assert np.isfinite(found.gb.property("alpha", kind=kind).values).all()
    density = found.gb.property("density").values
    np.testing.assert_allclose(density, found["density"].values, rtol=1e-9)
    with pytest.raises(InputError, match="whose potential is given"):
        found.gb.property("alpha", kind="relaxed")
    with pytest.raises(InputError, match="whose potential is given"):
        found.gb.derivatives(("P",))


@pytest.mark.parametrize(
    ("database", "rock", "at", "given", "phase"),
    [
        ("G16", ROCK, (7.0, 850.0), {"H2O": 0.7}, "liq"),
        ("G16", ROCK, (7.0, 850.0), {"O": "QFM", "H2O": 0.7}, "liq"),
        ("EF21", gb.bulk(mol={"SiO2": 0.38, "Al2O3": 0.01, "FeO": 0.06, "MgO": 0.55}), (2.0, 330.0),
         {"H2O": 0.97}, "fl"),
    ],
)  # fmt: skip
def test_a_phase_of_an_open_rock_orders_without_taking_anything_up(
    database, rock, at, given, phase
):
    """Frozen and ordered, it is the closed rock with what it took up."""
    where = {"pressure_kbar": at[0], "temperature_C": [at[1]], "database": database}
    found = gb.equilibria(rock, **where, open=given)
    assert phase in found.gb.assemblage().item().split("+")
    held = found["bulk_mol"].values[0]
    names = found["component"].values.tolist()
    amounts = {c: moles for c, moles in zip(names, held.tolist(), strict=True) if moles > 0.0}
    closed = gb.equilibria(gb.bulk(mol=amounts), **where)
    assert closed.gb.assemblage().item() == found.gb.assemblage().item()
    for quantity in ("alpha", "beta", "heat_capacity"):
        for kind in ("frozen", "ordered"):
            ours, theirs = (each.gb.property(quantity, kind=kind) for each in (found, closed))
            np.testing.assert_allclose(ours.values, theirs.values, rtol=1e-6)
