"""What a file is, is known by its bytes: one true cause and its own remedy wherever it is refused."""

from __future__ import annotations

import io
import pickle
import zipfile
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
import torch
from safetensors.torch import save

from workbench.cli import main
from workbench.importing.files.foreign import ImportProblem
from workbench.importing.plan import Wanted, plan_of
from workbench.runs.confinement.structure import IMPORT_IT
from workbench.runs.errors import RunError
from workbench.runs.files import kinds
from workbench.runs.files.kinds import kind_of
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STATE = {"fc.weight": torch.ones(4, 3), "fc.bias": torch.ones(4)}


def written(write: Callable[[Any], object]) -> bytes:
    whole = io.BytesIO()
    write(whole)
    return whole.getvalue()


def hdf5(**options: Any) -> bytes:
    def write(whole: io.BytesIO) -> None:
        with h5py.File(whole, "w", **options) as file:
            file["fc/kernel"] = np.ones((3, 4), np.float32)
            file["fc/bias"] = np.ones(4, np.float32)

    return written(write)


def legacy(protocol: int) -> bytes:
    save_ = torch.save
    return written(lambda f: save_(STATE, f, pickle_protocol=protocol, _use_new_zipfile_serialization=False))


def zipped(*names: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return whole.getvalue()


def being_written() -> bytes:
    whole = bytearray(hdf5(libver="latest"))
    whole[11] |= 5  # as h5py's swmr_mode marks it
    return bytes(whole)


PT, SAFE = written(lambda file: torch.save(STATE, file)), save(STATE)

READ = {
    "pt": ("a PyTorch checkpoint", PT),
    "legacy": ("a PyTorch checkpoint", legacy(2)),
    "protocol 3": ("a PyTorch checkpoint", legacy(3)),
    "safetensors": ("a .safetensors file", SAFE),
    "hdf5": ("an HDF5 file", hdf5()),
    "latest": ("an HDF5 file", hdf5(libver="latest")),
    "user block": ("an HDF5 file", hdf5(userblock_size=1024)),
}

REFUSED: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "TorchScript": (
        "is a TorchScript archive, which holds a program",
        "load it with torch.jit.load and save its state_dict() with torch.save",
        lambda: zipped("net/data/0", "net/data.pkl", "net/code/__torch__/net.py", "net/constants.pkl", "net/version"),
    ),
    "torch.export": (
        "is a program of torch.export",
        "load it with torch.export.load and save its state_dict with torch.save",
        lambda: zipped("net/data/weights/weight_0", "net/models/model.json", "net/archive_format"),
    ),
    "any zip": (
        "is a zip archive without weights that can be read",
        "unpack it and choose the file of weights in it",
        lambda: zipped("readme.txt", "weights/net.pt"),
    ),
    "npz": (
        "is a NumPy archive (.npz), which does not say what its arrays are",
        "save them as .safetensors: safetensors.numpy.save_file(dict(numpy.load(FILE)), NAME)",
        lambda: written(lambda file: np.savez(file, a=np.ones(3))),
    ),
    "protocol 4": (
        "is a PyTorch checkpoint written with pickle protocol 4 or later, which the safe reader cannot read",
        "load it and save it again with torch.save(state_dict, FILE), which uses protocol 2",
        lambda: legacy(4),
    ),
    "npy": (
        "is a single NumPy array (.npy), which does not say what it is",
        'save it under a name as .safetensors: safetensors.numpy.save_file({"fc1.weight": array}, FILE)',
        lambda: written(lambda file: np.save(file, np.ones((3, 4)))),
    ),
    "pickle": (
        "is a Python pickle and not a PyTorch checkpoint, and opening it could run a program",
        "load it where you trust it and save its weights as .safetensors",
        lambda: pickle.dumps({"a": 1}),
    ),
    "being written": (
        "is an HDF5 file that another program is writing or did not close",
        "wait until that program has ended; where it has ended already, unlock the file with 'h5clear -s FILE'",
        being_written,
    ),
    "LFS": (
        "is a Git LFS pointer, which stands for the real file",
        "fetch that file with 'git lfs pull'",
        lambda: b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n",
    ),
    "HTML": (
        "is a web page (HTML), not the file that it offers",
        "download the file itself; the page may ask you to log in or to accept a licence first",
        lambda: b"\n<!doctype html>\n<html><body>403</body></html>",
    ),
    "empty": ("is empty (0 bytes)", "choose another file", bytes),
    "msgpack": (
        "is a msgpack file, as Flax saves them",
        'save the parameters as .safetensors: safetensors.flax.save_file(flatten_dict(params, sep="."), FILE)',
        lambda: b"\x81\xa6params\x81\xa7Dense_0\x82",
    ),
    "ONNX": (
        "is an ONNX model",
        "export the state dict of the network it was made from as .safetensors",
        lambda: b"\x08\x08\x12\x07pytorch\x1a\x052.0.0",
    ),
    "tar.gz": ("is packed with gzip", "unpack it and choose the file of weights in it", lambda: b"\x1f\x8b\x08" * 9),
    "short safetensors": (
        f"is a .safetensors file that was cut short: {len(SAFE) - 5} of its {len(SAFE)} bytes are there",
        "copy or download it again",
        lambda: SAFE[:-5],
    ),
    "shorter safetensors": (
        f"is a .safetensors file that was cut short: 30 of its {len(SAFE) - 64} bytes are there",
        "copy or download it again",
        lambda: SAFE[:30],
    ),
    "short zip": (
        "is a zip archive (as PyTorch and Keras write them) that was cut short: the list of files at its end is "
        "missing",
        "copy or download it again",
        lambda: PT[:-200],
    ),
    "short HDF5": (
        f"is an HDF5 file that was cut short: {len(hdf5(libver='latest')) - 9:,} of its "
        f"{len(hdf5(libver='latest')):,} bytes are there",
        "copy or download it again",
        lambda: hdf5(libver="latest")[:-9],
    ),
}


