"""Tiles of a section: as large as a file wants them, solved in blocks of one size."""

from dataclasses import replace

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._running.tile import solve_tile
from gibbsite._store.schema import tile_for


@pytest.mark.slow
def test_a_large_tile_is_its_blocks_to_the_last_bit():
    plan = gb.Section.from_toml("fig4c")
    dense = [replace(axis, points=1001) for axis in (plan.rows, plan.columns)]
    plan = replace(plan, rows=dense[0], columns=dense[1])
    whole = solve_tile(plan, slice(300, 367), slice(500, 565))
    assert whole["status"].shape == (67, 65)
    assert (whole["status"] == 0).all()
    for rows in (slice(300, 364), slice(364, 367)):
        for columns in (slice(500, 564), slice(564, 565)):
            place = (
                slice(rows.start - 300, rows.stop - 300),
                slice(columns.start - 500, columns.stop - 500),
            )
            for name, values in solve_tile(plan, rows, columns).items():
                np.testing.assert_array_equal(whole[name][place], values, err_msg=name)


@pytest.mark.parametrize(
    ("shape", "tile"), [((1001, 1001), 64), ((400, 400), 64), ((300, 300), 32), ((8, 3000), 64)]
)
def test_tiles_are_large_where_enough_of_them_are_left(shape, tile):
    assert tile_for(shape) == (tile, tile)
