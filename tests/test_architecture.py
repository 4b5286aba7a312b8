"""The floors of the house: what may import what, which names are public, and what import costs."""

import ast
import subprocess
import sys
from collections.abc import Collection, Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib import import_module
from pathlib import Path

import pytest

import gibbsite
import gibbsite.errors

ROOT = Path(__file__).parents[1]
# What a floor below the bindings may import, beyond the standard library.
ALLOWED = {
    "engine": {"gibbsite_engine", "numba", "numpy"},
    "datasets": {"gibbsite_datasets"},
}
# The second, independent way to an answer is the one place below the API that may use SciPy.
EXCEPTIONS = {
    "engine/gibbsite_engine/fallback.py": {"scipy"},
    "engine/gibbsite_engine/_cache.py": {"llvmlite"},  # whose version kernels are kept by
    "engine/gibbsite_engine/_parts.py": {"llvmlite"},  # asked to optimise otherwise
    "engine/gibbsite_engine/_tables.py": {"llvmlite"},  # which a new type of Numba is written in
    "engine/gibbsite_engine/_vectors.py": {"llvmlite"},  # which sums in vectors are written in
}
# Each room of the bindings may use those before it.
ROOMS = (
    "_inputs",
    "_section",
    "_properties",
    "_quantities",
    "_store",
    "_solving",
    "_lookup",
    "_proof",
    "_running",
    "_paths",
    "_lines",
    "_mineral_melt",
    "_drawing",
    "_export",
    "_viewing",
    "_cli",
)
# These may be used by every room.
OPEN_TO_ALL = (
    "_garbage",
    "_lazy",
    "_progress",
    "_showing",
    "_suggest",
    "_version",
    "errors",
    "toml",
)
PUBLIC = {
    "Assimilation",
    "partition_coefficients",
    "trace_elements",
    "Bulk",
    "Database",
    "Equilibrium",
    "Exported",
    "GibbsiteError",
    "MeltingInterval",
    "MineralMelt",
    "Rocks",
    "Section",
    "Solver",
    "Style",
    "Table",
    "bulk",
    "cation_ratio",
    "compute",
    "database",
    "databases",
    "equilibria",
    "equilibrium",
    "export",
    "frame",
    "liquid_line",
    "melting_interval",
    "opened",
    "mineral_melt",
    "open",
    "path",
    "phases",
    "plot",
    "plot_melt",
    "prove",
    "rock_names",
    "rocks",
    "table",
    "trace",
}
SLOW_TO_IMPORT = (
    "bokeh",
    "gibbsite_engine",
    "h5py",
    "matplotlib",
    "numba",
    "pydantic",
    "scipy",
    "xarray",
)


@cache
def parsed(source: str) -> ast.Module:
    """A module, which several tests look at."""
    return ast.parse(source)


@cache
def nodes(source: str) -> tuple[ast.AST, ...]:
    """All nodes of a module."""
    return tuple(ast.walk(parsed(source)))


