"""Findings, the core's own checks, and the examination of plugins that are sick in every way."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speckhal.contract.errors import BackendDisabled, BackendNotFound
from speckhal.contract.health import Finding, HealthCheck, Severity
from speckhal.discovery.hooks import hookimpl
from speckhal.discovery.registry import Registry
from speckhal.doctor.core_checks import package_findings, python_findings, system_findings
from speckhal.doctor.diagnosis import CORE, LOADING, Diagnosis, diagnose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Install = Callable[..., None]
Source = Callable[..., str]

TEXT = st.text(min_size=1).filter(str.strip)

CHECKED = """
from speckhal.contract.health import Finding, HealthCheck

def good():
    yield Finding.ok("fine")

def crashing():
    yield Finding.ok("until here")
    raise RuntimeError("boom")

def missing():
    yield Finding.lacking("nothing there", should="something", do="bring it")

def exiting():
    raise SystemExit(7)

class Checked(Backend):
    @hookimpl
    def speckhal_health_checks(self):
        return {checks}

backend = Checked()
"""

OBSERVER = """
from speckhal.discovery.hooks import hookimpl
from speckhal.contract.health import Finding, HealthCheck

@hookimpl
def speckhal_health_checks():
    return [HealthCheck("disk", lambda: [Finding.ok("has room")])]
