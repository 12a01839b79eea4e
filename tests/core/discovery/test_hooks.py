from __future__ import annotations

import types

import pluggy
import pytest

from speckhal.discovery.hooks import PROJECT, HookSpecs, PluginHooks, hookimpl


def hook_names() -> list[str]:
    return [name for name in vars(HookSpecs) if name.startswith(f"{PROJECT}_")]


@pytest.mark.parametrize("hook", hook_names())
def test_every_hook_can_be_called_and_says_what_it_is_for(hook: str) -> None:
    assert callable(getattr(PluginHooks("nothing", object()).call, hook))
    assert getattr(HookSpecs, hook).__doc__


def test_a_plugin_that_implements_nothing_offers_nothing() -> None:
    hooks = PluginHooks("nothing", object())
    assert hooks.implemented == frozenset()
    assert hooks.call.speckhal_backend() is None
    assert hooks.call.speckhal_emulator() is None


def test_hooks_know_which_of_them_a_module_implements() -> None:
    module = types.ModuleType("plugin")

    @hookimpl
    def speckhal_emulator() -> object:
        return module

    module.speckhal_emulator = speckhal_emulator  # type: ignore[attr-defined]  # as a module has
    hooks = PluginHooks("plugin", module)
    assert hooks.implemented == {"speckhal_emulator"}
    assert hooks.call.speckhal_emulator() is module


def test_a_plugin_is_asked_for_itself_and_not_for_another() -> None:
    class Offering:
        __hash__ = None  # type: ignore[assignment]  # as attrs' mutable classes, it has no hash

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Offering)

        @hookimpl
        def speckhal_backend(self) -> object:
            return self

    plugins = [Offering(), Offering()]
    hooks = [PluginHooks("same name", plugin) for plugin in plugins]
    offered: list[object] = [hook.call.speckhal_backend() for hook in hooks]
    assert offered[0] is plugins[0]
    assert offered[1] is plugins[1]


def test_a_hook_that_does_not_exist_is_refused() -> None:
    class Misspelt:
        @hookimpl
        def speckhal_raeding(self) -> None: ...

    with pytest.raises(pluggy.PluginValidationError, match="unknown hook 'speckhal_raeding'"):
        PluginHooks("misspelt", Misspelt())


def test_an_argument_that_a_hook_does_not_have_is_refused() -> None:
    class Greedy:
        @hookimpl
        def speckhal_reading(self, reading: object, voltage: float) -> None: ...

    with pytest.raises(pluggy.PluginValidationError, match="voltage"):
        PluginHooks("greedy", Greedy())
