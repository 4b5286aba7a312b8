"""Two compilers made of Numba's own, in a third of its time; an ImportError where it has changed.

They replace and use what has names of its own in Numba only.
"""

from collections.abc import Callable
from typing import Any

import llvmlite.binding as llvm
from numba import types
from numba.core import config as numba_config
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.dispatcher import Dispatcher

_CONFIG: Any = numba_config  # numba fills this module at run time
_NEEDED = (
    (JITCodeLibrary, "_optimize_final_module"),
    (JITCodeLibrary, "_finalize_final_module"),
    (JITCodeLibrary, "_get_module_for_linking"),
    (JITCodeLibrary, "serialize_using_object_code"),
    (Compiler, "compile_extra"),
    (Compiler, "define_pipelines"),
    (Dispatcher, "get_call_template"),
)
for _owner, _name in _NEEDED:
    if not hasattr(_owner, _name):
        raise ImportError(f"Numba's {_owner.__name__} has no {_name} any more")


class WholeCompiler(Compiler):
    """Numba's own compiler, but for loops over vectors.

    The loops of the kernels are short, or add up in a given order: code for vectors takes a tenth
    of the time to compile, and is no faster. Numba reads this setting when it starts to optimise;
    the lock of its compiler, held here, keeps the change from code of others.
    """

    def compile_extra(self, func: Callable[..., Any]) -> Any:
        outer = _CONFIG.LOOP_VECTORIZE
        _CONFIG.LOOP_VECTORIZE = 0
        try:
            return super().compile_extra(func)
        finally:
            _CONFIG.LOOP_VECTORIZE = outer

    def define_pipelines(self) -> Any:
        return _with_library(self, super().define_pipelines, _Whole)


def _with_library(compiler: Compiler, define: Callable[[], Any], kind: type) -> Any:
    state = compiler.state
    state.library = kind(state.targetctx.codegen(), state.func_id.func_qualname)
    state.library.enable_object_caching()
    return define()


class _Whole(JITCodeLibrary):
    """The code of a kernel that Python calls, without loops written out several times.

    They are as short as the number of end-members or components, and each round waits for the one
    before: written out they take three times the code, and no less time.
    """

    def _optimize_final_module(self) -> None:
        if not hasattr(llvm, "create_pipeline_tuning_options"):  # LLVM as Numba had it until 0.61
            super()._optimize_final_module()
            return
        tuning = llvm.create_pipeline_tuning_options(3)
        tuning.loop_unrolling = tuning.loop_vectorization = tuning.slp_vectorization = False
        builder = llvm.create_pass_builder(self._codegen._tm, tuning)
        builder.getModulePassManager().run(self._final_module, builder)

    def serialize_using_object_code(self) -> Any:
        """Keep what runs, and of what callers link, the names alone, which tell what it defines.

        No kernel calls a whole, and to read the code for callers takes longer than to load the rest.
        """
        name, kind, (code, _) = super().serialize_using_object_code()
        return name, kind, (code, _without_bodies(self._final_module))


def _without_bodies(module: Any) -> bytes:
    """Functions of the same names in a module that Numba refuses to link: one of its own is missing."""
    names = [
        function.name
        for function in module.functions
        if not function.is_declaration and function.linkage == llvm.Linkage.external
    ]
    refused = '@"_ZN5numba: a kernel that Python calls is not for other kernels"'
    bodies = [f'define void @"{name}"() {{ call void {refused}() ret void }}' for name in names]
    return llvm.parse_assembly("\n".join([f"declare void {refused}()", *bodies])).as_bitcode()


class _Part(JITCodeLibrary):
    """The code of a kernel as a part of others: not optimised as a whole, and not made executable.

    Numba links all that a function calls into it, then optimises and emits everything, once again
    for each level of calls, though nobody runs what was emitted for a part. Here that is done once,
    in the kernel that Python calls. Each function by itself was optimised when it was added. Should
    a later Numba no longer call these two methods, kernels only take longer to compile.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalized = True  # what the next line asks for
        self._get_module_for_linking()  # makes and keeps the copy that callers link
        self._final_module = _without_functions(self._final_module)
        super()._finalize_final_module()


def _without_functions(module: Any) -> Any:
    """What Numba looks for in a kernel that was made: where to put the names that errors need."""
    variables = [
        str(each) for each in module.global_variables if each.linkage == llvm.Linkage.common
    ]
    kept = llvm.parse_assembly("\n".join(variables))
    kept.name = module.name
    return kept


class PartCompiler(Compiler):
    """Numba's own compiler, but for where it puts the code."""

    def define_pipelines(self) -> Any:
        return _with_library(self, super().define_pipelines, _Part)


def forget_literals(dispatcher: Any) -> None:
    """Let a kernel be compiled once for all values of an argument, those written out in a call too.

    Numba takes `True` in a call for a type of its own, and compiles all that is called once again.
    """
    of_types = dispatcher.get_call_template

    def get_call_template(arguments: Any, named: Any) -> Any:
        named = {name: types.unliteral(kind) for name, kind in dict(named).items()}
        return of_types(tuple(types.unliteral(kind) for kind in arguments), named)

    dispatcher.get_call_template = get_call_template
