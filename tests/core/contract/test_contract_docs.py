"""What the Protocols say that their members raise: every error by its name, and none forgotten."""

from __future__ import annotations

import inspect
import pydoc
import re
from typing import Final

import pytest

from speckhal import Backend, Device, NeuronProbe, OpenDevice, OpenProbe
from speckhal.contract import errors

MEMBERS: Final = {
    f"{protocol.__name__}.{name}": inspect.getdoc(member) or ""
    for protocol in (Backend, Device, NeuronProbe)
    for name, member in vars(protocol).items()
    if inspect.isfunction(member)
    and member.__module__.startswith("speckhal")
    and (not name.startswith("_") or name in {"__enter__", "__exit__"})
}
NEEDS_NO_BOARD: Final = {
    "Backend.chip",
    "Backend.open",
    "Backend.example",
    "Device.leak_config",
    "Device.close",
    "Device.__exit__",
}


def raised(member: str) -> set[str]:
    """The names in the section `Raises`."""
    section = MEMBERS[member].partition("Raises:\n")[2]
    return set(re.findall(r"^    (\w+): ", section, re.MULTILINE))


@pytest.mark.parametrize("member", MEMBERS)
def test_each_member_says_what_it_raises_by_names_that_there_are(member: str) -> None:
    assert raised(member)
    for name in raised(member):
        assert issubclass(getattr(errors, name), errors.SpeckhalError)


@pytest.mark.parametrize("member", sorted(MEMBERS.keys() - NEEDS_NO_BOARD))
def test_what_takes_the_board_says_that_it_may_be_closed(member: str) -> None:
    assert "DeviceClosed" in raised(member)


def test_deploying_says_all_that_a_network_can_be_refused_for() -> None:
    known = errors.NetworkError.__subclasses__()  # also those of a plugin that is loaded
    kinds = {kind.__name__ for kind in known if kind.__module__ == errors.__name__}
    assert raised("Device.deploy") >= {"NetworkError", "InputError", "ConfigurationError", *kinds}


@pytest.mark.parametrize(("held", "protocol"), [(OpenDevice, Device), (OpenProbe, NeuronProbe)])
def test_what_users_hold_says_of_each_member_what_its_protocol_says(
    held: type, protocol: type
) -> None:
    shared = [name for name in vars(protocol) if name[0] != "_"]
    said = pydoc.plain(pydoc.render_doc(held))
    assert shared
    for name in shared:
        assert getattr(held, name) is not getattr(protocol, name)
        assert inspect.getdoc(getattr(held, name))
        for line in MEMBERS.get(f"{protocol.__name__}.{name}", "").splitlines():
            assert line in said
