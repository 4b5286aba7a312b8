"""A section with the real solver, killed at random moments and resumed.

As a program, `real_section.py FOLDER --kills 30`, it says after each kill how much was kept.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import click
from same_results import assert_same

from gibbsite._running.compute import compute, tables_of
from gibbsite._section.section import Section
from gibbsite._store import beside
from gibbsite._store.journal import Journal
from gibbsite._store.schema import Layout

TILE = (8, 8)


def a_section(rows, columns):
    """Melting along a line of mixtures, on a coarse grid."""
    plan = Section.from_toml("fig4c")
    return replace(
        plan,
        rows=replace(plan.rows, points=rows),
        columns=replace(plan.columns, points=columns),
    )


def run(path, n, **options):
    compute(a_section(n, n), path, tile=TILE, **({"workers": 2} | options)).close()


def start(path, n):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([sys.executable, __file__, str(path), "--n", str(n)], env=environment)


def killed(path, n, n_bytes, delay):
    """Kill a process so many seconds after its journal has grown so large.

    Return the tiles that are kept; None if all was done.
    """
    process, journal = start(path, n), beside.journal_path(path)
    while process.poll() is None and not path.exists():
        if journal.exists() and journal.stat().st_size >= n_bytes:
            time.sleep(delay)
            break
        time.sleep(0.001)
    process.kill()
    process.wait()
    if not journal.exists():
        return None
    with Journal(journal, identity(a_section(n, n))) as kept:
        return len(kept)


def identity(section):
    return Layout.of(section, tables_of(section), tile=TILE, proof=True).identity()


def survive(folder, n, kills, seed=1, say=lambda *_: None):
    """Kill and resume as many runs as asked; return the tiles each had kept, all being the same."""
    rng = random.Random(seed)
    whole = folder / "whole.h5"
    run(whole, n)
    kept = []
    for k in range(kills):
        path = folder / f"killed_{k}.h5"
        kept.append(killed(path, n, rng.random() * whole.stat().st_size, 0.02 * rng.random()))
        if kept[-1] is not None:
            run(path, n)
        assert_same(path, whole)
        path.unlink()
        say(f"kill {k + 1}: {kept[-1]} tiles kept, finished to the same file")
    return kept


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("path", type=Path)
    parser.add_argument("--n", type=int, default=100)
    parser.add_argument("--kills", type=int)
    options = parser.parse_args()
    if options.kills is None:
        run(options.path, options.n)
        return
    kept = survive(options.path, options.n, options.kills, say=click.echo)
    click.echo(f"{len(kept)} of {options.kills} identical")


if __name__ == "__main__":
    main()
