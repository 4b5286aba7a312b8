"""Results as tables, in the columns that programs of petrologists look for."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gibbsite._inputs.iron import as_two_irons
from gibbsite._inputs.limits import to_kelvin
from gibbsite._inputs.names import name_instances
from gibbsite._quantities.formula import CATIONS, MASSES, OXYGENS, cations
from gibbsite._section.axes import POTENTIALS

from .points import Array, ResultPoints

ROCK_G: Final = 100.0
"""Mass of rock that amounts of phases are given for, as PetThermoTools has it."""
# Oxides that programs ask for although no model here has them: columns of zeros.
_ALWAYS: Final = ("SiO2", "TiO2", "Al2O3", "Cr2O3", "FeOt", "MnO", "MgO", "CaO", "Na2O", "K2O")
_OF_MELT: Final = (*_ALWAYS, "P2O5", "H2O", "CO2", "NiO", "CoO")


@dataclass(frozen=True)
class Dialect:
    """How a program calls phases.

    Attributes
    ----------
    long : mapping
        Key of a phase, or name of a range of it -> its name, to which a number is put.
    short : mapping
        The same -> the end of a column.
    """

    long: Mapping[str, str]
    short: Mapping[str, str]


PETTHERMOTOOLS: Final = Dialect(
    long={
        "liq": "liquid",
        "ol": "olivine",
        "opx": "orthopyroxene",
        "cpx": "clinopyroxene",
        "aug": "clinopyroxene",
        "dio": "clinopyroxene",
        "g": "garnet",
        "spl": "spinel",
        "pl": "plagioclase",
        "afs": "alkali-feldspar",
        "fsp": "feldspar",
        "ilm": "rhm-oxide",
        "q": "quartz",
        "fl": "fluid",
    },
    short={
        "liq": "Liq",
        "ol": "Ol",
        "opx": "Opx",
        "cpx": "Cpx",
        "aug": "Cpx",
        "dio": "Cpx",
        "g": "Grt",
        "spl": "Sp",
        "pl": "Plag",
        "afs": "Kspar",
        "fsp": "Fsp",
        "ilm": "Rhm",
        "q": "Qtz",
        "fl": "Fl",
    },
)
THERMOBAR: Final = Dialect(
    long=PETTHERMOTOOLS.long,
    short={**PETTHERMOTOOLS.short, "g": "Gt", "ilm": "Ilm", "hb": "Amp", "amp": "Amp"},
)
_FELDSPARS: Final = ("pl", "afs")


def oxides_wt(points: ResultPoints, phase: str, instance: int) -> dict[str, Array]:
    """Return oxides of an instance [wt%]; NaN where it is absent."""
    masses = points.dataset["molar_mass"].values
    moles = points.of_instance("phase_composition_mol", phase, instance, "component")
    return _percent(points, moles * masses)


def _percent(points: ResultPoints, amounts: Array) -> dict[str, Array]:
    with np.errstate(divide="ignore", invalid="ignore"):
        share = 100.0 * amounts / amounts.sum(axis=1, keepdims=True)
    names = [str(name) for name in points.dataset["component"].values]
    return {name: share[:, c] for c, name in enumerate(names)}


def total_iron(oxides: Mapping[str, Array]) -> dict[str, Array]:
    """Return oxides with iron as FeOt and the ferric share as Fe3Fet, by weight of FeOt.

    O is oxygen beyond that of FeO; what goes with it is no oxide of its own, so that the rest is
    brought back to 100.
    """
    found = {name: values for name, values in oxides.items() if name not in ("FeO", "O")}
    found["FeOt"] = oxides["FeO"]
    oxygen = oxides.get("O")
    if oxygen is None:
        found["Fe3Fet"] = np.where(np.isnan(oxides["FeO"]), np.nan, 0.0)
        return found
    total = 100.0 - oxygen
    per_iron = MASSES["O"] / (2.0 * MASSES["FeO"])  # mass of the O of one Fe3+, per mass of FeO
    with np.errstate(divide="ignore", invalid="ignore"):  # oxygen itself has no oxides
        found = {name: 100.0 * values / total for name, values in found.items()}
        share = oxygen / oxides["FeO"] / per_iron
    found["Fe3Fet"] = np.where(oxides["FeO"] > 0.0, share, np.nan)
    return found


def petthermotools(points: ResultPoints) -> pd.DataFrame:
    """Return the table `All` of PetThermoTools: one row a point, everything side by side.

    Behind the conditions stands what else tells points apart: `rock`, `x`, a potential.
    """
    return _side_by_side(points, PETTHERMOTOOLS, zeros=False)


def thermobar(points: ResultPoints) -> pd.DataFrame:
    """Return the same in Thermobar's names, with the columns of zeros that it asks for."""
    return _side_by_side(points, THERMOBAR, zeros=True)


