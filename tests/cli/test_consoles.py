"""Consoles that cannot show every character: no command dies of one, and what stands in its place can be read."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from every_command import FILES, WORDS, words_of, write_texts

from workbench import doctor
from workbench.cli import COMMANDS, console, main
from workbench.gui.bench import scenes
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


QUICK = ("train", "info", "spectrum", "graph", "ablate", "merge")


def printed(encoding: str, *words: str) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of a command on a console of this encoding."""
    streams = [io.TextIOWrapper(io.BytesIO(), encoding, "strict") for _ in range(2)]
    with contextlib.redirect_stdout(streams[0]), contextlib.redirect_stderr(streams[1]):
        status = main(words)
    for stream in streams:
        stream.flush()
    out, err = (stream.buffer.getvalue().decode(encoding) for stream in streams)  # type: ignore[attr-defined]
    return status, out, err


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("console")
    write_texts(folder)
    with contextlib.chdir(folder):
        assert [main(words.split()) for words in FILES] == [0] * len(FILES)
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")

    def measured(runs: object, amount: object, tell: Callable[[str], None]) -> scenes.Measured:
        tell("driving")  # which takes half a minute
        return scenes.Measured(("one.h5",), (), ())

    monkeypatch.setattr(scenes, "measure", measured)
    monkeypatch.setattr(doctor, "diagnose", lambda: [doctor.Check("Fonts", "9 families", True, "→ Install more.")])
    return tmp_path


def test_every_command_is_tried() -> None:
    assert set(WORDS) == set(COMMANDS)


@pytest.mark.parametrize(
    ("encoding", "command"), [*(("ascii", name) for name in WORDS), *(("cp1252", name) for name in QUICK)]
)
@pytest.mark.thinned(12)
def test_no_command_dies_of_its_console(command: str, encoding: str, folder: Path) -> None:
    status, out, err = printed(encoding, *words_of(command))
    assert status == 0, err
    assert out


@pytest.mark.parametrize("command", [*COMMANDS, ""])
def test_no_help_dies_of_its_console(command: str) -> None:
    status, out, _ = printed("ascii", *command.split(), "--help")
    assert status == 0
    assert "usage:" in out


def handler() -> str:
    console.speak_plainly()
    return console.HANDLER


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fc1 → 8×8, λ₊ = 1.3 … 2σ²", "fc1 -> 8x8, lambda+ = 1.3 ... 2sigma^2"),
        ("Müller−Strauß", "Muller-Strau\\xdf"),
        ("日本", "\\u65e5\\u672c"),
        ("\udcff", "\\udcff"),
    ],
)
def test_characters_are_replaced_by_what_can_be_read(text: str, shown: str) -> None:
    assert text.encode("ascii", errors=handler()).decode() == shown


@pytest.mark.parametrize("variables", [{"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
                                       {"PYTHONIOENCODING": "cp1252"}])  # fmt: skip
def test_the_real_program_speaks_on_such_a_console(variables: dict[str, str]) -> None:
    sample = str(resource("sample_runs/digits_conv.h5"))
    done = subprocess.run([sys.executable, "-m", "workbench", "info", sample], env=variables, capture_output=True,
                          check=False)  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"Handwritten digits 8" in done.stdout
