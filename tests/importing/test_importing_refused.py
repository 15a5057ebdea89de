"""Checkpoints that are not imported: each is refused in one sentence, nothing in them runs, nothing is left."""

from __future__ import annotations

import os
import pickle
import zipfile
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import h5py
import pytest
import torch
from importing_steps import imported, planned, states
from safetensors.numpy import save_file

from workbench.importing import run as importing
from workbench.importing.files.foreign import ImportProblem
from workbench.importing.files.sources import FileChanged
from workbench.importing.run import import_run
from workbench.runs.errors import DiskFull, RunError
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Evil:
    """What runs a program where a file is unpickled without care."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


def hostile(path: Path, trap: Path) -> dict[str, Callable[[], None]]:
    """How to write each file that must be refused."""
    wide = torch.zeros(1).expand(1_000_000, 1_000)

    def linked() -> None:
        with h5py.File(path, "w") as file:
            file["epoch_0/w"] = h5py.ExternalLink("/etc/passwd", "/")

    def external() -> None:
        with h5py.File(path, "w") as file:
            file.create_dataset("w", (3, 3), "f4", external=[("/etc/passwd", 0, 36)])

    def huge() -> None:
        with h5py.File(path, "w") as file:
            file.create_dataset("w", (1 << 20, 1 << 20), "f4", chunks=(64, 64))

    def cut() -> None:
        torch.save(states(1)[0], path)
        path.write_bytes(path.read_bytes()[:-3000])

    return {
        "contains objects other than tensors": lambda: torch.save(
            {"a.weight": torch.ones(2, 2), "b": Evil(trap)}, path
        ),
        "is a Python pickle and not a PyTorch checkpoint": lambda: path.write_bytes(pickle.dumps(Evil(trap), 2)),
        r"contains objects other than tensors \(fractions.Fraction\)": lambda: torch.save(
            {"a.weight": torch.ones(2, 2), "b": Fraction(1, 2)}, path
        ),  # harmless, but nobody said so
        "'a.weight' is a few numbers repeated": lambda: torch.save({"a.weight": wide}, path),
        "'a.weight' is sparse": lambda: torch.save({"a.weight": torch.eye(3).to_sparse()}, path),
        "'a.weight' is without its numbers in the file": lambda: torch.save(
            {"a.weight": torch.ones(9, 9, device="meta")}, path
        ),
        "holds a list of 1 array without names and not a state dict": lambda: torch.save([torch.ones(2)], path),
        "holds no tensors": lambda: torch.save({"epoch": 3}, path),
        "is a zip archive .* that was cut short": cut,
        "is neither a .safetensors file": lambda: path.write_bytes(b"\0what is this?" * 10),
        "not a .safetensors file": lambda: path.write_bytes((30).to_bytes(8, "little") + b'{"a": nonsense' + b" " * 90),
        "no weights of linear": lambda: torch.save({"scale": torch.ones(3)}, path),
        "'a.weight' is of complex64 numbers": lambda: torch.save(
            {"a.weight": torch.ones(2, 2, dtype=torch.complex64)}, path
        ),
        "a link at '/epoch_0/w'": linked,
        "in another file": external,
        "of shape": huge,
        "names a tensor": lambda: torch.save({"a/b.weight": torch.ones(2, 2)}, path),
    }


def test_a_run_is_no_file_of_another_tool(tmp_path: Path) -> None:
    torch.save(states(1)[0], tmp_path / "a.pt")
    imported(tmp_path / "run.h5", tmp_path / "a.pt")
    with pytest.raises(ImportProblem, match=r"run\.h5 is a workbench run already; open it, or export its weights with"):
        planned(tmp_path / "run.h5")


@pytest.mark.parametrize("case", range(17))
def test_what_cannot_be_trusted_is_refused_in_one_sentence(tmp_path: Path, case: int) -> None:
    path, trap = tmp_path / "theirs.pt", tmp_path / "trap"
    problem, write = list(hostile(path, trap).items())[case]
    write()
    with pytest.raises(ImportProblem, match=problem) as refused:
        imported(tmp_path / "run.h5", path)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith(str(path))
    assert not trap.exists()
    assert [each.name for each in tmp_path.iterdir()] == ["theirs.pt"]


def test_a_checkpoint_of_another_network_in_the_midst_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for at, state in enumerate(states(3)):
        torch.save(state if at < 2 else {"fc1.weight": torch.ones(2, 2)}, folder / f"{at}.pt")
    with pytest.raises(ImportProblem, match=r"2\.pt is not of the same network as 0\.pt: conv1\.weight is missing"):
        imported(tmp_path / "run.h5", folder)
    assert [each.name for each in tmp_path.iterdir()] == ["mine"]


def test_an_import_that_is_stopped_leaves_nothing(tmp_path: Path) -> None:
    for at, state in enumerate(states(3)):
        torch.save(state, tmp_path / f"{at}.pt")
    importing_ = import_run(planned(tmp_path), tmp_path / "run.h5")
    next(importing_)
    importing_.close()
    assert not [each.name for each in tmp_path.iterdir() if "run" in each.name]


def test_an_existing_run_is_never_overwritten_and_room_is_asked_for_first(tmp_path: Path, monkeypatch: Any) -> None:
    torch.save(states(1)[0], tmp_path / "0.pt")
    plan = planned(tmp_path / "0.pt")
    (tmp_path / "run.h5").write_bytes(b"precious")
    with pytest.raises(FileExistsError, match="never overwritten"):
        list(import_run(plan, tmp_path / "run.h5"))
    assert (tmp_path / "run.h5").read_bytes() == b"precious"

    def full(*_: Any) -> None:
        raise DiskFull("other.h5", "needs 3 MB and the disk has 1 MB free", "make room")

    monkeypatch.setattr(importing, "create", full)
    with pytest.raises(DiskFull):
        list(import_run(plan, tmp_path / "other.h5"))
    assert not (tmp_path / "other.h5").exists()


@pytest.mark.parametrize(("name", "problem"), [("nowhere", "does not exist"), ("empty", "holds no checkpoints")])
def test_nothing_to_import_is_said(tmp_path: Path, name: str, problem: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ImportProblem, match=problem):
        planned(tmp_path / name)


@pytest.mark.parametrize("what", ["net", "data"])
def test_a_function_is_no_part_of_a_run(tmp_path: Path, what: str) -> None:
    torch.save(states(1)[0], tmp_path / "0.pt")
    with pytest.raises(ValueError, match=rf"my\.own:thing: a run stores no functions; .* with --{what}$"):
        planned(tmp_path / "0.pt", **{what: "my.own:thing"})


def written_in_place(path: Path) -> None:
    bigger = {**states(1)[0], "more": torch.ones(9)}
    torch.save(bigger, path)


def exchanged(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.replace(other, path)


def touched(path: Path) -> None:
    path.write_bytes(path.read_bytes()[::-1])


CHANGES: dict[str, Callable[[Path], None]] = {
    "was written again since it was examined: [0-9,]+ bytes instead of [0-9,]+; ": written_in_place,
    "is another file since it was examined; ": exchanged,
    "was written again since it was examined; ": touched,
    "was deleted since it was examined; ": os.unlink,
}


@pytest.mark.parametrize("said", CHANGES)
def test_a_file_that_changed_since_it_was_looked_into_is_not_imported(tmp_path: Path, said: str) -> None:
    path = tmp_path / "net.pt"
    torch.save(states(1)[0], path)
    os.utime(path, ns=(0, 0))
    plan = planned(path)
    CHANGES[said](path)
    with pytest.raises(FileChanged, match=said + "nothing was written: examine the files again"):
        list(import_run(plan, tmp_path / "run.h5"))
    assert not (tmp_path / "run.h5").exists()


def whole_files(folder: Path) -> dict[str, bytes]:
    """The same weights in every format that is imported."""
    state = states(1)[0]
    arrays = {key: value.numpy() for key, value in state.items()}
    torch.save(state, folder / "zip.pt")
    torch.save(state, folder / "old.pt", _use_new_zipfile_serialization=False)
    save_file(arrays, str(folder / "a.safetensors"))
    with h5py.File(folder / "a.h5", "w") as file:
        for key, value in arrays.items():
            file[key] = value
    with zipfile.ZipFile(folder / "a.keras", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.write(folder / "a.h5", "model.weights.h5")
    return {name: (folder / name).read_bytes() for name in CUT}


ZIP = r"is a zip archive \(.*\) that was cut short: the list of files at its end is missing"
CUT = {
    "zip.pt": ZIP,
    "old.pt": "is a PyTorch checkpoint that was cut short",
    "a.safetensors": r"is a .safetensors file that was cut short: [0-9,]+ of its [0-9,]+ bytes are there",
    "a.h5": r"is an HDF5 file that was cut short: [0-9,]+ of its [0-9,]+ bytes are there",
    "a.keras": ZIP,
}


def test_a_file_that_was_cut_short_is_said_to_be(tmp_path: Path) -> None:
    for name, whole in whole_files(tmp_path).items():
        directory = whole.find(b"PK\x01\x02")
        for end in (len(whole) // 10, len(whole) // 2, len(whole) * 99 // 100, *([directory] if directory > 0 else [])):
            (tmp_path / name).write_bytes(whole[:end])
            with pytest.raises(ImportProblem, match=f"{CUT[name]}; copy or download it again"):
                planned(tmp_path / name)


def test_an_hdf5_file_that_holds_nothing_is_not_offered_for_import(tmp_path: Path) -> None:
    h5py.File(tmp_path / "x.h5", "w").close()
    with pytest.raises(RunError, match="is an empty HDF5 file") as refusal:
        open_run(tmp_path / "x.h5")
    assert "import" not in str(refusal.value)
