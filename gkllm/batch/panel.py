"""Reports against each other: what one agency says in two years, and who speaks for whom.

Soft rules: mergers, corrections and cleaning campaigns break them in sound reports. They are
findings for a person, stand in a table of their own, and change no value. A comparison with an
unknown number is not assessable, never a pass. Of several reports of one agency and year only
what all of them say is compared with other years.

    panel.carried_over   carried_out of a year = carried_in of the next, column by column
    panel.in_force       in force + issued - repealed of the next year = in force of the next
    panel.duplicate      several reports of one agency and year
    panel.other_agency   the text of a report names another agency as its own
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from gkllm.form import form
from gkllm.narrative.identity import core

TABLE = """
CREATE TABLE panel_checks (
  document_id INTEGER NOT NULL REFERENCES documents(id), -- the later report
  other_id INTEGER REFERENCES documents(id),             -- the one it is compared with
  rule TEXT NOT NULL,
  at TEXT NOT NULL,
  outcome TEXT NOT NULL,
  left_side NUMERIC,
  right_side NUMERIC,
  message TEXT
);
"""
_INDEX = "CREATE INDEX panel_checks_by_rule ON panel_checks(outcome, rule)"

# Reports of which the agency and the year are certain, one for each agency and year.
_REPORTS = """
CREATE TEMP TABLE report AS
SELECT min(id) AS id, own_name(agency) AS agency, year, count(*) AS copies
FROM main.documents WHERE error IS NULL AND agency IS NOT NULL AND year IS NOT NULL
GROUP BY 2, 3;
CREATE UNIQUE INDEX temp.report_by_agency ON report(agency, year);
CREATE TEMP TABLE of_report AS
SELECT d.id AS document_id, r.id AS report_id FROM main.documents d
JOIN report r ON r.agency = own_name(d.agency) AND r.year = d.year
WHERE d.error IS NULL;
CREATE UNIQUE INDEX temp.of_report_by_id ON of_report(document_id);
"""

# The value of a path in a report: null unless it is a number that can be relied on, the same in
# every copy of the report.
_VALUES = """
CREATE TEMP TABLE said AS
SELECT o.report_id AS id, f.path AS path,
  CASE WHEN count(DISTINCT f.value) = 1 AND count(f.value) = count(*)
    AND sum(f.status IN ('disputed', 'missing')) = 0
    AND typeof(min(f.value)) IN ('integer', 'real') THEN min(f.value) END AS value
FROM main.fields f JOIN of_report o ON o.document_id = f.document_id
WHERE f.path IN (SELECT path FROM asked) GROUP BY 1, 2;
CREATE UNIQUE INDEX temp.said_by_id ON said(id, path);
"""

# Each year with the next one of the same agency, and one equation between them.
_PAIRS = """
INSERT INTO main.panel_checks
SELECT id, other_id, rule, at,
  CASE WHEN left_side IS NULL OR right_side IS NULL THEN 'not_assessable'
    WHEN left_side = right_side THEN 'holds' ELSE 'fails' END,
  left_side, right_side, NULL
FROM (
  SELECT next.id AS id, this.id AS other_id, e.rule AS rule, e.at AS at, e.number AS number,
    (SELECT value FROM said WHERE said.id = this.id AND path = e.before)
    + CASE WHEN e.plus IS NULL THEN 0 ELSE
      (SELECT value FROM said WHERE said.id = next.id AND path = e.plus)
      - (SELECT value FROM said WHERE said.id = next.id AND path = e.minus) END AS left_side,
    (SELECT value FROM said WHERE said.id = next.id AND path = e.at) AS right_side
  FROM report next JOIN report this ON this.agency = next.agency AND this.year = next.year - 1
  CROSS JOIN equation e
)
ORDER BY id, number;
"""

_DUPLICATES = """
INSERT INTO main.panel_checks
SELECT d.id, r.id, 'panel.duplicate', 'facts.agency', 'fails', NULL, NULL,
  CASE WHEN d.sha256 = first.sha256 THEN 'same_bytes' ELSE 'other_bytes' END
FROM temp.of_report o JOIN report r ON r.id = o.report_id AND o.document_id <> r.id
JOIN main.documents d ON d.id = o.document_id JOIN main.documents first ON first.id = r.id
ORDER BY d.id;
"""


def check_panel(connection: sqlite3.Connection, named: Sequence[tuple[int, str]]) -> None:
    """Fill `panel_checks` of a report.sqlite; `named` are documents and the agencies that their
    texts name.

    `connection` is at the end of its inserts; indexes on fields must be there.
    """
    connection.create_function("own_name", 1, _own_name, deterministic=True)
    connection.executescript(TABLE + _REPORTS)
    equations = list(_equations())
    connection.execute("CREATE TEMP TABLE asked (path TEXT PRIMARY KEY)")
    asked = sorted({path for equation in equations for path in equation[1:] if path})
    connection.executemany("INSERT INTO asked VALUES (?)", [(path,) for path in asked])
    connection.execute("CREATE TEMP TABLE equation (number, rule, at, before, plus, minus)")
    numbered = [(n, *equation) for n, equation in enumerate(equations)]
    connection.executemany("INSERT INTO equation VALUES (?, ?, ?, ?, ?, ?)", numbered)
    connection.executescript(_VALUES)
    connection.executescript("BEGIN;" + _PAIRS + _DUPLICATES + "COMMIT;")
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO panel_checks VALUES (?, NULL, 'panel.other_agency', 'facts.agency', 'fails', "
        "NULL, NULL, ?)",
        list(named),
    )
    connection.execute("COMMIT")
    connection.execute(_INDEX)


def _own_name(agency: str | None) -> str | None:
    """A name without the words that its short forms leave out."""
    return core(agency) if agency else None


def named_in(aside: str) -> str | None:
    """The agencies besides its own that a text names so, as one sentence can list them."""
    found: dict[str, Any] = json.loads(aside)
    return "、".join(found["named"]) if found.get("named") else None


def _equations() -> Iterator[tuple[str, str, str, str | None, str | None]]:
    """(rule, path of the later year, path of the earlier year, what is added, what is taken)."""
    for column in form().columns:
        at = f"requests.carried_in.{column.key}"
        yield "panel.carried_over", at, f"requests.carried_out.{column.key}", None, None
    for row in form().disclosure_rows:
        if "in_force" in row.columns:
            of = f"disclosure.{row.key}"
            at = f"{of}.in_force"
            yield "panel.in_force", at, at, f"{of}.issued", f"{of}.repealed"
