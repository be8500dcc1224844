"""What comes in: encodings, paths, folders, and what is refused."""

from __future__ import annotations

import contextlib
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gkllm import errors
from gkllm.load import LIMIT, inputs, load

FIXTURES = Path(__file__).parent.parent / "fixtures"
SEEDS = sorted(FIXTURES.glob("seed-*/source.txt"))
TEXTS = [path.read_bytes().decode() for path in SEEDS]
MARKED = {"utf-8": "utf-8-sig", "utf-16-le": "utf-16", "utf-32-le": "utf-32"}

TRADITIONAL = (
    "某某區人民政府2022年政府信息公開工作年度報告\n一、總體情況\n"
    "本機關依申請公開政府資訊12件，行政復議0件。\n\t規章\n\t0\n\t0\n\t3\n"
)


@pytest.fixture(params=range(len(TEXTS)), ids=[path.parent.name for path in SEEDS])
def text(request: pytest.FixtureRequest) -> str:
    return TEXTS[request.param]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_every_encoding_gives_the_same_text(text: str, encoding: str) -> None:
    document = load(text.encode(encoding))
    assert (document.text, document.encoding) == (text, encoding)


@pytest.mark.parametrize("encoding", MARKED)
def test_a_byte_order_mark_decides_and_is_dropped(text: str, encoding: str) -> None:
    document = load(text.encode(MARKED[encoding]))
    assert (document.text, document.encoding) == (text, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("size", [60, 400, 4000])
def test_a_slice_is_enough(text: str, encoding: str, size: int) -> None:
    piece = text[:size]
    assert load(piece.encode(encoding)).text == piece


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le", "utf-16-be"])
def test_a_line_or_two_are_enough(text: str, encoding: str) -> None:
    for start in range(0, len(text) - 40, 61):
        piece = text[start : start + 40]
        if sum("一" <= c <= "鿿" for c in piece) >= 3:
            assert load(piece.encode(encoding)).text == piece


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "utf-16-le", "utf-16-be"])
def test_a_cut_last_character_costs_only_itself(text: str, encoding: str) -> None:
    piece = text[:1500]
    while piece[-1] < "一":
        piece = piece[:-1]
    assert load(piece.encode(encoding)[:-1]).text == piece[:-1]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_bad_byte_costs_a_few_characters(text: str, encoding: str) -> None:
    data = bytearray(text.encode(encoding))
    at = len(data) // 3
    data[at : at + 1] = b"\xff"
    read = load(bytes(data)).text
    head = len(bytes(data[:at]).decode(encoding, "ignore")) - 2
    assert read[:head] == text[:head]
    assert read[-500:] == text[-500:]


def test_big5_is_told_from_gb18030() -> None:
    document = load(TRADITIONAL.encode("big5"))
    assert (document.text, document.encoding) == (TRADITIONAL, "big5hkscs")
    assert load(TRADITIONAL.encode("gb18030")).text == TRADITIONAL


def test_a_gb2312_label_is_not_obeyed() -> None:
    text = "<meta charset=gb2312> 喆镕镇政府信息公开年度报告，收到申请0件"
    with pytest.raises(UnicodeEncodeError):
        text.encode("gb2312")
    assert "喆镕镇" in load(("，" + text).encode("gb18030")).text


def test_ascii_before_the_first_chinese_character_does_not_mislead() -> None:
    text = "0\t" * 60_000 + "政府信息公开工作年度报告"
    for encoding in ("gb18030", "utf-8"):
        assert load(text.encode(encoding)).text == text


@settings(deadline=None)  # some of them are read in a child process, which has to be started
@given(st.binary(min_size=1, max_size=400))
def test_any_bytes_give_text_or_a_named_error(data: bytes) -> None:
    with contextlib.suppress(errors.UnreadableInput):
        load(data).text.encode()


@given(
    st.text(alphabet="政府信息公开申请件年度报告、，。\t\n 0123456789", min_size=1).filter(
        str.strip
    )
)
def test_utf8_bytes_are_kept_exactly(text: str) -> None:
    assert load(text.encode()).text == text


def test_line_ends_and_odd_spaces_stay_as_they_are() -> None:
    text = "规章\r\n\u3000０\u00a0件\r"
    assert load(text.encode()).text == text


def test_lone_surrogates_are_replaced_one_for_one() -> None:
    assert load("规\ud800章\n").text == "规\ufffd章\n"


