"""Where a study keeps the tables of its parts, so that the same command goes on."""

import hashlib
import io
import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from gibbsite.errors import StoreError

Tables = Mapping[str, pd.DataFrame]


@dataclass(frozen=True, slots=True)
class Shelf:
    """A folder of CSV tables, those of each part with a stamp that says what they were made of."""

    folder: Path

    def get(self, part: str, key: str) -> dict[str, pd.DataFrame] | None:
        """Return the tables of a part made of `key`, None if there are none or they were changed."""
        try:
            stamp = json.loads(self._stamp(part).read_text(encoding="utf-8"))
            if stamp["key"] != key:
                return None
            tables = {}
            for name, kept in stamp["tables"].items():
                content = self._table(part, name).read_bytes()
                if hashlib.sha256(content).hexdigest() != kept["sha256"]:
                    return None
                tables[name] = _read(content, kept["kinds"])
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return None
        return tables

    def put(self, part: str, key: str, tables: Tables, seconds: float) -> dict[str, pd.DataFrame]:
        """Keep the tables of a part; return them as they will be read again."""
        stamp: dict[str, Any] = {"key": key, "seconds": round(seconds, 1), "tables": {}}
        found = {}
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._stamp(part).unlink(missing_ok=True)
            for name, table in tables.items():
                content = table.to_csv(index=False, lineterminator="\n").encode()
                kinds = {str(column): table[column].dtype.kind for column in table}
                digest = hashlib.sha256(content).hexdigest()
                stamp["tables"][name] = {"sha256": digest, "kinds": kinds}
                self._table(part, name).write_bytes(content)
                found[name] = _read(content, kinds)
            draft = self._stamp(part).with_suffix(".draft")
            draft.write_text(json.dumps(stamp, indent=1) + "\n", encoding="utf-8")
            os.replace(draft, self._stamp(part))
        except OSError as error:
            raise StoreError(
                f"{self.folder} cannot be written: {error.strerror or error}."
            ) from None
        return found

    def seconds(self, part: str) -> float:
        """Return how long a part that is kept took [s]."""
        return float(json.loads(self._stamp(part).read_text(encoding="utf-8"))["seconds"])

    def _stamp(self, part: str) -> Path:
        return self.folder / f"{part}.json"

    def _table(self, part: str, name: str) -> Path:
        return self.folder / f"{part}-{name}.csv"


def _read(content: bytes, kinds: Mapping[str, str]) -> pd.DataFrame:
    """Return the table of a CSV text, its numbers to the last bit.

    Python turns text into the nearest number; how pandas does it depends on its version.
    """
    if not kinds:
        return pd.DataFrame()
    text = pd.read_csv(io.BytesIO(content), dtype=str, keep_default_na=False)
    columns: dict[str, pd.Series[Any]] = {}
    for name, kind in kinds.items():
        cells = text[name].tolist()
        if kind == "f":
            columns[name] = pd.Series(
                [float(cell) if cell else math.nan for cell in cells], dtype=float
            )
        elif kind in "iu":
            columns[name] = pd.Series([int(cell) for cell in cells], dtype="int64")
        elif kind == "b":
            columns[name] = pd.Series([cell == "True" for cell in cells], dtype=bool)
        else:
            columns[name] = pd.Series(cells, dtype=object)
    return pd.DataFrame(columns)
