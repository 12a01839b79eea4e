"""A plan is applied through direct biases, or by a network that has them as its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import numpy as np
import pytest

from speckhal import (
    Capability,
    CapabilityUnsupported,
    Certainty,
    ConfigurationError,
    DeployedLayer,
    Deployment,
    Fact,
    FactWarning,
    InputError,
    LayerSpec,
    OpenDevice,
    Range,
)
from speckhal.contract.described_network import with_biases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt


@attrs.define(eq=False)
class Plan:
    """A plan that notes which layers it is asked about."""

    chip: str = "easy"
    rate_hz: int = 20
    fits: bool = True
    asked: list[int] = attrs.field(factory=list)

    @property
    def biases(self) -> Mapping[int, npt.NDArray[np.int16]]:
        return {0: np.array([-3, 4], np.int16)}

    def refuse_other_layers(self, layers: Sequence[DeployedLayer]) -> None:
        self.asked.append(len(layers))
        if not self.fits:
            raise ConfigurationError("It is for another network.", hint="Make another plan.")

    def as_applied(self, deployment: Deployment) -> Plan:
        self.refuse_other_layers(deployment.layers)
        return self

    def as_json(self) -> dict[str, object]:
        return {}


def deployed(easy: Any, network: object = "network", plan: Plan | None = None) -> Deployment:
    return OpenDevice(easy).deploy(network, input_shape=(1, 3, 4), plan=plan or Plan())


def test_a_device_gets_the_biases_and_the_rate_of_the_plan(easy: Any) -> None:
    deployment = deployed(easy)
    (shape, leak, biases) = dict(easy.asked)["deploy"]
    assert (shape, leak.rate_hz, biases[0].tolist()) == ((1, 3, 4), 20, [-3, 4])
    assert deployment.leak is not None
    assert deployment.leak.rate_hz == 20
    assert isinstance(deployment.plan, Plan)


def test_what_is_only_assumed_of_the_chip_is_warned_of_once(easy: Any) -> None:
    assumed = {"input_size_range": Fact(Range(1, 2), "a test", Certainty.ASSUMED)}
    easy.info = attrs.evolve(easy.info, chip=attrs.evolve(easy.info.chip, particulars=assumed))
    with pytest.warns(FactWarning) as warned:
        deployed(easy)
    assert [str(one.message).partition(",")[0] for one in warned] == [
        "Asked to deploy for an input of 3 x 4 (height x width)"
    ]


def test_a_network_that_a_preview_shows_to_be_another_is_not_deployed(easy: Any) -> None:
    with pytest.raises(ConfigurationError, match="another network"):
        deployed(easy, plan=Plan(fits=False))
    assert "preview" in dict(easy.asked)
    assert "deploy" not in dict(easy.asked)


def test_without_a_preview_it_is_refused_once_deployed_and_nothing_stays(easy: Any) -> None:
    easy.capabilities -= {Capability.PREVIEW}
    device = OpenDevice(easy)
    with pytest.raises(ConfigurationError, match="another network"):
        device.deploy("network", input_shape=(1, 3, 4), plan=Plan(fits=False))
    assert "deploy" in dict(easy.asked)
    with pytest.raises(ConfigurationError, match="no network is deployed"):
        device.tick()


def test_layers_that_are_described_get_the_biases_as_their_own(easy: Any) -> None:
    easy.capabilities -= {Capability.DIRECT_BIASES}
    network = [LayerSpec((2, 3, 4), (-1, -1)), LayerSpec((2, 3, 4), (-5, -5))]
    seen: list[Any] = []
    deploy = easy.deploy

    def watch(network: Any, **given: Any) -> Deployment:
        seen.append(network)
        assert "biases" not in given
        result: Deployment = deploy(network, **given)
        return result

    easy.deploy = watch
    deployed(easy, network)
    ((first, second),) = seen
    assert (first.biases, second.biases) == ((-3, 4), (-5, -5))
    assert network[0].biases == (-1, -1)


def test_a_device_may_make_the_network_itself(easy: Any) -> None:
    easy.capabilities -= {Capability.DIRECT_BIASES}

    def with_biases(network: object, **given: Any) -> object:
        easy.asked.append(("with_biases", (network, given["biases"][0].tolist())))
        return "changed"

    easy.with_biases = with_biases
    deployed(easy)
    asked = dict(easy.asked)
    assert asked["with_biases"] == ("network", [-3, 4])
    assert asked["preview"] == "changed"


def test_where_neither_is_possible_the_plan_is_refused_by_name(easy: Any) -> None:
    easy.capabilities -= {Capability.DIRECT_BIASES}
    with pytest.raises(CapabilityUnsupported, match=r"DIRECT_BIASES.*with_biases") as refused:
        deployed(easy)
    assert refused.value.hint
    assert "deploy" not in dict(easy.asked)


@pytest.mark.parametrize("plan", ["5% per 10 ms", {"chip": "easy", "rate_hz": 20}])
def test_what_is_no_plan_is_refused_before_the_board_is_asked(easy: Any, plan: Any) -> None:
    with pytest.raises(InputError, match="leak plan") as refused:
        deployed(easy, plan=plan)
    assert "plan_leak" in str(refused.value.hint)
    assert ("LeakPlan.from_json" in str(refused.value.hint)) == isinstance(plan, dict)
    assert "deploy" not in dict(easy.asked)


def test_only_a_list_of_layers_gets_biases_of_its_own() -> None:
    assert with_biases("network", {}) is None
    assert with_biases([], {}) is None
