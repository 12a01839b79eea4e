"""A name for what a network is: the same for the same network in every process."""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from speckhal.contract.described_network import initial_v_mem
from speckhal.contract.network_spec import LayerSpec
from speckhal.system.interrupts import is_interrupt

_Feed = Callable[[bytes], object]

_NUMBERED = re.compile(r"speckhal\.runs\.network_file_\d+")
"""Modules that stand for users' files, with a number that is another each time one is read."""


def network_hash(network: object) -> str:
    """SHA-256 of a network's parameters and states, in hexadecimal.

    Of a list of `LayerSpec` it covers all that they say. Of a module with `state_dict` and
    `named_modules`, as torch's are, it covers the kinds of its modules, their parameters,
    thresholds and states, and what is plain of their settings, such as a stride or the kind of
    reset. No library is imported for that.

    Returns:
        64 digits; empty for a network of another form, or one that does not let itself be read.
    """
    digest = hashlib.sha256()
    try:
        _feed_network(digest.update, network)
    except Exception as error:  # whatever a stranger's network raises
        if is_interrupt(error):
            raise
        return ""
    return digest.hexdigest()


def _feed_network(feed: _Feed, network: Any) -> None:
    if isinstance(network, list | tuple) and network:
        for spec in network:
            _feed_layer(feed, spec)
        return
    for name, module in network.named_modules():
        _feed_value(feed, (name, _kind(module)))
        for setting, value in sorted(vars(module).items()):
            # what begins with _ is torch's own, and whether it trains makes no other network
            if not setting.startswith("_") and setting != "training":
                _feed_setting(feed, setting, value)
    for name, tensor in sorted(network.state_dict().items()):
        _feed_value(feed, name)
        _feed_array(feed, np.asarray(tensor.detach().cpu()))


def _feed_layer(feed: _Feed, spec: object) -> None:
    if not isinstance(spec, LayerSpec):
        raise TypeError
    _feed_value(feed, tuple(int(size) for size in spec.shape))
    _feed_value(feed, (float(spec.threshold_high), float(spec.threshold_low), spec.reset))
    _feed_array(feed, initial_v_mem(spec))
    _feed_value(feed, spec.biases is not None)
    if spec.biases is not None:
        _feed_array(feed, np.asarray(spec.biases, np.float64))
    if spec.inputs is not None:  # without them it is the hash that records of 0.1 have
        own = spec.inputs
        _feed_value(feed, (own.stride, own.padding, own.pooling, own.from_sensor, own.from_itself))
        _feed_array(feed, np.asarray(own.weights, np.int64))


def _feed_setting(feed: _Feed, name: str, value: object) -> None:
    """Add what is plain of a module's settings, and of what is not plain its kind."""
    if _is_plain(value):
        _feed_value(feed, (name, value))
    elif isinstance(value, type) or hasattr(value, "__qualname__"):
        _feed_value(feed, (name, getattr(value, "__qualname__", "")))
    elif not isinstance(value, Mapping) and not hasattr(value, "detach"):
        own = sorted(getattr(value, "__dict__", {}).items())
        plain = tuple((key, each) for key, each in own if _is_plain(each))
        _feed_value(feed, (name, _kind(value), plain))


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | enum.Enum)


def _feed_value(feed: _Feed, value: object) -> None:
    if isinstance(value, tuple | list):
        feed(b"(%d" % len(value))
        for each in value:
            _feed_value(feed, each)
        return
    text = value.name if isinstance(value, enum.Enum) else repr(value)
    feed(b"%d:" % len(text.encode()) + text.encode())


def _feed_array(feed: _Feed, values: np.ndarray[Any, Any]) -> None:
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    _feed_value(feed, (little.dtype.str, values.shape))
    feed(little.tobytes())


def _kind(value: object) -> str:
    kind = type(value)
    return f"{_NUMBERED.sub('FILE', kind.__module__)}.{kind.__qualname__}"