def imported_packages(source: str) -> Iterator[str]:
    """Top-level packages a module imports absolutely, wherever in the file it does so."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module.split(".")[0]


def violations(folder: str) -> list[str]:
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        allowed = ALLOWED[folder] | EXCEPTIONS.get(where, set()) | sys.stdlib_module_names
        bad = set(imported_packages(path.read_text(encoding="utf-8"))) - allowed
        found += [f"{where} imports {name}" for name in sorted(bad)]
    return found


@pytest.mark.parametrize("folder", ALLOWED)
def test_a_lower_floor_imports_nothing_but_what_it_may(folder: str) -> None:
    assert list((ROOT / folder).rglob("*.py")), f"{folder} holds no module: the test saw nothing"
    assert violations(folder) == []


@pytest.mark.parametrize(
    ("source", "package"),
    [
        ("import gibbsite.errors", "gibbsite"),
        ("from gibbsite_datasets import load_components", "gibbsite_datasets"),
        ("def f():\n    import xarray as xr", "xarray"),
    ],
)
def test_the_reader_of_imports_sees_every_form(source: str, package: str) -> None:
    assert package in set(imported_packages(source))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_uses_only_those_before_it(room: str) -> None:
    allowed = {*ROOMS[: ROOMS.index(room) + 1], *OPEN_TO_ALL}
    paths = list((ROOT / "bindings/gibbsite" / room).rglob("*.py"))
    assert paths, f"{room} holds no module: the test saw nothing"
    for path in paths:
        for node in nodes(path.read_text(encoding="utf-8")):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gibbsite."):
                assert node.module.split(".")[1] in allowed, f"{path.name}:{node.lineno}"


def foreign_imports(source: str) -> Iterator[tuple[str, str]]:
    """Modules that a module imports absolutely, each with a name that it takes from them, or ""."""
    for node in nodes(source):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.module, alias.name) for alias in node.names)


def private_names(source: str) -> list[str]:
    """What of gibbsite, beyond its public names, a module imports."""
    open_to = {
        "gibbsite": {*gibbsite.__all__, "__version__"},
        "gibbsite.errors": {name for name in vars(gibbsite.errors) if name[0] != "_"},
        "gibbsite.toml": set(import_module("gibbsite.toml").__all__),
        "gibbsite_datasets": set(import_module("gibbsite_datasets").__all__),
    }
    return [
        f"{module}: {name}"
        for module, name in foreign_imports(source)
        if module.startswith("gibbsite") and name not in open_to.get(module, ())
    ]


def test_studies_use_public_names_only() -> None:
    paths = list((ROOT / "bindings/gibbsite_studies").rglob("*.py"))
    assert len(paths) > 20, "the test saw nothing"
    for path in paths:
        assert private_names(path.read_text(encoding="utf-8")) == [], path.name


@pytest.mark.parametrize(
    "source",
    [
        "from gibbsite._solving.solve import solve_points",
        "import gibbsite._inputs.database",
        "import gibbsite as gb",  # whose private names would be in reach
        "from gibbsite import _suggest",
        "from gibbsite.toml import SYNONYMS",
        "from gibbsite_datasets.schema import RARE_EARTHS",
        "def f():\n    from gibbsite_engine.layout import Options",
    ],
)
def test_a_private_name_is_seen(source: str) -> None:
    assert len(private_names(source)) == 1


def test_the_command_line_alone_knows_of_studies() -> None:
    for path in (ROOT / "bindings/gibbsite").rglob("*.py"):
        if "gibbsite_studies" in set(imported_packages(path.read_text(encoding="utf-8"))):
            assert path.parent.name == "_cli", path.name


def test_every_room_is_on_the_list() -> None:
    folders = {path.parent.name for path in (ROOT / "bindings/gibbsite").glob("*/__init__.py")}
    assert folders == set(ROOMS)


def modules() -> dict[str, Path]:
    """Every module that ships, by its name."""
    return {
        ".".join(path.relative_to(ROOT / folder).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for folder in ("bindings", "engine", "datasets")
        for path in (ROOT / folder).rglob("*.py")
    }


def used_modules(source: str, package: str, known: Collection[str]) -> set[str]:
    """Which of the known modules a module of a package imports, for whatever reason."""
    found = set()
    for node in nodes(source):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(part for part in (package if node.level else "", node.module) if part)
            whole = {f"{base}.{alias.name}" for alias in node.names} & set(known)
            found |= whole or {base}
        elif isinstance(node, ast.Constant) and str(node.value).startswith("gibbsite."):
            found.add(str(node.value))  # import_module, or LazyModule
    return found & set(known)


def test_no_module_imports_one_that_imports_it() -> None:
    """Not inside functions, and not for the sake of types either."""
    known = modules()
    graph = {
        name: used_modules(
            path.read_text(encoding="utf-8"),
            name if path.name == "__init__.py" else name.rpartition(".")[0],
            known,
        )
        for name, path in known.items()
    }
    assert "gibbsite._section.axes" in graph["gibbsite._section.section"], "the test sees nothing"
    assert list(TopologicalSorter(graph).static_order())


def test_a_circle_is_seen() -> None:
    known = ("a.b", "a.c", "a")
    assert used_modules("def f():\n    from .c import x", "a", known) == {"a.c"}
    assert used_modules("from . import c", "a", known) == {"a.c"}
    by_name = "import_module('gibbsite._store.file')"
    assert used_modules(by_name, "a", ["gibbsite._store.file"]) == {"gibbsite._store.file"}
    assert used_modules("import a.b", "", known) == {"a.b"}
    assert used_modules("from a import version", "", known) == {"a"}


def test_degrees_and_kelvin_are_converted_in_one_place() -> None:
    """The zero of Celsius is written once, and no other module takes it from there."""
    for path in (ROOT / "bindings").rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        if path.name != "limits.py":
            assert "273.15" not in source, path.name
            assert "ZERO_CELSIUS_K" not in source, path.name


# What the engine has flat arrays for and the bindings an object, and what tables are read into.
SAID_TWICE = {"Spot", "Table", "Tables"}


def test_a_class_has_its_name_to_itself() -> None:
    """Whoever looks for what a name means finds one thing, but for those that are listed."""
    places: dict[str, list[str]] = {}
    for name, path in modules().items():
        if not name.startswith("gibbsite_studies"):
            for node in parsed(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places.setdefault(node.name, []).append(name)
    twice = {name: where for name, where in places.items() if len(where) > 1}
    assert {name: where for name, where in twice.items() if name not in SAID_TWICE} == {}
    assert {*twice} == SAID_TWICE, "take the others off the list"


def test_what_a_user_calls_has_its_name_to_itself() -> None:
    """No other function is called so, but the command that runs it or prints what it returns."""
    places: dict[str, list[str]] = {}
    for name, path in modules().items():
        if name.startswith("gibbsite.") and not name.startswith("gibbsite._cli."):
            for node in parsed(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.FunctionDef) and node.name in PUBLIC:
                    places.setdefault(node.name, []).append(name)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("folder", ["bindings", "engine/gibbsite_engine"])
def test_packages_are_not_reached_through_two_dots(folder: str) -> None:
    for path in (ROOT / folder).rglob("*.py"):
        for node in nodes(path.read_text(encoding="utf-8")):
            if isinstance(node, ast.ImportFrom):
                assert node.level < 2, f"{path.relative_to(ROOT)}:{node.lineno}"


def test_public_names_are_exactly_these() -> None:
    assert set(gibbsite.__all__) == PUBLIC
    assert set(dir(gibbsite)) >= PUBLIC


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(gibbsite, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'minimise'"):
        gibbsite.minimise  # noqa: B018


def test_importing_gibbsite_does_not_wait_for_heavy_packages() -> None:
    code = (
        f"import sys; sys.path[:0] = {[str(ROOT / 'bindings'), str(ROOT / 'datasets')]!r}\n"
        "import gibbsite\n"
        f"print(*[name for name in {SLOW_TO_IMPORT!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


# Signatures that others wrote: a command has an option an argument, a stand-in those of its model.
MANY_ARGUMENTS = {
    "bindings/gibbsite/petthermotools.py",
    *(f"bindings/gibbsite/_cli/{name}.py" for name in ("commands", "path", "prove", "table")),
}
MOST_ARGUMENTS = 8


def long_signatures(source: str, named: bool) -> list[str]:
    """Functions that take more arguments than a reader holds in mind.

    With `named` those that can be given by name only count as well.
    """
    found = []
    for node in nodes(source):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            a = node.args
            count = len(a.posonlyargs) + len(a.args) + named * len(a.kwonlyargs)
            if count > MOST_ARGUMENTS:
                found.append(f"{getattr(node, 'name', 'lambda')} takes {count} arguments")
    return found


@pytest.mark.parametrize("folder", ["engine", "datasets", "bindings"])
def test_functions_take_at_most_eight_arguments(folder: str) -> None:
    """Options that a user gives by name are no burden to a call that does without them."""
    for path in (ROOT / folder).rglob("*.py"):
        where = path.relative_to(ROOT).as_posix()
        if where not in MANY_ARGUMENTS:
            source = path.read_text(encoding="utf-8")
            assert long_signatures(source, folder != "bindings") == [], where


def test_a_long_signature_is_seen() -> None:
    long, named = (
        "def f(a, b, c, d, e, f, g, h, i): ...",
        "def f(a, *, b, c, d, e, f, g, h, i): ...",
    )
    assert long_signatures(long, named=False) == ["f takes 9 arguments"]
    assert long_signatures(named, named=False) == []
    assert long_signatures(named, named=True) == ["f takes 9 arguments"]


TEMPERATURES, PRESSURES = {"t", "kelvin", "temperature"}, {"p", "pressure", "kbar"}
# Equations of state are no sums of factors; `factors` is where these are told.
OTHER_SUMS = {"factors", "endmember", "fluid", "fluid_curvature", "lattice", "shear"}


def names_multiplied(node: ast.expr) -> set[str]:
    """Names that are factors of a product, or stand alone; none of a square, as in a distance."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        if ast.dump(node.left) == ast.dump(node.right):
            return set()
        return names_multiplied(node.left) | names_multiplied(node.right)
    return {node.id} if isinstance(node, ast.Name) else set()


