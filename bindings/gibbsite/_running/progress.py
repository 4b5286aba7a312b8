"""What a long computation says of itself: a bar on a terminal, lines in a log on request."""

import contextlib
import logging
import os
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as Bar
from rich.text import Text

_SILENT = logging.NullHandler()  # else Python writes what nobody listens to on the terminal


class _Rate(ProgressColumn):
    """Points a second over the last half minute."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f} points/s")


class Progress:
    """Count points done and failed.

    Parameters
    ----------
    title : str
        What is being computed.
    total, done : int
        Points of the section, and those an earlier run has done; these do not count in the rate.
    show : bool
        Draw a bar, if the error output is a terminal.
    """

    def __init__(self, title: str, total: int, done: int, show: bool) -> None:
        console = Console(stderr=True)
        self._bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} points"),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[failed]:,} failed"),
            console=console,
            disable=not (show and console.is_terminal),
        )
        self._task = self._bar.add_task(title, total=total, completed=done, failed=0)
        self._failed = 0

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    @property
    def failed(self) -> int:
        """Points without a certified answer."""
        return self._failed

    def add(self, points: int, failed: int) -> None:
        """Count the points of a tile."""
        self._failed += failed
        self._bar.update(self._task, advance=points, failed=self._failed)


@contextlib.contextmanager
def run_log(name: str, path: str | os.PathLike[str] | None) -> Iterator[logging.Logger]:
    """Give the logger of one run, which also writes to a file if one is named."""
    logging.getLogger("gibbsite.run").addHandler(_SILENT)
    logger = logging.getLogger(f"gibbsite.run.{name}")
    if path is None:
        yield logger
        return
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()
