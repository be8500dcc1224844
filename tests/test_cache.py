"""The cache: what it keeps, and that nobody who writes to its files can make it do anything."""

from __future__ import annotations

import os
import pickle
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gkllm.cache import Cache
from gkllm.errors import UnusableSetting

SECRET = b"s" * 32
VALUES = {f"key {n}": {"quote": f"收到{n}件\r\n", "value": n, "none": None} for n in range(4)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "answers"


@pytest.fixture
def filled(folder: Path) -> Path:
    with closing(opened(folder)) as cache:
        for key, value in VALUES.items():
            assert cache.put(key, value)
    return folder


def opened(folder: Path, **more: Any) -> Cache:
    return Cache(folder, **{"secret": SECRET, **more})


def sql(folder: Path, *statements: tuple[str, tuple[Any, ...]] | str) -> None:
    with closing(sqlite3.connect(folder / "cache.db", isolation_level=None)) as database:
        for statement in statements:
            database.execute(*((statement,) if isinstance(statement, str) else statement))


def test_values_come_back_as_they_were(filled: Path) -> None:
    large = {"text": "\r\n件😀\ud83d" * 50_000}
    with closing(opened(filled)) as cache:
        assert {key: cache.get(key) for key in VALUES} == VALUES
        assert cache.get("another") is None
        assert cache.put("large", large)
        assert cache.get("large") == large
        assert cache.trouble is None
    assert {path.name for path in filled.iterdir()} <= {"cache.db", "cache.db-wal", "cache.db-shm"}


def test_stats_and_clear(filled: Path) -> None:
    with closing(opened(filled)) as cache:
        cache.claim("key 9", 5)
        held = cache.stats()
        assert (held.folder, held.entries) == (filled, 4)
        assert held.bytes > 1000
        assert cache.clear() == 4
        assert cache.stats().entries == 0
        assert cache.get("key 1") is None


def test_looking_makes_no_cache(folder: Path) -> None:
    with closing(opened(folder)) as cache:
        assert (cache.stats().entries, cache.clear()) == (0, 0)
    assert not folder.exists()


def test_a_full_cache_says_so_and_forgets_nothing(folder: Path) -> None:
    with closing(opened(folder, limit=200_000)) as cache:
        kept = [n for n in range(60) if cache.put(f"k{n}", os.urandom(4000).hex())]
        assert 5 < len(kept) < 60
        assert cache.trouble is not None
        assert "gkllm cache clear" in cache.trouble
        assert all(cache.get(f"k{n}") for n in kept)


def test_another_secret_makes_misses(filled: Path) -> None:
    with closing(opened(filled, secret=b"t" * 32)) as cache:
        assert [cache.get(key) for key in VALUES] == [None] * 4


def test_the_limit_of_the_environment(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("GKLLM_CACHE_LIMIT", "1234567")
    with closing(opened(folder)) as cache:
        assert cache.stats().limit == 1234567
    monkeypatch.setenv("GKLLM_CACHE_LIMIT", "2 GB")
    with pytest.raises(UnusableSetting, match="number of bytes"):
        opened(folder)


def test_a_claim_is_one_callers_until_it_ends(folder: Path) -> None:
    with closing(opened(folder)) as one, closing(opened(folder)) as other:
        assert one.claim("k", 60)
        assert not other.claim("k", 60)
        assert other.claimed("k")
        one.release("k")
        assert not other.claimed("k")
        assert other.claim("k", 0.0)
        assert one.claim("k", 60)  # the other's has run out


def test_threads_share_a_cache(folder: Path) -> None:
    with closing(opened(folder)) as cache:

        def work(start: int) -> None:
            for n in range(start, start + 50):
                assert cache.put(f"k{n}", n)
                assert cache.get(f"k{n}") == n

        threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert cache.stats().entries == 200


WRITER = """
import sys
from pathlib import Path
from gkllm.cache import Cache
cache = Cache(Path(sys.argv[1]), secret=b"s" * 32)
print("ready", flush=True)
for n in range(int(sys.argv[2]), int(sys.argv[2]) + int(sys.argv[3])):
    assert cache.put(f"k{n}", {"n": n, "text": "x" * 2000}), cache.trouble
    print(n, flush=True)
cache.close()
"""


def writer(folder: Path, start: int, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(folder), str(start), str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_processes_share_a_cache(folder: Path) -> None:
    for process in [writer(folder, start, 200) for start in (0, 1000)]:
        process.communicate()
        assert process.returncode == 0
    with closing(opened(folder)) as cache:
        assert cache.stats().entries == 400
        assert all(cache.get(f"k{n}") == {"n": n, "text": "x" * 2000} for n in range(200))


def test_what_was_kept_survives_kill_9(folder: Path) -> None:
    for round_ in range(3):
        process = writer(folder, 10_000 * round_, 10_000)
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(60)]
        process.kill()
        told += process.stdout.readlines()
        process.wait()
        process.stdout.close()
        written = [int(line) for line in told if line.strip().isdecimal() and line.endswith("\n")]
        with closing(opened(folder)) as cache:
            assert len(written) >= 59
            assert all(cache.get(f"k{n}") == {"n": n, "text": "x" * 2000} for n in written)


def test_a_lock_held_for_long_is_waited_for_a_little(filled: Path) -> None:
    with closing(sqlite3.connect(filled / "cache.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with closing(opened(filled)) as cache:
            assert cache.get("key 1") is None
            assert not cache.put("key 1", 1)
            assert cache.claim("key 1", 5)  # nobody waits for a cache that does not work
            assert cache.trouble is not None
            assert "locked" in cache.trouble
        other.execute("ROLLBACK")
    with closing(opened(filled)) as cache:
        assert cache.get("key 1") == VALUES["key 1"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with closing(opened(tmp_path / "answers")) as cache:
        assert (cache.get("k"), cache.put("k", 1)) == (None, False)
        assert "GKLLM_CACHE_DIR" in str(cache.trouble)


def test_a_file_in_the_place_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "answers").write_text("mine")
    with closing(opened(tmp_path / "answers")) as cache:
        assert (cache.get("k"), cache.put("k", 1)) == (None, False)
        assert "GKLLM_CACHE_DIR" in str(cache.trouble)
    assert (tmp_path / "answers").read_text() == "mine"


# What somebody who may write to the files of the cache could do with them (goal G8).


class Boom:
    """Runs code when it is unpickled."""

    def __init__(self, witness: Path) -> None:
        self.witness = witness

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.witness,)


Tamper = Callable[[Path, Path], None]  # the folder of the cache, and one outside of it


def _update(change: str, *values: Any) -> Tamper:
    statement = f"UPDATE Cache SET {change}"  # noqa: S608  # the words below
    return lambda folder, outside: sql(folder, (statement, values))


def _pickle(folder: Path, outside: Path) -> None:
    boom = pickle.dumps(Boom(outside / "run"))
    sql(folder, ("UPDATE Cache SET mode = 4, value = ?", (boom,)))


def _pickle_in_a_file(folder: Path, outside: Path) -> None:
    (outside / "boom").write_bytes(pickle.dumps(Boom(outside / "run")))
    name = str(outside / "boom")
    sql(folder, ("UPDATE Cache SET mode = 4, value = NULL, filename = ?", (name,)))


def _pickled_key(folder: Path, outside: Path) -> None:
    boom = pickle.dumps(Boom(outside / "run"))
    sql(folder, ("UPDATE Cache SET key = ?, raw = 0 WHERE rowid = 1", (boom,)))


def _file(mode: int) -> Tamper:
    def tamper(folder: Path, outside: Path) -> None:
        name = str(outside / "precious")
        sql(folder, ("UPDATE Cache SET mode = ?, value = NULL, filename = ?", (mode, name)))

    return tamper


def _climbing_file(folder: Path, outside: Path) -> None:
    name = os.path.relpath(outside / "precious", folder)
    sql(folder, ("UPDATE Cache SET filename = ?, expire_time = 1", (name,)))


def _swapped(folder: Path, outside: Path) -> None:
    sql(
        folder,
        "CREATE TABLE Swap AS SELECT key, value FROM Cache",
        "UPDATE Cache SET value = (SELECT value FROM Swap WHERE Swap.key != Cache.key LIMIT 1)",
        "DROP TABLE Swap",
    )


def _flipped(folder: Path, outside: Path) -> None:
    with closing(sqlite3.connect(folder / "cache.db", isolation_level=None)) as database:
        for rowid, value in database.execute("SELECT rowid, value FROM Cache").fetchall():
            place = 7 * rowid % len(value)
            flipped = value[:place] + bytes([value[place] ^ 1]) + value[place + 1 :]
            database.execute("UPDATE Cache SET value = ? WHERE rowid = ?", (flipped, rowid))


def _setting(key: str, value: Any) -> Tamper:
    return lambda folder, outside: sql(
        folder,
        (
            "INSERT OR REPLACE INTO Settings VALUES (?, ?)",
            (key, str(outside) if value is Path else value),
        ),
    )


def _trigger(folder: Path, outside: Path) -> None:
    sql(
        folder,
        "CREATE TRIGGER Evil AFTER INSERT ON Cache BEGIN UPDATE Cache SET mode = 4; END",
    )


def _view(folder: Path, outside: Path) -> None:
    sql(folder, "ALTER TABLE Cache RENAME TO Old", "CREATE VIEW Cache AS SELECT * FROM Old")


def _damage(change: Callable[[bytes], bytes]) -> Tamper:
    def tamper(folder: Path, outside: Path) -> None:
        path = folder / "cache.db"
        path.write_bytes(change(path.read_bytes()))

    return tamper


def _linked(folder: Path, outside: Path) -> None:
    (folder / "cache.db").replace(outside / "cache.db")
    (folder / "cache.db").symlink_to(outside / "cache.db")


def _replaced_by_a_folder(folder: Path, outside: Path) -> None:
    (folder / "cache.db").unlink()
    (folder / "cache.db").mkdir()


FORGED = zlib.compress(b'{"quote": "x", "value": 999}')

TAMPERS: dict[str, Tamper] = {
    "a pickle": _pickle,
    "a pickle in a file": _pickle_in_a_file,
    "a pickled key": _pickled_key,
    "a binary file outside": _file(2),
    "a text file outside": _file(3),
    "a pickle file outside": _file(4),
    "a file above, run out": _climbing_file,
    "a forged value": _update("value = ?", b"0" * 32 + FORGED),
    "a forged value without seal": _update("value = ?", FORGED),
    "a short value": _update("value = ?", b"1"),
    "an empty value": _update("value = ?", b""),
    "a cut value": _update("value = substr(value, 1, length(value) - 3)"),
    "flipped bits": _flipped,
    "values of other keys": _swapped,
    "a bomb": _update("value = ?", b"0" * 32 + zlib.compress(b" " * 10**8)),
    "text for bytes": _update("value = 'text'"),
    "a number for bytes": _update("value = 37"),
    "nothing for bytes": _update("value = NULL"),
    "an unknown mode": _update("mode = 99"),
    "keys that are bytes": _update("key = CAST(key AS BLOB)"),
    "run out": _update("expire_time = 1"),
    "a folder set": _setting("_directory", Path),
    "a pragma set": _setting("sqlite_temp_store_directory", Path),
    "a journal set": _setting("sqlite_journal_mode", "off"),
    "a disk set": _setting("disk_evil", 1),
    "a method replaced": _setting("get", 1),
    "an eviction set": _setting("eviction_policy", "least-recently-stored"),
    "a size set": _setting("size_limit", 1),
    "culling set": _setting("cull_limit", 10),
    "a word for a number": _setting("count", "many"),
    "a trigger": _trigger,
    "a view": _view,
    "no table": lambda folder, outside: sql(folder, "DROP TABLE Cache"),
    "another table": lambda folder, outside: sql(folder, "ALTER TABLE Cache DROP COLUMN tag"),
    "no settings": lambda folder, outside: sql(folder, "DELETE FROM Settings"),
    "garbage": _damage(lambda data: os.urandom(len(data))),
    "garbage in the middle": _damage(lambda data: data[:5000] + b"\0" * 9000 + data[14000:]),
    "half": _damage(lambda data: data[: len(data) // 2]),
    "no byte": _damage(lambda data: b""),
    "a link": _linked,
    "a folder": _replaced_by_a_folder,
}


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "outside"
    place.mkdir()
    (place / "precious").write_bytes(b"mine")
    yield place
    assert (place / "precious").read_bytes() == b"mine"
    assert not (place / "run").exists(), "code was executed"


@pytest.mark.parametrize("name", TAMPERS)
def test_a_tampered_cache_is_misses_at_worst(filled: Path, outside: Path, name: str) -> None:
    TAMPERS[name](filled, outside)
    before = {path: path.stat().st_mtime_ns for path in outside.iterdir()}
    for _ in range(2):  # what is mended stays mended
        with closing(opened(filled)) as cache:
            for key, value in VALUES.items():
                assert cache.get(key) in (None, value)
            kept = [cache.put(key, value) for key, value in VALUES.items()]
            found = [cache.get(key) for key in VALUES]
            if name == "a folder":  # nothing can be kept there; said, not raised
                assert (kept, found) == ([False] * 4, [None] * 4)
                assert cache.trouble
            else:
                assert (kept, found) == ([True] * 4, [*VALUES.values()])
            cache.stats()
    with closing(opened(filled)) as cache:
        cache.clear()
    assert {path: path.stat().st_mtime_ns for path in outside.iterdir()} == before


def test_there_are_tampers_that_an_ordinary_disk_falls_for(filled: Path, outside: Path) -> None:
    """The tests above would see it: diskcache alone runs what this one planted."""
    import diskcache

    _pickle(filled, outside)
    with diskcache.Cache(str(filled)) as plain:
        plain.get("key 1")
    assert (outside / "run").exists()
    (outside / "run").unlink()


def test_the_secret_stands_outside_of_the_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("GKLLM_CACHE_KEY")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "answers"
    with closing(Cache(folder)) as cache:
        cache.put("k", 1)
    with closing(Cache(folder)) as cache:
        assert cache.get("k") == 1
    if sys.platform == "linux":
        [secret] = (tmp_path / "data" / "gkllm").iterdir()
        assert secret.stat().st_mode & 0o077 == 0
        assert secret.read_bytes() not in (folder / "cache.db").read_bytes()
        secret.unlink()
        with closing(Cache(folder)) as cache:
            assert cache.get("k") is None
