"""Checkpoints that are not imported: each is refused in one sentence, nothing in them runs, nothing is left."""

from __future__ import annotations

import os
import pickle
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import h5py
import pytest
import torch
from importing_steps import imported, planned, states

from workbench.importing import run as importing
from workbench.importing.foreign import ImportProblem
from workbench.importing.run import import_run
from workbench.runs.errors import DiskFull

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
        "holds other objects than tensors": lambda: torch.save({"a.weight": torch.ones(2, 2), "b": Evil(trap)}, path),
        "is a Python pickle and not a PyTorch checkpoint": lambda: path.write_bytes(pickle.dumps(Evil(trap), 2)),
        r"holds other objects than tensors \(fractions.Fraction\)": lambda: torch.save(
            {"a.weight": torch.ones(2, 2), "b": Fraction(1, 2)}, path
        ),  # harmless, but nobody said so
        "'a.weight' is a few numbers repeated": lambda: torch.save({"a.weight": wide}, path),
        "'a.weight' is sparse": lambda: torch.save({"a.weight": torch.eye(3).to_sparse()}, path),
        "'a.weight' is without its numbers in the file": lambda: torch.save(
            {"a.weight": torch.ones(9, 9, device="meta")}, path
        ),
        "holds a list of 1 array without names and not a state dict": lambda: torch.save([torch.ones(2)], path),
        "holds no tensors": lambda: torch.save({"epoch": 3}, path),
        "is a zip archive .* that is damaged or was cut short": cut,
        "is neither a .safetensors file": lambda: path.write_bytes(b"\0what is this?" * 10),
        "no .safetensors file": lambda: path.write_bytes((30).to_bytes(8, "little") + b'{"a": nonsense' + b" " * 90),
        "no weights of linear": lambda: torch.save({"scale": torch.ones(3)}, path),
        "'a.weight' is of complex64 numbers": lambda: torch.save(
            {"a.weight": torch.ones(2, 2, dtype=torch.complex64)}, path
        ),
        "a link at '/epoch_0/w'": linked,
        "in another file": external,
        "of shape": huge,
        "names a tensor": lambda: torch.save({"a/b.weight": torch.ones(2, 2)}, path),
    }


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
    with pytest.raises(ValueError, match=rf"my\.own:thing: a run keeps no functions; .* with --{what}$"):
        planned(tmp_path / "0.pt", **{what: "my.own:thing"})
