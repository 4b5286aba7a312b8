"""What the tables hold, as frozen records: oxides, end-members, solution models, bulks.

Units are those of the data themselves: kJ, kbar, K, mol. A mapping of oxides names only the
oxides that are there; an oxide it does not name is absent.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

EquationOfState = Literal["tait_solid", "tait_melt", "ideal_gas", "pitzer_sterner", "cork"]
PhaseKind = Literal["solid", "melt", "fluid"]
Transition = Literal["none", "landau", "bragg-williams"]
OrderState = Literal["equilibrium", "ordered", "disordered"]
RangeBasis = Literal["published", "stoichiometry", "observed", "assumed"]
BulkStatus = Literal["measured", "model", "stand-in"]


@dataclass(frozen=True, slots=True)
class Component:
    """One oxide (or element) in which compositions are written."""

    name: str
    """Formula, such as ``Al2O3``."""
    molar_mass: float
    """Molar mass [g/mol]."""
    cation: str
    """Element symbol of the cation."""
    cations: int
    """Cations per formula unit [1]."""
    oxygens: int
    """Oxygens per formula unit [1]."""

    @property
    def atoms(self) -> int:
        """Atoms per formula unit [1]."""
        return self.cations + self.oxygens


@dataclass(frozen=True, slots=True)
class Endmember:
    """Thermodynamic data of one pure phase or melt species, per mole of its formula unit."""

    name: str
    """Name in the data set, such as ``fo``."""
    composition: Mapping[str, float]
    """Moles of each oxide per formula unit [mol]; ``O`` is oxygen beyond that of the oxides."""
    atoms: float
    """Atoms per formula unit [1]."""
    H: float
    """Enthalpy of formation from the elements at reference conditions [kJ/mol]."""
    S: float
    """Third-law entropy at reference conditions [kJ/(K mol)]."""
    V: float
    """Volume at reference conditions [kJ/(kbar mol)]; 0 for a gas."""
    cp: tuple[float, float, float, float]
    """a, b, c, d of Cp = a + b T + c T^-2 + d T^-1/2 [kJ/(K mol), T in K]."""
    alpha0: float
    """Thermal expansivity at reference conditions [1/K]."""
    kappa0: float
    """Bulk modulus at reference conditions [kbar]."""
    kappa0p: float
    """First pressure derivative of the bulk modulus [1]."""
    kappa0pp: float
    """Second pressure derivative of the bulk modulus [1/kbar]."""
    dkappa_dT: float
    """Temperature derivative of the bulk modulus of a melt species [kbar/K]; 0 for solids."""
    eos: EquationOfState
    """Equation of state."""
    transition: Transition
    """Kind of the order-disorder or displacive transition."""
    transition_parameters: tuple[float, float, float, float, float, float]
    """Landau: Tc [K], Smax [kJ/(K mol)], Vmax [kJ/(kbar mol)], 0, 0, 0.
    Bragg-Williams: dH [kJ/mol], dV [kJ/(kbar mol)], W [kJ/mol], WV [kJ/(kbar mol)], n [1],
    factor [1]. None: zeros."""
    sigma_H: float | None
    """One standard deviation of H [kJ/mol]; None where the source gives none."""
    fluid: tuple[float, ...] = ()
    """Pitzer & Sterner: coefficients c1 to c10 [cm3, mol, K], each as six numbers that multiply
    T^-4, T^-2, T^-1, 1, T, T^2. CORK: Tc [K], Pc [kbar]. Nothing else has any."""


@dataclass(frozen=True, slots=True)
class EndmemberSet:
    """All end-members of one published data set."""

    name: str
    """Name of the set, such as ``ds634``."""
    reference: str
    """Publication and file the numbers come from."""
    gas_constant: float
    """Gas constant the set was fitted with [kJ/(K mol)]."""
    reference_temperature: float
    """Temperature to which H, S, V, alpha0, kappa0 belong [K]."""
    reference_pressure: float
    """Pressure to which H, S, V belong [kbar]."""
    endmembers: Mapping[str, Endmember]
    """End-members by name, in the order of the table."""
    sha256: str
    """Digest of the files of the set (line endings normalised)."""


@dataclass(frozen=True, slots=True)
class MakeTerm:
    """One term of the reaction that makes a model's end-member from the data set's."""

    coefficient: float
    """Stoichiometric coefficient [1], may be negative."""
    endmember: str
    """End-member of the data set."""
    state: OrderState
    """State in which its order parameter is held."""


@dataclass(frozen=True, slots=True)
class Buffer:
    """Phases that hold the fugacity of oxygen where they are together."""

    name: str
    """Short name, such as ``QFM``."""
    full: str
    """Name in words."""
    also: tuple[str, ...]
    """Other short names of it."""
    reaction: tuple[MakeTerm, ...]
    """Makes 1 mol O2."""
    above: str
    """Name of the buffer above which it lies while its phases are stable together; may be empty."""
    below: str
    """Name of the buffer below which it lies then; may be empty."""


@dataclass(frozen=True, slots=True)
class StandardState:
    """What the activity of a component is referred to."""

    component: str
    """The component."""
    of: str
    """The phase in words."""
    reaction: tuple[MakeTerm, ...]
    """Makes 1 mol of the component at activity one."""


@dataclass(frozen=True, slots=True)
class PhaseName:
    """What a phase, or a range of its compositions, is called."""

    short: str
    """Short name; the key of the phase for the phase itself."""
    full: str
    """Name in words."""
    warr: str
    """Symbol of Warr (2021)."""


@dataclass(frozen=True, slots=True)
class Inequality:
    """A linear condition on the cations of a formula unit: sum of coefficient times cation > 0."""

    coefficients: Mapping[str, float]
    """Cation (Fe is all iron, Fe2 and Fe3 its parts) -> coefficient; ``1`` is the number one."""
    strict: bool
    """Whether it is more than zero, or at least zero."""


@dataclass(frozen=True, slots=True)
class NamedRange:
    """A range of compositions with a name of its own."""

    name: PhaseName
    """What it is called."""
    where: tuple[Inequality, ...]
    """Conditions that must all hold; none for what is left."""


@dataclass(frozen=True, slots=True)
class PhaseNames:
    """How the instances of a phase are called."""

    phase: str
    """Key of the phase."""
    name: PhaseName
    """Of the phase, whatever its composition."""
    ranges: tuple[NamedRange, ...]
    """The first whose conditions hold gives the name; the last has none. Empty for no ranges."""
    alone: bool
    """Whether a lone instance has the name of its range."""
    oxygens: float
    """Oxygens of the formula unit that conditions are of [1]; 0 where only ratios matter."""


@dataclass(frozen=True, slots=True)
class SolutionEndmember:
    """One end-member of a solution model, per mole of its formula unit."""

    name: str
    """Name in the model."""
    composition: Mapping[str, float]
    """Moles of each oxide per formula unit [mol]; equals that of the make reaction."""
    make: tuple[MakeTerm, ...]
    """Reaction that gives its standard Gibbs energy from the data set."""
    energy: tuple[float, float, float]
    """a [kJ/mol], b [kJ/(K mol)], c [kJ/(kbar mol)] of the a + bT + cP added to the make."""
    size: float
    """Size parameter of the asymmetric formalism [1]; 1 throughout a symmetric model."""
    log_constant: float
    """ln c of the ideal activity: makes the activity of the pure end-member 1 [1]."""


@dataclass(frozen=True, slots=True)
class SiteSpecies:
    """One species on one site of a solution model: a term of the configurational entropy."""

    name: str
    """Name of the species, such as ``xMgM1``."""
    cation: str
    """Cation or molecule that sits on the site."""
    site: str
    """Site; ``species`` where whole molecules mix."""
    multiplicity: float
    """Weight of y ln(y/N) in the entropy [1]; negative for a total that normalises others."""
    occupancy: tuple[float, ...]
    """Moles of the species per mole of each end-member [1], in the model's order."""


