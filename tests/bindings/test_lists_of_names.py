"""Where names are listed, one name alone is a list of one; its letters are never names."""

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

import gibbsite as gb
from gibbsite import petthermotools
from gibbsite._paths import table
from gibbsite._store.accessor import Reading

KLB = gb.bulk("klb-1", ignore="outside")
W14, W24 = gb.database("W14"), gb.database("W24")
HERE = {"pressure_kbar": 10.0, "temperature_C": 1300.0, "database": "W24"}
AXES = {"pressure_kbar": (5.0, 6.0, 2), "temperature_C": (900.0, 950.0, 2), "database": "W14"}
RANGE = {"temperature_C": (900.0, 950.0, 2), "database": "W14"}


def answers(**given: Any) -> Any:
    return gb.equilibria(KLB, **HERE, **given)


def section(name: str, value: Any) -> Any:
    one = gb.Section.pressure_temperature(KLB, **AXES, **{name: value})
    both = gb.Section.temperature_composition(
        KLB, KLB, pressure_kbar=5.0, steps=2, **RANGE, **{name: value}
    )
    third = gb.Section.pressure_composition(
        KLB, KLB, pressure_kbar=(5.0, 6.0, 2), temperature_C=900.0, steps=2, database="W14",
        **{name: value},
    )  # fmt: skip
    last = gb.Section.potential(
        KLB, "QFM", (-1.0, 1.0, 2), pressure_kbar=5.0, temperature_C=(900.0, 950.0, 2),
        database="W14", **{name: value},
    )  # fmt: skip
    return tuple(each.sha256 for each in (one, both, third, last))


def given_section(name: str, value: Any) -> Any:
    made = gb.Section.pressure_temperature(KLB, **AXES)
    fields = {each: getattr(made, each) for each in made.__dataclass_fields__}
    return gb.Section(**(fields | {name: value})).sha256


@pytest.fixture(scope="module")
def run() -> Any:
    rock = gb.bulk("n-morb", ignore="outside")
    return gb.path(
        rock, pressure_kbar=1.0, step_C=20.0, until_melt_fraction=0.9, database="W24"
    )  # fmt: skip


def as_path(path: Any) -> str:
    return str(path.read_text(encoding="utf-8"))


