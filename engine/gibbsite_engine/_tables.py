"""Named tuples of arrays that kernels hand on as one address; an ImportError where it cannot be.

Numba takes a named tuple apart: each call of a kernel hands over every number of every array, more
than a thousand for a workspace, and to compile that takes far longer than to compile the kernel.
Here the addresses and shapes of the arrays of a table, and of the tables in it, are written into
one block when Python calls a kernel; kernels hand on where it is, and read what they need.
"""

import ctypes
import hashlib
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.imputils import lower_getattr_generic
from numba.core.typing.templates import AttributeTemplate, infer_getattr
from numba.extending import NativeValue, register_model, typeof_impl, unbox

Class = TypeVar("Class", bound=type)

_WORD, _BYTE = ir.IntType(64), ir.IntType(8)
_SCALARS = (types.float64, types.int64, types.boolean)

# Where NumPy keeps the address and the shape of an array: after what all objects begin with.
_DATA = object.__basicsize__
_SHAPE = _DATA + 16


def _check_layout() -> None:
    array = np.zeros((3, 5))
    data = ctypes.c_void_p.from_address(id(array) + _DATA).value
    shape = ctypes.c_void_p.from_address(id(array) + _SHAPE).value
    if data != array.ctypes.data or not shape:
        raise ImportError("NumPy keeps the parts of an array in another place")
    if (ctypes.c_int64 * 2).from_address(shape)[:] != [3, 5]:
        raise ImportError("NumPy keeps the shape of an array in another form")


if ctypes.sizeof(ctypes.c_void_p) != 8:
    raise ImportError("an address is no number of 64 bits")
_check_layout()


class Table(types.Type):
    """What Numba knows of a named tuple that is handed on as the address of a block of words.

    An array is its address and its shape; a table lies in the block of the one that it is part of.
    """

    def __init__(self, of: type, fields: tuple[types.Type, ...]) -> None:
        self.of, self.fields = of, fields
        names = ", ".join(map(str, fields))
        super().__init__(f"{of.__name__}_{hashlib.sha256(names.encode()).hexdigest()[:8]}")

    @property
    def key(self) -> Any:
        """What makes two of them one."""
        return self.of, self.fields

    @cached_property
    def places(self) -> dict[str, tuple[int, types.Type]]:
        """The first word of each field, and its type."""
        found, word = {}, 0
        for name, kind in zip(self.of._fields, self.fields, strict=True):  # type: ignore[attr-defined]
            found[name] = word, kind
            word += _words(kind)
        return found

    @cached_property
    def words(self) -> int:
        """Length of the block."""
        return sum(map(_words, self.fields))


def _words(kind: types.Type) -> int:
    if isinstance(kind, Table):
        return kind.words
    return 1 + kind.ndim if isinstance(kind, types.Array) else 1


register_model(Table)(models.OpaqueModel)


def table(of: Class) -> Class:
    """Let kernels take a named tuple of arrays, numbers and other tables as one address.

    Raises
    ------
    TypeError
        By a kernel that is called with an array in it that is not contiguous, or with what is
        neither of these three.
    """
    typeof_impl.register(of)(_type_of)
    return of


def _type_of(value: Any, context: Any) -> Table:
    kinds = tuple(typeof_impl(item, context) for item in value)
    for name, kind in zip(value._fields, kinds, strict=True):
        contiguous = isinstance(kind, types.Array) and kind.layout == "C"
        if not (contiguous or kind in _SCALARS or isinstance(kind, Table)):
            raise TypeError(f"{type(value).__name__}.{name} cannot be handed to a kernel: {kind}")
    return Table(type(value), kinds)


@infer_getattr
class _Fields(AttributeTemplate):
    key = Table

    def generic_resolve(self, kind: Any, name: str) -> Any:  # type: ignore[override]
        return kind.places[name][1] if name in kind.places else None


def _at(builder: Any, block: Any, word: int, kind: Any) -> Any:
    """Where a word of a block is, for what is of a type."""
    words = builder.bitcast(block, _WORD.as_pointer())
    return builder.bitcast(builder.gep(words, [ir.Constant(_WORD, word)]), kind.as_pointer())


def _read(builder: Any, block: Any, word: int, kind: Any) -> Any:
    """What is in a word of a block, which no kernel ever changes."""
    value = builder.load(_at(builder, block, word, kind))
    value.set_metadata("invariant.load", builder.module.add_metadata([]))
    return value


@lower_getattr_generic(Table)
def _field(context: Any, builder: Any, kind: Table, block: Any, name: str) -> Any:
    from numba.np.arrayobj import populate_array  # slow to import, and only compiling needs it

    word, field = kind.places[name]
    if isinstance(field, Table):
        return _at(builder, block, word, _BYTE)
    if field is types.boolean:
        return builder.trunc(_read(builder, block, word, _WORD), ir.IntType(1))
    if not isinstance(field, types.Array):
        return _read(builder, block, word, context.get_value_type(field))
    of_data = context.get_data_type(field.dtype)
    size = context.get_constant(types.intp, context.get_abi_sizeof(of_data))
    shape = [_read(builder, block, word + 1 + d, _WORD) for d in range(field.ndim)]
    strides = [size]
    for length in shape[:0:-1]:
        strides.insert(0, builder.mul(strides[0], length, flags=["nsw"]))
    array = context.make_array(field)(context, builder)
    populate_array(
        array,
        data=_read(builder, block, word, of_data.as_pointer()),
        shape=cgutils.pack_array(builder, shape),
        strides=cgutils.pack_array(builder, strides),
        itemsize=size,
        meminfo=None,
    )
    return array._getvalue()


@unbox(Table)
def _unbox(kind: Table, value: Any, c: Any) -> Any:
    block = cgutils.alloca_once(c.builder, ir.ArrayType(_WORD, kind.words))
    block = c.builder.bitcast(block, _BYTE.as_pointer())
    _write(kind, value, c, block, 0)
    return NativeValue(block)


def _write(kind: Table, value: Any, c: Any, block: Any, word: int) -> None:
    """Write what Python hands over into a block, from a word on."""
    builder = c.builder

    def inside(pointer: Any, bytes_: int) -> Any:
        place = builder.gep(
            builder.bitcast(pointer, _BYTE.as_pointer()), [ir.Constant(_WORD, bytes_)]
        )
        return builder.bitcast(place, _WORD.as_pointer())

    for i, (first, field) in enumerate(kind.places.values()):
        item, here = c.pyapi.tuple_getitem(value, i), word + first
        if isinstance(field, Table):
            _write(field, item, c, block, here)
        elif isinstance(field, types.Array):
            data = builder.load(inside(item, _DATA))
            builder.store(data, _at(builder, block, here, _WORD))
            shape = builder.inttoptr(builder.load(inside(item, _SHAPE)), _BYTE.as_pointer())
            for d in range(field.ndim):
                length = builder.load(inside(shape, 8 * d))
                builder.store(length, _at(builder, block, here + 1 + d, _WORD))
        else:
            number = c.unbox(field, item).value  # its type was found, so that it is one
            if field is types.boolean:
                number = builder.zext(number, _WORD)
            builder.store(number, _at(builder, block, here, number.type))
