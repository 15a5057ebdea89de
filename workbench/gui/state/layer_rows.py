"""The numbers of layers at snapshots, computed once for all panels that show them."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.evaluation.giving_up import go_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from workbench.figures.overview.layer import LayerOverview
    from workbench.gui.state.session import Session
    from workbench.runs.place import Key, Place


class LayerRows:
    """Rows of the overview and update sizes of the open runs, by what was read; used from several threads.

    A number that two threads ask for is computed by one of them: the other waits for it.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._computing: dict[tuple[str, Key], threading.Lock] = {}
        self._rows: dict[Key, LayerOverview] = {}
        self._updates: dict[Key, float] = {}
        self._open: frozenset[tuple[object, ...]] = frozenset()
        session.runs_changed.connect(self._on_session_runs_changed)
        self._on_session_runs_changed()

    def known(self, place: Place) -> LayerOverview | None:
        """The row of a place if it was computed before."""
        return self._rows.get(place.key)

    def row(self, place: Place) -> LayerOverview:
        """The row of a place."""
        from workbench.figures.overview.layer import overview_of

        found: LayerOverview = self._once("row", self._rows, place, partial(overview_of, place))
        return found

    def history(self, place: Place, snapshots: Iterable[int]) -> Iterator[LayerOverview]:
        """The rows of a layer at these snapshots, as they come. What they share is read once."""
        from workbench.figures.overview.layer import initial_weights, overview_of

        initial: list[Any] = []

        def compute(at: Place) -> LayerOverview:
            if not initial:
                initial.append(initial_weights(place))
            return overview_of(at, initial[0])

        for snapshot in snapshots:
            at = place.at(snapshot)
            yield self._once("row", self._rows, at, partial(compute, at))

    def update(self, place: Place) -> float:
        """‖ΔW‖/‖W‖ at a place."""
        from workbench.figures.overview.history import update_at

        found: float = self._once("update", self._updates, place, partial(update_at, place))
        return found

    def _once(self, what: str, cache: dict[Key, Any], place: Place, compute: Callable[[], Any]) -> Any:
        go_on()  # a panel may wait for its first picture
        key = place.key
        with self._lock:
            computing = self._computing.setdefault((what, key), threading.Lock())
        try:
            with computing:
                if key in cache:
                    return cache[key]
                value = compute()
                self._remember(cache, key, place, value)
                return value
        finally:
            with self._lock:
                self._computing.pop((what, key), None)

    def _remember(self, cache: dict[Key, Any], key: Key, place: Place, value: Any) -> None:
        """Cache a number, unless its run was closed meanwhile or may still say more about this snapshot."""
        with self._lock:
            if key[0] in self._open and place.run.snapshots > 1:
                cache[key] = value

    def _on_session_runs_changed(self) -> None:
        with self._lock:
            self._open = frozenset((run.identity,) for run in self._session.runs)
            for cache in (self._rows, self._updates):
                for key in [key for key in cache if key[0] not in self._open]:
                    del cache[key]
