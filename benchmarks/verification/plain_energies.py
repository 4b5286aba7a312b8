"""Standard energies of end-members once more, straight from the tables, by integrals in NumPy.

Nothing of the engine is used. Where it has closed forms, here Cp and V of Holland & Powell (2011),
J. metamorphic Geol. 29, 333-383, are integrated by Gauss-Legendre quadrature, and Bragg-Williams
order is found by minimising G itself. Arrays run over points; units kJ, kbar, K.
"""

import numpy as np
from scipy.optimize import brentq

NODES, WEIGHTS = np.polynomial.legendre.leggauss(200)  # 48 miss soft brucite by 7e-6 kJ
GOLDEN = 0.5 * (np.sqrt(5.0) - 1.0)


def integral(function, low, high):
    """Integrate from `low` to `high`, each (n,) or a number; `function` maps (n, nodes)."""
    low, high = np.broadcast_arrays(low, high)
    half, middle = 0.5 * (high - low)[:, None], 0.5 * (high + low)[:, None]
    return (function(middle + half * NODES) * WEIGHTS).sum(axis=1) * half[:, 0]


def tait(pressure, k, k1, k2, thermal):
    """V/V0 of the modified Tait equation, not yet normalised (eqs 2 to 4)."""
    a = (1 + k1) / (1 + k1 + k * k2)
    b = k1 / k - k2 / (1 + k1)
    c = (1 + k1 + k * k2) / (k1 * k1 + k1 - k * k2)
    base = 1 + b * (pressure - thermal)
    return 1 - a + a * np.where(base > 0, base, np.nan) ** -c


def volume(record, p, t, t0, p0):
    """V along the pressures p (n, nodes) at the temperatures t (n, 1)."""
    k1, k2 = record.kappa0p, record.kappa0pp
    if record.eos == "tait_melt":
        k = record.kappa0 + record.dkappa_dT * (t - t0)
        at_p0 = record.V * np.exp(record.alpha0 * (t - t0))
        return at_p0 * tait(p, k, k1, k2, 0.0) / tait(p0, k, k1, k2, 0.0)
    # to the kelvin, as the models were fitted
    theta = np.floor(10636.0 / (1000.0 * record.S / record.atoms + 6.44) + 0.5)
    x0 = theta / t0
    heat = x0**2 * np.exp(x0) / np.expm1(x0) ** 2
    phonons = 1 / np.expm1(theta / t) - 1 / np.expm1(x0)
    thermal = record.alpha0 * record.kappa0 * theta / heat * phonons
    reference = tait(p0, record.kappa0, k1, k2, 0.0)
    return record.V * tait(p, record.kappa0, k1, k2, thermal) / reference


def polynomials(record, t):
    """Coefficients c1 to c10 of Pitzer & Sterner (1994) at one T, cm3 and mol."""
    powers = np.array([t**-4, t**-2, 1 / t, 1.0, t, t**2])
    return np.array(record.fluid).reshape(10, 6) @ powers


def compression(c, rho):
    """P/(rho RT) of a density (mol/cm3) by eq. 2 of Pitzer & Sterner (1994)."""
    quartic = np.polynomial.Polynomial(c[1:6])
    bracket = quartic.deriv()(rho) / quartic(rho) ** 2
    ends = c[6] * np.exp(-c[7] * rho) + c[8] * np.exp(-c[9] * rho)
    return 1 + rho * (c[0] - bracket + ends)


def fugacity(record, p, t):
    """RT ln f of water or CO2 at one P and T, lowest of all densities that have the pressure.

    ln f = ln(rho RT) + Z - 1 + the integral of (Z - 1)/rho from nothing to the density.
    """
    c, rt = polynomials(record, t), 83.144 * t

    def excess(rho):
        return 1e3 * p / rt - rho * compression(c, rho)

    grid = np.geomspace(1e-7, 0.2, 3000)
    signs = np.flatnonzero(np.diff(np.sign(excess(grid))))
    logs = []
    for i in signs:
        rho = brentq(excess, grid[i], grid[i + 1], xtol=1e-18, rtol=1e-15)
        z = float(compression(c, rho))
        parts = np.linspace(0.0, rho, 9)
        inner = integral(lambda x: (compression(c, x) - 1) / x, parts[:-1], parts[1:]).sum()
        logs.append(np.log(rho * rt) + z - 1 + inner)
    return 1e-4 * rt * min(logs)


def cork(record, p, t):
    """RT ln f of hydrogen at one P and T: the volume of Holland & Powell (1991), integrated."""
    tc, pc = record.fluid
    rt = 0.0083144 * t
    a = 5.45963e-5 * tc**2.5 / pc - 8.63920e-6 * tc**1.5 / pc * t
    b = 9.18301e-4 * tc / pc
    c = (-3.30558e-5 * tc + 2.30524e-6 * t) / pc**1.5
    d = (6.93054e-7 * tc - 8.38293e-8 * t) / pc**2

    def beyond(root):  # with P = root^2, so that its root is smooth
        x = root**2
        v = b - a * 0.0083144 * np.sqrt(t) / ((rt + b * x) * (rt + 2 * b * x)) + c * root + d * x
        return 2 * root * v

    return rt * np.log(1e3 * p) + float(integral(beyond, np.array([0.0]), np.sqrt([p]))[0])


