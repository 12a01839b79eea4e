"""The path of `speck_facts` in version 0.1.0, which plugins made with its scaffold import."""

from speckhal_samna.speck_facts import SETTLE_AFTER_APPLY_S, UPDATES_PER_S

__all__ = ["SETTLE_AFTER_APPLY_S", "UPDATES_PER_S"]
