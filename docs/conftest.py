"""Every block of code in the pages is run, from top to bottom of a page, in an empty folder.

`python` and `bash` must succeed, and the `text` after them must be what they printed; a block that
needs a program of another project is skipped where that is missing. `console`
holds commands after "$ " with what they print, errors included. A block with a file name as its
caption becomes that file. Any other block is an error.
"""

import contextlib
import doctest
import io
import os
import shlex
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest, mock

import matplotlib
import pytest
from click.testing import CliRunner
from sybil import Document, Example, Region, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.abstract.lexers import LexerCollection
from sybil.parsers.markdown.lexers import FencedCodeBlockLexer
from sybil.parsers.myst.lexers import DirectiveLexer

from gibbsite._cli.commands import cli
from gibbsite._viewing.result import load

ROOT = Path(__file__).parents[1]
SAME = doctest.OutputChecker()
LOOSELY = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
RUN_PYTHON = PythonEvaluator()


class Blocks:
    """All blocks of code, in whatever language."""

    def __init__(self) -> None:
        fenced = FencedCodeBlockLexer(
            language=r"[\w-]*", mapping={"language": "arguments", "source": "source"}
        )
        self.lexers = LexerCollection([fenced, DirectiveLexer(directive="code-block")])

    def __call__(self, document: Document) -> Iterator[Region]:
        """Yield every block with what runs it."""
        for region in self.lexers(document):
            region.parsed = region.lexemes["source"]
            region.evaluator = _evaluator(region)
            yield region


def _evaluator(region: Region) -> Any:
    if "caption" in region.lexemes.get("options", {}):
        return _write_file
    known = {"python": _python, "bash": _bash, "console": _console, "text": _text}
    return known.get(region.lexemes["arguments"], _unknown)


# What a page may use that the tests' environment need not have; see tests/readers.
ELSEWHERE = ("burnman", "petthermotools", "pyrolite", "pyIntersecT", "pywerami", "Thermobar")


def _python(example: Example) -> None:
    printed = io.StringIO()
    example.namespace["__printed__"] = None
    try:
        with contextlib.redirect_stdout(printed), matplotlib.rc_context():
            RUN_PYTHON(example)
    except ImportError as error:
        if not any(name in str(error) for name in ELSEWHERE):
            raise
        raise SkipTest(str(error)) from None
    example.namespace["__printed__"] = printed.getvalue()


def _bash(example: Example) -> None:
    printed = ""
    for command in _commands(example.parsed):
        code, output = _run(command)
        assert code == 0, f"{command}\n{output}"
        printed += output
    example.namespace["__printed__"] = printed


def _console(example: Example) -> str:
    prompt, *rest = example.parsed.split("$ ", 1)[1].split("\n$ ")
    for block in (prompt, *rest):
        command, _, wanted = block.partition("\n")
        _, output = _run(command)
        if difference := _differs(wanted, output):
            return difference
    return ""


def _text(example: Example) -> str:
    if example.namespace.get("__printed__", "") is None:
        raise SkipTest("the block above was not run")
    return _differs(example.parsed, example.namespace.get("__printed__", ""))


def _differs(wanted: str, printed: str) -> str:
    if SAME.check_output(wanted, printed, LOOSELY):
        return ""
    return SAME.output_difference(doctest.Example("", wanted), printed, LOOSELY)


def _write_file(example: Example) -> None:
    name = example.region.lexemes["options"]["caption"].strip()
    Path(name).write_text(str(example.parsed), encoding="utf-8")


def _unknown(example: Example) -> str:
    language = example.region.lexemes["arguments"]
    return f"nothing runs a block of {language!r}; see docs/conftest.py"


def _commands(source: str) -> list[str]:
    lines = source.replace("\\\n", " ").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def _run(command: str) -> tuple[int, str]:
    """Run gibbsite in this process, so that it finds its kernels warm; check the rest by hand."""
    words = shlex.split(command, comments=True)
    if words[:2] == ["gibbsite", "view"]:
        with mock.patch("gibbsite._viewing.serve.serve", _only_read):  # which would not end
            done = CliRunner().invoke(cli, words[1:], prog_name="gibbsite")
        return done.exit_code, done.output
    if words[0] == "gibbsite":
        done = CliRunner().invoke(cli, words[1:], prog_name="gibbsite")
        if done.exception and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done.exit_code, done.output
    if words[:2] == ["pip", "install"]:
        return 0, _check_install(words[2:])
    if words[0] == "make":
        words = ["make", "--dry-run", "--directory", str(ROOT), *words[1:]]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def _only_read(path: Path, *, rock: str | None = None, **_how: Any) -> None:
    load(path, rock).dataset.close()


def _check_install(words: list[str]) -> str:
    """Raise unless what would be installed is this project, with extras that it has."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for word in words:
        name, _, extras = word.rstrip("]").partition("[")
        if name in ("gibbsite", "."):
            missing = set(filter(None, extras.split(","))) - set(project["optional-dependencies"])
            assert not missing, f"{word}: there is no extra {missing}"
    return ""


def _enter(namespace: dict[str, Any]) -> None:
    stack = contextlib.ExitStack()
    folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    stack.enter_context(contextlib.chdir(folder))
    stack.enter_context(_queue(Path(folder)))
    namespace["__leave__"] = stack


def _leave(namespace: dict[str, Any]) -> None:
    namespace["__leave__"].close()


@contextlib.contextmanager
def _queue(folder: Path) -> Iterator[None]:
    """Put a batch system in the path that runs the first job at once and lets others wait."""
    programs = folder / ".queue"
    programs.mkdir()
    for name, lines in (
        ("sbatch", f'mkdir {programs}/taken && sh "$1" >/dev/null 2>&1 &\necho 1'),
        ("scancel", "exit 0"),
    ):
        (programs / name).write_text(f"#!/bin/sh\n{lines}\n", encoding="utf-8")
        (programs / name).chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs), prepend=os.pathsep)
        yield


pytest_collect_file = Sybil(
    parsers=[Blocks()],
    patterns=["*.md", "**/*.md"],
    excludes=["benchmarks.md"],  # written by `make bench`
    setup=_enter,
    teardown=_leave,
).pytest()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the pages run with the slow tests."""
    for item in items:
        if item.path.is_relative_to(ROOT / "docs"):
            item.add_marker(pytest.mark.slow)
