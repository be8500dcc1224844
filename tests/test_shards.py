"""Shards: the work of a batch cut for many machines, with the answers of one."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gkllm.batch import answered, cluster
from gkllm.batch import shards as shard_module
from gkllm.batch.reading import TASK, task
from gkllm.batch.run import Outcome, Said, Settings, batch
from gkllm.batch.shards import ROOT, Here, Job, shards
from gkllm.batch.sources import content
from gkllm.batch.stores import sources, store
from gkllm.cli import app
from gkllm.errors import CannotWrite, FolderInUse, NotFound, TooLarge, UnusableSetting
from gkllm.load import Input
from tests.fault_server import FaultServer, failing, saying
from tests.test_questions import REPORT
from tests.test_questions import answered as answered_by

FIXTURES = Path(__file__).parent.parent / "fixtures"
SOURCES = sorted(FIXTURES.glob("hand-0*/source.*"))


class Silent:
    """Nobody looks on."""

    def expect(self, documents: int) -> None: ...
    def show(self, outcome: Outcome) -> None: ...
    def stage(self, what: str) -> None: ...
    def close(self) -> None: ...


class Counting(Here):
    """Does what Here does, and remembers the jobs; ends in the middle if it is told to."""

    def __init__(self, most: int | None = None) -> None:
        self.jobs: list[Job] = []
        self.most = most

    def each(self, jobs: Any) -> Iterator[Any]:
        for job in jobs:
            if self.most is not None and len(self.jobs) >= self.most:
                raise KeyboardInterrupt
            self.jobs.append(job)
            yield from super().each([job])


def run(words: list[Path | str], out: Path | str, engine: Any = None, **settings: Any) -> Outcome:
    """A whole batch, with its outputs."""
    named = [str(word) for word in words]
    return cluster.batch(named, str(out), Settings(**settings), Silent(), engine or Here(), 3)


def read(words: list[Path | str], out: Path, engine: Any = None, **settings: Any) -> Outcome:
    """The shards alone."""
    named = [str(word) for word in words]
    given = Settings(**settings)
    return cluster.read(named, str(out), given, Silent(), engine or Here(), 3)[0]


def parts(out: Path) -> dict[str, bytes]:
    """The parts of a run by their names."""
    return {
        f"{path.parent.name}/{path.name}": path.read_bytes()
        for path in sorted((out / ROOT).rglob("*.*"))
    }


def outputs(out: Path) -> dict[str, bytes]:
    """What a researcher opens, less what is about the run."""
    return {
        path.name: path.read_bytes()
        for path in sorted(out.iterdir())
        if path.suffix in (".jsonl", ".csv", ".parquet")
    }


class Alone:
    """A worker that is none, for tests in which no document misbehaves."""

    def __init__(self, limits: object) -> None: ...
    def run(self, wanted: str, data: bytes, **options: Any) -> Any:
        module, _, name = wanted.partition(":")
        return getattr(import_module(module), name)(data, **options)

    def retire(self) -> None: ...
    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Documents are read in this process, unless one of them is poison."""
    shard_module._readers.cache_clear()
    if "poison" not in request.fixturenames:
        monkeypatch.setattr("gkllm.batch.shards.Worker", Alone)
    yield
    shard_module._readers.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty reports, one of them without text; cuts follow names, so they are fixed."""
    monkeypatch.chdir(tmp_path)
    made = Path("in")
    made.mkdir()
    for n in range(20):
        source = SOURCES[n % len(SOURCES)].read_bytes()
        (made / f"{n:02}.txt").write_bytes(source)
    (made / "07.txt").write_bytes(b" \n")
    return made


def poisoned(data: bytes, name: str, counting: bool) -> bytes:
    """Reads a document, unless it is the one that ends the process."""
    if data == b"POISON":
        os._exit(9)
    return task(data, name, counting)


@pytest.fixture
def poison(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One document kills its reader, in any process that is started from here."""
    (folder / "11.txt").write_bytes(b"POISON")
    for module in ("cluster", "reader"):
        monkeypatch.setattr(f"gkllm.batch.{module}.TASK", f"{__name__.rpartition('.')[2]}:poisoned")
    path = [str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, path)))
    monkeypatch.syspath_prepend(path[0])


