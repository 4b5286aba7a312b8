"""What a long computation says of itself in a file, on request: a line for each event."""

import contextlib
import logging
import os
from collections.abc import Iterator

_SILENT = logging.NullHandler()  # else Python writes what nobody listens to on the terminal


@contextlib.contextmanager
def run_log(name: str, path: str | os.PathLike[str] | None) -> Iterator[logging.Logger]:
    """Give the logger of one run, which also writes to a file if one is named."""
    logging.getLogger("gibbsite.run").addHandler(_SILENT)
    logger = logging.getLogger(f"gibbsite.run.{name}")
    if path is None:
        yield logger
        return
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    try:
        yield logger
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        handler.close()
