"""What every table looks like: columns with unit, symbol, allowed range and meaning.

The first row of a table names its columns, the second repeats their units; both are checked
against these declarations, so that a column moved, renamed or rescaled does not go unnoticed.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

from .records import BulkStatus, EquationOfState, PhaseKind, RangeBasis, Transition

TEXT = "-"
"""Unit of a column that holds words."""


@dataclass(frozen=True, slots=True)
class Column:
    """Declaration of one column; ``unit`` is ``-`` for words and ``1`` for pure numbers."""

    name: str
    unit: str
    meaning: str
    symbol: str = ""
    minimum: float = -math.inf
    maximum: float = math.inf
    choices: tuple[str, ...] = ()
    may_be_blank: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Declaration of a table: columns that must be there, and columns that may."""

    columns: tuple[Column, ...]
    extras: tuple[Column, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """Declaration of one key of a TOML file."""

    name: str
    kind: Literal["text", "number", "names", "range", "groups"]
    meaning: str
    minimum: float = -math.inf
    maximum: float = math.inf
    required: bool = True


def words(
    name: str, meaning: str, choices: tuple[str, ...] = (), *, may_be_blank: bool = False
) -> Column:
    """Declare a column of words."""
    return Column(name, TEXT, meaning, choices=choices, may_be_blank=may_be_blank)


def amounts(
    oxides: tuple[str, ...],
    unit: str,
    minimum: float,
    maximum: float,
    *,
    may_be_blank: bool = False,
) -> tuple[Column, ...]:
    """Declare one column of amounts for each oxide."""
    return tuple(
        Column(oxide, unit, f"amount of {oxide}", "", minimum, maximum, may_be_blank=may_be_blank)
        for oxide in oxides
    )


COMPONENTS = Table(
    (
        words("name", "formula of the oxide"),
        Column("molar_mass", "g/mol", "molar mass", "M", 1.0, 500.0),
        words("cation", "element symbol of the cation"),
        Column("cations", "1", "cations per formula unit", "", 0.0, 10.0),
        Column("oxygens", "1", "oxygens per formula unit", "", 0.0, 10.0),
    )
)

MOLES_PER_FORMULA = (-10.0, 100.0)
"""Allowed moles of an oxide in a formula unit [mol]; iron metal holds -1 O."""


def endmember_table(oxides: tuple[str, ...]) -> Table:
    """Declare a table of end-members; of ``oxides`` those without a column are in none of them."""
    low, high = MOLES_PER_FORMULA

    def blank(name: str, unit: str, meaning: str, symbol: str, low: float, high: float) -> Column:
        return Column(name, unit, meaning, symbol, low, high, may_be_blank=True)

    return Table(
        (
            words("name", "name of the end-member"),
            words("eos", "equation of state", get_args(EquationOfState)),
            Column("atoms", "1", "atoms per formula unit", "n", 1.0, 1000.0),
            Column("H", "kJ/mol", "enthalpy of formation", "H0", -1e5, 1e3),
            Column("S", "kJ/(K mol)", "entropy", "S0", -1.0, 10.0),
            blank("V", "kJ/(kbar mol)", "volume", "V0", 0.1, 500.0),
            Column("cp_a", "kJ/(K mol)", "heat capacity, constant", "a", -1.0, 100.0),
            Column("cp_b", "kJ/(K2 mol)", "heat capacity, T", "b", -1e-2, 1e-2),
            Column("cp_c", "kJ K/mol", "heat capacity, T^-2", "c", -1e6, 1e6),
            Column("cp_d", "kJ/(K0.5 mol)", "heat capacity, T^-1/2", "d", -1e3, 1e3),
            blank("alpha0", "1/K", "thermal expansivity", "alpha0", 0.0, 1e-2),
            blank("kappa0", "kbar", "bulk modulus", "kappa0", 1.0, 1e4),
            blank("kappa0p", "1", "its first pressure derivative", "kappa0'", 0.0, 50.0),
            blank("kappa0pp", "1/kbar", "its second pressure derivative", "kappa0''", -1.0, 1.0),
            blank("dkappa_dT", "kbar/K", "its temperature derivative", "dkappa/dT", -1.0, 0.0),
            words("transition", "kind of transition", get_args(Transition)),
            blank("landau_Tc", "K", "critical temperature at 1 bar", "Tc", 298.15, 1e4),
            blank("landau_Smax", "kJ/(K mol)", "entropy of disordering", "Smax", 1e-6, 1.0),
            blank("landau_Vmax", "kJ/(kbar mol)", "volume of disordering", "Vmax", 0.0, 10.0),
            blank("bw_dH", "kJ/mol", "enthalpy of disordering", "dH", 0.0, 1e3),
            blank("bw_dV", "kJ/(kbar mol)", "volume of disordering", "dV", -10.0, 10.0),
            blank("bw_W", "kJ/mol", "interaction energy, constant", "W", -1e3, 1e3),
            blank("bw_WV", "kJ/(kbar mol)", "interaction energy, P", "WV", -10.0, 10.0),
            blank("bw_n", "1", "ratio of the sites that exchange", "n", 1.0, 10.0),
            blank("bw_factor", "1", "weight of the ordering entropy", "f", -10.0, 10.0),
            blank("sigma_H", "kJ/mol", "standard deviation of H", "sigma(H0)", 0.0, 1e3),
        ),
        extras=amounts(oxides, "mol", low, high, may_be_blank=True),
    )


TAIT_COLUMNS = ("V", "alpha0", "kappa0", "kappa0p", "kappa0pp")
EOS_COLUMNS: dict[str, tuple[str, ...]] = {
    "tait_solid": TAIT_COLUMNS,
    "tait_melt": (*TAIT_COLUMNS, "dkappa_dT"),
    "ideal_gas": (),
    "pitzer_sterner": (),
    "cork": (),
}
"""Columns filled for each equation of state, in the order of the record's fields."""

TRANSITION_COLUMNS: dict[str, tuple[str, ...]] = {
    "none": (),
    "landau": ("landau_Tc", "landau_Smax", "landau_Vmax"),
    "bragg-williams": ("bw_dH", "bw_dV", "bw_W", "bw_WV", "bw_n", "bw_factor"),
}
"""Columns filled for each kind of transition, in the order of ``transition_parameters``."""

GAS_CONSTANT = Setting(
    "gas_constant_kJ_per_K_mol", "number", "gas constant of the fit", 0.0083, 0.0084
)

ENDMEMBER_SETTINGS = (
    Setting("name", "text", "name of the set, that of its folder"),
    Setting("reference", "text", "publication and file"),
    GAS_CONSTANT,
    Setting("reference_temperature_K", "number", "temperature of H, S, V", 273.0, 300.0),
    Setting("reference_pressure_kbar", "number", "pressure of H, S, V", 0.0, 0.1),
)

PITZER_STERNER_TERMS = ("T^-4", "T^-2", "T^-1", "1", "T", "T^2")
"""What the coefficients of Pitzer & Sterner (1994) multiply, T in K."""

PITZER_STERNER = Table(
    (
        words("species", "end-member of that name"),
        Column("coefficient", "1", "number of the coefficient, 1 to 10", "c", 1.0, 10.0),
        *(
            Column(term, "cm3, mol, K", f"part of the coefficient proportional to {term}")
            for term in PITZER_STERNER_TERMS
        ),
    )
)

CORK = Table(
    (
        words("species", "end-member of that name"),
        Column("critical_temperature", "K", "critical temperature", "Tc", 1.0, 1e3),
        Column("critical_pressure", "kbar", "critical pressure", "Pc", 1e-4, 1.0),
    )
)

TRAITS = Table(
    (
        words("phase", "key of the phase, the same in every model set"),
        words("kind", "state of matter", get_args(PhaseKind)),
        words(
            "order",
            "oxides by whose falling amounts its instances are numbered, one after the other",
            may_be_blank=True,
        ),
        words("colour", "colour in pictures, #rrggbb"),
        Column(
            "oxygens",
            "1",
            "oxygens of the formula that is written for the mineral, without those of OH; Deer, "
            "Howie & Zussman (2013)",
            "",
            1.0,
            100.0,
            may_be_blank=True,
        ),
    )
)

PHASES = Table(
    (
        words("phase", "key of the phase"),
        words("long_name", "name in words"),
        words("reference", "publication of the model"),
    ),
    extras=(words("needs", "oxides without which it is left out", may_be_blank=True),),
)

ENERGY_COLUMNS = (
    Column("a", "kJ/mol", "energy, constant", "a", -1e3, 1e3),
    Column("b", "kJ/(K mol)", "energy, T", "b", -1.0, 1.0),
    Column("c", "kJ/(kbar mol)", "energy, P", "c", -50.0, 50.0),
)

ENERGIES = Table(
    (words("phase", "key of the phase"), words("endmember", "its end-member"), *ENERGY_COLUMNS)
)


def solution_endmember_table(oxides: tuple[str, ...]) -> Table:
    """Declare the table of a model set's end-members, compositions written in ``oxides``."""
    return Table(
        (
            words("phase", "key of the phase"),
            words("endmember", "its end-member"),
            words("make", "reaction from the data set, such as 1 foL + 1 qL or 1 sp:ordered"),
            *ENERGY_COLUMNS,
            Column("size", "1", "size parameter", "v", 1e-3, 1e3),
            Column("log_constant", "1", "ln of the activity's constant", "ln c", -10.0, 20.0),
            *amounts(oxides, "mol", *MOLES_PER_FORMULA),
        )
    )


SITES = Table(
    (
        words("phase", "key of the phase"),
        words("species", "name of the site species"),
        words("cation", "cation or molecule"),
        words("site", "site"),
        words(
            "kind",
            "fraction: the site's species sum to 1; amount: moles, free; total: normalises amounts",
            ("fraction", "amount", "total"),
        ),
        Column("multiplicity", "1", "weight in the entropy", "m", -10.0, 10.0),
        words("occupancy", "endmember:moles of the species, those not named have none"),
    )
)

INTERACTIONS = Table(
    (
        words("phase", "key of the phase"),
        words("i", "one end-member"),
        words("j", "the other"),
        *ENERGY_COLUMNS,
    )
)

MODEL_SETTINGS = (
    Setting("name", "text", "name of the set, that of its folder"),
    Setting("reference", "text", "publications"),
    Setting("endmember_set", "text", "end-member set it stands on"),
    GAS_CONSTANT,
    Setting("components", "names", "oxides of the system"),
    Setting("pure_phases", "names", "end-members that are phases of their own"),
    Setting(
        "basis",
        "names",
        "oxides in a basis in which no amount is negative, such as 1 H2O = 1 H2 + 1 O",
        required=False,
    ),
    Setting(
        "alternatives",
        "groups",
        "models of one mineral, of each list the first unless another is asked for",
        required=False,
    ),
)

EXTENSION_SETTINGS = (
    Setting("name", "text", "name of the set, that of its folder"),
    Setting("reference", "text", "publication of what is changed"),
    Setting("extends", "text", "model set whose numbers hold unless changed here"),
)


BUFFERS = Table(
    (
        words("name", "short name, such as QFM"),
        words("also", "other short names of it", may_be_blank=True),
        words("full", "name in words"),
        words("reaction", "reaction that makes 1 mol O2, of end-members that every data set has"),
        words("above", "buffer above which it lies while its phases are stable", may_be_blank=True),
        words("below", "buffer below which it lies then", may_be_blank=True),
    )
)

ACTIVITIES = Table(
    (
        words("component", "component whose activity is meant"),
        words("reaction", "what makes 1 mol of it at activity one"),
        words("of", "that phase in words"),
    )
)

NAMES = Table(
    (
        words("phase", "key of the phase, the same in every model set"),
        words("name", "short name"),
        words("full", "name in words"),
        words("warr", "symbol of Warr (2021) Mineralogical Magazine 85, 291-320"),
        words(
            "alone",
            "of a phase: yes where a lone instance has the name of its range",
            ("yes",),
            may_be_blank=True,
        ),
        Column("oxygens", "1", "of a phase: oxygens of its formula unit", "", 0.5, 100.0, (), True),
        words("range", "inequalities of cations of a formula unit; otherwise", may_be_blank=True),
    )
)


def bulk_table(components: tuple[str, ...], outside: tuple[str, ...]) -> Table:
    """Declare a table of bulk compositions; columns of oxides outside the system may be there."""
    return Table(
        (
            words("key", "short name, lower case with hyphens"),
            words("name", "name in words"),
            words("status", "how far the numbers can be trusted", get_args(BulkStatus)),
            *amounts(components, "wt%", 0.0, 100.0, may_be_blank=True),
            words("source", "where the numbers come from"),
            words("note", "what one has to know before using it", may_be_blank=True),
        ),
        extras=amounts(outside, "wt%", 0.0, 100.0, may_be_blank=True),
    )


RANGES = Table(
    (
        words("key", "short name, lower case with hyphens"),
        words("oxide", "formula of the oxide"),
        Column("minimum", "wt%", "lowest value", "", 0.0, 100.0),
        Column("maximum", "wt%", "highest value", "", 0.0, 100.0),
        words("status", "published, or assumed here", ("published", "assumed")),
        words("source", "where the numbers come from"),
    )
)

MELT_COMPONENTS = (
    "Si", "Ti", "Al", "Cr", "Fe", "Mn", "Mg", "Ni", "Ca", "Na", "K", "P",
    "CaAl2O4", "NaAlO2", "KAlO2", "CaSiO3",
)  # fmt: skip
"""What a mineral takes from a melt: cation fractions, and the components of Weaver & Langmuir."""

MELT_TERMS = (
    "1", "1/T", "P", "P/T", "(P-1)/T", "1/2R", "1/2RT", "(P-1)/2RT", "ln(1.5 NM)", "ln(2 NM)",
    "ln(3 Si)", "ln(1-Al)", "ln(1-Fe3)", "ln(1-Ca)", "ln(1-Na-K)", "ln(1-Ti)", "ln(1-P)",
    "Na", "K", "an", "an/T",
)  # fmt: skip
"""Terms of ln K or log10 K: T in K, P in bar, R in J/(K mol), cation fractions of the melt."""

MINERAL_MELT_SETTINGS = (
    Setting("name", "text", "name of the model, that of its folder"),
    Setting("mineral", "text", "the mineral"),
    Setting("reference", "text", "publication"),
    Setting("read_from", "text", "where the coefficients were read"),
    Setting("logarithm", "text", "natural or decimal: what the terms sum to"),
    Setting("network_modifiers", "names", "cations whose fractions make up NM", required=False),
    Setting("note", "text", "what one has to know before using it", required=False),
)

MINERAL_COMPONENTS = Table(
    (
        words("name", "its counterpart in the melt", MELT_COMPONENTS),
        words("formula", "oxides in a formula unit, such as 1 MgO + 0.5 SiO2"),
        Column("per_unit", "1", "formula units per unit of its counterpart", "", 1e-6, 10.0),
        Column("saturates", "1", "1 if it counts in the condition of saturation", "", 0.0, 1.0),
        words("of", "component whose K it is proportional to", may_be_blank=True),
        Column("factor", "1", "times that K", "", 0.0, 1e3, may_be_blank=True),
        Column("log10_factor", "1", "the same as log10", "", -10.0, 10.0, may_be_blank=True),
        Column("offset", "1", "added to K", "", -100.0, 100.0, may_be_blank=True),
    )
)

MINERAL_TERMS = Table(
    (
        words("component", "component of the mineral"),
        words("term", "term of the logarithm of its K", MELT_TERMS),
        Column("coefficient", "1", "its coefficient, in the unit of the last column"),
        words("unit", "unit of the coefficient"),
    )
)

MINERAL_RANGES = Table(
    (
        words("quantity", "an oxide, P or T"),
        Column("minimum", "1", "lowest value"),
        Column("maximum", "1", "highest value"),
        words("unit", "of both", ("wt%", "kbar", "degC")),
        words("source", "where the range comes from"),
    )
)

TAS = Table(
    (
        words("field", "key of the field"),
        words("name", "volcanic rocks in it"),
        Column("SiO2", "wt%", "of a corner, free of water", minimum=30.0, maximum=100.0),
        Column("alkalis", "wt%", "Na2O + K2O there", minimum=0.0, maximum=30.0),
    )
)

GUIDE_SETS = Table(
    (
        words("database", "name of a set of models"),
        words("suits", "rocks that it is for"),
        words("beware", "what it is known to do wrong"),
    )
)

GUIDE_RANGES = Table(
    (
        words("database", "name of a set of models"),
        words("quantity", "pressure, temperature, an oxide, or alkalis/alumina"),
        Column("minimum", "1", "lowest value", may_be_blank=True),
        Column("maximum", "1", "highest value", may_be_blank=True),
        words("unit", "of both", ("kbar", "degC", "wt%", "mol/mol")),
        words("basis", "what the range rests on", get_args(RangeBasis)),
        words("source", "where the range comes from"),
    )
)

ABSENT_MODELS = Table(
    (
        words("key", "name of the model"),
        words("mineral", "the mineral"),
        words("reference", "publication"),
        words("reason", "why it is not here, and what is"),
    )
)

RARE_EARTHS = (
    "La", "Ce", "Pr", "Nd", "Sm", "Eu", "Gd", "Tb", "Dy", "Ho", "Er", "Tm", "Yb", "Lu",
)  # fmt: skip
"""The rare earths without promethium, in the order of their atomic numbers."""

OTHER_TRACES = (
    "Rb", "Ba", "Th", "U", "Nb", "Ta", "Pb", "Sr", "Zr", "Hf", "Ti", "Y", "Ni", "Co",
)  # fmt: skip
"""Other trace elements that a table may have."""


def trace_table(unit: str) -> Table:
    """Declare a table of trace elements in one unit, "ppm" or "chondrite"."""

    def element(name: str) -> Column:
        return Column(name, unit, f"amount of {name}", "", 0.0, 1e6, may_be_blank=True)

    return Table(
        (
            words("key", "short name, lower case with hyphens"),
            words("name", "name in words"),
            words("status", "how far the numbers can be trusted", get_args(BulkStatus)),
            *(element(name) for name in RARE_EARTHS),
            words("source", "where the numbers come from"),
            words("note", "what one has to know before using it", may_be_blank=True),
        ),
        extras=tuple(element(name) for name in OTHER_TRACES),
    )


def _partition(name: str) -> Column:
    meaning = f"D of {name}, mineral over melt; blank where it is not known"
    return Column(name, "1", meaning, "D", 0.0, 1e3, may_be_blank=True)


PARTITION = Table(
    (
        words("set", "name of the set, lower case with hyphens"),
        words("mineral", "short name of the mineral"),
        words("name", "name in words"),
        words("holds_for", "names of names.csv that the row holds for, with spaces between"),
        *(_partition(name) for name in RARE_EARTHS),
        words("source", "publication of the numbers, and where they were read"),
    ),
    extras=tuple(_partition(name) for name in OTHER_TRACES),
)

PLANETS = Table(
    (
        words("body", "short name, lower case"),
        words("name", "name in words"),
        Column("gm", "km3/s2", "gravitational constant times mass", "GM", 0.0, 1e9),
        Column("radius", "km", "mean radius", "R", 1.0, 1e5),
        words("source", "publications"),
    )
)

LAYERS = Table(
    (
        words("body", "short name, as in bodies.csv"),
        Column("top", "km", "depth of the upper boundary of a layer", "", 0.0, 1e5),
        Column("density", "kg/m3", "of the layer", "rho", 500.0, 20000.0),
        words("source", "publication"),
    )
)

MAGMA_OCEAN_MINERALS = ("ol", "opx", "pig", "cpx", "pl", "sp", "qtz", "ilm", "ap")

MAGMA_OCEAN = Table(
    (
        words("model", "short name, lower case with hyphens"),
        words("name", "publication"),
        Column("solid_from", "%", "solidified at the start", "", 0.0, 100.0, may_be_blank=True),
        Column("solid_to", "%", "solidified at the end", "", 0.0, 100.0),
        *amounts(MAGMA_OCEAN_MINERALS, "wt%", 0.0, 100.0, may_be_blank=True),
        words("source", "where the numbers come from"),
        words("note", "what one has to know before using it", may_be_blank=True),
    )
)

TARGET_UNITS = ("words", "°C", "vol%", "wt%", "mol%", "1", "%", "ppm", "x chondrite")
"""Units of targets, one a row; ``words`` for a value that is no number."""


def target_table(databases: tuple[str, ...]) -> Table:
    """Declare a table of targets; ``check DATABASE`` columns may hold independent values."""
    blank = True
    return Table(
        (
            words("key", "name of the computed value"),
            words("part", "part of the study that computes it"),
            words("quantity", "what it is"),
            words("unit", "unit of the row", TARGET_UNITS),
            words("published", "as the publication has it", may_be_blank=blank),
            Column("low", "row", "least value that agrees", may_be_blank=blank),
            Column("high", "row", "largest value that agrees", may_be_blank=blank),
            words("expected", "words that agree", may_be_blank=blank),
            words("note", "what is compared, and why it is as it is", may_be_blank=blank),
            words("why_outside", "said if the value is outside", may_be_blank=blank),
        ),
        extras=tuple(
            Column(f"check {name}", "row", "value of an independent program", may_be_blank=blank)
            for name in databases
        ),
    )


_SHEAR = (
    words("name", "data-set end-member"),
    Column("mu", "kbar", "shear modulus at 1 bar and 298.15 K", "mu0", 10.0, 4000.0),
)

LINEAR_MODULI = Table(
    (
        *_SHEAR,
        Column("dmu_dP", "1", "its pressure derivative", "mu'", -1.0, 10.0),
        Column("dmu_dT", "kbar/K", "its temperature derivative", "dmu/dT", -1.0, 0.2),
        words("same_as", "mineral whose numbers these are", may_be_blank=True),
    )
)

ABERS_HACKER_MODULI = Table(
    (
        words("name", "data-set end-member"),
        words("mineral", "mineral of the source"),
        *_SHEAR[1:],
        Column("dmu_dP", "1", "its pressure derivative", "mu'", -1.0, 10.0),
        Column("Gamma", "1", "its logarithmic derivative by volume", "Gamma", -5.0, 50.0),
        Column("K_T", "kbar", "isothermal bulk modulus", "K", 100.0, 5000.0),
        Column("dK_dP", "1", "its pressure derivative", "K'", 0.0, 30.0),
        Column("alpha", "1/K", "expansivity, of the form a (1 - 10/sqrt T)", "a", 0.0, 1e-3),
        Column("delta_T", "1", "Anderson-Grueneisen parameter", "delta_T", -10.0, 50.0),
        words("same_ratio_as", "minerals of the same mu/K, which was assumed", may_be_blank=True),
    )
)

FINITE_STRAIN_MODULI = Table(
    (
        *_SHEAR,
        Column("dmu_dP", "1", "its pressure derivative", "G'", -1.0, 10.0),
        Column("eta_S", "1", "shear part of the strain derivative of gamma", "eta_S", -5.0, 10.0),
        Column("K_T", "kbar", "isothermal bulk modulus", "K", 100.0, 5000.0),
        Column("dK_dP", "1", "its pressure derivative", "K'", 0.0, 30.0),
        Column("V", "kJ/(kbar mol)", "volume", "V", 0.5, 50.0),
        Column("theta", "K", "Debye temperature", "theta", 100.0, 2000.0),
        Column("gamma", "1", "Grueneisen parameter", "gamma", -1.0, 5.0),
        Column("q", "1", "its logarithmic derivative by volume", "q", -10.0, 10.0),
        Column("atoms", "1", "atoms per formula unit", "n", 1.0, 100.0),
    )
)

STRUCTURES = Table(
    (
        words("phase", "phase; blank: a data-set end-member", may_be_blank=True),
        words("endmember", "end-member without a modulus of its own"),
        words("mineral", "data-set end-member whose structure it has"),
        words("reason", "why"),
    )
)