def test_the_outputs_are_those_of_one_machine(folder: Path, tmp_path: Path) -> None:
    one = batch([str(folder), "gone.txt"], tmp_path / "one", Settings(workers=2), Silent())
    many = run([folder, "gone.txt"], tmp_path / "many")
    assert outputs(tmp_path / "one") == outputs(tmp_path / "many")
    assert (many.documents, many.open, many.doubtful, many.errors) == (
        one.documents,
        one.open,
        one.doubtful,
        one.errors,
    )
    assert many.errors == {"empty": 1, "not_found": 1}
    # The parts hold every line once, in the order of the inputs.
    root = tmp_path / "many" / ROOT
    names = json.loads((root / "shards.json").read_text())["parts"]
    assert len(names) > 2
    lines = b"".join((root / "reports" / f"part-{name}.jsonl").read_bytes() for name in names)
    assert lines == (tmp_path / "many" / "reports.jsonl").read_bytes()
    # And one machine goes on where many have ended.
    again = batch([str(folder)], tmp_path / "many", Settings(workers=1), Silent())
    assert (again.documents, again.new) == (20, 0)


def test_a_shard_that_is_there_is_not_done_again(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        read([folder], tmp_path / "out", Counting(2))
    engine = Counting()
    outcome = read([folder], tmp_path / "out", engine)
    done = sum(len(job.shard.sources) for job in engine.jobs)
    assert 0 < done < 20
    assert (outcome.documents, outcome.new) == (20, done)
    read([folder], tmp_path / "undisturbed")
    assert parts(tmp_path / "out") == parts(tmp_path / "undisturbed")
    engine = Counting()
    assert read([folder], tmp_path / "out", engine).new == 0
    assert engine.jobs == []


def test_what_changes_is_done_again_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    read([folder], tmp_path / "out")
    before = len(list((tmp_path / "out" / ROOT / "reports").iterdir()))
    (folder / "05.txt").write_bytes(SOURCES[0].read_bytes())
    (folder / "10a.txt").write_bytes(SOURCES[1].read_bytes())
    engine = Counting()
    outcome = read([folder], tmp_path / "out", engine)
    assert outcome.documents == 21
    assert len(engine.jobs) <= 3 < before  # cuts follow names: only the shards of the two
    read([folder], tmp_path / "anew")
    assert parts(tmp_path / "out") == parts(tmp_path / "anew")
    # Parts of inputs that are no more are taken away, so that a folder of parts is the result.
    root = tmp_path / "out" / ROOT
    listed = set(json.loads((root / "shards.json").read_text())["parts"])
    for kind in ("reports", "index"):
        assert {p.stem.removeprefix("part-") for p in (root / kind).iterdir()} == listed


def test_a_part_without_its_lines_does_not_count(folder: Path, tmp_path: Path) -> None:
    read([folder], tmp_path / "out")
    part = next((tmp_path / "out" / ROOT / "reports").iterdir())
    part.unlink()
    engine = Counting()
    read([folder], tmp_path / "out", engine)
    assert len(engine.jobs) == 1
    assert part.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="processes end differently there")
