"""How far a long computation is: a bar on a terminal, a line that changes in a notebook."""

import sys
import time
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.progress import BarColumn, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

_TITLE = 18  # letters of the title: all of it fits 80 columns up to 10^9 points
_EVERY = 0.5  # seconds between two changes in a notebook


class _Rate(ProgressColumn):
    """Points a second over the last half minute."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.0f}/s")


class _Failed(ProgressColumn):
    """How many points failed; nothing if none did."""

    def render(self, task: Task) -> Text:
        failed = task.fields["failed"]
        return Text(f"{failed:,} failed" if failed else "")


class Progress:
    """Count points done and failed.

    Parameters
    ----------
    title : str
        What is being computed.
    total, done : int
        Points in all, and those an earlier run has done; these do not count in the rate.
    show : bool
        Draw a bar, if the error output is a terminal, or write a line, in a notebook.
    """

    def __init__(self, title: str, total: int, done: int, show: bool) -> None:
        console = Console(stderr=True)
        notebook = in_notebook()
        self._bar = Bar(
            TextColumn(
                "{task.description}",
                table_column=Column(max_width=_TITLE, no_wrap=True, overflow="ellipsis"),
            ),
            BarColumn(bar_width=None),
            TextColumn("{task.percentage:.0f} % of {task.total:,.0f}"),
            _Rate(),
            TimeRemainingColumn(),
            _Failed(),
            console=console,
            expand=True,
            disable=notebook or not (show and console.is_terminal),
        )
        self._task = self._bar.add_task(title, total=total, completed=done, failed=0)
        self._line = _Line(title, total, done) if show and notebook else None
        self._failed = 0

    def __enter__(self) -> Self:
        if not self._bar.disable:  # Rich before 14.3 ends even a disabled bar with an empty line
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._bar.disable:
            self._bar.stop()
        if self._line:
            self._line.show(self._failed, last=True)

    @property
    def failed(self) -> int:
        """Points without a certified answer."""
        return self._failed

    def add(self, points: int, failed: int) -> None:
        """Count the points of a tile."""
        self._failed += failed
        self._bar.update(self._task, advance=points, failed=self._failed)
        if self._line:
            self._line.done += points
            self._line.show(self._failed)


class _Line:
    """One line below the cell of a notebook, which changes as the work goes on."""

    def __init__(self, title: str, total: int, done: int) -> None:
        from IPython.display import display

        self._title, self._total, self.done = title, total, done
        self._before, self._start, self._shown = done, time.monotonic(), 0.0
        self._handle: Any = display({"text/plain": title}, raw=True, display_id=True)

    def show(self, failed: int, last: bool = False) -> None:
        """Write how far it is, but not more often than one can read it."""
        now = time.monotonic()
        if not last and now - self._shown < _EVERY:
            return
        self._shown = now
        seconds = max(now - self._start, 1e-3)
        rate = (self.done - self._before) / seconds
        parts = [f"{self.done:,} of {self._total:,} points", f"{rate:,.0f}/s"]
        if last:
            parts.append(f"{seconds:.1f} s")
        elif rate > 0.0:
            parts.append(f"{(self._total - self.done) / rate:.0f} s left")
        if failed:
            parts.append(f"{failed:,} failed")
        text = f"{self._title}: {', '.join(parts)}"
        self._handle.update({"text/plain": text}, raw=True)


def in_notebook() -> bool:
    """Whether this process serves a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return type(shell).__name__ == "ZMQInteractiveShell"
