"""Cost of a report against a floor, where it goes, and its growth: `python -m evals.bench`.

The floor is what anyone who reads these reports by patterns has to do at least: read the file,
fold its widths (NFKC), and search the whole text with sixty patterns. It reads no table, checks
nothing and decides nothing. Which patterns decides what it costs, so there are two floors. The
`own` one takes the first sixty of the project's patterns, which state facts in all their
wordings and cost what the mean of all of them does. Ratios speak of it. The `plain` one takes
`PATTERNS`, which begin with plain words as a first scraper would write them, find a part of
what is there, and cost a third or a quarter.

What users pay is counted too: `with JSON` adds the line of JSON. All run in this process in
turns, in CPU time, and a ratio is the median of those of the rounds.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import os
import pstats
import re
import statistics
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any

from evals.soak import document
from gkllm import extract, pipeline
from gkllm.form import form
from gkllm.narrative.patterns import compiled, rows
from gkllm.write.jsonl import write_jsonl

ROOT = Path(__file__).parent.parent
RENDERED = ("stacked", "pipes", "tabs", "spaced", "raw", "one_line")
SIZES = (625_000, 1_250_000, 2_500_000, 5_000_000)  # bytes

# Sixty patterns as a scraper would write them, on text after NFKC.
ROWS = (
    "本年新收政府信息公开申请数量 上年结转政府信息公开申请数量 予以公开 部分公开 属于国家秘密 "
    "其他法律行政法规禁止公开 危及.三安全一稳定. 保护第三方合法权益 属于三类内部事务信息 "
    "属于四类过程性信息 属于行政执法案卷 属于行政查询事项 本机关不掌握相关政府信息 "
    "没有现成信息需要另行制作 补正后申请内容仍不明确 信访举报投诉类申请 重复申请 "
    "要求提供公开出版物 无正当理由大量反复申请 要求行政机关确认或重新出具已获取信息 "
    "申请人无正当理由逾期不补正 申请人逾期未按收费通知要求缴纳费用 3\\.其他 \\(七\\)总计 "
    "结转下年度继续办理"
).split()
COLUMNS = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计".split()
COUNTS = (
    r"主动公开(?:政府)?信息[^。\d]{0,20}(\d+)余?条",
    r"(?:收到|受理|接到)[^。\d]{0,30}申请[^。\d]{0,10}(\d+)[件宗起]",
    r"(?:答复|办结)[^。\d]{0,20}(\d+)件",
    r"上年(?:度)?结转[^。\d]{0,20}(\d+)件",
    r"结转(?:至|到)?下(?:一)?年(?:度)?[^。\d]{0,20}(\d+)件",
    r"行政复议[^。\d]{0,20}(\d+)[件起]",
    r"行政诉讼[^。\d]{0,20}(\d+)[件起]",
    r"规范性文件[^。\d]{0,20}(\d+)件",
    r"培训[^。\d]{0,20}(\d+)[次期场]",
    r"收取[^。\d]{0,20}([\d.]+)元",
    r"(?:未|没有)收到[^。]{0,30}申请",
    r"(?:未|没有)(?:发生|产生)[^。]{0,30}(?:复议|诉讼|费用)",
)
SECOND = (
    r"规章\s+(\d+)\s+(\d+)\s+(\d+)",
    r"规范性文件\s+(\d+)\s+(\d+)\s+(\d+)",
    r"行政许可\s+(\d+)",
    r"行政处罚\s+(\d+)",
    r"行政强制\s+(\d+)",
    r"行政事业性收费\s+([\d.]+)",
)
DATES = (
    r"(\d{4})年度?[^。\n]{0,20}年度报告",
    r"(\d{4})年(\d{1,2})月(\d{1,2})日",
    r"(\d{1,2})月(\d{1,2})日至(?:\d{4}年)?(\d{1,2})月(\d{1,2})日",
    r"https?://[\w./-]+",
)
HEADINGS = (
    "总体情况 主动公开政府信息情况 收到和处理政府信息公开申请情况 "
    "政府信息公开行政复议、行政诉讼情况 存在的主要问题及改进情况 其他需要报告的事项"
).split()
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        *(rf"{row}[^\d\n]{{0,40}}((?:\s*[|\s]\s*\d+){{7}})" for row in ROWS),
        *(rf"{column}\s+(\d+)" for column in COLUMNS),
        *COUNTS,
        *SECOND,
        *DATES,
        *(rf"[一二三四五六]、\s*{heading}" for heading in HEADINGS),
    )
)


OWN = tuple(map(compiled, [regex for row in rows() for regex in row.regexes][:60]))


def floor(path: Path, patterns: Sequence[re.Pattern[str]]) -> int:
    """Read, fold, and search with every pattern; returns how much was found."""
    text = unicodedata.normalize("NFKC", path.read_text("utf-8"))
    return sum(1 for pattern in patterns for _ in pattern.finditer(text))


def line(path: Path) -> str:
    """The line of JSON of a report, from the file."""
    out = io.StringIO()
    write_jsonl([extract(path)], out)
    return out.getvalue()


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call."""
    start = process_time()
    work()
    return process_time() - start


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of one document, in each of the rounds; the calls of a round follow each other."""

    extract: Sequence[float]
    line: Sequence[float]
    own: Sequence[float]
    plain: Sequence[float]

    def ratio(self, ours: Sequence[float], floor: Sequence[float]) -> float:
        """The median of the ratios of all rounds."""
        return statistics.median(a / b for a, b in zip(ours, floor, strict=True))


def compare(path: Path, rounds: int) -> Cost:
    """What `extract`, a whole line and the floors cost in rounds, after one to warm up."""
    floors = [partial(floor, path, patterns) for patterns in (OWN, PATTERNS)]
    works: list[Callable[[], object]] = [partial(extract, path), partial(line, path), *floors]
    for work in works:
        work()
    return Cost(*zip(*[[seconds(work) for work in works] for _ in range(rounds)], strict=True))


STEPS = "load normalise segment edition read_grid align narrate settle witnesses check".split()


def shares(paths: Sequence[Path], rounds: int) -> dict[str, float]:
    """Milliseconds of each step of the pipeline, the mean over documents of its medians."""
    found: dict[str, float] = dict.fromkeys([*STEPS, "the rest", "JSON"], 0.0)
    for path in paths:
        taken = [_steps(path) for _ in range(rounds)]
        for step in found:
            found[step] += statistics.median(t[step] for t in taken) * 1e3 / len(paths)
    return found


def _steps(path: Path) -> dict[str, float]:
    """Seconds of each step of one extraction: each verb of the pipeline under a stopwatch."""
    spent: dict[str, float] = dict.fromkeys(STEPS, 0.0)

    def timed(name: str, verb: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any) -> Any:
            start = process_time()
            done = verb(*args)
            spent[name] += process_time() - start
            return done

        return run

    verbs = {name: getattr(pipeline, name) for name in STEPS}
    try:
        for name, verb in verbs.items():
            setattr(pipeline, name, timed(name, verb))
        start = process_time()
        report = extract(path)
        whole = process_time() - start
    finally:
        for name, verb in verbs.items():
            setattr(pipeline, name, verb)
    json = seconds(lambda: write_jsonl([report], io.StringIO()))
    return {**spent, "the rest": whole - sum(spent.values()), "JSON": json}


def inputs(folder: Path) -> list[tuple[str, Path]]:
    """The seeds, and a rendered report in each of some layouts, written to `folder`."""
    seeds = sorted((ROOT / "fixtures").glob("seed-*/source.txt"))
    found = [(path.parent.name, path) for path in seeds]
    for layout in RENDERED:
        path = folder / f"{layout}.txt"
        path.write_text(document(1, 1, layout, ())[0].text, "utf-8")
        found.append((layout, path))
    return found


def growth(path: Path, folder: Path, sizes: Sequence[int]) -> list[tuple[int, float]]:
    """Time for one report repeated up to each size.

    Only the first has a section 一, else the others would be other reports, which are not read.
    """
    data = path.read_bytes()
    more = data
    for heading in form("2021").sections[0].headings:
        more = more.replace(heading.encode(), "又一节".encode())
    times = []
    for size in sizes:
        big = folder / "big.txt"
        big.write_bytes(data + more * (size // len(more) + 1))
        times.append((size, seconds(partial(extract, big))))
    return times


def profile(paths: Sequence[Path], top: int, repeats: int = 5) -> str:
    """Where the time goes: the functions that take most of it themselves."""
    profiler = cProfile.Profile()
    for path in paths:
        profiler.enable()
        for _ in range(repeats):
            extract(path)
        profiler.disable()
    rows = sorted(
        ((own, calls, where) for where, (_, calls, own, *_) in _stats(profiler).items()),
        reverse=True,
    )
    total = sum(own for own, *_ in rows)
    lines = [f"{'share':>6} {'calls':>8}  function"]
    for own, calls, (file, line, name) in rows[:top]:
        place = f"{Path(file).parent.name}/{Path(file).name}:{line} " if line else ""
        lines.append(f"{own / total:6.1%} {calls // repeats // len(paths):>8}  {place}{name}")
    return "\n".join(lines)


def _stats(
    profiler: cProfile.Profile,
) -> dict[tuple[str, int, str], tuple[int, int, float, float, object]]:
    found: dict[tuple[str, int, str], tuple[int, int, float, float, object]]
    found = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    return found


def main(argv: list[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    parser.add_argument("--top", type=int, default=15, help="functions to list; 0 for none")
    parser.add_argument("--no-growth", action="store_true", help="skip the big inputs")
    args = parser.parse_args(argv)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    assert len(PATTERNS) == len(OWN) == 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = inputs(folder)
        _print_costs(found, args.rounds)
        print("\nmilliseconds by step")
        for step, spent in shares([path for _, path in found], args.rounds).items():
            print(f"{step:<16}{spent:>8.2f}")
        if args.top:
            print("\n" + profile([path for _, path in found], args.top))
        if not args.no_growth:
            _print_growth(found, folder)
    return 0


def _print_costs(found: Sequence[tuple[str, Path]], rounds: int) -> None:
    """Milliseconds, and how many floors they are."""
    heads = ("chars", "extract", "with JSON", "own", "plain", "x own", "with JSON", "x plain")
    print(f"{'milliseconds':<16}" + "".join(f"{head:>10}" for head in heads))
    ratios = []
    for title, path in found:
        cost = compare(path, rounds)
        times = (cost.extract, cost.line, cost.own, cost.plain)
        ratios.append(
            (
                cost.ratio(cost.extract, cost.own),
                cost.ratio(cost.line, cost.own),
                cost.ratio(cost.extract, cost.plain),
            )
        )
        print(
            f"{title:<16}{len(path.read_text('utf-8')):>10}"
            + "".join(f"{statistics.median(t) * 1e3:>10.2f}" for t in times)
            + "".join(f"{ratio:>10.1f}" for ratio in ratios[-1])
        )
    medians = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(f"{'median':<66}" + "".join(f"{ratio:>10.1f}" for ratio in medians))


def _print_growth(found: Sequence[tuple[str, Path]], folder: Path) -> None:
    print(f"\n{'repeated':<16}" + "".join(f"{size / 1e6:>10.2f} MB" for size in SIZES) + "  growth")
    for title, path in found[:5]:
        times = [time for _, time in growth(path, folder, SIZES)]
        worst = max(b / a for a, b in pairwise(times))
        print(f"{title:<16}" + "".join(f"{time:>11.2f} s" for time in times) + f"{worst:>8.1f}")


if __name__ == "__main__":
    sys.exit(main())