def test_a_document_that_kills_its_reader_costs_its_own_line(
    folder: Path, tmp_path: Path, poison: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcome = read([folder], tmp_path / "out")
    assert outcome.documents == 20
    assert outcome.errors == {"empty": 1, "crashed": 1}
    monkeypatch.setattr("gkllm.batch.cluster.TASK", TASK)
    engine = Counting()
    assert read([folder], tmp_path / "out", engine).errors["crashed"] == 1  # it is known to
    assert read([folder], tmp_path / "out", engine, retry=True).errors["crashed"] == 0
    assert len(engine.jobs) == 1


def test_two_runs_in_one_folder_are_kept_apart(folder: Path, tmp_path: Path) -> None:
    from gkllm.batch.ledger import locked

    with locked(tmp_path / "out"), pytest.raises(FolderInUse):
        run([folder], tmp_path / "out")


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ROOT).write_text("a file stands here")
    with pytest.raises(CannotWrite, match="run the same command again"):
        run([folder], tmp_path / "out")


@pytest.mark.skipif(find_spec("openai") is None, reason='pip install "gkllm[llm]"')
def test_a_model_is_asked_after_all_was_read_and_answers_as_on_one_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gkllm.llm import connect
    from gkllm.llm.settings import Settings as Llm

    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(8):
        text = REPORT.format(n=n) if n % 2 else SOURCES[n].read_text("utf-8")
        (folder / f"{n}.txt").write_text(text, "utf-8")
    monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "cache"))
    with FaultServer() as server:
        server.act = lambda handler, request: saying(answered_by(request))(handler, request)
        model = connect("required", Llm(base_url=server.url, model="m", concurrency=2))
        assert model is not None
        words = [str(folder)]
        one = batch(words, tmp_path / "one", Settings(), Silent(), model)
        calls = len(server.requests)
        many = cluster.batch(
            words, str(tmp_path / "many"), Settings(), Silent(), Here(), 3, model=model
        )
        assert one.asked == many.asked
        assert one.open == many.open
        # In a store the answered parts are the result.
        place = store(str(tmp_path / "many"))
        said = Said(Silent(), Outcome(), False)
        parts = list(cluster.cut(words, Settings(), 3, True))
        answered.answer(place, parts, model, said)
        assert said.outcome.asked == one.asked
        assert said.outcome.open == one.open
        before = (tmp_path / "many" / "answered" / "shards.json").stat().st_mtime_ns
        monkeypatch.setattr(answered, "_one", None)  # nothing is done twice
        answered.answer(place, parts, model, said)
        model.close()
    assert one.asked
    assert calls == len(server.requests)  # the answers were kept
    assert (tmp_path / "many" / "answered" / "shards.json").stat().st_mtime_ns > before
    lines = [line_without_usage(line) for line in lines_of(tmp_path / "one" / "reports.jsonl")]
    again = lines_of(tmp_path / "many" / "reports.jsonl")
    assert [line_without_usage(line) for line in again] == lines
    names = json.loads((tmp_path / "many" / "answered" / "shards.json").read_text())["parts"]
    root = tmp_path / "many" / "answered" / "reports"
    kept = [line for name in names for line in lines_of(root / f"part-{name}.jsonl")]
    assert [line_without_usage(line) for line in kept] == lines


@pytest.mark.skipif(find_spec("openai") is None, reason='pip install "gkllm[llm]"')
def test_what_an_endpoint_could_not_answer_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gkllm.llm import connect
    from gkllm.llm.settings import Settings as Llm

    folder = tmp_path / "in"
    folder.mkdir()
    for n in range(3):
        (folder / f"{n}.txt").write_text(REPORT.format(n=n), "utf-8")
    monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / "cache"))
    read([folder], tmp_path / "out")
    words, place = [str(folder)], store(str(tmp_path / "out"))
    cluster.read(words, str(tmp_path / "out"), Settings(), Silent(), Here(), 3, True)
    said = Said(Silent(), Outcome(), False)

    def ask() -> int:
        model = connect("required", Llm(base_url=server.url, model="m", retries=0))
        assert model is not None
        answered.answer(place, cluster.cut(words, Settings(), 3, True), model, said)
        model.close()
        return said.outcome.open

    with FaultServer() as server:
        server.act = failing(401)
        unanswered = ask()
        parts_of = tmp_path / "out" / "answered" / "reports"
        assert sum(len(lines_of(part)) for part in parts_of.iterdir()) == 3  # one line each, still
        server.act = lambda handler, request: saying(answered_by(request))(handler, request)
        assert ask() <= unanswered
        assert len(server.requests) > 3
        assert all(line["usage"]["calls"] for part in parts_of.iterdir() for line in lines_of(part))


