"""How a sound run is spoilt on purpose. A `Spoil` gets the file and a canary: another file of the user's, of which
no byte may ever be shown."""

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


def inside(change: Callable[[Any, Path], object]) -> Spoil:
    """A change made by h5py with the file open."""

    def spoil(path: Path, canary: Path) -> None:
        with h5py.File(path, "r+", libver=("earliest", "latest")) as file:
            change(file, canary)

    return spoil


def instead(where: str, **options: Any) -> Spoil:
    """Another dataset in the place of one."""

    def change(file: Any, _canary: Path) -> None:
        del file[where]
        file.create_dataset(where, **options)

    return inside(change)


def linked(where: str, link: Callable[[Path], object]) -> Spoil:
    def change(file: Any, canary: Path) -> None:
        del file[where]
        file[where] = link(canary)

    return inside(change)


def external_storage(file: Any, canary: Path) -> None:
    del file[EPOCH]
    file.create_dataset(EPOCH, shape=(3,), dtype="<f8", external=[(str(canary), 0, 24)])


def virtual(file: Any, canary: Path) -> None:
    del file[EPOCH]
    numbers = h5py.VirtualLayout(shape=(3,), dtype="<f8")
    numbers[:] = h5py.VirtualSource(str(canary), "x", shape=(3,))
    file.create_virtual_dataset(EPOCH, numbers)


def cycle(file: Any, _canary: Path) -> None:
    file["/layers/fc1/again"] = file["/layers"]  # unknown below a layer: never entered
    del file["/history"]
    file["/history"] = file["/"]  # the root as one of its own groups


def committed_type(file: Any, _canary: Path) -> None:
    del file[EPOCH]
    file[EPOCH] = np.dtype("<f8")


def twice(file: Any, _canary: Path) -> None:
    del file["/history/seconds"]
    file["/history/seconds"] = file[EPOCH]


def region_references(file: Any, _canary: Path) -> None:
    target = file["/spec"]
    del file[EPOCH]
    file.create_dataset(EPOCH, data=np.array([target.ref] * 3, h5py.ref_dtype))


def chunks(spoil: Callable[[Any], None]) -> Spoil:
    """A chunked dataset in the place of the epochs, of which something is wrong."""

    def change(file: Any, _canary: Path) -> None:
        del file[EPOCH]
        spoil(file)

    return inside(change)


def skipped_filter(file: Any) -> None:
    made = file.create_dataset(EPOCH, shape=(3,), dtype="<f8", chunks=(3,), compression="gzip", shuffle=True)
    made.id.write_direct_chunk((0,), bytes(24), filter_mask=3)


def short_chunk(file: Any) -> None:
    made = file.create_dataset(EPOCH, shape=(3,), dtype="<f8", chunks=(3,), compression="gzip")
    made.id.write_direct_chunk((0,), b"x\x9cc\x00\x00\x00\x01\x00\x01")  # inflates to one byte


def sparse(file: Any, _canary: Path) -> None:
    """Declares 32 GB of weights, of which no byte is stored."""
    del file[WEIGHT]
    space = h5s.create_simple((3, 1 << 20, 2048))
    plan = h5p.create(h5p.DATASET_CREATE)
    plan.set_alloc_time(h5d.ALLOC_TIME_LATE)
    h5d.create(file.id, WEIGHT.encode(), h5t.IEEE_F32LE, space, plan)


def many_attributes(file: Any, _canary: Path) -> None:
    for number in range(500):
        file["/layers/fc1"].attrs[f"a{number}"] = number


def large_attribute(file: Any, _canary: Path) -> None:
    file.attrs["title"] = np.bytes_(b"x" * 60_000)


def many_objects(file: Any, _canary: Path) -> None:
    layers = file["/layers"].id
    for number in range(20_500):
        h5g.create(layers, b"l%d" % number)


def long_name(file: Any, _canary: Path) -> None:
    h5g.create(file["/layers"].id, b"n" * 5000)


def odd_name(name: bytes) -> Spoil:
    return inside(lambda file, _canary: h5g.create(file["/layers"].id, name))


def rank(file: Any, _canary: Path) -> None:
    del file[WEIGHT]
    file.create_dataset(WEIGHT, data=np.zeros((3, *[1] * 28, 8, 64), "<f4"))


def attribute(where: str, name: str, value: Any) -> Spoil:
    return inside(lambda file, _canary: file[where].attrs.create(name, value))


def disordered(path: Path, _canary: Path) -> None:
    """Written so from the beginning, with checksums that say so."""
    path.unlink()
    sound.make(path, instead={"/history/iteration": [np.float64(iteration) for iteration in (0, 52, 26)]})


def without(where: str) -> Spoil:
    return inside(lambda file, _canary: file.__delitem__(where))


def json(text: bytes) -> Spoil:
    def change(file: Any, _canary: Path) -> None:
        del file["/spec"]
        file.create_dataset("/spec", data=np.bytes_(text))

    return inside(change)


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


def declared_size(path: Path, _canary: Path) -> None:
    """The header of the weights says that 2^40 bytes of them are stored."""
    content = bytearray(path.read_bytes())
    offset, size = place(path, WEIGHT)
    at = content.index(struct.pack("<QQ", offset, size))
    content[at + 8 : at + 16] = struct.pack("<Q", 1 << 40)
    path.write_bytes(content)


def declared_shape(path: Path, _canary: Path) -> None:
    """The dataspace of the weights says 2^31 units; what is stored stays as it is."""
    content = bytearray(path.read_bytes())
    at = content.index(struct.pack("<QQQ", 3, 8, 64))
    content[at + 8 : at + 16] = struct.pack("<Q", 1 << 31)
    path.write_bytes(content)


def cut(fraction: float) -> Spoil:
    def spoil(path: Path, _canary: Path) -> None:
        os.truncate(path, int(path.stat().st_size * fraction))

    return spoil


def contents(content: bytes) -> Spoil:
    return lambda path, _canary: path.write_bytes(content)


def folder(path: Path, _canary: Path) -> None:
    path.unlink()
    path.mkdir()


def fifo(path: Path, _canary: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def device(path: Path, _canary: Path) -> None:
    path.unlink()
    path.symlink_to("/dev/zero")


def socket(path: Path, _canary: Path) -> None:
    import socket

    path.unlink()
    before = Path.cwd()
    os.chdir(path.parent)  # the name of a socket is at most 100 bytes long
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    finally:
        os.chdir(before)


def other_program(path: Path, _canary: Path) -> None:
    path.unlink()
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("epoch0/weights", data=np.zeros((10, 10)), compression="gzip")


def user_block(path: Path, _canary: Path) -> None:
    path.write_bytes(bytes(512) + path.read_bytes())


def family(path: Path, _canary: Path) -> None:
    """A superblock that asks for a file driver of several files."""
    path.unlink()
    access = h5p.create(h5p.FILE_ACCESS)
    access.set_fapl_family(1 << 20, h5p.create(h5p.FILE_ACCESS))
    h5f.create(os.fsencode(path.with_name("part%d.h5")), h5f.ACC_EXCL, fapl=access).close()
    path.with_name("part0.h5").rename(path)


def soft_group(file: Any, _canary: Path) -> None:
    del file["/history"]
    file["/history"] = h5py.SoftLink("/activity")


def mounted_name(file: Any, _canary: Path) -> None:
    h5o.link(h5g.create(file.id, None), file["/layers"].id, b"..")


def nested_spec(depth: int) -> bytes:
    return b'{"net": ' + b'{"name": ' * depth + b"1" + b"}" * (depth + 1)
