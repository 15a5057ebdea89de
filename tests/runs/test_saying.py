"""What the system says of a file reaches a person in words: the file, what is wrong, what to do."""

from __future__ import annotations

import ast
import errno
import os
from pathlib import Path

import pytest

from workbench.cli.failures import told_in_one_line
from workbench.gui.background.errors import in_one_sentence
from workbench.runs.saying import NO_THREAD, OF_FILES, in_words

PACKAGE = Path(__file__).resolve().parents[2] / "workbench"
MAY_BE_OF_FILES = {"Exception", "BaseException", "OSError", "PermissionError", "FileNotFoundError"}


def test_every_error_of_a_file_is_a_sentence_with_the_file_and_what_to_do() -> None:
    for code in errno.errorcode:
        error = OSError(code, os.strerror(code), "/data/run.h5")
        subject, _, advice = in_words(error).partition("; ")
        assert subject.startswith("/data/run.h5 ")
        assert advice
        assert "rrno" not in in_words(error)
        assert in_one_sentence(error) == in_words(error)


def test_the_words_of_each_known_number() -> None:
    for name, words in OF_FILES.items():
        number = getattr(errno, name)
        assert in_words(OSError(number, os.strerror(number), "a")) == f"a {words}."
        assert in_words(OSError(number, os.strerror(number))) == f"a file {words}."


def test_a_renamed_file_is_called_by_its_new_name() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", ".run.h5.part", None, "run.h5")
    assert in_words(error) == "run.h5 cannot be written: the disk is full; free some space, then try again."


def test_other_errors_of_a_full_machine_are_said_in_words() -> None:
    assert in_words(RuntimeError(NO_THREAD)).startswith("the system cannot start another thread; ")
    assert in_words(MemoryError()).startswith("the memory is full; ")
    assert in_words(OSError("There is no screen.")) == "There is no screen."
    assert in_words(ValueError("no")) == "no"
    assert in_words(ValueError()) == "ValueError"


def test_the_command_line_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end, told_in_one_line():
        raise OSError(errno.EIO, "Input/output error", "/data/run.h5")
    assert end.value.code == 1
    assert capsys.readouterr().err == f"workbench: /data/run.h5 {OF_FILES['EIO']}.\n"


def spoken_as_they_are(path: Path) -> list[int]:
    """The lines that put an error that may be the system's into a text as Python writes it: "[Errno 28] …"."""
    lines = []
    for handler in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(handler, ast.ExceptHandler) or handler.name is None or handler.type is None:
            continue
        caught = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)}
        if caught & MAY_BE_OF_FILES:
            lines += [node.lineno for node in ast.walk(handler) if says(node, handler.name)]
    return lines


def says(node: ast.AST, error: str) -> bool:
    """Whether the error itself becomes text; one beside the name of its type is for a programmer."""
    if isinstance(node, ast.JoinedStr):
        values = [ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue)]
        return error in values and f"type({error}).__name__" not in values
    if not isinstance(node, ast.Call):
        return False
    if ast.unparse(node.func) == "re.search":
        return False
    called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    given = any(isinstance(argument, ast.Name) and argument.id == error for argument in node.args)
    return given and called in {"str", "warning", "error", "info"}


def test_no_error_of_the_system_is_said_as_python_writes_it() -> None:
    found = {path.relative_to(PACKAGE).as_posix(): spoken_as_they_are(path) for path in sorted(PACKAGE.rglob("*.py"))}
    assert {path: lines for path, lines in found.items() if lines} == {}
