"""Makes a chip's own classes from the templates that all chips share."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar, get_args, get_origin, get_type_hints

from speckhal_mock.pybind.casters import Caster, Enumeration, Enumerator
from speckhal_mock.pybind.fields import Field
from speckhal_mock.pybind.nesting import ArrayCaster, Length, Preset, StructCaster
from speckhal_mock.pybind.structs import Struct, make_struct_class
from speckhal_mock.pybind.values import make_value_class

T = TypeVar("T")


class Binder:
    """Makes the classes of one of the vendor's modules.

    Args:
        module: the vendor's name for it, such as "samna.speck2f.event".
        known: another module's binder, whose classes may be members of this one's.
    """

    def __init__(self, module: str, known: Binder | None = None) -> None:
        self.module = module
        self.structs: dict[object, type[Struct]] = {} if known is None else dict(known.structs)

    def __call__(
        self, template: type[T], *, name: str | None = None, **defaults: object
    ) -> type[T]:
        """The module's own class for `template`; the templates of its members come before it.

        Args:
            template: an annotated event, declared with `value`, or subclass of `Struct`.
            name: of the class, if not the template's.
            defaults: of members, where this chip differs from the template.

        Raises:
            TypeError: there is no such member.
        """
        name = name or template.__name__
        hints = {
            member: hint
            for member, hint in get_type_hints(template, include_extras=True).items()
            if not member.startswith("_")
        }
        if strangers := defaults.keys() - hints.keys():
            raise TypeError(f"{self.module}.{name} has no members {', '.join(strangers)}.")
        fields = []
        for member, hint in hints.items():
            declared = defaults.get(member, getattr(template, member, None))
            caster, default = self._caster(hint, declared)
            load = caster.loader(f"{self.module}.{name}.{member}")
            fields.append(Field(member, caster, default, load))
        names = {
            "__module__": self.module,
            "__qualname__": name,
            "__doc__": template.__doc__ or "",
        }
        if not issubclass(template, Struct):
            return make_value_class(template, names, fields)
        bound = make_struct_class(template, names, fields)
        for base in template.__mro__:
            if issubclass(base, Struct):
                self.structs[base] = bound
        return bound

    def _caster(self, hint: object, default: object) -> tuple[Caster[Any], object]:
        """The C++ type that an annotation stands for, and the default it declares."""
        base, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        for mark in marks:
            if isinstance(mark, Caster):
                return mark, default
            if isinstance(mark, Length):
                (item,) = get_args(base)
                return ArrayCaster(StructCaster(self.structs[item]), mark.items), default
            if isinstance(mark, Preset):
                return StructCaster(self.structs[base]), default or mark.values
        if isinstance(default, Enumeration):
            return Enumerator(type(default)), default
        return StructCaster(self.structs[base]), default
