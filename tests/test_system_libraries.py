"""Debian packages for Qt: what is missing, what it is called, how it is installed; apt-get is pretended."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


@pytest.fixture
def system(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(Path(__file__).parent.parent / "resources")
    return importlib.import_module("system_libraries")


@pytest.fixture
def apt(system: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[list[str]]]:
    """Pretends a Debian: the packages it knows, whether it has lists, how many installs fail at first."""

    def pretend(known: set[str], lists: bool, root: list[str] | None, failures: int = 0) -> list[list[str]]:
        calls: list[list[str]] = []

        def run(command: list[str], **options: object) -> SimpleNamespace:
            calls.append(command)
            installs = [call for call in calls if "install" in call]
            return SimpleNamespace(returncode=int("install" in command and len(installs) <= failures))

        monkeypatch.setattr(subprocess, "run", run)
        monkeypatch.setattr(system, "known", known.__contains__)
        monkeypatch.setattr(system, "have_lists", lambda: lists)
        monkeypatch.setattr(system, "become_root", lambda: root)
        return calls

    return pretend


def test_packages_get_the_name_they_have_in_this_release(
    system: ModuleType, apt: Callable[..., list[list[str]]]
) -> None:
    calls = apt({"libglib2.0-0t64", "libegl1"}, lists=True, root=["sudo", "-n"])
    system.install(["libglib2.0-0", "libegl1"], "for drawing")
    assert [call[:4] for call in calls] == [["sudo", "-n", "apt-get", "install"]]
    assert calls[0][-2:] == ["libglib2.0-0t64", "libegl1"]


def test_package_lists_are_fetched_where_there_are_none(
    system: ModuleType, apt: Callable[..., list[list[str]]]
) -> None:
    calls = apt({"libegl1"}, lists=False, root=[])
    system.install(["libegl1"], "for drawing")
    assert [call[1] for call in calls] == ["update", "install"]


def test_stale_package_lists_are_fetched_again_once(system: ModuleType, apt: Callable[..., list[list[str]]]) -> None:
    calls = apt({"libegl1"}, lists=True, root=[], failures=1)
    system.install(["libegl1"], "for drawing")
    assert [call[1] for call in calls] == ["install", "update", "install"]
    apt({"libegl1"}, lists=True, root=[], failures=2)
    with pytest.raises(system.SetUpError, match="sudo apt-get install libegl1"):
        system.install(["libegl1"], "for drawing")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="system packages are Linux's")
def test_missing_libraries_that_cannot_be_installed_are_named_and_the_start_goes_on(
    system: ModuleType,
    apt: Callable[..., list[list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    calls = apt({"libegl1", "fonts-dejavu-core"}, lists=False, root=None)
    monkeypatch.setattr(system, "loads", lambda library: library != "libEGL.so.1")
    monkeypatch.setattr(system, "has_font", lambda: False)
    monkeypatch.setattr(system.shutil, "which", lambda name: name)
    system.provide(screen=True)
    told = capsys.readouterr().out
    assert "sudo apt-get update && sudo apt-get install libegl1 fonts-dejavu-core" in told
    monkeypatch.setattr(system.shutil, "which", lambda name: None)
    system.provide(screen=False)
    assert "libEGL.so.1, a font" in capsys.readouterr().out
    assert calls == []


def test_what_only_a_screen_needs_is_not_asked_of_a_machine_without_one(
    system: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "loads", lambda library: False)
    without, with_screen = system.missing_packages(screen=False), system.missing_packages(screen=True)
    assert "libxcb-cursor0" not in without.values()
    assert set(with_screen.values()) > {"libxcb-cursor0", "libegl1"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the loader of Linux")
def test_the_loader_tells_a_library_that_is_there_from_one_that_is_not(system: ModuleType) -> None:
    assert system.loads("libc.so.6")
    assert not system.loads("libnosuchthing.so.1")
