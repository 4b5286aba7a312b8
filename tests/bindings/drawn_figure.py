"""What a picture shows, read from the drawn artists: texts, lines, what they cover and name."""

import numpy as np
import shapely
from matplotlib.collections import LineCollection
from shapely import affinity

LINES = ("field", "solidus", "liquidus", "isopleth")
TEXTS = ("label", "number", "isopleth")
LARGE_MM2 = 15.0  # area on paper from which on a field has a name


def texts(figure, *gids):
    return [text for text in figure.axes[0].texts if text.get_gid() in gids]


def lines(figure, *gids):
    return [
        np.asarray(segment)
        for collection in figure.axes[0].collections
        if isinstance(collection, LineCollection) and collection.get_gid() in gids
        for segment in collection.get_segments()
    ]


def below(figure):
    return [text.get_text() for text in figure.axes[1].texts]


def box(text):
    """What a text covers on paper [pixel], turned with it."""
    renderer = text.get_figure().canvas.get_renderer()
    angle = text.get_rotation()
    text.set_rotation(0.0)
    extent = text.get_window_extent(renderer)
    text.set_rotation(angle)
    middle = text.get_transform().transform(text.get_position())
    level = shapely.box(extent.x0, extent.y0, extent.x1, extent.y1)
    return affinity.rotate(level, (angle + 180.0) % 360.0 - 180.0, origin=tuple(middle))


def overlaps(figure):
    """Return what overlaps: text and line, text and text, text and the edge of the diagram."""
    figure.set_dpi(400)
    figure.canvas.draw()
    written = texts(figure, *TEXTS)
    boxes = [box(text) for text in written]
    to_pixels = figure.axes[0].transData.transform
    drawn, leaders = (
        shapely.STRtree([shapely.LineString(to_pixels(path)) for path in lines(figure, *gids)])
        for gids in (LINES, ("leader",))
    )
    edge = shapely.box(*figure.axes[0].get_window_extent().extents)
    found = []
    for i, (text, area) in enumerate(zip(written, boxes, strict=True)):
        what = text.get_text()
        if drawn.query(area, predicate="intersects").size:
            found.append(f"{what} and a line")
        if leaders.query(area.buffer(-1.0), predicate="intersects").size:
            found.append(f"{what} and a leader")
        if text.get_gid() != "isopleth" and not edge.contains(area):
            found.append(f"{what} and the edge")
        found += [
            f"{what} and {written[k].get_text()}" for k in range(i) if area.intersects(boxes[k])
        ]
    return found


def unnamed(figure, fields):
    """Return the large fields that have neither a label nor a number of theirs, as names.

    A label must lie in a field of its names; a number, too, or its leader must end there.
    """
    legend = dict(zip(below(figure)[:-1], below(figure)[1:], strict=True))
    leaders = lines(figure, "leader")
    named = set()
    for text in texts(figure, "label", "number"):
        is_number = text.get_gid() == "number"
        names = (legend[text.get_text()] if is_number else text.get_text()).split()
        places = [text.get_position()]
        if is_number:
            places += [path[-1] for path in leaders if _begins_at(path, text, figure)]
        for i, field in enumerate(fields.fields):
            here = any(shapely.intersects_xy(field.outline, *place) for place in places)
            if here and list(field.names[0]) == names:
                named.add(i)
    width, height = figure.get_size_inches() * figure.axes[0].get_position().size * 25.4
    area = width * height
    return [
        " ".join(field.names[0])
        for i, field in enumerate(fields.fields)
        if field.area_fraction * area >= LARGE_MM2 and i not in named
    ]


def _begins_at(leader, text, figure):
    start = figure.axes[0].transData.transform(leader[0])
    return box(text).buffer(8.0).intersects(shapely.Point(start))  # 8 pixels of 400 an inch
