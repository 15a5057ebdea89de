"""A damaged or hostile session is refused in one sentence, and none stops a start."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from workbench.gui.state.settings import Settings
from workbench.gui.work.sessions.file import FORMAT, MOST_BYTES, SUFFIX, SessionError, load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from workbench.gui.window.main_window import MainWindow


def whole(**fields: Any) -> dict[str, Any]:
    return {"format": FORMAT, "runs": [], **fields}


DAMAGED: dict[str, bytes] = {
    "empty": b"",
    "binary": bytes(range(256)),
    "no object": b"[1, 2]",
    "half": b'{"format": 1, "runs": [{"path": "a.h5"',
    "no format": b"{}",
    "format of a wrong type": b'{"format": "one"}',
    "a later format": b'{"format": 99, "anything": 1}',
    "unknown field": json.dumps(whole(run="a.h5")).encode(),
    "runs that are none": json.dumps(whole(runs=["a.h5"])).encode(),
    "negative snapshot": json.dumps(whole(selection={"snapshot": -1})).encode(),
    "huge snapshot": json.dumps(whole(selection={"snapshot": 10**30})).encode(),
    "text as units": json.dumps(whole(selection={"units": ["one"]})).encode(),
    "window of text": json.dumps(whole(window={"x": "a", "y": 0, "width": 1, "height": 1})).encode(),
    "window without end": json.dumps(whole(window={"x": 10**12, "y": 0, "width": 1, "height": 1})).encode(),
    "settings of numbers": json.dumps(whole(settings={"graph": 3})).encode(),
    "a layout without end": json.dumps(
        whole(layout={"docked": {"kind": "panel", "names": ["run"], "share": 1e99}})
    ).encode(),
    "a layout of nothing known": json.dumps(whole(layout={"docked": {"kind": "spiral"}})).encode(),
    "too deep": b'{"format": 1, "settings": {"graph": {"cutoffs": ' + b"[" * 200_000 + b"]" * 200_000 + b"}}}",
    "too large": b" " * (MOST_BYTES + 1),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_session_is_refused_in_one_sentence(name: str, tmp_path: Path) -> None:
    target = tmp_path / f"bad{SUFFIX}"
    target.write_bytes(DAMAGED[name])

    with pytest.raises(SessionError, match=r"^[^\n]*bad\.workbench\.json is .+; .+\.$"):
        load(target)


ODD: dict[str, dict[str, Any]] = {
    "no panel of this name": {"settings": {"gone": {"x": 1}}},
    "values that mean nothing": {
        "settings": {"graph": {"charge": [1], "cutoffs": {"x": 1e308}}, "timeline": {"speed": 1e300}}
    },
    "numbers without measure": {
        "settings": {"graph": {"charge": -1e300}, "low_rank": {"ranks": [["a", "fc1", "weights", 1e300]]}}
    },
    "runs that are no paths": {
        "runs": [{"path": "\0", "run_id": "x"}, {"path": "", "run_id": ""}, {"path": "~no/one", "run_id": "x"}]
    },
    "a selection of nothing": {"selection": {"run": 7, "layer": "gone", "snapshot": 2**53, "units": [2**53]}},
    "a window of no size": {"window": {"x": 0, "y": 0, "width": -5, "height": 0}},
    "a layout of no parts": {"layout": {"docked": {"kind": "row", "parts": []}}},
    "a layout of unknown panels": {
        "layout": {
            "docked": {"kind": "panel", "names": ["gone"]},
            "floating": {"gone": {"x": 0, "y": 0, "width": 1, "height": 1}},
        }
    },
    "panels of no share": {
        "layout": {
            "docked": {
                "kind": "row",
                "parts": [
                    {"kind": "panel", "names": ["run"], "share": 0},
                    {"kind": "panel", "names": ["graph"], "share": 0},
                ],
            }
        }
    },
}


REFUSED = ("binary", "half", "too deep")  # the others are refused in the same place
FILES = {name: DAMAGED[name] for name in REFUSED}
FILES |= {name: json.dumps(whole(**fields)).encode() for name, fields in ODD.items()}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.thinned(3)
def test_no_last_session_stops_a_start(name: str, qtbot: QtBot, restart: Callable[..., MainWindow], path: Path) -> None:
    last = Settings().last_session
    last.parent.mkdir(parents=True, exist_ok=True)
    last.write_bytes(FILES[name])

    again = restart()

    qtbot.waitUntil(lambda: len(again.jobs) == 0, timeout=20_000)
    assert again.isVisible()
    if again.sessions.dialog is not None:
        again.sessions.dialog.reject()
    again.open(path)
    qtbot.waitUntil(lambda: any(run.path == path for run in again.session.runs), timeout=20_000)
