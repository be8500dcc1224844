"""Document > Text: widths, spaces, junk; every character keeps its way back to the source.

Two kinds of change. One for one: full-width forms, odd spaces, compatibility ideographs,
traditional characters; these cost no bookkeeping. And edits, which change the length: line
ends, invisible characters, HTML entities, pinyin set behind characters, page numbers on lines
of their own, word-processor residue.
Tabs, line breaks and blank lines are structure and stay (three of the first five documents
lose their rows without them).
"""

from __future__ import annotations

import html
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from importlib.resources import files

from gkllm.document import UNSEEN, Document, Edit, Span, Text

# Full-width ASCII and every space that is not a space, one for one.
_WIDTHS = {chr(0xFF01 + i): chr(0x21 + i) for i in range(94)} | dict.fromkeys(
    "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    " ",
)
# Frames of tables drawn in characters.
_WIDTHS |= dict.fromkeys("│┃║", "|") | dict.fromkeys("━═", "-")
_WIDTHS |= dict.fromkeys("┌┬┐├┼┤└┴┘┏┳┓┣╋┫┗┻┛╔╦╗╠╬╣╚╩╝╭╮╰╯╞╪╡╟╫╢╒╤╕╘╧╛", "+")
_WIDTHS |= {"\u2028": "\n", "\u2029": "\n", "\u0085": "\n", "\x0b": "\n", "｜": "|", "∶": ":"}

# Kangxi radicals and compatibility ideographs, which PDF fonts leave behind.
_COMPATIBILITY = "\u2e80-\u2fdf\uf900-\ufaff"
_COMPAT = re.compile(f"[{_COMPATIBILITY}]")

_CONTROL = r"\x00-\x08\x0e-\x1f\x7f\ufffe\uffff"
_INVISIBLE = re.compile(rf"[\x0b-\x0d{_CONTROL}{UNSEEN}]")
# Invisible characters may stand between those of an entity, as between those of any word.
_HIDDEN = rf"[{_CONTROL}{UNSEEN}]*"
_BOOKMARK = r"\[bookmark:[^\]\n]{0,40}\]"
_GAP = rf"(?:[ \t{_CONTROL}{UNSEEN}]|&(?:nbsp|ensp|emsp|#160|#xa0);|{_BOOKMARK})*"
_DIGIT = r"(?:\d|&#(?:4[89]|5[0-7]|[xX]3\d);)"
_NAMES = "nbsp ensp emsp thinsp lt gt amp quot apos ldquo rdquo middot".split()
_NUMERAL = rf"#{_HIDDEN}(?:(?:\d{_HIDDEN}){{1,6}}|[xX]{_HIDDEN}(?:[0-9a-fA-F]{_HIDDEN}){{1,5}})"
_ENTITY = rf"&{_HIDDEN}(?:{'|'.join(map(_HIDDEN.join, _NAMES))}|{_NUMERAL})(?:{_HIDDEN};)?"
_APART = rf"{_HIDDEN}(?: {_HIDDEN})?"  # one space or none, and what nobody sees
_LINE = r"(?:^|(?<=\r))"  # where a line begins, whatever ended the one before
# A page number that stands between the rows of a table: "- 3 -", "第 3 页 共 6 页", "P. 9".
_PAGE = (
    rf"{_LINE}{_GAP}"
    rf"(?:[-—–―]+{_APART}\d(?:{_HIDDEN}\d){{0,2}}{_APART}[-—–―]+"
    r"|第 ?\d{1,3} ?页.{0,12}|(?:Page|P\.) ?\d{1,3}\b.{0,40})"
    rf"{_GAP}(?:\r\n?|\n)"
)
_PAGE_LINE = re.compile(_PAGE, re.MULTILINE)
_NUMBER_LINE = re.compile(r"[\r\n] *(\d{1,3}) *(?=(\r\n?|\n))")  # behind the end of another
# A number in the margin before a line, or on a line of its own, and what the line says.
_MARGIN = re.compile(r"^ *(\d{1,4})(?: +(?=\S)| *$)", re.MULTILINE)
_HEADING = re.compile(r"\s*[一二三四五六七八九]、")
_FEWEST_LINES = 10  # that are counted in their margin
_FEWEST_MORE = 4  # on another page
_SKIPPED = 5  # lines that may stand between two of these
_FARTHEST = 600  # characters between them
_BREAK = re.compile(rf"(?:{_GAP}\r?\n)?{_GAP}\f")
# Tags that converters leave in the cells of a text that is no web page.
_TAGS = "span|font|strong|em|su[bp]|[biu]"
_INLINE = rf"<(?:/?(?:{_TAGS})(?:\s[^<>\n]{{0,200}})?|br ?/?)>"
_FEWEST_PAGES = 3
_JUNK = re.compile(
    # What any of it begins with, by which most of a text is passed over at once.
    rf"(?=[\r\f{_CONTROL}{UNSEEN}&\[(<\\]|{_LINE}[ \t\d\-—–―第P])(?:"
    r"\r\n?"
    # A page break, with the number of the page before it; it ends a line.
    rf"|(?:{_LINE}{_GAP}{_DIGIT}{{1,3}}{_GAP}(?:\r?\n{_GAP}){{0,2}})?\f"
    rf"|[{_CONTROL}{UNSEEN}]+"
    rf"|{_ENTITY}"
    rf"|{_BOOKMARK}"
    rf"|{_INLINE}"
    rf"|{_PAGE}"
    # What markdown escapes, but for what is a border: 1\\. and 2\\.5.
    r"|\\(?=[.\-_*#()\[\]+!])"
    r"|(?<=[一-鿿])\((?:[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6})\))",
    re.MULTILINE,
)
# A quick look for what _JUNK needs, since most texts hold none of it. One set of first
# characters leads, which is the fastest search there is; what each must be is looked at then.
_JUNK_SIGNS = re.compile(
    rf"[\r\f{_CONTROL}{UNSEEN}&\\\\"
    r"\[\-—–―第P(<]"
    r"(?:(?<=[^\[\-—–―第P(<])|(?<=\[)bookmark|(?<=[-—–―]) ?\d{1,3} ?[-—–―]|(?<=第) ?\d{1,3} ?页"
    rf"|(?<=<)/?(?:{_TAGS}|br)[\s/>]"
    r"|(?<=P)(?:age|\.)|(?<=\()[a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]{1,6}\))"
)


