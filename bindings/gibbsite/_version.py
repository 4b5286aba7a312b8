"""The version, written once: the package, its metadata and every result file read it here."""

__version__ = "0.1.0"
