"""Which rocks are made of the same components: they are solved in one reduced database."""

from collections.abc import Iterator

import numpy as np

from gibbsite_engine.layout import Booleans, Floats, Ints

from .database import Database


def faces(database: Database, chosen: Ints, bulk: Floats) -> Iterator[tuple[Booleans, Ints]]:
    """Yield each face on which any of the chosen bulks lie, and which of them do.

    Parameters
    ----------
    chosen : (m,) array of int
        Rows of `bulk`.
    bulk : (n, C) array
        mol per mole of oxides.
    """
    of_each = database.face(bulk[chosen])
    if not len(chosen):
        return
    # a name for each face, of as many bits as it takes: rows of an array are slow to sort
    bits = np.packbits(of_each, axis=1)
    name = bits.view(np.dtype((np.bytes_, bits.shape[1])))[:, 0]
    if (name == name[0]).all():  # as most often
        yield of_each[0], chosen
        return
    _, first, which = np.unique(name, return_index=True, return_inverse=True)
    for g, example in enumerate(first):
        yield of_each[example], chosen[which == g]
