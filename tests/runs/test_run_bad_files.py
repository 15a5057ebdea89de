from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import pytest
from h5py import h5g
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from run_files import make

from workbench.runs import layout
from workbench.runs.confinement.probe import _Walk, probe
from workbench.runs.confinement.structure import RefusedError, Stored, check
from workbench.runs.errors import RunError
from workbench.runs.files.descriptor import Descriptor
from workbench.runs.run import open_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EPOCH = "/history/epoch"


def refused(path: Path, said: str) -> str:
    """The one sentence that refuses a file: names it, holds `said`, says what to do."""
    with pytest.raises(RunError, match=said) as caught:
        open_run(path)
    sentence = str(caught.value)
    assert sentence.startswith((f"{path} ", f"{path}: "))
    assert "; " in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound run of three snapshots."""
    path = tmp_path_factory.mktemp("sound") / "run.h5"
    make(path)
    return path.read_bytes()


@pytest.fixture
def file(tmp_path: Path, sound: bytes) -> Path:
    """A copy of it, to be spoilt."""
    path = tmp_path / "run.h5"
    path.write_bytes(sound)
    return path


def test_what_is_no_file_at_all_is_named(tmp_path: Path) -> None:
    refused(tmp_path / "missing.h5", "does not exist")
    refused(tmp_path, "is a folder")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo.h5")
        refused(tmp_path / "fifo.h5", r"is a pipe \(FIFO\), not a file")
    with pytest.raises(RunError, match="cannot be the name of a file"):
        open_run("nul\0byte")


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights on Windows")
def test_a_users_own_symbolic_link_is_followed(file: Path, tmp_path: Path) -> None:
    (tmp_path / "link.h5").symlink_to(file)
    with open_run(tmp_path / "link.h5") as run:
        assert run.path == file.resolve()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"x", "not an HDF5 file"),
        (b"PK\x03\x04" + bytes(5000), "is a zip archive .* cut short"),
        (b"\x89HDF\r\n\x1a\n", "ends within its header"),
        (b"\x89HDF\r\n\x1a\n" + bytes(5000), "damaged|not a workbench run"),
    ],
)
def test_other_contents_are_named(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.h5").write_bytes(content)
    refused(tmp_path / "x.h5", said)


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_other_programs_files_are_refused_politely(tmp_path: Path, libver: str) -> None:
    with h5py.File(tmp_path / "x.h5", "w", libver=libver) as other:
        other.create_dataset("weights", data=np.zeros((10, 10)), compression="gzip")
    assert "'workbench import'" in refused(tmp_path / "x.h5", "an HDF5 file, but not a workbench run")


def test_every_truncation_is_refused_with_a_sentence(file: Path, sound: bytes) -> None:
    @given(st.integers(0, len(sound) - 1))
    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    def cut(size: int) -> None:
        file.write_bytes(sound[:size])
        refused(file, "is truncated|is empty|not an HDF5 file|ends within its header")

    cut()


def spoilt_by(change: Callable[[Any], object]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        with h5py.File(path, "r+") as file:
            change(file)

    return spoil


def replaced(path: str, **options: Any) -> Callable[[Any], object]:
    def change(file: Any) -> None:
        del file[path]
        file.create_dataset(path, **options)

    return change


def linked(path: str, link: object) -> Callable[[Any], object]:
    def change(file: Any) -> None:
        del file[path]
        file[path] = link

    return change


def virtual(file: Any) -> None:
    del file[EPOCH]
    source = h5py.VirtualSource("/etc/hostname", "x", shape=(3,))
    numbers = h5py.VirtualLayout(shape=(3,), dtype="<f8")
    numbers[:] = source
    file.create_virtual_dataset(EPOCH, numbers)


def hard_link(file: Any) -> None:
    del file[EPOCH]
    file[EPOCH] = file["/history/iteration"]


def references(file: Any) -> None:
    replaced(EPOCH, data=np.array([file["/spec"].ref] * 3, h5py.ref_dtype))(file)


def external(file: Any) -> None:
    del file[EPOCH]
    file.create_dataset(EPOCH, shape=(3,), dtype="<f8", external=[("/etc/hostname", 0, 24)])


SPOILS: dict[str, tuple[Callable[[Any], object], str]] = {
    "no format": (lambda f: f.attrs.pop("format"), "not a workbench run"),
    "other format": (lambda f: f.attrs.create("format", np.bytes_(b"other")), "not a workbench run"),
    "newer": (lambda f: f.attrs.create("format_version", 2), "format 2.*a newer workbench"),
    "older": (lambda f: f.attrs.create("format_version", 0), "unknown format 0"),
    "version text": (lambda f: f.attrs.create("format_version", np.bytes_(b"1")), "format_version that is no"),
    "variable title": (lambda f: f.attrs.create("title", "variable"), "neither fixed-length text"),
    "number for a title": (lambda f: f.attrs.create("title", 3), "/ has a text attribute that is a number"),
    "array title": (lambda f: f.attrs.create("title", np.array([b"a", b"b"])), "odd attribute 'title'"),
    "soft link": (linked(EPOCH, h5py.SoftLink("/history/iteration")), f"{EPOCH} is a soft link"),
    "soft group": (linked("/history", h5py.SoftLink("/activity")), "/history is a soft link"),
    "external link": (linked(EPOCH, h5py.ExternalLink("/etc/passwd", "/x")), f"{EPOCH} is an external link"),
    "hard link": (hard_link, f"{EPOCH} overlaps|iteration overlaps"),
    "virtual": (virtual, f"{EPOCH} is a virtual dataset"),
    "external data": (external, f"{EPOCH} keeps its numbers in another file"),
    "chunked": (replaced(EPOCH, shape=(3,), dtype="<f8", chunks=(1,)), "chunked or compressed"),
    "gzip": (replaced(EPOCH, data=np.zeros(3), compression="gzip"), "chunked or compressed"),
    "unstored": (replaced(EPOCH, shape=(3,), dtype="<f8"), "was never stored"),
    "null": (replaced(EPOCH, data=h5py.Empty("f8")), "has no elements|never stored"),
    "big-endian": (replaced(EPOCH, data=np.zeros(3, ">f8")), "neither plain numbers"),
    "compound": (replaced(EPOCH, data=np.zeros(3, [("a", "f8")])), "neither plain numbers"),
    "text rows": (replaced(EPOCH, data=np.zeros(3, "S8")), "neither text nor plain"),
    "variable text": (replaced("/spec", data="{}"), "neither plain numbers nor"),
    "references": (references, "neither plain numbers"),
    "wrong type": (replaced(EPOCH, data=np.zeros(3, "f4")), "type float32"),
    "wrong T": (replaced(EPOCH, data=np.zeros(4)), "one row for each of 3"),
    "wrong gram": (replaced("/gram/fc1", data=np.zeros((3, 5, 6))), r"/gram/fc1 has rows of shape \(5, 6\)"),
    "wrong weight": (replaced("/parameters/fc1.weight", data=np.zeros((3, 6, 15), "f4")), "does not fit linear 6 × 16"),
    "flat conv": (replaced("/parameters/conv1.weight", data=np.zeros((3, 4, 18), "f4")), "does not fit conv2d"),
    "group for rows": (lambda f: (f.__delitem__(EPOCH), f.create_group(EPOCH)), f"{EPOCH} is not a dataset"),
    "dataset for group": (replaced("/layers", data=np.zeros(3)), "/layers is not a group"),
    "no spec": (lambda f: f.__delitem__("/spec"), "/spec is missing"),
    "no layers": (lambda f: f.__delitem__("/layers"), "/layers is missing"),
    "no commit": (lambda f: f.__delitem__("/snapshots/commit"), "/snapshots/commit is missing"),
    "no weights": (lambda f: f.__delitem__("/parameters/fc1.weight"), "fc1.weight is missing"),
    "no units": (lambda f: f["/layers/fc1"].attrs.pop("units"), "/layers/fc1 lacks its attribute 'units'"),
    "minus units": (lambda f: f["/layers/fc1"].attrs.create("units", -6), "/layers/fc1|/fc1"),
    "huge units": (lambda f: f["/layers/fc1"].attrs.create("units", 1 << 62), "fc1"),
    "unknown kind": (lambda f: f["/layers/fc1"].attrs.create("kind", np.bytes_(b"rnn")), "unknown kind 'rnn'"),
    "unlisted": (lambda f: f.create_dataset("/history/mine", data=np.zeros(3)), "/history/mine is not listed"),
    "stray layer": (lambda f: f["/spectrum"].move("fc1", "fc9"), "fc9|/spectrum/fc1"),
    "disguise": (lambda f: f["/parameters/fc1.weight"].attrs.create("dtype", np.bytes_(b"bool")), "says that"),
    "bad json": (replaced("/spec", data=np.bytes_(b'{"net": ')), "/spec makes no sense"),
    "spec of NaN": (replaced("/spec", data=np.bytes_(b'{"seed": NaN}')), "/spec makes no sense"),
    "deep json": (replaced("/spec", data=np.bytes_(b"[" * 60_000)), "/spec makes no sense"),
    "wrong json": (replaced("/spec", data=np.bytes_(b'{"net": 3, "data": {}}')), "/spec makes no sense"),
    "long json": (replaced("/spec", data=np.bytes_(b" " * 70_000)), "/spec is longer than 65536"),
    "spec not UTF-8": (replaced("/spec", data=np.bytes_(b"\xff\xfe{}")), "/spec has a text that is not UTF-8"),
    "bad name": (lambda f: h5g.create(f["/layers"].id, b"\xff\xfe"), "/layers/… has a text that is not UTF-8"),
    "finished is float": (replaced("/snapshots/finished", data=np.float64(1)), "finished is not one number"),
    "commit too narrow": (replaced("/snapshots/commit", data=np.zeros((3, 5), "<u4")), "commit does not fit"),
    "commit empty": (replaced("/snapshots/commit", shape=(0, 25), dtype="<u4"), "/snapshots/commit"),
    "datasets of floats": (replaced("/snapshots/datasets", data=np.zeros(3)), "is not a list of names"),
    "same name twice": (lambda f: f["/snapshots/datasets"].__setitem__(1, f["/snapshots/datasets"][0]), "twice"),
    "name not UTF-8": (lambda f: f["/snapshots/datasets"].__setitem__(0, b"\xff"), "not UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("name", SPOILS)
def test_a_spoilt_file_is_refused_with_the_place_inside(file: Path, name: str) -> None:
    change, said = SPOILS[name]
    spoilt_by(change)(file)
    refused(file, said)


def place(file: Path, path: str) -> tuple[int, int]:
    with h5py.File(file) as opened:
        return opened[path].id.get_offset(), opened[path].id.get_storage_size()


def moved(file: Path, path: str, offset: int) -> None:
    """`path`'s header now says that its numbers lie at `offset`."""
    content = bytearray(file.read_bytes())
    old, size = place(file, path)
    where = content.index(struct.pack("<QQ", old, size))
    content[where : where + 8] = struct.pack("<Q", offset)
    file.write_bytes(content)


