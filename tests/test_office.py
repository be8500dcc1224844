"""What LibreOffice has to open: that it does, what it may not do, and what is said without it."""

# ruff: noqa: S311 - reports repeat from a seed

from __future__ import annotations

import http.server
import random
import subprocess
import threading
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from evals.cases import case
from evals.draft import Draft, Table, plain
from evals.formats import set_as
from evals.formats.office import converted
from evals.render import Rendered, render
from evals.truth import random_truth
from gkllm.batch.reader import DocumentReader
from gkllm.errors import Encrypted, NotInstalled, OfPictures, TimedOut, UnsupportedFormat
from gkllm.load import Input, child, load, office
from gkllm.load.formats import FORMATS
from gkllm.pipeline import read
from gkllm.score import SILENT, judge
from gkllm.worker import Limits, Worker
from tests.attacks import zipped
from tests.old_word import Block, compound, word95

needs_office = pytest.mark.skipif(office.program() is None, reason="LibreOffice is not installed")
_ODF = "application/vnd.oasis.opendocument"


def rendered() -> Rendered:
    rng = random.Random(11)
    return render(random_truth(rng, "2021"), rng, "tabs")


def old_word(draft: Draft) -> bytes:
    blocks: list[Block] = []
    for block in draft.blocks:
        if isinstance(block, Table):
            blocks.append(
                [[("" if c.merged else plain(c.text), c.wide) for c in row] for row in block.rows]
            )
        else:
            blocks.append(plain(block.text))
    return word95(blocks)


def open_document(kind: str, content: bytes = b"<x/>", manifest: bytes = b"<m/>") -> bytes:
    parts = {"mimetype": f"{_ODF}.{kind}".encode(), "content.xml": content}
    return zipped(parts | {"META-INF/manifest.xml": manifest})


def only_office_opens() -> dict[str, bytes]:
    return {
        "word95": word95(["规章"]),
        "word2": b"\xdb\xa5\x2d\0" + bytes(500),
        "works": compound(b"CHNKWKS\0" + bytes(100), "CONTENTS"),
        "odt": open_document("text"),
        "ods": open_document("spreadsheet"),
        "fodt": f'<?xml version="1.0"?><office:document office:mimetype="{_ODF}.text">'.encode(),
        "wordml": b'<?xml version="1.0"?><?mso-application?><w:wordDocument xmlns:w="x">',
        "excelml": b'<?xml version="1.0"?><Workbook xmlns="urn:x">',
        "uot": b'<?xml version="1.0"?><uof:UOF xmlns:uof="x">',
    }


@pytest.mark.parametrize("name", only_office_opens())
def test_without_it_the_message_names_what_to_install(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(office, "_ON_A_MAC", "/nowhere")
    with pytest.raises(NotInstalled, match=r"LibreOffice.*apt install libreoffice-writer.*\.docx"):
        load(only_office_opens()[name])


def test_what_it_cannot_help_with_is_refused_at_once() -> None:
    locked = b'<manifest:encryption-data manifest:checksum="x"/>'
    for data, error, words in (
        (open_document("text", manifest=locked), Encrypted, "password"),
        (open_document("presentation"), UnsupportedFormat, "presentation"),
        (
            zipped({"OFD.xml": b"<ofd:OFD/>", "Doc_0/Document.xml": b"<x/>"}),
            UnsupportedFormat,
            "OFD",
        ),
    ):
        with pytest.raises(error, match=words):
            load(data)


@needs_office
@pytest.mark.parametrize("name", ["word95", "odt"])
def test_a_report_that_it_opens_is_read_whole(name: str) -> None:
    made = rendered()
    if name == "word95":
        data = old_word(made.draft)
    else:
        data = converted(set_as(made, "docx", random.Random(1)).data, "docx", name)
    document = load(data)
    assert document.notes[0] == office.NOTE
    judged = judge(read(document).report.fields, case(name, made, ()).truth)
    cells = [j for j in judged if j.path in made.printed]
    assert not [j for j in judged if j.verdict in SILENT]
    assert len(cells) > 190
    assert all(j.verdict == "right" for j in cells)


@needs_office
def test_a_batch_opens_it_outside_of_the_child_that_may_start_nothing(tmp_path: Path) -> None:
    class Nothing:
        def find(self, key: bytes) -> None:
            return None

    path = tmp_path / "old.doc"
    path.write_bytes(old_word(rendered().draft))
    with Worker(Limits(memory=1 << 30, cpu=60)) as worker:
        found = DocumentReader(Nothing(), worker, False, False).result(Input("old.doc", path))
    assert getattr(found, "error", "") is None


def test_pictures_are_recognised_in_a_child_that_has_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scan = FORMATS["scan"]
    monkeypatch.setenv("GKLLM_INSIDE_WORKER", str(1 << 30))
    with pytest.raises(OfPictures):
        child.document(b"%PDF-1.7", scan)

    class Narrow:
        def run(self, task: str, data: bytes, **options: object) -> None:
            raise OfPictures("not here")

    class Wide:
        def run(self, task: str, data: bytes, **options: object) -> tuple[object, ...]:
            return task, data, options

    monkeypatch.setattr(office, "shared", {scan.limits: Wide()}.__getitem__)
    narrow: Any = Narrow()
    assert office.run(narrow, "a:b", b"x", name="n") == ("a:b", b"x", {"name": "n"})


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A server, and what it was asked."""
    seen: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            seen.append(self.client_address[0])
            self.close_connection = True

        def log_message(self, *_: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


@needs_office
@pytest.mark.parametrize("namespace", [True, False])
def test_it_follows_no_link(
    asked: tuple[str, list[str]], namespace: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, seen = asked
    monkeypatch.setattr(office, "_may_unshare", lambda: namespace and unshared())
    picture = f'<draw:frame><draw:image xlink:href="{address}/x.png"/></draw:frame>'
    names = "office text draw xlink".split()
    spaces = " ".join(
        f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"'
        for n in names
        if n not in ("draw", "xlink")
    )
    spaces += ' xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0"'
    spaces += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    page = (
        f'<?xml version="1.0"?><office:document {spaces} office:version="1.2" '
        f'office:mimetype="{_ODF}.text"><office:body><office:text><text:p>规章{picture}</text:p>'
        "</office:text></office:body></office:document>"
    )
    options = {"office": office.program(), "ending": "fodt", "target": "docx"}
    made = office.convert(page.encode(), **options)  # type: ignore[arg-type]
    assert "规章" in zipfile.ZipFile(BytesIO(made)).read("word/document.xml").decode()
    assert not seen


unshared = office._may_unshare


def test_its_time_is_limited_and_all_that_it_started_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    endless = tmp_path / "soffice"
    endless.write_text(f"#!/bin/sh\nsleep 300 &\necho $! > {tmp_path}/pid\nsleep 300\n")
    endless.chmod(0o755)
    monkeypatch.setattr(office, "_SECONDS", 1.0)
    monkeypatch.setattr(office, "_may_unshare", lambda: False)
    with pytest.raises(TimedOut, match="LibreOffice took more than 1 second"):
        office.convert(b"x", office=str(endless), ending="doc", target="docx")
    pid = int((tmp_path / "pid").read_text())
    for _ in range(50):
        if not _runs(pid):
            break
        time.sleep(0.1)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    told = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, check=False)
    return bool(told.stdout.strip()) and not told.stdout.strip().startswith(b"Z")
