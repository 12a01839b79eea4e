"""Who is informed of a reading, and what happens when that goes wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from speckhal.contract.reading import Reading
from speckhal.discovery import guarded_loading, observing_plugins
from speckhal.discovery.hooks import hookimpl
from speckhal.discovery.registry import Registry

if TYPE_CHECKING:
    from speckhal.contract.device import DeviceInfo
    from speckhal.discovery.entry_points import Offer
    from speckhal.discovery.hooks import PluginHooks

Install = Callable[..., None]
Source = Callable[..., str]

INFO = cast("DeviceInfo", object())
READING = Reading(layer=3, time_s=0.5, v_mem=np.zeros((1, 2, 2), np.int16))

NOTEBOOK = """
from speckhal.discovery.hooks import hookimpl
seen = []

@hookimpl
def speckhal_reading(info, reading):
    seen.append((info, reading))
"""

CRASHING = """
from speckhal.discovery.hooks import hookimpl

@hookimpl
def speckhal_reading(reading):
    raise OSError("disk full")
"""


class Notebook:
    """An observer of this process."""

    def __init__(self) -> None:
        self.seen: list[Reading] = []

    @hookimpl
    def speckhal_reading(self, reading: Reading) -> None:
        self.seen.append(reading)


def seen_by(module: str) -> object:
    return sys.modules[module].seen


def test_every_plugin_of_the_second_group_is_told(install: Install) -> None:
    install(
        "notes",
        plugins={"a": "notes_a", "b": "notes_b"},
        modules=dict.fromkeys(("notes_a", "notes_b"), NOTEBOOK),
    )
    observed = Registry()
    observed.publish(INFO, READING)
    observed.publish(INFO, READING)
    for module in ("notes_a", "notes_b"):
        assert seen_by(module) == [(INFO, READING), (INFO, READING)]


def test_a_backend_is_told_once_it_is_loaded_and_not_loaded_to_be_told(
    install: Install, healthy: Source
) -> None:
    hook = "\n@hookimpl\ndef speckhal_backend():\n    return backend\n"
    install(
        "fine",
        backends={"fine": "fine_module"},
        modules={"fine_module": healthy("fine") + hook + NOTEBOOK},
    )
    observed = Registry()
    observed.publish(INFO, READING)
    assert "fine_module" not in sys.modules
    observed.backend("fine")
    observed.publish(INFO, READING)
    assert seen_by("fine_module") == [(INFO, READING)]


def test_a_plugin_behind_two_entry_points_is_told_once(install: Install, healthy: Source) -> None:
    hook = "\n@hookimpl\ndef speckhal_backend():\n    return backend\n"
    install(
        "fine",
        backends={"fine": "fine_module"},
        plugins={"fine": "fine_module"},
        modules={"fine_module": healthy("fine") + hook + NOTEBOOK},
    )
    observed = Registry()
    observed.backend("fine")
    observed.publish(INFO, READING)
    assert seen_by("fine_module") == [(INFO, READING)]


def test_a_crash_is_a_warning_and_stops_no_other_observer(install: Install) -> None:
    install(
        "notes",
        "3.1",
        plugins={"a": "notes_a", "crash": "crash_module", "z": "notes_z"},
        modules={"notes_a": NOTEBOOK, "crash_module": CRASHING, "notes_z": NOTEBOOK},
    )
    with pytest.warns(
        RuntimeWarning, match=r"Plugin 'crash' of notes 3\.1 failed .* OSError: disk full"
    ) as warned:
        Registry().publish(INFO, READING)
    assert len(warned) == 1
    assert warned[0].filename == __file__
    assert seen_by("notes_a") == seen_by("notes_z") == [(INFO, READING)]


def test_a_crash_that_is_made_an_error_still_stops_no_other_observer() -> None:
    first, last, observed = Notebook(), Notebook(), Registry()

    class Crashing:
        @hookimpl
        def speckhal_reading(self) -> None:
            raise OSError

    for name, observer in (("first", first), ("crash", Crashing()), ("last", last)):
        observed.register(name, observer)
    with pytest.raises(RuntimeWarning, match=r"Plugin 'crash' of this process .* OSError\."):
        observed.publish(INFO, READING)
    assert first.seen == last.seen == [READING]


def test_a_plugin_that_cannot_be_loaded_is_warned_of_once(install: Install) -> None:
    install(
        "notes",
        plugins={"sick": "sick_module", "z": "notes_z"},
        modules={"sick_module": "import nope_nope", "notes_z": NOTEBOOK},
    )
    observed = Registry()
    with pytest.warns(RuntimeWarning, match=r"'sick' of notes 1\.0 .*nope_nope.* see no readings"):
        observed.publish(INFO, READING)
    observed.publish(INFO, READING)
    assert seen_by("notes_z") == [(INFO, READING)] * 2


def test_an_observer_of_this_process_is_no_backend() -> None:
    notebook, observed = Notebook(), Registry()
    observed.register("notebook", notebook)
    assert "notebook" not in {offer.name for offer in observed.offers()}
    observed.publish(INFO, READING)
    observed.unregister("notebook")
    observed.publish(INFO, READING)
    assert notebook.seen == [READING]


def test_an_observer_that_was_replaced_is_told_no_more() -> None:
    class Other(Notebook):
        pass

    first, second, observed = Notebook(), Other(), Registry()
    observed.register("notebook", first)
    observed.register("notebook", second)
    observed.publish(INFO, READING)
    assert (first.seen, second.seen) == ([], [READING])


def test_a_plugin_may_be_loaded_while_a_reading_is_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    early, late, observed = Notebook(), Notebook(), Registry()
    observed.register("early", early)

    def meanwhile(plugin: object) -> int:
        # what another thread may do at any moment, at the worst one: between two plugins
        observed.register("late", late)
        return id(plugin)

    with monkeypatch.context() as patch:
        patch.setattr("speckhal.discovery.observing_plugins.id", meanwhile, raising=False)
        observed.publish(INFO, READING)
    assert (early.seen, late.seen) == ([READING], [])
    observed.publish(INFO, READING)
    assert late.seen == [READING]


def test_ctrl_c_within_an_observer_is_nobodys_fault() -> None:
    class Slow:
        @hookimpl
        def speckhal_reading(self) -> None:
            raise KeyboardInterrupt

    observed = Registry()
    observed.register("slow", Slow())
    with pytest.raises(KeyboardInterrupt):
        observed.publish(INFO, READING)


def test_an_observer_cannot_change_the_reading() -> None:
    class Meddler:
        @hookimpl
        def speckhal_reading(self, reading: Reading) -> None:
            reading.v_mem[0, 0, 0] = 42

    observed = Registry()
    observed.register("meddler", Meddler())
    with pytest.warns(RuntimeWarning, match="read-only"):
        observed.publish(INFO, READING)
    assert not READING.v_mem.any()


def test_an_interrupt_while_observers_are_loaded_costs_none_a_later_reading(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("notes", plugins={"notes": "notes_module"}, modules={"notes_module": NOTEBOOK})
    load = guarded_loading.load
    interrupts = [KeyboardInterrupt()]

    def interrupted_once(offer: Offer) -> PluginHooks:
        while interrupts:
            raise interrupts.pop()
        return load(offer)

    monkeypatch.setattr(observing_plugins, "load", interrupted_once)
    fresh = Registry()
    with pytest.raises(KeyboardInterrupt):
        fresh.publish(INFO, READING)
    fresh.publish(INFO, READING)
    assert len(sys.modules["notes_module"].seen) == 1


def test_plugins_are_looked_for_once_and_not_for_each_reading(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def enabled(group: str) -> list[Offer]:
        asked.append(group)
        return []

    monkeypatch.setattr(observing_plugins, "enabled", enabled)
    fresh = Registry()
    for _ in range(3):
        fresh.publish(INFO, READING)
    assert len(asked) == 1
