"""What a proof of many points asks of one phase: control points, references and how they range."""

from typing import NamedTuple

from gibbsite_engine._jit import inner
from gibbsite_engine.layout import Floats


class Span(NamedTuple):
    """One phase over a group of n points: M control points, J references, d dimensions."""

    constant: Floats
    """(M) of the energy at each control point, see `Energy`."""
    linear: Floats
    """(M, d)"""
    quadratic: Floats
    """(M, d, d)"""
    rt: Floats
    """(M)"""
    centre: int
    """The control point in the middle."""
    weights: Floats
    """(n, M) of the control points at each point."""
    needed: Floats
    """(n) what the weighted mean of bounds must reach at each point, kJ per unit of size."""
    most_needed: float
    least_rt: float
    """Of all points, kJ/mol."""
    curvature: Floats
    """(d, d) below Q at all points."""
    x: Floats
    """(J, d) a reference in the middle of those of the points."""
    y: Floats
    """(J, S)"""
    low: Floats
    """(J, S) least fraction y/Y at the references of the points."""
    high: Floats
    """(J, S)"""
    references: Floats
    """(J, n, d) those of the points."""
    above: Floats
    """(J) how far the tangents lie above what is asked, at all points; kJ per unit of size."""
    spread: Floats
    """(J, d, d) rows p_a: x at each point is that in the middle plus sum b_a p_a, |b_a| <= 1."""


class Reference(NamedTuple):
    """One reference of a group, and what a tangent about it needs; see `Span`."""

    x: Floats
    """(d)"""
    y: Floats
    """(S)"""
    low: Floats
    """(S)"""
    high: Floats
    """(S)"""
    points: Floats
    """(n, d) where it is at each point."""
    spread: Floats
    """(d, d) see `Span`."""
    above: float
    linear: Floats
    """(d) any; the curvature has no slope."""
    curvature: Floats
    """(d, d)"""
    least_rt: float


@inner
def reference(span: Span, j):
    """Return reference j of a group."""
    return Reference(
        span.x[j], span.y[j], span.low[j], span.high[j], span.references[j], span.spread[j],
        span.above[j],
        span.linear[0], span.curvature, span.least_rt,
    )  # fmt: skip