def line_without_usage(line: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key != "usage"}


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_shards_follow_names_so_that_one_more_input_moves_no_other(tmp_path: Path) -> None:
    found = [Input(f"{n}.txt", tmp_path / f"{n}.txt") for n in range(2000)]
    whole = list(shards(found, 20))
    assert [s for shard in whole for s in shard.sources] == found
    assert 60 < len(whole) < 140
    assert max(len(shard.sources) for shard in whole) <= 80
    more = list(shards([*found[:500], Input("new.txt", None), *found[500:]], 20))
    assert len({s.name for s in more} - {s.name for s in whole}) <= 2
    assert {s.name for s in shards(found, 20, {"llm": "m"})}.isdisjoint(s.name for s in whole)


def test_the_command_takes_an_engine(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(cluster, "Ray", lambda *given: asked.append(given) or Here())
    monkeypatch.setattr(cluster, "batch", lambda *given, **_: asked.append(given) or Outcome())
    words = ["batch", str(folder), "--out", "s3://bucket/out", "--engine", "ray"]
    done = CliRunner().invoke(app, [*words, "--address", "ray://head:10001", "--workers", "3"])
    assert done.exit_code == 0
    assert asked[0] == ("ray://head:10001", 3)
    assert asked[1][:2] == ([str(folder)], "s3://bucket/out")
    done = CliRunner().invoke(app, words[:-2])
    assert done.exit_code == 2
    assert "--engine ray" in done.stderr


def test_an_engine_that_is_not_installed_is_told(
    monkeypatch: pytest.MonkeyPatch, folder: Path, tmp_path: Path
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UnusableSetting, match=r"gkllm\[ray\]"):
        read([folder], tmp_path / "out", cluster.Ray())


@pytest.mark.skipif(find_spec("pyarrow") is None, reason='pip install "gkllm[parquet]"')
class TestStores:
    """URIs, by those of files: the way to other stores is the same."""

    def test_inputs_and_outputs_may_be_uris(self, folder: Path, tmp_path: Path) -> None:
        (folder / ".hidden.txt").write_text("x")
        (folder / "log.json").write_text("{}")
        out = tmp_path / "bucket" / "out"
        engine = Counting()
        outcome = run([folder.resolve().as_uri()], out.as_uri(), engine)
        assert outcome.documents == 20
        assert outcome.errors == {"empty": 1}
        run([folder], tmp_path / "here")
        names = json.loads((out / ROOT / "shards.json").read_text())["parts"]
        remote = [
            json.loads(line)
            for name in names
            for line in (out / ROOT / "reports" / f"part-{name}.jsonl").read_text().splitlines()
        ]
        local = [
            json.loads(line)
            for line in (tmp_path / "here" / "reports.jsonl").read_text().splitlines()
        ]
        for line in local:
            line["source"]["path"] = (Path.cwd() / line["source"]["path"]).as_uri()
        assert remote == local
        assert run([folder.resolve().as_uri()], out.as_uri(), Counting()).new == 0
        (folder / "03.txt").unlink()
        assert run([folder.resolve().as_uri()], out.as_uri()).documents == 19

    def test_the_parquet_parts_are_one_table(self, folder: Path, tmp_path: Path) -> None:
        from pyarrow import parquet

        run([folder], tmp_path / "out")
        cells = parquet.read_table(tmp_path / "out" / ROOT / "cells")
        whole = parquet.read_table(tmp_path / "out" / "cells.parquet")
        assert sorted(map(str, cells.to_pylist())) == sorted(map(str, whole.to_pylist()))

    def test_what_is_not_there_is_told(self, tmp_path: Path) -> None:
        (gone,) = sources([(tmp_path / "gone.txt").as_uri()])
        with pytest.raises(NotFound, match="Check its name"):
            content(gone)
        with pytest.raises(UnusableSetting, match="cannot be opened"):
            store("nothing://x/y")
        big = tmp_path / "big.txt"
        with big.open("wb") as file:
            file.truncate((50 << 20) + 1)
        (found,) = sources([big.as_uri()])
        with pytest.raises(TooLarge):
            content(found)


@pytest.mark.skipif(find_spec("ray") is None, reason='pip install "gkllm[ray]"')
class TestRay:
    """On a cluster of this machine. Slow to start, so it is started once."""

    @pytest.mark.timeout(300)
    @pytest.mark.skipif(sys.platform == "win32", reason="processes end differently there")
    @pytest.mark.filterwarnings("ignore")
    def test_a_cluster_gives_what_one_machine_gives(
        self, folder: Path, tmp_path: Path, poison: None
    ) -> None:
        many = run([folder], tmp_path / "many", cluster.Ray(workers=2))
        one = batch([str(folder)], tmp_path / "one", Settings(workers=1), Silent())
        assert many.errors == one.errors == {"empty": 1, "crashed": 1}
        assert outputs(tmp_path / "many") == outputs(tmp_path / "one")
        assert read([folder], tmp_path / "many", Counting()).new == 0

    @pytest.mark.timeout(300)
    @pytest.mark.skipif(sys.platform == "win32", reason="processes end differently there")
    @pytest.mark.skipif(find_spec("openai") is None, reason='pip install "gkllm[llm]"')
    @pytest.mark.filterwarnings("ignore")
    def test_with_a_model_too_and_a_document_that_kills_its_reader(
        self, folder: Path, tmp_path: Path, poison: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for n in (2, 5, 13):
            (folder / f"{n:02}.txt").write_text(REPORT.format(n=n), "utf-8")
        asked, lines = {}, {}
        for engine in ("local", "ray"):
            monkeypatch.setenv("GKLLM_CACHE_DIR", str(tmp_path / f"cache-{engine}"))
            with FaultServer() as server:
                server.act = lambda handler, request: saying(answered_by(request))(handler, request)
                monkeypatch.setenv("OPENAI_BASE_URL", server.url)
                monkeypatch.setenv("OPENAI_API_KEY", "none")
                monkeypatch.setenv("GKLLM_MODEL", "m")
                words = ["batch", "in", "--out", engine, "--engine", engine, "--workers", "2"]
                done = CliRunner().invoke(app, [*words, "--llm", "required"])
                asked[engine] = sorted(str(body["messages"]) for body in server.requests)
                assert CliRunner().invoke(app, words).exit_code == 1
                assert len(server.requests) == len(asked[engine])  # nothing is asked twice
            assert done.exit_code == 1  # two inputs gave no report
            assert "crashed 1, empty 1" in done.stderr or "empty 1, crashed 1" in done.stderr
            lines[engine] = lines_of(Path(engine) / "reports.jsonl")
            for line in lines[engine]:
                line.get("usage", {}).pop("seconds", None)  # that a run took
        assert asked["ray"] == asked["local"]
        assert lines["ray"] == lines["local"]
        helped = [Path(line["source"]["path"]).stem for line in lines["ray"] if "usage" in line]
        assert {"02", "05", "13"} <= set(helped)
        assert "11" not in helped
        # The first pass over everything went without the model.
        first = (Path("ray") / ROOT / "reports").iterdir()
        assert not any(
            line.get("usage", {}).get("calls") for part in first for line in lines_of(part)
        )
        for name in outputs(Path("ray")).keys() - {"reports.jsonl"}:
            assert (Path("ray") / name).read_bytes() == (Path("local") / name).read_bytes()
