"""Trace elements of rocks and reservoirs, and how minerals and melt share them."""

from typing import Literal, cast

from .bulks import KEY
from .reading import Row, Tables
from .records import BulkStatus, PartitionRecord, TraceRecord
from .schema import PARTITION, trace_table

PPM_FILE = "trace/elements.csv"
NORMALISED_FILE = "trace/normalised.csv"
PARTITION_FILE = "trace/partition_coefficients.csv"

TraceUnit = Literal["ppm", "chondrite"]


def build_traces(tables: Tables) -> dict[str, TraceRecord]:
    """Read both tables of trace elements."""
    files: tuple[tuple[str, TraceUnit], ...] = ((PPM_FILE, "ppm"), (NORMALISED_FILE, "chondrite"))
    records: dict[str, TraceRecord] = {}
    for file, unit in files:
        for row in tables.rows(file, trace_table(unit)):
            record = _trace(row, unit)
            if record.key in records:
                raise row.error(f"key {record.key!r} is there twice")
            records[record.key] = record
    return records


def _trace(row: Row, unit: TraceUnit) -> TraceRecord:
    key = row.text("key")
    if not KEY.fullmatch(key):
        raise row.error(f"key {key!r} must be lower-case letters, digits and single hyphens")
    if not row.numbers:
        raise row.error(f"{key!r} has no element")
    return TraceRecord(
        key=key,
        name=row.text("name"),
        amounts=dict(row.numbers),
        unit=unit,
        status=cast(BulkStatus, row.text("status")),
        source=row.text("source"),
        note=row.text("note"),
    )


def build_partition(tables: Tables) -> dict[str, dict[str, PartitionRecord]]:
    """Read the sets of partition coefficients, each by mineral."""
    sets: dict[str, dict[str, PartitionRecord]] = {}
    for row in tables.rows(PARTITION_FILE, PARTITION):
        mineral, records = row.text("mineral"), sets.setdefault(row.text("set"), {})
        if mineral in records:
            raise row.error(f"mineral {mineral!r} is there twice")
        holds_for = tuple(row.text("holds_for").split())
        for other in records.values():
            if twice := {*holds_for} & {*other.holds_for}:
                raise row.error(f"{min(twice)!r} is held for by {other.mineral!r} already")
        if not row.numbers:
            raise row.error(f"{mineral!r} has no coefficient")
        records[mineral] = PartitionRecord(
            mineral, row.text("name"), holds_for, dict(row.numbers), row.text("source")
        )
    return sets
