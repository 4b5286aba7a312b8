"""Modules that are named where the types of functions are told, and imported when someone asks for these."""

from importlib import import_module


class LazyModule:
    """A module in an annotation: `typing.get_type_hints` finds its names, and nobody else waits for it.

    Parameters
    ----------
    name : str
        As it is imported.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> object:
        """Return what the module has under a name."""
        return getattr(import_module(self._name), name)
