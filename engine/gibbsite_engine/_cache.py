"""Where compiled kernels are kept: one folder for these sources, this Numba and this processor.

Numba stamps a cached kernel with the file that defines it and keeps it by the path of that file:
an edit of a constant or a callee in another file goes unseen, and the same sources in another
place are compiled again. Here the folder is named by all that decides what a kernel is, and
neither path nor time counts: one cache serves every installation on a machine, and may be copied.
"""

import hashlib
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import llvmlite
import llvmlite.binding as llvm
import numba
from numba.core import config as numba_config

try:  # names of Numba's own; without them Numba keeps kernels as it does those of others
    from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator
except ImportError:  # pragma: no cover
    OWN_CACHE = False
else:
    OWN_CACHE = hasattr(FunctionCache, "_load_overload")

_CONFIG: Any = numba_config  # numba fills this module at run time
_ROOT = Path(__file__).parent
_DAY = 86400.0
_UNUSED_DAYS = 14.0  # what nobody has used for so long belongs to a version that is gone


_IMPORT = re.compile(r"^ *from (\.+|gibbsite_engine\b\.?)([\w.]*) import ([^#\n]*)", re.MULTILINE)


def _versions() -> bytes:
    """All that decides what a kernel is, but its sources."""
    processor = _CONFIG.CPU_NAME or llvm.get_host_cpu_name()
    features = _CONFIG.CPU_FEATURES or llvm.get_host_cpu_features().flatten()
    versions = sys.implementation.cache_tag, numba.__version__, llvmlite.__version__, sys.platform
    return repr((*versions, processor, features)).encode()


@cache
def _sources() -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted(_ROOT.rglob("*.py"))}


def _hash(paths: list[Path]) -> str:
    digest = hashlib.sha256(_versions())
    for path in paths:
        digest.update(f"\n{path.relative_to(_ROOT).as_posix()}\n".encode())
        digest.update(_sources()[path])
    return digest.hexdigest()[:16]


@cache
def fingerprint() -> str:
    """Hash of the engine's sources, Python, Numba, LLVM and the processor (16 hex digits)."""
    return _hash(list(_sources()))


@cache
def stamp(path: Path) -> str:
    """Hash as `fingerprint`, but of one of the engine's modules and all that it imports."""
    return _hash(sorted(imported({path})))


def imported(paths: set[Path]) -> set[Path]:
    """Return modules of the engine with all those that they import, directly or not."""
    known, new = set(paths), set(paths)
    while new:
        new = {module for path in new for module in _imports_of(path)} - known
        known |= new
    return known


@cache
def _imports_of(path: Path) -> set[Path]:
    found = set()
    for start, name, names in _IMPORT.findall(_sources()[path].decode()):
        place = path.parents[len(start) - 1] if start[0] == "." else _ROOT
        modules = [name.replace(".", "/")] if name else [n.split()[0] for n in names.split(",")]
        found |= {(place / module).with_suffix(".py") for module in modules}
    return found & set(_sources())


def _places() -> tuple[Path | None, Path]:
    """Where folders of kernels may lie: the user's cache, and a place for temporary files."""
    who = os.getuid() if hasattr(os, "getuid") else "kernels"
    spare = Path(tempfile.gettempdir()) / f"gibbsite-{who}"
    try:
        named = _CONFIG.CACHE_DIR or os.environ.get("XDG_CACHE_HOME") or "~/.cache"
        return Path(named).expanduser() / "gibbsite", spare
    except RuntimeError:  # there is no home directory
        return None, spare


def find_folder() -> Path | None:
    """Return the folder of this build, or None where none can be written.

    It is in the user's cache; where that cannot be written, in a folder of the user's own among
    the temporary files, which then begins with what the cache holds.
    """
    home, spare = _places()
    if home and (folder := _open_folder(home)):
        return folder
    shipped = home / fingerprint() if home else None
    try:
        spare.mkdir(mode=0o700, exist_ok=True)
        if not _is_private(spare):
            return None
        if shipped and shipped.is_dir() and not (spare / fingerprint()).exists():
            unpacked = Path(tempfile.mkdtemp(dir=spare))
            shutil.copytree(shipped, unpacked, dirs_exist_ok=True)
            unpacked.rename(spare / fingerprint())
    except OSError:
        pass  # nothing can be written or read, or another process was faster
    return _open_folder(spare)


def _open_folder(place: Path) -> Path | None:
    """Make the folder of this build in a place, and mark it as used; None where that fails."""
    folder = place / fingerprint()
    try:
        new = not folder.is_dir()
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
        if time.time() - folder.stat().st_mtime > _DAY:
            os.utime(folder)
        if new:
            _begin_with_last(place, folder)
            remove_unused(place)
    except OSError:
        return None
    return folder


