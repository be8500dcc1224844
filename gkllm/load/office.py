"""What only an office program opens > .docx or .xlsx, which our own readers read.

LibreOffice without a window, where it is installed: Word 95 and older, Works, OpenDocument, UOF
and office documents as one XML file. It runs in a child of its own limits, with a new profile
in a folder that goes with it, as a group of processes that ends with the child, and without a
network: in a network namespace of its own where the system grants one, else behind proxies that
lead nowhere.
"""

from __future__ import annotations

import hashlib
import os
import re
import select
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gkllm.errors import Encrypted, ForOffice, NotInstalled, OfPictures, TimedOut, Truncated
from gkllm.load.formats import FORMATS
from gkllm.worker import Limits, Worker, inside, shared

NOTE = "LibreOffice opened this file; what it makes of it was read."
_SECONDS = 60.0
# An address space of 2 GB, of which 512 MB may be its own; the rest are its libraries.
_LIMITS = Limits(memory=2 << 30, cpu=_SECONDS, wall=_SECONDS + 20, sealed=False, calls=100)
_OWN_MEMORY = 512 << 20
_LARGEST_FILE = 128 << 20
_TASK = f"{__name__}:convert"
_ON_A_MAC = "/Applications/LibreOffice.app/Contents/MacOS/soffice"
_REMEDY = (
    "Install LibreOffice, so that `soffice` is found (on Debian and Ubuntu: apt install "
    "libreoffice-writer libreoffice-calc), or open it in its program and save it as .docx or .xlsx."
)
_NAMESPACE = ("unshare", "--user", "--map-root-user", "--net")
# The shell waits until its input ends, which it does when this process does, and takes the whole
# group with it. The program says by a line that it is done.
_WATCH = '( "$@" </dev/null >&2; echo done ) & read -r _; kill -9 -$$'
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
{}</oor:items>
"""
_SETTING = (
    '<item oor:path="/org.openoffice.{}"><prop oor:name="{}" oor:op="fuse">'
    "<value>{}</value></prop></item>\n"
)
_SET = (
    ("Inet/Settings", "ooInetProxyType", "2"),
    ("Inet/Settings", "ooInetHTTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPProxyPort", "9"),
    ("Inet/Settings", "ooInetHTTPSProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetHTTPSProxyPort", "9"),
    ("Inet/Settings", "ooInetFTPProxyName", "127.0.0.1"),
    ("Inet/Settings", "ooInetFTPProxyPort", "9"),
    ("Inet/Settings", "ooInetNoProxy", ""),
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Writer/Content/Update", "Link", "0"),
    ("Office.Calc/Content/Update", "Link", "1"),
    ("Office.Common/Java", "Enable", "false"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that LibreOffice opens: its name for people, and how to hand it over."""

    name: str
    media_type: str
    ending: str
    target: str = "docx"


_ODF = "application/vnd.oasis.opendocument"
KINDS = {
    "word95": Kind("a document of Word 95 or older", "application/msword", "doc"),
    "works": Kind("a document of Microsoft Works", "application/vnd.ms-works", "wps"),
    "odt": Kind("an OpenDocument text", f"{_ODF}.text", "odt"),
    "ods": Kind("an OpenDocument spreadsheet", f"{_ODF}.spreadsheet", "ods", "xlsx"),
    "fodt": Kind("an OpenDocument text as one XML file", f"{_ODF}.text-flat-xml", "fodt"),
    "fods": Kind(
        "an OpenDocument spreadsheet as one XML file",
        f"{_ODF}.spreadsheet-flat-xml",
        "fods",
        "xlsx",
    ),
    "wordml": Kind("a Word document as one XML file", "application/msword", "xml"),
    "excelml": Kind("an Excel sheet as one XML file", "application/vnd.ms-excel", "xml", "xlsx"),
    "uot": Kind("a text in the Uniform Office Format", "application/xml", "uot"),
    "uos": Kind("a sheet in the Uniform Office Format", "application/xml", "uos", "xlsx"),
}


