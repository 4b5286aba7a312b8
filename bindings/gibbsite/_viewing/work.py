"""Work that takes longer than a page may stand still, and what is said when it fails."""

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial, wraps
from typing import Any, Protocol, TypeVar

from bokeh.document import Document

from gibbsite.errors import GibbsiteError
from gibbsite_datasets import TableError

T = TypeVar("T")


class Say(Protocol):
    """Tells the user something, as a failure or not; an empty text takes the last away."""

    def __call__(self, text: str, failed: bool = False, /) -> None:
        """Tell it."""


_LOG = logging.getLogger("gibbsite.view")


class Work:
    """One worker beside a page: a task at a time, its end told to the page.

    Parameters
    ----------
    document : Document
        Of the page.
    say : Say
        Tells the user something.
    file : str
        What the results come from, for messages.
    """

    def __init__(self, document: Document, say: "Say", file: str) -> None:
        self._document, self.say, self._file = document, say, file
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="gibbsite-view")
        self._failures = 0

    def begin(self, what: str, task: Callable[[], T], then: Callable[[T], None]) -> None:
        """Do a task in the background, then something with what it returned, on the page."""
        self.say(f"{what} …", False)
        future = self._threads.submit(task)
        future.add_done_callback(partial(self._hand_over, then, self._failures))

    def guarded(self, action: Callable[..., None]) -> Callable[..., None]:
        """Return an action that says what went wrong instead of raising it."""

        @wraps(action)  # Bokeh looks at the names of arguments
        def guard(*arguments: Any) -> None:
            try:
                action(*arguments)
            except Exception as error:  # noqa: BLE001  (whatever it is, the user must hear of it)
                self._failures += 1
                self.say(self.sentence(error), True)

        return guard

    def end(self) -> None:
        """Take no more tasks."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def sentence(self, error: BaseException) -> str:
        """Return what went wrong as a sentence; the traceback of a surprise goes to the terminal."""
        if isinstance(error, GibbsiteError | TableError):
            return str(error)
        if isinstance(error, OSError):
            return (
                f"{self._file} can no longer be read ({error}). It has been changed, moved or "
                "damaged since this page was opened; reload the page once it is whole."
            )
        _LOG.error("the page failed", exc_info=error)
        return f"This failed: {error} (more in the terminal of gibbsite view)."

    def _hand_over(self, then: Callable[[T], None], failures: int, future: "Future[T]") -> None:
        if not future.cancelled():
            self._document.add_next_tick_callback(partial(self._finish, then, failures, future))

    def _finish(self, then: Callable[[T], None], failures: int, future: "Future[T]") -> None:
        def take() -> None:
            found = future.result()
            if self._failures == failures:  # what failed meanwhile is still to be read
                self.say("", False)
            then(found)

        self.guarded(take)()
