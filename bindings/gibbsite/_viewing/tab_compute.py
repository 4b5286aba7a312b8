"""Compute a point or what is in sight again, with another rock or another database."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bokeh.layouts import column, row
from bokeh.models import Button, Div, NumericInput, Select, Spinner

from gibbsite._inputs.composition import Bulk, bulk
from gibbsite._section.axes import POTENTIALS
from gibbsite.errors import InputError
from gibbsite_datasets import load_bulks, model_names

from .answer import as_html, of_equilibrium
from .diagram import PlotDiagram
from .recompute import compute_point, compute_section, rock_of, section_in_sight
from .result import Result
from .work import Work

if TYPE_CHECKING:
    from gibbsite._solving.equilibrium import Equilibrium

MOST_POINTS: Final = 101
CONDITIONS: Final = {
    "pressure_kbar": "Pressure (kbar)",
    "temperature_C": "Temperature (°C)",
    "x": "x",
    "log10_fO2": "log10 fO2 (bar)",
    "offset": "Offset (log10 units)",
    "activity": "Activity",
}
ROW: Final = 28  # height of an input [pixel]
KEEP: Final = "of this result"


class ComputeTab:
    """Editors of database, rocks and conditions, and two buttons.

    Parameters
    ----------
    result : Result
        What is shown.
    diagram : PlotDiagram
        Knows what is in sight.
    work : Work
        Of the page.
    show_answer : callable
        Shows a computed point, as HTML.
    new_file : callable
        Returns a name for a result that is about to be computed, and a place for it.
    add : callable
        Shows a result that was computed.
    """

    def __init__(
        self,
        result: Result,
        diagram: PlotDiagram,
        work: Work,
        *,
        show_answer: Callable[[str], None],
        new_file: Callable[[], tuple[str, Path]],
        add: Callable[[Result], None],
    ) -> None:
        self._result, self._diagram, self._work = result, diagram, work
        self._show_answer, self._new_file, self._add = show_answer, new_file, add
        section = result.section
        if section is None:
            words = f"{result.name} does not say which section it was computed from."
            self.panel = column(Div(text=words, width=380))
            self._places: dict[str, NumericInput] = {}
            return
        names = list(model_names())
        self._database = Select(
            title="Database", options=names, value=section.database, name="database"
        )
        oxides = list(dict.fromkeys(name for rock in section.bulks for name in rock.components))
        titles = ["x = 0 (wt%)", "x = 1 (wt%)"] if len(section.bulks) > 1 else ["Rock (wt%)"]
        self._rocks = [
            _Rock(rock, i, oxides, title, work)
            for i, (rock, title) in enumerate(zip(section.bulks, titles, strict=True))
        ]
        used = [name for name in CONDITIONS if name in {*section.fixed, *section.axes}]
        self._places = {
            name: NumericInput(title=CONDITIONS[name], mode="float", width=115, name=name)
            for name in used
        }
        self._points = Spinner(
            title="Points an axis", low=5, high=MOST_POINTS, step=5, value=25, width=115,
            name="points",
        )  # fmt: skip
        guarded = work.guarded
        point = Button(label="Compute this point", button_type="primary", name="compute-point")
        point.on_click(guarded(self._compute_point))
        part = Button(label="Compute what is in sight", button_type="primary", name="compute-view")
        part.on_click(guarded(self._compute_section))
        self.panel = column(
            self._database,
            row(_oxide_names(oxides), *(rock.panel for rock in self._rocks)),
            row(*self._places.values()),
            point,
            self._points,
            part,
        )
        self.take_place({})

    def take_place(self, at: dict[str, float]) -> None:
        """Take over the coordinates of a point that was clicked."""
        dataset = self._result.dataset
        for name, widget in self._places.items():
            if name in at:
                widget.value = round(at[name], 9)
            elif name not in self._result.fields.axes and name in dataset.coords:
                widget.value = float(dataset[name])

    def _compute_point(self) -> None:
        values = {name: widget.value for name, widget in self._places.items()}
        for name, value in values.items():
            if value is None:
                raise InputError(
                    f"{CONDITIONS[name]} is empty: click a point in the diagram, or write it."
                )
        rocks, database = self._read_rocks(), self._database.value
        where = (values["pressure_kbar"], values["temperature_C"], values.get("x", 0.0))
        section = self._result.section
        potential = next((values[name] for name in POTENTIALS if name in values), None)
        given = section.given(potential) if section is not None else None
        self._work.begin(
            "Computing the point",
            lambda: compute_point(rocks, *where, database, given),
            partial(self._show_point, where, database),
        )

    def _show_point(self, where: tuple[float, ...], database: str, found: "Equilibrium") -> None:
        mixed = f", x = {where[2]:g}" if len(self._rocks) > 1 else ""
        heading = f"Computed: {where[0]:g} kbar, {where[1]:g} °C{mixed}, {database}"
        self._show_answer(as_html(of_equilibrium(found), heading))

    def _compute_section(self) -> None:
        points = self._points.value
        if not isinstance(points, int) or not 5 <= points <= MOST_POINTS:
            raise InputError(
                f"{points!r} points an axis; here it can be 5 to {MOST_POINTS}. "
                "Larger sections are for the command line: gibbsite section."
            )
        name, path = self._new_file()
        rocks, database = self._read_rocks(), self._database.value
        title = f"{' → '.join(rock.key or rock.name for rock in rocks)}, {database}"
        section = section_in_sight(
            self._result, self._diagram.view(), rocks, database, points, title
        )
        self._work.begin(
            f"Computing {points} x {points} points",
            lambda: compute_section(section, path, f"{name} ({database})"),
            self._add,
        )

    def _read_rocks(self) -> list[Bulk]:
        return [rock.read() for rock in self._rocks]


class _Rock:
    """An editor of one rock, in wt% of some oxides."""

    def __init__(self, rock: Bulk, number: int, oxides: list[str], title: str, work: Work) -> None:
        self._rock = rock
        self._known = Select(
            title=title, options=[KEEP, *load_bulks()], value=KEEP, width=150, name=f"rock-{number}"
        )
        self._known.on_change("value", work.guarded(self._take))
        self._oxides = {
            name: NumericInput(
                mode="float", low=0.0, width=150, height=ROW, name=f"{name}-{number}"
            )
            for name in oxides
        }
        self._fill(rock)
        self.panel = column(self._known, *self._oxides.values(), spacing=2)

    def read(self) -> Bulk:
        """Return the rock, the very one that it was filled with if nothing was changed."""
        given = {name: widget.value or 0.0 for name, widget in self._oxides.items()}
        if given == self._shown(self._rock):
            return self._rock
        return rock_of(given, f"{self._rock.key or self._rock.name} (changed)")

    def _take(self, _attr: str, _old: str, new: str) -> None:
        self._fill(self._rock if new == KEEP else bulk(new))

    def _fill(self, rock: Bulk) -> None:
        shown = self._shown(rock)
        self._rock = rock
        for name, weight in shown.items():
            self._oxides[name].value = weight

    def _shown(self, rock: Bulk) -> dict[str, float]:
        """Weights as they stand in the editor; InputError for an oxide that it has no place for."""
        rock.array(tuple(self._oxides))
        weights = _rounded(rock)
        return {name: weights.get(name, 0.0) for name in self._oxides}


def _oxide_names(oxides: list[str]) -> Any:
    """Return the names beside the editors, each in its row."""
    names = [
        Div(text=name, height=ROW, width=45, styles={"line-height": f"{ROW}px"}) for name in oxides
    ]
    return column(Div(height=48, width=45), *names, spacing=2)


def _rounded(rock: Bulk) -> dict[str, float]:
    return {name: round(weight, 4) for name, weight in rock.wt.items()}
