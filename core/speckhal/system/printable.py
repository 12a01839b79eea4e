"""Text that a terminal shows as it is: what would steer the terminal is written out.

Names, summaries and errors come from plugins, boards and files. An escape code in one could
recolour, overwrite or hide what stands around it, and a file name need not be any text at all.
`speckhal.cli.terminal.layout.wrap` passes every paragraph through here; what is printed without it,
such as cells of a table, must be passed by who prints it.
"""

from __future__ import annotations

import re
from typing import Final

_STEERS: Final = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters but the tabulator and the line's end
    "\u200e\u200f\u202a-\u202e\u2066-\u2069"  # which change the direction of what follows
    "\u2028\u2029"  # ends of lines and paragraphs
    "\ud800-\udfff"  # halves of characters, and by these Python keeps bytes that are not text
    "]"
)
_KEPT_BYTES: Final = range(0xDC80, 0xDD00)
"""By these characters Python keeps the bytes 0x80 to 0xff of a name that is not text."""


def printable(text: object) -> str:
    r"""The text with what steers a terminal written out, such as `\x1b` for an escape."""
    return _STEERS.sub(_written_out, str(text))


def _written_out(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code in _KEPT_BYTES:
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"
