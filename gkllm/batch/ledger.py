"""The ledger of a batch: what each input gave, on the disk before it counts as done.

One SQLite file in the output folder. A result and the fact that it is there are one row, so
neither can exist without the other; rows of a group are one transaction that is on the disk
(WAL, synchronous=FULL) when `add` returns. Outputs are rendered from here and are disposable.
A lock beside it, which the system drops when its owner dies, keeps a second batch out.
"""

from __future__ import annotations

import contextlib
import sqlite3
import sys
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gkllm.errors import BatchStopped, CannotWrite, DamagedLedger, FolderInUse

__all__ = ["FILE", "LOCK", "Entry", "Ledger", "Line", "Result", "cannot_write", "locked", "writing"]

FILE, LOCK = "ledger.sqlite", "ledger.lock"
_VERSION = 1
_PATIENCE = 60.0  # seconds to wait while another program, a viewer say, holds the file

_SCHEMA = """
CREATE TABLE IF NOT EXISTS result (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, so it names a line for good
  key BLOB NOT NULL UNIQUE,  -- of the input with all that decides its answer
  error TEXT,                -- the code of a refusal; null for a report
  open INTEGER NOT NULL,     -- fields that are disputed or missing
  doubtful INTEGER NOT NULL, -- 1 if a field is disputed or a check fails
  line BLOB NOT NULL,        -- the line of reports.jsonl, compressed by zlib
  aside TEXT NOT NULL,       -- what the report does not hold and the batch needs, as JSON
  questions INTEGER,         -- to a model that would be asked; null where they were not counted
  again INTEGER NOT NULL     -- 1 if a model could not answer and should be asked another time
);
CREATE VIEW IF NOT EXISTS entry AS
SELECT key, id, error, open, doubtful, questions, again FROM result;
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What one input gave; `line` is compressed JSON, `error` the code of a refusal."""

    key: bytes
    error: str | None
    open: int
    doubtful: bool
    line: bytes
    aside: str = "{}"
    questions: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A result that the ledger holds."""

    id: int
    error: str | None
    open: int
    doubtful: bool
    questions: int | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line of reports.jsonl (UTF-8, no line end), the code of a refusal, what stands aside."""

    line: bytes
    error: str | None
    aside: str


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other batches out of a folder, until this block or this process ends.

    Raises FolderInUse, CannotWrite.
    """
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / LOCK).open("a+b")
    with file:
        try:
            _lock(file)
        except OSError:
            raise FolderInUse(
                f"Another batch is writing to {folder}. Wait until it has ended, "
                "or name another folder with --out."
            ) from None
        yield


if sys.platform == "win32":
    import msvcrt

    def _lock(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(file: BinaryIO) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


class Ledger:
    """The results of a folder. One thread adds; any thread may ask.

    Raises DamagedLedger where the file is no ledger, CannotWrite where the disk is full or may
    not be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._threads = threading.local()
        self._opened: list[sqlite3.Connection] = []
        with self._minding():
            self._own = self._connected()
            found = self._own.execute("PRAGMA user_version").fetchone()[0]
            if found > _VERSION:
                raise BatchStopped(
                    f"{self.path} was written by a later version of gkllm. "
                    "Use that version, or name another folder with --out."
                )
            self._own.execute("PRAGMA journal_mode=WAL")
            self._own.execute("PRAGMA synchronous=FULL")
            self._own.executescript(_SCHEMA)
            self._own.execute(f"PRAGMA user_version={_VERSION}")

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection. What was added stays."""
        for connection in self._opened:
            with contextlib.suppress(sqlite3.Error):
                connection.close()
        self._opened.clear()

    def find(self, key: bytes) -> Entry | None:
        """The result of a key, if there is one."""
        return self._entry("SELECT * FROM entry WHERE key = ?", key)

    def entry(self, number: int) -> Entry:
        """The result of an id."""
        found = self._entry("SELECT * FROM entry WHERE id = ?", number)
        if found is None:
            raise _damaged(self.path, f"result {number} is gone")
        return found

    def _entry(self, asked: str, value: bytes | int) -> Entry | None:
        with self._minding():
            row = self._mine.execute(asked, (value,)).fetchone()
        if row is None:
            return None
        _, number, error, left_open, doubtful, questions, again = row
        return Entry(number, error, left_open, bool(doubtful), questions, bool(again))

    def add(self, results: Iterable[Result]) -> list[int]:
        """Make results durable, all or none; returns their ids.

        A key that is there with the same line keeps its id; with another, it gets a new one.
        """
        with self._minding(), self._transaction() as connection:
            return [_put(connection, result) for result in results]

    def lines(self, ids: Sequence[int]) -> Iterator[Line]:
        """The lines of some results, in order."""
        with self._minding():
            asking = self._mine
            for each in ids:
                row = asking.execute(
                    "SELECT line, error, aside FROM result WHERE id = ?", (each,)
                ).fetchone()
                if row is None:
                    raise _damaged(self.path, f"result {each} is gone")
                try:
                    yield Line(zlib.decompress(row[0]), row[1], row[2])
                except zlib.error as error:
                    raise _damaged(self.path, str(error)) from error

    def keep_only(self, ids: Iterable[int]) -> int:
        """Drop all results but these, and give their space back; returns how many went.

        What was kept is there whenever this ends, and so is all else if it does not end.
        """
        with self._minding():
            self._own.execute("CREATE TEMP TABLE kept (id INTEGER PRIMARY KEY)")
            with self._transaction() as connection:
                connection.executemany(
                    "INSERT OR IGNORE INTO kept VALUES (?)", ((each,) for each in ids)
                )
                gone = connection.execute(
                    "DELETE FROM result WHERE id NOT IN (SELECT id FROM kept)"
                ).rowcount
            self._own.execute("DROP TABLE temp.kept")
            if gone:
                self._own.execute("VACUUM")
                self._own.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return gone

    def note(self, name: str, value: str) -> None:
        """Remember a word about the folder."""
        with self._minding(), self._transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def noted(self, name: str) -> str | None:
        """What was remembered under a name."""
        with self._minding():
            row = self._own.execute("SELECT value FROM note WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._own.execute("BEGIN IMMEDIATE")
        try:
            yield self._own
            self._own.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._own.execute("ROLLBACK")
            raise

    @property
    def _mine(self) -> sqlite3.Connection:
        """A connection of this thread, to read from."""
        found: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            found = self._threads.connection = self._connected()
        return found

    def _connected(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False
        )
        self._opened.append(connection)
        return connection

    @contextmanager
    def _minding(self) -> Iterator[None]:
        """Turn what SQLite says into what a person can do about it."""
        try:
            yield
        except sqlite3.OperationalError as error:
            if "malformed" in str(error):
                raise _damaged(self.path, str(error)) from error
            raise cannot_write(self.path.parent, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise _damaged(self.path, str(error)) from error


def _put(connection: sqlite3.Connection, result: Result) -> int:
    told = (result.line, result.aside, result.questions, int(result.again))
    row = connection.execute(
        "SELECT id, line, aside, questions, again FROM result WHERE key = ?", (result.key,)
    ).fetchone()
    if row is not None:
        if row[1:] == told:
            return int(row[0])
        connection.execute("DELETE FROM result WHERE id = ?", (row[0],))
    added = connection.execute(
        "INSERT INTO result (key, error, open, doubtful, line, aside, questions, again) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (result.key, result.error, result.open, int(result.doubtful), *told),
    )
    return int(added.lastrowid or 0)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Turn a failure to write into the error that says what to do. Raises CannotWrite."""
    try:
        yield
    except OSError as error:
        raise cannot_write(folder, error.strerror or str(error)) from error


def cannot_write(folder: Path, reason: str) -> CannotWrite:
    """The error that says what to do about a folder that takes no more."""
    return CannotWrite(
        f"Cannot write to {folder}: {reason}. See that there is space and that you may write "
        "there, then run the same command again: what is done is kept, and it continues."
    )


def _damaged(path: Path, reason: str) -> DamagedLedger:
    aside = path.with_name(f"{path.name}.damaged")
    return DamagedLedger(
        f"{path} is damaged ({reason}). Move it away (for instance to {aside.name}, with "
        f"{path.name}-wal and {path.name}-shm) and run the same command again: it starts anew. "
        f"`sqlite3 {aside.name} .recover` may save what it held."
    )
