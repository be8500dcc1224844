"""Zip archives: as many inputs as documents, refused before they unpack to too much."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from gkllm import errors
from gkllm.load import Input, inputs, load
from tests.attacks import archive_bomb, nested_archives, sound, zipped

TEXT = "石柳镇2023年政府信息公开工作年度报告\n一、总体情况\n".encode()


def written(path: Path, data: bytes) -> list[Input]:
    path.write_bytes(data)
    return list(inputs([str(path)]))


def test_each_document_is_an_input_of_its_own(tmp_path: Path) -> None:
    parts = {"b/2.txt": TEXT, "a.docx": sound("docx"), "x.png": b"\x89PNG", "__MACOSX/b.txt": TEXT}
    found = written(tmp_path / "年报.zip", zipped({**parts, ".hidden.txt": TEXT, "d/": b""}))
    assert [i.name.rpartition("!")[2] for i in found] == ["b/2.txt", "a.docx"]
    assert found[0].name == f"{tmp_path / '年报.zip'}!b/2.txt"
    assert found[0].load().text == TEXT.decode()
    assert found[0].load().path == found[0].name
    assert found[1].load().tables


def test_names_in_gbk_are_readable(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as made:
        info = zipfile.ZipInfo("abcdefgh.txt")
        made.writestr(info, TEXT)
    name = "年报年报".encode("gbk")
    path.write_bytes(path.read_bytes().replace(b"abcdefgh", name))
    assert [i.name for i in inputs([str(path)])] == [f"{path}!年报年报.txt"]


def test_an_archive_in_an_archive_is_opened_once(tmp_path: Path) -> None:
    found = written(tmp_path / "a.zip", nested_archives(1))
    assert [i.name for i in found] == [f"{tmp_path / 'a.zip'}!inner.zip!a.txt"]
    assert found[0].load().text.startswith("规章")
    found = written(tmp_path / "b.zip", nested_archives(2))
    assert [i.name for i in found] == [f"{tmp_path / 'b.zip'}!inner.zip!inner.zip"]
    with pytest.raises(errors.UnsupportedFormat, match="archive in an archive"):
        found[0].load()


def test_a_bomb_is_refused_member_by_member(tmp_path: Path) -> None:
    found = written(tmp_path / "a.zip", archive_bomb())
    assert len(found) == 3
    for each in found:
        with pytest.raises(errors.TooLarge, match="times its packed size"):
            each.load()


def test_a_locked_member_says_so(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": TEXT}))
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(magic) + at] |= 1
    with pytest.raises(errors.Encrypted):
        written(tmp_path / "a.zip", bytes(data))[0].load()


def test_what_is_no_archive_is_one_input(tmp_path: Path) -> None:
    assert len(written(tmp_path / "a.docx", sound("docx"))) == 1
    assert len(written(tmp_path / "broken.zip", zipped({"a.txt": TEXT})[:40])) == 1
    (empty,) = written(tmp_path / "empty.zip", zipped({}))
    with pytest.raises(errors.UnsupportedFormat):
        empty.load()


def test_bytes_of_an_archive_with_one_document_are_that_document() -> None:
    assert load(zipped({"a.txt": TEXT})).text == TEXT.decode()
    with pytest.raises(errors.UnsupportedFormat, match="2 documents"):
        load(zipped({"a.txt": TEXT, "b.txt": TEXT}))


def test_a_wrong_ending_still_works(tmp_path: Path) -> None:
    for name, ending in (("docx", "pdf"), ("xlsx", "doc"), ("html-nested", "txt"), ("csv", "md")):
        (found,) = written(tmp_path / f"{name}.{ending}", sound(name))
        assert found.load().tables


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_out_of_a_folder_and_pipes_are_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "secret.txt"
    outside.write_bytes(TEXT)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.txt").write_bytes(TEXT)
    (folder / "b.txt").symlink_to(outside)
    (folder / "c.txt").symlink_to("a.txt")
    os.mkfifo(folder / "d.txt")
    found = {Path(i.name).name: i for i in inputs([str(folder)])}
    assert found["a.txt"].load()
    assert found["c.txt"].load()
    for name in ("b.txt", "d.txt"):
        with pytest.raises(errors.CannotOpen):
            found[name].load()
