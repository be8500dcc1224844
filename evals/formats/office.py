"""Files as LibreOffice writes them: .doc, .rtf, .pdf … from what we set ourselves.

Conversions are kept in a folder by what they were made from, since one takes a second and many
in one call take a tenth of it: `warm` makes many at once.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

KEPT = Path(os.environ.get("GKLLM_OFFICE_CACHE", Path(tempfile.gettempdir()) / "gkllm-office"))
_AT_ONCE = 25
_SECONDS = 600


def program() -> str | None:
    """LibreOffice, if it is installed."""
    return shutil.which("soffice") or shutil.which("libreoffice")


def converted(data: bytes, ending: str, target: str) -> bytes:
    """A file of some format as LibreOffice writes it in another ("doc", "rtf", "pdf")."""
    path = _path(data, ending, target)
    if not path.exists():
        warm([data], ending, target)
    return path.read_bytes()


def warm(files: Sequence[bytes], ending: str, target: str) -> None:
    """Convert many files at once, so that `converted` finds them."""
    wanted = [data for data in files if not _path(data, ending, target).exists()]
    for at in range(0, len(wanted), _AT_ONCE):
        _convert(wanted[at : at + _AT_ONCE], ending, target)


def _path(data: bytes, ending: str, target: str) -> Path:
    return KEPT / f"{hashlib.sha256(data).hexdigest()[:24]}-{ending}.{target.partition(':')[0]}"


def _convert(files: Sequence[bytes], ending: str, target: str) -> None:
    office = program()
    if office is None:
        raise FileNotFoundError("LibreOffice is not installed (soffice).")
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for number, data in enumerate(files):
            sources.append(Path(folder) / f"{number}.{ending}")
            sources[-1].write_bytes(data)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        how = ["--headless", "--convert-to", target, "--outdir", folder]
        subprocess.run(  # noqa: S603 - a program of this machine, files of our own
            [office, profile, *how, *map(str, sources)],
            check=True,
            capture_output=True,
            timeout=_SECONDS,
        )
        for number, data in enumerate(files):
            made = Path(folder) / f"{number}.{target.partition(':')[0]}"
            shutil.move(made, _path(data, ending, target))