def _begin_with_last(place: Path, folder: Path) -> None:
    """Copy those kernels of the build used last that rest on modules which have not changed."""
    others = [path for path in place.iterdir() if path.is_dir() and path != folder]
    for last in sorted(others, key=lambda path: path.stat().st_mtime)[-1:]:
        for module in _sources():
            for kept in last.glob(f"**/*{stamp(module)}-*.nb[ci]"):
                target = folder / kept.relative_to(last)
                target.parent.mkdir(exist_ok=True)
                part = target.with_name(f"{target.name}.tmp.{os.getpid()}")
                shutil.copy(kept, part)
                part.replace(target)  # whole or not at all: other processes read here already


def _is_private(place: Path) -> bool:
    """Whether nobody else may write there: what is loaded from a cache is run."""
    status = place.lstat()
    return not hasattr(os, "getuid") or (
        status.st_uid == os.getuid() and not place.is_symlink() and not status.st_mode & 0o022
    )


def remove_unused(place: Path) -> None:
    """Remove the folders of a place that nobody has used for two weeks.

    A folder is renamed before it is emptied, so that nobody finds half of it. A process that still
    runs from it has its kernels in memory.
    """
    oldest = time.time() - _UNUSED_DAYS * _DAY
    for folder in place.iterdir():
        try:
            if folder.name != fingerprint() and folder.stat().st_mtime < oldest:
                gone = place / f"{folder.name.partition('.')[0]}.{os.getpid()}"
                folder.rename(gone)
                shutil.rmtree(gone, ignore_errors=True)
        except OSError:
            continue  # another process was faster


@cache
def _digest(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def keep(dispatcher: Any, folder: Path) -> None:
    """Let Numba keep what it compiles of a function in a folder, whatever path the source has.

    Parameters
    ----------
    dispatcher : numba Dispatcher
        Of the function; nothing is compiled yet.
    folder : Path
        Made if need be; one for each way of compiling the same function.
    """
    if OWN_CACHE:
        dispatcher._cache = _cache_in(folder)(dispatcher.py_func)
        return
    outer = _CONFIG.CACHE_DIR
    _CONFIG.CACHE_DIR = str(folder)
    try:
        dispatcher.enable_caching()
    finally:
        _CONFIG.CACHE_DIR = outer


@cache
def _cache_in(folder: Path) -> Any:
    """Numba's cache of one function, but for where it lies, what makes it stale, and what it loads."""

    class Locator(_CacheLocator):
        def __init__(self, function: Callable[..., Any], file: str) -> None:
            self._py_file = file  # where a warning points to
            self._code = function.__code__
            self._module = function.__module__

        @classmethod
        def from_function(cls, function: Callable[..., Any], file: str) -> "Locator":
            return cls(function, file)

        def get_cache_path(self) -> str:
            return str(folder)

        def get_source_stamp(self) -> str:
            path = Path(self._py_file)
            return stamp(path) if path in _sources() else f"{fingerprint()}-{_digest(str(path))}"

        def get_disambiguator(self) -> str:
            # Part of the file's name, so that no stale file is ever written over.
            return f"{self.get_source_stamp()}-{self._code.co_firstlineno}"

    class Kept(CompileResultCacheImpl):
        _locator_classes = [Locator]  # noqa: RUF012 (as Numba has it)

        def reduce(self, result: Any) -> Any:
            """Keep no environment without constants.

            Nothing of it is read, and to load it imports the module of its function: of functions
            in Numba half of Numba, and SciPy's algebra.
            """
            *parts, environments = super().reduce(result)
            return (*parts, tuple(each for each in environments if each.consts))

    class Cache(FunctionCache):
        _impl_class = Kept

        def load_overload(self, signature: Any, context: Any) -> Any:
            """Load without what Numba would make ready beforehand, which only compiling needs.

            What is cut off, by a disk that was full or a machine that stopped, is compiled anew.
            """
            with self._guard_against_spurious_io_errors():
                try:
                    return self._load_overload(signature, context)
                except (EOFError, UnpicklingError):
                    Path(self._cache_file._index_path).unlink(missing_ok=True)
                    return None

    return Cache


def is_kept(dispatcher: Any) -> bool:
    """Whether what was compiled of a function is found in its folder; True where none can tell."""
    if not OWN_CACHE:
        return True
    file = getattr(dispatcher._cache, "_cache_file", None)  # nothing is kept without a folder
    return file is not None and Path(file._index_path).exists()
