"""Entry point for setuptools: the version from the tags of the repository; the rest is in pyproject.toml.

Where there is no tag to be read, in a shallow clone or an archive, it is that of the last release,
which CITATION.cff names.
"""

import re
from pathlib import Path
from typing import Any

from setuptools import setup
from setuptools.command.build_py import build_py

CITATION = (Path(__file__).parent / "CITATION.cff").read_text(encoding="utf-8")
RELEASED = re.findall(r"^version: (\S+)$", CITATION, re.MULTILINE)[0]
NO_TAG = "0.0"


def scheme(version: Any) -> str:
    """Return the version of a commit: that of its tag, or one after it."""
    if str(version.tag) == NO_TAG:
        return f"{RELEASED}.post1.dev0"
    if version.exact:
        return str(version.tag)
    return f"{version.tag}.post1.dev{version.distance}"


class BuildWithVersion(build_py):
    """Write the version into what is built, not into the source, where it would grow old."""

    def run(self) -> None:
        """Build, then write."""
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "gibbsite" / "_released.py"
            target.write_text(
                f'"""Written when this was built."""\n\nVERSION = "{self.distribution.get_version()}"\n',
                encoding="utf-8",
            )


setup(
    use_scm_version={"version_scheme": scheme, "fallback_version": RELEASED},
    cmdclass={"build_py": BuildWithVersion},
)