@dataclass(frozen=True, slots=True)
class SolutionModel:
    """Activity-composition model of one phase."""

    name: str
    """Key of the phase, such as ``cpx``."""
    long_name: str
    """Name in words."""
    reference: str
    """Publication of the model."""
    endmembers: tuple[SolutionEndmember, ...]
    """End-members; their order is that of every other field."""
    sites: tuple[SiteSpecies, ...]
    """Site species."""
    interactions: tuple[tuple[int, int, float, float, float], ...]
    """(i, j, a, b, c) with i < j: W_ij = a + bT + cP, a [kJ/mol], b [kJ/(K mol)],
    c [kJ/(kbar mol)]. A pair that is not listed has W = 0."""
    needs: tuple[str, ...] = ()
    """Oxides without which the phase is left out, where its model says nothing of that join."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What a phase is, whatever model it has."""

    phase: str
    """Key, such as ``cpx`` or ``q``."""
    kind: PhaseKind
    """State of matter."""
    order: tuple[str, ...]
    """Oxides by whose falling amounts its instances are numbered, one after the other."""
    colour: str
    """Colour in pictures, ``#rrggbb``."""
    oxygens: float | None = None
    """Of the formula that is written for the mineral; None where cations are not counted so."""


@dataclass(frozen=True, slots=True)
class GuideRange:
    """Range of a quantity in which a set of models is known to hold."""

    quantity: str
    """``pressure``, ``temperature``, an oxide, or ``alkalis/alumina``:
    (Na2O + K2O) / Al2O3 by moles."""
    minimum: float | None
    """Lowest value; None where there is none."""
    maximum: float | None
    """Highest value; None where there is none."""
    unit: str
    """kbar, degC, wt% or mol/mol."""
    basis: RangeBasis
    """``published``: stated by the paper. ``stoichiometry``: beyond it the phases cannot be made.
    ``observed``: seen by comparison with the other sets. ``assumed``: a reading of the paper."""
    source: str
    """Where the range comes from."""


