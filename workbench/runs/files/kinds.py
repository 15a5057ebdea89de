"""What a file is by its bytes, whatever it is called: one table for opening, importing and refusing."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Read = Callable[[int, int], bytes]  # so many bytes from this offset, all of them inside the file

START = 512  # bytes at the beginning that most kinds are known by
HDF5 = b"\x89HDF\r\n\x1a\n"
USER_BLOCKS = [0, *(1 << power for power in range(9, 21))]  # where an HDF5 file may begin inside a file
TORCH_MAGIC = b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # the first object in a checkpoint of torch that is no zip archive
LARGEST_DIRECTORY = 16 << 20  # bytes of a zip archive's list of files, or of a .safetensors header
WRITING = 1 | 4  # flags in an HDF5 file: open for writing, open for writing while others read
END_OF_ZIP = b"PK\x05\x06"
LONGEST_END = 22 + 65_535  # bytes of that record with its comment
UNPACK = "unpack it and choose the file of weights in it"
CUT_SHORT = "copy or download it again"


@dataclass(frozen=True)
class Kind:
    """What a file is, and what to do with it."""

    what: str  # "a PyTorch checkpoint"
    reader: str = ""  # what an import reads it with; "": it cannot be imported
    advice: str = ""  # what to do where it cannot be imported
    whole: str = ""  # all that is wrong with it, where "is" and `what` do not say it

    @property
    def problem(self) -> str:
        """What is wrong with it where it cannot be imported."""
        return self.whole or f"is {self.what}"


PT, SAFETENSORS = Kind("a PyTorch checkpoint", "pt"), Kind("a .safetensors file", "safetensors")
AN_HDF5 = Kind("an HDF5 file", "hdf5")
NPY = Kind(
    "a single NumPy array (.npy), which does not say what it is",
    advice='save it under a name as .safetensors: safetensors.numpy.save_file({"fc1.weight": array}, FILE)',
)
UNKNOWN = Kind("", "", "choose another file", "is neither a .safetensors file, a PyTorch checkpoint nor an HDF5 file")
EMPTY = Kind("", "", "choose another file", "is empty (0 bytes)")
PROTOCOL = Kind(
    "a PyTorch checkpoint written with pickle protocol 4 or later, which the safe reader cannot read",
    advice="load it and save it again with torch.save(state_dict, FILE), which uses protocol 2",
)
PICKLE = Kind(
    "a Python pickle and not a PyTorch checkpoint, and opening it could run a program",
    advice="load it where you trust it and save its weights as .safetensors",
)
TEXT = Kind("a text file", advice="choose a file of weights or a run")
MSGPACK = Kind(
    "a msgpack file, as Flax saves them",
    advice='save the parameters as .safetensors: safetensors.flax.save_file(flatten_dict(params, sep="."), FILE)',
)

# (offset, what stands there, what the file then is)
SIGNATURES: tuple[tuple[int, bytes, Kind], ...] = (
    (0, b"\x93NUMPY", NPY),
    (0, b"version https://git-lfs.github.com/spec/", Kind(
        "a Git LFS pointer, which stands for the real file", advice="fetch that file with 'git lfs pull'")),
    (0, b"GGUF", Kind("a GGUF file of llama.cpp", advice="import the .safetensors that it was made from")),
    (4, b"TFL3", Kind("a TensorFlow Lite model", advice="save the Keras model it was made from as .weights.h5")),
    (0, b"\x1f\x8b", Kind("packed with gzip", advice=UNPACK)),
    (0, b"BZh", Kind("packed with bzip2", advice=UNPACK)),
    (0, b"\xfd7zXZ\0", Kind("packed with xz", advice=UNPACK)),
    (0, b"\x28\xb5\x2f\xfd", Kind("packed with zstd", advice=UNPACK)),
    (0, b"7z\xbc\xaf\x27\x1c", Kind("a 7-Zip archive", advice=UNPACK)),
    (0, b"Rar!", Kind("a RAR archive", advice=UNPACK)),
    (257, b"ustar", Kind("a tar archive", advice=UNPACK)),
)  # fmt: skip
PATTERNS: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"(\xef\xbb\xbf)?\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL),
     Kind("a web page (HTML), not the file that it offers",
          advice="download the file itself; the page may ask you to log in or to accept a licence first")),
    (re.compile(rb"\x08[\x03-\x0f]\x12.[\x20-\x7e]+", re.DOTALL),
     Kind("an ONNX model", advice="export the state dict of the network it was made from as .safetensors")),
    (re.compile(rb"([\x81-\x8f]|\xde..|\xdf....)([\xa1-\xbf]|\xd9.)[\x20-\x7e]+", re.DOTALL), MSGPACK),
    (re.compile(rb"[\t\n\r\x20-\x7e]+\Z"), TEXT),
)  # fmt: skip
# (what one name in a zip archive is, what the archive then is), the first that fits
IN_ZIP: tuple[tuple[re.Pattern[str], Kind], ...] = (
    (re.compile(r"[^/]+/constants\.pkl"), Kind(
        "a TorchScript archive, which holds a program",
        advice="load it with torch.jit.load and save its state_dict() with torch.save")),
    (re.compile(r"([^/]+/)?(archive_format|serialized_exported_program\.json|models/.*\.json)"), Kind(
        "a program of torch.export", advice="load it with torch.export.load and save its state_dict with torch.save")),
    (re.compile(r"[^/]+/data\.pkl"), PT),
    (re.compile(r"model\.weights\.h5"), Kind("a Keras model", "keras")),
    (re.compile(r".*\.npy"), Kind(
        "a NumPy archive (.npz), which does not say what its arrays are", advice=(
            "save them as .safetensors: safetensors.numpy.save_file(dict(numpy.load(FILE)), NAME)"))),
)  # fmt: skip
OTHER_ZIP = Kind("a zip archive without weights that can be read", advice=UNPACK)


def kind_of(read: Read, size: int) -> Kind:
    """What a file of so many bytes is."""
    start = read(min(size, START), 0)
    by_start = (kind for offset, signature, kind in SIGNATURES if start.startswith(signature, offset))
    found = EMPTY if not size else next(by_start, None)
    for look in (_of_zip, _of_safetensors, _of_pickle, _of_hdf5):  # the length of a header may begin like a pickle
        found = found or look(start, read, size)
    return found or next((kind for pattern, kind in PATTERNS if pattern.match(start)), UNKNOWN)


def _cut_short(what: str, size: int, end: int) -> Kind:
    return Kind(what, "", CUT_SHORT, f"is {what} that was cut short: {size:,} of its {end:,} bytes are there")


def _of_pickle(start: bytes, _read: Read, _size: int) -> Kind | None:
    if start[:1] != b"\x80" or start[1:2] not in (b"\2", b"\3", b"\4", b"\5"):
        return None
    if TORCH_MAGIC not in start[:64]:
        return PICKLE
    return PT if start[1] < 4 else PROTOCOL


def _of_safetensors(start: bytes, read: Read, size: int) -> Kind | None:
    """Whole, or cut short, as the places that its header gives for the tensors show."""
    header = int.from_bytes(start[:8], "little")
    if start[8:9] != b"{" or header >= max(size, LARGEST_DIRECTORY):
        return None
    if 8 + header > size:
        return _cut_short(SAFETENSORS.what, size, 8 + header)
    if header > LARGEST_DIRECTORY:
        return SAFETENSORS
    ends = re.findall(rb'"data_offsets"\s*:\s*\[\s*\d{1,18}\s*,\s*(\d{1,18})\s*\]', read(header, 8))
    end = 8 + header + max(map(int, ends), default=0)
    return SAFETENSORS if end <= size else _cut_short(SAFETENSORS.what, size, end)


def _of_hdf5(_start: bytes, read: Read, size: int) -> Kind | None:
    """Whole, cut short or being written, as the first block of an HDF5 file says."""
    places = (place for place in USER_BLOCKS if place + len(HDF5) <= size and read(len(HDF5), place) == HDF5)
    begins = next(places, None)
    if begins is None:
        return None
    superblock = read(min(size - begins, 64), begins)
    if len(superblock) < 48:
        return Kind(AN_HDF5.what, "", CUT_SHORT, "is an HDF5 file that ends within its header")
    new = superblock[8] >= 2
    if new and superblock[11] & WRITING:
        wait = "wait until that program has ended; where it has ended already, unlock the file with 'h5clear -s FILE'"
        return Kind(AN_HDF5.what, "", wait, "is an HDF5 file that another program is writing or did not close")
    place, length = (28, superblock[9]) if new else (40, superblock[13])
    end = int.from_bytes(superblock[place : place + 8], "little") if length == 8 else 0
    return AN_HDF5 if end <= size else _cut_short(AN_HDF5.what, size, end)


def _of_zip(start: bytes, read: Read, size: int) -> Kind | None:
    if not start.startswith(b"PK\x03\x04"):
        return None
    try:
        names = zipfile.ZipFile(_Bytes(read, size)).namelist()
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError):
        tail = min(size, LONGEST_END)
        whole = END_OF_ZIP in read(tail, size - tail)
        wrong = "is damaged" if whole else "was cut short: the list of files at its end is missing"
        return Kind("a zip archive", "", CUT_SHORT, f"is a zip archive (as PyTorch and Keras write them) that {wrong}")
    return next((kind for pattern, kind in IN_ZIP if _any(pattern, names)), OTHER_ZIP)


def _any(pattern: re.Pattern[str], names: Sequence[str]) -> bool:
    return any(pattern.fullmatch(name) for name in names)


class _Bytes(io.RawIOBase):
    """A file that is read at places, as a stream; its list of files is all that is ever read of a zip archive."""

    def __init__(self, read: Read, size: int) -> None:
        self._read, self._size, self._at = read, size, 0

    def seekable(self) -> bool:
        return True

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        if self._at < 0:
            raise ValueError(f"{self._at} is before the file")
        return self._at

    def read(self, size: int = -1) -> Any:
        left = max(self._size - self._at, 0)
        count = left if size < 0 else min(size, left)
        if count > LARGEST_DIRECTORY:
            raise ValueError(f"a list of files of {count:,} bytes")
        found = self._read(count, self._at)
        self._at += count
        return found
