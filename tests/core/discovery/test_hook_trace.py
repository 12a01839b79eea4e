"""`SPECKHAL_TRACE_HOOKS`: a line on stderr for each hook call."""

from __future__ import annotations

import re

import pytest

from speckhal.discovery.hooks import PluginHooks, hookimpl


class Talkative:
    """Gives a value, or raises."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    @hookimpl
    def speckhal_emulator(self) -> object:
        if self.error is not None:
            raise self.error
        return "an\nemulator"


LINE = r"speckhal hook: talkative: speckhal_emulator took \d+\.\d{3} ms and "


def test_a_call_is_told_with_plugin_hook_duration_and_result(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPECKHAL_TRACE_HOOKS", "1")
    PluginHooks("talkative", Talkative()).call.speckhal_emulator()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert re.fullmatch(LINE + r"gave 'an\\nemulator'\n", printed.err)


def test_a_call_that_raises_is_told_with_the_exception_which_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPECKHAL_TRACE_HOOKS", "1")
    with pytest.raises(OSError, match="no"):
        PluginHooks("talkative", Talkative(OSError("no"))).call.speckhal_emulator()
    assert re.fullmatch(LINE + r"raised OSError\('no'\)\n", capsys.readouterr().err)


class Shy(Exception):
    def __repr__(self) -> str:
        raise LookupError


def test_tracing_changes_nothing_where_a_repr_raises(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPECKHAL_TRACE_HOOKS", "1")
    with pytest.raises(Shy):
        PluginHooks("talkative", Talkative(Shy())).call.speckhal_emulator()
    assert "whose repr raises LookupError" in capsys.readouterr().err


def test_a_hook_that_the_plugin_does_not_have_is_no_call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPECKHAL_TRACE_HOOKS", "1")
    PluginHooks("talkative", Talkative()).call.speckhal_backend()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("value", [None, "", "0"])
def test_nothing_is_told_unless_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], value: str | None
) -> None:
    if value is not None:
        monkeypatch.setenv("SPECKHAL_TRACE_HOOKS", value)
    PluginHooks("talkative", Talkative()).call.speckhal_emulator()
    assert capsys.readouterr().err == ""


def test_no_escape_code_of_a_plugin_reaches_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SPECKHAL_TRACE_HOOKS", "1")
    PluginHooks("e\x1b[2Jvil", Talkative()).call.speckhal_emulator()
    assert r"e\x1b[2Jvil" in capsys.readouterr().err