def summands(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return [*summands(node.left), *summands(node.right)]
    return [node]


def energies_written_out(source: str) -> list[int]:
    """Lines that add a part with T to one with P, or list both."""
    found = []
    for node in nodes(source):
        parts: list[ast.expr] = []
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            parts = [part for part in summands(node) if isinstance(part, ast.BinOp)]
        elif isinstance(node, ast.List):
            parts = node.elts
        named = [names_multiplied(part) for part in parts]
        if any(n & TEMPERATURES for n in named) and any(n & PRESSURES for n in named):
            found.append(node.lineno)
    return found


def test_what_energies_are_linear_in_is_written_in_one_place() -> None:
    for name, path in modules().items():
        if name.startswith("gibbsite") and name.rpartition(".")[2] not in OTHER_SUMS:
            assert energies_written_out(path.read_text(encoding="utf-8")) == [], name
    known = modules()["gibbsite_engine.fluid"].with_name("factors.py")
    assert "RT, ONE, T, P = range(N_FACTORS)" in known.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "source",
    [
        "g = energy[0] + energy[1] * t + energy[2] * p",
        "q = (w[0] + w[1] * t + w[2] * p) / size",
        "total = e[0] + e[1] * kelvin + e[2] * pressure",
        "d = price @ np.array([rt, 1.0, t, p])",
        "x = place * (a + b * t + c * p)",
    ],
)
def test_an_energy_written_out_is_seen(source: str) -> None:
    assert energies_written_out(source) == [1]
