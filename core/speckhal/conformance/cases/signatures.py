"""Types against the Protocols, by signature: what mypy would say if it saw the plugin.

`isinstance` with a Protocol sees names only, and a method that takes other arguments passes it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from speckhal.conformance.case import case
from speckhal.conformance.expectations import demand
from speckhal.contract.capabilities import VERSION_1, Capability
from speckhal.contract.capability_protocols import lacking, protocol_of
from speckhal.contract.clock import Clock
from speckhal.contract.device import Device
from speckhal.contract.network_spec import LayerSpec
from speckhal.contract.probe import NeuronProbe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from speckhal.conformance.suite_bench import SuiteBench

_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_BY_NAME = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@case("The device and its clock fit the Protocols, arguments included.", deployments=0)
def the_device_fits_the_protocol(bench: SuiteBench) -> None:
    """The device, and the clock it lives by."""
    found = [*misfits(bench.device, Device), *misfits(bench.device.clock, Clock)]
    later = bench.subject.declared - VERSION_1
    lacks = {one: lacking(bench.device, one) for one in Capability if one in later}
    # plugins of 0.1 may declare "all there are", and have members for none that came later
    declares_all = later == frozenset(Capability) - VERSION_1 and all(lacks.values())
    for capability, missing in lacks.items():
        if not missing:
            found += misfits(bench.device, protocol_of(capability))
            continue
        sentence = (
            f"It declares {capability.value!r}, and lacks {', '.join(missing)} for it: that "
            "does not count as declared."
        )
        # what a wrapper passes on may be there
        if declares_all or all(hasattr(bench.device, member) for member in missing):
            bench.remark(f"{sentence} Declare capabilities by name.")
        else:
            found.append(sentence)
    demand(not found, " ".join(found))


@case("A probe fits the Protocol, arguments included.")
def the_probe_fits_the_protocol(bench: SuiteBench) -> None:
    """It reads, and writes what the device declares."""
    bench.deploy_fitted(LayerSpec((1, 2, 2), biases=(-13,)))
    found = misfits(bench.device.probe(), NeuronProbe)
    demand(not found, " ".join(found))


def misfits(thing: object, protocol: type[object]) -> list[str]:
    """How an object differs from a Protocol, as sentences; none if it fits."""
    return list(_misfits(thing, protocol))


def _misfits(thing: object, protocol: type[object]) -> Iterator[str]:
    for name, member in vars(protocol).items():
        is_special = name.startswith("__") and name not in {"__enter__", "__exit__"}
        if is_special or name.startswith("_abc") or name == "_is_protocol":
            continue
        title = f"`{type(thing).__name__}.{name}`"
        if isinstance(member, property):
            if not hasattr(type(thing), name) and not hasattr(thing, name):
                yield f"{title} is missing."
            elif inspect.isroutine(inspect.getattr_static(thing, name, None)):
                yield f"{title} is a method, and must be an attribute or a property."
        elif inspect.isfunction(member):
            method = getattr(thing, name, None)
            if not callable(method):
                yield f"{title} is missing, or cannot be called."
            else:
                yield from (f"{title} {flaw}." for flaw in _flaws(method, member))


def _flaws(method: object, wanted: object) -> Iterator[str]:
    """What calls that the Protocol allows the method does not take."""
    if not callable(method) or not callable(wanted):
        return
    parameters = inspect.signature(method).parameters
    takes_rest = {one.kind for one in parameters.values() if one.kind in _REST}
    has = {name: one for name, one in parameters.items() if one.kind not in _REST}
    by_position = [one for one in has.values() if one.kind in _BY_POSITION]
    _, *needed = inspect.signature(wanted).parameters.values()  # without self
    for position, parameter in enumerate(needed):
        name, found = parameter.name, has.get(parameter.name)
        if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            found = by_position[position] if position < len(by_position) else None
            fits = found is not None or inspect.Parameter.VAR_POSITIONAL in takes_rest
        elif found is None:
            fits = inspect.Parameter.VAR_KEYWORD in takes_rest and parameter.kind in _BY_NAME
        else:
            fits = found.kind in _BY_NAME
        if not fits:
            yield f"does not take `{name}`"
            continue
        if parameter.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD and not (
            inspect.Parameter.VAR_POSITIONAL in takes_rest
            or [one.name for one in by_position[position : position + 1]] == [name]
        ):
            yield f"does not take `{name}` as argument number {position + 1}"
        if (
            found is not None
            and parameter.default is not inspect.Parameter.empty
            and found.default is inspect.Parameter.empty
        ):
            yield f"needs `{name}`, which may be left out"
    known = {parameter.name for parameter in needed}
    known |= {one.name for one in by_position[: len(needed)]}
    for parameter in has.values():
        is_needed = parameter.default is inspect.Parameter.empty
        if parameter.name not in known and is_needed:
            yield f"needs `{parameter.name}`, which nobody gives it"
