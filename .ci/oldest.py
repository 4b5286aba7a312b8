"""Print the oldest versions that pyproject.toml admits, as constraints for pip."""

import re
import sys
import tomllib
from itertools import chain
from pathlib import Path

project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
extras = project["optional-dependencies"].values()
for requirement in chain(project["dependencies"], *extras):
    if found := re.match(r"([\w-]+)(?:\[.*\])?>=([\w.]+)", requirement):
        sys.stdout.write("{}=={}\n".format(*found.groups()))
