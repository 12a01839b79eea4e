from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from speckhal.contract.errors import (
    BackendAmbiguous,
    BackendBroken,
    BackendIncompatible,
    BackendNotFound,
    CapabilityUnsupported,
)
from speckhal.discovery import entry_points
from speckhal.discovery.entry_points import Offer
from speckhal.discovery.hooks import hookimpl
from speckhal.discovery.registry import Registry, registry

if TYPE_CHECKING:
    from pathlib import Path

Install = Callable[..., None]
Source = Callable[..., str]

BOOTSTRAP = """
import subprocess, sys
subprocess.check_call([sys.executable, "-c", "raise SystemExit(3)"])
"""


def test_an_offer_says_what_the_entry_point_says_and_imports_nothing(
    install: Install, healthy: Source
) -> None:
    install(
        "speckhal-fine",
        "1.2",
        backends={"fine": "fine_module:backend"},
        modules={"fine_module": healthy("fine")},
    )
    assert Offer("fine", "speckhal-fine", "1.2", "fine_module:backend") in Registry().offers()
    assert "fine_module" not in sys.modules


def test_offers_are_sorted_by_name(install: Install) -> None:
    install("speckhal-two", backends={"zebra": "z:b", "ant": "a:b"})
    names = [offer.name for offer in Registry().offers()]
    assert names == sorted(names)
    assert {"ant", "zebra"} <= set(names)


def test_asking_for_a_backend_imports_that_one_only(install: Install, healthy: Source) -> None:
    install(
        "speckhal-pair",
        backends={"one": "one_module:backend", "other": "other_module:backend"},
        modules={"one_module": healthy("one"), "other_module": healthy("other")},
    )
    assert Registry().backend("one").name == "one"
    assert "one_module" in sys.modules
    assert "other_module" not in sys.modules


def test_a_module_with_hooks_is_a_plugin_as_well(install: Install, healthy: Source) -> None:
    function = "\n@hookimpl\ndef speckhal_backend():\n    return backend\n"
    install(
        "speckhal-fine",
        backends={"fine": "fine_module"},
        modules={"fine_module": healthy("fine") + function},
    )
    assert Registry().backend("fine").name == "fine"


def test_the_same_backend_is_given_every_time(install: Install, healthy: Source) -> None:
    install("speckhal-fine", backends={"fine": "fm:backend"}, modules={"fm": healthy("fine")})
    backends = Registry()
    assert backends.backend("fine") is backends.backend("fine")


def test_a_missing_backend_is_answered_with_the_known_names_and_the_nearest(
    install: Install,
) -> None:
    install("speckhal-fine", backends={"zebra": "z:b"})
    with pytest.raises(BackendNotFound, match=r"'ZEBAR'.*Installed backends: .*zebra") as caught:
        Registry().backend("ZEBAR")
    assert caught.value.hint == "Did you mean 'zebra'?"


def test_a_name_like_no_other_gets_no_guess(install: Install) -> None:
    install("speckhal-fine", backends={"zebra": "z:b"})
    with pytest.raises(BackendNotFound) as caught:
        Registry().backend("0123456789")
    assert caught.value.hint is not None
    assert "Did you mean" not in caught.value.hint


@pytest.mark.parametrize(
    ("source", "cause", "said"),
    [
        ("import no_such_module_anywhere", ModuleNotFoundError, "no_such_module_anywhere"),
        (BOOTSTRAP, subprocess.CalledProcessError, "exit status 3"),
        ("def broken(:", SyntaxError, "invalid syntax"),
        ("raise KeyError", KeyError, "KeyError."),
        ("", AttributeError, "backend"),
    ],
    ids=["missing module", "bootstrap", "syntax", "no text", "no such object"],
)
def test_a_backend_that_cannot_be_imported_is_broken_and_costs_no_other(
    install: Install, healthy: Source, source: str, cause: type[Exception], said: str
) -> None:
    install(
        "speckhal-sick",
        "0.7",
        backends={"sick": "sick_module:backend"},
        modules={"sick_module": source},
    )
    install("speckhal-zfine", backends={"zfine": "zf:backend"}, modules={"zf": healthy("zfine")})
    backends = Registry()
    with pytest.raises(BackendBroken) as caught:
        backends.backend("sick")
    assert caught.value.message.startswith(
        f"Backend 'sick' of speckhal-sick 0.7 could not be imported: {cause.__name__}"
    )
    assert said in caught.value.message
    assert type(caught.value.__cause__) is cause
    assert backends.backend("zfine").name == "zfine"


