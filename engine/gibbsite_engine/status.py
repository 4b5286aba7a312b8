"""Why a point ended as it did: names, shared by the kernels and by everything that reads results."""

CERTIFIED = 0
NOT_RUN = 1
INFEASIBLE = 2
NOT_CONVERGED = 3
UNSTABLE = 4
DRIVING_FORCE = 5
# Nothing ends so: Newton's method converges only where the balance is met. The number stays, for
# files hold those after it.
MASS_BALANCE = 6
BAD_CONDITIONS = 7
UNBOUNDED = 8
LEFT_OUT = 9

WARM, COLD, FALLBACK = 0, 1, 2

STATUS_NAMES = (
    "certified",
    "not_run",
    "infeasible",
    "not_converged",
    "unstable",
    "driving_force",
    "mass_balance",
    "bad_conditions",
    "unbounded",
    "left_out",
)

STATUS_MESSAGES = (
    "certified: optimal, balanced, and no phase found below the tangent plane",
    "not run yet",
    "this bulk cannot be made of the phases of the database",
    "Newton's method on the assemblage did not converge from any start",
    "a phase of the answer is inside its spinodal",
    "a phase lies below the tangent plane and could not be added",
    "the mass balance is not met",
    "a standard energy is outside the domain of its equation of state",
    "a given potential is above saturation: what holds only open components would grow without end",
    "a phase that takes no part, since it and what is open could be made of nothing, lies below the tangent plane",
)

ANSWERED_BY_NAMES = ("warm", "cold", "fallback")

# Of a point of many: whether it was solved again cold and alone, and what came of it.
NOT_TRIED, AGREES, DIFFERS = 0, 1, 2
SOLVED_AGAIN_NAMES = ("not_tried", "agrees", "differs")
