"""Answers kept on disk; the only importer of diskcache.

diskcache pickles by default, takes file names from its rows, and sets attributes of itself from a
table: whoever can write the database can run code or reach other files (CVE-2025-69872), and its
JSONDisk cures none of it. So here: text keys, bytes within the row and nothing else, a database
that is looked over before diskcache opens it, and a seal on each value that a secret outside the
cache makes. What is damaged, tampered or locked is a miss, never an exception and never a value.

Nothing is ever evicted: at `limit` bytes the cache takes no more, and says so in `trouble`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import diskcache
from platformdirs import user_cache_path, user_data_path

from gkllm.errors import UnusableSetting

LIMIT = 8 * 2**30  # bytes of the database; a million answers take about one
LARGEST = 4 * 2**20  # bytes of one value, inflated
PATIENCE = 2.0  # seconds to wait for another process that writes
_DATABASE = "cache.db"
_SEAL = hashlib.sha256().digest_size
# Every setting that diskcache keeps in the database, where it is read back and applied.
_SETTINGS: dict[str, int | str] = {
    "statistics": 0, "tag_index": 0, "eviction_policy": "none", "cull_limit": 0,
    "size_limit": 2**62,  # `put` keeps the limit, and says when it is reached
    "sqlite_auto_vacuum": 1, "sqlite_cache_size": 2**13, "sqlite_journal_mode": "wal",
    "sqlite_mmap_size": 0, "sqlite_synchronous": 1,
    "disk_min_file_size": 0, "disk_pickle_protocol": 0,
}  # fmt: skip
_COUNTED = {"count", "size", "hits", "misses"}
_SCHEMA = {
    "Settings", "Cache", "Cache_key_raw", "Cache_expire_time", "sqlite_autoindex_Settings_1",
    "Settings_count_insert", "Settings_count_delete",
    "Settings_size_insert", "Settings_size_update", "Settings_size_delete",
}  # fmt: skip
# All that a disk, a database or a lock can do to a cache.
_FAILURES = (sqlite3.Error, OSError, ValueError, TypeError, AttributeError, diskcache.Timeout)

T = TypeVar("T")


class Stats(NamedTuple):
    """What a cache holds: entries, and bytes on disk."""

    folder: Path
    entries: int
    bytes: int
    limit: int


class _Refused(OSError):
    """A row that this program did not write; diskcache takes an OSError for a miss."""


class _Disk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Text keys and bytes within the row; no pickle, no file, whatever a row says."""

    def put(self, key: object) -> tuple[str, bool]:
        if type(key) is not str:
            raise TypeError("keys of the cache are text")
        return key, True

    def get(self, key: object, raw: object) -> str:
        if type(key) is not str or not raw:
            raise _Refused("not a key of ours")
        return key

    def store(
        self, value: object, read: bool, key: object = None
    ) -> tuple[int, int, None, memoryview]:
        if type(value) is not bytes or read:
            raise TypeError("values of the cache are bytes")
        return 0, diskcache.core.MODE_RAW, None, sqlite3.Binary(value)

    def fetch(self, mode: object, filename: object, value: object, read: object) -> bytes:
        if mode != diskcache.core.MODE_RAW or filename is not None or type(value) is not bytes:
            raise _Refused("not a row of ours")
        return value

    def filename(self, key: object = None, value: object = None) -> tuple[str, str]:
        raise _Refused("values are never files")

    def remove(self, file_path: object) -> None:
        """Nothing: there are no files of ours, and those that a row names are others'."""


class Cache:
    """JSON values by text keys; safe with several processes and threads.

    All work is done in one thread of its own, the only one that has the database open.
    """

    def __init__(
        self, folder: Path | None = None, *, limit: int | None = None, secret: bytes | None = None
    ) -> None:
        self.folder = folder or _folder()
        self.trouble: str | None = None
        self._limit = limit or _limit()
        self._secret = secret or _secret()
        self._worker = ThreadPoolExecutor(1, "gkllm-cache")
        self._opened: diskcache.Cache | None = None
        self._given_up = False

    def get(self, key: str) -> Any:
        """The value, or None."""
        blob = self._try(lambda cache: cache.get(key))
        return None if blob is None else self._unsealed(key, blob)

    def put(self, key: str, value: Any) -> bool:
        """Keep a value of JSON; False where it could not be kept."""
        blob = self._sealed(key, value)

        def write(cache: diskcache.Cache) -> bool:
            if cache.volume() + len(blob) > self._limit:
                self.trouble = (
                    f"The cache is full ({self._limit:,} bytes), new answers are not kept. "
                    "`gkllm cache clear` empties it; GKLLM_CACHE_LIMIT sets its size in bytes."
                )
                return False
            return bool(cache.set(key, blob))

        return len(blob) <= LARGEST and bool(self._try(write))

    def claim(self, key: str, seconds: float) -> bool:
        """Whether the caller is the one to find the value; the claim ends after so many seconds.

        Without a working cache everyone is.
        """
        owner = str(os.getpid()).encode()
        won = self._try(lambda cache: cache.add(_claim(key), owner, expire=seconds))
        return won is not False

    def claimed(self, key: str) -> bool:
        """Whether somebody is looking for the value at the moment."""
        return self._try(lambda cache: cache.get(_claim(key))) is not None

    def release(self, key: str) -> None:
        """End a claim."""
        self._try(lambda cache: cache.delete(_claim(key)))

    def stats(self) -> Stats:
        """What it holds, without making a cache where there is none."""
        if not (self.folder / _DATABASE).exists():
            return Stats(self.folder, 0, 0, self._limit)
        entries = self._try(_count) or 0
        size = sum(file.stat().st_size for file in _files(self.folder) if file.exists())
        return Stats(self.folder, entries, size, self._limit)

    def clear(self) -> int:
        """Forget everything; how many entries there were."""
        if not (self.folder / _DATABASE).exists():
            return 0

        def empty(cache: diskcache.Cache) -> int:
            held = _count(cache)
            cache.clear()
            cache._sql("VACUUM")
            return held

        return self._try(empty) or 0

    def close(self) -> None:
        """Close the database; nothing can be asked of it any more."""
        with suppress(RuntimeError):  # Python is ending and has ended the thread
            self._worker.submit(self._close)
        self._worker.shutdown()

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _try(self, work: Callable[[diskcache.Cache], T]) -> T | None:
        return self._worker.submit(self._do, work).result()

    def _do(self, work: Callable[[diskcache.Cache], T]) -> T | None:
        """Do it; None where the cache cannot. A damaged database is put aside and made anew."""
        for _ in range(2):
            if self._opened is None and not self._given_up:
                self._open()
            if self._opened is None:
                return None
            try:
                return work(self._opened)
            except _FAILURES as error:
                self.trouble = f"The cache in {self.folder} cannot be used: {_words(error)}."
                if not _damaged(error):
                    return None
                self._close()
                _put_aside(self.folder)
        self._given_up = True
        return None

    def _open(self) -> None:
        try:
            self._opened = _opened(self.folder)
        except _FAILURES as error:
            self._given_up = True
            self.trouble = (
                f"No cache: {self.folder} cannot be used ({_words(error)}). "
                "GKLLM_CACHE_DIR names another folder."
            )

    def _sealed(self, key: str, value: Any) -> bytes:
        text = json.dumps(value, allow_nan=False, separators=(",", ":"))
        body = zlib.compress(text.encode("ascii"), 1)
        return self._seal(key, body) + body

    def _unsealed(self, key: str, blob: bytes) -> Any:
        seal, body = blob[:_SEAL], blob[_SEAL:]
        if not hmac.compare_digest(seal, self._seal(key, body)):
            return None
        try:
            return json.loads(zlib.decompressobj().decompress(body, LARGEST))
        except (zlib.error, ValueError, RecursionError):
            return None

    def _seal(self, key: str, body: bytes) -> bytes:
        return hmac.digest(self._secret, key.encode() + b"\0" + body, "sha256")


