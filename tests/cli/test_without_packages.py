"""Where a package is not installed, every command that needs it says so and what to type; the others do their work."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from every_command import FILES, WORDS, write_texts

from workbench.cli import main
from workbench.gui.background.errors import in_one_sentence
from workbench.runs.confinement.sandbox import Sandbox
from workbench.runs.saying import Requirement, in_words

SCRIPT = Path(__file__).with_name("without_package.py")
OTHERS = (
    "info",
    "confirm",
    "verify",
    "repair",
    "overview",
    "overview-group",
    "units",
    "spectrum",
    "graph",
    "directions",
    "angles",
    "compare",
    "subspace",
    "figure",
    "animate",
    "page",
    "report",
    "screenshot",
    "desktop-entry",
)
NEEDS = {  # package -> the commands that need it, and some that do not
    "torch": (
        (
            "train",
            "sweep",
            "resample",
            "prune",
            "prune-group",
            "lowrank",
            "lowrank-group",
            "band",
            "ablate",
            "merge",
            "shrink",
            "export",
            "cka",
            "barrier",
            "reproduce",
            "ask",
        ),
        OTHERS,
    ),
    "matplotlib": (("figure", "animate", "report"), ("spectrum",)),
    "av": (("animate",), ("figure",)),
    "pypdf": (("report",), ("figure",)),
    "PySide6": (("screenshot",), ("figure",)),
    "numba": (("prune",), ("graph",)),
    "msgspec": (("info", "figure", "doctor"), ()),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_texts(folder)
    with contextlib.chdir(folder):
        assert [main(words.split()) for words in FILES] == [0] * len(FILES)
    return folder


def outcomes(package: str, commands: tuple[str, ...], files: Path, folder: Path) -> dict[str, tuple[int, str]]:
    shutil.copytree(files, folder, dirs_exist_ok=True)
    command = [sys.executable, str(SCRIPT), package, *commands]
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: (status, errors) for name, (status, errors) in json.loads(done.stdout.splitlines()[-1]).items()}


@pytest.mark.parametrize("package", NEEDS)
@pytest.mark.thinned(4)
def test_a_command_says_which_package_it_needs(package: str, files: Path, tmp_path: Path) -> None:
    needing, others = NEEDS[package]
    found = outcomes(package, (*needing, *others), files, tmp_path)
    name = "pyside6-essentials" if package == "PySide6" else package
    for command in needing:
        status, errors = found[command]
        line = errors.strip().splitlines()[-1]
        typed = r"redundancy-workbench\[torch\]" if package == "torch" else f"{name}.*"
        expected = rf'workbench: {command} needs {name}, which is not installed; type: python -m pip install "{typed}"'
        assert (status, bool(re.fullmatch(expected, line, re.IGNORECASE))) == (1, True), errors
    assert [command for command in others if found[command][0] != 0] == []


def test_every_command_but_those_that_take_long_is_tried_without_torch() -> None:
    assert {*NEEDS["torch"][0], *OTHERS} == set(WORDS) - {"bench", "doctor", "import"}  # import: see the next but one


def test_a_panel_says_which_package_it_needs(files: Path, tmp_path: Path) -> None:
    _, said = outcomes("torch", ("window",), files, tmp_path)["window"]
    assert said == 'this needs torch, which is not installed; type: python -m pip install "redundancy-workbench[torch]"'


@pytest.mark.parametrize("forking", [True, False])
def test_a_confined_process_says_which_package_it_needs(forking: bool) -> None:
    if forking and sys.platform != "linux":
        pytest.skip("only Linux forks")
    sandbox = Sandbox("tests.runs.confinement.sandbox_lacking:answer", forking=forking)
    with pytest.raises(ModuleNotFoundError) as caught:
        sandbox.ask(b"")
    assert caught.value.name == "no_such_package"
    sandbox.close()


def test_a_thread_that_waited_for_the_import_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = ImportError("cannot import name 'run_evaluators' from 'workbench.evaluation'", name="workbench.evaluation")
    monkeypatch.setattr(Requirement, "installed", property(lambda package: package.name != "torch"))
    assert in_words(waited) == in_words(ModuleNotFoundError("No module named 'torch'", name="torch"))


def test_a_bundle_gives_no_advice_that_cannot_work_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert in_words(ModuleNotFoundError("No module named 'torch'", name="torch")) == (
        "this needs torch, which this bundle does not contain; install redundancy-workbench with pip for it"
    )


def test_the_sentences() -> None:
    missing, broken = ModuleNotFoundError("no", name="av.codec"), ImportError("libx.so is damaged", name="torch._C")
    assert in_words(missing).startswith("this needs av, which is not installed; type: python -m pip install ")
    assert in_words(broken) == (
        "this needs torch, which cannot be loaded (libx.so is damaged); "
        "type: python -m pip install --force-reinstall torch"
    )
    assert in_one_sentence(missing) == in_words(missing)
    assert in_words(ImportError("Recorder needs Lightning: pip install lightning")).startswith("Recorder needs")