def test_a_message_of_many_lines_becomes_one(install: Install) -> None:
    install("d", backends={"sick": "sm:b"}, modules={"sm": "raise OSError('one\\n\\ntwo')"})
    with pytest.raises(BackendBroken, match=r"OSError: one two\."):
        Registry().backend("sick")


def test_a_backend_that_was_repaired_works_without_a_restart(
    install: Install, healthy: Source
) -> None:
    install("speckhal-sick", backends={"sick": "sm:backend"}, modules={"sm": "import nope_nope"})
    backends = Registry()
    with pytest.raises(BackendBroken):
        backends.backend("sick")
    install("speckhal-repair", modules={"sm": "#\n" + healthy("sick")})
    assert backends.backend("sick").name == "sick"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "@hookimpl\ndef speckhal_backend():\n    raise LookupError('lost')",
            "failed when it was asked for its backend: LookupError: lost",
        ),
        ("@hookimpl\ndef speckhal_backend():\n    return None", "gave None"),
        ("answer = 42", "has no hook `speckhal_backend`; its entry point names sm"),
        ("@hookimpl\ndef speckhal_backend():\n    return 42", "without `name`, `api_version`"),
        (
            "@hookimpl\ndef speckhal_backend(flavour):\n    return None",
            "does not fit speckhal's hooks",
        ),
        ("@hookimpl\ndef speckhal_bakcend():\n    return None", "unknown hook"),
    ],
    ids=["crash", "none", "no hook", "no backend", "wrong arguments", "misspelt"],
)
def test_a_backend_with_a_broken_hook_is_broken(install: Install, source: str, said: str) -> None:
    module = f"from speckhal.discovery.hooks import hookimpl\n{source}\n"
    install("speckhal-sick", backends={"sick": "sm"}, modules={"sm": module})
    with pytest.raises(BackendBroken) as caught:
        Registry().backend("sick")
    assert "'sick' of speckhal-sick 1.0" in caught.value.message
    assert said in caught.value.message


def test_a_backend_must_have_the_name_of_its_entry_point(install: Install, healthy: Source) -> None:
    install("d", backends={"alias": "rm:backend"}, modules={"rm": healthy("real")})
    with pytest.raises(BackendBroken, match=r"'alias' of d 1\.0 calls itself 'real'"):
        Registry().backend("alias")


def test_a_property_that_crashes_is_the_plugins_fault(install: Install, healthy: Source) -> None:
    crash = healthy("sick").replace(
        "    emulated = True", "    @property\n    def emulated(self):\n        raise OSError('no')"
    )
    install("d", backends={"sick": "sm:backend"}, modules={"sm": crash})
    with pytest.raises(BackendBroken, match=r"'sick' of d 1\.0 .*OSError: no"):
        Registry().backend("sick")


@pytest.mark.parametrize(
    ("api_version", "upgrade"), [(0, "Upgrade speckhal-other."), (2, "Upgrade speckhal.")]
)
def test_another_api_version_says_which_side_to_upgrade(
    install: Install, healthy: Source, api_version: int, upgrade: str
) -> None:
    source = healthy("other", api_version=api_version).replace("    summary", "    synopsis")
    install("speckhal-other", backends={"other": "om:backend"}, modules={"om": source})
    with pytest.raises(BackendIncompatible, match=f"version {api_version} .* version 1") as caught:
        Registry().backend("other")
    assert caught.value.hint == upgrade


def test_an_api_version_that_is_no_number_is_broken(install: Install, healthy: Source) -> None:
    source = healthy("other", api_version="1.0")
    install("speckhal-other", backends={"other": "om:backend"}, modules={"om": source})
    with pytest.raises(BackendBroken, match=r"'1\.0', which is no whole number"):
        Registry().backend("other")


