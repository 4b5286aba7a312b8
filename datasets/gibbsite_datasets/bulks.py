"""Bulk compositions, and the ranges of oxides that are published without their analyses."""

import re
from typing import cast

from .components import INSIDE, OUTSIDE, build_components
from .reading import Row, Tables
from .records import BulkRecord, BulkStatus, CompositionRange
from .schema import RANGES, bulk_table

FOLDER = "bulks"
RANGES_FILE = "ranges.csv"
TOTAL_WT = (95.0, 105.0)
"""Totals that an analysis may have [wt%]; beyond them a number is missing or misread."""

KEY = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def build_bulks(tables: Tables) -> dict[str, BulkRecord]:
    """Read all tables of bulk compositions."""
    components = tuple(c.name for c in build_components(tables, INSIDE))
    outside = tuple(c.name for c in build_components(tables, OUTSIDE))
    table = bulk_table(components, outside)
    bulks: dict[str, BulkRecord] = {}
    for file in tables.names(FOLDER, ".csv"):
        for row in tables.rows(f"{FOLDER}/{file}", table):
            bulk = _bulk(row)
            if bulk.key in bulks:
                raise row.error(f"key {bulk.key!r} is there twice")
            bulks[bulk.key] = bulk
    return bulks


def _bulk(row: Row) -> BulkRecord:
    oxides_wt = dict(row.numbers)
    total = sum(oxides_wt.values())
    low, high = TOTAL_WT
    if not low <= total <= high:
        raise row.error(f"the oxides sum to {total:g} wt%, outside {low:g} to {high:g}")
    return BulkRecord(
        key=_key(row),
        name=row.text("name"),
        oxides_wt=oxides_wt,
        status=cast(BulkStatus, row.text("status")),
        source=row.text("source"),
        note=row.text("note"),
    )


def build_ranges(tables: Tables) -> dict[str, CompositionRange]:
    """Read the table of composition ranges."""
    known = [c.name for c in build_components(tables, INSIDE)]
    groups: dict[str, dict[str, Row]] = {}
    for row in tables.rows(RANGES_FILE, RANGES):
        oxide = row.text("oxide")
        group = groups.setdefault(_key(row), {})
        if oxide not in known:
            raise row.error(f"unknown oxide {oxide!r}")
        if oxide in group:
            raise row.error(f"range of {oxide} is there twice")
        if row.number("minimum") > row.number("maximum"):
            raise row.error(f"range of {oxide} is upside down")
        group[oxide] = row
    return {key: _range(key, group) for key, group in groups.items()}


def _range(key: str, group: dict[str, Row]) -> CompositionRange:
    sources = [row.text("source") for row in group.values() if row.text("status") == "published"]
    return CompositionRange(
        key=key,
        bounds_wt={
            oxide: (row.number("minimum"), row.number("maximum")) for oxide, row in group.items()
        },
        assumed=frozenset(o for o, row in group.items() if row.text("status") == "assumed"),
        source="; ".join(dict.fromkeys(sources)),
    )


def _key(row: Row) -> str:
    key = row.text("key")
    if not KEY.fullmatch(key):
        raise row.error(f"key {key!r} must be lower-case letters, digits and single hyphens")
    return key
