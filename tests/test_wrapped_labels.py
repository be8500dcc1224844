"""Section 三 with labels in a narrow column: numbers beside their first line, the rest below."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.test_align import TABLE, TRUE, Line, lines, settled_right, wrong

HEAD = "自然人 商业企业 科研机构 社会公益组织 法律服务机构 其他 总计\n"


def whole(table: list[Line], prefix: str) -> Iterator[tuple[str, list[str]]]:
    """(label, numbers) of each row, its side labels in the same cell."""
    outcomes = group = ""
    for side, label, numbers in table:
        if side.startswith("三"):
            outcomes = side
        elif side:
            group = side
        inside = label[0].isdigit()
        named = group if inside and prefix else ""
        above = outcomes if prefix == "all" and (inside or label.startswith("（")) else ""
        yield f"{above}{named}{label}", numbers


def broken(text: str, width: int) -> list[str]:
    """Lines of so many characters; none begins with a mark."""
    found = [""]
    for sign in text:
        if len(found[-1]) >= width and sign not in ".、）”":
            found.append("")
        found[-1] += sign
    return found


def beside_first(table: list[Line], width: int, prefix: str, joint: str) -> str:
    """Numbers stand beside the first line of their label."""
    out = HEAD
    for label, numbers in whole(table, prefix):
        first, *rest = broken(label, width)
        out += f"{first}{joint}{joint.join(numbers)}\n" + "".join(f"{line}\n" for line in rest)
    return out


def below(table: list[Line], width: int, prefix: str, joint: str) -> str:
    """Numbers stand one a line below their label."""
    cells = ((*broken(label, width), *numbers) for label, numbers in whole(table, prefix))
    return HEAD.replace(" ", "\n") + "".join(f"{cell}\n" for row in cells for cell in row)


@pytest.mark.parametrize("prefix", ["", "group", "all"])
@pytest.mark.parametrize("width", [3, 4, 5, 6, 8, 11, 16])
@pytest.mark.parametrize("setter", [beside_first, below])
@pytest.mark.parametrize("joint", [" ", "      "])
def test_no_number_goes_to_another_row(
    setter: Callable[..., str], width: int, prefix: str, joint: str
) -> None:
    assert wrong(setter(lines(), width, prefix, joint)) == {}


@pytest.mark.parametrize("prefix", ["group", "all"])
@pytest.mark.parametrize("width", [4, 6, 8, 11])
def test_wrapped_rows_are_read(width: int, prefix: str) -> None:
    right = settled_right(beside_first(lines(), width, prefix, "   "))
    assert right >= len(TRUE) - 3 * 7, f"{right} of {len(TRUE)}"


@pytest.mark.parametrize("at", range(2, len(TABLE) - 2))
def test_a_page_break_within_a_narrow_label(at: int) -> None:
    for width in (2, 3, 4):
        rows = list(whole(lines(), ""))
        text = HEAD.replace(" ", "\n")
        for i, (label, numbers) in enumerate(rows):
            parts = broken(label, width)
            cut = len(parts) // 2 if i == at else len(parts)
            text += "\n".join([*parts[:cut], *numbers]) + "\n"
            if i == at and parts[cut:]:
                text += "\f" + "\n".join(parts[cut:]) + "\n"
        assert wrong(text) == {}, width
