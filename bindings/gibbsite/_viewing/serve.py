"""The server of the page: one small web server on this machine, for this user."""

import contextlib
import errno
import logging
import signal
import socket
import threading
import webbrowser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, cast

from bokeh.application import Application
from bokeh.application.handlers import FunctionHandler
from bokeh.document import Document
from bokeh.models import Div
from bokeh.server.server import BaseServer
from bokeh.server.tornado import BokehTornado
from bokeh.settings import settings
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop

from gibbsite._garbage import take_up
from gibbsite._store.file import names_of_rocks
from gibbsite.errors import GibbsiteError, InputError

from .first_page import FirstPage
from .overlay import Track, read_track
from .page import Page, panel_style
from .result import Result, load
from .template import TEMPLATE

LOOPBACK: Final = "127.0.0.1"
PORT: Final = 5006
EVERYWHERE: Final = ("", "0.0.0.0", "::")


class Shelf:
    """The results of the file, shared by all pages; read again when the file has changed."""

    def __init__(self, path: Path, rock: str | None) -> None:
        self.path, self._rock = path, rock
        self._lock = threading.Lock()
        self._held: dict[str, Result] = {}
        self._rocks: dict[str, str | None] = {}
        self._signature: tuple[int, ...] = ()

    def first(self) -> tuple[list[str], Result]:
        """Return the names of all results, and the one to begin with.

        Raises
        ------
        StoreError
            If there is no such file, or it is damaged, unfinished, foreign or newer.
        InputError
            If it is no diagram.
        """
        with self._lock:
            self._look()
            names = list(self._rocks)
            wanted = next((n for n in names if self._rocks[n] == self._rock), names[0])
            return names, self._get(wanted)

    def get(self, name: str) -> Result:
        """Return a result by its name."""
        with self._lock:
            return self._get(name)

    def _get(self, name: str) -> Result:
        if name not in self._held:
            self._held[name] = load(self.path, self._rocks[name])
        return self._held[name]

    def _look(self) -> None:
        """Forget what was read if the file is not what it was."""
        with contextlib.suppress(OSError):
            stat = self.path.stat()
            signature = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
            if signature == self._signature:
                return
        rocks = names_of_rocks(self.path)  # raises if it is no result
        if self._rock is not None and rocks and self._rock not in rocks:
            load(self.path, self._rock)  # raises, saying what there is
        if self._rock is not None and not rocks:
            load(self.path, self._rock)
        self._held = {}  # open pages keep what they show
        self._rocks = {f"{self.path.name}: {rock}": rock for rock in rocks} or {
            self.path.name: None
        }
        self._signature = signature


def serve(
    path: Path | None,
    *,
    rock: str | None = None,
    paths: Sequence[Path] = (),
    address: str = LOOPBACK,
    port: int | None = None,
    browser: bool = True,
    say: Callable[[str], object] = print,
) -> None:
    """Show a result in a browser until interrupted.

    Parameters
    ----------
    path : Path or None
        A result file; without one the page begins with a rock and a database.
    rock : str, optional
        The one to begin with, in a result of many.
    paths : sequence of Path
        Files of `gibbsite path` to draw in the diagram.
    address : str
        To listen at; by default this machine only.
    port : int, optional
        By default 5006, or any other if that is taken.
    browser : bool
        Whether to open a browser window.
    say : callable
        Takes the lines for the user.

    Raises
    ------
    StoreError
        If there is no such file, or it is damaged, unfinished, foreign or newer than this version.
    InputError
        If it is no diagram, or the address or port cannot be used.
    """
    tracks = [read_track(each) for each in paths]
    shelf = None if path is None else Shelf(path, rock)
    if shelf is not None:
        shelf.first()
    elif rock is not None:
        raise InputError("--rock chooses in a result of many rocks; give the result.")
    server = start(shelf, address, port, tracks)
    url = f"http://{_as_host(_reachable(address))}:{server.port}/"
    say(f"{path or 'A page to begin with a rock'} is shown at {url} until Ctrl-C.")
    if not _is_loopback(address):
        say("All who can reach this address can read the result and let this machine compute.")
    if browser:
        server.io_loop.add_callback(webbrowser.open, url)
    try:
        run_until_interrupted(server.io_loop)
    finally:
        server.stop()