@dataclass(frozen=True, slots=True)
class RockField:
    """A field of the total alkali-silica diagram."""

    key: str
    """Key of the field."""
    name: str
    """Volcanic rocks in it."""
    corners: tuple[tuple[float, float], ...]
    """SiO2 and Na2O + K2O [wt%], free of water, one after the other."""


@dataclass(frozen=True, slots=True)
class Guide:
    """Which rocks a set of models is for."""

    suits: str
    """Rocks that it is for."""
    beware: str
    """What it is known to do wrong, or what is not known of it."""
    ranges: tuple[GuideRange, ...]
    """Where it is known to hold; what no range names is not known."""


@dataclass(frozen=True, slots=True)
class ModelSet:
    """The solution models and pure phases that are used together."""

    name: str
    """Name of the set, such as ``T21-Su26``."""
    reference: str
    """Publications of the set."""
    endmember_set: str
    """Name of the end-member set it stands on."""
    gas_constant: float
    """Gas constant the models were fitted with [kJ/(K mol)]."""
    components: tuple[str, ...]
    """Oxides of the system, in which compositions are written."""
    basis: Mapping[str, Mapping[str, float]]
    """Oxide -> its amounts in a basis in which no end-member holds less than nothing of any
    component; empty where the oxides are such a basis."""
    alternatives: tuple[tuple[str, ...], ...]
    """Phases of which never more than one takes part, the first unless another is asked for."""
    solutions: tuple[SolutionModel, ...]
    """Solution phases."""
    pure_phases: tuple[str, ...]
    """End-members that are phases of their own."""
    sha256: str
    """Digest of every file whose numbers enter: models, end-members and components."""


@dataclass(frozen=True, slots=True)
class BulkRecord:
    """One bulk composition."""

    key: str
    """Short name to ask for it."""
    name: str
    """Name in words."""
    oxides_wt: Mapping[str, float]
    """Oxides as reported [wt%], iron as FeO, not normalised; a blank cell is left out."""
    status: BulkStatus
    """``measured``: an analysis read from its source. ``model``: a published estimate, mixture
    or test input. ``stand-in``: constructed in place of data that are not public."""
    source: str
    """Where the numbers come from."""
    note: str
    """What one has to know before using it; may be empty."""


@dataclass(frozen=True, slots=True)
class CompositionRange:
    """Ranges of oxides over several analyses; the ends are not compositions."""

    key: str
    """Short name to ask for it."""
    bounds_wt: Mapping[str, tuple[float, float]]
    """Lowest and highest value of each oxide [wt%]."""
    assumed: frozenset[str]
    """Oxides whose range is an assumption, not published."""
    source: str
    """Where the published ranges come from."""


@dataclass(frozen=True, slots=True)
class MineralComponent:
    """One component of a mineral whose amount a mineral-melt equation gives."""

    name: str
    """Its counterpart in the melt, one of `schema.MELT_COMPONENTS`."""
    formula: Mapping[str, float]
    """Moles of oxides in a formula unit."""
    per_unit: float
    """Formula units per unit of the amount of its counterpart."""
    saturates: bool
    """Whether it counts in the condition of saturation."""
    terms: tuple[tuple[str, float], ...]
    """Term (one of `schema.MELT_TERMS`) and its coefficient in the logarithm of K."""
    of: str
    """Component whose K it is proportional to; empty for one of its own."""
    factor: float
    """K = factor times the K of the other component, plus offset."""
    offset: float
    """Added to K; K itself where there is nothing else."""


@dataclass(frozen=True, slots=True)
class ValidRange:
    """Range that a mineral-melt equation was fitted in."""

    quantity: str
    """An oxide, or P or T."""
    minimum: float
    """Lowest value."""
    maximum: float
    """Highest value."""
    unit: str
    """wt%, kbar or degC."""
    source: str
    """Where the range comes from."""


@dataclass(frozen=True, slots=True)
class MineralMeltRecord:
    """One mineral-melt equation: distribution coefficients of the components of a mineral."""

    key: str
    """Short name to ask for it."""
    mineral: str
    """The mineral."""
    reference: str
    """The publication."""
    read_from: str
    """Where the coefficients were read."""
    note: str
    """What one has to know before using it; may be empty."""
    decimal: bool
    """Whether the terms sum to log10 K instead of ln K."""
    network_modifiers: tuple[str, ...]
    """Cations whose fractions make up NM."""
    components: tuple[MineralComponent, ...]
    """Of the mineral."""
    ranges: tuple[ValidRange, ...]
    """Where it holds; empty where that is not known."""


