"""Suites: which documents are evaluated, and how.

A suite is a small toml file, or just a folder of labelled fixtures:

    about = "What it shows, in a sentence."
    seconds = 20                      # limit for one document, default 30
    baselines = ["zero", "unsettled", "evals.baselines:pour"]

    [needs]                           # without one of these the suite is not begun
    programs = ["soffice"]
    modules = ["reportlab"]
    install = "apt install libreoffice-writer; pip install reportlab"

    [[source]]
    folder = "../../fixtures"         # relative to the file
    where = { kind = ["seed"] }       # only documents with such tags, default all

    [[source]]
    generator = "evals.damaged:case"  # module:function(index, seed, **options) -> Case | None
    count = 3520                      # indexes 0 to count; None means that one does not apply
    seed = 1
    options = { pairs = true }

A generator's module is looked for from the folder of the file upwards, so that a suite works
wherever its project is cloned. To run a suite is to run that code.
"""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from gkllm.errors import UnusableLabel, UnusableSuite
from gkllm.form import form
from gkllm.score import Truth, read_label

SECONDS = 30.0
BASELINES = ("zero", "unsettled")
HOME = Path("evals") / "suites"

Tags = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Case:
    """A document with what is true of it.

    `source` is a path, bytes, or text; bytes of a format that is told by its name have a
    `name` ("source.docx"). `tags` say what kind of document it is, for the tables of the
    report: `layout`, `damage` (several), `severity`, `kind`, `family`, `split`.
    """

    id: str
    source: Path | bytes | str
    truth: Mapping[str, Truth]
    tags: Tags = field(default_factory=dict)
    name: str = ""


@dataclass(frozen=True)
class Task:
    """How to make one case, in words that another process understands."""

    suite: str
    folder: str = ""
    generator: str = ""
    index: int = 0
    seed: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    root: str = ""

    def case(self) -> Case | None:
        """The document; None where the generator has none at this index."""
        if self.folder:
            return labelled(Path(self.folder))
        made = function(self.generator, self.root)(self.index, self.seed, **self.options)
        if made is not None and not isinstance(made, Case):
            raise UnusableSuite(f"{self.generator} gave a {type(made).__name__} and no Case.")
        return made


@dataclass(frozen=True)
class Suite:
    """A named set of tasks."""

    name: str
    about: str
    tasks: tuple[Task, ...]
    seconds: float = SECONDS
    baselines: tuple[str, ...] = BASELINES
    root: str = ""


# ---------------------------------------------------------------- labelled folders


def labelled(folder: Path) -> Case:
    """The fixture in a folder: `source.*`, `label.json` and, where there is one, `origin.json`."""
    sources = sorted(folder.glob("source.*"))
    if len(sources) != 1:
        raise UnusableLabel(
            f"{folder} holds {len(sources)} files named source.*: a fixture has exactly one."
        )
    truth = read_label(folder / "label.json", form("2021"))
    known = set(all_paths())
    if unknown := sorted(path for path in truth if path not in known):
        raise UnusableLabel(f"{folder}/label.json speaks of {unknown[0]}, which no form has.")
    return Case(folder.name, sources[0], truth, _tags(folder))


_TAGS = ("kind", "family", "split", "layout", "format", "severity", "attack")


def _tags(folder: Path) -> Tags:
    path = folder / "origin.json"
    if not path.exists():
        return {}
    try:
        told = json.loads(path.read_text("utf-8"))
        tags: dict[str, tuple[str, ...]] = {k: (str(told[k]),) for k in _TAGS if told.get(k)}
        damages = tuple(map(str, told.get("damages", told.get("damage", ()))))
    except (ValueError, TypeError, AttributeError) as error:
        raise UnusableLabel(f"{path}: {error}. docs/labelling.md says what it holds.") from error
    if "layout" in tags:
        tags["damage"] = damages or ("none",)
    return tags


def all_paths() -> tuple[str, ...]:
    """Every path that a label can speak of: cells, rows of groups, facts."""
    this = form("2021")
    groups = (f"requests.{g.key}.subtotal.{c.key}" for g in this.groups for c in this.columns)
    return (*this.cells, *groups, *(f"facts.{fact.key}" for fact in this.facts))


