"""Which file, and which package, an error is said to be about."""

from __future__ import annotations

import errno
from importlib import metadata
from pathlib import Path

import pytest

from workbench.runs import saying
from workbench.runs.saying import OF_FILES, about, in_words, lacking, naming

ALLOWED = ["numpy", "h5py-stubs>1; extra == 'test'", "H5py>=3,<4", "torch<3; extra == 'torch'", "PySide6-Essentials"]


def test_an_error_of_the_system_is_said_to_be_about_the_file_that_was_asked_for() -> None:
    error = OSError(errno.ENOSPC, "No space left on device", "/data/.run.h5.part")
    assert about(Path("/data/run.h5"), error) == f"/data/run.h5 {OF_FILES['ENOSPC']}."
    assert (
        about("/data/run.h5", OSError("no HDF5")) == "/data/run.h5 cannot be written (no HDF5); choose another place."
    )


@pytest.mark.parametrize(
    ("raised", "named"),
    [
        (OSError(errno.EIO, "I/O error"), "/data/run.h5"),
        (OSError(errno.EIO, "I/O error", 3), "/data/run.h5"),
        (OSError(errno.EIO, "I/O error", "/data/.run.h5.part"), "/data/run.h5"),
        (OSError(errno.EIO, "I/O error", "/elsewhere/run.h5"), "/elsewhere/run.h5"),
        (OSError("There is no screen."), None),
    ],
)
def test_an_unfinished_file_goes_by_the_name_it_is_to_have(raised: OSError, named: str | None) -> None:
    with pytest.raises(OSError, match=r"error|screen") as found, naming(Path("/data/run.h5")):
        raise raised
    assert (found.value.errno, found.value.filename) == (raised.errno, named)
    assert (found.value is raised) == (named != "/data/run.h5")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            ModuleNotFoundError("No module named 'tqdm.auto'", name="tqdm.auto"),
            "this needs tqdm, which is not installed; type: python -m pip install tqdm",
        ),
        (
            ModuleNotFoundError("No module named 'h5py'", name="h5py"),
            'this needs h5py, which is not installed; type: python -m pip install "H5py>=3,<4"',
        ),
        (
            ModuleNotFoundError("No module named 'PySide6'", name="PySide6"),
            'this needs PySide6-Essentials, which is not installed; type: python -m pip install "PySide6-Essentials"',
        ),
        (
            ModuleNotFoundError("No module named 'torch'", name="torch"),
            f'this needs torch, which is not installed; type: python -m pip install "{saying.DISTRIBUTION}[torch]"',
        ),
        (
            ImportError("bad magic", name="numba.core"),
            "this needs numba, which cannot be loaded (bad magic); type: python -m pip install --force-reinstall numba",
        ),
        (ModuleNotFoundError("gone", name="workbench.runs.gone"), "gone"),
        (ImportError("'trainer' needs lightning"), "'trainer' needs lightning"),
    ],
)
def test_a_package_that_is_missing_is_named_with_what_to_type(
    error: ImportError, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saying.metadata, "requires", lambda name: ALLOWED)
    monkeypatch.setattr(saying.metadata, "version", lambda name: "3")
    assert lacking(error) == in_words(error) == words
    assert lacking(error, "a film") == words.replace("this needs", "a film needs")


def test_a_part_of_ours_that_waits_for_a_missing_package_names_that_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "H5py":
            raise metadata.PackageNotFoundError(name)
        return "3"

    monkeypatch.setattr(saying.metadata, "requires", lambda name: ALLOWED)
    monkeypatch.setattr(saying.metadata, "version", version)
    words = 'this needs H5py, which is not installed; type: python -m pip install "H5py>=3,<4"'
    assert lacking(ImportError("partly made", name="workbench.runs.run")) == words


@pytest.mark.parametrize("requires", [None, metadata.PackageNotFoundError])
def test_where_nothing_says_which_versions_are_allowed_the_package_alone_is_named(
    requires: type[Exception] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(name: str) -> None:
        if requires is not None:
            raise requires(name)

    monkeypatch.setattr(saying.metadata, "requires", asked)
    assert lacking(ModuleNotFoundError("", name="h5py")).endswith("type: python -m pip install h5py")
