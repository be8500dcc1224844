"""What an agency truly had to report: 200 cells that obey all sum rules, and who it is.

Magnitudes are those of published reports (`figures.json`). Everything follows from a
`random.Random`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from gkllm.form import form

Number = int | Decimal
Fact = int | Decimal | str

COLUMNS = tuple(column.key for column in form("2021").columns)
ROWS = tuple(row.key for row in form("2021").rows)
PARTS = ROWS[2:-2]
OTHER = ("other.overdue_correction", "other.unpaid_fee", "other.other")
BLOCKS = ("review", "direct_lawsuit", "lawsuit_after_review")
OUTCOMES = ("upheld", "corrected", "other", "pending", "total")

# How often a request ends in a row, by experience with published tables.
_WEIGHTS = {
    "granted": 40,
    "partially_granted": 10,
    "unavailable.not_held": 28,
    "not_processed.petition": 7,
    "other.other": 8,
    "refused.third_party_rights": 3,
    "refused.internal_affairs": 2,
    "unavailable.must_be_created": 2,
    "not_processed.repeated": 2,
    "other.overdue_correction": 2,
}
_SYLLABLES = "安平和清石柳云龙凤南北东西永新青白金玉长兴华阳川江泉溪松竹梅桃"
_ENDINGS = "河桥山湖坪岭塘滩庄店集堡湾渡坝原口林岗井"
_BUREAUS = ("教育局", "水利局", "民政局", "财政局", "交通运输局", "农业农村局", "统计局", "司法局")
_DIGITS = str.maketrans("0123456789", "〇一二三四五六七八九")


@dataclass(frozen=True)
class Agency:
    """Who reports: `name` the full name, `short` what a title prints, `we` how it says "we"."""

    kind: str
    name: str
    short: str
    we: str
    site: str


@dataclass(frozen=True)
class Truth:
    """What is true of one report.

    `cells` maps a cell's path to its number; a path that is not there is null in truth, and a
    confident value for it is wrong. `facts` maps a fact to the values that are right for it,
    first the best one; a fact that no sentence states is not there. `numbers` holds the table
    of 25 x 7 whether or not （六） is printed as one row. `items` are the figures that only
    prose speaks of.
    """

    edition: str
    agency: Agency
    year: int
    cells: Mapping[str, Number]
    merged_other: bool
    items: Mapping[str, int]
    facts: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)

    @property
    def idle(self) -> bool:
        """Nothing in section 三."""
        return not any(v for k, v in self.cells.items() if k.startswith("requests."))

    def total(self, row: str) -> int:
        """The 总计 of a row of section 三."""
        return int(self.cells[f"requests.{row}.total"])


@cache
def figures() -> dict[str, Any]:
    """The figures of published reports: complete tables and magnitudes."""
    loaded: dict[str, Any] = json.loads(
        (Path(__file__).parent / "figures.json").read_text(encoding="utf-8")
    )
    return loaded


def random_truth(rng: Random, edition: str | None = None) -> Truth:
    """A true report of an idle town, a small office or a big city, all rules satisfied."""
    edition = edition or ("2019" if rng.random() < 0.08 else "2021")
    scale = rng.choices(("idle", "small", "big"), (30, 40, 30))[0]
    if scale == "big" and rng.random() < 0.15:
        table = rng.choice(figures()["tables"])
        cells = _published(table)
    else:
        cells = {
            **_disclosure(rng, scale),
            **_requests(rng, scale),
            **_litigation(rng, scale),
        }
    merged = edition == "2019" or rng.random() < 0.12
    if merged:
        cells = _merge_other(cells)
    kind = {"idle": "town", "small": rng.choice(("town", "bureau")), "big": "city"}[scale]
    year = rng.choice((2019, 2020, 2022)) if edition == "2019" else rng.randint(2021, 2025)
    return Truth(edition, random_agency(rng, kind), year, cells, merged, _items(rng, scale))


def obeys(truth: Truth) -> bool:
    """Every sum rule whose cells are all there holds."""
    editions = form("2019" if truth.merged_other else "2021")
    for rule in editions.rules:
        if all(path in truth.cells for path in (*rule.left, *rule.right)):
            left = sum(truth.cells[path] for path in rule.left)
            if left != sum(truth.cells[path] for path in rule.right):
                return False
    return True


def random_agency(rng: Random, kind: str) -> Agency:
    """An invented town, bureau or city: no real place is meant."""

    def place() -> str:
        return rng.choice(_SYLLABLES) + rng.choice(_ENDINGS)

    county = place() + rng.choice(("县", "区", "市"))
    letters = "".join(rng.choice("abcdefghijlmnqstwxyz") for _ in range(rng.randint(2, 6)))
    site = rng.choice((f"http://www.{letters}.gov.cn/", f"www.{letters}.gov.cn"))
    if kind == "town":
        town = place() + rng.choice(("镇", "镇", "乡"))
        name = rng.choice((county, "")) + town + "人民政府"
        return Agency(kind, name, rng.choice((town, town + "人民政府")), f"我{town[-1]}", site)
    if kind == "bureau":
        name = county + rng.choice(_BUREAUS)
        return Agency(kind, name, name, "我局", site)
    city = place() + "市"
    return Agency(kind, city + "人民政府", rng.choice((city, city + "人民政府")), "全市", site)


def chinese_year(year: int) -> str:
    """2024 as 二〇二四."""
    return str(year).translate(_DIGITS)


def _published(table: Mapping[str, Any]) -> dict[str, Number]:
    cells: dict[str, Number] = {}
    for key, value in table["disclosure"].items():
        cells[f"disclosure.{key}"] = Decimal(value) if "amount" in key else int(value)
    for row in ROWS:
        for column, value in zip(COLUMNS, table["requests"][row], strict=True):
            cells[f"requests.{row}.{column}"] = value
    paths = [f"litigation.{b}.{o}" for b in BLOCKS for o in OUTCOMES]
    return cells | dict(zip(paths, table["litigation"], strict=True))


def _some(rng: Random, kind: str, chance: float) -> Number:
    """A figure of its kind as a report prints it, or 0."""
    if rng.random() > chance:
        return 0
    seen = rng.choice(figures()["magnitudes"][kind])
    if isinstance(seen, str):
        return Decimal(seen)
    return int(seen) if rng.random() < 0.5 else max(1, int(seen * rng.uniform(0.3, 1.9)))


def _disclosure(rng: Random, scale: str) -> dict[str, Number]:
    chance = {"idle": 0.15, "small": 0.45, "big": 0.9}[scale]
    if scale == "idle" and rng.random() < 0.5:
        chance = 0.0
    rules = 0.5 if scale == "big" else 0.02
    cells: dict[str, Number] = {}
    for row, odds in (("regulations", rules), ("normative_documents", chance)):
        for column in ("issued", "repealed", "in_force"):
            value = _some(rng, column, odds)
            small = row == "regulations" or scale != "big"
            cells[f"disclosure.{row}.{column}"] = int(value) % 19 if small else value
    for row in ("licensing", "punishment", "coercion"):
        value = _some(rng, row, chance)
        cells[f"disclosure.{row}.decisions"] = value if scale == "big" else int(value) % 2000
    fee = Decimal(_some(rng, "fees", chance * 0.6))
    cells["disclosure.fees.amount_10k_yuan"] = fee if scale == "big" else fee % 200
    return cells


def _split(rng: Random, total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Share out a total by weights: one draw for each, in bulk where it is big."""
    parts = dict.fromkeys(weights, 0)
    keys = list(weights)
    bulk = total - min(total, 60)
    if bulk:
        whole = sum(weights.values())
        for key in keys:
            parts[key] = int(bulk * weights[key] / whole * rng.uniform(0.6, 1.0))
    for key in rng.choices(keys, list(weights.values()), k=min(total, 60)):
        parts[key] += 1
    parts[keys[0]] += total - sum(parts.values())
    return parts


