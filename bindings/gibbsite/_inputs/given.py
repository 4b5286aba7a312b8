"""What a user gives is of the kind it has to be, or is refused in words: numbers, names, tables, files."""

from collections.abc import Iterable, Mapping
from numbers import Real
from os import PathLike
from pathlib import Path
from typing import Any, SupportsFloat, TypeGuard

import numpy as np
from numpy.typing import NDArray

from gibbsite.errors import InputError


def number(name: str, value: object, unit: str = "") -> float:
    """Return a number; text and True or False are none.

    Parameters
    ----------
    name : str
        What is given.
    value : object
        It.
    unit : str
        Of it.

    Raises
    ------
    InputError
        If it is no real number. It may be infinite, or NaN.
    """
    if not _is_number(value):
        raise InputError(f"{name} = {value!r} is not a number{_of(unit)}.")
    return float(value)


def numbers(name: str, values: object, unit: str = "") -> NDArray[np.float64]:
    """Return an array of numbers of any shape; NaN where it is masked.

    Parameters
    ----------
    name : str
        What is given.
    values : object
        A number, nested lists of numbers, or an array.
    unit : str
        Of them.

    Raises
    ------
    InputError
        If some are text, True or False, complex, or nothing at all.
    """
    try:
        return _as_numbers(values)
    except (TypeError, ValueError, OverflowError):
        what = _of(unit) or ", or an array of numbers"
        raise InputError(f"{name} = {_short(values)} is not a number{what}.") from None


def _as_numbers(values: object) -> NDArray[np.float64]:
    """The array, or a TypeError, ValueError or OverflowError."""
    if np.ma.isMaskedArray(values):
        plain = np.ma.getdata(values)
        if plain.dtype.kind not in "iuf":
            raise TypeError
        return np.asarray(np.ma.filled(np.ma.asarray(values).astype(np.float64), np.nan))
    array = np.asarray(values)
    if isinstance(values, list | tuple) and array.dtype.kind in "iuf":
        mixed = any(isinstance(each, bool | np.bool_) for each in _flat(values))
    else:
        mixed = array.dtype.hasobject and not all(map(_is_number, array.flat))
    if mixed or array.dtype.kind not in "iufO":
        raise TypeError
    return np.asarray(array, dtype=np.float64)


def whole_number(name: str, value: object, least: int = 1) -> int:
    """Return a whole number that is not below the least; raises InputError for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise InputError(f"{name} = {value!r} must be a whole number, {least} or more.")
    return int(value)


def names(name: str, given: object) -> tuple[str, ...]:
    """Return names given as one or as a list; none for None.

    Raises
    ------
    InputError
        If they are not all text.
    """
    if given is None:
        return ()
    if isinstance(given, str):
        return (given,)
    found = tuple(given) if isinstance(given, Iterable) else (given,)
    for each in found:
        if not isinstance(each, str):
            raise InputError(f"{name} = {given!r} is not a name or a list of names.")
    return found


def by_name(name: str, given: object, example: str) -> Mapping[str, Any]:
    """Return a mapping of names to something; empty for None.

    Parameters
    ----------
    name : str
        What is given.
    given : object
        It.
    example : str
        How it looks, such as '{"opx.CaO": (0, 10)}'.

    Raises
    ------
    InputError
        If it is no such mapping.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise InputError(f"{name} = {given!r} is not a mapping of names, such as {example}.")
    return given


def file_path(name: str, given: object) -> Path:
    """Return the path of a file; raises InputError for what is none."""
    if not isinstance(given, str | PathLike):
        raise InputError(f"{name} = {given!r} is not the path of a file.")
    return Path(given)


def _is_number(value: object) -> TypeGuard[SupportsFloat]:
    """Whether a value is one real number, of Python or NumPy."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.dtype.kind in "iuf"
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_)


def _flat(values: Any) -> Iterable[object]:
    """The numbers of nested lists."""
    for each in values:
        if isinstance(each, list | tuple):
            yield from _flat(each)
        else:
            yield each


def _of(unit: str) -> str:
    return f" in {unit}" if unit else ""


def _short(values: object) -> str:
    text = repr(values)
    return text if len(text) <= 60 else f"{text[:57]}..."
