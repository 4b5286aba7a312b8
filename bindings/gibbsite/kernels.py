"""Compiled kernels for Numba functions of one's own; see `gibbsite.Solver.task`."""

from gibbsite_engine.nodes import Answers as Answers
from gibbsite_engine.nodes import Task as Task
from gibbsite_engine.nodes import solve_nodes as solve_nodes