# ---------------------------------------------------------------- reading suites


def suites(names: Sequence[str], home: Path = HOME) -> list[Suite]:
    """The suites of these names, toml files or folders.

    Raises `gkllm.errors.UnusableSuite` for a name without a suite, or a suite without a document.
    """
    found = [_suite(name, home) for name in names]
    for suite in found:
        if not suite.tasks:
            raise UnusableSuite(
                f"{suite.name} has no documents. A folder of fixtures holds one folder for each "
                "document, with source.* and label.json (`gkllm label FILE` makes a blank one)."
            )
    return found


def _suite(name: str, home: Path) -> Suite:
    path = Path(name)
    if path.name == name and (home / f"{name}.toml").is_file():
        return read_suite(home / f"{name}.toml")
    if path.is_dir():
        return Suite(path.resolve().name, "", tuple(_folder(path.resolve().name, path, {})))
    if path.suffix == ".toml" and path.is_file():
        return read_suite(path)
    known = ", ".join(sorted(p.stem for p in home.glob("*.toml")))
    told = (
        f"Suites here: {known}."
        if known
        else "The suites of the project (damage, rendered, …) are part of its repository: clone "
        "it and run this there. Your own folder of labelled documents works from anywhere."
    )
    raise UnusableSuite(f"{name} is neither a folder nor a suite. {told}")


def read_suite(path: Path) -> Suite:
    """The suite of a toml file."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        _check_needs(path.stem, raw.get("needs", {}))
        tasks = tuple(t for source in raw["source"] for t in _source(path, source))
        return Suite(
            path.stem,
            raw.get("about", ""),
            tasks,
            float(raw.get("seconds", SECONDS)),
            tuple(raw.get("baselines", BASELINES)),
            str(path.parent.resolve()),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnusableSuite(
            f"{path}: {type(error).__name__}: {error}. docs/evals.md shows a suite."
        ) from error


def _check_needs(suite: str, needs: Mapping[str, Any]) -> None:
    """Raise UnusableSuite if what makes the documents of a suite is not installed."""
    missing = [name for name in needs.get("programs", ()) if shutil.which(name) is None]
    missing += [name for name in needs.get("modules", ()) if find_spec(name) is None]
    missing += [name for name in needs.get("files", ()) if not Path(name).exists()]
    if missing:
        raise UnusableSuite(
            f"The suite {suite} needs {', '.join(missing)}, which is not installed here. "
            f"{needs.get('install', 'Install it')}, or leave the suite out."
        )


def _source(path: Path, raw: Mapping[str, Any]) -> Iterator[Task]:
    if "folder" in raw:
        folder = path.parent / raw["folder"]
        if not folder.is_dir():
            raise UnusableSuite(f"{path}: there is no folder {folder}.")
        where = {key: _several(values) for key, values in raw.get("where", {}).items()}
        yield from _folder(path.stem, folder, where)
        return
    for index in range(raw.get("first", 0), raw.get("first", 0) + raw["count"]):
        yield Task(
            path.stem,
            generator=raw["generator"],
            index=index,
            seed=raw.get("seed", 1),
            options=raw.get("options", {}),
            root=str(path.parent.resolve()),
        )


def _several(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),)


def _folder(suite: str, folder: Path, where: Tags) -> Iterator[Task]:
    for label in sorted(folder.glob("*/label.json")):
        tags = _tags(label.parent) if where else {}
        if all(set(tags.get(key, ())) & set(values) for key, values in where.items()):
            yield Task(suite, folder=str(label.parent))


def function(name: str, root: str) -> Callable[..., Any]:
    """The function that "module:function" names, from the folder `root` or one above it."""
    module, _, attribute = name.partition(":")
    top = module.partition(".")[0]
    for above in (Path(root), *Path(root).parents) if root else ():
        if (above / top / "__init__.py").exists() or (above / f"{top}.py").exists():
            if str(above) not in sys.path:
                sys.path.insert(0, str(above))
            break
    try:
        found: Callable[..., Any] = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UnusableSuite(
            f"{name}: {error}. It is written module:function, and what belongs to the project's "
            "evals/ works in a clone of its repository only."
        ) from error
    return found