def test_a_dataset_outside_of_the_file_is_named(file: Path) -> None:
    moved(file, "/gram/fc1", file.stat().st_size - 100)
    refused(file, "/gram/fc1 reaches [0-9]+ bytes beyond the end|damaged")


def test_overlapping_datasets_are_named(file: Path) -> None:
    moved(file, "/gram/fc1", place(file, "/gram/conv1")[0] + 8)
    refused(file, "/gram/fc1 overlaps /gram/conv1")


def test_a_dataset_over_the_header_is_named(file: Path) -> None:
    moved(file, "/gram/fc1", 8)
    refused(file, "/gram/fc1 overlaps the file's own header")


def test_a_hostile_number_of_objects_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layout, "MAX_OBJECTS", 15)  # in this process: so it is this one that looks
    with pytest.raises(RefusedError, match="over 15"):
        probe(Descriptor(file))


def test_a_file_may_hold_exactly_the_most_objects(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    with h5py.File(file, "r") as opened:
        opened.visit(names.append)  # every group and dataset below the root
    monkeypatch.setattr(layout, "MAX_OBJECTS", len(names))
    structure = probe(Descriptor(file))
    monkeypatch.setattr(layout, "MAX_OBJECTS", len(names) - 1)
    with pytest.raises(RefusedError, match=f"to {len(names)} objects, over {len(names) - 1};"):
        probe(Descriptor(file))
    named = len(structure.datasets) + len(structure.layers)
    monkeypatch.setattr(layout, "MAX_OBJECTS", named)
    check(structure, file.stat().st_size)  # what a confined child says is compared with the same limit
    monkeypatch.setattr(layout, "MAX_OBJECTS", named - 1)
    with pytest.raises(RefusedError, match="has too many objects"):
        check(structure, file.stat().st_size)


def test_unknown_objects_are_left_alone_with_a_note(file: Path) -> None:
    spoilt_by(lambda f: f.create_dataset("/mine/numbers", data=np.zeros(3)))(file)
    with open_run(file) as run:
        assert run.notes == ("/mine is unknown and ignored",)


def test_names_from_a_file_are_shown_escaped_and_elided(file: Path) -> None:
    spoilt_by(lambda f: f.create_dataset("/history/a\nb" + "x" * 200, data=np.zeros(3)))(file)
    sentence = refused(file, r"/history/a\\nbx+…x+ is not listed")
    assert len(sentence) < 400


def test_a_file_that_changes_while_it_is_looked_into_is_named(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    descriptor = Descriptor(file)
    device, inode, size = descriptor.identity()
    sizes = iter(range(size, size + 1000))
    monkeypatch.setattr(Descriptor, "identity", lambda _self: (device, inode, next(sizes)))
    with pytest.raises(RefusedError, match="changed while it was being opened; open it again"):
        probe(descriptor)
    descriptor.give_back()


def test_no_text_is_read_from_beyond_the_end(file: Path) -> None:
    descriptor = Descriptor(file)
    size = file.stat().st_size
    walk = _Walk(descriptor, layout.FORMAT)
    assert len(walk._bytes(Stored(size - 10, (), "S10"), layout.SPEC)) == 10
    with pytest.raises(RefusedError, match=r"^/spec reaches beyond the end of the file"):
        walk._bytes(Stored(size - 9, (), "S10"), layout.SPEC)
    descriptor.give_back()
