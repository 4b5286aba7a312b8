"""All that is known of one point, as HTML: modes as bars, compositions as a table, the certificate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import isfinite
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from gibbsite._inputs.names import label_order, name_instances, name_phase
from gibbsite_engine.status import ANSWERED_BY_NAMES, CERTIFIED, STATUS_MESSAGES, STATUS_NAMES

from .colours import phase_colour

if TYPE_CHECKING:
    from gibbsite._solving.equilibrium import Equilibrium

# Variable -> (name in words, unit, format).
ROCK: Final = {
    "density": ("density", "kg/m³", ".1f"),
    "gibbs_energy": ("Gibbs energy", "kJ per mole of oxides", ".6f"),
    "entropy": ("entropy", "kJ/K per mole of oxides", ".6f"),
    "volume": ("volume", "kJ/kbar per mole of oxides", ".6f"),
}
RESIDUALS: Final = {
    "optimality_residual": ("optimality residual", "kJ", ".1e"),
    "mass_residual": ("mass residual", "mol per mole of oxides", ".1e"),
    "lowest_driving_force": ("lowest driving force", "kJ per mole of atoms", ".3g"),
}


@dataclass(frozen=True, slots=True)
class Share:
    """One phase of the answer.

    Attributes
    ----------
    key, label : str
        Of the phase, and what to call it here.
    volume, mass, mole : float
        Fractions; NaN if they are not kept.
    composition_wt : mapping
        Oxide -> wt%; empty if it is not kept.
    """

    key: str
    label: str
    volume: float
    mass: float
    mole: float
    composition_wt: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """A point, wherever it comes from.

    Attributes
    ----------
    status, message : str
        Name of the outcome, and a sentence.
    phases : tuple of Share
        In the order of labels; empty where the point failed.
    bulk_wt : mapping
        Oxide -> wt% of the rock; empty if it is not kept.
    rock, certificate : tuple of (str, str)
        Rows: what, and its value with its unit.
    potentials : mapping
        Oxide -> kJ/mol.
    """

    status: str
    message: str
    phases: tuple[Share, ...]
    bulk_wt: Mapping[str, float]
    rock: tuple[tuple[str, str], ...]
    certificate: tuple[tuple[str, str], ...]
    potentials: Mapping[str, float]


def of_point(point: xr.Dataset) -> PointAnswer:
    """Return what a result says of one point, as `ds.gb.at` returns it."""
    status = int(point["status"])
    oxides = [str(name) for name in point["component"].values]
    masses = point["molar_mass"].values if "molar_mass" in point.coords else None
    certificate = [("answered by", _of_flags(point, "answered_by"))]
    if "iterations" in point:
        certificate.append(("Newton iterations", str(int(point["iterations"]))))
    certificate += _rows(point, RESIDUALS)
    lowest = int(point.get("lowest_driving_force_phase", -1))
    if lowest >= 0:
        certificate.append(("of the phase", str(point["phase_name"].values[lowest])))
    potentials = point["chemical_potential"].values if "chemical_potential" in point else ()
    return PointAnswer(
        status=STATUS_NAMES[status],
        message=STATUS_MESSAGES[status],
        phases=_shares(point, oxides, masses),
        bulk_wt=_by_weight(point.get("bulk_mol"), oxides, masses),
        rock=tuple(_rows(point, ROCK)),
        certificate=tuple(row for row in certificate if row[1]),
        potentials={o: float(v) for o, v in zip(oxides, potentials, strict=False) if isfinite(v)},
    )


def of_equilibrium(found: "Equilibrium") -> PointAnswer:
    """Return the answer to a point that was just computed."""
    certificate = [
        ("answered by", found.answered_by),
        ("Newton iterations", str(found.iterations)),
        *_rows({name: getattr(found, name) for name in RESIDUALS}, RESIDUALS),
    ]
    if found.lowest_driving_force_phase:
        certificate.append(("of the phase", found.lowest_driving_force_phase))
    shares = (
        Share(
            phase.name,
            phase.label,
            phase.volume_fraction,
            phase.mass_fraction,
            phase.mole_fraction,
            phase.composition_wt,
        )
        for phase in found.phases
    )
    return PointAnswer(
        status=found.status,
        message=found.message,
        phases=tuple(sorted(shares, key=lambda share: label_order(share.key))),
        bulk_wt=found.bulk.wt,
        rock=tuple(_rows({name: getattr(found, name) for name in ROCK}, ROCK)),
        certificate=tuple(certificate),
        potentials=found.chemical_potentials,
    )


def as_html(answer: PointAnswer, heading: str) -> str:
    """Return a point as HTML."""
    certified = answer.status == STATUS_NAMES[CERTIFIED]
    parts = [f"<h2>{escape(heading)}</h2>"]
    if not certified:
        parts.append(f"<p class='bad'>{escape(answer.status)}: {escape(answer.message)}.</p>")
    if answer.phases:
        parts += ["<h3>Modes</h3>", _bars(answer.phases)]
    if any(share.composition_wt for share in answer.phases):
        parts += ["<h3>Compositions (wt%)</h3>", _compositions(answer)]
    elif answer.phases:
        parts.append("<p>This file keeps no compositions (profile “light”).</p>")
    if answer.rock:
        parts += ["<h3>Rock</h3>", _table(answer.rock)]
    if answer.certificate:
        told = answer.message.startswith(answer.status)
        outcome = ("status", answer.message if told else f"{answer.status}: {answer.message}")
        parts += ["<h3>Certificate</h3>", _table((outcome, *answer.certificate))]
    elif certified:
        parts.append("<p>This file keeps no certificate (profile “light”).</p>")
    if answer.potentials:
        rows = [(oxide, f"{mu:.4f}") for oxide, mu in answer.potentials.items()]
        parts += ["<h3>Chemical potentials (kJ/mol)</h3>", _table(rows)]
    return "".join(parts)


def _shares(
    point: xr.Dataset, oxides: Sequence[str], masses: np.ndarray | None
) -> tuple[Share, ...]:
    ids, instances = point["phase_id"].values, point["instance"].values
    keys = [str(name) for name in point["phase_name"].values]
    slots = sorted(
        np.flatnonzero(ids >= 0), key=lambda s: (label_order(keys[ids[s]]), instances[s])
    )
    present = [keys[ids[slot]] for slot in slots]
    composition = point.get("phase_composition_mol")
    names: list[str] = []
    for key in dict.fromkeys(present):
        mine = [slot for slot, other in zip(slots, present, strict=True) if other == key]
        kinds = [
            None
            if composition is None
            else {o: np.atleast_1d(v) for o, v in zip(oxides, composition.values[s], strict=True)}
            for s in mine
        ]
        names += name_instances(key, kinds)
    return tuple(
        Share(
            key,
            name,
            volume=float(point["volume_fraction"].values[slot]),
            mass=float(point["mass_fraction"].values[slot]),
            mole=float(point["mole_fraction"].values[slot]),
            composition_wt=_by_weight(
                None if composition is None else composition[slot], oxides, masses
            ),
        )
        for key, name, slot in zip(present, names, slots, strict=True)
    )


def _by_weight(
    moles: xr.DataArray | None, oxides: Sequence[str], masses: np.ndarray | None
) -> dict[str, float]:
    if moles is None or masses is None:
        return {}
    weights = np.asarray(moles.values, dtype=np.float64) * masses
    return dict(zip(oxides, (100.0 * weights / weights.sum()).tolist(), strict=True))


def _of_flags(point: xr.Dataset, name: str) -> str:
    return ANSWERED_BY_NAMES[int(point[name])] if name in point else ""


def _rows(
    values: Mapping[str, object] | xr.Dataset, wanted: Mapping[str, tuple[str, str, str]]
) -> list[tuple[str, str]]:
    return [
        (title, f"{float(values[name]):{form}} {unit}")  # type: ignore[arg-type]
        for name, (title, unit, form) in wanted.items()
        if name in values and isfinite(float(values[name]))  # type: ignore[arg-type]
    ]


def _bars(shares: Sequence[Share]) -> str:
    rows = []
    for share in shares:
        percent = 100.0 * share.volume
        bar = f"<div style='width:{percent:.3f}%;background:{phase_colour(share.key)}'></div>"
        title = escape(name_phase(share.key, "full"))
        rows.append(
            f"<tr><th title='{title}'>{escape(share.label)}</th><td class='bar'>{bar}</td>"
            f"<td>{percent:.2f}</td><td>{100 * share.mass:.2f}</td><td>{100 * share.mole:.2f}</td>"
            "</tr>"
        )
    head = "<tr><th></th><th></th><th>vol%</th><th>wt%</th><th>mol%</th></tr>"
    return f"<table class='modes'>{head}{''.join(rows)}</table>"


def _compositions(answer: PointAnswer) -> str:
    columns = {share.label: share.composition_wt for share in answer.phases}
    if answer.bulk_wt:
        columns["rock"] = answer.bulk_wt
    oxides = dict.fromkeys(oxide for column in columns.values() for oxide in column)
    held = [o for o in oxides if any(column.get(o, 0.0) > 0.0 for column in columns.values())]
    head = "".join(f"<th>{escape(label)}</th>" for label in columns)
    rows = "".join(
        f"<tr><th>{escape(oxide)}</th>"
        + "".join(f"<td>{column.get(oxide, 0.0):.2f}</td>" for column in columns.values())
        + "</tr>"
        for oxide in held
    )
    return f"<div class='wide'><table class='numbers'><tr><th></th>{head}</tr>{rows}</table></div>"


def _table(rows: Sequence[tuple[str, str]]) -> str:
    cells = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
    return f"<table class='facts'>{cells}</table>"
