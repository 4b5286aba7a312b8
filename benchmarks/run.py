"""Run all benchmarks and write docs/benchmarks.md: `make bench`.

    python benchmarks/run.py                  everything
    python benchmarks/run.py solvers          one part anew, the rest from the last run
    python benchmarks/run.py --report         only write the document anew

Each part leaves its numbers in build/benchmarks, and the document is written from those.
"""

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build" / "benchmarks"
PARTS = ("startup", "ladder", "sections", "lists", "threads", "solvers", "peers")
SOURCES = ("bindings", "engine", "datasets", "benchmarks")


def run_ladder(path):
    """Run pytest-benchmark; what it measures is also saved as a baseline under .benchmarks."""
    command = [
        sys.executable, "-m", "pytest", str(HERE / "test_ladder.py"), "--quiet",
        "--benchmark-only", "--benchmark-quiet", "--benchmark-autosave", "--benchmark-save-data",
        f"--benchmark-json={path}",
    ]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True)


def run_part(part):
    """Measure one part, and note the load of the machine around it."""
    import machine

    path = BUILD / f"{part}.json"
    before, start = machine.load(), time.perf_counter()
    print(f"{part} ...", flush=True)
    if part == "ladder":
        run_ladder(path)
        found = json.loads(path.read_text())
    else:
        found = {"measured": importlib.import_module(part).measure()}
    minutes = (time.perf_counter() - start) / 60
    about = {"load": [before, machine.load()], "minutes": minutes, **machine.describe()}
    path.write_text(json.dumps({**found, "about": about}))
    print(f"{part}: {minutes:.1f} min", flush=True)


def main():
    """Run the parts that are named, or all, and write the document."""
    asked = sys.argv[1:]
    if unknown := set(asked) - {*PARTS, "--report"}:
        sys.exit(f"there is no part {', '.join(sorted(unknown))}; parts are {', '.join(PARTS)}")
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")  # NumPy, loaded below, is to keep to one core
    sys.path[:0] = [str(ROOT / folder) for folder in SOURCES]
    BUILD.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if part in asked or not asked:
            run_part(part)
    import report

    report.write(BUILD, ROOT / "docs", PARTS)
    print("docs/benchmarks.md is written")


if __name__ == "__main__":
    main()
