"""The frame of pages and the making of their elements."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from gkllm.report import Status
from gkllm.write.html import el, escaped, joined, page, status_counts, status_mark, table
from gkllm.write.words import words

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'><b>&lt;"


class Tags(HTMLParser):
    """The elements and attributes of a page, and whether every element is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_text_never_becomes_markup() -> None:
    made = page(HOSTILE, el("p", HOSTILE, title=HOSTILE), table([HOSTILE], [[HOSTILE, 3]]))
    tags = [tag for tag, _ in Tags(made).seen]
    assert not {"script", "img", "b"} & set(tags)
    assert tags.count("p") == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x00b", "a␀b"),
        ("a\rb", "a␍b"),
        ("a\u202eb", "a⟨U+202E⟩b"),
        ("\ud800", "⟨U+D800⟩"),
        ("a\tb\n", "a\tb\n"),
        ("3 < 4 & \"5\" '6'", "3 &lt; 4 &amp; &quot;5&quot; &#x27;6&#x27;"),
    ],
)
def test_control_characters_are_shown_as_signs(text: str, shown: str) -> None:
    assert escaped(text) == shown
    assert escaped(text).encode("utf-8")


def test_content_may_be_nested_and_attributes_may_go() -> None:
    assert joined(["a", [el("i", "b"), None], escaped("<")]) == "a<i>b</i>&lt;"
    assert el("a", hidden=False, id=None, data_from="x", class_="y", x=0) == (
        '<a data-from="x" class="y" x="0"></a>'
    )


def test_a_page_asks_for_nothing_and_its_policy_names_what_runs() -> None:
    made = page("t", el("p", "x"), language="en")
    policy = next(a["content"] for t, a in Tags(made).seen if "http-equiv" in a)
    style = re.search(r"<style>(.*?)</style>", made, re.S)
    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "script-src 'none'" in policy
    assert policy.startswith("default-src 'none'")
    assert not re.search(r"https?://|@import|url\(|style=", made)
    assert 'lang="en"' in made


def test_every_status_has_its_own_sign_colour_and_underline() -> None:
    style = page("t")
    assert len({words("zh").sign(status) for status in Status}) == len(Status)
    for status in Status:
        assert re.search(rf"\.{status} {{ --c: [^}}]*--u: \w+;", style)
        assert words("en").sign(status) in status_mark(status, "en")


def test_counts_are_told_in_words_and_drawn_to_scale() -> None:
    made = status_counts({Status.READ: 150, Status.DISPUTED: 50}, "en")
    assert re.findall(r'<rect class="(\w+)" x="([\d.]+)" width="([\d.]+)"', made) == [
        ("read", "0.00", "75.00"),
        ("disputed", "75.00", "25.00"),
    ]
    assert "<b>150</b>" in made
    assert "verified" not in made
    assert "<rect" not in status_counts({})


def test_every_rule_of_the_form_has_a_name_in_both_languages() -> None:
    from gkllm.form import form

    rules = {rule.id for rule in form().rules} | {r.id for r in form().relations}
    rules |= {r.id for r in form().witnesses}
    for rule in rules:
        assert words("zh").rule(rule) != rule
        assert words("en").rule(rule) != rule
