"""What there is, as tables to look things up in: rocks and the phases of the databases."""

import pandas as pd

from gibbsite_datasets import load_bulks, load_models, model_names

from .database import Database, database
from .names import NAME_RULES


def rock_names() -> pd.DataFrame:
    """Return the rocks that come with gibbsite.

    Returns
    -------
    pandas.DataFrame
        By key, as `bulk` takes it: `name`, `status` (how far to trust it), `source`.
    """
    rows = {
        each.key: {"name": each.name, "status": each.status, "source": each.source}
        for each in load_bulks().values()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rock")


def phases(of: Database | str | None = None) -> pd.DataFrame:
    """Return the phases, what each is called, and what it is made of.

    Parameters
    ----------
    of : Database or str, optional
        Only those of a database, with their end-members; by default the phases of all.

    Returns
    -------
    pandas.DataFrame
        By key: `name` and `symbol` (Warr, 2021), `ranges` (keys of ranges of composition that have
        names of their own), and `endmembers` of one database, or `databases` that have it.
    """
    if of is not None:
        data = database(of) if isinstance(of, str) else of
        last = {each.name: ("endmembers", " ".join(each.endmembers)) for each in data.phases}
        last = {name: made for name, made in last.items() if data.takes_part(name)}
    else:
        holds = {name: _keys(name) for name in model_names()}
        keys = dict.fromkeys(key for found in holds.values() for key in found)
        last = {
            key: ("databases", " ".join(name for name, found in holds.items() if key in found))
            for key in keys
        }
    order = [key for key in NAME_RULES if key in last] + [
        key for key in last if key not in NAME_RULES
    ]
    rows = {key: _about(key) | dict([last[key]]) for key in order}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("phase")


def _keys(name: str) -> list[str]:
    models = load_models(name)
    return [*(solution.name for solution in models.solutions), *models.pure_phases]


def _about(key: str) -> dict[str, str]:
    if key not in NAME_RULES:
        return {"name": key, "symbol": key, "ranges": ""}
    kind = NAME_RULES[key]
    ranges = dict.fromkeys(window.gibbsite for window in kind.windows if window.gibbsite != key)
    return {"name": kind.name.full, "symbol": kind.name.warr, "ranges": " ".join(ranges)}