@pytest.mark.parametrize("name", READ)
def test_what_can_be_imported_is_and_its_import_is_offered_where_it_was_opened_as_a_run(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    what, content = READ[name]
    path = tmp_path / "theirs.weights"
    path.write_bytes(content)
    assert kind_of(lambda size, offset: content[offset : offset + size], len(content)).what == what
    (layer,) = plan_of(Wanted((path,))).layers
    assert (layer.units, layer.inputs) == (4, 3)
    with pytest.raises(RunError) as refused:
        open_run(path)
    assert refused.value.advice == IMPORT_IT
    assert main(["info", str(path)]) == 1
    assert f"is {what}, " in capsys.readouterr().err


@pytest.mark.parametrize("name", REFUSED)
def test_a_refusal_says_the_same_true_cause_and_its_own_remedy_everywhere(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    problem, advice, content = REFUSED[name]
    path = tmp_path / "theirs.pt"
    path.write_bytes(content())
    sentence = f"{path} {problem}; {advice}."
    with pytest.raises(ImportProblem) as refused:
        plan_of(Wanted((path,)))
    with pytest.raises(RunError) as closed:
        open_run(path)
    assert (str(refused.value), str(closed.value)) == (sentence, sentence)
    for words in (["info", str(path)], ["import", str(path), "--dry-run"]):
        assert main(words) == 1
        assert capsys.readouterr().err == f"workbench: {sentence}\n"
    assert "\n" not in sentence


def test_protocol_4_in_a_zip_archive_is_named_too(tmp_path: Path) -> None:
    torch.save(STATE, tmp_path / "a.pt", pickle_protocol=4)
    with pytest.raises(ImportProblem, match=r"written with pickle protocol 4 or later, .* uses protocol 2\.$"):
        plan_of(Wanted((tmp_path / "a.pt",)))


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
def test_a_safetensors_file_whose_length_begins_like_a_pickle_is_none(protocol: int) -> None:
    padded = next(
        whole
        for length in range(5 * 256)
        if (whole := save(STATE, {"note": "x" * length}))[:2] == bytes((0x80, protocol))
    )
    assert kind_of(lambda count, offset: padded[offset : offset + count], len(padded)).reader == "safetensors"


PACKED, TEXT = "unpack it and choose the file of weights in it", "choose a file of weights or a run"
HDF5_WHOLE = hdf5()


@pytest.mark.parametrize(
    ("content", "problem", "advice"),
    [
        (b"BZh9", "is packed with bzip2", PACKED),
        (b"\xfd7zXZ\0", "is packed with xz", PACKED),
        (b"\x28\xb5\x2f\xfd", "is packed with zstd", PACKED),
        (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive", PACKED),
        (b"Rar!", "is a RAR archive", PACKED),
        (b"net".ljust(257, b"\0") + b"ustar", "is a tar archive", PACKED),
        (b"GGUF", "is a GGUF file of llama.cpp", "import the .safetensors that it was made from"),
        (b"\x1c\0\0\0TFL3", "is a TensorFlow Lite model", "save the Keras model it was made from as .weights.h5"),
        (b"a,b\n1,2\r\n", "is a text file", TEXT),
        (
            b"a\0",
            "is neither a .safetensors file, a PyTorch checkpoint nor an HDF5 file",
            "choose another file",
        ),
        (HDF5_WHOLE[:47], "is an HDF5 file that ends within its header", "copy or download it again"),
        (HDF5_WHOLE[:8], "is an HDF5 file that ends within its header", "copy or download it again"),
        (
            HDF5_WHOLE[:48],
            f"is an HDF5 file that was cut short: 48 of its {len(HDF5_WHOLE):,} bytes are there",
            "copy or download it again",
        ),
    ],
)
def test_every_other_kind_is_named_with_what_to_do(content: bytes, problem: str, advice: str) -> None:
    kind = kind_of(lambda count, offset: content[offset : offset + count], len(content))
    assert (kind.reader, kind.problem, kind.advice) == ("", problem, advice)


def test_a_keras_model_is_told_by_its_one_name() -> None:
    content = zipped("metadata.json", "model.weights.h5")
    kind = kind_of(lambda count, offset: content[offset : offset + count], len(content))
    assert (kind.reader, kind.what) == ("keras", "a Keras model")


def test_the_list_of_tensors_is_read_up_to_exactly_the_most_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    content, header = SAFE[:-5], int.from_bytes(SAFE[:8], "little")
    for most, whole in ((header, ""), (header - 1, "is a .safetensors file")):
        monkeypatch.setattr(kinds, "LARGEST_DIRECTORY", most)
        kind = kind_of(lambda count, offset: content[offset : offset + count], len(content))
        cut = f"is a .safetensors file that was cut short: {len(content)} of its {len(SAFE)} bytes are there"
        assert kind.problem == (whole or cut)


@pytest.mark.parametrize(("flags", "writing"), [(0, False), (1, True), (2, False), (4, True), (5, True)])
def test_an_hdf5_file_is_being_written_where_one_of_two_flags_says_so(flags: int, writing: bool) -> None:
    content = bytearray(hdf5(libver="latest"))
    content[11] |= flags
    kind = kind_of(lambda count, offset: bytes(content[offset : offset + count]), len(content))
    assert (kind.reader, "another program is writing" in kind.problem) == ("" if writing else "hdf5", writing)
