"""Zip containers, looked at before anything in them is unpacked: archives, .docx, .xlsx.

The directory of a container says how many members it has and how large they are; what that
promises is refused before a byte is unpacked, and what is then read is cut where the promise
ends, so that a false promise costs no more. Nothing is ever written to a disk.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO

from gkllm.errors import Encrypted, GkllmError, TooLarge, Truncated, UnsupportedFormat

MOST_MEMBERS = 20_000
LARGEST_DIRECTORY = 8 << 20  # bytes; what names so many members
MOST_UNPACKED = 4 << 30  # bytes of all members of an archive together
_STEEPEST = 200  # times smaller than what it unpacks to
_SMALL = 4 << 20  # bytes; what unpacks to less harms nobody
_END = b"PK\x05\x06"
_END_SIZE = 22
_LONGEST_COMMENT = 1 << 16
_ENCRYPTED = 1
_UTF8 = 0x800
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, struct.error, OSError)
_LOST = (
    "This is a zip container (docx, xlsx, zip) whose end or directory is lost. "
    "Fetch or save it anew."
)


def container(source: Path | BinaryIO) -> zipfile.ZipFile:
    """A zip container that promises no more than a reader can bear; whoever asks closes it.

    Raises Truncated, TooLarge or UnsupportedFormat.
    """
    try:
        if isinstance(source, Path):
            with source.open("rb") as stream:
                _check_directory(stream)
        else:
            _check_directory(source)
        opened = zipfile.ZipFile(source)
    except (NotImplementedError, RuntimeError) as error:
        raise UnsupportedFormat(
            f"This zip container is packed in a way that is not read ({error}). Pack it anew."
        ) from None
    except _DAMAGED:
        raise Truncated(_LOST) from None
    try:
        _check_members(opened)
    except GkllmError:
        opened.close()
        raise
    return opened


def _check_directory(stream: BinaryIO) -> None:
    size = stream.seek(0, 2)
    stream.seek(max(0, size - _LONGEST_COMMENT - _END_SIZE))
    tail = stream.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + _END_SIZE:
        raise Truncated(_LOST)
    directory = struct.unpack("<I", tail[at + 12 : at + 16])[0]
    if directory > LARGEST_DIRECTORY:
        raise TooLarge(
            f"Its directory alone has {directory >> 20} MB. Unpack it, or split it into parts."
        )
    stream.seek(0)


def _check_members(opened: zipfile.ZipFile) -> None:
    members = opened.infolist()
    if len(members) > MOST_MEMBERS:
        raise TooLarge(
            f"It holds {len(members)} files, more than {MOST_MEMBERS}. Unpack it, or split it."
        )
    promised = sum(member.file_size for member in members)
    if promised > MOST_UNPACKED:
        raise TooLarge(
            f"It unpacks to {promised >> 20} MB, more than {MOST_UNPACKED >> 20} MB. "
            "It is no archive of reports, or has to be split."
        )


def member(opened: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of a member, at most `most` of them.

    Raises Encrypted, TooLarge, Truncated or UnsupportedFormat.
    """
    if info.flag_bits & _ENCRYPTED:
        raise Encrypted("It needs a password. Unpack it with its password first.")
    steep = info.file_size > _SMALL and info.file_size > _STEEPEST * max(1, info.compress_size)
    if info.file_size > most or steep:
        times = info.file_size // max(1, info.compress_size)
        raise TooLarge(
            f"It unpacks to {info.file_size >> 20} MB, {times} times its packed size, so it is not "
            "one report. Unpack it yourself if you trust it."
        )
    try:
        with opened.open(info) as stream:
            data = stream.read(most + 1)
    except (NotImplementedError, RuntimeError) as error:
        raise UnsupportedFormat(
            f"It is packed in a way that is not read ({error}). Pack it anew."
        ) from None
    except _DAMAGED:
        raise Truncated("It is damaged inside its container. Fetch or save it anew.") from None
    if len(data) > most:
        raise TooLarge("It unpacks to more than its container promises. Do not trust it.")
    return data


def name_of(info: zipfile.ZipInfo) -> str:
    """The name of a member: UTF-8 or GBK, whatever wrote it.

    >>> info = zipfile.ZipInfo("年报.txt".encode("gbk").decode("cp437"))
    >>> name_of(info)
    '年报.txt'
    """
    if info.flag_bits & _UTF8:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def is_link(info: zipfile.ZipInfo) -> bool:
    """Whether a member is a link to somewhere else."""
    return stat.S_ISLNK(info.external_attr >> 16)
