"""The machine and the versions that a measurement belongs to."""

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path

import gibbsite as gb

PACKAGES = (
    "numba", "llvmlite", "numpy", "scipy", "xarray", "h5py", "cvxpy", "clarabel", "highspy",
    "pytest-benchmark",
)  # fmt: skip


def cpu_model():
    """Name of the processor, as well as the system tells it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def memory_gib():
    """Memory of the machine."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def load():
    """Processes that wanted a processor in the last minute, on average."""
    return os.getloadavg()[0]


def commit():
    """Source state, "+" where files are changed; empty where there is no git."""
    git = ["git", "-C", str(Path(__file__).parent)]
    try:
        name = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        )
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--", "../engine", "../bindings", "../datasets"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return ""
    return name.stdout.strip() + "+" * bool(changed.stdout.strip())


def version(package):
    """Version of an installed package, or None."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def run_python(program, *arguments, modules, **variables):
    """Run a program in a new interpreter that finds what this one does; return what it prints.

    Modules are read as Python keeps them after a first import, as those of a package are; here in a
    folder `modules`. Further variables of its environment are given by name.
    """
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONPYCACHEPREFIX": str(modules),
        **variables,
    }
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


def describe():
    """Return all of this but the load, as name -> text."""
    found = {p: version(p) for p in PACKAGES}
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": cpu_model(),
        "processors": str(os.cpu_count()),
        "memory": f"{memory_gib():.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}",
        "gibbsite": f"{gb.__version__} {commit()}".strip(),
        "Python": platform.python_version(),
        **{p: v for p, v in found.items() if v},
    }