def normalise(document: Document) -> Text:
    """Clean a document's text.

    >>> text = normalise(Document("規\\u200b章\\t１，１１３&nbsp;件"))
    >>> text.clean, text.quote(3, 8)
    ('规章\\t1,113 件', '１，１１３')
    """
    clean = _numberless(_one_for_one(document.text))
    counted = _counted(clean)
    if not counted and not _JUNK_SIGNS.search(clean):
        return Text(document.text, clean)
    text = Text.edited(clean, _without(_edits(clean), counted))
    # Entities may bring in what the first pass folds, and what makes the line of a page number.
    folded = _one_for_one(text.clean)
    if "&" in clean and (pages := [*_pages(folded), *_counted(folded)]):
        dropped = sorted([*counted, *(text.source_span(*page) for page in pages)])
        text = Text.edited(clean, _without(_edits(clean), dropped))
        folded = _one_for_one(text.clean)
    return Text(document.text, folded, text.runs)


def _pages(clean: str) -> Iterator[Span]:
    """Lines that say that they number a page."""
    return (line.span() for line in _PAGE_LINE.finditer(clean))


def _counted(clean: str) -> list[Span]:
    """Lines of nothing but a number that count the pages: 1, 2, 3 and so on, and no other such."""
    found: list[Span] = []
    next_page = None
    for m in _NUMBER_LINE.finditer("\n" + clean):
        page = int(m[1])
        start, end = m.start(), m.end(2) - 1
        apart = not found or start > found[-1][1]
        if next_page not in (None, page) or not apart:
            return []
        found.append((start, end))
        next_page = page + 1
    if len(found) < _FEWEST_PAGES:
        return []
    # A page break takes the number before it along (`_JUNK`).
    return [span for span in found if not _BREAK.match(clean, span[1])]