def _requests(rng: Random, scale: str) -> dict[str, Number]:
    """The 25 x 7 cells: handled requests by row, then what came and what stayed."""
    handled = {"idle": 0, "small": rng.randint(1, 60), "big": int(_some(rng, "received", 1))}[scale]
    applicants = _split(
        rng,
        handled,
        {"natural_person": 80, "business": 10, "legal_service": 4, "other": 3}
        | ({"research": 2, "public_welfare": 2} if rng.random() < 0.6 else {}),
    )
    weights = {row: _WEIGHTS.get(row, 0.8) * rng.uniform(0.3, 1.7) for row in PARTS}
    table: dict[str, dict[str, int]] = {row: dict.fromkeys(COLUMNS, 0) for row in ROWS}
    for column, number in applicants.items():
        for row, part in _split(rng, number, weights).items():
            table[row][column] = part
        stays, came = _stays(rng, number), _stays(rng, number)
        table["total_handled"][column] = number
        table["carried_out"][column] = stays
        table["carried_in"][column] = min(came, number + stays)
        table["new_received"][column] = number + stays - table["carried_in"][column]
    for numbers in table.values():
        numbers["total"] = sum(numbers[column] for column in COLUMNS[:-1])
    return {f"requests.{row}.{c}": table[row][c] for row in ROWS for c in COLUMNS}


def _stays(rng: Random, number: int) -> int:
    return rng.randint(0, max(1, number // 12)) if number and rng.random() < 0.4 else 0


def _litigation(rng: Random, scale: str) -> dict[str, Number]:
    most = {"idle": 0, "small": 4, "big": 300}[scale]
    cells: dict[str, Number] = {}
    for block in BLOCKS:
        top = most if block == "review" else most // 8 + min(most, 1)
        values = [rng.randint(0, top) if top and rng.random() < 0.55 else 0 for _ in OUTCOMES[:-1]]
        for outcome, value in zip(OUTCOMES, [*values, sum(values)], strict=True):
            cells[f"litigation.{block}.{outcome}"] = value
    return cells


def _merge_other(cells: Mapping[str, Number]) -> dict[str, Number]:
    """（六）其他处理 as one row: what its three rows held is only known where the sum is 0."""
    merged = {k: v for k, v in cells.items() if not k.startswith("requests.other.")}
    for column in COLUMNS:
        parts = [f"requests.{row}.{column}" for row in OTHER]
        merged[f"requests.other.subtotal.{column}"] = sum(cells[part] for part in parts)
        if not merged[f"requests.other.subtotal.{column}"]:
            merged |= dict.fromkeys(parts, 0)
    return merged


def _items(rng: Random, scale: str) -> dict[str, int]:
    magnitudes = figures()["magnitudes"]
    proactive = rng.choice(magnitudes["proactive"])
    return {
        "proactive": proactive % 400 + 1 if scale == "idle" else proactive,
        "fee": rng.choice(magnitudes["information_fee"]) if scale != "idle" else 0,
        "training": rng.choice(magnitudes["training"]),
    }
