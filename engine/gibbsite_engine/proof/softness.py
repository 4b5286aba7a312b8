"""How soft a composition is: the least curvature of D, in parts of that of ideal mixing."""

from gibbsite_engine._jit import kernel
from gibbsite_engine.dense import cholesky, solve_lower

from .chart import Chart, Energy
from .driving import CURVATURE, HESSIAN, METRIC, TOTAL, VECTORS, ProofWork, chart_hessian, totals
from .eigen import eigen
from .forms import least_column
from .span import Span


@kernel
def softness(at: Chart, span: Span, work: ProofWork):
    """Return that of the softest reference of a group, 0 where one is no minimum.

    The least eigenvalue of L^-1 H L'^-1 with L L' of ideal mixing.
    """
    d, q, least = at.site.shape[1], span.centre, 1.0
    e = Energy(span.constant[q], span.linear[q], span.quadratic[q], span.rt[q])
    root, h, a = work.matrices[METRIC], work.matrices[HESSIAN], work.matrices[CURVATURE]
    for j in range(span.y.shape[0]):
        totals(at, span.y[j], work.sites[TOTAL])
        chart_hessian(at, e, 0.0, span.y[j], work.sites[TOTAL], root)
        chart_hessian(at, e, 1.0, span.y[j], work.sites[TOTAL], h)
        if not cholesky(root, d, 0.0):
            return 0.0
        for b in range(d):
            for c in range(b):
                h[c, b] = h[b, c]
        for b in range(d):
            solve_lower(root, d, h[b])  # rows of H L'^-1
        for b in range(d):
            for c in range(b + 1):
                a[b, c], a[c, b] = h[b, c], h[c, b]
        for b in range(d):
            for c in range(d):
                h[b, c] = a[c, b]
        for b in range(d):
            solve_lower(root, d, h[b])
        for b in range(d):
            for c in range(d):
                a[b, c] = h[b, c]
        eigen(a, d, work.matrices[VECTORS])
        column = least_column(a, d)
        least = min(least, max(a[column, column], 0.0))
    return least
