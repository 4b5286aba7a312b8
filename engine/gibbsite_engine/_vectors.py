"""Sums of the rows of a matrix, each times a weight, several columns at once.

    out_j = start_j + sum_i w_i M_ij   or less the sum,   i < rows, j < columns.
Every column adds up in the order of the rows, as a loop would and to the same number; but four of
them are one vector of the processor. The loops of a kernel are too short for what LLVM makes of them,
see `_parts`: here is known that nothing overlaps, and the sums of a block of columns stay in registers.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import config as numba_config
from numba.core.errors import TypingError
from numba.extending import intrinsic

_CONFIG: Any = numba_config  # numba fills this module at run time
_DOUBLE, _WORD = ir.DoubleType(), ir.IntType(64)
_WIDTH, _BLOCK = 4, 16
"""Numbers a vector, columns a block."""


def _kind(width: int) -> Any:
    return ir.VectorType(_DOUBLE, width) if width > 1 else _DOUBLE


def _spread(builder: Any, value: Any, width: int) -> Any:
    """One value in all places of a vector."""
    if width == 1:
        return value
    nothing = ir.Constant(_kind(width), ir.Undefined)
    places = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
    first = builder.insert_element(nothing, value, _WORD(0))
    return builder.shuffle_vector(first, nothing, places)


def _place(builder: Any, array: Any, index: Any, width: int) -> Any:
    """Where the vector is that begins with a number of an array."""
    return builder.bitcast(builder.gep(array, [index]), _kind(width).as_pointer())


def _add_up(builder: Any, combine: str, columns: list[Any], width: int) -> None:
    """Write the code for vectors that begin with these columns, which may overlap.

    All are read before any is written: so `out` may be `start`.
    """
    start, weights, matrix, stride, rows, out, _ = builder.function.args
    starts = [builder.load(_place(builder, start, j, width), align=8) for j in columns]
    before, body, end = builder.block, *map(builder.append_basic_block, ("row", "end"))
    builder.cbranch(builder.icmp_signed(">", rows, _WORD(0)), body, end)
    builder.position_at_end(body)
    i, row = builder.phi(_WORD), builder.phi(_WORD)
    sums = [builder.phi(_kind(width)) for _ in columns]
    weight = _spread(builder, builder.load(builder.gep(weights, [i])), width)
    added = []
    for total, j in zip(sums, columns, strict=True):
        values = builder.load(_place(builder, matrix, builder.add(row, j), width), align=8)
        added.append(getattr(builder, combine)(total, builder.fmul(weight, values)))
    following = [builder.add(i, _WORD(1)), builder.add(row, stride), *added]
    for each, first, then in zip(
        [i, row, *sums], [_WORD(0), _WORD(0), *starts], following, strict=True
    ):
        each.add_incoming(first, before)
        each.add_incoming(then, body)
    builder.cbranch(builder.icmp_signed("<", following[0], rows), body, end)
    builder.position_at_end(end)
    results = [builder.phi(_kind(width)) for _ in columns]
    for result, first, then in zip(results, starts, added, strict=True):
        result.add_incoming(first, before)
        result.add_incoming(then, body)
    for result, j in zip(results, columns, strict=True):
        builder.store(result, _place(builder, out, j, width), align=8)


def _write_body(function: Any, combine: str) -> None:
    """Write the code: a loop over blocks, in which few columns are done in fewer or shorter vectors."""
    builder = ir.IRBuilder(function.append_basic_block("entry"))
    columns, entry = function.args[-1], builder.block
    test, block, done = map(builder.append_basic_block, ("test", "block", "done"))
    builder.branch(test)
    builder.position_at_end(test)
    j = builder.phi(_WORD)
    j.add_incoming(_WORD(0), entry)
    left = builder.sub(columns, j)
    builder.cbranch(builder.icmp_signed(">", left, _WORD(0)), block, done)
    builder.position_at_end(block)
    # the least number of columns, and the vectors that do as many or more: first column, or last but
    for least, width, ahead, behind in (
        (3 * _WIDTH + 1, _WIDTH, 3, 1),
        (2 * _WIDTH + 1, _WIDTH, 2, 1),
        (_WIDTH + 1, _WIDTH, 1, 1),
        (_WIDTH, _WIDTH, 1, 0),
        (2, 2, 1, 1),
        (1, 1, 1, 0),
    ):
        some, fewer = map(builder.append_basic_block, ("some", "fewer"))
        builder.cbranch(builder.icmp_signed(">=", left, _WORD(least)), some, fewer)
        builder.position_at_end(some)
        to = builder.add(j, _WORD(_BLOCK))
        whole = builder.icmp_signed("<", left, _WORD(_BLOCK))
        to = builder.select(whole, columns, to)
        places = [builder.add(j, _WORD(v * width)) for v in range(ahead)]
        _add_up(builder, combine, places + behind * [builder.sub(to, _WORD(width))], width)
        j.add_incoming(to, builder.block)
        builder.branch(test)
        builder.position_at_end(fewer)
    builder.unreachable()
    builder.position_at_end(done)
    builder.ret_void()


def _written(name: str, combine: str) -> Callable[..., Any]:
    """Say how kernels call the code that is written into them once, under this name."""

    def write(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        start, weights, matrix, out = (
            context.make_array(signature.args[n])(context, builder, values[n]) for n in (0, 1, 2, 4)
        )
        stride = _WORD(1)
        for axis in range(1, signature.args[2].ndim):
            stride = builder.mul(stride, builder.extract_value(matrix.shape, axis))
        function = builder.module.globals.get(name)
        if function is None:
            array = _DOUBLE.as_pointer()
            kinds = array, array, array, _WORD, _WORD, array, _WORD
            function = ir.Function(builder.module, ir.FunctionType(ir.VoidType(), kinds), name)
            function.linkage = "linkonce_odr"
            _write_body(function, combine)
        arguments = start.data, weights.data, matrix.data, stride, values[3], out.data, values[5]
        builder.call(function, arguments)
        return context.get_dummy_value()

    return write


def _operation(sign: float) -> Any:
    """Make `start + sum` or `start - sum`: for kernels, and as `py_func` for who compiles nothing."""

    def plain(start: Any, weights: Any, matrix: Any, rows: int, out: Any, columns: int) -> None:
        total = start.ravel()[:columns].copy()
        for i in range(rows):
            total += sign * (weights[i] * matrix[i].ravel()[:columns])
        out.reshape(-1)[:columns] = total

    if _CONFIG.DISABLE_JIT:
        return plain
    name, combine = ("add", "fadd") if sign > 0.0 else ("subtract", "fsub")
    write = _written(f"gibbsite_{name}_rows", combine)

    def typed(
        _: Any, start: Any, weights: Any, matrix: Any, rows: Any, out: Any, columns: Any
    ) -> Any:
        arrays = start, weights, matrix, out
        if any(of.layout != "C" or of.dtype != types.float64 for of in arrays):
            raise TypingError(f"sums are of contiguous arrays of float64, not of {arrays}")
        return types.none(start, weights, matrix, types.int64, out, types.int64), write

    operation: Any = intrinsic(typed)
    operation.py_func = plain
    return operation


add_rows = _operation(1.0)
subtract_rows = _operation(-1.0)
