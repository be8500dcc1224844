"""HTML > Document: the report in a web page, a saved page (MHT), or a page inside a script."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from email.message import EmailMessage

from gkllm.document import Document
from gkllm.errors import EmptyInput
from gkllm.load.article import article, blocks
from gkllm.load.html import Item, Page, parse, stored, string_of
from gkllm.load.text import decode
from gkllm.load.written import Block, written

_CHINESE = re.compile("[一-鿿]")
_ISLAND = re.compile(r"<table\b.*?</table\s*>", re.IGNORECASE | re.DOTALL)
_END = re.compile(r"</table\s*>", re.IGNORECASE)
_DRAWN = re.compile(r"^[ \t]*(?:\+[-=:+]{4,}\+|\|.*\|)[ \t]*$", re.MULTILINE)
_FEWEST_DRAWN = 6  # lines of tables drawn in characters, outside the tags of others
_FEW = 200  # Chinese characters; a page that shows fewer holds no report
_LARGEST_MAIL_PART = 32 << 20


def read(data: bytes) -> Document:
    """Read a page from its text in UTF-8."""
    return page_document(data.decode(errors="replace"))


def read_mail(data: bytes) -> Document:
    """Read a page that a browser saved with all its parts (MHT)."""
    message = email.message_from_bytes(data, policy=email.policy.default)
    for part in message.walk():
        if isinstance(part, EmailMessage) and part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes) and len(payload) <= _LARGEST_MAIL_PART:
                text, _ = decode(payload)
                return page_document(text)
    raise EmptyInput("This saved page holds no HTML. Open it in a browser and save it anew.")


def page_document(markup: str) -> Document:
    """The report in a page, with its tables."""
    if _is_markdown(markup):
        text, tables = written(_islands(markup))
        return Document(text, media_type="text/html", tables=tables)
    page = _shown(markup)
    if not any(item.text.strip() for item in page.items) and "<script" in markup.lower():
        raise EmptyInput(
            "This page shows no text: its scripts fetch it. Open it in a browser and save it whole."
        )
    items = article(page.items, page.title) if page.items else []
    text, tables = written(blocks(items))
    return Document(
        text, media_type="text/html", tables=tables, notes=tuple(_notes(page, items, bool(tables)))
    )


def _is_markdown(markup: str) -> bool:
    """Whether tables are drawn in characters outside the tags of others."""
    if len(_DRAWN.findall(markup)) < _FEWEST_DRAWN:  # most pages
        return False
    done, outside = 0, ""
    for island in _tables(markup):
        outside += markup[done : island.start()]
        done = island.end()
    return len(_DRAWN.findall(outside + markup[done:])) >= _FEWEST_DRAWN


def _tables(markup: str) -> Iterator[re.Match[str]]:
    """The tables in tags; none is looked for where no end is to come."""
    ends = [end.end() for end in _END.finditer(markup)]
    return _ISLAND.finditer(markup, 0, ends[-1] if ends else 0)


def _islands(markup: str) -> Iterator[Block]:
    """The lines and the tables of markdown in which some tables are HTML."""
    done = 0
    for island in _tables(markup):
        yield from markup[done : island.start()].split("\n")
        yield from blocks(list(parse(island[0]).items))
        done = island.end()
    yield from markup[done:].split("\n")


def _shown(markup: str) -> Page:
    """What a page shows, or the page that one of its scripts would write into it."""
    markup = string_of(markup)
    page = parse(markup)
    shown = sum(len(_CHINESE.findall(item.text)) for item in page.items)
    if shown < _FEW and (inner := stored(markup)) is not None:
        if "<" not in inner:
            inner = parse(inner).items[0].text if parse(inner).items else inner
        written_later = parse(string_of(inner))
        held = sum(len(_CHINESE.findall(item.text)) for item in written_later.items)
        if held > shown:
            return Page(written_later.items, page.title or written_later.title)
    return page


def _notes(page: Page, items: list[Item], tables: bool) -> list[str]:
    notes = []
    if page.hidden:
        notes.append(f"{page.hidden} characters that the page hides by its style were left out.")
    pictures = sum(item.block == "" for item in items)
    if pictures and not tables:
        notes.append(
            f"The page shows {pictures} pictures and no table: its tables may be pictures, whose "
            "numbers are not in its text. Save the pictures and recognise their text."
        )
    return notes
