"""Section 四: a row for each block, blocks in another order, numbers in two lines, hung digits."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gkllm.form import form
from gkllm.settle import settle
from tests.test_align import CONFIDENT, as_lines, as_pipes, as_words, candidates

FORM = form("2021")
CELLS = FORM.litigation_cells
OUTCOMES = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
BLOCKS = ["行政复议", "行政诉讼（未经复议直接起诉）", "行政诉讼（复议后起诉）"]
LAYOUTS = {"pipes": as_pipes, "words": as_words, "lines": as_lines}

blocks = st.lists(
    st.lists(st.integers(0, 400), min_size=4, max_size=4), min_size=3, max_size=3
).map(lambda found: [[*parts, sum(parts)] for parts in found])


def sure(source: str) -> dict[str, object]:
    settled = settle(candidates(source, "litigation"), FORM)
    return {p: settled[p].value for p in CELLS if settled[p].status in CONFIDENT}


def true_cells(numbers: list[list[int]]) -> dict[str, object]:
    return dict(zip(CELLS, [n for block in numbers for n in block], strict=True))


@pytest.mark.parametrize("layout", list(LAYOUTS))
@settings(deadline=None)
@given(numbers=blocks, order=st.permutations(range(3)), ahead=st.booleans())
def test_a_row_for_each_block_in_any_order(
    layout: str, numbers: list[list[int]], order: list[int], ahead: bool
) -> None:
    def turned(row: list[str]) -> list[str]:
        return [row[-1], *row[:-1]] if ahead else row

    rows = [["类别", *turned(OUTCOMES)]]
    rows += [[BLOCKS[i], *turned([str(n) for n in numbers[i]])] for i in order]
    assert sure(LAYOUTS[layout](rows)) == true_cells(numbers)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_blocks_in_one_line_are_read_in_their_order(order: tuple[int, ...]) -> None:
    numbers = [[1, 2, 3, 4, 10], [5, 0, 0, 6, 11], [0, 7, 8, 0, 15]]
    head = [cell for i in order for cell in (BLOCKS[i], *[""] * 4)]
    rows = [head, OUTCOMES * 3, [str(n) for i in order for n in numbers[i]]]
    assert sure(as_pipes(rows)) == true_cells(numbers)


@pytest.mark.parametrize("layout", ["lines", "words", "pipes"])
def test_lawsuits_before_reviews_in_a_head_of_two_lines_are_open(layout: str) -> None:
    numbers = ["1", "2", "3", "4", "10", "5", "0", "0", "6", "11", "0", "7", "8", "0", "15"]
    rows = [["行政诉讼", "行政复议"], ["未经复议直接起诉", "复议后起诉"], OUTCOMES * 3, numbers]
    if layout == "pipes":
        rows[0] = ["行政诉讼", *[""] * 9, "行政复议", *[""] * 4]
        rows[1] = ["未经复议直接起诉", *[""] * 4, "复议后起诉", *[""] * 9]
    assert sure(LAYOUTS[layout](rows)) == {}


def test_numbers_in_two_lines_of_pipes() -> None:
    numbers = [0, 26, 0, 1, 27, 0, 7, 0, 0, 7, 0, 9, 0, 0, 9]
    head = " |".join(["行政复议", "行政诉讼", "未经复议直接起诉", "复议后起诉", *OUTCOMES * 3])
    for cut in (3, 8, 13):
        first, rest = (" |".join(map(str, part)) for part in (numbers[:cut], numbers[cut:]))
        source = f"{head} |\n| |{first}\n|{rest} | |\n"
        assert sure(source) in ({}, dict(zip(CELLS, numbers, strict=True)))


def test_two_blocks_that_fail_are_in_another_order() -> None:
    numbers = [0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 6, 9, 15, 9]
    rows = [["行政复议", "行政诉讼"], ["未经复议直接起诉", "复议后起诉"], OUTCOMES * 3]
    assert sure(as_words([*rows, [str(n) for n in numbers]])) == {}
    # Between borders it is an agency's mistake, twice: its other block stands.
    assert list(sure(as_pipes([*rows, [str(n) for n in numbers]])).values()) == [0] * 5


@settings(deadline=None)
@given(numbers=blocks, wide=st.integers(1, 2))
def test_digits_that_hang_below_a_narrow_row_belong_to_it(
    numbers: list[list[int]], wide: int
) -> None:
    cells = [str(n) for block in numbers for n in block]
    hang = [cell[wide:] for cell in cells if len(cell) > wide]
    assume(len(hang) < len(cells))
    rows = [["行政复议", "行政诉讼"], ["未经复议直接起诉", "复议后起诉"], OUTCOMES * 3]
    source = as_words(rows) + " ".join(cell[:wide] for cell in cells) + "\n" + " ".join(hang)
    true = true_cells(numbers)
    assert {p: v for p, v in sure(source + "\n").items() if v != true[p]} == {}


def test_where_zeros_are_printed_five_empty_cells_are_a_block_that_fell_out() -> None:
    rows = [["行政复议", *[""] * 4, "未经复议直接起诉", *[""] * 4, "复议后起诉", *[""] * 4]]
    numbers = ["4", "0", "1", "0", "5", "5", "0", "3", "0", "8", *[""] * 5]
    assert sure(as_pipes([*rows, OUTCOMES * 3, numbers])) == {}
    blank = ["4", "", "1", "", "5", "5", "", "3", "", "8", *[""] * 5]
    assert sure(as_pipes([*rows, OUTCOMES * 3, blank]))["litigation.review.upheld"] == 4
