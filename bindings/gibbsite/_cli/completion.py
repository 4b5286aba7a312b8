"""What a shell can complete: rocks, databases, sections, studies, styles, traces and names of phases.

Looked up only when a shell asks; what a file holds is not read for it.
"""

from collections.abc import Callable, Iterable
from importlib.util import find_spec

import click
from click.shell_completion import CompletionItem

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]


def _completing(names: Callable[[], Iterable[tuple[str, str]]], files: bool = False) -> Complete:
    """Return what completes a word by names, each with a line of help; else by files, if asked."""

    def complete(
        context: click.Context, parameter: click.Parameter, begun: str
    ) -> list[CompletionItem]:
        found = [
            CompletionItem(name, help=text) for name, text in names() if name.startswith(begun)
        ]
        return [*found, CompletionItem(begun, type="file")] if files else found

    return complete


def _rocks() -> Iterable[tuple[str, str]]:
    from gibbsite_datasets import load_bulks

    return ((each.key, each.name) for each in load_bulks().values())


def _databases() -> Iterable[tuple[str, str]]:
    from gibbsite_datasets import load_guides

    return ((name, guide.suits) for name, guide in load_guides().items())


def _sections() -> Iterable[tuple[str, str]]:
    from gibbsite._section.toml import shipped_sections

    return ((name, "a section") for name in shipped_sections())


def _studies() -> Iterable[tuple[str, str]]:
    if not find_spec("gibbsite_studies"):
        return ()
    from gibbsite_studies.plan import shipped_studies

    return ((name, "a study") for name in shipped_studies())


def _reservoirs() -> Iterable[tuple[str, str]]:
    from gibbsite_datasets import load_traces

    return ((each.key, each.name) for each in load_traces().values())


def _partition() -> Iterable[tuple[str, str]]:
    from gibbsite_datasets import load_partition

    return ((name, " ".join(minerals)) for name, minerals in load_partition().items())


def _styles() -> Iterable[tuple[str, str]]:
    from gibbsite._drawing.style import STYLES

    return ((name, "") for name in STYLES)


def _anything() -> Iterable[tuple[str, str]]:
    yield from _databases()
    yield from _rocks()
    yield from _sections()
    yield from _studies()
    yield from _reservoirs()
    yield from _partition()


rocks = _completing(_rocks)
databases = _completing(_databases)
cited = _completing(_databases, files=True)
sections = _completing(_sections, files=True)
studies = _completing(_studies, files=True)
styles = _completing(_styles)
reservoirs = _completing(_reservoirs)
partition = _completing(_partition)
anything = _completing(_anything, files=True)
