"""The section that a result was computed from."""

import xarray as xr

from gibbsite._section.section import Section
from gibbsite.errors import GibbsiteError


def section_of(dataset: xr.Dataset) -> Section | None:
    """Return the section a result was computed from, None if it does not say."""
    try:
        return Section.from_text(str(dataset.attrs["section_toml"]))
    except (KeyError, GibbsiteError):
        return None
