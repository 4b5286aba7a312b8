"""How an answer changes with pressure, temperature, the bulk and the standard enthalpies, exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from gibbsite._inputs.database import Database, Reduced
from gibbsite._inputs.given import names
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_engine.assemblages import Responses
from gibbsite_engine.layout import Floats
from gibbsite_engine.response import RESPONSE_NAMES

from .evaluate import NO_ANSWER, Solved, check_closed, pieces

By = Literal["P", "T", "bulk", "H"]
STATUS_WORDS: Final = (*RESPONSE_NAMES, "no_answer")


@dataclass(frozen=True, slots=True)
class Derivative:
    """A variable of derivatives, before its last axis, which is `by`."""

    dims: tuple[str, ...]
    units: str
    words: str


DERIVATIVES: Final[Mapping[str, Derivative]] = {
    "amount_mol_derivative": Derivative(("slot",), "mol", "formula units per mole of oxides"),
    "proportions_derivative": Derivative(("slot", "endmember"), "1", "proportions of end-members"),
    "phase_composition_mol_derivative": Derivative(
        ("slot", "component"), "1", "mole fractions of the oxides in the phase"
    ),
    "chemical_potential_derivative": Derivative(("component",), "kJ mol-1", "chemical potentials"),
    "entropy_derivative": Derivative((), "kJ K-1 mol-1", "entropy per mole of oxides"),
    "volume_derivative": Derivative((), "kJ kbar-1 mol-1", "volume per mole of oxides"),
    "density_derivative": Derivative((), "kg m-3", "density"),
}


def directions(data: Database, by: Sequence[str]) -> tuple[str, ...]:
    """Return the labels along `by`: pressure_kbar, temperature_K, oxides, H(end-member).

    Raises
    ------
    InputError
        If something is asked for that there is not.
    """
    by = names("by", by)
    for one in by:
        if one not in get_args(By):
            raise InputError(f"derivatives by {one!r}: {did_you_mean(str(one), get_args(By))}")
    labels: list[str] = []
    for one in dict.fromkeys(by):
        if one == "P":
            labels.append("pressure_kbar")
        elif one == "T":
            labels.append("temperature_K")
        elif one == "bulk":
            labels += data.components
        else:
            labels += [f"H({name})" for name in dict.fromkeys(name for name, _ in data.used)]
    return tuple(labels)


def derivatives(
    data: Database, answers: Solved, by: Sequence[str]
) -> tuple[NDArray[np.int8], dict[str, Floats]]:
    """Return for n points whether there are derivatives, and the variables of DERIVATIVES.

    Amounts are per mole of oxides of the rock as it is; by a component means with the amounts of
    the others held, not the sum of all. At a field boundary, where derivatives jump, they are
    those of the field whose phases the answer holds.
    """
    check_closed(data)
    labels = directions(data, by)
    n, slots = answers.phase_id.shape
    sizes = {"slot": slots, "endmember": answers.proportions.shape[2]}
    sizes["component"] = len(data.components)
    status, volume = np.full(n, NO_ANSWER, np.int8), np.full(n, np.nan)
    out = {
        name: np.full((n, *(sizes[dim] for dim in about.dims), len(labels)), np.nan)
        for name, about in DERIVATIVES.items()
    }
    bulk = "bulk" in by
    for piece in pieces(
        data, answers, kinds={"relaxed"}, derivatives=True, bulk=bulk, enthalpies="H" in by
    ):
        status[piece.where] = piece.found.status
        columns = _columns(data, piece.reduced, labels, bulk)
        _write(data, answers, piece.reduced, piece.where, piece.found, columns, out)
        each = piece.found.molar[:, :slots, 2]
        amount = answers.amount_mol[piece.where, : each.shape[1]]
        volume[piece.where] = np.where(amount > 0.0, amount * each, 0.0).sum(axis=1)
    _derive(data, answers, volume, labels, out)
    return status, out


def _columns(data: Database, reduced: Reduced, labels: tuple[str, ...], bulk: bool) -> Floats:
    """How the engine's directions add up to those asked for, (R, labels); NaN where they cannot."""
    place = {label: i for i, label in enumerate(labels)}
    components = reduced.system.phases.composition.shape[2]
    first = 2 + bulk * components
    total = first + any(label.startswith("H(") for label in labels) * len(data.used)
    out = np.zeros((total, len(labels)))
    for r, label in enumerate(("temperature_K", "pressure_kbar")):
        if label in place:
            out[r, place[label]] = 1.0
    if bulk:  # NaN for what is absent, or can change together with others only
        out[2:first, [place[component] for component in data.components]] = reduced.potentials
    for r, (name, _) in enumerate(data.used[: total - first]):
        out[first + r, place[f"H({name})"]] += 1.0
    return out


