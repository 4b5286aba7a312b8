"""Energies written out from the records, against another program's numbers for the same models."""

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from gibbsite_datasets import load_models

REFERENCE = Path(__file__).parents[1] / "data" / "reference"
DRY = ("T21-Su26_dry", "W24_dry", "G25_dry")
WET = ("W14", "G16", "G25_wet", "EF21")


@cache
def reference_numbers(name):
    with np.load(REFERENCE / f"solution_{name}.npz") as file:
        return dict(file)


CASES = [(name, str(phase)) for name in (*DRY, *WET) for phase in reference_numbers(name)["phases"]]


def without_others(solution, oxides):
    """Return a model on the face where all but these oxides are absent."""
    kept = [i for i, e in enumerate(solution.endmembers) if set(e.composition) <= set(oxides)]
    sites = [
        replace(s, occupancy=tuple(s.occupancy[i] for i in kept))
        for s in solution.sites
        if any(s.occupancy[i] for i in kept)
    ]
    place = {i: k for k, i in enumerate(kept)}
    pairs = [(place[i], place[j], *w) for i, j, *w in solution.interactions if {i, j} <= set(kept)]
    endmembers = tuple(solution.endmembers[i] for i in kept)
    return replace(solution, endmembers=endmembers, sites=tuple(sites), interactions=tuple(pairs))


def solution_and_reference(name, phase):
    models = load_models(name.removesuffix("_dry").removesuffix("_wet"))
    reference = reference_numbers(name)
    solution = next(s for s in models.solutions if s.name == phase)
    return without_others(solution, reference["oxides"]), reference


def test_reference_has_every_phase():
    for name in (*DRY, *WET):
        models = load_models(name.removesuffix("_dry").removesuffix("_wet"))
        left_out = {"G25_dry": {"ep", "bi", "amp", "mu", "chl", "fl"}, "EF21": {"fl"}}
        phases = [s.name for s in models.solutions if s.name not in left_out.get(name, ())]
        assert list(reference_numbers(name)["phases"]) == phases


@pytest.mark.parametrize(("name", "phase"), CASES)
def test_names_compositions_and_sites(name, phase):
    solution, reference = solution_and_reference(name, phase)
    assert list(reference[f"{phase}/endmembers"]) == [e.name for e in solution.endmembers]
    composition = [
        [e.composition.get(o, 0.0) for o in reference["oxides"]] for e in solution.endmembers
    ]
    np.testing.assert_array_equal(reference[f"{phase}/comp"], composition)
    occupancy = np.array([s.occupancy for s in solution.sites])
    sites = reference[f"{phase}/p"] @ occupancy.T
    np.testing.assert_allclose(sites, reference[f"{phase}/sf"], rtol=0, atol=1e-14)


@pytest.mark.parametrize(("name", "phase"), CASES)
def test_standard_energies_follow_from_makes(name, phase):
    solution, reference = solution_and_reference(name, phase)
    states = zip(reference["em/name"], reference["em/state"], strict=True)
    column = {key: i for i, key in enumerate(states)}
    for k, (P, T) in enumerate(zip(reference["P"], reference["T"], strict=True)):
        for i, endmember in enumerate(solution.endmembers):
            a, b, c = endmember.energy
            made = sum(
                t.coefficient * reference["em/G"][k, column[t.endmember, t.state]]
                for t in endmember.make
            )
            expected = reference[f"{phase}/gbase"][k, i]
            assert made + a + b * T + c * P == pytest.approx(expected, abs=1e-9, rel=0)


@pytest.mark.parametrize(("name", "phase"), CASES)
def test_energies_follow_from_sites_and_interactions(name, phase):
    """G = sum p g + RT (sum m y ln y + sum p ln c) + excess, per mole of end-members."""
    solution, reference = solution_and_reference(name, phase)
    p, y = reference[f"{phase}/p"], reference[f"{phase}/sf"]
    m = np.array([s.multiplicity for s in solution.sites])
    v = np.array([e.size for e in solution.endmembers])
    ln_c = np.array([e.log_constant for e in solution.endmembers])
    for k, (P, T) in enumerate(zip(reference["P"], reference["T"], strict=True)):
        ideal = p @ ln_c + np.sum(m * y * np.log(np.where(y > 0, y, 1.0)), axis=1)
        excess = np.zeros(len(p))
        for i, j, a, b, c in solution.interactions:
            W = a + b * T + c * P
            excess += 2 * v[i] * v[j] / (v[i] + v[j]) * W * p[:, i] * p[:, j] / (p @ v)
        total = p @ reference[f"{phase}/gbase"][k] + reference["R"] * T * ideal + excess
        np.testing.assert_allclose(total, reference[f"{phase}/G"][k], rtol=0, atol=1e-9)
