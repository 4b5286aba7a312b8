"""What is released: one version, one list of what is needed, one citation."""

import re
import sys
import tomllib
from pathlib import Path

import pytest

import gibbsite
from gibbsite import _version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CITATION = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
OF_CONDA = {"matplotlib-base": "matplotlib"}


def test_a_source_tree_has_the_version_of_the_last_release():
    released = re.findall(r"^version: (\S+)$", CITATION, re.MULTILINE)
    assert len(released) == 1
    if "gibbsite._released" not in sys.modules:
        assert gibbsite.__version__ == f"{released[0]}+source"


def test_without_a_citation_the_version_is_unknown(monkeypatch, tmp_path):
    monkeypatch.setattr(_version, "_CITATION", tmp_path / "none")
    if "gibbsite._released" not in sys.modules:
        assert _version._read() == "0+unknown"


def test_the_conda_recipe_needs_what_the_package_needs():
    recipe = (ROOT / "conda" / "recipe.yaml").read_text(encoding="utf-8")
    run = recipe.split("  run:\n")[1].split("\n\n")[0]
    listed = dict(line.strip("- ").split(" ", 1) for line in run.splitlines())
    wanted = {
        name: limits
        for name, limits in (
            re.fullmatch(r"([A-Za-z0-9_-]+)(.*)", each).groups()
            for each in PROJECT["project"]["dependencies"]
        )
    }
    found = {OF_CONDA.get(name, name): limits for name, limits in listed.items()}
    assert found.pop("python") == PROJECT["project"]["requires-python"]
    assert found == wanted
    for each in PROJECT["build-system"]["requires"]:
        assert f"- {each.replace('>=', ' >=')}" in recipe


@pytest.mark.parametrize("name", ["LICENSE", "CITATION.cff"])
def test_licence_and_citation_go_into_the_wheel(name):
    assert name in PROJECT["project"]["license-files"]
    assert (ROOT / name).exists()
