"""Bytes > text: find the encoding by what the bytes decode to, never by what a label claims.

A byte order mark decides; then strict UTF-8; then the decoder whose output looks most like such
a report. "gb2312" is read as gb18030, its superset, since pages labelled so seldom keep to it.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from functools import cache

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before utf-16-le, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# In order of preference where two score the same.
_CANDIDATES = ("utf-8", "gb18030", "big5hkscs", "utf-16-le", "utf-16-be")

# Characters that fill these reports, simplified and traditional, and what stands between them.
_FREQUENT = (
    "的一二三四五六七八九十和及有不本年度月日为在政府信息公开情况工作申请行政复议诉讼"
    "处理数量总计其他结果收到主动依规章件人机关法律自然商业企科研构社会益组织服务第项"
    "為開況請復議訴訟處數總計結動規機關資訊業構會組織務項、。，；：（）《》“”…"
)
_NOISE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd\ue000-\uf8ff]")
_NOT_ASCII = re.compile(rb"[^\x01-\x7f]")
_SAMPLE = 1 << 16

_SURROGATE = re.compile("[\ud800-\udfff]")


def decode(data: bytes) -> tuple[str, str]:
    """Decode bytes; returns the text without its byte order mark, and the name of the encoding.

    Bytes that do not decode become U+FFFD; a last character that was cut in two is dropped.

    >>> decode("规章".encode("gb18030"))
    ('规章', 'gb18030')
    >>> decode("规章".encode()[:-1])
    ('规', 'utf-8')
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding), encoding
    if b"\0" not in data:
        try:
            # Not `final`, as below; and what is strict holds no lone surrogates.
            return codecs.getincrementaldecoder("utf-8")("strict").decode(data), "utf-8"
        except UnicodeDecodeError:
            pass
    encoding = max(_CANDIDATES, key=lambda name: _likeness(_decoded(_sample(data), name)))
    return _decoded(data, encoding), encoding


def scalar(text: str) -> str:
    """Replace lone surrogates, which no encoding can carry, one for one.

    >>> scalar("规\\ud800章") == "规\\ufffd章"
    True
    """
    return _SURROGATE.sub("\ufffd", text)


def noise(text: str) -> float:
    """The share of characters that no text has: controls other than NUL, U+FFFD, private use."""
    return len(_NOISE.findall(text.replace("\0", ""))) / max(1, len(text))


def _decoded(data: bytes, encoding: str) -> str:
    # Not `final`: a character cut at the end of the data is no error.
    return scalar(codecs.getincrementaldecoder(encoding)("replace").decode(data))


def _sample(data: bytes) -> bytes:
    """A stretch that shows the encoding: from the first byte that is not ASCII, evenly aligned."""
    found = _NOT_ASCII.search(data)
    start = max(0, found.start() - 1024) // 2 * 2 if found else 0
    return data[start : start + _SAMPLE]


def _likeness(text: str) -> float:
    """How much a text looks like a report, per character: a wrong decoder yields rare ones."""
    weights = _weights()
    counted = Counter(_NOISE.sub("\0", text))
    return sum(n * weights.get(c, -1.0) for c, n in counted.items()) / max(1, len(text))


@cache
def _weights() -> dict[str, float]:
    """What a character says for its decoder; any other says as much against it."""
    common = [_block("gb2312", 0xB0, 0xD7), _block("big5", 0xA4, 0xC6)]  # the everyday halves
    weights = dict.fromkeys("".join(common), 1.0)
    weights |= dict.fromkeys(map(chr, range(0x20, 0x7F)), 0.5) | dict.fromkeys("\t\n\r\u3000", 0.5)
    return weights | dict.fromkeys(_FREQUENT, 2.0) | {"\0": -2.0}


def _block(encoding: str, first: int, last: int) -> str:
    """The characters of a two-byte encoding whose first byte is in a range."""
    pairs = (bytes((lead, trail)) for lead in range(first, last + 1) for trail in range(0x40, 0xFF))
    characters = (pair.decode(encoding, "ignore") for pair in pairs)
    return "".join(c for c in characters if c >= "一")
