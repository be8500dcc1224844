"""Time of `extract` against a floor, and its growth: `python -m evals.bench`.

The floor is what anyone who scrapes these reports has to do at least: read the file, fold its
widths (NFKC), and search the whole text with sixty patterns, one for each thing wanted. It
reads no table, checks nothing and decides nothing. Both run in this process, in turns.
"""

from __future__ import annotations

import argparse
import cProfile
import os
import pstats
import re
import statistics
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from time import perf_counter

from evals.soak import document
from gkllm import extract

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


def floor(path: Path) -> int:
    """Read, fold, and search with every pattern; returns how much was found."""
    text = unicodedata.normalize("NFKC", path.read_text("utf-8"))
    return sum(1 for pattern in PATTERNS for _ in pattern.finditer(text))


def seconds(work: Callable[[], object]) -> float:
    """Time of one call."""
    start = perf_counter()
    work()
    return perf_counter() - start


def compare(path: Path, rounds: int) -> tuple[float, float]:
    """Medians of `extract` and of the floor in alternating rounds, after one to warm up."""
    extract(path)
    floor(path)
    ours, theirs = [], []
    for _ in range(rounds):
        ours.append(seconds(partial(extract, path)))
        theirs.append(seconds(partial(floor, path)))
    return statistics.median(ours), statistics.median(theirs)


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
    """Time for one report repeated up to each size."""
    data = path.read_bytes()
    times = []
    for size in sizes:
        big = folder / "big.txt"
        big.write_bytes(data * (size // len(data) + 1))
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
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--top", type=int, default=15, help="functions to list; 0 for none")
    parser.add_argument("--no-growth", action="store_true", help="skip the big inputs")
    args = parser.parse_args(argv)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    assert len(PATTERNS) == 60
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = inputs(folder)
        print(f"{'document':<16}{'chars':>8}{'extract ms':>12}{'floor ms':>10}{'ratio':>8}")
        ratios = []
        for title, path in found:
            ours, theirs = compare(path, args.rounds)
            ratios.append(ours / theirs)
            chars = len(path.read_text("utf-8"))
            print(
                f"{title:<16}{chars:>8}{ours * 1e3:>12.2f}{theirs * 1e3:>10.2f}{ratios[-1]:>8.1f}"
            )
        print(f"{'median ratio':<46}{statistics.median(ratios):>8.1f}")
        if args.top:
            print("\n" + profile([path for _, path in found], args.top))
        if not args.no_growth:
            _print_growth(found, folder)
    return 0


def _print_growth(found: Sequence[tuple[str, Path]], folder: Path) -> None:
    print(f"\n{'repeated':<16}" + "".join(f"{size / 1e6:>10.2f} MB" for size in SIZES) + "  growth")
    for title, path in found[:5]:
        times = [time for _, time in growth(path, folder, SIZES)]
        worst = max(b / a for a, b in pairwise(times))
        print(f"{title:<16}" + "".join(f"{time:>11.2f} s" for time in times) + f"{worst:>8.1f}")


if __name__ == "__main__":
    sys.exit(main())
