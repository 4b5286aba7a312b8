"""A rock as the command line takes it, and lists of numbers."""

from collections.abc import Callable, Iterable
from shlex import shlex
from typing import Any

import click

from gibbsite.errors import InputError

from . import completion


def rock_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that say which rock; their names are those of `rock_of_options`."""
    for option in (
        click.option(
            "--ignore", metavar="OXIDES", default="", help='To leave out: "MnO P2O5" or "outside".'
        ),
        click.option(
            "--water",
            metavar="WT%",
            help='Water to add [wt% of the whole], or "excess".',
        ),
        click.option(
            "--ferric", type=float, metavar="SHARE", help="Share of ferric iron in all, 0 to 1."
        ),
        click.option("--mol", metavar="OXIDES", help='By moles: --mol "SiO2=1 MgO=2 ...".'),
        click.option("--wt", metavar="OXIDES", help='By weight: --wt "SiO2=45.1 MgO=38.2 ...".'),
        click.option(
            "--bulk",
            "key",
            metavar="NAME",
            help="Its name (see: gibbsite info rocks).",
            shell_complete=completion.rocks,
        ),
    ):
        command = option(command)
    return command


def database_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that says which database, None where it is not given; it has no default."""
    return click.option(
        "--database",
        "name",
        metavar="NAME",
        help="Its name (see: gibbsite info databases); there is no default.",
        shell_complete=completion.databases,
    )(command)


def window_option(command: Callable[..., None]) -> Callable[..., None]:
    """Add the option that limits what phases may hold of oxides."""
    return click.option(
        "--window",
        "windows",
        multiple=True,
        metavar="PHASE.OXIDE=LEAST,MOST",
        help="Consider only compositions inside [wt%]: opx.CaO=0,10; may be given again.",
    )(command)


def reading_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that only a table of rocks has; their names are those of `rocks`."""
    for option in (
        click.option(
            "--repeated",
            type=click.Choice(["refuse", "number"]),
            default="refuse",
            show_default=True,
            help='A name of a table that is there twice; "number" calls the second "name (2)".',
        ),
        click.option("--sheet", metavar="NAME", help="Of an Excel file that has several."),
        click.option(
            "--suffix", metavar="_LIQ", help="Of the columns to read, if there is a choice."
        ),
        click.option(
            "--iron",
            type=click.Choice(["refuse", "ferrous", "given"]),
            default="refuse",
            show_default=True,
            help="Ferric iron of a table; ferrous counts all as FeO, given takes it in.",
        ),
    ):
        command = option(command)
    return command


def table_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of how to read a table of rocks; their names are those of `rocks`."""
    command = reading_options(command)
    for option in (
        click.option(
            "--ferric", type=float, metavar="SHARE", help="Share of ferric iron in all, 0 to 1."
        ),
        click.option(
            "--water", metavar="WT%", help='Water to add [wt% of the whole], or "excess".'
        ),
        click.option(
            "--ignore",
            metavar="NAMES",
            default="",
            help='To leave out: "MnO P2O5" or "outside"; columns: "outside \'Fe2O3 calc\'".',
        ),
    ):
        command = option(command)
    return command


def rock_of_options(
    key: str | None,
    wt: str | None,
    mol: str | None,
    ignore: str,
    ferric: float | None = None,
    water: str | None = None,
) -> Any:
    """Return the rock that the options mean."""
    import gibbsite as gb

    return gb.bulk(
        key,
        wt=None if wt is None else amounts("--wt", wt),
        mol=None if mol is None else amounts("--mol", mol),
        ignore=ignored(ignore),
        ferric=ferric,
        water=read_water(water),
    )


def read_water(text: str | None) -> Any:
    """Return the water of an option: a weight [wt%], "excess" or None."""
    if text is None or text == "excess":
        return text
    return number_of_text("--water", text)


def open_of_text(text: str) -> dict[str, str | float]:
    """Return the open components of a text such as "O=QFM-0.5 H2O=0.8"."""
    found: dict[str, str | float] = {}
    for item in text.replace(",", " ").split():
        name, equals, value = item.partition("=")
        if not (name and equals and value):
            raise InputError(f"{item!r} in --open should look like O=QFM-0.5, without spaces.")
        try:
            found[name] = float(value)
        except ValueError:
            found[name] = value
    return found


def windows_of_texts(texts: Iterable[str]) -> dict[str, tuple[float, float]]:
    """Return the windows of texts such as "opx.CaO=0,10"."""
    found: dict[str, tuple[float, float]] = {}
    for text in texts:
        name, equals, limits = text.partition("=")
        both = numbers_of_text("--window", limits) if equals else []
        if len(both) != 2:
            raise InputError(f"{text!r} in --window should look like opx.CaO=0,10.")
        if name in found:
            raise InputError(f"{name} is given twice in --window.")
        found[name] = (both[0], both[1])
    return found


def ignored(text: str) -> str | list[str]:
    """Return the names of a text such as "MnO P2O5" or "outside 'Fe2O3 calc'", or "outside"."""
    words = shlex(text, posix=True)
    words.whitespace += ","
    words.whitespace_split, words.commenters = True, ""
    try:
        names = list(words)
    except ValueError:
        raise InputError(f"a quotation mark is missing in --ignore {text!r}.") from None
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


def number_of_text(option: str, text: str) -> float:
    """Return the one number of a text; "0,5" is two."""
    found = numbers_of_text(option, text)
    if len(found) > 1:
        raise InputError(
            f"{option} {text!r} holds {len(found)} numbers, and one is wanted: 0.5, say."
        )
    return found[0]


def numbers_of_text(option: str, text: str) -> list[float]:
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
