"""Where documents and shards are: a folder of this machine, or an object store by its URI.

URIs (s3://, gs://, hdfs://, abfs://, file://) are opened by pyarrow, which takes its credentials
from where the store's own tools take them. A name without "://" is a path.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

from gkllm.batch.ledger import cannot_write
from gkllm.errors import CannotOpen, NotFound, TooLarge, UnusableSetting
from gkllm.load import LIMIT, Input, inputs, is_document
from gkllm.write.whole import whole_path

__all__ = ["Remote", "Source", "Store", "is_uri", "sources", "stamp", "store"]


@dataclass(frozen=True, slots=True)
class Remote:
    """A document in an object store; `stamp` changes when its content does."""

    name: str
    stamp: str

    def content(self) -> bytes:
        """Its bytes. Raises UnreadableInput."""
        files, path = _opened(self.name)
        try:
            with files.open_input_stream(path) as stream:
                data: bytes = stream.read(LIMIT + 1)
        except FileNotFoundError:
            raise NotFound(f"There is no {self.name}. Check its name.") from None
        except OSError as error:
            raise CannotOpen(f"Cannot read {self.name}: {error}. Check the credentials.") from error
        if len(data) > LIMIT:
            raise TooLarge(
                f"Larger than {LIMIT >> 20} MB, so this is not one report. Split it into files."
            )
        return data


Source = Input | Remote


def is_uri(word: str) -> bool:
    """Whether a word names something in a store rather than a path."""
    return "://" in word


def sources(words: Sequence[str]) -> Iterator[Source]:
    """The documents that words name: paths as `gkllm.load.inputs` takes them, and URIs.

    A URI stands for itself or, if it is a folder, for the documents in it and below.
    """
    for word in words:
        if is_uri(word):
            yield from _remote(word)
        else:
            yield from inputs([word])


def stamp(source: Source) -> str:
    """What changes when a document does, without reading it: its size and time, or that it fails.

    A store gives both with its list; on this machine they are asked for here.
    """
    if isinstance(source, Remote):
        return source.stamp
    try:
        found = Path(source.name if source.path is None else source.path).stat()
    except (OSError, ValueError) as error:
        return type(error).__name__
    return f"{found.st_size} {found.st_mtime_ns} {found.st_mode} {source.members}"


class Store(Protocol):
    """Files by names with slashes; a file is there whole or not at all."""

    def names(self, below: str) -> set[str]:
        """The names of the files in a folder."""
        ...

    def get(self, name: str) -> bytes:
        """What a file holds. Raises OSError."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Write a file. Raises CannotWrite."""
        ...

    def drop(self, name: str) -> None:
        """Take a file away, if it is there."""
        ...


def store(where: str) -> Store:
    """The store at a path or a URI. Raises UnusableSetting."""
    return _Bucket(where) if is_uri(where) else _Folder(Path(where))


class _Folder:
    """A folder of this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def names(self, below: str) -> set[str]:
        try:
            found = list((self._root / below).iterdir())
        except (FileNotFoundError, NotADirectoryError):
            return set()
        return {f"{below}/{path.name}" for path in found if not path.name.startswith(".")}

    def get(self, name: str) -> bytes:
        return (self._root / name).read_bytes()

    def put(self, name: str, data: bytes) -> None:
        target = self._root / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with whole_path(target) as part:
                part.write_bytes(data)
        except OSError as error:
            raise cannot_write(self._root, error.strerror or str(error)) from error

    def drop(self, name: str) -> None:
        (self._root / name).unlink(missing_ok=True)


class _Bucket:
    """A folder of an object store, whose files appear when they are complete."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._files, path = _opened(uri)
        self._root = path.rstrip("/")
        self._made: set[str] = set()

    def names(self, below: str) -> set[str]:
        from pyarrow.fs import FileSelector, FileType

        found = self._files.get_file_info(
            FileSelector(f"{self._root}/{below}", allow_not_found=True)
        )
        return {f"{below}/{info.base_name}" for info in found if info.type == FileType.File}

    def get(self, name: str) -> bytes:
        with self._files.open_input_stream(f"{self._root}/{name}") as stream:
            data: bytes = stream.read()
        return data

    def put(self, name: str, data: bytes) -> None:
        target = PurePosixPath(self._root, name)
        try:
            if str(target.parent) not in self._made:
                self._files.create_dir(str(target.parent), recursive=True)
                self._made.add(str(target.parent))
            with self._files.open_output_stream(str(target)) as stream:
                stream.write(data)
        except OSError as error:
            raise cannot_write(Path(self._uri), str(error)) from error

    def drop(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._files.delete_file(f"{self._root}/{name}")


def _opened(uri: str) -> tuple[Any, str]:
    """The file system of a URI and the path in it. Raises UnusableSetting."""
    try:
        from pyarrow.fs import FileSystem

        return FileSystem.from_uri(uri)  # type: ignore[no-any-return]
    except ImportError:
        raise UnusableSetting(
            f'{uri} needs pyarrow, which is not installed: pip install "gkllm[ray]".'
        ) from None
    except (OSError, ValueError) as error:
        raise UnusableSetting(f"{uri} cannot be opened: {error}. Check its name.") from None


def _remote(uri: str) -> Iterator[Remote]:
    from pyarrow.fs import FileSelector, FileType

    files, path = _opened(uri)
    info = files.get_file_info(path)
    if info.type != FileType.Directory:
        yield Remote(uri, _stamp(info))
        return
    base = info.path.rstrip("/")
    below = sorted(files.get_file_info(FileSelector(base, recursive=True)), key=lambda i: i.path)
    for each in below:
        inside = PurePosixPath(each.path[len(base) + 1 :])
        hidden = any(part.startswith(".") for part in inside.parts)
        if each.type == FileType.File and not hidden and is_document(inside.name):
            yield Remote(f"{uri.rstrip('/')}/{inside}", _stamp(each))


def _stamp(info: Any) -> str:
    return f"{info.size} {info.mtime_ns}"
