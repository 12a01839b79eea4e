"""Small mistakes in the kernels are noticed; `benchmarks/mutate_kernel.py` makes all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kernel_examples import Example, examples
from kernel_mutants import MODULES, mutants_of, survives, the_original_passes

if TYPE_CHECKING:
    from types import ModuleType


@pytest.fixture(scope="module")
def given() -> list[Example]:
    return examples(25)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__.rpartition(".")[2])
def test_most_mistakes_are_noticed_by_few_examples(
    module: ModuleType, given: list[Example]
) -> None:
    some = [*mutants_of(module)][5::50]

    noticed = [mutant for mutant in some if not survives(mutant, module, given)]

    assert the_original_passes(module, given)
    assert len(noticed) * 3 >= len(some) * 2  # some make no difference, and few examples are few
