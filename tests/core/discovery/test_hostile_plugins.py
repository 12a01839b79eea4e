"""A plugin that raises, wherever it does, is named, and costs nobody else anything.

Hostile plugins stand beside a healthy one in one distribution each; what is asked of the healthy
one must work, and what is asked of the hostile one must name it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from python_process import run_python
from speckhal.contract.errors import BackendBroken, DeviceNotFound
from speckhal.discovery.opening import open_device
from speckhal.discovery.registry import Registry, registry

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

Install = Callable[..., None]
Source = Callable[..., str]
Run = Callable[..., "subprocess.CompletedProcess[str]"]

OPEN = "return Board((self.name, target, options))"

RAISES = [
    "raise OSError('ouch')",
    "raise SystemExit('ouch')",
    # what a plugin written in Rust raises when it panics
    "raise type('PanicException', (BaseException,), {})('ouch')",
    # what cannot even say what it is
    "raise type('ouch', (Exception,), {'__str__': lambda self: 1 / 0})",
]

HOOK = """
from speckhal.discovery.hooks import hookimpl

@hookimpl
def speckhal_backend():
    {crash}
"""

CHECK = """
from speckhal.contract.health import HealthCheck

class Sick(Backend):
    @hookimpl
    def speckhal_health_checks(self):
        return [HealthCheck("of the sick", crash)]

def crash():
    {crash}

backend = Sick()
"""

OBSERVER = """
from speckhal.discovery.hooks import hookimpl

@hookimpl
def speckhal_reading(reading):
    {crash}
"""


IN_USE = """
from speckhal_mock import EmulatedBackend
from speckhal_speck2f.chip import CHIP

print("I am here")

def crash(*_, **__):
    {crash}

class Sick(EmulatedBackend):
    def open(self, target=None, options=None):
        device = super().open(target, options)
        device.{member} = crash
        return device