@dataclass(frozen=True, slots=True)
class AbsentModel:
    """A mineral-melt model that is asked for and cannot be had."""

    key: str
    """Its name."""
    mineral: str
    """The mineral."""
    reference: str
    """The publication."""
    reason: str
    """Why it is not here, and what is."""


@dataclass(frozen=True, slots=True)
class TraceRecord:
    """Trace elements of one rock or reservoir."""

    key: str
    """Short name to ask for it."""
    name: str
    """Name in words."""
    amounts: Mapping[str, float]
    """Elements [unit]; a blank cell is left out."""
    unit: Literal["ppm", "chondrite"]
    """Parts per million by weight, or multiples of CI chondrite."""
    status: BulkStatus
    """As in `BulkRecord`."""
    source: str
    """Where the numbers come from."""
    note: str
    """What one has to know before using it; may be empty."""


@dataclass(frozen=True, slots=True)
class PartitionRecord:
    """Partition coefficients of trace elements between one mineral and melt."""

    mineral: str
    """Short name: ol, opx, pig, cpx, pl, ilm, spl, g."""
    name: str
    """Name in words."""
    holds_for: tuple[str, ...]
    """Short names, as labels have them, of all minerals that they hold for."""
    coefficients: Mapping[str, float]
    """Concentration in the mineral over that in the melt, by weight [1]."""
    source: str
    """Where the numbers come from."""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of constant density."""

    top_km: float
    """Depth of its upper boundary [km]."""
    density: float
    """Its density [kg/m3]."""
    source: str
    """Publication."""


@dataclass(frozen=True, slots=True)
class PlanetRecord:
    """A body whose pressure is told as a depth."""

    key: str
    """Short name: earth, moon, mars."""
    name: str
    """Name in words."""
    gm_km3_s2: float
    """Gravitational constant times mass [km3/s2]."""
    radius_km: float
    """Mean radius [km]."""
    layers: tuple[Layer, ...]
    """From the surface down; none where no profile is tabulated."""
    source: str
    """Publications of mass and radius."""


@dataclass(frozen=True, slots=True)
class SolidificationStep:
    """What crystallises over one interval of the solidification of a magma ocean."""

    solid_from: float | None
    """Percent solidified where the step begins [wt%]; None where the source does not say."""
    solid_to: float
    """Percent solidified where it ends [wt%]."""
    modes_wt: Mapping[str, float]
    """Minerals [wt% of the step], as tabulated: they need not sum to 100."""
    note: str
    """What one has to know before using it; may be empty."""


@dataclass(frozen=True, slots=True)
class MagmaOcean:
    """The crystallisation sequence of one model of the lunar magma ocean."""

    key: str
    """Short name to ask for it."""
    name: str
    """Name in words: its publication."""
    steps: tuple[SolidificationStep, ...]
    """In the order of solidification."""
    source: str
    """Where the numbers come from."""


@dataclass(frozen=True, slots=True)
class Target:
    """A published result that a study is held against."""

    key: str
    """Name of the computed value it is compared with."""
    part: str
    """Part of the study that computes it."""
    quantity: str
    """What it is, in words."""
    unit: str
    """Unit of all its numbers; empty for words."""
    published: str
    """As the publication has it; empty where it gives no number."""
    low: float | None
    """Least value that counts as agreement."""
    high: float | None
    """Largest value that counts as agreement."""
    expected: str
    """Words that count as agreement, where the value is words."""
    checks: Mapping[str, float]
    """By database: the value an independent program gives for the same rock."""
    note: str
    """What is compared, and why it is as it is; ``{key}`` stands for a computed value."""
    why_outside: str
    """What is said if the value lies outside; ``{key}`` as in `note`."""


@dataclass(frozen=True, slots=True)
class ShearModulus:
    """Shear modulus of one end-member from one source, as the numbers of the source's formula."""

    name: str
    """End-member of the data sets."""
    source: str
    """Tag of the publication: AH16, SLB22, CK02 or MAGEMin."""
    numbers: tuple[float, ...]
    """In the order of `elasticity.SOURCES`; kbar, K, kJ, mol."""
    same_as: str
    """Mineral whose numbers these are, where the source lent them; else empty."""


@dataclass(frozen=True, slots=True)
class ShearModuli:
    """All shear moduli."""

    of: Mapping[str, Mapping[str, ShearModulus]]
    """Source -> end-member -> modulus."""
    structures: Mapping[tuple[str, str], str]
    """(phase, end-member) without a modulus -> data-set end-member whose structure it has; the
    phase is empty where the end-member is one of the data sets."""
