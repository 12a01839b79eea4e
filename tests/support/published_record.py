"""The published leak of a Speck2f as a run: what `core/speckhal/runs/published_leak.h5` is made of.

python tests/support/published_record.py    # writes that file anew
"""

from __future__ import annotations

from typing import Final

import numpy as np

import speckhal
from speckhal.contract.leak_config import PlainLeakConfig
from speckhal.discovery.opening import select
from speckhal.runs.save_run import save_run

NOTES: Final = {
    "source": "sinabs documentation, docs/speck/notebooks/leak_neuron.ipynb, with its recorded "
    "output: a Speck2f module dev kit, April 2023. Published: the 20 readings of 4 neurons, and "
    "the rate of 1 Hz that was asked for.",
    "inferred": "Scale 127, thresholds 127 and -127, start at 127 and bias -13 were not read from "
    "the chip: they follow from sinabs' rounding of the numbers in the script (weight 1, bias "
    "-0.1, spike_threshold 1, min_v_mem -1, start 1). Times are those of the script's requests, "
    "0.5 s apart.",
    "uncertain": "The clock was running before the first reading. How long a reading took, the "
    "serial number, the firmware and the day are not known.",
}
"""Where the numbers are from, and which of them nobody measured."""

V_MEM: Final = (101, 88, 75, 62, 49, 36, 23, 10, -3, -16)
"""As printed, each twice in a row, of all four neurons alike."""


def published_run() -> speckhal.Run:
    """The published readings, and what follows from the script that made them."""
    chip = select("speck2f")[0].chip()
    v_mem = np.repeat(np.array(V_MEM, np.int16), 2)[:, None, None, None]
    layer = speckhal.DeployedLayer(
        index=0,
        core=0,
        shape=(1, 2, 2),
        scale=127.0,
        biases=np.array([-13], np.int16),
        wanted_biases=np.array([-0.1]),
        threshold_high=127,
        threshold_low=-127,
        leak_enable=True,
        rate_hz=1,
    )
    leak = PlainLeakConfig(speckhal.ClockDrive.EXTERNAL, rate_hz=1)
    time_s = np.arange(len(v_mem), dtype=np.float64) * 0.5
    return speckhal.Run(
        info=speckhal.DeviceInfo("speck2f", "Speck2fModuleDevKit", chip, emulated=False),
        deployment=speckhal.Deployment((layer,), leak),
        traces=(speckhal.Trace(0, time_s, np.tile(v_mem, (1, 1, 2, 2))),),
        provenance=speckhal.Provenance(
            run_id="published-leak",
            started_at="2023-04",
            input_shape=(1, 2, 2),
            sampling={"every_s": 0.5, "for_s": 9.5},
            states="leaked",
            start=127,
            notes=NOTES,
        ),
    )


if __name__ == "__main__":
    save_run(published_run(), speckhal.published_leak_path(), overwrite=True)
