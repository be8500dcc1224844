"""Elements of a page: text becomes markup only here, and is escaped on the way.

A document is hostile until shown otherwise. So markup has a type of its own: what is `Html` was
made by `el`, everything else is text and is escaped. A template language would bring the same
rule with a dependency; these pages are tables and marked text built piece by piece, of which a
template would show little.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable


class Html(str):
    """Markup that was made here. Nothing else may call text this."""

    __slots__ = ()


Content = str | Html | Iterable["Content"] | None

_VOID = frozenset({"br", "col", "hr", "input", "link", "meta"})
# What HTML cannot hold, and what would change the order of the text around it.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
    "\ufdd0-\ufdef\ufffe\uffff]"
)


def el(name: str, /, *content: Content, **attributes: str | int | bool | None) -> Html:
    """An element. Content that is not `Html` is text; attributes that are None or False go.

    A trailing _ of an attribute's name is dropped, other _ become hyphens.

    >>> el("td", "1<2", el("br"), class_="a b", data_path='"x"', hidden=True, lang=None)
    '<td class="a b" data-path="&quot;x&quot;" hidden>1&lt;2<br></td>'
    """
    attrs = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Html(f"<{name}{attrs}>")
    return Html(f"<{name}{attrs}>{joined(content)}</{name}>")


def joined(content: Content) -> Html:
    """Pieces of content one after the other, text escaped."""
    if content is None:
        return Html("")
    if isinstance(content, Html):
        return content
    if isinstance(content, str):
        return escaped(content)
    return Html("".join(joined(piece) for piece in content))


def escaped(text: str) -> Html:
    """Text as markup that shows it: control characters become signs that do nothing.

    >>> escaped("<b>&\\x00\\u202e")
    '&lt;b&gt;&amp;␀⟨U+202E⟩'
    """
    return Html(html.escape(_CONTROL.sub(_sign, text)))


def _sign(control: re.Match[str]) -> str:
    code = ord(control[0])
    return chr(0x2400 + code) if code < 0x20 else f"⟨U+{code:04X}⟩"


def _attribute(key: str, value: str | int | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escaped(str(value))}"'
