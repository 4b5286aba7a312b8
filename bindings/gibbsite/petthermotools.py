"""Functions with the keyword arguments and the tables of PetThermoTools, answered by gibbsite.

Nothing of PetThermoTools is needed. What its functions take and the databases here cannot do, an
oxygen buffer or carbon dioxide say, is refused, never dropped in silence. Temperatures are in degC,
pressures in bar, compositions in wt%, as there; a result is a dict of tables:

    "Conditions"            T_C, P_bar, mass_g, H_J, S_J/K, V_cm^3, rho_kg/m^3, status
    "liquid1", "olivine1"   SiO2_Liq, ... FeOt_Liq, Fe3Fet_Liq [wt%]
    "liquid1_prop"          mass_g_Liq, rho_kg/m^3_Liq, V_cm^3_Liq
    "All"                   everything side by side
    "mass_g", "volume_cm3", "rho_kg/m3", "PhaseList", "Input"

A row whose point has no answer is NaN, and `status` says why.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from gibbsite._export.frames import PETTHERMOTOOLS, ROCK_G, by_phase, conditions
from gibbsite._export.points import ResultPoints
from gibbsite._inputs.composition import Bulk, bulk
from gibbsite._inputs.database import Database
from gibbsite._inputs.database import database as load_database
from gibbsite._inputs.given import names, number, numbers, whole_number
from gibbsite._inputs.headers import read_header, resembles
from gibbsite._inputs.iron import FERRIC_RATIO, ferric_share
from gibbsite._inputs.names import NAME_RULES
from gibbsite._paths.path import path
from gibbsite._paths.walk import TOLERANCE_C
from gibbsite._solving.equilibrium import equilibria
from gibbsite._solving.melting import melting_interval
from gibbsite._suggest import did_you_mean
from gibbsite.errors import InputError
from gibbsite_engine.status import CERTIFIED, STATUS_NAMES

__all__ = ["equilibrate_multi", "findLiq_multi", "isobaric_crystallisation", "phaseDiagram_calc"]

Tables = dict[str, pd.DataFrame]
Parts = dict[str, tuple[str, pd.DataFrame, pd.DataFrame]]  # name, composition and amounts of each
Composition = Mapping[str, float] | pd.Series | pd.DataFrame
MODELS: Final = {"Weller2024": "W24", "Green2025": "G25"}
"""Name of a model there -> that of the database here; our own names are taken, too."""
_VOLATILES: Final = ("H2O", "CO2")
_INITIAL: Final = (FERRIC_RATIO, "H2O")
"""What arguments can say in place of a composition."""
Initial = dict[str, NDArray[np.float64]]


def equilibrate_multi(
    Model: str,
    bulk: Composition,
    T_C: ArrayLike,
    P_bar: ArrayLike,
    Suppress: Sequence[str] | None = None,
    copy_columns: str | Sequence[str] | None = None,
    **unused: Any,
) -> Tables:
    """Find the equilibrium of each of a list of points.

    Parameters
    ----------
    Model : str
        "Weller2024" or "Green2025", or a database by the name that it has here.
    bulk : mapping, Series or DataFrame
        Oxides [wt%], with or without the ending _Liq; a row a point, or one for all. Fe3Fet_Liq is the
        share of ferric in all iron.
    T_C, P_bar : float or array
        Temperature [degC], pressure [bar].
    Suppress : str or sequence of str, optional
        Phases that take no part, "rutile" say, or by the key that they have here.
    copy_columns : str or sequence of str, optional
        Columns of the compositions to put in front of "All".
    unused
        Further arguments of PetThermoTools. Fe3Fet_init and H2O_init, or by their older names Fe3Fet_Liq
        and H2O_Liq, stand for those of the compositions, a number or one a row: the ferric share, and
        wt% of water, to which all else is scaled. Others are refused unless they ask for nothing.

    Returns
    -------
    dict of str to DataFrame

    Raises
    ------
    InputError
        If something is asked for that is not there, or cannot be meant.
    """
    initial = _initial(unused)
    _refuse(unused)
    data = _database(Model, Suppress)
    columns = names("copy_columns", copy_columns)
    for name in columns:
        if not (isinstance(bulk, pd.DataFrame) and name in bulk):
            raise InputError(f"copy_columns = {name!r} is no column of the compositions.")
    plain = bulk.drop(columns=[*columns]) if isinstance(bulk, pd.DataFrame) else bulk
    rocks = _rocks(plain, data, initial)
    t, p = np.atleast_1d(numbers("T_C", T_C)), np.atleast_1d(numbers("P_bar", P_bar))
    bulks: Any = rocks if len(rocks) > 1 else rocks[0]
    found = equilibria(
        bulks, pressure_kbar=p / 1000.0, temperature_C=t, database=data, errors="status"
    )
    tables = _tables(found, np.full(found.sizes["point"], ROCK_G))
    for place, name in enumerate(columns):
        values = np.broadcast_to(np.asarray(bulk[name]), len(tables["All"]))  # one for all, or each
        tables["All"].insert(place, name, values)
    tables["Input"] = _input(Model, rocks)
    return tables


def phaseDiagram_calc(
    Model: str,
    bulk: Composition,
    T_C: ArrayLike | None = None,
    P_bar: ArrayLike | None = None,
    T_min_C: float | None = None,
    T_max_C: float | None = None,
    T_num: int | None = None,
    P_min_bar: float | None = None,
    P_max_bar: float | None = None,
    P_num: int | None = None,
    Suppress: Sequence[str] | None = None,
    **unused: Any,
) -> pd.DataFrame:
    """Find the equilibria on a grid of temperature and pressure.

    Parameters
    ----------
    Model, bulk, Suppress
        As of `equilibrate_multi`; one composition.
    T_C, P_bar : array, optional
        Nodes [degC, bar]; or by least, greatest and number.
    T_min_C, T_max_C, T_num, P_min_bar, P_max_bar, P_num : float, int
        Least, greatest, number.

    Returns
    -------
    DataFrame
        Rows of "All", by T_C and P_bar.
    """
    temperature = _nodes("T", T_C, T_min_C, T_max_C, T_num)
    pressure = _nodes("P", P_bar, P_min_bar, P_max_bar, P_num)
    t, p = (each.ravel() for each in np.meshgrid(temperature, pressure, indexing="ij"))
    if isinstance(bulk, pd.DataFrame) and len(bulk) != 1:
        raise InputError(f"{len(bulk)} compositions; a phase diagram has one.")
    unused = {name: value for name, value in unused.items() if name not in ("grid", "i_max")}
    return equilibrate_multi(Model, bulk, t, p, Suppress, **unused)["All"]


def findLiq_multi(
    Model: str,
    bulk: Composition,
    P_bar: ArrayLike,
    Suppress: Sequence[str] | None = None,
    **unused: Any,
) -> NDArray[np.float64]:
    """Find the liquidus of each of a list of compositions and pressures [degC].

    Parameters
    ----------
    Model, bulk, Suppress
        As of `equilibrate_multi`.
    P_bar : float or array
        Pressure [bar].

    Returns
    -------
    ndarray, shape (n,)
        To 0.001 degC; NaN where a point on the way has no answer.
    """
    unused.pop("T_initial_C", None)  # where another program starts to look
    initial = _initial(unused)
    _refuse(unused)
    data = _database(Model, Suppress)
    rocks = _rocks(bulk, data, initial)
    bulks: Any = rocks if len(rocks) > 1 else rocks[0]
    pressure = np.atleast_1d(numbers("P_bar", P_bar)) / 1000.0
    return melting_interval(bulks, pressure_kbar=pressure, database=data).liquidus_C


def isobaric_crystallisation(
    Model: str,
    bulk: Composition,
    P_bar: float,
    T_start_C: float | None = None,
    T_end_C: float | None = None,
    dt_C: float = 2.0,
    Frac_solid: bool = False,
    find_liquidus: bool = False,
    Suppress: Sequence[str] | None = None,
    **unused: Any,
) -> Tables:
    """Cool a melt at one pressure.

    Steps are `dt_C` or shorter: where a mineral comes or goes there is a row to 0.01 degC.

    Parameters
    ----------
    Model, bulk, Suppress
        As of `equilibrate_multi`; one composition.
    P_bar : float
        Pressure [bar].
    T_start_C, T_end_C : float
        Range [degC]; without a start, or with `find_liquidus`, from the liquidus on.
    dt_C : float
        Longest step [degC].
    Frac_solid : bool
        Whether solids are taken away as they form.

    Returns
    -------
    dict of str to DataFrame
        `mass_g` is the mass that takes part, of 100 g at the start.

    Raises
    ------
    InputError
        If something is asked for that is not there, or the end is not below the start.
    """
    initial = _initial(unused)
    _refuse(unused)
    data = _database(Model, Suppress)
    rocks = _rocks(bulk, data, initial)
    if len(rocks) != 1:
        raise InputError(f"{len(rocks)} compositions; a path has one.")
    pressure = number("P_bar", P_bar) / 1000.0
    if T_end_C is None:
        raise InputError("T_end_C, where the path ends, is missing.")
    end = number("T_end_C", T_end_C)
    start = None if T_start_C is None else number("T_start_C", T_start_C)
    if start is None or find_liquidus:
        liquidus = melting_interval(rocks[0], pressure_kbar=pressure, database=data).liquidus_C[0]
        start = float(liquidus) + TOLERANCE_C  # a row without solids first
    if not end < start:
        raise InputError(
            f"T_end_C = {end:g} is not below the start, {start:g} °C: a melt is cooled."
        )
    run = path(
        rocks[0],
        pressure_kbar=pressure,
        temperature_C=[start, end],
        kind="fractional" if Frac_solid else "equilibrium",
        step_C=dt_C,
        database=data,
    ).rename(step="point")
    tables = _tables(run, ROCK_G * _taking_part(run, Frac_solid))
    tables["Input"] = _input(Model, rocks)
    return tables


def _taking_part(run: xr.Dataset, fractional: bool) -> NDArray[np.float64]:
    """Mass that takes part in each step, per mass of rock."""
    if not fractional:
        return np.ones(run.sizes["point"])
    removed = run["removed_mass"].sum("phase", skipna=False).values
    return np.asarray(run["melt_fraction"].values + removed)


def _where_solved(
    found: xr.Dataset, mass: NDArray[np.float64], rows: pd.Index
) -> tuple[pd.DataFrame, Parts]:
    """Return the columns of the rock, and those of each phase, where points have an answer."""
    good = found["status"].values == CERTIFIED
    index, share = np.flatnonzero(good), (mass / ROCK_G)[good]
    points = ResultPoints(found, "leave-out")
    whole = conditions(points).set_index(index).drop(columns=["T_C", "P_bar"])
    for name in ("mass_g", "H_J", "S_J/K", "V_cm^3"):
        whole[name] *= share
    parts: Parts = {}
    for name, (short, composition, amounts) in by_phase(points, PETTHERMOTOOLS).items():
        for column in ("mass_g", "V_cm^3"):
            amounts[column] *= share
        parts[name] = (
            short,
            composition.set_index(index).reindex(rows),
            amounts.set_index(index).reindex(rows),
        )
    return whole, parts


def _tables(found: xr.Dataset, mass: NDArray[np.float64]) -> Tables:
    """Return all tables, with a row of NaN where a point has no answer."""
    status = [STATUS_NAMES[int(flag)] for flag in found["status"].values]
    everywhere = pd.DataFrame(
        {"T_C": found["temperature_C"].values, "P_bar": 1000.0 * found["pressure_kbar"].values}
    )
    parts: Parts = {}
    if CERTIFIED in found["status"].values:
        whole, parts = _where_solved(found, mass, everywhere.index)
        everywhere = everywhere.join(whole)
    everywhere["status"] = status
    tables: Tables = {"Conditions": everywhere}
    for name, (short, composition, amounts) in parts.items():
        tables[name] = composition.add_suffix(f"_{short}")
        tables[f"{name}_prop"] = amounts.add_suffix(f"_{short}")
    tables["All"] = pd.concat([*tables.values()], axis=1)
    for key, column in (
        ("mass_g", "mass_g"),
        ("volume_cm3", "V_cm^3"),
        ("rho_kg/m3", "rho_kg/m^3"),
    ):
        columns = {name: part[2][column] for name, part in parts.items()}
        tables[key] = pd.DataFrame(columns, index=everywhere.index)
    shorts = {name: part[0] for name, part in parts.items()}
    tables["PhaseList"] = pd.DataFrame(
        {
            "PhaseList": [
                ",".join(shorts[str(name)] for name, grams in row.items() if grams > 0.0)
                for row in tables["mass_g"].to_dict("records")
            ]
        },
        index=everywhere.index,
    )
    return tables


def _initial(unused: dict[str, Any]) -> Initial:
    """Take the arguments that stand for a part of the compositions: name there -> one for all, or each."""
    found: Initial = {}
    for name in _INITIAL:
        given = [unused.pop(f"{name}{end}", None) for end in ("_init", "_Liq")]
        value = given[1] if given[0] is None else given[0]
        if value is not None:
            found[f"{name}_init"] = np.atleast_1d(numbers(f"{name}_init", value)).ravel()
    return found


def _rocks(given: Composition, data: Database, initial: Initial) -> list[Bulk]:
    if not isinstance(given, Mapping | pd.Series | pd.DataFrame):
        raise InputError(
            f"a composition is a mapping, Series or DataFrame of oxides, not {given!r}."
        )
    rows = given.to_dict("records") if isinstance(given, pd.DataFrame) else [dict(given)]
    n = max(len(rows), *(len(values) for values in initial.values()), 1)
    for name, each in {"compositions": rows, **initial}.items():
        if len(each) not in (1, n):
            raise InputError(f"{len(each)} {name} for {n} rows: one for all, or each its own.")
    each_initial = [{k: float(v[i % len(v)]) for k, v in initial.items()} for i in range(n)]
    return [
        _rock({str(k): v for k, v in rows[i % len(rows)].items()}, data, each_initial[i])
        for i in range(n)
    ]


def _rock(row: Mapping[str, Any], data: Database, initial: Mapping[str, float]) -> Bulk:
    """Read oxides by their names there; minor oxides outside the databases are left out, and noted."""
    oxides: dict[str, float] = {}
    kept = {k: v for k, v in row.items() if f"{_oxide(k)}_init" not in initial}
    for name, value in (kept | dict(initial)).items():
        oxide = _oxide(name)
        if read_header(oxide) is None and resembles(oxide) is None:
            continue
        amount = oxides[oxide] = number(name, value, "wt%")
        if oxide in _VOLATILES and amount != 0.0 and oxide not in data.components:
            raise InputError(
                f"{name} = {amount:g} wt% cannot be left out in silence: {data.name} has none; give 0."
            )
    ferric = ferric_share(oxides, "wt%", None) if oxides.get(FERRIC_RATIO) else None
    oxides.pop(FERRIC_RATIO, None)
    if "H2O_init" in initial:  # of the whole: all else is scaled
        water = oxides.pop("H2O")
        if not 0.0 <= water < 100.0:
            raise InputError(f"H2O_init = {water:g} wt% of the whole is not 0 to 100.")
        oxides["H2O"] = sum(oxides.values()) * water / (100.0 - water)
    if not any(oxides.values()):
        raise InputError("the composition has no oxides; they look like SiO2_Liq or SiO2.")
    rock = bulk(wt=oxides, ignore="outside", ferric=ferric)
    return rock.within(data.components)


def _oxide(name: str) -> str:
    return name.removesuffix("_Liq").removesuffix("_init")


def _input(model: str, rocks: Iterable[Bulk]) -> pd.DataFrame:
    rows = [{"Model": model, **rock.wt, "left_out_wt": dict(rock.left_out)} for rock in rocks]
    return pd.DataFrame(rows)


def _database(model: str, suppress: Sequence[str] | None) -> Database:
    data = load_database(MODELS.get(model, model))
    words = {kind.name.full: key for key, kind in NAME_RULES.items() if key in data.phase_names}
    wanted = []
    for name in names("Suppress", suppress):
        key = words.get(name, name)
        if key not in data.phase_names:
            raise InputError(
                f"Suppress = {name!r}: {did_you_mean(name, (*words, *data.phase_names))}"
            )
        wanted.append(key)
    return data.restrict(exclude=wanted)


def _nodes(
    of: str,
    given: ArrayLike | None,
    least: float | None,
    greatest: float | None,
    n: int | None,
) -> NDArray[np.float64]:
    unit = "C" if of == "T" else "bar"
    if given is not None:
        return np.atleast_1d(numbers(f"{of}_{unit}", given)).ravel()
    if least is None or greatest is None or n is None:
        raise InputError(f"give {of}_{unit}, or {of}_min_{unit}, {of}_max_{unit} and {of}_num.")
    ends = number(f"{of}_min_{unit}", least), number(f"{of}_max_{unit}", greatest)
    return np.linspace(*ends, whole_number(f"{of}_num", n))


_NOTHING: Final = (None, False, 0, 0.0)
_HARMLESS: Final = ("cores", "timeout", "quiet_engine", "multi_processing", "label", "print_label",
                    "Print_suppress", "max_tasks_per_worker")  # fmt: skip


def _refuse(unused: Mapping[str, Any]) -> None:
    """Raise InputError for an argument that asks for what is not there."""
    for name, value in unused.items():
        asks = not any(value is nothing or value == nothing for nothing in _NOTHING)
        if name not in _HARMLESS and asks:
            raise InputError(f"{name} = {value!r} is not known here; leave it out.")
