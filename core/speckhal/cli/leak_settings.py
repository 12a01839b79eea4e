"""What `speckhal leak` is to do with the clock: what the user asked for, or what a record was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from speckhal.leak.planning.leak_plan import LeakPlan
    from speckhal.leak.sampling import ClockedSampling, SteppedSampling
    from speckhal.opened.leak_config import CheckedLeakConfig
    from speckhal.opened.open_device import OpenDevice


@attrs.frozen
class LeakSettings:
    """Rate and times of a leak; each is None where the user did not give it.

    Attributes:
        rate_hz: slow-clock ticks per second; 1 is the default.
        every_s: time between readings.
        for_s: time to watch.
        ticks: to step the clock by instead.
        plan: that brings the rate and the biases.
        times_of_plan: whether the times are those that a plan is watched for, as none were given.
    """

    rate_hz: int | None = None
    every_s: float | None = None
    for_s: float | None = None
    ticks: int | None = None
    plan: LeakPlan | None = None
    times_of_plan: bool = False

    def of_plan(self, file: Path) -> LeakSettings:
        """The same with the plan of a file: read twice in a tick for twenty ticks, if not given.

        With ticks, the clock is stepped on what the plan deploys.

        Raises:
            InputError: it is no plan, or a rate is given beside it.
        """
        from speckhal.runs.plan_file import read_plan  # noqa: PLC0415 - --help must stay light

        if self.rate_hz is not None:
            raise InputError(
                "Asked for --plan together with --rate-hz, and a plan brings its own rate.",
                hint="Leave out either --plan or --rate-hz.",
            )
        plan = read_plan(file)
        if self.ticks is not None:
            return LeakSettings(ticks=self.ticks, plan=plan)
        every_s = 0.5 / plan.rate_hz if self.every_s is None else self.every_s
        for_s = 20 / plan.rate_hz if self.for_s is None else self.for_s
        none_given = self.every_s is None and self.for_s is None
        return LeakSettings(every_s=every_s, for_s=for_s, plan=plan, times_of_plan=none_given)

    def on(self, device: OpenDevice) -> LeakSettings:
        """The same, with what is not given as it was recorded, where the device is a replay."""
        if device.info.recorded_at is None:
            return self
        recorded: dict[str, Any] = dict(getattr(device.raw, "settings", {}))
        if self.plan is None:
            return self.as_recorded(recorded)
        recorded.pop("rate_hz", None)
        if not (self.times_of_plan and recorded):
            return self
        return attrs.evolve(LeakSettings(plan=self.plan), **recorded)

    def as_recorded(self, settings: Mapping[str, float]) -> LeakSettings:
        """The same, with what is not given by the settings of a record."""
        recorded = dict(settings)
        given = attrs.asdict(
            self, filter=lambda field, value: value is not None and field.name != "times_of_plan"
        )
        if given.keys() - {"rate_hz"}:
            recorded = {name: recorded[name] for name in recorded.keys() & {"rate_hz"}}
        elif given:  # a rate, so no ticks
            recorded.pop("ticks", None)
        return attrs.evolve(self, **{**recorded, **given})

    def sampling(self) -> ClockedSampling | SteppedSampling:
        """When to read."""
        from speckhal.leak.sampling import sampling_of  # noqa: PLC0415 - --help must stay light

        return sampling_of(every_s=self.every_s, for_s=self.for_s, ticks=self.ticks)

    def leak(self, device: OpenDevice) -> CheckedLeakConfig | None:
        """The leak to deploy with; None for that of the plan."""
        from speckhal.contract.capabilities import ClockDrive  # noqa: PLC0415 - as above

        if self.plan is not None:
            return None
        if self.ticks is not None:
            return device.leak_config(drive=ClockDrive.STEPPED)
        return device.leak_config(rate_hz=1 if self.rate_hz is None else self.rate_hz)
