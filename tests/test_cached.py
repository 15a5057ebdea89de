"""A cached property is computed once for each object, and two objects never wait for each other."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

from workbench.cached import cached_property

if TYPE_CHECKING:
    from collections.abc import Callable

WAIT = 20.0  # seconds: the most


class Holder:
    """What it holds is computed by a function."""

    def __init__(self, compute: Callable[[], object]) -> None:
        self.compute = compute

    @cached_property
    def held(self) -> object:
        """It."""
        return self.compute()


def test_it_is_computed_once_for_each_object() -> None:
    one, other = Holder(object), Holder(object)
    assert one.held is one.held
    assert one.held is not other.held
    assert isinstance(Holder.held, cached_property)


def test_an_object_does_not_wait_for_what_another_one_computes() -> None:
    """As a window must not for a thread in the background; with one lock for both this would never end."""
    begun, ended = Event(), Event()
    slow = Holder(lambda: (begun.set(), ended.wait(WAIT))[1])
    thread = Thread(target=lambda: slow.held)
    thread.start()
    assert begun.wait(WAIT)
    fast = Thread(target=lambda: Holder(object).held)
    fast.start()
    fast.join(WAIT / 4)
    waited = fast.is_alive()
    ended.set()
    thread.join(WAIT)
    fast.join(WAIT)
    assert not waited
    assert slow.held is True


def test_who_asks_for_what_is_being_computed_gets_the_same_object() -> None:
    begun, ended = Event(), Event()
    slow = Holder(lambda: (begun.set(), ended.wait(WAIT), object())[2])
    got: list[object] = []
    thread = Thread(target=lambda: got.append(slow.held))
    thread.start()
    assert begun.wait(WAIT)
    ended.set()
    got.append(slow.held)
    thread.join(WAIT)
    assert got[0] is got[1] is slow.held
