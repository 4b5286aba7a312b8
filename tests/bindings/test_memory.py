"""How much memory an answer takes is told beforehand, and what does not fit is refused."""

import logging

import numpy as np
import pytest

import gibbsite as gb
from gibbsite._solving import memory
from gibbsite.errors import InputError

WHERE = {"pressure_kbar": 3.0, "temperature_C": 1200.0}


@pytest.mark.compiled
def test_what_is_told_is_what_the_answer_takes(caplog):
    rocks = np.tile(gb.bulk("high-ti-glass").array(), (40, 1))
    with caplog.at_level(logging.INFO, logger="gibbsite"):
        found = gb.equilibria(rocks, **WHERE, database="T21-Su26")
    assert "40 points: the answer will take" in caplog.text
    taken = sum(v.nbytes for v in found.variables.values() if "point" in v.dims)
    assert 40 * memory.bytes_per_point(gb.database("T21-Su26")) == pytest.approx(taken, rel=0.02)


def test_what_does_not_fit_is_refused_before_anything_is_solved(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 0.5 * memory.GIB)
    memory.check_memory(gb.database("T21-Su26"), 10_000)
    with pytest.raises(InputError, match=r"1,000,000 points need .* GiB .* 0\.5 GiB are left"):
        gb.equilibria(np.full((1_000_000, 9), 1.0), **WHERE, database="T21-Su26")


def fake_system(root, **files):
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_limit_of_a_job_counts_where_it_is_lower(tmp_path):
    machine = {"proc__meminfo": "MemTotal: 9000 kB\nMemAvailable:  4000 kB\n"}
    root = fake_system(tmp_path, **machine)
    assert memory.available_bytes(root) == 4000 * 1024
    fake_system(tmp_path, proc__self__cgroup="0::/job\n")
    assert memory.available_bytes(root) == 4000 * 1024
    folder = tmp_path / "sys/fs/cgroup/job"
    folder.mkdir(parents=True)
    (folder / "memory.current").write_text("1000\n")
    (folder / "memory.max").write_text("max\n")
    assert memory.available_bytes(root) == 4000 * 1024
    (folder / "memory.max").write_text("3000\n")
    assert memory.available_bytes(root) == 2000


def test_a_system_that_does_not_tell_refuses_nothing(tmp_path):
    assert memory.available_bytes(tmp_path) == np.inf