def test_a_path_as_str_or_path_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "报告 1.txt"
    path.write_bytes("规章\t0".encode("gb18030"))
    assert load(str(path)) == load(path)
    assert (load(path).path, load(path).encoding) == (str(path), "gb18030")
    assert load(path).sha256 == load(path.read_bytes()).sha256


@pytest.mark.parametrize("name", ["report.txt", "./x", "data/x", "C:\\a\\b", "/nowhere/年报"])
def test_a_missing_path_is_said_to_be_missing(name: str) -> None:
    with pytest.raises(errors.NotFound, match="No such file"):
        load(name)


@pytest.mark.parametrize(
    "text", ["未收到申请", "规章 / / /", "一、\n/x.txt", "申请1/2件，答复", "2024.12.31"]
)
def test_a_short_text_is_a_text(text: str) -> None:
    assert load(text).text == text


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", errors.EmptyInput),
        (" \r\n\t\u3000".encode(), errors.EmptyInput),
        (b"\0" * 100, errors.EmptyInput),
        (b"%PDF-1.7\n...", errors.Truncated),
        (b"PK\x03\x04....", errors.Truncated),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", errors.Truncated),
        (b"{\\rtf1 {\\info x}}", errors.EmptyInput),
        (b"\n<!DOCTYPE html><p> <br>", errors.EmptyInput),
        (bytes(range(256)) * 20, errors.NotText),
    ],
)
def test_what_is_no_text_is_refused_by_name(
    data: bytes, error: type[errors.UnreadableInput]
) -> None:
    with pytest.raises(error) as caught:
        load(data)
    assert caught.value.code == error.code
    assert len(str(caught.value).split(". ")) >= 2  # what is wrong, and what to do


def test_the_size_limit(tmp_path: Path) -> None:
    path = tmp_path / "large.txt"
    with path.open("wb") as file:
        file.truncate(LIMIT + 1)
    with pytest.raises(errors.TooLarge):
        load(path)


def test_a_folder_is_no_document(tmp_path: Path) -> None:
    with pytest.raises(errors.NoDocuments):
        load(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("规章")
    path.chmod(0)
    with pytest.raises(errors.CannotOpen):
        load(path)


def test_a_name_that_no_system_takes() -> None:
    with pytest.raises(errors.CannotOpen):
        load(Path("x" * 5000))
    with pytest.raises(errors.CannotOpen):
        load(Path("x\0y"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in [
        "b.txt",
        "a.TXT",
        "sub/c.md",
        "sub/d",
        "sub/scan.pdf",
        "label.json",
        ".hidden.txt",
    ]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("规章")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "x.txt").write_text("规章")
    (tmp_path / "empty").mkdir()
    return tmp_path


def names(folder: Path, *words: str) -> list[str]:
    return [
        os.path.relpath(found.name, folder) for found in inputs([str(folder / w) for w in words])
    ]


def test_a_folder_stands_for_its_documents(folder: Path) -> None:
    documents = ["a.TXT", "b.txt", "sub/c.md", "sub/d", "sub/scan.pdf"]
    assert names(folder, "") == documents


def test_order_is_that_of_the_command_line(folder: Path) -> None:
    assert names(folder, "b.txt", "sub/d", "a.TXT", "b.txt") == ["b.txt", "sub/d", "a.TXT", "b.txt"]


def test_patterns(folder: Path) -> None:
    assert names(folder, "*.txt") == ["b.txt"]
    assert names(folder, "**/*.md") == ["sub/c.md"]
    assert names(folder, "su[b]") == ["sub/c.md", "sub/d", "sub/scan.pdf"]


def test_a_name_with_brackets_is_a_name_first(folder: Path) -> None:
    (folder / "[2024].txt").write_text("规章")
    assert names(folder, "[2024].txt") == ["[2024].txt"]


@pytest.mark.parametrize(
    ("word", "code"), [("none.txt", "not_found"), ("*.rtf", "not_found"), ("empty", "no_documents")]
)
def test_a_word_that_names_nothing_is_an_input_with_an_error(
    folder: Path, word: str, code: str
) -> None:
    [found] = inputs([str(folder / word)])
    with pytest.raises(errors.UnreadableInput) as caught:
        found.load()
    assert caught.value.code == code


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO("规章".encode("gb18030"))))
    [found] = inputs(["-"])
    assert (found.load().path, found.name) == ("-", "-")


def test_a_file_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xb9\xe6.txt"
    try:
        with open(path, "wb") as file:
            file.write("规章".encode())
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    [found] = inputs([os.fsdecode(path)])
    name = found.load().path
    assert name is not None
    name.encode()