def _numberless(clean: str) -> str:
    """The text with spaces for the numbers that count its lines in their margin: 1, 2, 3 and so on.

    A word processor counts no lines of tables. So behind many others the next may stand anywhere.
    """
    if f"\n{_FEWEST_LINES}" not in clean and f" {_FEWEST_LINES}" not in clean:
        return clean
    chains: list[list[Span]] = [[]]
    alone = 0  # numbers of a chain that have a line of their own
    for m in _MARGIN.finditer(clean):
        found = chains[-1]
        lone = clean[m.end() : m.end() + 1] in ("", "\n")
        if m[1] == "1":  # each page may begin anew
            chains.append([m.span(1)])
            alone = lone
        elif found and m[1] == str(len(found) + 1):
            heading = lone and _HEADING.match(clean, m.end()) is not None
            apart = len(found) >= _FEWEST_LINES and (heading or not lone)
            near = (not lone or alone * 2 >= len(found)) and _near(clean, found[-1][1], m.start())
            if apart or near:
                found.append(m.span(1))
                alone += lone
    if max(map(len, chains)) < _FEWEST_LINES:
        return clean
    pieces = []
    done = 0
    for start, end in (span for chain in chains if len(chain) >= _FEWEST_MORE for span in chain):
        pieces += [clean[done:start], " " * (end - start)]
        done = end
    return "".join([*pieces, clean[done:]])


def _near(clean: str, start: int, end: int) -> bool:
    """Whether few lines with words stand between two positions."""
    lines = clean[start:end].split("\n") if end - start < _FARTHEST else []
    return len(lines) > 0 and sum(bool(line.strip()) for line in lines[1:]) <= _SKIPPED


def _edits(clean: str) -> Iterator[Edit]:
    return ((m.start(), m.end(), _replacement(m[0])) for m in _JUNK.finditer(clean))


def _without(edits: Iterable[Edit], dropped: Sequence[Span]) -> Iterable[Edit]:
    """The edits, and those that drop some stretches with all that is edited in them."""
    if not dropped:
        return edits
    ends = [end for _, end in dropped]

    def inside(edit: Edit) -> bool:
        at = bisect_right(ends, edit[0])
        return at < len(dropped) and dropped[at][0] <= edit[0]

    kept = [edit for edit in edits if not inside(edit)]
    return sorted([*kept, *((start, end, "") for start, end in dropped)])


def _replacement(junk: str) -> str:
    if junk[0] == "\r" or junk[-1] == "\f":
        return "\n"
    if junk.startswith("<br"):
        return " "  # between two numbers it may part them
    return _meant(_INVISIBLE.sub("", junk)) if junk[0] == "&" else ""


@lru_cache(maxsize=1_000)  # a text has a few of them many times
def _meant(entity: str) -> str:
    """The character that an entity stands for, nothing where it is one that nobody sees."""
    character = html.unescape(entity if entity.endswith(";") else entity + ";")[:1]
    return "" if _INVISIBLE.match(character) else character.replace("\r", " ")


def _one_for_one(text: str) -> str:
    pairs, words, signs, any_fold = _folds()
    found = set(any_fold.findall(text))
    for old in found & _WIDTHS.keys():
        text = text.replace(old, _WIDTHS[old])
    if found <= _WIDTHS.keys():
        return text
    text = _COMPAT.sub(lambda m: _unified(m[0]), text)
    if signs.search(text):
        text = text.translate(pairs)
        for old, new in words:
            text = text.replace(old, new)
    return text


def _unified(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character)
    return folded if len(folded) == 1 else character


_Words = tuple[tuple[str, str], ...]


@cache
def _folds() -> tuple[dict[int, str], _Words, re.Pattern[str], re.Pattern[str]]:
    """Traditional characters and words, what finds such a character, and what finds any fold."""
    lines = (files("gkllm") / "forms" / "traditional.txt").read_text("utf-8").splitlines()
    entries = [entry for line in lines if not line.startswith("#") for entry in line.split()]
    words = tuple((old, new) for old, _, new in (e.partition("=") for e in entries) if new)
    pairs = {ord(e[0]): e[1] for e in entries if "=" not in e}
    signs = "".join(map(chr, pairs))
    every = re.compile(f"[{signs}{_COMPATIBILITY}{''.join(map(re.escape, _WIDTHS))}]")
    return pairs, words, re.compile(f"[{signs}]"), every
