"""What publications say in words, against what is computed: `python -m verification.known_pictures`.

The statements are those of abstracts and of the authors' pages; docs/known-pictures.md has them with
the numbers that this prints. Pelite: the average amphibolite-facies pelite of White et al. (2014);
basalt: the oxidised mid-ocean-ridge basalt of the tables.
"""

import numpy as np

import gibbsite as gb

SUBSOLIDUS = (np.arange(3.0, 12.1, 0.25), np.arange(480.0, 661.0, 4.0))
MELTING = (np.arange(2.0, 12.1, 0.5), np.arange(600.0, 861.0, 4.0))
PRESSURES = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0)
MORB_KBAR, MORB_C = (8.0, 12.0, 16.0, 20.0), (700.0, 750.0, 800.0, 850.0, 900.0, 950.0)


def pelite(manganese=True):
    """The average pelite with water in excess."""
    weights = gb.bulk("white-pelite").wt
    kept = {oxide: share for oxide, share in weights.items() if manganese or oxide != "MnO"}
    return gb.bulk(wt=kept, water="excess", name="average pelite")


def without_free_water(answer):
    """The rock less the fluid of an answer."""
    fluids = answer.database.of_kind("fluid")
    held = dict(answer.bulk.mol)
    for phase in answer.phases:
        if phase.name in fluids:
            for oxide, share in phase.composition_mol.items():
                held[oxide] -= phase.mole_fraction * share
    return gb.bulk(mol={oxide: max(moles, 0.0) for oxide, moles in held.items()}, name="rock")


def grid(rock, conditions, database, **options):
    """Equilibria on a grid of pressures and temperatures, (P, T)."""
    p, t = np.meshgrid(*conditions, indexing="ij")
    return gb.equilibria(
        rock, pressure_kbar=p, temperature_C=t, database=database, errors="status", **options
    )


def there(found, phase):
    """Where a phase is present, (P, T)."""
    return (found.gb.mode(phase) > 0.0).values


def first(found, phase, conditions):
    """Pressure -> lowest temperature with a phase, degC."""
    present = there(found, phase)
    return {
        p: float(conditions[1][np.argmax(row)]) if row.any() else np.nan
        for p, row in zip(conditions[0], present, strict=True)
    }


def iron(found, phase):
    """FeO / (FeO + MgO) of a phase, molar, (P, T)."""
    return 1.0 - found.gb.quantity(f"{phase}.Mg#").values / 100.0


def garnet_and_staurolite():
    """White et al. (2014): garnet is richer in iron than staurolite beside it."""
    found = grid(pelite(), SUBSOLIDUS, "W14")
    both = there(found, "g") & there(found, "st") & ~there(found, "liq")
    above = (iron(found, "g") - iron(found, "st"))[both]
    print(
        f"garnet beside staurolite: {both.sum()} points; Fe/(Fe+Mg) of garnet above that of "
        f"staurolite by {above.min():.3f} to {above.max():.3f}"
    )


def manganese():
    """Wei et al. (2004): with manganese more garnet, and less staurolite, cordierite and chlorite."""
    fields = {True: {}, False: {}}
    for with_it, fields_of in fields.items():
        found = grid(pelite(with_it), SUBSOLIDUS, "W14")
        for phase in ("g", "st", "chl", "cd"):
            fields_of[phase] = float(there(found, phase).mean())
        fields_of["g-in"] = first(found, "g", SUBSOLIDUS)
    for phase in ("g", "st", "chl", "cd"):
        print(
            f"{phase}: {100 * fields[False][phase]:.1f} % of the points without MnO, "
            f"{100 * fields[True][phase]:.1f} % with it"
        )
    for p in (4.0, 6.0, 8.0):
        print(f"garnet in at {p:g} kbar: {fields[False]['g-in'][p]:.0f} °C without MnO, "
              f"{fields[True]['g-in'][p]:.0f} °C with it")  # fmt: skip


def melting_of_pelite():
    """The wet solidus, the melting of muscovite, and what holds cordierite and garnet."""
    rock = pelite()
    wet = gb.melting_interval(
        rock, pressure_kbar=PRESSURES, temperature_C=(600.0, 800.0), database="W14"
    ).solidus_C
    print("wet solidus:", {p: round(float(t)) for p, t in zip(PRESSURES, wet, strict=True)})
    at = gb.equilibrium(rock, pressure_kbar=7.0, temperature_C=645.0, database="W14")
    dry = without_free_water(at)
    found = grid(dry, MELTING, "W14")
    muscovite, melt = there(found, "mu"), there(found, "liq")
    for p in PRESSURES[1:]:
        row = int(np.argmin(abs(MELTING[0] - p)))
        print(
            f"{p:g} kbar: last muscovite at "
            f"{MELTING[1][muscovite[row]].max() if muscovite[row].any() else np.nan:.0f} °C, "
            f"melt there and above {100 * melt[row].mean():.0f} % of the points"
        )
    for phase in ("cd", "g"):
        where = there(found, phase) & melt
        rows = np.flatnonzero(where.any(axis=1))
        print(
            f"{phase} with melt from {MELTING[0][rows.min()]:g} to {MELTING[0][rows.max()]:g} kbar"
        )
    both = (there(found, "cd") & there(found, "g") & melt).any(axis=1)
    print(f"cordierite, garnet and melt together: {MELTING[0][both].min():g} to "
          f"{MELTING[0][both].max():g} kbar")  # fmt: skip


def wet_basalt():
    """Sisson & Kelemen (2018): a basalt with 4 wt% of water melts less at higher pressure."""
    rock = gb.bulk("oxidised-morb")
    weights = {c: m for c, m in rock.wt.items() if m > 0.0}
    wet = gb.bulk(wt=weights | {"H2O": 4.0}, name="basalt with water")
    found = grid(wet, (np.array(MORB_KBAR), np.array(MORB_C)), "G16")
    melt = np.nan_to_num(found.gb.mode("liq").values)
    epidote, ok = there(found, "ep"), found["status"].values == 0
    print("points without an answer:", int((~ok).sum()))
    for j, t in enumerate(MORB_C):
        shares = ", ".join(f"{100 * melt[i, j]:.0f}" for i in range(len(MORB_KBAR)))
        with_it = [f"{p:g}" for i, p in enumerate(MORB_KBAR) if epidote[i, j]]
        print(f"{t:g} °C: melt {shares} vol% at {MORB_KBAR} kbar; epidote at {with_it} kbar")


if __name__ == "__main__":
    garnet_and_staurolite()
    manganese()
    melting_of_pelite()
    wet_basalt()
