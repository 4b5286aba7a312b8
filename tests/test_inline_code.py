"""Code in the running text of the pages: commands, options, names and arguments that there are.

Blocks are run by `docs/conftest.py`; what stands between single backquotes is only read.
"""

import ast
import inspect
import re
import shlex
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest
from pydantic import BaseModel

import gibbsite
from gibbsite._cli.commands import cli
from gibbsite._section import toml
from gibbsite._store.accessor import Reading
from gibbsite_studies import plan

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^(```+|~~~+).*?^\1\s*$", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<![`\w}])`([^`\n]+)`(?!`)")
TOML = re.compile(r"\[([a-z_.]+)\]$|([a-z_]+) = ")
# Of the shells, of pytest, of programs that are coupled, or made up on purpose.
ELSEWHERE = {"--no-deps", "--mode", "--upgrade"}


def spans(page: Path) -> list[str]:
    """Return what stands between single backquotes outside of blocks."""
    return SPAN.findall(FENCE.sub("", page.read_text(encoding="utf-8")))


@cache
def options() -> dict[str, set[str]]:
    """Options of each command; under "" those of all."""
    found = {
        name: {each for option in command.params for each in (*option.opts, *option.secondary_opts)}
        | {"--help", "-h"}
        for name, command in cli.commands.items()
    }
    return found | {"": set().union(*found.values()) | {"--version"}}


@cache
def keys() -> set[str]:
    """Return the keys that files of sections and of studies may have."""
    models = [each for module in (toml, plan) for each in vars(module).values()]
    models = [each for each in models if isinstance(each, type) and issubclass(each, BaseModel)]
    return set().union(*(set(each.model_fields) for each in models))


def fault_of_command(text: str) -> str:
    """Return what is wrong with a command of gibbsite, or nothing."""
    words = shlex.split(text)[1:]
    if not words or not re.fullmatch(r"[a-z]+", words[0]):
        return ""
    if words[0] not in cli.commands:
        return f"there is no command {words[0]}"
    known = options()[words[0]]
    return "".join(
        f"{words[0]} has no {word.split('=')[0]}; "
        for word in words[1:]
        if re.match(r"--?[a-z]", word) and word.split("=")[0] not in known
    )


def fault_of_python(tree: ast.AST) -> str:
    """Return what is wrong with names and arguments of gibbsite, or nothing."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Call):
            function = node.func if isinstance(node, ast.Call) else node
            chain = ast.unparse(function).split(".")
            thing = meant(chain)
            if thing is LookupError:
                return f"there is no {'.'.join(chain)}"
            if isinstance(node, ast.Call) and thing is not None:
                given = {word.arg for word in node.keywords if word.arg}
                if wrong := given - arguments(thing):
                    return f"{'.'.join(chain)} takes no {', '.join(sorted(wrong))}"
    return ""


def meant(chain: list[str]) -> object:
    """Return what a dotted name of gibbsite is; None if it is none, LookupError if it is missing."""
    if chain[0] in ("gb", "gibbsite") and len(chain) > 1:
        thing, rest = gibbsite, chain[1:]
    elif len(chain) > 2 and chain[1] == "gb":
        thing, rest = Reading, chain[2:]
    else:
        return None
    for name in rest:
        if not re.fullmatch(r"\w+", name):
            return None
        if inspect.ismodule(thing) and find_spec(f"{thing.__name__}.{name}"):
            try:
                thing = import_module(f"{thing.__name__}.{name}")
            except ImportError:  # of a program that is not installed
                return None
            continue
        if not hasattr(thing, name):
            fields = getattr(thing, "__dataclass_fields__", {}) | getattr(
                thing, "__annotations__", {}
            )
            return None if name in fields else LookupError
        thing = getattr(thing, name)
        if isinstance(thing, property):
            return None
    return thing


def arguments(thing: object) -> set[str]:
    """Return the names of its arguments; everything where it takes any."""
    try:
        parameters = inspect.signature(thing).parameters
    except (TypeError, ValueError):
        return Anything()
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return Anything()
    return set(parameters)


class Anything(set):
    """Holds whatever is asked for."""

    def __rsub__(self, other: set[str]) -> set[str]:
        """Nothing is left of another set."""
        return set()


def fault(text: str) -> str:
    """Return what is wrong with a piece of inline code, or nothing."""
    text = text.strip().replace("...", "")
    if re.match(r"gibbsite( |$)", text):
        return fault_of_command(text)
    if match := re.match(r"--[a-z][\w-]*", text):
        return "" if match[0] in options()[""] | ELSEWHERE else f"no command has {match[0]}"
    if match := TOML.match(text):
        names = (match[1] or match[2]).split(".")
        return "" if set(names) <= keys() else f"no section or study has the key {'.'.join(names)}"
    if not re.search(r"\b(gb|gibbsite)\.\w", text):
        return ""
    try:
        return fault_of_python(ast.parse(text))
    except SyntaxError:  # a path, say, or half of a statement
        return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_inline_code_names_what_there_is(page: Path) -> None:
    assert {span: told for span in spans(page) if (told := fault(span))} == {}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("gibbsite pont --bulk klb-1", "no command pont"),
        ("gibbsite point --bulk klb-1 --sets W24", "point has no --sets"),
        ("--sets", "no command has --sets"),
        ("gb.equilibriums", "no gb.equilibriums"),
        ('gb.database("W24", without=["liq"])', "takes no without"),
        ("ds.gb.modes", "no ds.gb.modes"),
        ("[window]", "no section or study has the key window"),
        ("gibbsite point --bulk klb-1 -p 1 -t 1200 --database W24", ""),
        ('gb.database("W24", exclude=["liq"])', ""),
    ],
)
def test_a_fault_is_found(text: str, told: str) -> None:
    assert told in fault(text)
    assert bool(told) == bool(fault(text))
