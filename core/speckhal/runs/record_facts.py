"""A device and its chip's facts as JSON text, and back, without the plugin that they came from.

Each value that JSON lacks is an object of one key, the name of its kind: `{"tuple": [...]}`,
`{"Range": {"lowest": 0, "highest": 1}}`. What is of a kind of a plugin's own becomes its text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import attrs
import numpy as np

from speckhal.contract.address import AddressLayout, NeuronAddresses
from speckhal.contract.chip import ChipFacts, CoreMemory
from speckhal.contract.device import DeviceInfo
from speckhal.contract.errors import InputError
from speckhal.contract.facts import Certainty, Erratum, Fact, Range
from speckhal.contract.linear_address import LinearAddresses

if TYPE_CHECKING:
    import numpy.typing as npt

    from speckhal.contract.address import Addresses, Shape


@attrs.frozen
class UnknownAddresses(NeuronAddresses):
    """Addresses that a record knows the formula of, as text, and cannot compute.

    Attributes:
        text: the formula, for people; empty where nobody knows it.
    """

    text: str = ""

    def bits(self, shape: Shape) -> int:
        """Refuse: the formula is only text."""
        raise self._refusal(shape)

    def memory_words(self, shape: Shape) -> int:
        """Refuse: the formula is only text."""
        raise self._refusal(shape)

    def encode(
        self,
        c: npt.ArrayLike,  # noqa: ARG002 - the Protocol's signature
        y: npt.ArrayLike,  # noqa: ARG002
        x: npt.ArrayLike,  # noqa: ARG002
        shape: Shape,
    ) -> Addresses:
        """Refuse: the formula is only text."""
        raise self._refusal(shape)

    def decode(
        self,
        addresses: npt.ArrayLike,  # noqa: ARG002 - the Protocol's signature
        shape: Shape,
    ) -> tuple[Addresses, Addresses, Addresses]:
        """Refuse: the formula is only text."""
        raise self._refusal(shape)

    def addresses(self, shape: Shape) -> Addresses:
        """Refuse: the formula is only text."""
        raise self._refusal(shape)

    def formula(self) -> str:
        """How an address is made, for people, as the chip's own plugin puts it."""
        return self.text

    def _refusal(self, shape: Shape) -> InputError:
        return InputError(
            f"Asked for addresses of neurons of shape {shape}, and the record that this chip is of "
            f"does not say how they are computed, only {self.text!r}.",
            hint="Ask the chip's own plugin, with an open device.",
        )


_KINDS: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        AddressLayout,
        ChipFacts,
        CoreMemory,
        DeviceInfo,
        Erratum,
        Fact,
        LinearAddresses,
        Range,
        UnknownAddresses,
    )
}


def device_to_json(info: DeviceInfo) -> str:
    """The device, with all that is known of its chip, as JSON text."""
    # escaped: what is read of a board may have surrogates, which are no UTF-8
    return json.dumps(_encoded(info))


def device_from_json(text: str) -> DeviceInfo:
    """The device that `device_to_json` wrote.

    What a later version of speckhal has written besides is passed over.

    Raises:
        ValueError, TypeError, KeyError: it is not such a text.
    """
    info = _decoded(json.loads(text))
    if not isinstance(info, DeviceInfo) or not isinstance(info.chip, ChipFacts):
        raise TypeError("That is not a device.")
    return info


def _encoded(value: object) -> object:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case np.generic():
            return _encoded(value.item())
        case list() | tuple():
            encoded = [_encoded(one) for one in value]
            return encoded if isinstance(value, list) else {"tuple": encoded}
        case Certainty():
            return {"Certainty": value.name}
        case Mapping():
            return {"mapping": [[_encoded(key), _encoded(one)] for key, one in value.items()]}
        case _:
            return _of_class(value)


def _of_class(value: object) -> object:
    kind: type[Any] = type(value)
    if _KINDS.get(kind.__name__) is kind:
        fields = attrs.fields(kind)
        return {
            kind.__name__: {field.name: _encoded(getattr(value, field.name)) for field in fields}
        }
    formula = getattr(value, "formula", None)  # of addresses of a plugin's own kind
    return _encoded(UnknownAddresses(str(formula()))) if callable(formula) else str(value)


def _decoded(value: object) -> Any:
    if isinstance(value, list):
        return [_decoded(one) for one in value]
    if not isinstance(value, dict):
        return value
    ((name, content),) = value.items()
    return _MAKERS.get(name, _of_kind(name))(content)


def _of_kind(name: str) -> Callable[[Any], object]:
    def make(content: dict[str, object]) -> object:
        kind = _KINDS[name]
        known = {field.name for field in attrs.fields(kind)}
        return kind(**{key: _decoded(one) for key, one in content.items() if key in known})

    return make


_MAKERS: dict[str, Callable[[Any], object]] = {
    "tuple": lambda content: tuple(_decoded(one) for one in content),
    "mapping": lambda content: {_decoded(key): _decoded(one) for key, one in content},
    "Certainty": lambda content: Certainty[content],
}
