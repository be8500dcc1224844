"""What happens to the text of a report: characters, lines and bytes.

Each function takes a `Rendered` and a `Random`. Marks (see `draft.mark`) travel with their
numbers, so what a function takes away is no longer printed without further bookkeeping.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from evals.dice import degree, often
from evals.draft import MARKS, path_of, plain, row_of
from evals.render import Rendered

_CJK = re.compile(r"[一-鿿]")
_WIDE_DIGITS = {ord("0") + i: chr(ord("０") + i) for i in range(10)}
_SIMPLIFIED = (
    "请开关动产业务协单卫历厅县发变号员团围国圆处备复头奖实审宽对导将尔层岁帐并广应张"
    "强归当录总执扩护报拟择损据数无时显术机权条来构标树检样结纠统继续维综编缴网职联节"
    "营规观览计订议记设访证评诉识词试该询详语误说读课调负财责质费资赔转轻较载输达过还"
    "进违选递适门闻阅队阶际险随难项须预领题额风馆验体会传优价众个书为举义乡买亲亿从仓"
    "仪们农办励劳势华卖压厂双叶启响园坏声够学宁宝写镇龙凤湾滩庄冈东兴长讼"
)
_OTHER = (
    "請開關動產業務協單衛歷廳縣發變號員團圍國圓處備復頭獎實審寬對導將爾層歲帳並廣應張"
    "強歸當錄總執擴護報擬擇損據數無時顯術機權條來構標樹檢樣結糾統繼續維綜編繳網職聯節"
    "營規觀覽計訂議記設訪證評訴識詞試該詢詳語誤說讀課調負財責質費資賠轉輕較載輸達過還"
    "進違選遞適門聞閱隊階際險隨難項須預領題額風館驗體會傳優價眾個書為舉義鄉買親億從倉"
    "儀們農辦勵勞勢華賣壓廠雙葉啟響園壞聲夠學寧寶寫鎮龍鳳灣灘莊岡東興長訟"
)
_TRADITIONAL = dict(zip(_SIMPLIFIED, _OTHER, strict=True))
_BACK = {ord(new): old for old, new in _TRADITIONAL.items()}
_PINYIN = dict(
    pair.split(":")
    for pair in (
        "机:jī 构:gòu 发:fa 布:bù 时:shi 间:jian 开:kāi 请:qǐng 数:shù 类:lei 务:wu 项:xiàng "
        "处:chu 规:guī 范:fan 国:guó 织:zhi 会:huì 总:zǒng 计:jì 业:yè 结:jié 续:xù 办:bàn "
        "复:fù 议:yì 讼:song 诉:sù 维:wéi 关:guān 报:bào 审:shěn 转:zhuǎn 执:zhí 费:fèi"
    ).split()
)
_MUDDLED = ("\u00a0", "\u3000", "\u2003", "\u2009", "\u202f")


def _with(rendered: Rendered, text: str) -> Rendered:
    return replace(rendered, marked_text=text)


def full_width(rendered: Rendered, rng: Random) -> Rendered:
    """Digits are full width: all, or about half of the numbers."""
    share = degree(rng, (0.5, 1.0))

    def widen(found: re.Match[str]) -> str:
        return found[0].translate(_WIDE_DIGITS) if rng.random() < share else found[0]

    return _with(rendered, re.sub(r"\d+", widen, rendered.marked_text))


def odd_spaces(rendered: Rendered, rng: Random) -> Rendered:
    """No-break, ideographic and thin spaces around numbers, and for the spaces there are."""
    aligned = rendered.layout in ("spaced", "raw")

    def pad(found: re.Match[str]) -> str:
        return rng.choice(("", *_MUDDLED[:2])) + found[0] + rng.choice(("", _MUDDLED[0]))

    text = rendered.marked_text
    if not aligned:
        text = re.sub(r"(?<![\d.,])\d[\d.,]*[\U000f0000-\U000ffffd]", pad, text)
    kind = rng.choice(_MUDDLED[:1] if aligned else _MUDDLED)
    return _with(
        rendered, re.sub(" ", lambda m: kind if rng.random() < often(rng, 0.7) else m[0], text)
    )


def zero_width(rendered: Rendered, rng: Random) -> Rendered:
    """Zero-width spaces, joiners and byte-order marks between characters, also between digits."""
    odd = ("\u200b", "\u200c", "\u200d", "\ufeff", "\u2060")
    out = []
    for char in rendered.marked_text:
        out.append(char)
        if char.strip() and rng.random() < often(rng, 0.02):
            out.append(rng.choice(odd))
    return _with(rendered, "".join(out))


def entities(rendered: Rendered, rng: Random) -> Rendered:
    """HTML entities: &nbsp; for spaces, &#48; for digits, &ldquo; for quotation marks."""

    def encode(found: re.Match[str]) -> str:
        if rng.random() > 0.3:
            return found[0]
        char = found[0]
        named = {" ": "&nbsp;", "“": "&ldquo;", "”": "&rdquo;"}
        return named.get(char) or rng.choice((f"&#{ord(char)};", f"&#x{ord(char):X};"))

    return _with(rendered, re.sub(r"[ “”\d]", encode, rendered.marked_text))


