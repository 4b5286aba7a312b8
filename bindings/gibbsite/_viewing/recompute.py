"""A single point, or what is in sight, computed again: another rock, another database."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from gibbsite._inputs.composition import Bulk, bulk
from gibbsite._section.section import Section
from gibbsite.errors import InputError

from .result import Result, load

if TYPE_CHECKING:
    from gibbsite._solving.equilibrium import Equilibrium

Oxides = Mapping[str, float]


def rock_of(oxides: Oxides, name: str) -> Bulk:
    """Return a rock of the amounts [wt%] in an editor; empty ones count as zero."""
    return bulk(wt=dict(oxides), name=name)


def compute_point(
    rocks: Sequence[Bulk],
    pressure_kbar: float,
    temperature_C: float,
    x: float,
    name: str,
    given: Mapping[str, str | float] | None = None,
) -> "Equilibrium":
    """Return the assemblage of a rock, or of the mixture of two, with the database of that name.

    Parameters
    ----------
    given : mapping of str to (str or float), optional
        Components whose potential is given, as of `gibbsite.opened`.
    """
    # The engine, for which a page that computes nothing need not wait.
    from gibbsite._inputs.database import database
    from gibbsite._solving.equilibrium import equilibrium

    rock = rocks[0] if len(rocks) == 1 else rocks[0].mix(rocks[1], x)
    return equilibrium(
        rock,
        pressure_kbar=pressure_kbar,
        temperature_C=temperature_C,
        database=database(name),
        open=given,
    )


def section_in_sight(
    result: Result,
    view: tuple[slice, slice],
    rocks: Sequence[Bulk],
    name: str,
    points: int,
    title: str,
) -> Section:
    """Return the section that is in sight, of other rocks or with another database.

    Parameters
    ----------
    result : Result
        What is shown.
    view : (slice, slice)
        Rows and columns in sight.
    rocks : sequence of Bulk
        As many as the section has.
    name : str
        Of the database.
    points : int
        Along each axis.
    title : str
        Of the new section.

    Raises
    ------
    InputError
        If the result does not say which section it is.
    """
    plan = result.section
    if plan is None:
        raise InputError(f"{result.name} does not say which section it was computed from.")
    rows, columns = (
        replace(
            axis,
            start=float(shown.values[part][0]),
            stop=float(shown.values[part][-1]),
            points=points,
        )
        for axis, shown, part in zip((plan.rows, plan.columns), result.axes, view, strict=True)
    )
    return replace(
        plan,
        title=title,
        rows=rows,
        columns=columns,
        bulks=tuple(rocks),
        database=name,
        properties=(),
    )


def compute_section(section: Section, path: Path, name: str) -> Result:
    """Compute a section and its exact lines, if it can have any, into a file, and return it."""
    from gibbsite._lines.answers import NoLinesError
    from gibbsite._lines.trace import trace
    from gibbsite._running.compute import compute

    compute(section, path, progress=False, overwrite=True, prove=False).close()
    if "activity" not in section.axes:  # along which lines are those between the points
        with contextlib.suppress(NoLinesError):
            trace(path)
    return replace(load(path), name=name)