FLUIDS = {"pitzer_sterner": fugacity, "cork": cork}


def landau(parameters, state, p, t, t0):
    """Tricritical transition, relative to the phase as it is at the reference state."""
    tc0, s_max, v_max = parameters[:3]
    at_t0 = np.sqrt(1 - t0 / tc0)
    tc = tc0 + p * v_max / s_max
    q = np.sqrt(np.clip((tc - t) / tc0, 0, None))
    q = {"equilibrium": q, "ordered": np.ones_like(q), "disordered": np.zeros_like(q)}[state]

    def energy(x):
        return s_max * ((t - tc) * x + tc0 * x**3 / 3)

    return energy(q) - s_max * ((t - tc0) * at_t0 + tc0 * at_t0**3 / 3) + p * v_max * at_t0


def bragg_williams(parameters, state, p, t, gas):
    """Order-disorder relative to the ordered phase: G at the disorder e = 1 - Q that is lowest."""
    d_h, d_v, w, w_v, n, factor = parameters
    f1, f2 = (factor, factor) if factor > 0 else (1.0, -factor)
    h, w = (d_h + p * d_v)[:, None], (w + p * w_v)[:, None]
    rt = (gas * t)[:, None]

    def x_ln_x(x):
        return x * np.log(np.clip(x, 1e-300, None))

    def energy(e):
        # two sites: n atoms of one kind, 1 of the other; x the fraction of the wrong kind
        own, other = (1 + n - n * e) / (n + 1), n * e / (n + 1)
        entropy = f1 * (x_ln_x(own) + x_ln_x(other))
        own, other = (n + 1 - e) / (n + 1), e / (n + 1)
        entropy = entropy + n * f2 * (x_ln_x(own) + x_ln_x(other))
        return e * h + w * e * (1 - e) + rt * entropy

    if state == "ordered":
        return np.zeros(len(t))
    if state == "disordered":
        return energy(np.ones_like(h))[:, 0]
    grid = np.concatenate(
        [np.linspace(np.log(1e-40), np.log(0.02), 60), np.log(np.linspace(0.025, 1, 80))]
    )
    lowest = energy(np.exp(grid)[None, :]).argmin(axis=1)
    low = grid[np.clip(lowest - 1, 0, None)][:, None]
    high = grid[np.clip(lowest + 1, None, len(grid) - 1)][:, None]
    for _ in range(70):
        one, two = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        left = energy(np.exp(one)) < energy(np.exp(two))
        low, high = np.where(left, low, one), np.where(left, two, high)
    ends = np.exp(np.hstack([low, high]))
    return np.minimum(energy(ends).min(axis=1), np.minimum(0.0, energy(np.ones_like(h))[:, 0]))


def endmember_energy(data, name, state, p, t):
    """G of an end-member of a data set at pressures p and temperatures t (n,), kJ/mol."""
    record, t0, p0 = data.endmembers[name], data.reference_temperature, data.reference_pressure
    a, b, c, d = record.cp

    def cp(x):
        return a + b * x + c / x**2 + d / np.sqrt(x)

    g = record.H + integral(cp, t0, t) - t * (record.S + integral(lambda x: cp(x) / x, t0, t))
    if record.eos in FLUIDS:
        each = np.broadcast(p, t)
        g = g + np.array([FLUIDS[record.eos](record, *here) for here in each]).reshape(each.shape)
    elif record.eos != "ideal_gas":
        g = g + integral(lambda x: volume(record, x, t[:, None], t0, p0), p0, p)
    if record.transition == "landau":
        g = g + landau(record.transition_parameters, state, p, t, t0)
    elif record.transition == "bragg-williams":
        g = g + bragg_williams(record.transition_parameters, state, p, t, data.gas_constant)
    return g


def standard_energies(models, data, p, t):
    """Standard energies of every end-member of every phase at the points.

    Parameters
    ----------
    models, data
        From `load_models` and `load_endmembers`.
    p, t : (n,) arrays
        kbar, K.

    Returns
    -------
    dict
        Name of the phase -> (n, end-members), kJ/mol.
    """
    known = {}

    def of(name, state):
        if (name, state) not in known:
            known[name, state] = endmember_energy(data, name, state, p, t)
        return known[name, state]

    found = {}
    for phase in models.solutions:
        columns = []
        for endmember in phase.endmembers:
            a, b, c = endmember.energy
            g = a + b * t + c * p
            for term in endmember.make:
                g = g + term.coefficient * of(term.endmember, term.state)
            columns.append(g)
        found[phase.name] = np.column_stack(columns)
    for name in models.pure_phases:
        found[name] = of(name, "equilibrium")[:, None]
    return found
