"""The messages of the library in the words of the command line: options for arguments."""

import re
from typing import Final

# Argument of Python, as messages have it -> option of the command line. A number is meant to be an
# option only where the message begins with it: in a file it is a key or a column of that name.
_WORDS: Final = (
    (r"pass overwrite=True( \(--overwrite\))?", "give --overwrite"),
    (r"gibbsite\.bulk\(\.\.\.\)", "--bulk, --wt or --mol"),
    (r"`?gibbsite\.databases\(\)`?", "`gibbsite info databases`"),
    (r"`?gibbsite\.rock_names\(\)`?", "`gibbsite info rocks`"),
    (r'say database ?= ?"([\w-]+)"', r"say --database \1"),
    (
        r'name one, such as gibbsite\.database\("([\w-]+)"\)',
        r"say --database \1 or another of these",
    ),
    (r'ignore = "outside"', "--ignore outside"),
    (r"ignore = \[([^\]]*)\]", lambda found: f"--ignore {_listed(found.group(1))}"),
    (r"^pressure_kbar = ", "--pressure "),
    (r"^temperature_C = ", "--temperature "),
    (r"^step_C = ", "--step "),
    (r"^until_melt_fraction = ", "--until "),
    (r"^loss( of \w+)? = ", r"--loss\1 "),
    (r"^width_mm = ", "--width "),
    (r"^(style|names|dpi|workers|kind|direction|iron|sheet) = ", r"--\1 "),
    (r"^per_(crystallised|C|step) = ", r"--rate \1="),
    (r"give one of per_crystallised, per_C, per_step", "say --rate crystallised=, C= or step="),
    (r"\bper_(crystallised|C|step)\b", r"--rate \1="),
    (r"\bup_to\b", "--up-to"),
    (r"^loss is ", "--loss is "),
    (r"concentrations \(assimilated\)", "concentrations (--assimilated-traces)"),
    (
        r"coefficients \(partition\), or coefficients",
        "coefficients (--partition), or --coefficient",
    ),
    (r'coefficients = \{"(\w+)": \{"(\w+)": \.\.\.\}\}', r"--coefficient \1.\2=0.1"),
    (r"by suffix=", "by --suffix"),
    (r'iron = "given" to take it in, "ferrous"', "--iron given to take it in, --iron ferrous"),
    (r"ferric = ([\d.]+\d), say", r"--ferric \1, say"),
    (r'repeated = "(\w+)"', r"--repeated \1"),
    (r"by sheet = \.\.\.", "by --sheet"),
    (r"^scheduler= ", "--scheduler "),
    (r"exact=False, --grid", "--grid"),
    (r"bulk\(wt=\{\"SiO2\": 45\.1, \.\.\.\}\)", '--wt "SiO2=45.1 ..."'),
    (r"failed='([\w-]+)' \(--failed \1\)", r"--failed \1"),
    (r"by its key, by wt= or by mol=", "by --bulk, --wt or --mol"),
)


def as_options(message: str) -> str:
    """Return a message with the options of the command line in the place of arguments of Python."""
    for pattern, words in _WORDS:
        message = re.sub(pattern, words, message)
    return message


def _listed(names: str) -> str:
    words = names.replace('"', "").replace(",", " ").split()
    return words[0] if len(words) == 1 else f'"{" ".join(words)}"'
