"""Runs as `python -m lab`, and keeps its results with pickle."""

import pickle
import sys
from dataclasses import dataclass
from pathlib import Path

from lab.boards import kit


@dataclass
class Run:
    name: str
    serial: str


Path(sys.argv[1]).write_bytes(pickle.dumps(Run("first", kit.get_board_serial_number())))
print(pickle.loads(Path(sys.argv[1]).read_bytes()))