backend = Sick(CHIP, name="sick", summary="crashes in use")
"""


@pytest.fixture(autouse=True)
def _nothing_loaded_before() -> Iterator[None]:
    """The process has one registry, which must not know the plugins of another test."""
    registry.cache_clear()
    yield
    registry.cache_clear()


@pytest.fixture
def beside(install: Install, healthy: Source) -> Callable[..., None]:
    """Install a hostile plugin, and a healthy one beside it."""

    def put(source: str, *, group: str = "backends", value: str = "sick_module:backend") -> None:
        install(
            "well",
            backends={"well": "well_module:backend"},
            modules={"well_module": healthy("well")},
        )
        install("infirmary", "2.5", **{group: {"sick": value}}, modules={"sick_module": source})

    return put


def the_healthy_one_works() -> bool:
    opened: object = open_device("well:board").raw
    return opened == ("well", "board", {})


@pytest.mark.parametrize("crash", RAISES)
def test_at_import(beside: Callable[..., None], crash: str) -> None:
    beside(crash)
    with pytest.raises(BackendBroken, match=r"'sick' of infirmary 2\.5 could not be .*ouch"):
        open_device("sick")
    assert the_healthy_one_works()


@pytest.mark.parametrize("value", ["", "not an entry point!", "sick_module:nothing.there", ":x"])
def test_at_discovery(beside: Callable[..., None], value: str) -> None:
    beside("nothing = None", value=value)
    if value:  # without one it is no entry point at all
        with pytest.raises(BackendBroken, match=r"'sick' of infirmary 2\.5 could not be imported"):
            open_device("sick")
    assert the_healthy_one_works()


@pytest.mark.parametrize("crash", RAISES)
def test_in_a_hook(beside: Callable[..., None], crash: str) -> None:
    beside(HOOK.format(crash=crash), value="sick_module")
    with pytest.raises(BackendBroken, match=r"'sick' of infirmary 2\.5 failed when .*ouch"):
        open_device("sick")
    assert the_healthy_one_works()


@pytest.mark.parametrize("crash", RAISES)
def test_in_open(beside: Callable[..., None], healthy: Source, crash: str) -> None:
    source = healthy("sick").replace(OPEN, crash)
    beside(source)
    with pytest.raises(
        BackendBroken, match=r"'sick' of infirmary 2\.5 failed when it was asked to open .*ouch"
    ) as caught:
        open_device("sick")
    assert "Upgrade infirmary" in str(caught.value)
    assert "ouch" in repr(caught.value.__cause__)
    assert the_healthy_one_works()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("return None", "opened a board and gave None"),
        (
            "return {}",
            "gave a dict, which has no `info`, `capabilities`, `clock`,",
        ),
        (OPEN + "\ndel Board.tick", "which has no `tick`, and a device must"),
        (OPEN + "\ndel Board.__exit__", "which has no `__exit__`, and a device must"),
    ],
)
def test_a_device_that_is_none(
    beside: Callable[..., None], healthy: Source, answer: str, words: str
) -> None:
    instead, _, rest = answer.partition("\n")
    beside(f"{healthy('sick').replace(OPEN, instead)}\n{rest}")
    with pytest.raises(BackendBroken) as caught:
        open_device("sick")
    assert words in str(caught.value)
    assert "Backend 'sick' of infirmary 2.5" in str(caught.value)
    assert "Upgrade infirmary" in str(caught.value)
    assert the_healthy_one_works()


@pytest.mark.parametrize("crash", RAISES)
def test_a_device_that_raises_when_it_is_looked_at(
    beside: Callable[..., None], healthy: Source, crash: str
) -> None:
    look = f"def look(self):\n    {crash}\nBoard.clock = property(look)\n"
    beside(healthy("sick") + look)
    with pytest.raises(BackendBroken, match=r"'sick' of infirmary 2\.5 failed when .*ouch"):
        open_device("sick")
    assert the_healthy_one_works()


def test_what_a_backend_says_itself_when_it_opens_is_left_as_it_is(
    beside: Callable[..., None], healthy: Source
) -> None:
    crash = "raise __import__('speckhal').DeviceNotFound('No board.', hint='Plug one in.')"
    beside(healthy("sick").replace(OPEN, crash))
    with pytest.raises(DeviceNotFound, match=r"^No board\. Plug one in\.$"):
        open_device("sick")


SLOWLY_TRIED = [RAISES[0], "raise SystemExit(0)"]


@pytest.mark.parametrize("crash", SLOWLY_TRIED)
@pytest.mark.parametrize("member", ["leak_config", "deploy", "tick", "stop_slow_clock"])
def test_in_a_device_that_is_in_use(
    beside: Callable[..., None], speckhal: Run, crash: str, member: str
) -> None:
    beside(IN_USE.format(crash=crash, member=member))
    done = speckhal("leak", "--backend", "sick", "--ticks", "2", "--json")
    assert done.returncode == 2
    assert "Backend 'sick' of infirmary 2.5 failed while its board was in use" in _said(done)
    assert "Traceback" not in done.stderr
    # what was read before is not lost, and nothing else is printed
    printed = json.loads(done.stdout) if done.stdout else None
    assert (printed is not None) == (member == "tick")


@pytest.mark.parametrize("crash", SLOWLY_TRIED)
@pytest.mark.parametrize(
    ("asked", "of_chip", "words"),
    [
        (("info", "sick"), True, "failed when it was asked what it is"),
        (("leak", "--backend", "sick"), False, "failed when it was asked for its example network"),
        (("characterise", "sick"), False, "failed while it measured"),
    ],
)
def test_in_what_the_command_line_asks_of_it(
    beside: Callable[..., None],
    healthy: Source,
    speckhal: Run,
    crash: str,
    asked: tuple[str, ...],
    words: str,
    *,
    of_chip: bool,
) -> None:
    chip, _, example = healthy("sick").partition("def open")
    made = [chip.replace("raise NotImplementedError", crash), example]
    if not of_chip:
        made = [chip, example.replace("raise NotImplementedError", crash)]
    measured = f"""
    @hookimpl
    def speckhal_characteriser(self):
        return self

    def measurements(self):
        {crash}

    run = wall_s = measurements

