"""Random wet rocks of several databases, solved in lists that mix them and alone: a table of what failed.

    PYTHONPATH=benchmarks python -m verification.verify_wet W14 G16 G25 --points 100000

Pelites, greywackes, amphibolites, basalts, granites and peridotites; a fifth of them dry, two fifths
with some water, two with water in excess; three in ten without oxygen beyond FeO; 1-20 kbar,
300-1200 degC (`families.wet_cloud`). Each point is judged as by `search_failures`, whose journals
`build/failures/DATABASE-wet.jsonl` these are: the same command goes on where they end. One in fifty
is solved alone, too. Prints a table, and exits 1 where a point failed or differs.
"""

import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from pathlib import Path

import numpy as np

from verification.journal import read_journal
from verification.search_failures import ROOT, journal_of, run_campaign

HEAD = (
    "| Database | Points | Certified | Cannot be made | Failed or differ | Solved alone | Differ | "
    "ms a point in the list | ms alone, median |"
)


def arguments():
    """Read the command line."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("databases", nargs="*", default=["W14", "G16", "G25"])
    parser.add_argument("--points", type=int, default=100_000, help="of each database")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--workers", type=int, default=1, help="processes")
    parser.add_argument("--folder", type=Path, help=f"of the journals; {ROOT / 'build/failures'}")
    parser.add_argument(
        "--minutes", type=float, default=float("inf"), help="of each: start no batch after this"
    )
    parser.set_defaults(again=0.02, prove=0, rocks="wet", journal=None)
    return parser.parse_args()


def row_of(path):
    """Return the row of a journal, and its bad points."""
    settings, batches = read_journal(path)
    bad = [point for batch in batches for point in batch["bad"]]
    status = sum((Counter(batch["status"]) for batch in batches), Counter())
    times = np.concatenate([batch["alone_ms"] for batch in batches])
    total = sum(batch["points"] for batch in batches)
    cells = (
        settings["database"], total, status["certified"], status["infeasible"], len(bad), len(times),
        sum(batch["differ"] for batch in batches),
        f"{1e3 * sum(batch['seconds'] for batch in batches) / total:.2f}", f"{np.median(times):.1f}",
    )  # fmt: skip
    return "| " + " | ".join(str(cell) for cell in cells) + " |", bad


def main():
    """Run the campaigns one after the other and print the table."""
    asked, rows, wrong = arguments(), [], []
    for name in asked.databases:
        own = Namespace(**vars(asked))
        own.journal = asked.folder / f"{name}-wet.jsonl" if asked.folder else None
        run_campaign(own, name)
        row, bad = row_of(journal_of(own, name))
        rows.append(row)
        wrong += bad
    print(HEAD, "|---" * (HEAD.count("|") - 1) + "|", *rows, sep="\n")
    for point in wrong:
        print(point)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
