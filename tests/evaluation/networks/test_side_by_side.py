"""Pieces side by side: in their order, on one processor each, given up between two of them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
import torch

from workbench.evaluation.giving_up import GivenUp, asked_to_end
from workbench.evaluation.networks.side_by_side import side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator

CPU = torch.device("cpu")


@pytest.fixture
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("two_threads")
def test_the_pieces_come_back_in_their_order_and_each_had_one_processor() -> None:
    def run(piece: int) -> tuple[int, int, bool]:
        return piece, torch.get_num_threads(), threading.current_thread() is threading.main_thread()

    assert list(side_by_side(run, range(5), CPU)) == [(piece, 1, False) for piece in range(5)]
    assert torch.get_num_threads() == 2, "the others go on as they were"


@pytest.mark.usefixtures("two_threads")
def test_one_piece_has_all_processors() -> None:
    assert list(side_by_side(lambda _: torch.get_num_threads(), [0], CPU)) == [2]


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("where", ["cpu", "meta"])
def test_what_is_not_wanted_any_more_is_given_up_between_pieces(where: str) -> None:
    done: list[int] = []
    with asked_to_end(lambda: len(done) >= 2), pytest.raises(GivenUp):
        list(side_by_side(done.append, range(100), torch.device(where)))
    assert len(done) == 2