def conditions(points: ResultPoints) -> pd.DataFrame:
    """Return the table `Conditions` of PetThermoTools, of 100 g of rock."""
    volume = 1e3 * ROCK_G / points.quantity("rock.density")
    return pd.DataFrame(
        {
            "T_C": points.coordinate("temperature_C"),
            "P_bar": 1e3 * _floats(points.coordinate("pressure_kbar")),
            "mass_g": np.full(int(points.good.sum()), ROCK_G),
            "H_J": 1e-3 * ROCK_G * points.quantity("rock.H"),
            "S_J/K": 1e-3 * ROCK_G * points.quantity("rock.S"),
            "V_cm^3": volume,
            "rho_kg/m^3": points.quantity("rock.density"),
        }
    )


def by_phase(
    points: ResultPoints, dialect: Dialect
) -> dict[str, tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Return long name -> (short name, composition, amounts) of every phase that occurs.

    A feldspar is plagioclase or alkali feldspar at each point, by its composition.
    """
    found: dict[str, tuple[str, pd.DataFrame, pd.DataFrame]] = {}
    numbers: Counter[str] = Counter()  # of what ends a column: both spinels of G16 have the same
    for phase, instance in points.instances():
        whole = oxides_wt(points, phase, instance)
        for name, here in _kinds(points, phase, instance).items():
            short = dialect.short.get(name, name.capitalize())
            numbers[short] += 1
            number = numbers[short]
            composition = pd.DataFrame(total_iron(whole))
            amounts = _amounts(points, phase, instance)
            composition.loc[~here] = np.nan
            amounts.loc[~here, ["mass_g", "V_cm^3"]] = 0.0
            amounts.loc[~here, "rho_kg/m^3"] = np.nan
            suffix = short if number == 1 else f"{short}{number}"
            found[f"{dialect.long.get(name, name)}{number}"] = (suffix, composition, amounts)
    return found


def _kinds(points: ResultPoints, phase: str, instance: int) -> dict[str, NDArray[np.bool_]]:
    """Return name -> where an instance goes by it."""
    there = points.present(phase, instance)
    if phase != "fsp":
        return {phase: there}
    moles = points.of_instance("phase_composition_mol", phase, instance, "component")
    names = [str(name) for name in points.dataset["component"].values]
    is_of = np.array(
        [
            name_instances("fsp", [dict(zip(names, row[:, None], strict=True))])[0]
            if present
            else ""
            for row, present in zip(moles, there, strict=True)
        ]
    )
    return {name: is_of == name for name in _FELDSPARS if (is_of == name).any()}


def _amounts(points: ResultPoints, phase: str, instance: int) -> pd.DataFrame:
    mass, volume = (
        points.of_instance(f"{of}_fraction", phase, instance) for of in ("mass", "volume")
    )
    of_rock = 1e3 * ROCK_G / points.quantity("rock.density")
    density = _density(points, mass, volume)
    return pd.DataFrame(
        {"mass_g": ROCK_G * mass, "rho_kg/m^3": density, "V_cm^3": of_rock * volume}
    )


def _density(points: ResultPoints, mass: Array, volume: Array) -> Array:
    """Density of shares of the rock [kg/m3]; NaN where there is no volume: absent, or oxygen gas."""
    none = np.full_like(volume, np.nan)
    return points.quantity("rock.density") * np.divide(mass, volume, out=none, where=volume > 0.0)


def _side_by_side(points: ResultPoints, dialect: Dialect, *, zeros: bool) -> pd.DataFrame:
    known = ("point", "pressure_kbar", "temperature_C")
    also = {name: values for name, values in _where(points).items() if name not in known}
    parts = [conditions(points).assign(**also)]
    if zeros:
        parts[0]["P_kbar"] = points.coordinate("pressure_kbar")
        parts[0]["T_K"] = to_kelvin(_floats(points.coordinate("temperature_C")))
    for short, composition, amounts in by_phase(points, dialect).values():
        if zeros:
            wanted = _OF_MELT if short.startswith("Liq") else _ALWAYS
            for oxide in wanted:
                if oxide not in composition:
                    composition[oxide] = np.where(composition["SiO2"].isna(), np.nan, 0.0)
        parts += [part.add_suffix(f"_{short}") for part in (composition, amounts)]
    return pd.concat(parts, axis=1)


def wide(points: ResultPoints, quantities: Sequence[str] = ()) -> pd.DataFrame:
    """Return one row a point: coordinates, assemblage, modes [vol%], density, what was asked for."""
    data = _where(points)
    data["assemblage"] = points.dataset.gb.assemblage().values.ravel()[points.good]
    for phase in dict.fromkeys(phase for phase, _ in points.instances()):
        data[f"{phase}.vol%"] = points.quantity(phase)
    for name in ("density", *quantities):
        data[name] = points.quantity(name)
    return pd.DataFrame(data)


def long(points: ResultPoints, quantities: Sequence[str] = ()) -> pd.DataFrame:
    """Return one row a phase at each point: amounts, oxides [wt%]; the rock's own quantities."""
    rows = []
    where = pd.DataFrame(_where(points) | {name: points.quantity(name) for name in quantities})
    for phase, instance in points.instances():
        here = points.present(phase, instance)
        data: dict[str, Any] = {"phase": phase, "instance": instance}
        for kind, unit in (("volume", "vol%"), ("mass", "wt%"), ("mole", "mol%")):
            data[unit] = 100.0 * points.of_instance(f"{kind}_fraction", phase, instance)
        data |= oxides_wt(points, phase, instance)
        rows.append(pd.concat([where, pd.DataFrame(data)], axis=1)[here])
    return _in_order_of_points(rows)


def pyrolite(points: ResultPoints) -> pd.DataFrame:
    """Return one row a phase at each point in pyrolite's columns, absent oxides as zeros.

    The oxides are plain names [wt%], the iron of databases without O is FeO; with O it is FeO and
    Fe2O3. Modes are in columns that pyrolite takes for no chemistry.
    """
    rows = []
    where = pd.DataFrame(_where(points))
    for phase, instance in [*points.instances(), ("rock", 0)]:
        if phase == "rock":
            here = np.ones(len(where), dtype=bool)
            moles = np.stack([points.quantity(f"rock.{o}") for o in _components(points)], -1)
            oxides, mass = _percent(points, moles), np.ones(len(where))
        else:
            here, mass = (
                points.present(phase, instance),
                points.of_instance("mass_fraction", phase, instance),
            )
            oxides = oxides_wt(points, phase, instance)
        data = {"phase": phase, "instance": instance, "percent_of_mass": 100.0 * mass}
        data |= _two_irons(oxides)
        rows.append(pd.concat([where, pd.DataFrame(data)], axis=1)[here])
    return _in_order_of_points(rows)


def _two_irons(oxides: Mapping[str, Array]) -> dict[str, Array]:
    """Return oxides with iron as FeO and Fe2O3, and what programs ask for that is not there.

    Oxygen that iron does not take up, oxygen gas, or less than nothing, hydrogen in a fluid, is no oxide:
    the rest is brought back to 100.
    """
    none = np.where(np.isnan(oxides["SiO2"]), np.nan, 0.0)
    found = {name: values for name, values in oxides.items() if name != "O"}
    given = oxides.get("O", none)
    oxygen = np.clip(given, 0.0, oxides["FeO"] * MASSES["O"] / (2.0 * MASSES["FeO"]))
    found["FeO"], found["Fe2O3"] = as_two_irons(oxides["FeO"], oxygen)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = 100.0 / (100.0 - (given - oxygen))
        found = {name: values * scale for name, values in found.items()}
    return found | {o: none for o in ("MnO", "P2O5", "H2O", "CO2", "NiO") if o not in found}


def magemin(points: ResultPoints) -> pd.DataFrame:
    """Return the table of `MAGEMin_data2dataframe`: a row for the system, and one a phase.

    Cells of what is not known here are empty: viscosity, velocities corrected as MAGEMin does, and
    those of a rock with melt. Cations per formula unit stand at the end: pyIntersecT takes what comes last.
    """
    names = _components(points)
    masses = points.dataset["molar_mass"].values
    n = int(points.good.sum())
    bulk = np.stack([points.quantity(f"rock.{o}.mol") for o in names], -1)
    whole = {"mole": np.ones(n), "mass": np.ones(n), "volume": np.ones(n)}
    own = {"density": points.quantity("rock.density"), **_magemin_system(points, names)}
    rows = [_magemin_rows(points, "system", bulk, masses, whole, own)]
    for phase, instance in points.instances():
        here = points.present(phase, instance)
        moles = points.of_instance("phase_composition_mol", phase, instance, "component")
        shares = {
            kind: points.of_instance(f"{kind}_fraction", phase, instance)
            for kind in ("mole", "mass", "volume")
        }
        own = {what: points.physical(what, phase, instance) for what in _MAGEMIN_PHYSICAL.values()}
        own["density"] = _density(points, shares["mass"], shares["volume"])
        rows.append(_magemin_rows(points, phase, moles, masses, shares, own)[here])
    return _in_order_of_points(rows)


_MAGEMIN_OF_SYSTEM: Final[Mapping[str, tuple[str, str]]] = {
    "log10(fO2)": ("O", "log10_fO2"),
    "log10(dQFM)": ("O", "delta.QFM"),
    **{
        f"a{oxide}": (oxide, f"a.{oxide}")
        for oxide in ("H2O", "SiO2", "TiO2", "Al2O3", "MgO", "FeO")
    },
    "meltViscosity[Pa.s]": ("", ""),
}
"""Column of the row of the system -> the oxide without which it is empty, and the quantity."""
_MAGEMIN_PHYSICAL: Final[Mapping[str, str]] = {
    "heatCapacity[J/kg/K]": "Cp",
    "alpha[1/K]": "alpha",
    "Entropy[kJ/K]": "S",
    "Enthalpy[kJ/mol]": "H",
    "Vp[km/s]": "Vp",
    "Vs[km/s]": "Vs",
    "BulkMod[GPa]": "K",
    "ShearMod[GPa]": "G_shear",
}
"""Column -> the property, frozen; entropy and enthalpy of a mole of oxides."""
_MAGEMIN_COLUMNS: Final = (
    "heatCapacity[J/kg/K]", "alpha[1/K]", "Entropy[kJ/K]", "Enthalpy[kJ/mol]", "Vp[km/s]",
    "Vs[km/s]", "Vp_S[km/s]", "Vs_S[km/s]", "Vp_cor[km/s]", "Vs_cor[km/s]", "BulkMod[GPa]",
    "ShearMod[GPa]",
)  # fmt: skip


def _magemin_system(points: ResultPoints, names: Sequence[str]) -> dict[str, Array]:
    """Return what the row of the system has beside those of phases, and its properties."""
    found = {
        column: points.quantity(quantity)
        for column, (oxide, quantity) in _MAGEMIN_OF_SYSTEM.items()
        if oxide in names
    }
    if "aSiO2" in found and "coe" in points.dataset["phase_name"].values:
        # that of the stabler of both, as there
        found["aSiO2"] = np.fmax(found["aSiO2"], points.quantity("rock.a.coe"))
    found |= {what: points.physical(what, "rock") for what in _MAGEMIN_PHYSICAL.values()}
    return found | {f"{what}_S[km/s]": points.physical(what, "solid") for what in ("Vp", "Vs")}


def _magemin_rows(
    points: ResultPoints, phase: str, moles: Array, masses: Array, shares: Mapping[str, Array],
    own: Mapping[str, Array],
) -> pd.DataFrame:  # fmt: skip
    names = _components(points)
    total = moles.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        molar = moles / total @ masses
        data: dict[str, Any] = {
            "point[#]": points.number() + 1,
            "X[0.0-1.0]": _or_zero(points.coordinate("x"), len(molar)),
            "P[kbar]": points.coordinate("pressure_kbar"),
            "T[°C]": points.coordinate("temperature_C"),
            "phase": phase,
            "mode[mol%]": 100.0 * shares["mole"],
            "mode[wt%]": 100.0 * shares["mass"],
            "mode[vol%]": 100.0 * shares["volume"],
            **{column: own.get(column, np.nan) for column in _MAGEMIN_OF_SYSTEM},
            "density[kg/m3]": own["density"],
            "volume[cm3/mol]": 1e3 * molar / own["density"],
            **{column: own.get(column, np.nan) for column in _MAGEMIN_COLUMNS},
        }
        data |= {column: own[what] for column, what in _MAGEMIN_PHYSICAL.items()}
        for column in ("Entropy[kJ/K]", "Enthalpy[kJ/mol]"):
            data[column] = 1e-6 * molar * data[column]  # of a mole of oxides, not of a kilogram
        data |= {f"{o}[mol%]": 100.0 * (moles / total)[:, c] for c, o in enumerate(names)}
        weight = moles * masses / (moles @ masses)[:, None]
        data |= {f"{o}[wt%]": 100.0 * weight[:, c] for c, o in enumerate(names)}
    of = {o: moles[:, c] for c, o in enumerate(names) if o in CATIONS}
    per_unit = cations(of, OXYGENS.get(phase, 1.0)) if phase in OXYGENS else {}
    for element in dict.fromkeys(CATIONS[o] for o in of if o != "O"):
        data[f"{element}[apfu]"] = per_unit.get(element, np.nan)
    return pd.DataFrame(data)


def _where(points: ResultPoints) -> dict[str, Any]:
    names = ("rock", "x", *POTENTIALS, "pressure_kbar", "temperature_C", "step")
    found: dict[str, Any] = {"point": points.number()}
    for name in names:
        values = points.coordinate(name)
        if values is not None:
            of = points.dataset[name].attrs.get("along")
            found[f"{name}_{of}" if of else name] = values
    return found


def _components(points: ResultPoints) -> list[str]:
    return [str(name) for name in points.dataset["component"].values]


def _in_order_of_points(rows: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the rows of each point together, in the order of the parts."""
    table = pd.concat(rows)
    return table.sort_index(kind="stable").reset_index(drop=True)


def _floats(values: Any) -> Array:
    return np.asarray(values, dtype=np.float64)


def _or_zero(values: Any, n: int) -> Array:
    return np.zeros(n) if values is None else _floats(values)


FRAMES: Final[Mapping[str, Callable[..., pd.DataFrame]]] = {
    "wide": wide,
    "long": long,
    "petthermotools": petthermotools,
    "thermobar": thermobar,
    "pyrolite": pyrolite,
    "magemin": magemin,
}
"""Name -> what makes the table."""
WITH_QUANTITIES: Final = ("wide", "long")
