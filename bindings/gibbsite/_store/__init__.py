"""Sections in HDF5: the layout, the file, what was done, and reading it."""
