"""Windows of composition as a section holds them; whether they can be meant, its database says."""

from collections.abc import Mapping, Sequence

from gibbsite._inputs.given import by_name, number
from gibbsite.errors import InputError

Windows = tuple[tuple[str, tuple[float, float]], ...]


def as_windows(given: Mapping[str, Sequence[float]] | None) -> Windows:
    """Return PHASE.OXIDE with its least and greatest share [wt%]; InputError where they are not two."""
    found = []
    for name, limits in by_name("windows", given, '{"opx.CaO": (0, 10)}').items():
        try:
            low, high = (number(name, limit, "wt%") for limit in limits)
        except (TypeError, ValueError):
            raise InputError(
                f"the window of {name} is (least, greatest) in wt%, not {limits!r}."
            ) from None
        found.append((name, (low, high)))
    return tuple(found)