def run_until_interrupted(loop: IOLoop) -> None:
    """Run a loop until Ctrl-C."""

    # An exception raised by Ctrl-C is lost where it meets the callback of a weak reference. A loop
    # that waits for something to happen must be woken, or it ends when next something does.
    def end(*_: object) -> None:
        cast(Any, loop).asyncio_loop.call_soon_threadsafe(loop.stop)

    before = signal.signal(signal.SIGINT, end)
    try:
        loop.start()
    finally:
        signal.signal(signal.SIGINT, before)


@dataclass(frozen=True, slots=True)
class Listening:
    """A server that listens; its loop is to be started.

    Attributes
    ----------
    port : int
        Where it listens.
    io_loop : IOLoop
        Runs it.
    stop : callable
        Ends it.
    """

    port: int
    io_loop: IOLoop
    stop: Callable[[], None]


def start(
    shelf: Shelf | None, address: str, port: int | None, tracks: Sequence[Track] = ()
) -> Listening:
    """Return a server of the page that listens."""
    settings.resources = "server"  # scripts come from here, not from the network
    for name in ("bokeh", "tornado"):
        logging.getLogger(name).setLevel(logging.ERROR)
    sockets, port = _bound(address, port)
    application = Application(FunctionHandler(lambda document: _fill(document, shelf, tracks)))
    tornado = BokehTornado(
        {"/": application},
        # A page of another origin may open this address, too; it must not drive a session.
        extra_websocket_origins=_origins(address, port),
        check_unused_sessions_milliseconds=5_000,
        unused_session_lifetime_milliseconds=60_000,
    )
    http = HTTPServer(tornado)
    http.add_sockets(sockets)
    server = BaseServer(IOLoop.current(), tornado, http)
    server.start()
    return Listening(port, server.io_loop, server.stop)


def _fill(document: Document, shelf: Shelf | None, tracks: Sequence[Track]) -> None:
    """Make the page of a new session; where that fails, a page that says why."""
    try:
        _make_page(document, shelf, tracks)
    finally:
        take_up()


def _make_page(document: Document, shelf: Shelf | None, tracks: Sequence[Track]) -> None:
    document.template = TEMPLATE
    if shelf is None:
        FirstPage(document, tracks)
        return
    try:
        names, first = shelf.first()
        Page(document, names, first, shelf.get, tracks)
    except GibbsiteError as error:
        _say_only(document, str(error))
    except OSError as error:
        _say_only(document, f"{shelf.path} cannot be read ({error}): it is damaged or cut short.")


def _say_only(document: Document, sentence: str) -> None:
    text = f"<p class='bad'>{escape(sentence)}</p><p>Reload the page once that is mended.</p>"
    document.clear()
    document.add_root(Div(text=text, stylesheets=[panel_style()], name="message"))
    document.title = "gibbsite"


def _bound(address: str, port: int | None) -> tuple[list[socket.socket], int]:
    """Return sockets that listen, and their port."""
    if port is None:
        with contextlib.suppress(OSError):
            return _bind(address, PORT)
        port = 0
    try:
        return _bind(address, port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise InputError(f"port {port} is taken; give another one, or none.") from None
        reason = error.strerror or str(error)
        raise InputError(f"{address}: cannot listen there ({reason}).") from None


def _bind(address: str, port: int) -> tuple[list[socket.socket], int]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listening = socket.create_server((address, port), family=family)
    listening.setblocking(False)
    return [listening], int(listening.getsockname()[1])


def _origins(address: str, port: int) -> list[str]:
    """Return from which addresses a page may talk to the server."""
    if _is_loopback(address):
        return [f"{host}:{port}" for host in ("localhost", "127.0.0.1", "[::1]")]
    # Listening everywhere, the names by which others know this machine cannot be known.
    return ["*"] if address in EVERYWHERE else [f"{_as_host(address)}:{port}"]


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _reachable(address: str) -> str:
    """Return by what name this machine's own browser finds the server."""
    return "localhost" if _is_loopback(address) or address in EVERYWHERE else address


def _as_host(address: str) -> str:
    return f"[{address}]" if ":" in address else address
