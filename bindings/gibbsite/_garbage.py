"""Python's search for garbage, put off while a program starts, when there is none.

What is imported and read then stays, and is searched again and again: a sixth of the time. For
processes of gibbsite's own; what a user's process searches is the user's.
"""

import gc


def put_off() -> None:
    """Do not search until `take_up`."""
    gc.disable()


def take_up() -> None:
    """Search again where that was put off, but not in what is there already."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