def traditional(rendered: Rendered, rng: Random) -> Rendered:
    """Traditional characters throughout."""
    return _with(rendered, rendered.marked_text.translate(str.maketrans(_TRADITIONAL)))


def taiwan(rendered: Rendered, rng: Random) -> Rendered:
    """Traditional characters and the words of Taiwan: 檔案 for 文件, 資訊 for 信息."""
    text = rendered.marked_text.replace("规范性文件", "规范性檔案").replace("网站", "網站")
    if rng.random() < 0.5:
        text = text.replace("信息", "資訊")
    return traditional(_with(rendered, text), rng)


def pinyin(rendered: Rendered, rng: Random) -> Rendered | None:
    """Traditional characters with pinyin behind some: 機(jī)構(gòu)."""
    if rendered.layout == "spaced":
        return None  # web mirrors add pinyin; it would push numbers out of their columns

    def annotate(found: re.Match[str]) -> str:
        char = found[0]
        if char in _PINYIN and rng.random() < often(rng, 0.4):
            return f"{char}({_PINYIN[char]})"
        return char

    return traditional(_with(rendered, _CJK.sub(annotate, rendered.marked_text)), rng)


def page_numbers(rendered: Rendered, rng: Random) -> Rendered | None:
    """Lines with a page number anywhere, inside tables too: -3-, - 4 -, 第5页, or a bare 6."""
    lines = rendered.marked_text.split("\n")
    if len(lines) < 20:
        return None
    style = rng.choice(("-{}-", "- {} -", "— {} —", "第{}页", "Page {} - 年度报告", "{}"))
    if style == "{}" and rendered.layout == "stacked_plain":
        style = "-{}-"  # a bare number among bare numbers is a number
    places = sorted(rng.sample(range(2, len(lines)), rng.randint(1, 5)))
    for count, at in reversed(list(enumerate(places, 1))):
        lines.insert(at, style.format(count))
    return _with(rendered, "\n".join(lines))


def stray_numbers(rendered: Rendered, rng: Random) -> Rendered | None:
    """A page number inside a sentence: 进一步26做好."""
    runs = [m.start() + 2 for m in re.finditer(r"[一-鿿]{4}", rendered.marked_text)]
    letters = [at for at in runs if rendered.marked_text[at - 2 : at + 2] in _SAFE_FOR_STRAY]
    if not letters:
        return None
    text = rendered.marked_text
    for at in sorted(rng.sample(letters, min(3, len(letters))), reverse=True):
        text = text[:at] + str(rng.randint(2, 30)) + text[at:]
    return _with(rendered, text)


# Words in which no number can mean a count.
_SAFE_FOR_STRAY = frozenset(
    ("业务水平", "公开渠道", "审核流程", "解读形式", "政策解读", "群众关切", "工作能力", "及时更新")
)


def lines_once(rendered: Rendered, rng: Random) -> Rendered | None:
    """Every line that repeats an earlier line is gone (M3); numbers left are unplaced."""
    seen: set[str] = set()
    kept = []
    for line in rendered.marked_text.split("\n"):
        bare = plain(line).strip()
        if bare and bare in seen:
            continue
        seen.add(bare)
        kept.append(line)
    text = "\n".join(kept)
    if text == rendered.marked_text:
        return None
    if rendered.layout in ("stacked", "stacked_plain"):
        cells = frozenset(p for p in rendered.printed if not p.startswith("facts."))
        return replace(_with(rendered, text), uncertain=rendered.uncertain | cells)
    return _with(rendered, text)


def truncated(rendered: Rendered, rng: Random) -> Rendered:
    """The text ends early, at a line end or in the middle of one."""
    text = rendered.marked_text
    at = int(len(text) * rng.uniform(0.25, 0.95))
    if rng.random() < 0.6 and "\n" in text[:at]:
        at = text.rindex("\n", 0, at)
    while at and text[at - 1].isdigit():  # a number cut in two would be another number
        at -= 1
    return _with(rendered, text[:at])


