"""Published thermodynamic tables of gibbsite and the loader that checks them."""

from .errors import TableError
from .loader import (
    load_bulks,
    load_components,
    load_endmembers,
    load_models,
    load_ranges,
    model_names,
    outside_oxides,
)
from .records import (
    BulkRecord,
    CalibratedRange,
    Component,
    CompositionRange,
    Endmember,
    EndmemberSet,
    MakeTerm,
    ModelSet,
    SiteSpecies,
    SolutionEndmember,
    SolutionModel,
)

__all__ = [
    "BulkRecord",
    "CalibratedRange",
    "Component",
    "CompositionRange",
    "Endmember",
    "EndmemberSet",
    "MakeTerm",
    "ModelSet",
    "SiteSpecies",
    "SolutionEndmember",
    "SolutionModel",
    "TableError",
    "load_bulks",
    "load_components",
    "load_endmembers",
    "load_models",
    "load_ranges",
    "model_names",
    "outside_oxides",
]
