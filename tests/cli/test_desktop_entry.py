"""The entry in the menu of a desktop: written, made again, removed; nothing of anybody else is touched."""

from __future__ import annotations

import configparser
import shlex
import shutil
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.cli.commands import desktop
from workbench.resource import resource

FILES = (
    "applications/redundancy-workbench.desktop",
    "icons/hicolor/scalable/apps/redundancy-workbench.svg",
    "mime/packages/redundancy-workbench.xml",
)

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="desktop entries belong to Linux")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "data folder"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    monkeypatch.setattr(desktop, "INDEXERS", {})
    return folder


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_entry_starts_this_installation_and_goes_away_again(data: Path) -> None:
    assert main(["desktop-entry", "--install"]) == 0
    assert main(["desktop-entry", "--install"]) == 0, "a second time replaces its own files"
    assert files_in(data) == set(FILES)
    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(data / FILES[0], encoding="utf-8")
    program, *_, files = shlex.split(entry["Desktop Entry"]["Exec"])
    assert (Path(program).is_file(), files) == (True, "%F")
    assert entry["Desktop Entry"]["Icon"] == "redundancy-workbench"
    assert ElementTree.parse(data / FILES[1]).getroot().tag.endswith("svg")
    types = {each.get("type") for each in ElementTree.parse(data / FILES[2]).iter() if each.tag.endswith("mime-type")}
    assert types == set(entry["Desktop Entry"]["MimeType"].strip(";").split(";"))
    assert main(["desktop-entry", "--remove"]) == 0
    assert files_in(data) == set()


def test_a_file_of_another_program_stays(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = data / FILES[0]
    other.parent.mkdir(parents=True)
    other.write_text("[Desktop Entry]\nName=Another\n")
    for option in ("--install", "--remove"):
        assert main(["desktop-entry", option]) == 1
        assert "was not made by the workbench" in capsys.readouterr().err
    assert files_in(data) == {FILES[0]}
    assert "Another" in other.read_text()


def test_signs_that_mean_something_in_an_entry_are_escaped() -> None:
    assert desktop._escaped('/a b/50%/$x"\\') == '/a b/50%%/\\\\$x\\\\"\\\\\\'


@pytest.mark.skipif(shutil.which("update-mime-database") is None, reason="needs the database of MIME types")
def test_the_system_knows_a_run_and_a_session_by_the_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert main(["desktop-entry", "--install"]) == 0
    known = (tmp_path / "mime" / "globs2").read_text()
    assert "80:application/x-workbench-session:*.workbench.json" in known
    assert b"workbench-run" in (tmp_path / "mime" / "magic").read_bytes()
    assert resource("sample_runs/digits_conv.h5").read_bytes()[:65536].count(b"workbench-run") == 1


def test_an_indexer_that_fails_is_named(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                        capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\necho no room >&2\nexit 3\n")
    failing.chmod(0o755)
    monkeypatch.setattr(desktop, "INDEXERS", {str(failing): "mime", "no-such-program": "applications"})
    assert main(["desktop-entry", "--install"]) == 0
    said = capsys.readouterr().out
    assert f"{failing} failed: no room" in said
    assert "no-such-program is not installed" in said
