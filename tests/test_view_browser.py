"""The page of a report in a real browser: Playwright drives the Chromium of the system.

Set GKLLM_CHROMIUM to its path if it is not found. Without a browser these tests are skipped.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gkllm.load import load
from gkllm.pipeline import read
from gkllm.report import Report
from gkllm.write.html import report_page
from gkllm.write.words import title

sync_api = pytest.importorskip("playwright.sync_api", reason="pip install gkllm[dev]")
CHROMIUM = os.environ.get("GKLLM_CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")

FIXTURES = Path(__file__).parent.parent / "fixtures"
HOSTILE = (
    "</script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 2'>\n"
    "<svg onload='window.pwned = 3'></svg></div></main><style>body { display: none }</style>\n"
    "<iframe src='https://example.org'></iframe> \u202e}}{{7*7}} <!-- ]]> --> &lt;b&gt;\n"
)
# What a browser makes of rows and columns that span others: the heads over and beside each value.
HEADS = """() => {
  const found = {};
  for (const table of document.querySelectorAll('.official')) {
    const grid = [];
    Array.from(table.rows).forEach((row, y) => {
      grid[y] = grid[y] || [];
      let x = 0;
      for (const cell of row.cells) {
        while (grid[y][x]) x++;
        for (let j = 0; j < cell.rowSpan; j++)
          for (let i = 0; i < cell.colSpan; i++) (grid[y + j] = grid[y + j] || [])[x + i] = cell;
        x += cell.colSpan;
      }
    });
    const width = Math.max(...grid.map((row) => row.length));
    if (grid.some((row) => row.length !== width || row.includes(undefined)))
      throw new Error('a table with holes: ' + table.className);
    grid.forEach((row, y) => row.forEach((cell, x) => {
      const value = cell.querySelector('.value');
      if (!value) return;
      const heads = [];
      for (let i = x - 1; i >= 0; i--) if (grid[y][i].tagName === 'TH') heads.push(grid[y][i]);
      for (let j = y - 1; j >= 0; j--) if (grid[j][x].tagName === 'TH') heads.push(grid[j][x]);
      found[value.dataset.f] = [...new Set(heads)].map((head) => head.textContent);
    }));
  }
  return found;
}"""
CONTRAST = """(selector) => {
  const luminance = (color) => {
    const [r, g, b] = color.match(/[\\d.]+/g).slice(0, 3).map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if (!color.endsWith(', 0)')) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  return Array.from(document.querySelectorAll(selector)).map((element) => {
    const [a, b] = [getComputedStyle(element).color, ground(element)].map(luminance);
    return [element.className, (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)];
  });
}"""

Opened = Callable[..., Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        sandbox = [] if os.geteuid() else ["--no-sandbox"]  # root has no sandbox
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield started
        started.close()


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Opened]:
    """Opens a page from its file, without a network; every complaint of the browser fails."""
    complaints: list[str] = []
    contexts = []

    def _open(text: str, width: int = 1440, **options: Any) -> Any:
        (tmp_path / "page.html").write_text(text, "utf-8", newline="\n")
        context = browser.new_context(
            viewport={"width": width, "height": 900}, offline=True, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda r: None if ours(r.url) else complaints.append(r.url))
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield _open
    for context in contexts:
        context.close()
    assert complaints == []


def ours(url: str) -> bool:
    return url.startswith("data:") or url.endswith("/page.html")


def view(source: bytes | str, language: str = "zh") -> tuple[Report, str]:
    """The report of a fixture or of bytes, and its page."""
    found = load(next((FIXTURES / source).glob("source.*")) if isinstance(source, str) else source)
    report = read(found).report
    return report, report_page(report, found.text, "en" if language == "en" else "zh")


@pytest.mark.parametrize(
    ("name", "language"),
    [("hand-02", "zh"), ("hand-11", "zh"), ("seed-002", "zh"), ("hand-11", "en")],
)
def test_each_cell_stands_under_its_heads_as_the_form_prints_them(
    opened: Opened, name: str, language: str
) -> None:
    from gkllm.write.jsonl import form_of

    report, text = view(name, language)
    heads = opened(text).evaluate(HEADS)
    printed = form_of(report)
    cells = [c for c in printed.cells if c.partition(".")[0] not in printed.unread]
    assert set(cells) <= set(heads)
    groups = {g.key: g.en if language == "en" else g.zh for g in printed.groups}
    for path in cells:
        row, _, column = title(path, printed)[language == "en"].partition(" · ")
        assert {row, column} <= set(heads[path]), (path, heads[path])
        section, group, *_ = path.split(".")
        if section == "requests" and len(path.split(".")) == 4 and ".subtotal." not in path:
            assert {groups[group], groups["outcomes"]} <= set(heads[path])
    assert ("小计" in str(heads)) == (name == "seed-002")


def test_hover_and_focus_tie_a_cell_to_its_quote_and_back(opened: Opened) -> None:
    report, text = view("hand-02")
    page = opened(text)
    for path in ("requests.total_handled.total", "disclosure.fees.amount_10k_yuan"):
        field = report.fields[path]
        page.locator(f'.value[data-f="{path}"]').hover()
        hot = page.locator(".quote.hot")
        hot.wait_for()
        assert hot.all_text_contents() == [field.quote]
        page.wait_for_function("""() => {
            const mark = document.querySelector('.quote.hot').getBoundingClientRect();
            const panel = document.getElementById('inspector').getBoundingClientRect();
            return mark.top >= 0 && mark.bottom <= panel.top;
        }""")
        told = page.locator("#inspector").inner_text()
        assert path in told
        assert title(path, view_form(report))[0] in told
        hot.hover()
        assert page.locator(".value.hot").get_attribute("data-f") == path
    page.locator('.value[data-f="requests.granted.total"]').focus()
    assert sorted(page.locator(".quote.hot").all_text_contents()) == ["20", "5"]
    assert "20 (表格) | 5 (表格)" in page.locator("#inspector").inner_text()
    page.keyboard.press("Escape")
    assert page.locator(".hot").count() == 0
    assert not page.locator("#inspector").is_visible()


def view_form(report: Report) -> Any:
    from gkllm.write.jsonl import form_of

    return form_of(report)


def test_what_a_value_follows_from_is_shown(opened: Opened) -> None:
    report, text = view("seed-001")
    path, field = next((p, f) for p, f in report.fields.items() if f.from_)
    page = opened(text)
    page.locator(f'.value[data-f="{path}"]').hover()
    lit = page.locator(".value.from").evaluate_all("all => all.map((one) => one.dataset.f)")
    assert sorted(lit) == sorted(field.from_ or [])


def test_all_can_be_reached_by_keyboard(opened: Opened) -> None:
    _, text = view("hand-02")
    page = opened(text)
    focus = "document.activeElement.dataset.f"
    page.locator('.requests .value[tabindex="0"]').focus()
    assert page.evaluate(focus) == "requests.new_received.natural_person"
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"):
        page.keyboard.press(key)
    assert page.evaluate(focus) == "requests.granted.natural_person"
    page.keyboard.press("ArrowUp")
    assert page.evaluate(focus) == "requests.carried_in.natural_person"
    page.keyboard.press("Enter")  # to the quote
    assert page.evaluate("document.activeElement.className").startswith("quote")
    page.keyboard.press("Enter")  # and back
    assert page.evaluate(focus) == "requests.carried_in.natural_person"
    assert page.evaluate("document.activeElement.className").startswith("value")
    # With Tab alone: one stop in each table and one in the text, not one in each of 217 values.
    stops = page.evaluate("""() => Array.from(document.querySelectorAll('.text, .official, .facts'))
        .map((group) => Array.from(group.querySelectorAll('a, [tabindex]'))
            .filter((element) => element.tabIndex >= 0).length)""")
    assert stops == [1, 1, 1, 1, 1]


def test_hostile_text_is_inert(opened: Opened) -> None:
    source = next((FIXTURES / "hand-02").glob("source.*")).read_text("utf-8")
    found = load((HOSTILE + source.replace("一是", HOSTILE + "一是")).encode())
    report = read(found).report
    page = opened(report_page(report, found.text))
    assert page.evaluate("window.pwned") is None
    assert page.locator("script").count() == 1
    assert page.locator("img, iframe, style + style, main svg[onload]").count() == 0
    assert page.locator("h1").is_visible()
    lines = page.locator(".line").all_text_contents()
    shown = found.text.replace("\u202e", "⟨U+202E⟩").removesuffix("\n").split("\n")
    assert lines == shown


def test_the_policy_stops_what_would_get_past_the_escaping(browser: Any, tmp_path: Path) -> None:
    _, text = view("hand-02")
    bad = "<script>window.pwned = 1</script><img src='https://example.org/x' onerror='pwned = 2'>"
    (tmp_path / "bad.html").write_text(text.replace("<h1>", bad + "<h1>"), "utf-8", newline="\n")
    page = browser.new_page()
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(f"{request.url} {request.failure}"))
    page.goto((tmp_path / "bad.html").as_uri())
    assert page.evaluate("window.pwned") is None
    assert failed == ["https://example.org/x csp"]
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_in_light_and_dark(opened: Opened, scheme: str) -> None:
    _, text = view("hand-05")
    page = opened(text, color_scheme=scheme)
    cell = "getComputedStyle(document.querySelector('.official td.{}')).backgroundColor"
    assert page.evaluate(cell.format("disputed")) != page.evaluate(cell.format("verified"))
    white = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(244, 245, 247)"
    assert white == (scheme == "light")
    page.locator('.value[data-f="requests.granted.total"]').hover()
    ratios = page.evaluate(CONTRAST, ".status, .sign, .quote, .value, .soft, p, th, dd, .hot, a")
    assert len(ratios) > 300
    assert [(name, ratio) for name, ratio in ratios if ratio < 4.5] == []


def test_the_page_never_scrolls_sideways(opened: Opened) -> None:
    report, _ = view("rendered-spaced-01")
    source = load(FIXTURES / "rendered-spaced-01" / "source.txt")
    named = report.source.model_copy(update={"path": "a_folder_without_any_break/" * 9})
    page = opened(report_page(report.model_copy(update={"source": named}), source.text, "zh"))
    for width in (360, 800, 1100, 1920):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        box = page.locator(".source").bounding_box()
        beside = page.locator(".data").bounding_box()
        assert (box["x"] + box["width"] <= beside["x"]) == (width >= 1080)


def test_the_links_work_without_the_script(opened: Opened) -> None:
    _, text = view("hand-02")
    page = opened(text, java_script_enabled=False)
    page.locator('.value[data-f="requests.total_handled.total"]').click()
    assert page.locator(".quote:target").inner_text() == "51"
    page.locator(".quote:target").click()
    assert page.locator(".value:target").get_attribute("data-f") == "requests.total_handled.total"


def test_it_prints_with_its_signs_and_without_its_controls(opened: Opened) -> None:
    report, text = view("hand-02")
    page = opened(text, color_scheme="dark")
    page.locator('.value[data-f="requests.granted.total"]').hover()
    page.emulate_media(media="print", color_scheme="light")
    page.set_viewport_size({"width": 700, "height": 990})  # A4 less its margins
    assert not page.locator("#inspector").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 700
    for table in page.locator(".official").all():
        assert table.bounding_box()["width"] <= 700
    signs = page.locator(".official .sign").all_text_contents()
    assert signs.count("?") == sum(
        f.status == "disputed" and not p.startswith("facts.") for p, f in report.fields.items()
    )
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert 3 <= paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") <= 8
