"""The normalizations of torch that deploying knows, and what computes weights by hooks.

Everything here is public, or is looked for only when it is needed: torch has deprecated the norms
that work by hooks. Where a release of torch lacks one, no network uses it and nothing is missing.
"""

from __future__ import annotations

import contextlib
import importlib
from typing import Any, Final

from torch import nn

BATCH_NORMS: Final = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)

_HOOKS: Final = (
    ("torch.nn.utils.weight_norm", "WeightNorm"),
    ("torch.nn.utils.spectral_norm", "SpectralNorm"),
    ("torch.nn.utils.prune", "BasePruningMethod"),
)


def hooks_that_compute_weights() -> tuple[type[Any], ...]:
    """The classes of torch's hooks that compute a weight before each call, as far as it has them.

    Each has `remove(module)`, which makes the weight a parameter.
    """
    found = []
    for module, name in _HOOKS:
        with contextlib.suppress(ImportError, AttributeError):
            found.append(getattr(importlib.import_module(module), name))
    return tuple(found)
