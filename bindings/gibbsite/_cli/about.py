"""What `gibbsite info WHAT` says: of a list, a database, a rock, a section, a study, a phase, a file."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from math import isnan
from pathlib import Path
from typing import Any

import gibbsite as gb
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError

from . import text


def about(what: str) -> str:
    """Return all that is known of a thing by its name, or of a result by its file.

    Raises
    ------
    InputError
        If nothing goes by that name.
    """
    path = Path(what)
    if path.exists() or path.suffix in (".h5", ".nc", ".hdf5"):
        with gb.open(path) as dataset:
            return text.contents(dataset)
    groups = (_lists, _traces, _rocks, _databases, _sections, _studies, _phases)
    known = {name: tell for group in groups for name, tell in group().items()}
    if what not in known:
        lists = f"known are the lists {', '.join(_lists())}, and what is in them."
        near = did_you_mean(what, known, lists)
        raise InputError(f"there is no file and nothing named {what!r}: {near}")
    return known[what]()


def _lists() -> dict[str, Callable[[], str]]:
    return {
        "databases": text.databases_at_length,
        "rocks": text.rocks,
        "sections": text.sections,
        "studies": text.studies,
        "phases": lambda: _frame(gb.phases()),
        "traces": _all_traces,
    }


def _databases() -> dict[str, Callable[[], str]]:
    def one(name: str) -> str:
        return f"{text.database(name)}\n\n{_frame(gb.phases(name))}"

    return {str(name): partial(one, str(name)) for name in gb.databases().index}


def _rocks() -> dict[str, Callable[[], str]]:
    return {str(key): partial(_rock, str(key)) for key in gb.rock_names().index}


def _rock(key: str) -> str:
    rock = gb.bulk(key, ignore="outside")
    note = _note(key)
    rows = [("name", rock.name), ("status", rock.status), ("source", rock.source)]
    rows += [("note", note)] if note else []
    ignored = ", ".join(f"{oxide} {share:.3g}" for oxide, share in rock.left_out_wt.items())
    rows += [("outside the system", f"{ignored} wt%; needs --ignore outside")] if ignored else []
    oxides = [(o, f"{rock.wt[o]:.3f}", f"{100.0 * rock.mol[o]:.3f}") for o in rock.components]
    return f"{text.table([], rows)}\n\n{text.table(['oxide', 'wt%', 'mol%'], oxides)}"


def _note(key: str) -> str:
    from gibbsite_datasets import load_bulks

    return load_bulks()[key].note


def _sections() -> dict[str, Callable[[], str]]:
    from gibbsite._section.toml import shipped_sections

    return {name: toml.rstrip for name, toml in shipped_sections().items()}


def _studies() -> dict[str, Callable[[], str]]:
    if not find_spec("gibbsite_studies"):
        return {}
    from gibbsite_studies.plan import shipped_studies

    return {name: toml.rstrip for name, toml in shipped_studies().items()}


def _all_traces() -> str:
    """List reservoirs of trace elements, and sets of partition coefficients."""
    from gibbsite_datasets import load_partition, load_traces

    reservoirs = [(each.key, each.name, each.source) for each in load_traces().values()]
    sets = [(name, " ".join(minerals)) for name, minerals in load_partition().items()]
    return (
        f"{text.table(['reservoir', 'name', 'source'], reservoirs)}\n\n"
        f"{text.table(['partition coefficients', 'minerals'], sets)}"
    )


def _traces() -> dict[str, Callable[[], str]]:
    from gibbsite_datasets import load_partition, load_traces

    known: dict[str, Callable[[], str]] = {}
    known |= {key: partial(_reservoir, key) for key in load_traces()}
    known |= {name: partial(_coefficients, name) for name in load_partition()}
    return known


def _coefficients(name: str) -> str:
    found = gb.partition_coefficients(name)
    sources = [(str(mineral), str(source)) for mineral, source in found["source"].items()]
    numbers = found.drop(columns="source")
    rows = [
        (str(element), *("-" if isnan(d) else f"{d:g}" for d in row))
        for element, row in zip(numbers.columns, numbers.to_numpy().T, strict=True)
    ]
    return f"{text.table([name, *map(str, numbers.index)], rows)}\n\n{text.table([], sources)}"


def _reservoir(key: str) -> str:
    from gibbsite_datasets import load_traces

    record = load_traces()[key]
    rows = [("name", record.name), ("status", record.status), ("source", record.source)]
    amounts = [(element, f"{amount:g}") for element, amount in record.amounts.items()]
    return f"{text.table([], rows)}\n\n{text.table(['element', record.unit], amounts)}"


def _phases() -> dict[str, Callable[[], str]]:
    table = gb.phases()
    known: dict[str, Callable[[], str]] = {}
    for key, row in table.iterrows():
        rows = [("phase", str(key)), *((str(name), str(row[name]) or "-") for name in row.index)]
        for name in (str(key), str(row["name"]), str(row["symbol"])):
            known.setdefault(name, partial(text.table, [], rows))
    return known


def _frame(table: Any) -> str:
    rows = [
        (str(key), *(str(cell) for cell in row))
        for key, row in zip(table.index, table.values, strict=True)
    ]
    return text.table([str(table.index.name), *map(str, table.columns)], rows)