def program() -> str | None:
    """LibreOffice, if it is installed."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    return found or (_ON_A_MAC if os.path.exists(_ON_A_MAC) else None)


def opened(data: bytes, kind: str) -> tuple[bytes, dict[str, str]]:
    """A file of one of KINDS as a .docx or .xlsx, and what is to be told of the file itself.

    Raises NotInstalled, Encrypted, Truncated, TimedOut or Crashed.
    """
    known, found = KINDS[kind], program()
    if found is None:
        raise NotInstalled(f"This is {known.name}, which only LibreOffice opens. {_REMEDY}")
    made: bytes = shared(_LIMITS).run(
        _TASK, data, office=found, ending=known.ending, target=known.target
    )
    return made, {"sha256": hashlib.sha256(data).hexdigest(), "media_type": known.media_type}


def run(worker: Worker, task: str, data: bytes, **options: Any) -> Any:
    """`Worker.run` for a task that reads documents in a child of few means.

    What LibreOffice has to open is opened here, and given to the task again with the option
    `stands_for`, which is for `load.standing_for`. What has to be recognised is given to a child
    with the memory and the time for it, of which this process has one.
    """
    try:
        return worker.run(task, data, **options)
    except OfPictures:
        return shared(FORMATS["scan"].limits).run(task, data, **options)
    except ForOffice as asked:
        made, told = opened(data, str(asked))
        return worker.run(task, made, **options, stands_for=told)


# ---------------------------------------------------------------- inside the child


def convert(data: bytes, *, office: str, ending: str, target: str) -> bytes:
    """What LibreOffice makes of a file: the task of the child."""
    if inside():
        _limit()
    with tempfile.TemporaryDirectory(prefix="gkllm-office-") as folder:
        home = Path(folder)
        source, made = home / f"in.{ending}", home / "out" / f"in.{target}"
        source.write_bytes(data)
        settings = home / "profile" / "user" / "registrymodifications.xcu"
        settings.parent.mkdir(parents=True)
        settings.write_text(
            _SETTINGS.format("".join(_SETTING.format(*item) for item in _SET)), "utf-8"
        )
        command = [
            *(_NAMESPACE if _may_unshare() else ()),
            office,
            f"-env:UserInstallation={(home / 'profile').as_uri()}",
            *("--headless", "--norestore", "--nolockcheck", "--convert-to", target),
            *("--outdir", str(made.parent), str(source)),
        ]
        said = _run(command, home)
        if not made.exists() or not made.stat().st_size:
            raise _failed(said)
        return made.read_bytes()


def _limit() -> None:
    """What the program inherits beside the limits of this process (Unix)."""
    with suppress(ImportError, ValueError, OSError):
        import resource

        for what, most in (
            (resource.RLIMIT_DATA, _OWN_MEMORY),
            (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        ):
            resource.setrlimit(what, (most, resource.getrlimit(what)[1]))


@cache
def _may_unshare() -> bool:
    """Whether a program can be run without any network here."""
    if not sys.platform.startswith("linux") or shutil.which(_NAMESPACE[0]) is None:
        return False
    tried = subprocess.run([*_NAMESPACE, "true"], capture_output=True, check=False)  # noqa: S603
    return tried.returncode == 0


def _run(command: list[str], home: Path) -> str:
    """Run a program until it is done; returns what it said. Raises TimedOut."""
    log = home / "said"
    with (
        log.open("wb") as said,
        subprocess.Popen(  # noqa: S603 - fixed arguments
            ["/bin/sh", "-c", _WATCH, "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            cwd=home,
            env=_surroundings(home),
            start_new_session=True,
        ) as process,
    ):
        if process.stdout is None or process.stdin is None:
            raise AssertionError("both are pipes")
        done, _, _ = select.select([process.stdout], [], [], _SECONDS)
        process.stdin.close()  # which ends the shell and all that it started
    if not done:
        raise TimedOut(
            f"LibreOffice took more than {_SECONDS:g} seconds over it. Open it in its program and "
            "save it as .docx or .xlsx."
        )
    return log.read_text("utf-8", "replace")


def _surroundings(home: Path) -> dict[str, str]:
    """What the program knows of the machine: where programs are, and its own folder."""
    proxy = dict.fromkeys(("http_proxy", "https_proxy", "ftp_proxy"), "http://127.0.0.1:9")
    folders = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(home))
    path = os.environ.get("PATH", os.defpath)
    return {"PATH": path, "LANG": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp", **folders, **proxy}


def _failed(said: str) -> Exception:
    if re.search("password|encrypt", said, re.I):
        return Encrypted("It needs a password. Open it in its program and save it without one.")
    told = next((line for line in reversed(said.splitlines()) if "rror" in line), "")[:200]
    return Truncated(
        f"LibreOffice cannot open it ({told or 'it made nothing of it'}): it is damaged, or not "
        "what it seems. Open it in its program and save it as .docx or .xlsx."
    )
