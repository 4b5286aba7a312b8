"""Long work in batches that may be cut off at any time: a journal of what is done, a line a batch."""

import argparse
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import machine

import gibbsite as gb


def read_journal(path):
    """Return the settings and the finished batches; a half-written last line is cut off."""
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        path.write_text(whole, encoding="utf-8")
    first, *batches = [json.loads(line) for line in whole.splitlines()]
    return first["settings"], batches


def campaign_parser(description, points, seed, journal):
    """Return a parser of how a campaign is asked for: so many points of a database, in batches."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("database", nargs="?", default="T21-Su26")
    parser.add_argument("--points", type=int, default=points)
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--journal", type=Path, help=f"default {journal}")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="start no batch after this"
    )
    return parser


def run_batches(path, settings, work, batches, *, workers=1, minutes=float("inf"), prepare=()):
    """Do the batches that the journal does not hold yet, each a line of it.

    Parameters
    ----------
    path : Path
        The journal; made where there is none, refused where its settings are others.
    settings : dict
        What the batches depend on.
    work : callable
        Number of a batch -> dict, the line; runs in another process.
    batches : int
        How many in all.
    workers : int
        Processes.
    minutes : float
        After these no batch is started.
    prepare : tuple
        A function and its arguments, called once by each process.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"settings": settings}) + "\n", encoding="utf-8")
    there, done = read_journal(path)
    if there != settings:
        sys.exit(f"{path} is of other settings, {there}; name another with --journal")
    numbers = sorted(set(range(batches)) - {line["batch"] for line in done})
    version = f"{gb.__version__} {machine.commit()}".strip()
    end = time.monotonic() + 60.0 * minutes
    function, *arguments = prepare or (int,)
    with (
        ProcessPoolExecutor(workers, get_context("spawn"), function, arguments) as pool,
        path.open("a", encoding="utf-8") as file,
    ):
        waiting = set()
        while True:
            while numbers and len(waiting) < workers and time.monotonic() < end:
                waiting.add(pool.submit(work, numbers.pop(0)))
            if not waiting:
                break
            finished = next(as_completed(waiting))
            waiting.remove(finished)
            file.write(json.dumps({**finished.result(), "gibbsite": version}) + "\n")
            file.flush()
