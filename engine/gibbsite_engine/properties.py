"""First and second derivatives of the energy at many points, from the assemblages they hold."""

from typing import NamedTuple

from ._jit import kernel, table
from .assemblages import Assemblages, Responses
from .curvature import PP, TP, TT
from .factors import BY_P, BY_T
from .layout import System
from .present import Standard, new_standard, set_present
from .response import (
    INVARIANT,
    OPEN,
    UNSTABLE,
    Orders,
    ResponseWork,
    composition_slope,
    new_response_work,
    respond,
    respond_alone,
    substitute_back,
)


@table
class PropertyWork(NamedTuple):
    """What one thread needs."""

    standard: Standard
    response: ResponseWork


def new_property_work(
    system: System, bulk: bool = False, enthalpies: bool = False, known: Orders | None = None
) -> PropertyWork:
    """Scratch for a system and the directions asked for; see `new_response_work`."""
    return PropertyWork(new_standard(system), new_response_work(system, bulk, enthalpies, known))


@kernel
def write_derivatives(
    system: System, answers: Assemblages, point, status, response: ResponseWork, out: Responses
):
    """Write how the answer of a point changes in all directions."""
    number = answers.number[point]
    substitute_back(number, response)
    for r in range(response.gamma.shape[1]):
        if status == OPEN and 2 <= r < 2 + response.bulk:
            continue
        by_t, by_p = 0.0, 0.0
        for j in range(number):
            a, da = answers.amount[point, j], response.amount[j, r]
            n = system.phases.n_endmembers[answers.phase[point, j]]
            composition_slope(j, n, r, response)
            for i in range(answers.proportions.shape[2]):
                out.proportions[point, j, i, r] = response.step[i] if i < n else 0.0
            for i in range(n):
                dn = a * response.step[i] + da * answers.proportions[point, j, i]
                by_t += response.slope[j, i, BY_T] * dn
                by_p += response.slope[j, i, BY_P] * dn
            if r < 2:
                by_t += a * out.second[point, 0, j, TT if r == BY_T else TP]
                by_p += a * out.second[point, 0, j, TP if r == BY_T else PP]
            out.amount[point, j, r] = da
        out.energy[point, 0, r] = by_t
        out.energy[point, 1, r] = by_p
        if status != OPEN:
            for c in range(response.gamma.shape[0]):
                out.gamma[point, c, r] = response.gamma[c, r]


@kernel
def fill_properties(system: System, answers: Assemblages, w: PropertyWork, out: Responses):
    """Fill `out` from the assemblages, whatever is not available being left NaN."""
    for point in range(answers.number.size):
        if answers.number[point] == 0:
            continue
        set_present(system, answers, point, w.standard)
        if out.relaxed.shape[0] == 0:
            for j in range(answers.number[point]):
                respond_alone(system, w.standard, answers, point, j, w.response, out)
            continue
        status = respond(system, w.standard, answers, point, w.response, out)
        out.status[point] = status
        if out.gamma.shape[0] > 0 and status != UNSTABLE and status != INVARIANT:
            write_derivatives(system, answers, point, status, w.response, out)
