"""The search for garbage is put off while a program starts, and taken up again whatever happens."""

import gc

import pytest
from bokeh.document import Document

from gibbsite._garbage import put_off, take_up
from gibbsite._viewing.serve import Shelf, _fill


@pytest.fixture(autouse=True)
def as_before():
    yield
    gc.unfreeze()
    gc.enable()


def test_a_search_that_was_not_put_off_searches_all():
    gc.unfreeze()
    take_up()
    assert gc.get_freeze_count() == 0


def test_a_page_takes_the_search_up_even_if_it_can_only_say_why_there_is_none(tmp_path):
    put_off()
    document = Document()
    _fill(document, Shelf(tmp_path / "none.h5", None), ())
    assert "There is no file" in document.roots[0].text
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