backend = Backend()
"""
    beside("def open".join(made).replace("\nbackend = Backend()\n", measured))
    done = speckhal(*asked)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"Backend 'sick' of infirmary 2.5 {words}" in _said(done)
    assert "Traceback" not in done.stderr


def test_what_a_plugin_prints_is_not_in_the_json(
    beside: Callable[..., None], speckhal: Run
) -> None:
    beside(IN_USE.format(crash="pass", member="not_there"))
    for asked in (
        ("info", "sick", "--json"),
        ("leak", "--backend", "sick", "--ticks", "1", "--json"),
    ):
        done = speckhal(*asked)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)
        assert "I am here" in done.stderr


def test_output_that_nobody_reads_is_not_the_plugins_fault(
    beside: Callable[..., None], sites: list[Path]
) -> None:
    beside(IN_USE.format(crash="pass", member="not_there").replace("print(", "str("))
    closed = (
        "import os, sys; reader, writer = os.pipe(); os.close(reader); os.dup2(writer, 1); "
        "sys.argv = ['speckhal', 'leak', '--backend', 'sick', '--ticks', '3']; "
        "from speckhal.cli import main; main()"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, sites))}
    done = run_python("-c", closed, env=environment)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("crash", RAISES)
def test_in_a_health_check(
    beside: Callable[..., None], healthy: Source, speckhal: Run, crash: str
) -> None:
    beside(healthy("sick") + CHECK.format(crash=crash))
    done = speckhal("doctor", "--json")
    findings = json.loads(done.stdout)
    crashed = [found for found in findings if "ouch" in str(found)]
    assert len(crashed) == 1
    assert "'of the sick' of sick crashed" in str(crashed[0])
    assert any("well" in str(found) for found in findings if found not in crashed)
    assert done.returncode == 1


@pytest.mark.parametrize("crash", RAISES)
def test_in_an_observer(beside: Callable[..., None], speckhal: Run, crash: str) -> None:
    beside(OBSERVER.format(crash=crash), group="plugins", value="sick_module")
    done = speckhal("leak", "--ticks", "2")
    assert done.returncode == 0, done.stderr
    assert "The leak of layer 0 agrees" in done.stdout
    assert "Plugin 'sick' of infirmary 2.5 failed to take note" in done.stderr


@pytest.mark.parametrize("crash", RAISES)
def test_an_observer_at_import(beside: Callable[..., None], speckhal: Run, crash: str) -> None:
    beside(crash, group="plugins", value="sick_module")
    done = speckhal("leak", "--ticks", "2")
    assert done.returncode == 0, done.stderr
    assert "Plugin 'sick' of infirmary 2.5 could not be imported" in done.stderr


@pytest.mark.parametrize("crash", RAISES)
@pytest.mark.parametrize("where", ["import", "hook"])
def test_listing_why_and_examining_name_it_and_go_on(
    beside: Callable[..., None], speckhal: Run, crash: str, where: str
) -> None:
    in_hook = where == "hook"
    beside(HOOK.format(crash=crash) if in_hook else crash, value="sick_module")
    listed, examined = speckhal("list", "--why"), speckhal("doctor", "--json")
    for done in (listed, examined):
        assert "Traceback" not in done.stderr
        assert "ouch" in done.stdout
        assert "well" in done.stdout


@pytest.mark.parametrize("where", ["import", "open", "health check"])
def test_ctrl_c_within_a_plugin_is_nobodys_fault(
    beside: Callable[..., None], healthy: Source, speckhal: Run, where: str
) -> None:
    crash = "raise KeyboardInterrupt"
    sources = {
        "import": crash,
        "open": healthy("sick").replace(OPEN, crash),
        "health check": healthy("sick") + CHECK.format(crash=crash),
    }
    beside(sources[where])
    if where == "health check":
        assert speckhal("doctor").returncode == 130
    else:
        with pytest.raises(KeyboardInterrupt):
            open_device("sick")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions take no notes before")
@pytest.mark.parametrize("where", ["import", "observer"])
def test_ctrl_c_tells_which_plugin_was_at_work_in_case_it_hangs(
    beside: Callable[..., None], speckhal: Run, where: str
) -> None:
    crash = "raise KeyboardInterrupt"
    if where == "import":
        beside(crash)
        done = speckhal("info", "sick")
    else:
        beside(OBSERVER.format(crash=crash), group="plugins", value="sick_module")
        done = speckhal("leak", "--ticks", "1")
    assert done.returncode == 130
    assert f"Interrupted. {'Backend' if where == 'import' else 'Plugin'} 'sick' of infirmary" in (
        done.stderr
    )
    assert done.stderr.endswith("was at work.\n")


@pytest.mark.parametrize("crash", RAISES)
def test_listing_and_describing_others_never_meets_it(
    beside: Callable[..., None], speckhal: Run, crash: str
) -> None:
    beside(crash)
    assert speckhal("list").returncode == 0
    assert speckhal("info", "mock").returncode == 0
    assert {offer.name for offer in Registry().offers()} >= {"sick", "well", "mock"}


def _said(done: subprocess.CompletedProcess[str]) -> str:
    """What was printed, without the line breaks that make it fit."""
    return " ".join(done.stderr.split())
