"""A rock as the command line takes it, and lists of numbers."""

from collections.abc import Callable
from typing import Any

import click

from gibbsite.errors import InputError


def rock_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which rock; their names are those of `read_rock`."""
    for option in (
        click.option(
            "--ignore", metavar="OXIDES", default="", help='To leave out: "MnO P2O5" or "outside".'
        ),
        click.option("--mol", metavar="OXIDES", help='By moles: --mol "SiO2=1 MgO=2 ...".'),
        click.option("--wt", metavar="OXIDES", help='By weight: --wt "SiO2=45.1 MgO=38.2 ...".'),
        click.option("--bulk", "key", metavar="NAME", help="Its name (see: gibbsite info)."),
    ):
        command = option(command)
    return command


def read_rock(key: str | None, wt: str | None, mol: str | None, ignore: str) -> Any:
    """Return the rock that the options mean."""
    import gibbsite as gb

    return gb.bulk(
        key,
        wt=None if wt is None else amounts("--wt", wt),
        mol=None if mol is None else amounts("--mol", mol),
        ignore=ignored(ignore),
    )


def ignored(text: str) -> str | list[str]:
    """Return the oxides of a text such as "MnO P2O5", or "outside"."""
    names = text.replace(",", " ").split()
    return "outside" if names == ["outside"] else names


def amounts(option: str, text: str) -> dict[str, float]:
    """Return oxides and amounts of a text such as "SiO2=45.1 MgO=38.2"."""
    found: dict[str, float] = {}
    for item in text.replace(",", " ").replace(";", " ").split():
        oxide, equals, number = item.partition("=")
        if not (oxide and equals and number):
            raise InputError(f"{item!r} in {option} should look like SiO2=45.1, without spaces.")
        if oxide in found:
            raise InputError(f"{oxide} is given twice in {option}.")
        try:
            found[oxide] = float(number)
        except ValueError:
            raise InputError(f"{item!r} in {option}: {number!r} is not a number.") from None
    return found


def numbers(option: str, text: str) -> list[float]:
    """Return the numbers of a text such as "1300 900"."""
    found = []
    for item in text.replace(",", " ").split():
        try:
            found.append(float(item))
        except ValueError:
            raise InputError(f"{item!r} in {option} is not a number.") from None
    if not found:
        raise InputError(f"{option} holds no number.")
    return found