def beginning_lost(rendered: Rendered, rng: Random) -> Rendered:
    """The text begins late, as the second page of a report does.

    The row that it begins in has lost its label or a part of its numbers.
    """
    text = rendered.marked_text
    at = int(len(text) * rng.uniform(0.05, 0.5))
    at = text.find("\n", at, len(text) - 200) + 1 or at
    while at < len(text) and (text[at].isdigit() or MARKS.match(text[at])):
        at += 1
    left = MARKS.findall(text[at:])
    cells = [path for path in map(path_of, left) if not path.startswith("facts.")]
    cut = frozenset(p for p in cells if row_of(p) == row_of(cells[0]))
    return replace(_with(rendered, text[at:]), uncertain=rendered.uncertain | cut)


_DATES = ("facts.period_start", "facts.period_end", "facts.published_on", "facts.year")


def dates_worn(rendered: Rendered, rng: Random) -> Rendered | None:
    """年, 月, 日 lost beside digits: 20241月1日, 1231日, 2024我镇 (M21)."""

    def wear(found: re.Match[str]) -> str:
        return "" if rng.random() < often(rng, 0.3) else found[0]

    text = re.sub(r"(?<=\d)[年月日](?![一-鿿]{2}度)", wear, rendered.marked_text)
    if text == rendered.marked_text:
        return None
    return replace(_with(rendered, text), uncertain=rendered.uncertain | frozenset(_DATES))


def doubled_words(rendered: Rendered, rng: Random) -> Rendered | None:
    """Words typed twice: 主动公开主动公开, 我局我局, 申请申请."""
    if rendered.layout == "spaced":
        return None  # typed before the page was set, so it moves no column
    words = ("主动公开", "我局", "我镇", "申请", "公开", "年度")
    word = rng.choice([w for w in words if w in rendered.marked_text] or ["公开"])

    def double(found: re.Match[str]) -> str:
        return found[0] * 2 if rng.random() < often(rng, 0.25) else found[0]

    return _with(rendered, re.sub(word, double, rendered.marked_text))


def bookmarks(rendered: Rendered, rng: Random) -> Rendered | None:
    """Word residue at the beginning of lines: [bookmark: _GoBack]."""
    if rendered.layout == "spaced":
        return None
    lines = rendered.marked_text.split("\n")
    full = [at for at, line in enumerate(lines) if line.strip()]
    for at in rng.sample(full, min(3, len(full))):
        head = len(lines[at]) - len(lines[at].lstrip())
        residue = rng.choice(("[bookmark: _GoBack]", "[bookmark: _Toc12345]"))
        lines[at] = lines[at][:head] + residue + lines[at][head:]
    return _with(rendered, "\n".join(lines))


def line_ends(rendered: Rendered, rng: Random) -> Rendered:
    """Line ends of three kinds in one text."""
    ends = rng.choice((("\r\n",), ("\r\n", "\n"), ("\r\n", "\n", "\r")))
    return _with(rendered, re.sub("\n", lambda _: rng.choice(ends), rendered.marked_text))


def control(rendered: Rendered, rng: Random) -> Rendered:
    """NUL and other control characters between characters and inside numbers."""
    odd = ("\x00", "\x01", "\x07", "\x08", "\x1f", "\x7f", "\ufffe")
    out = []
    for char in rendered.marked_text:
        out.append(char)
        if char not in "\r\n\t\f" and rng.random() < often(rng, 0.01):
            out.append(rng.choice(odd))
    return _with(rendered, "".join(out))


def inner_spaces(rendered: Rendered, rng: Random) -> Rendered | None:
    """Spaces between the characters of labels: 自 然 人, 商 业 企 业."""
    if rendered.layout in ("spaced", "raw", "one_line"):
        return None
    text = rendered.marked_text
    for word in (
        "自然人",
        "商业企业",
        "科研机构",
        "总计",
        "结果维持",
        "规章",
        "行政许可",
        "予以公开",
    ):
        if rng.random() < 0.6:
            text = text.replace(word, " ".join(word))
    return _with(rendered, text)


def encoded(encoding: str, prefix: bytes) -> Callable[[Rendered, Random], Rendered | None]:
    """The document is bytes in an encoding, with its byte-order mark."""

    def change(rendered: Rendered, rng: Random) -> Rendered | None:
        try:
            rendered.text.encode(encoding)
        except UnicodeEncodeError:
            return None
        return replace(rendered, encoding=encoding, prefix=prefix)

    return change


def simplified(text: str) -> str:
    """Text with the traditional characters that this module writes turned back."""
    return text.translate(_BACK)