# The parameter -> what is found with a name, or a list of it, in its place; and the name.
NAMED: dict[str, tuple[Callable[..., Any], str]] = {
    "Bulk.array.components": (
        lambda n, _, __: gb.bulk(mol={"SiO2": 1.0}).array(n).tolist(), "SiO2",
    ),
    "Bulk.within.components": (
        lambda n, _, __: gb.bulk(mol={"SiO2": 1.0}).within(n).mol, "SiO2",
    ),
    "Bulk.without.components": (lambda n, _, __: KLB.without(n).mol, "K2O"),
    "Database.choose.chosen": (lambda n, _, __: W14.choose(n).sha256, "mt"),
    "Database.restrict.only": (lambda n, _, __: W24.restrict(only=n).sha256, "liq"),
    "Database.restrict.exclude": (lambda n, _, __: W24.restrict(exclude=n).sha256, "ol"),
    "database.only": (lambda n, _, __: gb.database("W24", only=n).sha256, "liq"),
    "database.exclude": (lambda n, _, __: gb.database("W24", exclude=n).sha256, "ol"),
    "database.choose": (lambda n, _, __: gb.database("W14", choose=n).sha256, "mt"),
    "Section.only": (lambda n, _, __: given_section("only", n), "liq"),
    "Section.exclude": (lambda n, _, __: given_section("exclude", n), "ol"),
    "Section.choose": (lambda n, _, __: given_section("choose", n), "mt"),
    "Section.properties": (lambda n, _, __: given_section("properties", n), "vp"),
    **{
        f"Section.{maker}.{name}": (lambda n, _, __, name=name: section(name, n), value)
        for maker in (
            "pressure_temperature", "temperature_composition", "pressure_composition", "potential",
        )
        for name, value in {
            "only": "liq", "exclude": "ol", "choose": "mt", "properties": "vp",
        }.items()
    },
    "bulk.ignore": (
        lambda n, _, __: gb.bulk(wt={"SiO2": 50.0, "MgO": 40.0, "P2O5": 1.0}, ignore=n).mol, "P2O5",
    ),
    "rocks.ignore": (
        lambda n, _, __: [
            each.mol
            for each in gb.rocks(
                pd.DataFrame({"SiO2": [50.0], "MgO": [49.0], "P2O5": [1.0]}), ignore=n
            ).values()
        ],
        "P2O5",
    ),
    "equilibria.keep": (lambda n, _, __: list(answers(keep=n).variables), "density"),
    "equilibria.derivatives": (
        lambda n, _, __: answers(derivatives=n)["by"].values.tolist(), "bulk",
    ),
    "equilibria.properties": (lambda n, _, __: list(answers(properties=n).variables), "alpha"),
    "Reading.quantities.names": (lambda n, run, __: list(run.gb.quantities(n)), "liq.Mg#"),
    "Reading.derivatives.by": (
        lambda n, run, __: run.gb.derivatives(n)["by"].values.tolist(), "bulk",
    ),
    "Reading.properties.names": (lambda n, run, __: list(run.gb.properties(n)), "alpha"),
    "frame.quantities": (
        lambda n, run, __: list(gb.frame(run, quantities=n).columns), "liq.Mg#",
    ),
    "export.quantities": (
        lambda n, run, path: as_path(
            gb.export(run, path / "x.csv", to="wide", quantities=n, overwrite=True).path
        ),
        "liq.Mg#",
    ),
    "to_frame.quantities": (lambda n, run, __: list(table.to_frame(run, n).columns), "liq.FeO"),
    "table.quantities": (
        lambda n, _, __: gb.table(
            KLB, (10.0, 10.1), (1300.0, 1301.0), n, 10.0, database="W24", cells=(1, 1)
        ).quantities,
        "rock.density",
    ),
    "liquid_line.models": (
        lambda n, _, __: gb.liquid_line(
            gb.bulk("n-morb", ignore="outside"), models=n, pressure_kbar=1.0,
            until_melt_fraction=0.95,
        ).attrs["end"],
        "ford-1983-ol",
    ),
    "trace_elements.elements": (
        lambda n, run, __: gb.trace_elements(
            run, {"La": 1.0, "Yb": 1.0}, elements=n, coefficients={key: {"La": 0.1, "Yb": 0.1} for key in ("ol", "pl", "cpx", "opx", "fsp", "spl")}
        )["element"].values.tolist(),
        "La",
    ),
    "equilibrate_multi.Suppress": (
        lambda n, _, __: sorted(
            petthermotools.equilibrate_multi(
                "W24", pd.DataFrame([KLB.wt]), [1300.0], [10000.0], Suppress=n
            )
        ),
        "ol",
    ),
}  # fmt: skip


@pytest.mark.parametrize("parameter", NAMED)
def test_a_name_alone_is_a_list_of_one(parameter: str, run: Any, tmp_path: Any) -> None:
    found, name = NAMED[parameter]
    assert found(name, run, tmp_path) == found([name], run, tmp_path)


LISTS = re.compile(r"(Iterable|Sequence|tuple|list|set)\[(str|typing\.Literal\[.*?\])(, \.\.\.)?\]")
OF_OTHERS = {"petthermotools", "Bulk.components", "Bulk.assumed", "Database.components",
             "Database.alternatives", "Rocks.notes", "Style.isopleths", "Table.quantities", "Table.units"}  # fmt: skip
"""What is filled by gibbsite itself, or no list of names that a user gives."""
ELSEWHERE = {
    "rocks.table",  # rocks by name, as a list, or a file
    "plot_melt.kind",  # told from a list by itself
}


def public() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Every function that users call, by its name."""
    for name in gb.__all__:
        of = getattr(gb, name)
        if inspect.isclass(of) and not issubclass(of, Exception):
            yield name, of
            for each, method in inspect.getmembers(of, inspect.isfunction):
                if not each.startswith("_"):
                    yield f"{name}.{each}", method
        elif inspect.isfunction(of):
            yield name, of
    for each, method in inspect.getmembers(Reading, inspect.isfunction):
        if not each.startswith("_"):
            yield f"Reading.{each}", method


def test_every_list_of_names_that_users_give_is_tried() -> None:
    lists = {
        f"{name}.{each.name}"
        for name, function in public()
        for each in inspect.signature(function).parameters.values()
        if LISTS.search(str(each.annotation)) and "Mapping" not in str(each.annotation)
    }
    assert lists - NAMED.keys() - OF_OTHERS - ELSEWHERE == set()
    assert len(lists & NAMED.keys()) > 20
