"""What can go wrong, in one family: every error gibbsite raises on purpose is a `GibbsiteError`."""


class GibbsiteError(Exception):
    """Base of all errors of gibbsite; its text is one sentence meant for the user."""


class InputError(GibbsiteError, ValueError):
    """What was asked for cannot be meant: a wrong name, number, key or file name."""


class InfeasibleError(InputError):
    """No mixture of the phases has this composition; the text names the component in excess."""


class DatabaseError(GibbsiteError):
    """A table of thermodynamic data is missing, damaged or inconsistent."""


class CertificateWarning(UserWarning):
    """A certified answer was found to depend on what else was computed: a fault of gibbsite."""


class StoreError(GibbsiteError):
    """A result file cannot be read or written."""
