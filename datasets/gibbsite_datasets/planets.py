"""Bodies whose pressure is told as a depth: mass, radius, and layers of constant density."""

from .reading import Tables
from .records import Layer, PlanetRecord
from .schema import LAYERS, PLANETS

BODIES_FILE = "planets/bodies.csv"
LAYERS_FILE = "planets/layers.csv"


def build_planets(tables: Tables) -> dict[str, PlanetRecord]:
    """Read the bodies with their layers, from the surface down."""
    layers: dict[str, list[Layer]] = {}
    for row in tables.rows(LAYERS_FILE, LAYERS):
        mine = layers.setdefault(row.text("body"), [])
        layer = Layer(row.number("top"), row.number("density"), row.text("source"))
        if layer.top_km != 0.0 if not mine else layer.top_km <= mine[-1].top_km:
            raise row.error("layers begin at 0 km and follow from the surface down")
        mine.append(layer)
    records: dict[str, PlanetRecord] = {}
    for row in tables.rows(BODIES_FILE, PLANETS):
        key, radius = row.text("body"), row.number("radius")
        if key in records:
            raise row.error(f"body {key!r} is there twice")
        mine = layers.pop(key, [])
        if mine and mine[-1].top_km >= radius:
            raise row.error(f"a layer begins at {mine[-1].top_km:g} km, below the centre")
        records[key] = PlanetRecord(
            key, row.text("name"), row.number("gm"), radius, tuple(mine), row.text("source")
        )
    if layers:
        raise tables.rows(LAYERS_FILE, LAYERS)[0].error(f"no body is called {min(layers)!r}")
    return records
