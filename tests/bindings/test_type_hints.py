"""The types of what is public can be asked for, as tools that build forms and checks of them do."""

import inspect
import subprocess
import sys
import typing

import pytest

import gibbsite as gb
import gibbsite.kernels
import gibbsite.toml
from gibbsite._store.accessor import Reading

PUBLIC = {name: getattr(gb, name) for name in gb.__all__} | {
    f"{module.__name__}.{name}": thing
    for module in (gb.errors, gb.kernels, gb.toml)
    for name, thing in vars(module).items()
    if inspect.isclass(thing) or inspect.isfunction(thing)
    if thing.__module__.startswith("gibbsite")
}


def told_by(thing):
    """A function or class, and the public methods and properties that it does not have from others."""
    yield "", thing
    for name, member in vars(thing).items() if inspect.isclass(thing) else ():
        function = member.fget if isinstance(member, property) else inspect.unwrap(member)
        function = getattr(function, "__func__", function)
        if inspect.isfunction(function) and not (name.startswith("_") and name != "__init__"):
            yield f".{name}", function


@pytest.mark.parametrize("name", [*PUBLIC, ".gb"])
def test_every_public_type_is_known_by_name(name):
    thing = {**PUBLIC, ".gb": Reading}[name]
    for member, function in told_by(thing):
        try:
            typing.get_type_hints(function)
        except NameError as error:
            pytest.fail(f"{name}{member}: {error}")


def test_types_are_those_of_the_libraries():
    import xarray as xr

    assert typing.get_type_hints(gb.equilibria)["return"] is xr.Dataset
    assert typing.get_type_hints(gb.Section.load_database)["return"] is gb.Database


def test_nobody_waits_for_a_library_that_only_types_name():
    asked = "import sys; import gibbsite as gb; gb.equilibria; sys.exit('xarray' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False).returncode == 0
