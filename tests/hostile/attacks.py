"""One file for every class of attack that a reader of run files has to withstand, built by code.

`ATTACKS` maps a name to how a sound run is spoilt and to what the refusal has to say. A `Spoil` gets the file and a
canary: another file of the user's, of which no byte may ever be shown.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import h5py
import numpy as np
import sound
from h5py import h5d, h5f, h5g, h5o, h5p, h5s, h5t

Spoil: TypeAlias = Callable[[Path, Path], object]
EPOCH, GRAM, WEIGHT = "/history/epoch", "/gram/fc1", "/parameters/fc1.weight"
CANARY = b"canary-" + bytes(range(200, 240))  # recognised as text and as bytes


def _inside(change: Callable[[Any, Path], object]) -> Spoil:
    """A change made by h5py with the file open."""

    def spoil(path: Path, canary: Path) -> None:
        with h5py.File(path, "r+", libver=("earliest", "latest")) as file:
            change(file, canary)

    return spoil


def _instead(where: str, **options: Any) -> Spoil:
    """Another dataset in the place of one."""

    def change(file: Any, _canary: Path) -> None:
        del file[where]
        file.create_dataset(where, **options)

    return _inside(change)


def _linked(where: str, link: Callable[[Path], object]) -> Spoil:
    def change(file: Any, canary: Path) -> None:
        del file[where]
        file[where] = link(canary)

    return _inside(change)


def _external_storage(file: Any, canary: Path) -> None:
    del file[EPOCH]
    file.create_dataset(EPOCH, shape=(3,), dtype="<f8", external=[(str(canary), 0, 24)])


def _virtual(file: Any, canary: Path) -> None:
    del file[EPOCH]
    numbers = h5py.VirtualLayout(shape=(3,), dtype="<f8")
    numbers[:] = h5py.VirtualSource(str(canary), "x", shape=(3,))
    file.create_virtual_dataset(EPOCH, numbers)


def _cycle(file: Any, _canary: Path) -> None:
    file["/layers/fc1/again"] = file["/layers"]  # unknown below a layer: never entered
    del file["/history"]
    file["/history"] = file["/"]  # the root as one of its own groups


def _committed_type(file: Any, _canary: Path) -> None:
    del file[EPOCH]
    file[EPOCH] = np.dtype("<f8")


def _twice(file: Any, _canary: Path) -> None:
    del file["/history/seconds"]
    file["/history/seconds"] = file[EPOCH]


def _region_references(file: Any, _canary: Path) -> None:
    target = file["/spec"]
    del file[EPOCH]
    file.create_dataset(EPOCH, data=np.array([target.ref] * 3, h5py.ref_dtype))


def _chunks(spoil: Callable[[Any], None]) -> Spoil:
    """A chunked dataset in the place of the epochs, of which something is wrong."""

    def change(file: Any, _canary: Path) -> None:
        del file[EPOCH]
        spoil(file)

    return _inside(change)


def _skipped_filter(file: Any) -> None:
    made = file.create_dataset(EPOCH, shape=(3,), dtype="<f8", chunks=(3,), compression="gzip", shuffle=True)
    made.id.write_direct_chunk((0,), bytes(24), filter_mask=3)


def _short_chunk(file: Any) -> None:
    made = file.create_dataset(EPOCH, shape=(3,), dtype="<f8", chunks=(3,), compression="gzip")
    made.id.write_direct_chunk((0,), b"x\x9cc\x00\x00\x00\x01\x00\x01")  # inflates to one byte


def _sparse(file: Any, _canary: Path) -> None:
    """Declares 32 GB of weights, of which no byte is stored."""
    del file[WEIGHT]
    space = h5s.create_simple((3, 1 << 20, 2048))
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_alloc_time(h5d.ALLOC_TIME_LATE)
    h5d.create(file.id, WEIGHT.encode(), h5t.IEEE_F32LE, space, plan)


def _many_attributes(file: Any, _canary: Path) -> None:
    for number in range(500):
        file["/layers/fc1"].attrs[f"a{number}"] = number


def _large_attribute(file: Any, _canary: Path) -> None:
    file.attrs["title"] = np.bytes_(b"x" * 60_000)


def _many_objects(file: Any, _canary: Path) -> None:
    layers = file["/layers"].id
    for number in range(20_500):
        h5g.create(layers, b"l%d" % number)


def _long_name(file: Any, _canary: Path) -> None:
    h5g.create(file["/layers"].id, b"n" * 5000)


def _odd_name(name: bytes) -> Spoil:
    return _inside(lambda file, _canary: h5g.create(file["/layers"].id, name))


def _rank(file: Any, _canary: Path) -> None:
    del file[WEIGHT]
    file.create_dataset(WEIGHT, data=np.zeros((3, *[1] * 28, 8, 64), "<f4"))


def _attribute(where: str, name: str, value: Any) -> Spoil:
    return _inside(lambda file, _canary: file[where].attrs.create(name, value))


def _disordered(path: Path, _canary: Path) -> None:
    """Written so from the beginning, with checksums that say so."""
    path.unlink()
    sound.make(path, instead={"/history/iteration": [np.float64(iteration) for iteration in (0, 52, 26)]})


def _without(where: str) -> Spoil:
    return _inside(lambda file, _canary: file.__delitem__(where))


def _json(text: bytes) -> Spoil:
    def change(file: Any, _canary: Path) -> None:
        del file["/spec"]
        file.create_dataset("/spec", data=np.bytes_(text))

    return _inside(change)


def place(path: Path, where: str) -> tuple[int, int]:
    """Offset and bytes of a contiguous dataset."""
    with h5py.File(path) as file:
        return file[where].id.get_offset(), file[where].id.get_storage_size()


def moved(where: str, target: Callable[[Path], int]) -> Spoil:
    """The header of a dataset now says that its numbers lie elsewhere."""

    def spoil(path: Path, _canary: Path) -> None:
        content = bytearray(path.read_bytes())
        at = content.index(struct.pack("<QQ", *place(path, where)))
        content[at : at + 8] = struct.pack("<Q", target(path))
        path.write_bytes(content)

    return spoil


def _declared_size(path: Path, _canary: Path) -> None:
    """The header of the weights says that 2^40 bytes of them are stored."""
    content = bytearray(path.read_bytes())
    offset, size = place(path, WEIGHT)
    at = content.index(struct.pack("<QQ", offset, size))
    content[at + 8 : at + 16] = struct.pack("<Q", 1 << 40)
    path.write_bytes(content)


def _declared_shape(path: Path, _canary: Path) -> None:
    """The dataspace of the weights says 2^31 units; what is stored stays as it is."""
    content = bytearray(path.read_bytes())
    at = content.index(struct.pack("<QQQ", 3, 8, 64))
    content[at + 8 : at + 16] = struct.pack("<Q", 1 << 31)
    path.write_bytes(content)


def _cut(fraction: float) -> Spoil:
    def spoil(path: Path, _canary: Path) -> None:
        os.truncate(path, int(path.stat().st_size * fraction))

    return spoil


def _contents(content: bytes) -> Spoil:
    return lambda path, _canary: path.write_bytes(content)


def _folder(path: Path, _canary: Path) -> None:
    path.unlink()
    path.mkdir()


def _fifo(path: Path, _canary: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _device(path: Path, _canary: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def _socket(path: Path, _canary: Path) -> None:
    import socket

    path.unlink()
    before = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is at most 100 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def _other_program(path: Path, _canary: Path) -> None:
    path.unlink()
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("epoch0/weights", data=np.zeros((10, 10)), compression="gzip")


def _user_block(path: Path, _canary: Path) -> None:
    path.write_bytes(bytes(512) + path.read_bytes())


def _family(path: Path, _canary: Path) -> None:
    """A superblock that asks for a file driver of several files."""
    path.unlink()
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fapl_family(1 << 20, h5p.create(h5p.FILE_ACCESS))
    h5f.create(os.fsencode(path.with_name("part%d.h5")), h5f.ACC_EXCL, fapl=access).close()
    path.with_name("part0.h5").rename(path)


def _soft_group(file: Any, _canary: Path) -> None:
    del file["/history"]
    file["/history"] = h5py.SoftLink("/activity")


def _mounted_name(file: Any, _canary: Path) -> None:
    h5o.link(h5g.create(file.id, None), file["/layers"].id, b"..")


def _nested_spec(depth: int) -> bytes:
    return b'{"net": ' + b'{"name": ' * depth + b"1" + b"}" * (depth + 1)


# name -> how the file is spoilt, what the refusal says
ATTACKS: dict[str, tuple[Spoil, str]] = {
    # numbers that lie in other files
    "external storage": (_inside(_external_storage), f"{EPOCH} keeps its numbers in another file"),
    "external link": (_linked(EPOCH, lambda canary: h5py.ExternalLink(str(canary), "/x")), f"{EPOCH} is an external link"),
    "external group": (_linked("/history", lambda canary: h5py.ExternalLink(str(canary), "/")), "/history is an external"),
    "virtual dataset": (_inside(_virtual), f"{EPOCH} is a virtual dataset"),
    "family of files": (_family, "is damaged|not a workbench run"),
    # links and cycles
    "soft link": (_linked(EPOCH, lambda _: h5py.SoftLink("/history/iteration")), f"{EPOCH} is a soft link"),
    "soft link to nothing": (_linked(EPOCH, lambda _: h5py.SoftLink("/nowhere")), f"{EPOCH} is a soft link"),
    "soft link to itself": (_linked(EPOCH, lambda _: h5py.SoftLink(EPOCH)), f"{EPOCH} is a soft link"),
    "soft group": (_inside(_soft_group), "/history is a soft link"),
    "hard link cycle": (_inside(_cycle), "/history/[a-z]+ is not a dataset"),
    "one dataset twice": (_inside(_twice), "/history/(seconds|epoch) overlaps /history/(seconds|epoch)"),
    "link named ..": (_inside(_mounted_name), r"/layers/\.\. "),
    # types and spaces
    "references": (_inside(_region_references), f"{EPOCH} holds neither plain numbers"),
    "variable-length text": (_instead("/spec", data="{}"), "/spec holds neither plain numbers"),
    "variable-length numbers": (
        _instead(EPOCH, shape=(3,), dtype=h5py.vlen_dtype(np.dtype("<f8"))), f"{EPOCH} holds neither"),
    "variable-length title": (_attribute("/", "title", "variable"), "neither fixed-length text"),
    "compound numbers": (_instead(EPOCH, data=np.zeros(3, [("a", "<f8")])), f"{EPOCH} holds neither plain numbers"),
    "array of numbers": (_instead(EPOCH, data=np.zeros(3, [("a", "<f8", (4,))])), f"{EPOCH} holds neither"),
    "enumeration": (_instead(EPOCH, data=np.zeros(3, bool)), f"{EPOCH} holds neither plain numbers"),
    "opaque bytes": (_instead(EPOCH, data=np.zeros(3, "V8")), f"{EPOCH} holds neither plain numbers"),
    "complex numbers": (_instead(EPOCH, data=np.zeros(3, "<c8")), f"{EPOCH} holds neither plain numbers"),
    "big-endian numbers": (_instead(EPOCH, data=np.zeros(3, ">f8")), f"{EPOCH} holds neither plain numbers"),
    "committed type": (_inside(_committed_type), f"{EPOCH} is not a dataset"),
    "null space": (_instead(EPOCH, data=h5py.Empty("<f8")), f"{EPOCH} has no elements|never stored"),
    "no elements": (_instead(EPOCH, shape=(0,), dtype="<f8"), EPOCH),
    "rank 31": (_inside(_rank), f"{WEIGHT} (of shape|is of rank)"),
    # storage and filters
    "chunked": (_instead(EPOCH, shape=(3,), dtype="<f8", chunks=(1,)), f"{EPOCH} is chunked or compressed"),
    "deflate": (_instead(EPOCH, data=np.zeros(3), compression="gzip"), f"{EPOCH} is chunked or compressed"),
    "deflate bomb": (_instead(WEIGHT, shape=(3, 1 << 14, 1 << 14), dtype="<f4", chunks=(1, 1 << 10, 1 << 14),
                              compression="gzip"), f"{WEIGHT} is chunked or compressed"),
    "fletcher32": (_instead(EPOCH, data=np.zeros(3), fletcher32=True), f"{EPOCH} is chunked or compressed"),
    "scale-offset": (_instead(EPOCH, data=np.zeros(3, "<i8"), scaleoffset=0), f"{EPOCH} is chunked or compressed"),
    "wrong filter mask": (_chunks(_skipped_filter), f"{EPOCH} is chunked or compressed"),
    "wrong chunk size": (_chunks(_short_chunk), f"{EPOCH} is chunked or compressed"),
    "resizable": (_instead(EPOCH, data=np.zeros(3), maxshape=(None,)), f"{EPOCH} is chunked or compressed"),
    "never stored": (_instead(EPOCH, shape=(3,), dtype="<f8"), f"{EPOCH} was never stored"),
    "declared beyond what is stored": (_inside(_sparse), f"{WEIGHT} was never stored"),
    "declared size": (_declared_size, f"{WEIGHT} |is damaged"),
    "declared shape": (_declared_shape, f"{WEIGHT} |is damaged"),
    # limits
    "20,500 objects": (_inside(_many_objects), "/layers brings the file to 205[0-9]+ objects, over 20000"),
    "500 attributes": (_inside(_many_attributes), "/layers/fc1 has 504 attributes, over 64"),
    "attribute of 60 kB": (_inside(_large_attribute), "has an odd attribute 'title'"),
    "name of 5,000 bytes": (_inside(_long_name), "/layers/n+…n+ has a name that no run has .5000 bytes."),
    # names
    "name not UTF-8": (_odd_name(b"\xff\xfe"), "/layers/… has a text that is not UTF-8"),
    "name with line breaks": (_odd_name(b"a\nb\x1b[31m"), r"/layers/a\\nb\\x1b\[31m lacks"),
    "title not UTF-8": (_attribute("/", "title", np.bytes_(b"\xff")), "not UTF-8"),
    "dataset list not UTF-8": (_inside(lambda file, _: file["/snapshots/datasets"].__setitem__(0, b"\xff")), "not UTF-8"),
    # shapes that do not fit the layers or each other
    "wrong capacity": (_instead(EPOCH, data=np.zeros(4)), f"{EPOCH} does not hold one row for each of 3"),
    "wrong gram": (_instead(GRAM, data=np.zeros((3, 8, 9))), rf"{GRAM} has rows of shape \(8, 9\)"),
    "wrong weights": (_instead(WEIGHT, data=np.zeros((3, 8, 63), "<f4")), "fc1.weight .*does not fit linear 8 × 64"),
    "minus units": (_attribute("/layers/fc1", "units", -8), "fc1"),
    "huge units": (_attribute("/layers/fc1", "units", 1 << 62), "fc1"),
    "unknown kind": (_attribute("/layers/fc1", "kind", np.bytes_(b"rnn")), "/layers/fc1 is of unknown kind 'rnn'"),
    "no weights": (_without(WEIGHT), f"{WEIGHT} is missing"),
    "no layers group": (_without("/layers"), "/layers is missing"),
    "dataset listed twice": (_inside(lambda file, _: file["/snapshots/datasets"].__setitem__(1, file["/snapshots/datasets"][0])),
                             "/snapshots/datasets names a dataset twice"),
    "snapshots that do not increase": (_disordered, "/history/iteration does not increase at snapshot 2"),
    # places
    "beyond the end": (moved(GRAM, lambda path: path.stat().st_size - 100), f"{GRAM} reaches [0-9]+ bytes beyond|damaged"),
    "overlapping": (moved(GRAM, lambda path: place(path, WEIGHT)[0] + 8),
                    f"{GRAM} overlaps {WEIGHT}|{WEIGHT} overlaps {GRAM}"),
    "over the header": (moved(GRAM, lambda _path: 8), f"{GRAM} overlaps the file's own header"),
    "truncated": (_cut(0.9), "is truncated: [0-9]+ of its [0-9]+ bytes are there"),
    "truncated in the headers": (_cut(0.01), "is truncated"),
    # the specification
    "spec cut short": (_json(b'{"net": '), "/spec makes no sense"),
    "spec of NaN": (_json(b'{"seed": NaN}'), "/spec makes no sense"),
    "spec of Infinity": (_json(b'{"net":{"name":"lenet"},"data":{"name":"digits"},"epochs":1e999}'), "/spec makes no sense"),
    "60,000 brackets": (_json(b"[" * 60_000), "/spec makes no sense"),
    "nested deeply": (_json(_nested_spec(5000)), "/spec makes no sense"),
    "number of 60,000 digits": (_json(b'{"net":{"name":"lenet"},"data":{"name":"digits"},"seed":' + b"9" * 60_000 + b"}"),
                                "/spec makes no sense"),
    "spec of 70 kB": (_json(b" " * 70_000), "/spec is longer than 65536"),
    "a class by name": (_json(b'{"net":{"name":"os.system","py/object":"os.system"},"data":3}'), "/spec makes no sense"),
    "spec not UTF-8": (_json(b"\xff\xfe{}"), "/spec has a text that is not UTF-8"),
    # no run at all
    "empty file": (_contents(b""), "is empty"),
    "no HDF5": (_contents(b"PK\x03\x04" + bytes(5000)), "is not an HDF5 file"),
    "signature only": (_contents(b"\x89HDF\r\n\x1a\n"), "ends within its header"),
    "another program's file": (_other_program, "an HDF5 file, but not a workbench run"),
    "user block": (_user_block, "is not an HDF5 file"),
    "folder": (_folder, "is not a file"),
    "FIFO": (_fifo, "is not a file"),
    "device": (_device, "is not a file"),
    "socket": (_socket, "is not a file"),
}  # fmt: skip
