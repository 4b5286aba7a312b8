"""The loader: tables in, frozen records out; each set is read and checked once.

Every function takes the folder of tables as an optional ``root``; without it the tables of this
package are read. All raise `TableError` naming file, row and reason.
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from .buffers import build_buffers, build_standard_states
from .bulks import build_bulks, build_ranges
from .classification import build_tas
from .components import INSIDE, OUTSIDE, build_components, build_oxides
from .elasticity import build_shear_moduli
from .endmembers import build_endmember_set
from .guides import build_guides
from .magma_ocean import build_magma_oceans
from .mineral_melt import FOLDER as MINERAL_MELT
from .mineral_melt import build_absent, build_mineral_melt
from .models import FOLDER as MODELS
from .models import build_model_set, build_set_components
from .names import build_names
from .planets import build_planets
from .reading import Tables
from .records import (
    AbsentModel,
    Buffer,
    BulkRecord,
    Component,
    CompositionRange,
    EndmemberSet,
    Guide,
    MagmaOcean,
    MineralMeltRecord,
    ModelSet,
    PartitionRecord,
    PhaseNames,
    PlanetRecord,
    RockField,
    ShearModuli,
    StandardState,
    Target,
    TraceRecord,
    Traits,
)
from .targets import build_targets
from .trace import build_partition, build_traces
from .traits import build_traits

_components = cache(build_components)
_oxides = cache(build_oxides)
_traits = cache(build_traits)
_endmembers = cache(build_endmember_set)
_buffers = cache(build_buffers)
_standard_states = cache(build_standard_states)
_names = cache(build_names)
_guides = cache(build_guides)
_tas = cache(build_tas)
_models = cache(build_model_set)
_set_components = cache(build_set_components)
_bulks = cache(build_bulks)
_ranges = cache(build_ranges)
_mineral_melt = cache(build_mineral_melt)
_absent = cache(build_absent)
_traces = cache(build_traces)
_partition = cache(build_partition)
_planets = cache(build_planets)
_magma_oceans = cache(build_magma_oceans)
_targets = cache(build_targets)
_shear_moduli = cache(build_shear_moduli)


def load_components(root: Traversable | None = None) -> tuple[Component, ...]:
    """Return the oxides of the system, in the order of every composition vector."""
    return _components(_tables(root), INSIDE)


def outside_oxides(root: Traversable | None = None) -> tuple[Component, ...]:
    """Return oxides (and a few elements) that are known but lie outside the system."""
    return _components(_tables(root), OUTSIDE)


def known_oxides(root: Traversable | None = None) -> Mapping[str, Component]:
    """Return all oxides that are known by name, whether or not a model set has them."""
    return _oxides(_tables(root))


def load_traits(root: Traversable | None = None) -> Mapping[str, Traits]:
    """Return what each phase is, by its key."""
    return _traits(_tables(root))


def load_names(root: Traversable | None = None) -> Mapping[str, PhaseNames]:
    """Return what phases are called, by key, in the order of labels: melt first, fluids last."""
    return _names(_tables(root))


def load_buffers(root: Traversable | None = None) -> Mapping[str, Buffer]:
    """Return the oxygen buffers by name."""
    return _buffers(_tables(root))


def load_standard_states(root: Traversable | None = None) -> Mapping[str, StandardState]:
    """Return what activities of components are referred to, by component."""
    return _standard_states(_tables(root))


def load_endmembers(name: str, root: Traversable | None = None) -> EndmemberSet:
    """Return an end-member set such as ``"ds634"``."""
    return _endmembers(_tables(root), name)


def load_models(name: str, root: Traversable | None = None) -> ModelSet:
    """Return a set of solution models such as ``"T21-Su26"``."""
    return _models(_tables(root), name)


def model_names(root: Traversable | None = None) -> tuple[str, ...]:
    """Return the names of all model sets."""
    return _model_names(_tables(root))


def set_components(root: Traversable | None = None) -> Mapping[str, tuple[str, ...]]:
    """Return the components of every model set, by its name."""
    return _set_components(_tables(root))


def load_guides(root: Traversable | None = None) -> Mapping[str, Guide]:
    """Return which rocks each set of models is for, by its name."""
    return _guides(_tables(root))


def load_tas(root: Traversable | None = None) -> tuple[RockField, ...]:
    """Return the fields of the total alkali-silica diagram."""
    return _tas(_tables(root))


def load_bulks(root: Traversable | None = None) -> Mapping[str, BulkRecord]:
    """Return all bulk compositions by key."""
    return _bulks(_tables(root))


def load_ranges(root: Traversable | None = None) -> Mapping[str, CompositionRange]:
    """Return the published ranges of compositions by key."""
    return _ranges(_tables(root))


def load_mineral_melt(name: str, root: Traversable | None = None) -> MineralMeltRecord:
    """Return a mineral-melt equation such as ``"ford-1983-ol"``."""
    tables = _tables(root)
    tables.check_name(MINERAL_MELT, name)
    return _mineral_melt(tables, tables, f"{MINERAL_MELT}/{name}")


def read_mineral_melt(folder: Path) -> MineralMeltRecord:
    """Return the mineral-melt equation that a folder of one's own holds."""
    return build_mineral_melt(_tables(None), Tables(folder.parent), folder.name)


def mineral_melt_names(root: Traversable | None = None) -> tuple[str, ...]:
    """Return the names of all mineral-melt equations."""
    return _tables(root).names(MINERAL_MELT)


def absent_mineral_melt(root: Traversable | None = None) -> Mapping[str, AbsentModel]:
    """Return the mineral-melt models that cannot be had, by name."""
    return _absent(_tables(root))


def load_traces(root: Traversable | None = None) -> Mapping[str, TraceRecord]:
    """Return the trace elements of rocks and reservoirs by key."""
    return _traces(_tables(root))


def load_partition(
    root: Traversable | None = None,
) -> Mapping[str, Mapping[str, PartitionRecord]]:
    """Return the sets of partition coefficients of trace elements, each by mineral."""
    return _partition(_tables(root))


def load_planets(root: Traversable | None = None) -> Mapping[str, PlanetRecord]:
    """Return the bodies whose pressure is told as a depth, by key."""
    return _planets(_tables(root))


def load_magma_oceans(root: Traversable | None = None) -> Mapping[str, MagmaOcean]:
    """Return the crystallisation sequences of the lunar magma ocean by key."""
    return _magma_oceans(_tables(root))


def load_shear_moduli(root: Traversable | None = None) -> ShearModuli:
    """Return the shear moduli of end-members from all sources."""
    return _shear_moduli(_tables(root))


def load_targets(name: str, root: Traversable | None = None) -> tuple[Target, ...]:
    """Return the published results of a study such as ``"high-ti-glass"``."""
    return _targets(_tables(root), name)


@cache
def _model_names(tables: Tables) -> tuple[str, ...]:
    return tables.names(MODELS)


def _tables(root: Traversable | None) -> Tables:
    return _shipped() if root is None else Tables(root)


@cache
def _shipped() -> Tables:
    return Tables(files("gibbsite_datasets") / "tables")
