"""A real browser without a window, for the tests that look at a page. It is found on the machine, never installed."""

from __future__ import annotations

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge")
OPTIONS = ("--headless=new", "--disable-gpu", "--no-first-run", "--remote-debugging-pipe", "--disable-extensions",
           "--disable-background-networking", "--disable-component-update", "--window-size=1280,1000")  # fmt: skip
PATIENCE = 60.0  # seconds for an answer
COMMAND = next((path for name in NAMES if (path := shutil.which(name))), None)
MISSING = f"no browser on this machine: install one of {', '.join(NAMES)}"


class Page:
    """A page in the browser; `happened` are the events of the browser since it was opened, by name."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._to, self._from, self._read = to_browser, from_browser, b""
        self._number, self._session = 0, ""
        self.happened: list[tuple[str, dict[str, Any]]] = []

    def open(self, address: str) -> None:
        """Load an address, and wait until its scripts have run."""
        if not self._session:
            target = self.ask("Target.createTarget", url="about:blank")["targetId"]
            self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log", "Network"):
                self.ask(f"{domain}.enable")
        for each in ("about:blank", address):  # so that another fragment of the same page loads it anew too
            self.happened.clear()
            self.ask("Page.navigate", url=each)
            while not self.events("Page.loadEventFired"):
                self._take()

    def events(self, *names: str) -> list[dict[str, Any]]:
        """What happened under these names."""
        return [about for name, about in self.happened if name in names]

    def value(self, script: str) -> Any:
        """What an expression of JavaScript is in the page; a promise is waited for."""
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after another: "Tab", "ArrowRight", "Home"; " " is the space bar."""
        codes = {"Tab": 9, "Enter": 13, " ": 32, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowRight": 39}
        for key in keys:
            about = {"key": key, "windowsVirtualKeyCode": codes[key], "code": "Space" if key == " " else key}
            text = {" ": {"text": " "}, "Enter": {"text": "\r"}}.get(key, {})
            self.ask("Input.dispatchKeyEvent", type="keyDown", **about, **text)
            self.ask("Input.dispatchKeyEvent", type="keyUp", **about)

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command of the DevTools protocol; its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._take()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result

    def _take(self) -> dict[str, Any]:
        """The next message; an event is noted."""
        end = time.monotonic() + PATIENCE
        while b"\0" not in self._read:
            there, _, _ = select.select([self._from], [], [], max(end - time.monotonic(), 0.0))
            assert there, "the browser does not answer"
            read = os.read(self._from, 1 << 20)
            assert read, "the browser has ended"
            self._read += read
        line, _, self._read = self._read.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if "method" in message:
            self.happened.append((message["method"], message["params"]))
        return message


@contextmanager
def browser(profile: Path) -> Iterator[Page]:
    """A page in a browser of its own, which ends afterwards; `profile` is an empty folder."""
    assert COMMAND is not None, MISSING
    (first, to_browser), (from_browser, second) = os.pipe(), os.pipe()
    its_input, its_output = (fcntl.fcntl(each, fcntl.F_DUPFD, 10) for each in (first, second))  # it reads 3, writes 4
    alone = ("--no-sandbox",) if os.geteuid() == 0 else ()  # which root cannot have
    redirected = ["bash", "-c", f'exec "$@" 3<&{its_input} 4>&{its_output}', "bash"]
    words = [*redirected, COMMAND, *OPTIONS, *alone, f"--user-data-dir={profile}"]
    quiet = subprocess.DEVNULL
    with subprocess.Popen(words, pass_fds=(its_input, its_output), stdin=quiet, stdout=quiet, stderr=quiet) as process:
        for each in (first, second, its_input, its_output):
            os.close(each)
        page = Page(to_browser, from_browser)
        try:
            yield page
        finally:
            try:
                page._session = ""
                page.ask("Browser.close")
                process.wait(PATIENCE)
            finally:
                process.kill()
                os.close(to_browser)
                os.close(from_browser)
