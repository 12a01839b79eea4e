"""The chip on a board, as `get_model()` gives it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import attrs

from speckhal.contract.clock import duration_ns
from speckhal_mock.emulation.errors import NotEmulatedError
from speckhal_mock.emulation.kits import other_chip_hint
from speckhal_mock.pybind.casters import misfit
from speckhal_mock.pybind.fields import full_name
from speckhal_mock.pybind.scalars import integer_or_none
from speckhal_mock.sdk.core_configs import core_configs, snapshot
from speckhal_mock.sdk.event_codec import Uplink
from speckhal_mock.sdk.faults import Call, WritesSlowly
from speckhal_mock.sdk.left_alone import warn_of_left_alone
from speckhal_mock.sdk.nodes.stream import node_behind
from speckhal_mock.sdk.sensor_configs import dvs_layer_config, readout_config
from speckhal_mock.sdk.unsupported_settings import warn_of_idle, warn_of_unheard_scene

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType

    from speckhal.contract.chip import CoreMemory
    from speckhal_mock.sdk.configurations import SpeckConfiguration
    from speckhal_mock.sdk.nodes.ends import DeviceSinkNode, DeviceSourceNode
    from speckhal_mock.sdk.session import Session


@attrs.frozen(eq=False)
class Chip:
    """What distinguishes a chip's vendor API from that of another.

    Attributes:
        sink: class of the node that takes events for it.
        source: class of the node that gives its events.
        events: its event module.
        configuration: the class of its configurations.
        validate: says whether a configuration is valid for cores with such memories and, if
            not, why.
    """

    sink: type[DeviceSinkNode]
    source: type[DeviceSourceNode]
    events: ModuleType
    configuration: type[SpeckConfiguration]
    validate: Callable[[SpeckConfiguration, Sequence[CoreMemory]], tuple[bool, str]]


class Model:
    """What is the same for all chips."""

    __slots__ = ("__weakref__", "_applied", "_chip", "_session", "_sink", "_source")

    def __init__(self, session: Session, chip: Chip) -> None:
        self._session = session
        self._chip = chip
        self._applied: SpeckConfiguration | None = None
        self._sink = chip.sink(session)
        self._source = chip.source(session)
        session.board.outputs = Uplink(chip.events, node_behind(self._source), session)

    def get_configuration(self) -> SpeckConfiguration:
        """A copy of what was applied last with success; before that, a default configuration.

        The chip is not asked, so a reset does not change it.
        """
        self._session.check_open()
        if self._applied is None:
            return self._chip.configuration()
        return snapshot(self._applied)

    def get_sink_node(self) -> DeviceSinkNode:
        """Where events for the chip go in."""
        self._session.check_open()
        return self._sink

    def get_source_node(self) -> DeviceSourceNode:
        """Where the chip's events come out."""
        self._session.check_open()
        return self._source

    def reset(self) -> None:
        """Set every membrane potential to 0; configuration and slow clock stay as they are."""
        with self._session.calling(Call.RESET):
            self._session.board.reset_states()

    def _apply(self, config: object, timeout_s: int | None) -> None:
        calling = self._session.calling(Call.APPLY_CONFIGURATION)
        with self._session.emulating(), calling as fault:
            self._session.check_open()
            configuration = self._expect(config)
            valid, analysis = self._chip.validate(configuration, self._session.board.memories)
            if not valid:
                raise RuntimeError(
                    f"The configuration is not valid and was not applied. {analysis}"
                )
            warn_of_idle(configuration, self._session.board)
            warn_of_left_alone(configuration, self._session.board)
            if not node_behind(self._source).is_heard:
                warn_of_unheard_scene(configuration, self._session.board)
            extra_s = fault.extra_s if isinstance(fault, WritesSlowly) else 0.0
            self._write(configuration, timeout_s, extra_s)
            self._applied = snapshot(configuration)

    def _write(
        self, configuration: SpeckConfiguration, timeout_s: int | None, extra_s: float
    ) -> None:
        board = self._session.board
        cores = core_configs(configuration, board.options.decimator_intervals)
        takes_s = board.options.apply_s + extra_s
        if timeout_s is not None and takes_s > timeout_s:
            board.clock.advance_ns(duration_ns(max(timeout_s, 0)))
            raise RuntimeError(
                f"Writing a configuration takes {takes_s} s here, and the timeout is {timeout_s} "
                f"s. Nothing was applied."
            )
        board.clock.advance_ns(duration_ns(extra_s))
        try:
            board.apply_configuration(
                cores,
                configuration.factory_config.internal_slow_clk_divider,
                pass_sensor_events=configuration.dvs_layer.pass_sensor_events,
                dvs_layer=dvs_layer_config(configuration),
                readout=readout_config(configuration),
            )
        except ValueError as error:
            raise RuntimeError(f"The configuration does not fit the board. {error}") from error

    def _expect(self, config: object) -> SpeckConfiguration:
        """`config`, if it is this chip's: by its name, so that the vendor's own class does too."""
        given, wanted = map(full_name, (type(config), self._chip.configuration))
        if given == f"{wanted}T":
            raise NotEmulatedError(
                f"A {given} is for a chip of five cores, which this board does not carry. "
                f"Apply a {wanted}."
            )
        if given != wanted:
            hint = other_chip_hint(given, wanted)
            if hint:
                raise TypeError(f"apply_configuration takes a {wanted}, not a {given}.{hint}")
            raise misfit("apply_configuration", f"a {wanted}", config)
        return cast("SpeckConfiguration", config)


class Speck2fModel(Model):
    """The chip on a board with a Speck2f, which takes a time-out when it is configured."""

    __module__ = "samna.speck2f"
    __slots__ = ()

    def apply_configuration(self, config: object, timeout: object = 10) -> None:
        """Validate a configuration and write it, with the initial states of all neurons.

        Args:
            config: a `SpeckConfiguration`.
            timeout: seconds that writing may take; None for any number.

        Raises:
            TypeError: it is no configuration of this chip.
            RuntimeError: it is not valid, or writing takes longer, which is raised once that time
                has passed. Which errors the vendor raises is not published.

        Warns:
            EmulationWarning: it switches on what has no effect here.
        """
        self._apply(config, integer_or_none(timeout, "The timeout of apply_configuration"))


class Speck2eModel(Model):
    """The chip on a board with a Speck2e or a Speck2e-t."""

    __module__ = "samna.speck2e"
    __slots__ = ()

    def apply_configuration(self, arg0: object, /) -> None:
        """Validate a configuration and write it, with the initial states of all neurons.

        Raises:
            TypeError: it is no configuration of this chip.
            RuntimeError: it is not valid. Which errors the vendor raises is not published.
            NotEmulatedError: it is for a chip of five cores, which this board does not carry.

        Warns:
            EmulationWarning: it switches on what has no effect here.
        """
        self._apply(arg0, None)
