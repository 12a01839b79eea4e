"""What a record gives back of a run on an emulated board: everything that the run in memory has."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import speckhal
from runs_made import refuse_difference
from speckhal import ClockDrive, LayerSpec, LeakPlan, Run, open_run, plan_leak, run_leak
from speckhal.contract.leak_config import PlainLeakConfig

LAYERS = st.builds(
    lambda channels, bias, initial: LayerSpec(
        (channels, 2, 2), biases=[bias] * channels, threshold_high=127, initial=initial
    ),
    st.integers(1, 3),
    st.integers(-20, -1),
    st.integers(0, 120),
)
PLANS = st.sampled_from(["5% per 10 ms", "1% per 10 ms", "tau 200 ms half-life"])
OPTIONS: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {"accepted_rate_hz": [1, 10_000]}, {"realtime": False}]
)


@pytest.mark.parametrize("selection", ["mock:speck2f", "mock:speck2e"])
@settings(max_examples=8, deadline=None)
@given(data=st.data())
def test_a_record_gives_back_the_run_in_every_field(selection: str, data: st.DataObject) -> None:
    options = data.draw(OPTIONS)
    layer = data.draw(LAYERS)
    with (
        tempfile.TemporaryDirectory() as folder,
        speckhal.open_device(selection, **options) as device,
    ):
        shape = (1, 2, 2)
        wish = data.draw(st.none() | PLANS)
        if wish is None:
            drive = data.draw(st.sampled_from([ClockDrive.STEPPED, ClockDrive.EXTERNAL]))
            rate_hz = 10 if drive is ClockDrive.EXTERNAL else None
            leak = device.leak_config(drive=drive, rate_hz=rate_hz)
            device.deploy([layer], input_shape=shape, leak=leak)
        else:
            plan = plan_leak([layer], wish, input_shape=shape, on=device)
            device.deploy([layer], input_shape=shape, plan=plan)
        assert device.deployment is not None
        assert device.deployment.leak is not None
        is_stepped = device.deployment.leak.drive is ClockDrive.STEPPED
        sampling = {"ticks": 3} if is_stepped else {"every_s": 0.1, "for_s": 0.3}
        path = Path(folder) / "run.h5"
        fails_at = data.draw(st.none() | st.integers(0, 3))
        given_plan = data.draw(st.none() | st.just({"wanted": "by hand"}))
        run = _recorded(device, path, fails_at, plan=given_plan, **sampling)
        opened = open_run(path)

        assert (opened.deployment.plan is None) == (wish is None)
        refuse_difference(_plain(run), opened)
        if wish is not None:
            assert isinstance(opened.deployment.plan, LeakPlan)
            assert opened.deployment.plan.is_applied
            if given_plan is None:
                assert opened.deployment.plan.as_json() == opened.provenance.plan


def _recorded(device: Any, path: Path, fails_at: int | None, **arguments: Any) -> Run:
    """A run that is recorded there, and which ends at that reading."""
    taken = 0

    def count(_reading: object, _time_s: float) -> None:
        nonlocal taken
        if taken == fails_at:
            raise ZeroDivisionError("as asked\nfor")
        taken += 1

    if fails_at is None:
        return run_leak(device, record=path, on_reading=count, **arguments)
    with pytest.raises(ZeroDivisionError) as ended:
        run_leak(device, record=path, on_reading=count, **arguments)
    run: Run = ended.value.run  # type: ignore[attr-defined]  # it is given to all errors
    return run


def _plain(run: Run) -> Run:
    """The run with what is of a plugin's own kind as what it says, and only what records keep."""
    leak = run.deployment.leak
    assert leak is not None
    plain = PlainLeakConfig(leak.drive, leak.rate_hz, leak.events_per_tick)
    layers = tuple(attrs.evolve(layer, input_shape=None) for layer in run.deployment.layers)
    return attrs.evolve(run, deployment=attrs.evolve(run.deployment, leak=plain, layers=layers))
