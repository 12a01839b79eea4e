"""Refuses a name for a record or a sweep that says another kind of file than is written there.

An ending that says no kind, such as that of `run.2026-11-29`, is as good as none.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

import attrs

from speckhal.contract.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

_HDF5: Final = ".h5 .hdf5 .hdf .he5 .nc4"
_SQLITE: Final = ".sqlite .sqlite3 .db .db3"
_KINDS: Final = frozenset(
    (
        f"{_HDF5} {_SQLITE} "
        ".arrow .csv .duckdb .feather .mat .nc .npy .npz .ods .orc .parquet .tsv .xls .xlsx .zarr "
        ".ckpt .joblib .nir .onnx .pickle .pkl .pt .pth .safetensors "
        ".7z .bz2 .gz .lz4 .tar .tgz .xz .zip .zst "
        ".bmp .eps .gif .jpeg .jpg .mp4 .pdf .png .ps .svg .tif .tiff .webp "
        ".htm .html .ini .ipynb .json .jsonl .log .md .py .rst .toml .txt .xml .yaml .yml"
    ).split()
)
_RUN: Final = "speckhal.open_run({literal_file})"
_LATER: Final = {
    **dict.fromkeys((".csv", ".nc", ".npz"), "speckhal export {file} -o {wanted}"),
    **dict.fromkeys((".htm", ".html"), "speckhal report {file} -o {wanted}"),
    ".zarr": f"{_RUN}.to_xarray().to_zarr({{literal_wanted}})",
    ".parquet": f"{_RUN}.to_pandas().to_parquet({{literal_wanted}})",
    ".feather": f"{_RUN}.to_pandas().to_feather({{literal_wanted}})",
}
"""What makes that kind of file of a record."""


@attrs.frozen
class Endings:
    """Endings of one kind of file.

    Attributes:
        own: that say this kind, in small letters, the usual one first.
        later: what makes another kind of file of one of this kind, by its ending: a line with
            `{file}`, and `{wanted}` for that other file, as a shell takes them; or with
            `{literal_file}` and `{literal_wanted}`, as Python does.
    """

    own: tuple[str, ...]
    later: dict[str, str] = attrs.Factory(dict)

    def refuse_others(self, path: Path, asked: str) -> None:
        """Refuse a name whose ending is of another kind of file.

        Args:
            path: as the user gave it.
            asked: what it is for, as the beginning of a sentence: "Asked to record to".

        Raises:
            InputError: it is.
        """
        ending = path.suffix.lower()
        if ending in self.own or ending not in _KINDS:
            return
        name = path.with_suffix("")
        if name.suffix.lower() not in self.own:
            name = path.with_suffix(self.own[0])
        hint = f"Give a name such as {name}."
        if ending in self.later:
            line = self.later[ending].format(
                file=shlex.quote(str(name)),
                wanted=shlex.quote(str(path)),
                literal_file=repr(str(name)),
                literal_wanted=repr(str(path)),
            )
            in_python = ", in Python" * ("{literal_file}" in self.later[ending])
            hint += f" Afterwards{in_python}: {line}"
        raise InputError(f"{asked} {path}, and that ending is of another kind of file.", hint=hint)


HDF5: Final = Endings(tuple(_HDF5.split()), _LATER)
SQLITE: Final = Endings(tuple(_SQLITE.split()))
