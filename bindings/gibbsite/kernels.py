"""Compiled kernels for Numba functions of one's own; see `gibbsite.Solver.task`."""

from gibbsite_engine.nodes import Answers, Task
from gibbsite_engine.stepping import solve_nodes

__all__ = ["Answers", "Task", "solve_nodes"]