"""


@pytest.fixture
def checked(install: Install, healthy: Source) -> Callable[..., None]:
    """Install a backend whose health checks are given as source."""

    def put(name: str, checks: str, *, version: str = "1.0") -> None:
        source = healthy(name) + CHECKED.format(checks=checks)
        module = f"{name}_module"
        install(
            f"speckhal-{name}",
            version,
            backends={name: f"{module}:backend"},
            modules={module: source},
        )

    return put


def of(plugin: str, diagnoses: Iterable[Diagnosis]) -> list[tuple[str, Finding]]:
    """Name of the check, and finding, of each diagnosis of that plugin."""
    return [(item.check, item.finding) for item in diagnoses if item.plugin == plugin]


@given(is_=TEXT, should=TEXT, do=TEXT)
def test_what_is_lacking_is_a_problem_for_those_who_asked_and_nothing_else_changes(
    is_: str, should: str, do: str
) -> None:
    lacking = Finding.lacking(is_, should=should, do=do)
    assert lacking.severity is Severity.WARNING
    assert lacking.as_asked().severity is Severity.PROBLEM
    assert (lacking.as_asked().is_, lacking.as_asked().should, lacking.as_asked().do) == (
        is_,
        should,
        do,
    )
    for finding in (
        Finding.ok(is_),
        Finding.warning(is_, should=should, do=do),
        Finding.problem(is_, should=should, do=do),
    ):
        assert finding.as_asked() == finding


@pytest.mark.parametrize("severity", [Severity.WARNING, Severity.PROBLEM])
@pytest.mark.parametrize("field", ["should", "do"])
def test_a_finding_that_is_not_ok_must_help(severity: Severity, field: str) -> None:
    texts = {"should": "good", "do": "it", field: " "}
    with pytest.raises(ValueError, match=f"`{field}` of a finding that is .* must be given: bad"):
        Finding(severity, "bad", should=texts["should"], do=texts["do"])


@pytest.mark.parametrize("texts", [{"should": "better"}, {"do": "something"}])
def test_a_finding_that_is_ok_asks_for_nothing(texts: dict[str, str]) -> None:
    (field,) = texts
    with pytest.raises(ValueError, match=f"`{field}` of a finding that is ok must not be given"):
        Finding(Severity.OK, "good", should=texts.get("should", ""), do=texts.get("do", ""))


def test_a_finding_must_say_what_is() -> None:
    with pytest.raises(ValueError, match="must say what is"):
        Finding.ok("  ")


def test_a_crash_is_a_finding_and_costs_neither_other_checks_nor_what_was_found(
    checked: Callable[..., None],
) -> None:
    checked("frail", "[HealthCheck('one', crashing), HealthCheck('two', good)]")
    (before, crash, after) = of("frail", diagnose(Registry(), "frail"))
    assert before == ("one", Finding.ok("until here"))
    assert after == ("two", Finding.ok("fine"))
    name, finding = crash
    assert (name, finding.severity) == ("one", Severity.PROBLEM)
    assert "'one' of frail crashed: RuntimeError: boom" in finding.is_
    line = sys.modules["frail_module"].crashing.__code__.co_firstlineno + 2
    assert f"frail_module.py, line {line})" in finding.is_


def test_a_check_that_ends_python_does_not_end_the_others(checked: Callable[..., None]) -> None:
    checked("frail", "[HealthCheck('one', exiting), HealthCheck('two', good)]")
    (crash, after) = of("frail", diagnose(Registry(), "frail"))
    assert "SystemExit: 7" in crash[1].is_
    assert after == ("two", Finding.ok("fine"))


def test_a_check_must_give_findings(checked: Callable[..., None]) -> None:
    checked("vague", "[HealthCheck('one', lambda: ['well']), HealthCheck('two', lambda: None)]")
    said = [finding.is_ for _, finding in of("vague", diagnose(Registry(), "vague"))]
    assert "TypeError: it found 'well', which is no Finding" in said[0]
    assert "TypeError: 'NoneType' object is not iterable" in said[1]


@pytest.mark.parametrize(
    ("checks", "reported"),
    [
        ("1 / 0", "failed when it was asked for its health checks: ZeroDivisionError"),
        ("(1 / 0 for _ in 'x')", "failed when it was asked for its health checks: ZeroDivision"),
        ("['pulse']", "offers ['pulse'] as health checks, and not a list of HealthCheck"),
        ("7", "offers 7 as health checks, and not a list of HealthCheck"),
    ],
)
def test_a_plugin_that_offers_no_proper_checks_is_reported(
    checked: Callable[..., None], checks: str, reported: str
) -> None:
    checked("vague", checks, version="3.2")
    ((check, finding),) = of("vague", diagnose(Registry(), "vague"))
    assert (check, finding.severity) == (LOADING, Severity.PROBLEM)
    assert f"Backend 'vague' of speckhal-vague 3.2 {reported}" in finding.is_


def test_a_plugin_without_checks_is_healthy_if_it_loads(install: Install, healthy: Source) -> None:
    install("plain", "1.5", backends={"plain": "pm:backend"}, modules={"pm": healthy("plain")})
    diagnoses = list(diagnose(Registry(), "plain"))
    assert Diagnosis(LOADING, CORE, Finding.ok("plain (plain 1.5)")) in diagnoses
    assert of("plain", diagnoses) == []


def test_plugins_that_do_not_load_are_reported_with_owner_cause_and_what_to_type(
    install: Install, checked: Callable[..., None]
) -> None:
    bootstrap = "import subprocess, sys\nsubprocess.check_call([sys.executable, '-c', '1/0'])"
    install("sick", "0.7", backends={"sick": "sick_module"}, modules={"sick_module": bootstrap})
    install("mute", "0.8", plugins={"mute": "mute_module"}, modules={"mute_module": "1 / 0"})
    checked("fine", "[HealthCheck('one', good)]")
    diagnoses = list(diagnose(Registry()))
    ((_, sick),) = of("sick", diagnoses)
    assert sick.severity is Severity.PROBLEM
    assert sick.is_.startswith(
        "Backend 'sick' of sick 0.7 could not be imported: CalledProcessError: "
    )
    assert "pip install --upgrade --force-reinstall sick" in sick.do
    assert "pip uninstall sick" in sick.do
    ((_, mute),) = of("mute", diagnoses)
    assert mute.severity is Severity.PROBLEM
    assert "Plugin 'mute' of mute 0.8 could not be imported: ZeroDivisionError" in mute.is_
    assert of("fine", diagnoses) == [("one", Finding.ok("fine"))]


@pytest.mark.parametrize("raises", [False, True])
def test_what_is_left_of_a_distribution_is_not_given_to_pip_by_a_made_up_name(
    install: Install, monkeypatch: pytest.MonkeyPatch, *, raises: bool
) -> None:
    if raises:  # as importlib_metadata does, whose finder Python asks once dask is imported

        def missing(_: object) -> None:
            raise FileNotFoundError("No package metadata was found.")

        monkeypatch.setattr(metadata.Distribution, "metadata", property(missing))
    install("rest", metadata="", backends={"rest": "rest_module"})
    ((_, finding),) = of("rest", diagnose(Registry(), "rest"))
    assert "an unknown distribution" in finding.is_
    assert finding.do == "Repair or remove what offers rest_module."


def test_a_plugin_of_another_api_version_is_reported_which_side_to_upgrade(
    install: Install, healthy: Source
) -> None:
    source = healthy("new", api_version=99)
    install("new", backends={"new": "new_module:backend"}, modules={"new_module": source})
    ((_, finding),) = of("new", diagnose(Registry(), "new"))
    assert finding.do == "Upgrade speckhal."


def test_plugins_that_offer_no_backend_are_examined_too(install: Install) -> None:
    install("exporter", plugins={"out": "out_module"}, modules={"out_module": OBSERVER})
    assert of("out", diagnose(Registry())) == [("disk", Finding.ok("has room"))]


def test_a_plugin_that_offers_no_backend_can_be_asked_for_by_name(
    monkeypatch: pytest.MonkeyPatch, install: Install
) -> None:
    install("export", plugins={"out": "out_module"}, modules={"out_module": OBSERVER})
    diagnoses = list(diagnose(Registry(), "out"))
    assert {diagnosis.plugin for diagnosis in diagnoses} == {CORE, "out"}
    assert of("out", diagnoses) == [("disk", Finding.ok("has room"))]
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "export")
    with pytest.raises(BackendDisabled, match="Plugin 'out' of export"):
        diagnose(Registry(), "out")


def test_asking_for_one_backend_imports_no_other(
    checked: Callable[..., None], install: Install
) -> None:
    install("sick", backends={"sick": "sick_module"}, modules={"sick_module": "1 / 0"})
    checked("fine", "[HealthCheck('one', good)]")
    checked("other", "[HealthCheck('one', crashing)]")
    diagnoses = list(diagnose(Registry(), "fine"))
    assert {diagnosis.plugin for diagnosis in diagnoses} == {CORE, "fine"}
    assert "other_module" not in sys.modules


def test_a_backend_that_does_not_exist_is_refused_before_anything_is_examined() -> None:
    with pytest.raises(BackendNotFound, match="a backend named 'nowhere'"):
        diagnose(Registry(), "nowhere")


class Sharing:
    """An object that offers nothing but health checks, equal to those of others like it."""

    runs = 0

    @staticmethod
    def look() -> Iterator[Finding]:
        Sharing.runs += 1
        yield Finding.lacking("nothing there", should="something", do="bring it")

    def own(self) -> Iterator[Finding]:
        yield Finding.ok(f"own of {type(self).__name__}")

    @hookimpl
    def speckhal_health_checks(self) -> list[HealthCheck]:
        return [HealthCheck("shared", Sharing.look), HealthCheck("own", self.own)]


def test_a_check_that_plugins_share_is_run_once_for_all_of_them() -> None:
    registry = Registry()
    for name in ("beta", "alpha"):
        registry.register(name, Sharing())
    before = Sharing.runs
    diagnoses = list(diagnose(registry))
    assert Sharing.runs == before + 1
    assert [check for check, _ in of("alpha, beta", diagnoses)] == ["shared"]
    assert [check for check, _ in of("alpha", diagnoses)] == ["own"]
    assert [check for check, _ in of("beta", diagnoses)] == ["own"]


def test_findings_come_plugin_by_plugin(checked: Callable[..., None], install: Install) -> None:
    checked("twin", "[HealthCheck('one', good)]")
    checked("solo", "[HealthCheck('one', good), HealthCheck('two', crashing)]")
    install("speckhal-twin-b", backends={"twin": "nowhere_to_be_found"})
    plugins = [diagnosis.plugin for diagnosis in diagnose(Registry())]
    starts = [
        plugin
        for plugin, before in zip(plugins, [None, *plugins], strict=False)
        if plugin != before
    ]
    assert len(starts) == len(set(starts))
    assert {CORE, "twin", "solo"} <= set(starts)


@pytest.mark.parametrize(
    ("selected", "asked", "severity"),
    [
        (None, None, Severity.WARNING),
        (None, "bare", Severity.PROBLEM),
        ("bare:board", None, Severity.PROBLEM),
        ("mock", None, Severity.WARNING),
        ("mock", "bare", Severity.PROBLEM),
    ],
)
def test_what_a_backend_lacks_is_a_problem_for_who_names_it_here_or_in_the_environment(
    checked: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    selected: str | None,
    asked: str | None,
    severity: Severity,
) -> None:
    checked("bare", "[HealthCheck('board', missing)]")
    if selected is not None:
        monkeypatch.setenv("SPECKHAL_BACKEND", selected)
    ((_, finding),) = of("bare", diagnose(Registry(), asked))
    assert finding.severity is severity


def test_a_name_of_two_distributions_is_a_finding_that_names_both(
    install: Install, healthy: Source
) -> None:
    source = healthy("twin")
    install("speckhal-a", "1.0", backends={"twin": "am:backend"}, modules={"am": source})
    install("speckhal-b", "2.0", backends={"twin": "bm:backend"}, modules={"bm": source})
    for asked in ("twin", None):
        ((check, finding),) = of("twin", diagnose(Registry(), asked))
        assert (check, finding.severity) == (LOADING, Severity.PROBLEM)
        assert "'twin'" in finding.is_
        assert "speckhal-a 1.0 (am:backend) and speckhal-b 2.0 (bm:backend)" in finding.is_
        assert finding.do == "pip uninstall speckhal-a, or pip uninstall speckhal-b"


def test_two_observers_of_one_name_are_a_warning_as_both_are_reported_readings(
    install: Install,
) -> None:
    for letter in "ab":
        install(f"exporter-{letter}", plugins={"out": f"{letter}m"}, modules={f"{letter}m": ""})
    ((_, finding),) = of("out", diagnose(Registry()))
    assert finding.severity is Severity.WARNING
    assert "exporter-a 1.0 (am) and exporter-b 1.0 (bm)" in finding.is_


@pytest.mark.parametrize(
    ("selection", "reported"),
    [
        ("nowhere", "offers a backend named 'nowhere'"),
        ("mock:", "holds 'mock:', which selects"),
        ("mock:nope", "Asked for board 'nope', and there is no such board"),
    ],
)
def test_a_default_that_cannot_be_is_a_problem(
    monkeypatch: pytest.MonkeyPatch, selection: str, reported: str
) -> None:
    monkeypatch.setenv("SPECKHAL_BACKEND", selection)
    findings = dict(of(CORE, diagnose(Registry(), "mock")))
    assert findings["default backend"].severity is Severity.PROBLEM
    assert reported in findings["default backend"].is_
    assert "unset SPECKHAL_BACKEND" in findings["default backend"].do


def test_a_default_that_is_disabled_is_a_problem_and_no_crash(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SPECKHAL_DISABLE_PLUGINS", "mock")
    finding = dict(of(CORE, diagnose(Registry())))["default backend"]
    assert finding.severity is Severity.PROBLEM
    assert "SPECKHAL_DISABLE_PLUGINS=mock disables it" in finding.is_
    assert finding.do.startswith("Take it out of SPECKHAL_DISABLE_PLUGINS")


def test_a_default_whose_backend_crashes_is_blamed_on_the_backend(
    monkeypatch: pytest.MonkeyPatch, install: Install, healthy: Source
) -> None:
    install("sick", backends={"sick": "sick_m:backend"}, modules={"sick_m": healthy("sick")})
    monkeypatch.setenv("SPECKHAL_BACKEND", "sick:board")
    finding = dict(of(CORE, diagnose(Registry(), "mock")))["default backend"]
    assert finding.severity is Severity.PROBLEM
    assert "Backend 'sick' of sick 1.0 failed when it was asked for its chip" in finding.is_


def test_the_default_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for selection, reported in ((None, "mock"), ("mock:speck2e", "mock:speck2e")):
        if selection is not None:
            monkeypatch.setenv("SPECKHAL_BACKEND", selection)
        findings = dict(of(CORE, diagnose(Registry(), "mock")))
        assert findings["default backend"] == Finding.ok(reported)


@pytest.mark.parametrize(
    ("version", "severity"),
    [
        ("3.9.18", Severity.PROBLEM),
        ("3.10.0", Severity.OK),
        ("3.13.7", Severity.OK),
        ("3.14.0", Severity.WARNING),
        ("3.15.0a1", Severity.WARNING),
        ("4.0.0", Severity.WARNING),
    ],
)
def test_python_must_be_as_the_metadata_says(version: str, severity: Severity) -> None:
    (finding,) = python_findings(version)
    assert finding.severity is severity
    assert finding.is_.startswith(f"Python {version}")


def test_an_old_python_is_reported_what_would_do() -> None:
    (finding,) = python_findings("3.9.18")
    assert finding.should == f"Python {metadata.metadata('speckhal')['Requires-Python']}."


@pytest.mark.parametrize(
    ("system", "severity"),
    [
        ("Linux", Severity.OK),
        ("Darwin", Severity.OK),
        ("Windows", Severity.WARNING),
        ("", Severity.WARNING),
    ],
)
def test_the_system_should_be_one_that_was_tried(system: str, severity: Severity) -> None:
    (finding,) = system_findings(system)
    assert finding.severity is severity


def test_the_versions_of_what_is_required_are_named_for_reports(install: Install) -> None:
    install("sinabs", "3.1.9")
    (finding,) = package_findings(["sinabs>=3,<4", "no-such-package>=2"])
    assert finding.severity is Severity.OK
    assert finding.is_ == "sinabs 3.1.9, no-such-package (missing) (do they fit? pip check)"


def test_packages_for_others_are_not_asked_for() -> None:
    lines = ["no-such-package; extra == 'dev'", "no-such-package; sys_platform == 'none'"]
    assert list(package_findings(lines)) == []
