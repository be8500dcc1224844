"""The page of a report: what it says, and the command that writes it. No browser is needed."""

from __future__ import annotations

import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from typer.testing import CliRunner, Result

from gkllm.cli import app
from gkllm.document import Document
from gkllm.load import load
from gkllm.pipeline import read
from gkllm.report import Alternative, Report, Source, Usage
from gkllm.write.html import SUFFIX, index_page, misquoted, refusal_page, report_page
from gkllm.write.jsonl import as_json, refusal

FIXTURES = Path(__file__).parent.parent / "fixtures"
Command = Callable[..., Result]
HOSTILE = "</script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>"


def document(name: str) -> Document:
    return load(next((FIXTURES / name).glob("source.*")))


def shown(name: str, language: str = "zh") -> tuple[Report, str, str]:
    """A fixture's report, its text and its page."""
    found = document(name)
    report = read(found).report
    return report, found.text, report_page(report, found.text, "en" if language == "en" else "zh")


class Links(HTMLParser):
    """The names and the links of a page, and the text under each element with data-f."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.said: Mapping[str, list[str]] = defaultdict(list)
        self._inside: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if given.get("href"):
            self.links.append(str(given["href"]))
        if tag in ("a", "span", "b"):
            self._inside.append((str(given.get("data-f") or ""), str(given.get("class") or "")))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("a", "span", "b"):
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if self._inside and "quote" in self._inside[-1][1]:
            for path in self._inside[-1][0].split():
                self.said[path].append(data)


@pytest.mark.parametrize("name", ["hand-02", "hand-11", "hand-17", "seed-002", "rendered-raw-01"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_link_leads_somewhere_and_no_name_is_twice(name: str, language: str) -> None:
    links = Links(shown(name, language)[2])
    assert len(links.ids) == len(set(links.ids))
    inside = {unquote(link[1:]) for link in links.links if link.startswith("#")}
    assert inside <= set(links.ids)
    assert [link for link in links.links if not link.startswith("#")] == ["data:,"]


@pytest.mark.parametrize("name", ["hand-02", "seed-001", "seed-004", "hand-13"])
def test_every_quote_is_marked_where_it_stands(name: str) -> None:
    report, _, page = shown(name)
    said = Links(page).said
    quoted = {path: f for path, f in report.fields.items() if isinstance(f.quote, str)}
    assert quoted
    for path, field in quoted.items():
        if not field.alternatives:  # other readings of a disputed field are marked too
            assert "".join(said[path]) == re.sub(r"[\r\n]", "", str(field.quote)), path


def test_every_field_with_a_place_in_the_form_is_shown() -> None:
    for name in ("hand-01", "seed-002", "hand-11"):
        report, _, page = shown(name)
        ids = set(Links(page).ids)
        unread = "disclosure." if report.edition == "2019" else "-"
        for path in report.fields:
            merged = report.edition == "2019" and path.startswith("requests.other.")
            if not path.startswith(unread) and not (merged and ".subtotal." not in path):
                assert f"f-{path}" in ids, (name, path)


def test_the_text_on_the_page_is_the_source_text() -> None:
    _, text, page = shown("hand-02")
    lines = re.findall(r'<div class="line" data-n="(\d+)">(.*?)</div>', page, re.S)
    bare = ["" if line == "<br>" else re.sub(r"<[^>]+>", "", line) for _, line in lines]
    assert bare == text.removesuffix("\n").split("\n")
    assert [int(n) for n, _ in lines] == list(range(1, len(lines) + 1))


def test_of_a_very_long_text_only_what_is_quoted_is_shown() -> None:
    source = document("hand-02").text
    filler = "此处无数据。\n" * 100_000
    found = load((filler + source + filler).encode())
    report = read(found).report
    page = report_page(report, found.text)
    assert len(page) < 600_000
    assert page.count('class="gap soft"') == 2
    assert "".join(Links(page).said["facts.proactive_items"]) == "2555"


def test_a_page_without_its_text_says_so_and_has_the_tables() -> None:
    report, _, _ = shown("hand-02")
    page = report_page(report, None, "en", "There is no a.txt.")
    assert "This page has the tables without the text. There is no a.txt." in page
    assert 'id="f-requests.total_handled.total"' in page
    assert 'class="line"' not in page
    assert {x[1:] for x in Links(page).links if x.startswith("#")} <= set(Links(page).ids)


def test_another_text_is_known_by_its_quotes() -> None:
    report, text, _ = shown("hand-02")
    assert misquoted(report, text) == []
    assert "facts.agency" in misquoted(report, "x" + text)


def test_open_fields_come_first_with_their_reasons_and_readings() -> None:
    report, _, page = shown("hand-02", "en")
    section = page[page.index('id="open"') : page.index('id="checks"')]
    assert page.index('id="open"') < page.index('id="disclosure"')
    assert section.index("disputed") < section.index("missing")
    granted = re.search(r'<tr><th[^>]*id="open-requests.granted".*?</tr>', section, re.S)
    assert granted is not None
    plain = re.sub(r"<[^>]+>", "", granted[0])
    assert "several readings" in plain
    assert "natural person 17 (table) or 5 (table)" in plain
    assert len(report.open) == 28
    assert '<span class="count">28</span>' in section


def test_an_unproven_answer_of_a_model_is_shown_as_a_reading() -> None:
    report, text, _ = shown("hand-02")
    missing = report.fields["facts.website"]
    assert missing.reason == "absent"
    offered = Alternative(value="www.example.gov.cn", source="model", quote="砚湖市", span=(0, 3))
    field = missing.model_copy(update={"alternatives": [offered]})
    asked = report.model_copy(update={"fields": {**report.fields, "facts.website": field}})
    page = report_page(asked, text, "en")
    section = page[page.index('id="open"') : page.index('id="checks"')]
    assert '<a href="#t0" data-f="facts.website" class="reading">www.example.gov.cn</a>' in section
    assert "(model)" in section


def test_failed_checks_are_told_with_both_sides_and_their_cells() -> None:
    report, _, page = shown("hand-02")
    section = page[page.index('id="checks"') : page.index('id="disclosure"')]
    failed = list(report.failed())
    assert section.count("<li>") == len(failed) == 5
    assert "1 ≠ 8" in section
    assert "四种结果之和应等于总计" in section
    assert 'data-f="litigation.review.total litigation.review.upheld' in section


def test_a_report_that_settles_all_says_so() -> None:
    report, text, _ = shown("hand-01")
    page = report_page(report, text, "en")
    assert "Nothing is open." in page
    assert "No rule fails." in page


def test_the_model_is_named_where_one_was_asked() -> None:
    report, text, _ = shown("hand-02")
    usage = Usage(model="m<1>", calls=3, cached_calls=1, prompt_tokens=900, completion_tokens=100)
    page = report_page(report.model_copy(update={"usage": usage}), text, "en")
    assert "model m&lt;1&gt;: 3 calls (1 cached), 1,000 tokens" in page


def test_hostile_values_of_a_report_stay_text() -> None:
    report, text, _ = shown("hand-02")
    agency = report.fields["facts.agency"].model_copy(
        update={"value": HOSTILE, "quote": HOSTILE, "span": None}
    )
    source = Source(path=HOSTILE, sha256=HOSTILE, chars=3)
    fields = {**report.fields, "facts.agency": agency, f"requests.{HOSTILE}": agency}
    checks = [c.model_copy(update={"at": HOSTILE, "rule": HOSTILE}) for c in report.failed()]
    bad = report.model_copy(update={"fields": fields, "source": source, "checks": checks})
    for page in (report_page(bad, text), report_page(bad, None, "en", HOSTILE)):
        assert page.count("<script>") == 1
        assert "<img" not in page
    refused = refusal(HOSTILE, "not_text", HOSTILE)
    for page in (refusal_page(refused), index_page([(bad, "a b#.html"), (refused, HOSTILE)])):
        assert "<script" not in page
        assert "<img" not in page


def test_an_index_names_every_report_and_what_is_open() -> None:
    first, _, _ = shown("hand-02")
    refused = refusal("x.pdf", "not_text", "…")
    page = index_page([(first, "a b.html"), (refused, "x.pdf.view.html")], "en")
    assert 'href="a%20b.html"' in page
    assert '<td class="number">28</td><td class="number">5</td>' in page
    assert "2 reports" in page
    assert "cannot be read" in page


@pytest.fixture
def gkllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, words)


def test_the_command_writes_a_page_beside_the_document(tmp_path: Path, gkllm: Command) -> None:
    (tmp_path / "a.txt").write_text(document("hand-02").text, "utf-8")
    done = gkllm("view", "a.txt")
    assert (done.exit_code, done.stdout) == (0, "")
    assert f"wrote a.txt{SUFFIX}" in done.stderr
    page = (tmp_path / f"a.txt{SUFFIX}").read_text("utf-8")
    assert "砚湖市自然资源和规划局" in page
    again = gkllm("extract", ".", "--format", "jsonl")
    assert len(again.stdout.splitlines()) == 1  # a page is no document


def test_results_are_shown_with_the_texts_they_came_from(tmp_path: Path, gkllm: Command) -> None:
    below = tmp_path / "docs"
    below.mkdir()
    for name in ("hand-02", "hand-11", "hand-17"):
        (below / f"{name}.txt").write_bytes(document(name).text.encode())
    (below / "empty.txt").write_bytes(b"\n")
    lines = gkllm("extract", "docs", "--format", "jsonl").stdout
    (tmp_path / "r.jsonl").write_text(lines, "utf-8")
    (below / "hand-11.txt").write_text("changed", "utf-8")
    (below / "hand-17.txt").unlink()
    done = gkllm("view", "r.jsonl")
    folder = tmp_path / "r.jsonl.view"
    assert done.exit_code == 1  # one input gave no report
    assert sorted(p.name for p in folder.iterdir()) == sorted(
        ["index.html", *(f"{n}.txt{SUFFIX}" for n in ("empty", "hand-02", "hand-11", "hand-17"))]
    )
    pages = {p.name: p.read_text("utf-8") for p in folder.iterdir()}
    assert 'class="line"' in pages[f"hand-02.txt{SUFFIX}"]
    assert "sha256" in done.stderr
    assert "sha256" in pages[f"hand-11.txt{SUFFIX}"].partition('class="note"')[2]
    assert 'class="line"' not in pages[f"hand-17.txt{SUFFIX}"]
    assert "empty" in pages[f"empty.txt{SUFFIX}"]


def test_a_document_in_an_archive_is_shown_with_its_text(tmp_path: Path, gkllm: Command) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("报告/a.txt", document("hand-02").text)
        archive.writestr("b!c.txt", document("hand-11").text)
    lines = gkllm("extract", "x.zip", "--format", "jsonl", "--llm", "off").stdout
    (tmp_path / "r.jsonl").write_text(lines, "utf-8")
    assert gkllm("view", "r.jsonl").exit_code == 0
    pages = [path.read_text("utf-8") for path in (tmp_path / "r.jsonl.view").glob("*.view.html")]
    assert ['class="line"' in page for page in pages] == [True, True]


def test_sources_may_be_elsewhere_and_pages_go_to_standard_output(
    tmp_path: Path, gkllm: Command
) -> None:
    (tmp_path / "moved").mkdir()
    found = document("hand-02")
    (tmp_path / "moved" / "a.txt").write_bytes(found.text.encode())
    report = read(load(tmp_path / "moved" / "a.txt")).report
    source = report.source.model_copy(update={"path": "/gone/a.txt"})
    line = as_json(report.model_copy(update={"source": source}))
    (tmp_path / "r.json").write_text(json.dumps(line), "utf-8")
    done = gkllm("view", "r.json", "--sources", "moved", "--out", "-")
    assert done.exit_code == 0
    assert done.stdout.startswith("<!doctype html>")
    assert 'class="line"' in done.stdout


def test_what_holds_no_report_is_refused_with_advice(tmp_path: Path, gkllm: Command) -> None:
    (tmp_path / "r.json").write_text("[]", "utf-8")
    (tmp_path / "bad.json").write_text("{", "utf-8")
    assert gkllm("view", "r.json").exit_code == 2
    assert gkllm("view", "bad.json").exit_code == 1
    assert gkllm("view", "nothing.txt").exit_code == 1
