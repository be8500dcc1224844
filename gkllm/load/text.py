"""Bytes > text: find the encoding by what the bytes decode to, never by what a label claims.

A byte order mark decides; then strict UTF-8; then the decoder whose output looks most like such
a report. "gb2312" is read as gb18030, its superset, since pages labelled so seldom keep to it.
"""

from __future__ import annotations

import codecs
import re

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
# A wrong decoder yields rare characters instead, so a few dozen frequent ones tell it.
_FAMILIAR = re.compile(
    "[的一二三四五六七八九十和及有不本年度月日为在政府信息公开情况工作申请行政复议诉讼"
    "处理数量总计其他结果收到主动依规章件人机关法律自然商业企科研构社会益组织服务第项"
    "為開況請復議訴訟處數總計結動規機關資訊業構會組織務項"
    "、。，；：（）《》“”\t\n\r -~]"
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
            return _decoded(data, "utf-8", "strict"), "utf-8"
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


def _decoded(data: bytes, encoding: str, errors: str = "replace") -> str:
    # Not `final`: a character cut at the end of the data is no error.
    return scalar(codecs.getincrementaldecoder(encoding)(errors).decode(data))


def _sample(data: bytes) -> bytes:
    """A stretch that shows the encoding: from the first byte that is not ASCII, evenly aligned."""
    found = _NOT_ASCII.search(data)
    start = max(0, found.start() - 1024) // 2 * 2 if found else 0
    return data[start : start + _SAMPLE]


def _likeness(text: str) -> float:
    """How much a text looks like a report: familiar characters less impossible ones, per one."""
    return (len(_FAMILIAR.findall(text)) - len(_NOISE.findall(text))) / max(1, len(text))