def test_two_distributions_with_one_name_are_both_named_and_neither_imported(
    install: Install, healthy: Source
) -> None:
    install("speckhal-a", "1.1", backends={"twin": "am:backend"}, modules={"am": healthy("twin")})
    install("speckhal-b", "2.2", backends={"twin": "bm:backend"}, modules={"bm": healthy("twin")})
    with pytest.raises(
        BackendAmbiguous, match=r"speckhal-a 1\.1 \(am:backend\) and speckhal-b 2\.2 \(bm:backend\)"
    ):
        Registry().backend("twin")
    assert not {"am", "bm"} & set(sys.modules)


def test_a_distribution_found_twice_is_not_ambiguous_with_itself(
    install: Install, healthy: Source
) -> None:
    entry = {"backends": {"fine": "fm:backend"}, "modules": {"fm": healthy("fine")}}
    install("speckhal-fine", "1.0", site="shadowed", **entry)
    install("Speckhal_Fine", "2.0", site="first", **entry)
    backends = Registry()
    assert [offer.version for offer in backends.offers() if offer.name == "fine"] == ["2.0"]
    assert backends.backend("fine").name == "fine"


def test_an_entry_point_listed_twice_with_one_meaning_is_one_offer(
    install: Install, healthy: Source
) -> None:
    twice = "fine = fm:backend\nfine = fm:backend"
    install("speckhal-fine", backends=twice, modules={"fm": healthy("fine")})
    assert Registry().backend("fine").name == "fine"


def test_a_distribution_that_means_two_things_by_one_name_is_ambiguous(install: Install) -> None:
    install("speckhal-fine", backends="fine = fm:one\nfine = fm:two")
    with pytest.raises(BackendAmbiguous, match=r"\(fm:one\) and speckhal-fine 1\.0 \(fm:two\)"):
        Registry().backend("fine")


def test_a_plugin_that_is_installed_after_a_miss_is_found(
    install: Install, healthy: Source, sites: list[Path]
) -> None:
    install("early", backends={"early": "em:backend"}, modules={"em": healthy("early")})
    backends = Registry()
    backends.backend("early")
    unchanged_ns = sites[0].stat().st_mtime_ns
    with pytest.raises(BackendNotFound):
        backends.backend("late")
    install(
        "speckhal-late",
        backends={"late": "late_module:backend"},
        modules={"late_module": healthy("late")},
        announced=False,
    )
    # Python looks at a directory's time to see a change, and file systems keep coarse times
    os.utime(sites[0], ns=(unchanged_ns, unchanged_ns))
    assert backends.backend("late").name == "late"


@pytest.mark.parametrize(
    ("file", "before", "after", "value", "version"),
    [
        ("entry_points.txt", "m:one", "m:two", "m:two", "1.0"),
        ("METADATA", "Version: 1.0", "Version: 2.0", "m:one", "2.0"),
    ],
)
def test_what_is_written_anew_is_read_anew_even_if_it_keeps_its_length_and_its_time(
    install: Install,
    sites: list[Path],
    monkeypatch: pytest.MonkeyPatch,
    file: str,
    before: str,
    after: str,
    value: str,
    version: str,
) -> None:
    monkeypatch.setattr(entry_points, "_JUST_NS", -(10**18))  # as if all were written long ago
    install("speckhal-fine", backends="fine = m:one")
    (offer,) = Registry().offers_of("fine")
    assert (offer.value, offer.version) == ("m:one", "1.0")
    (path,) = sites[0].glob(f"*/{file}")
    then_ns = path.stat().st_mtime_ns
    changed_ns = path.stat().st_ctime_ns
    while path.stat().st_ctime_ns == changed_ns:  # until the file system gives them different times
        path.write_text(path.read_text().replace(before, after))
        os.utime(path, ns=(then_ns, then_ns))
    (offer,) = Registry().offers_of("fine")
    assert (offer.value, offer.version) == (value, version)