def _summed(found: Floats, columns: Floats) -> Floats:
    """Derivatives (..., R) in the directions asked for, (..., labels); NaN by those alone that have none."""
    missing = np.isnan(found)
    if not missing.any():
        return np.asarray(found @ columns)
    known = np.where(missing, 0.0, found) @ columns
    return np.where(missing.astype(np.float64) @ (columns != 0.0) > 0.0, np.nan, known)


def _write(
    data: Database,
    answers: Solved,
    reduced: Reduced,
    where: NDArray[np.int64],
    found: Responses,
    columns: Floats,
    out: dict[str, Floats],
) -> None:
    """Put what the engine has found of some points in the database's terms."""
    slots = min(found.amount.shape[1], answers.phase_id.shape[1])
    present = answers.phase_id[where, :slots] >= 0
    change = np.where(present[:, :, None], _summed(found.amount[:, :slots], columns), 0.0)
    out["amount_mol_derivative"][where] = 0.0
    out["amount_mol_derivative"][where, :slots] = change
    out["proportions_derivative"][where] = 0.0
    for k, place in enumerate(reduced.ids):
        rows, columns_of = np.nonzero(answers.phase_id[where, :slots] == place)
        if not len(rows):
            continue
        basis = reduced.phases[k].basis
        dp = _summed(found.proportions[rows, columns_of][:, : len(basis)], columns)
        whole = np.einsum("aib,ij->ajb", dp, basis)
        out["proportions_derivative"][where[rows], columns_of, : basis.shape[1]] = whole
    gamma = _summed(found.gamma, columns).swapaxes(1, 2)
    of_oxides = _summed(gamma, reduced.potentials)
    out["chemical_potential_derivative"][where] = of_oxides.swapaxes(1, 2)
    energy = _summed(found.energy, columns)
    out["entropy_derivative"][where] = -energy[:, 0]
    out["volume_derivative"][where] = energy[:, 1]


def _derive(
    data: Database,
    answers: Solved,
    volume: Floats,
    labels: tuple[str, ...],
    out: dict[str, Floats],
) -> None:
    """Fill what follows from the others: compositions by oxides, density."""
    solved = answers.present.any(axis=1)
    dc = out["phase_composition_mol_derivative"]
    dc[solved] = 0.0
    for place in np.unique(answers.phase_id[answers.present]).tolist():
        rows, slots = np.nonzero(answers.phase_id == place)
        model = data.phases[place].model.composition
        oxides = answers.proportions[rows, slots][:, : len(model)] @ model
        change = np.einsum(
            "aib,ic->acb", out["proportions_derivative"][rows, slots, : len(model)], model
        )
        total = oxides.sum(axis=1)[:, None, None]
        fractions = oxides[:, :, None] / total
        dc[rows, slots] = (change - fractions * change.sum(axis=1, keepdims=True)) / total
    masses = np.array(data.molar_masses)
    heavier = np.array(
        [masses[data.components.index(x)] if x in data.components else 0.0 for x in labels]
    )
    mass = (answers.bulk_mol @ masses)[:, None]
    v, dv = volume[:, None], out["volume_derivative"]
    # g/mol over kJ/(kbar mol): 1 kJ/kbar is 10 cm3, so 100 times that is kg/m3
    out["density_derivative"][:] = 100.0 * (heavier / v - mass * dv / (v * v))
