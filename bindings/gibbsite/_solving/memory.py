"""How much memory an answer takes, told before it is worked out."""

import logging
from collections.abc import Collection
from pathlib import Path

from gibbsite._inputs.database import Database
from gibbsite.errors import InputError

from .results import empty

GIB = 2.0**30
# While points are solved each is held once more, in the terms of the engine, and with its inputs.
_WHILE_SOLVING = 1.3

_LOG = logging.getLogger("gibbsite")


def bytes_per_point(data: Database, keep: Collection[str] | None = None) -> int:
    """Memory that one point of an answer takes [bytes], of the variables that are kept."""
    return sum(array.nbytes for array in empty(data, 1, keep).values())


def available_bytes(root: Path = Path("/")) -> float:
    """Memory that a program may still take [bytes]; infinite where the system does not tell.

    The least of what the machine has left and, in a container or a job of a cluster, of what its
    control group (version 2) has left.

    Parameters
    ----------
    root : Path
        Where `proc` and `sys` are found.
    """
    found = [float("inf")]
    for line in _lines(root / "proc/meminfo"):
        if line.startswith("MemAvailable:"):
            found.append(1024.0 * float(line.split()[1]))
    for line in _lines(root / "proc/self/cgroup"):
        number, _, group = line.partition("::")
        if number != "0":  # of version 1
            continue
        folder = root / "sys/fs/cgroup" / group.lstrip("/")
        limit, used = (_lines(folder / f"memory.{name}") for name in ("max", "current"))
        if limit and used and limit[0] != "max":
            found.append(float(limit[0]) - float(used[0]))
    return max(min(found), 0.0)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def check_memory(data: Database, n: int, keep: Collection[str] | None = None) -> None:
    """Say in the log what an answer of n points will take, and refuse one that cannot be held.

    Parameters
    ----------
    n : int
        Number of points.
    keep : collection of str, optional
        Variables of the answer; by default all.

    Raises
    ------
    InputError
        If the answer needs more memory than there is.
    """
    answer = n * bytes_per_point(data, keep) / GIB
    needed, available = _WHILE_SOLVING * answer, available_bytes() / GIB
    _LOG.info(
        "%d points: the answer will take %.2f GiB, %.2f GiB while it is worked out",
        n, answer, needed,
    )  # fmt: skip
    if needed > available:
        raise InputError(
            f"{n:,} points need {needed:.1f} GiB of memory and {available:.1f} GiB are left; "
            "solve them in parts, or as a gibbsite.Section with gibbsite.compute, which writes "
            "to a file tile by tile."
        )
