"""README and guide are true: their links, commands, options and Python names exist."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, Any
from zlib import crc32

import h5py
import numpy as np
import pytest

import workbench as wb
from workbench.analysis import orders
from workbench.cli import COMMANDS
from workbench.cli.dispatching import parser_of
from workbench.gui.window.guide_window import PAGES
from workbench.resource import resource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESOURCES = resource("guide").parent
README = RESOURCES.parent / "README.md"
TEXTS = [
    README,
    *sorted(RESOURCES.glob("*.md")),
    *sorted((RESOURCES / "guide").glob("*.md")),
    RESOURCES / "bundle" / "README.md",
]
LONGEST_README = 150  # lines


def code_of(page: Path, language: str) -> Iterator[str]:
    """The blocks of a page in this language."""
    yield from re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= LONGEST_README


def test_the_window_shows_every_page() -> None:
    assert {RESOURCES / name for name in PAGES} == {*TEXTS} - {README, RESOURCES / "CHANGELOG.md"}


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert (page.parent / link).is_file(), link


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_python_parses_and_its_names_exist(page: Path) -> None:
    for code in code_of(page, "python"):
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "wb":
                assert node.attr in wb.__all__, node.attr
            elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("workbench"):
                module = __import__(str(node.module), fromlist=["_"])
                assert all(hasattr(module, alias.name) for alias in node.names), ast.unparse(node)


@pytest.mark.parametrize("page", TEXTS, ids=lambda page: page.name)
def test_commands_and_their_options_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:python)?\n.*?^```", text, re.MULTILINE | re.DOTALL)
    for line in re.findall(
        r"(?:^|`)workbench ([^`\n]+)", "\n".join([*blocks, *re.findall("`[^`\n]+`", text)]), re.MULTILINE
    ):
        first, *_ = line.split()
        command = first if re.fullmatch(r"[a-z][a-z-]+", first) else ""
        assert command in ("", *COMMANDS), line
        options = {option for action in parser_of(command)._actions for option in action.option_strings}
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", line.partition("     ")[0])) <= options, line


def test_the_pruning_orders_of_the_guide_remove_what_they_say() -> None:
    defined: dict[str, Any] = {}
    for code in code_of(RESOURCES / "guide" / "surgery.md", "python"):
        exec(compile(code, "surgery.md", "exec"), defined)
    gram = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 4.0, 3.9, 3.8], [0.0, 3.9, 4.0, 3.9], [0.0, 3.8, 3.9, 4.1]])
    for name, expected in (("spread", [3, 1, 2, 0]), ("crowded", [1, 2, 0, 3])):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(orders, "ORDERS", {name: defined[name]})
            assert orders.removal_order(name, gram).tolist() == expected


@pytest.fixture(scope="module")
def reader() -> dict[str, Any]:
    """What the reader in the specification of the run file defines."""
    (code,) = code_of(RESOURCES / "run-file.md", "python")
    assert len(code.splitlines()) < 60
    defined: dict[str, Any] = {}
    exec(compile(code, "run-file.md", "exec"), defined)
    return defined


@pytest.mark.parametrize("sample", ["digits_conv", "digits_lenet"])
def test_the_reader_of_the_specification_reads_what_the_workbench_reads(sample: str, reader: dict[str, Any]) -> None:
    path = resource(f"sample_runs/{sample}.h5")
    found = reader["read_run"](path)
    with wb.open_run(path) as run:
        np.testing.assert_array_equal(found["/history/test_accuracy"], run.test_accuracy)
        for layer in run.layers:
            for snapshot in (0, -1):
                np.testing.assert_array_equal(reader["weights"](path, layer.name, snapshot), layer.weights(snapshot))


def test_the_reader_of_the_specification_finds_a_flipped_bit(tmp_path: Path, reader: dict[str, Any]) -> None:
    path = tmp_path / "flipped.h5"
    path.write_bytes(resource("sample_runs/digits_lenet.h5").read_bytes())
    with h5py.File(path, "r+") as file:
        weights = file["/parameters/fc1.weight"]
        row = weights[3]
        row.view(np.uint32)[7, 7] ^= 1
        weights[3] = row
        assert crc32(row.tobytes()) != file["/snapshots/commit"][3, 4]
    with pytest.raises(ValueError, match=r"snapshot 3 of /parameters/fc1\.weight is damaged"):
        reader["read_run"](path)