def _opened(folder: Path) -> diskcache.Cache:
    """The database of this folder, looked over; a new one if it is not as we made it."""
    name = str(folder)
    if os.path.expandvars(name) != name or name.startswith("~"):  # diskcache would expand it
        raise _Refused("a name with $ or ~ in it")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _look_over(folder)
    except (sqlite3.Error, _Refused) as error:
        if not _damaged(error):
            raise
        _put_aside(folder)
    return diskcache.Cache(name, timeout=PATIENCE, disk=_Disk, **_SETTINGS)


def _look_over(folder: Path) -> None:
    """Refuse a database that diskcache should not open: it applies settings before any check."""
    if any(file.is_symlink() for file in _files(folder)):
        raise _Refused("a link in the place of the database")
    path = folder / _DATABASE
    if not path.exists() or not path.stat().st_size:
        return
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, PATIENCE, isolation_level=None, uri=True)) as database:
        database.execute("PRAGMA trusted_schema = OFF")
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        if not names <= _SCHEMA:
            raise _Refused("tables that are not ours")
        if "Settings" in names:
            for key, value in database.execute("SELECT key, value FROM Settings"):
                if key not in _COUNTED and _SETTINGS.get(key) != value:
                    raise _Refused("settings that are not ours")
        database.execute("BEGIN IMMEDIATE")  # raises where another process holds it for long
        database.execute("ROLLBACK")


def _damaged(error: Exception) -> bool:
    """Whether the database itself is at fault, and not a lock, the disk or its rights."""
    if isinstance(error, sqlite3.OperationalError):
        return "no such" in str(error) or "malformed" in str(error)
    return isinstance(error, sqlite3.DatabaseError | _Refused)


def _put_aside(folder: Path) -> None:
    """Rename the database, so that a new one can be made; only the last such is kept."""
    for file in _files(folder):
        with suppress(OSError):
            file.replace(file.with_name(f"{file.name}.damaged"))


def _files(folder: Path) -> list[Path]:
    return [folder / f"{_DATABASE}{ending}" for ending in ("", "-wal", "-shm")]


def _claim(key: str) -> str:
    return f"claim {key}"


def _count(cache: diskcache.Cache) -> int:
    query = "SELECT count(*) FROM Cache WHERE key NOT LIKE 'claim %'"
    [(count,)] = cache._sql(query).fetchall()
    return int(count)


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__


def _folder() -> Path:
    named = os.environ.get("GKLLM_CACHE_DIR")
    return Path(named) if named else user_cache_path("gkllm", appauthor=False) / "answers"


def _limit() -> int:
    named = os.environ.get("GKLLM_CACHE_LIMIT")
    if named and not named.isdecimal():
        raise UnusableSetting("GKLLM_CACHE_LIMIT: give the size as a number of bytes.")
    return int(named) if named else LIMIT


def _secret() -> bytes:
    """What values are sealed with: GKLLM_CACHE_KEY, else a file outside the cache.

    Where no file can be kept, a secret for this process alone: what others wrote is a miss then.
    """
    named = os.environ.get("GKLLM_CACHE_KEY")
    if named:
        return hashlib.sha256(named.encode()).digest()
    fresh = secrets.token_bytes(32)
    path = user_data_path("gkllm", appauthor=False) / "cache.secret"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        part.touch(mode=0o600)
        part.write_bytes(fresh)
        try:
            os.link(part, path)  # never over that of another process, and never half of one
        except FileExistsError:
            pass
        finally:
            part.unlink()
        return path.read_bytes()
    except OSError:
        return fresh
