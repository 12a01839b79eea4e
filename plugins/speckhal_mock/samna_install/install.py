"""Puts the emulated `samna` where `import samna` finds it: the vendor's modules and names.

sinabs' back end imports samna at module level, so it needs something under that name. Where the
vendor's own SDK is installed and can be imported it gets that, and nothing is shadowed: the
emulated boards read the vendor's configuration objects as well as their own.

The modules of `speckhal_mock.samna` import what they are made of. What scripts get shows none of
that, and says of what samna has besides that it is missing here, and not that there is no such
thing.
"""

from __future__ import annotations

import functools
import importlib
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Final

from speckhal.contract.errors import VendorUnavailable
from speckhal_samna.samna_import import SamnaPresence, load_real_samna, samna_presence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def provide_samna() -> None:
    """Make `import samna` give the vendor's where that works, and else the emulation.

    The vendor's is imported to find out, and never the bootstrap.
    """
    presence = samna_presence()
    if presence is SamnaPresence.REAL:
        try:
            load_real_samna()
        except VendorUnavailable:  # `speckhal doctor` says why
            _install()
    elif presence is not SamnaPresence.EMULATED:
        _install()


def replace_samna() -> None:
    """Make `import samna` give the emulation in this process, whatever is installed.

    Raises:
        VendorUnavailable: the vendor's samna was imported already.
    """
    if "samna" in sys.modules and samna_presence() is SamnaPresence.REAL:
        raise VendorUnavailable(
            "Asked to put the emulated samna in place, and the vendor's is imported already.",
            hint="Start a new process, and let speckhal run the script from its beginning.",
        )
    _install()


def _install() -> None:
    sys.modules.setdefault("samnagui", importlib.import_module("speckhal_mock.samnagui"))
    emulated = {module.__name__: module for module in emulated_samna().family()}
    sys.modules.update(emulated)
    # what an import of the vendor's left behind that failed half-way is not emulated
    for name in [name for name in sys.modules if name.startswith("samna.")]:
        if name not in emulated:
            del sys.modules[name]
    if FINDER not in sys.meta_path:
        sys.meta_path.insert(0, FINDER)


class VendorModule(ModuleType):
    """Shows what a module of the emulated samna offers under the vendor's names.

    Attributes are looked up in that module each time, so that it may be changed.

    Args:
        name: the vendor's name of it.
        behind: the module that does the work.
    """

    __path__: list[str]

    def __init__(self, name: str, behind: ModuleType) -> None:
        super().__init__(name, behind.__doc__)
        self._behind = behind
        # each counts as a package with nothing in it, so that Python asks `FINDER` for what
        # `from samna.device import ...` does not find
        self.__path__ = []
        self.__spec__ = ModuleSpec(
            name, None, origin=getattr(behind, "__file__", None), is_package=True
        )
        self.__all__ = _offered(behind)
        for child in self.__all__:
            module = getattr(behind, child)
            if isinstance(module, ModuleType):
                setattr(self, child, VendorModule(f"{name}.{child}", module))

    def __getattr__(self, name: str) -> object:
        if name in self.__all__ or name.startswith("_"):
            found: object = getattr(self._behind, name)
            return found
        # without a stop: Python appends ". Did you mean ...?"
        raise AttributeError(_missing(f"{self.__name__}.{name}", self).removesuffix("."))

    def __dir__(self) -> list[str]:
        return self.__all__

    def family(self) -> Iterator[VendorModule]:
        """This module and all below it."""
        yield self
        for name in self.__all__:
            child = getattr(self, name)
            if isinstance(child, VendorModule):
                yield from child.family()


class Finder(MetaPathFinder):
    """Keeps whoever looks for the emulated samna from finding the one that is installed."""

    def find_spec(
        self,
        fullname: str,
        _path: Sequence[str] | None = None,
        _target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """The emulated module again, for those who reload it; nothing outside samna.

        Raises:
            ModuleNotFoundError: it would be a part of samna that is not emulated.
        """
        known, above = (sys.modules.get(name) for name in (fullname, fullname.rpartition(".")[0]))
        if isinstance(known, VendorModule):
            return known.__spec__
        if isinstance(above, VendorModule):
            # without the name that it has: Python would keep its sentence to itself
            raise ModuleNotFoundError(_missing(fullname, above))
        return None


@functools.cache
def emulated_samna() -> VendorModule:
    """The emulated samna for scripts: one for the process."""
    return VendorModule("samna", importlib.import_module("speckhal_mock.samna"))


FINDER: Final = Finder()
"""To be put first on `sys.meta_path`."""


def _offered(behind: ModuleType) -> list[str]:
    """The vendor's names in a module: all public ones, if it does not say which."""
    listed: list[str] | None = getattr(behind, "__all__", None)
    # `annotations` is what `from __future__ import annotations` leaves behind; pytest, where our
    # wheel is installed, leaves names such as `@py_builtins` behind
    return listed or [
        name
        for name in vars(behind)
        if name.isidentifier() and not name.startswith("_") and name != "annotations"
    ]


def _missing(what: str, above: VendorModule) -> str:
    return f"{what} is not emulated, or not samna's. dir({above.__name__}) shows what is."
