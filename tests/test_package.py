"""What is built for the package index can be installed and works."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

import workbench

ROOT = Path(__file__).parent.parent
BUILT = f"redundancy_workbench-{workbench.__version__}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    run("hatchling", "build", "-d", str(folder), "-t", "sdist", "-t", "wheel", cwd=ROOT)
    return folder


def run(*words: str, **options: object) -> str:
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stdout + done.stderr
    return str(done.stdout)


@pytest.mark.parametrize("name", [f"{BUILT}-py3-none-any.whl", f"{BUILT}.tar.gz"])
def test_what_is_built_installs_and_reads_its_sample_run(name: str, built: Path, tmp_path: Path) -> None:
    run("pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", str(tmp_path), str(built / name))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    sample = tmp_path / "workbench" / "_sample_runs" / "digits_conv.h5"
    assert "29 snapshots" in run("workbench", "info", str(sample), cwd=tmp_path, env=environment)
    assert (tmp_path / "workbench" / "py.typed").is_file()
    assert (tmp_path / "workbench" / "_resources" / "guide" / "window.md").is_file()
    commands = {path.name.removesuffix(".exe") for path in (tmp_path / "bin").iterdir()}
    assert commands == {"workbench", "redundancy-workbench", "workbench-window"}


def test_the_page_for_the_index_has_no_broken_picture_and_no_broken_link(built: Path) -> None:
    with zipfile.ZipFile(built / f"{BUILT}-py3-none-any.whl") as wheel:
        about = message_from_bytes(wheel.read(f"{BUILT}.dist-info/METADATA"))
    text = about.get_payload()
    assert isinstance(text, str)
    assert text.startswith("# workbench")
    assert "](" not in text
    assert "![" not in text
    assert (about["Name"], about["Version"]) == ("redundancy-workbench", workbench.__version__)


def test_the_source_package_can_be_tested(built: Path) -> None:
    with tarfile.open(built / f"{BUILT}.tar.gz") as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert {"tests/test_package.py", "resources/start.py", "sample_runs/digits_conv.h5", "LICENSE"} <= names


def test_the_citation_names_this_version() -> None:
    citation = (ROOT / "resources" / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {workbench.__version__}\n" in citation