def test_what_was_just_written_is_read_again_each_time(
    install: Install, sites: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    same = ((0, 0, time.time_ns(), 0),)  # as where times are coarse
    monkeypatch.setattr(entry_points, "_stamp", lambda _folder: same)
    install("speckhal-fine", backends="fine = m:one")
    assert [offer.value for offer in Registry().offers_of("fine")] == ["m:one"]
    (path,) = sites[0].glob("*/entry_points.txt")
    path.write_text(path.read_text().replace("m:one", "m:two"))
    assert [offer.value for offer in Registry().offers_of("fine")] == ["m:two"]


@pytest.mark.filterwarnings("ignore:Implicit None on return values:DeprecationWarning")
@pytest.mark.parametrize("metadata", ["", "Name: stray", "Version: 1.0"])
def test_a_distribution_without_metadata_breaks_no_list(
    install: Install, healthy: Source, metadata: str
) -> None:
    entry = {"backends": {"stray": "sm:backend"}, "modules": {"sm": healthy("stray")}}
    install("speckhal-stray", metadata=metadata, **entry)
    backends = Registry()
    (stray,) = (offer for offer in backends.offers() if offer.name == "stray")
    assert stray.owner == "an unknown distribution"
    assert backends.backend("stray").name == "stray"


class Emulating:
    """A plugin whose backend, and perhaps emulator, is whatever it is given."""

    def __init__(self, backend: object, emulator: object = None) -> None:
        self.backend = backend
        self.emulator = emulator

    @hookimpl
    def speckhal_backend(self) -> object:
        return self.backend

    @hookimpl
    def speckhal_emulator(self) -> object:
        return self.emulator


class Runner:
    def run_script(self) -> None: ...


@pytest.fixture
def offered(install: Install, healthy: Source) -> object:
    """A healthy backend named "fine", to be offered by a plugin of this process."""
    install("template", backends={"fine": "fm:backend"}, modules={"fm": healthy("fine")})
    return Registry().backend("fine")


def test_a_plugin_of_this_process_is_offered_and_found(healthy: Source) -> None:
    namespace: dict[str, object] = {}
    exec(healthy("here"), namespace)  # noqa: S102 - the source is this suite's own
    backends = Registry()
    backends.register("here", namespace["backend"])
    assert Offer("here", "this process", "", "Backend") in backends.offers()
    assert backends.offer("here").owner == "this process"
    assert backends.backend("here").name == "here"


def test_registering_again_replaces_and_unregistering_forgets(offered: object) -> None:
    backends = Registry()
    backends.register("mine", Emulating(None))
    backends.register("mine", Emulating(offered))
    with pytest.raises(BackendBroken, match="calls itself 'fine'"):
        backends.backend("mine")
    backends.unregister("mine")
    backends.unregister("mine")
    with pytest.raises(BackendNotFound):
        backends.backend("mine")


def test_a_plugin_of_this_process_does_not_hide_an_installed_one(offered: object) -> None:
    backends = Registry()
    backends.register("fine", Emulating(offered))
    with pytest.raises(BackendAmbiguous, match=r"template 1\.0 .* and this process") as caught:
        backends.backend("fine")
    assert caught.value.hint == "Register the one of this process under another name."


def test_a_plugin_without_hooks_is_refused_at_once() -> None:
    with pytest.raises(BackendBroken, match="Plugin 'mine' of this process implements none"):
        Registry().register("mine", object())


def test_an_emulator_is_had_from_the_backend_that_comes_with_it(offered: object) -> None:
    runner: object = Runner()
    offered.name = "emulating"  # type: ignore[attr-defined]  # a fake backend has it
    backends = Registry()
    backends.register("emulating", Emulating(offered, runner))
    assert backends.emulator("emulating") is runner


def test_a_backend_without_an_emulator_says_so(offered: object) -> None:
    with pytest.raises(CapabilityUnsupported, match=r"'fine' of template 1\.0 does not run"):
        Registry().emulator("fine")


def test_an_emulator_that_cannot_run_a_script_is_broken(install: Install, healthy: Source) -> None:
    hook = "\n    @hookimpl\n    def speckhal_emulator(self):\n        return 42\n\nbackend ="
    source = healthy("odd").replace("\nbackend =", hook)
    install("d", backends={"odd": "om:backend"}, modules={"om": source})
    with pytest.raises(BackendBroken, match="without `run_script`"):
        Registry().emulator("odd")


def test_the_process_has_one_registry() -> None:
    assert registry() is registry()
