"""A recipe inside a figure's file or a film: put in, and read back from files that may come from anybody."""

from __future__ import annotations

import io
import json
import struct
import zlib
from html import escape
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from workbench.figures.files.mp4 import begins_like_mp4, comment_in
from workbench.figures.recipe import LARGEST, Recipe, RecipeError

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.figures.page import Format

KEYWORD = "workbench-recipe"
PDF_KEY = "/WorkbenchRecipe"
SVG_ELEMENT = "workbench-recipe"
LARGEST_FILE = 256 << 20  # bytes
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
FOUND, REFUSED = b"+", b"-"  # begin a verdict
NONE = "it contains no recipe: the workbench did not make it, or another program removed the recipe"


def embedded(content: bytes, kind: Format, recipe: Recipe) -> bytes:
    """The file with the recipe in it; nothing of what is seen changes."""
    return _PUT[kind](content, recipe.to_json())


def recipe_from(content: bytes) -> Recipe:
    """The recipe in the bytes of a PDF, SVG, PNG or MP4 file, whatever its name. RecipeError: none, or no good one.

    Of an MP4 file whose recipe stands before its pictures, as ours, the beginning is enough. A PDF is parsed
    by a large library: read files of strangers with `workbench.figures.files.reading`, in a confined process.
    """
    if len(content) > LARGEST_FILE:
        raise RecipeError(f"the file has {len(content):,} bytes, {LARGEST_FILE:,} are allowed")
    for begins, read in _GET:
        if begins(content):
            text = read(content)
            if text is None:
                raise RecipeError(NONE)
            return Recipe.from_json(text)
    raise RecipeError("it is neither a PDF, nor an SVG, PNG or MP4 file")


def verdict_on(content: bytes) -> bytes:
    """The recipe in the bytes of a file as JSON after `FOUND`, or after `REFUSED` the sentence that says why not."""
    try:
        return FOUND + recipe_from(content).to_json()
    except RecipeError as error:
        return REFUSED + str(error).encode("utf-8", "replace")


def film_comment(recipe: Recipe) -> str:
    """The comment of an MP4 file that carries the recipe."""
    return f"{KEYWORD} {recipe.to_json().decode()}"


# --- PNG: an iTXt chunk, uncompressed ---


def _put_png(content: bytes, text: bytes) -> bytes:
    body = KEYWORD.encode() + b"\0\0\0\0\0" + text  # no compression, no language, no translated keyword
    chunk = struct.pack(">I", len(body)) + b"iTXt" + body + struct.pack(">I", zlib.crc32(b"iTXt" + body))
    after_header = len(PNG_SIGNATURE) + 25
    return content[:after_header] + chunk + content[after_header:]


def _get_png(content: bytes) -> bytes | None:
    start = KEYWORD.encode() + b"\0\0\0"
    place = len(PNG_SIGNATURE)
    while place + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        name, end = content[place + 4 : place + 8], place + 8 + length
        if end + 4 > len(content):
            raise RecipeError("the PNG file is cut off")
        if name == b"iTXt" and content.startswith(start, place + 8):
            if zlib.crc32(content[place + 4 : end]) != struct.unpack_from(">I", content, end)[0]:
                raise RecipeError("the recipe in the PNG file is damaged")
            return content[place + 8 : end].split(b"\0", 5)[5]
        place = end + 4
    return None


# --- SVG: an element of its own, read by a parser that follows no entities ---


def _put_svg(content: bytes, text: bytes) -> bytes:
    element = f"<metadata><{SVG_ELEMENT}>{escape(text.decode(), quote=False)}</{SVG_ELEMENT}></metadata>\n"
    head, _, rest = content.partition(b"<svg")
    tag, _, body = rest.partition(b">\n")
    return b"".join((head, b"<svg", tag, b">\n", element.encode(), body))


class _Found(Exception):
    """The recipe was read: the rest of the file is of no interest."""


class _SvgReader:
    """Collects the text of the recipe's element; refuses files that declare entities."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.buffer_text, self.parser.buffer_size = True, 1 << 16
        self.parser.StartElementHandler, self.parser.EndElementHandler = self._start, self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self.parser.ExternalEntityRefHandler = self._refuse
        self.pieces: list[str] = []
        self._inside = False
        self._length = 0

    def _start(self, name: str, _attributes: Any) -> None:
        self._inside = name.rpartition(":")[2] == SVG_ELEMENT

    def _end(self, _name: str) -> None:
        if self._inside:
            raise _Found

    def _text(self, data: str) -> None:
        if self._inside:
            self._length += len(data)
            if self._length > LARGEST:
                raise RecipeError(f"the recipe takes more than {LARGEST:,} bytes")
            self.pieces.append(data)

    @staticmethod
    def _refuse(*_: Any) -> int:
        raise RecipeError("the SVG file declares its own entities, which are not safe to read")


def _get_svg(content: bytes) -> bytes | None:
    reader = _SvgReader()
    try:
        reader.parser.Parse(content, True)
    except _Found:
        return "".join(reader.pieces).encode()
    except (expat.ExpatError, LookupError, ValueError) as error:  # the others: of the encoding it names
        raise RecipeError(f"the SVG file is damaged: {error}") from error
    return None


# --- PDF: an entry of the document information ---


def _put_pdf(content: bytes, text: bytes) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=io.BytesIO(content))
    ascii_only = json.dumps(json.loads(text), separators=(",", ":"))  # one byte a letter in the file, not two
    writer.add_metadata({PDF_KEY: ascii_only, "/Producer": "workbench, matplotlib"})
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _get_pdf(content: bytes) -> bytes | None:
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        about = PdfReader(io.BytesIO(content)).metadata
        found = None if about is None else about.get(PDF_KEY)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise RecipeError(f"the PDF file is damaged: {error}") from error
    return None if found is None else str(found).encode()


# --- MP4: the comment of the container ---


def _get_mp4(content: bytes) -> bytes | None:
    keyword, _, text = (comment_in(content) or b"").partition(b" ")
    return text if keyword == KEYWORD.encode() else None


_PUT: dict[Format, Callable[[bytes, bytes], bytes]] = {"pdf": _put_pdf, "svg": _put_svg, "png": _put_png}
_GET: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], bytes | None]], ...] = (
    (lambda content: content.startswith(PNG_SIGNATURE), _get_png),
    (lambda content: content[:1024].lstrip().startswith(b"%PDF-"), _get_pdf),
    (begins_like_mp4, _get_mp4),
    (lambda content: content[:256].lstrip().startswith((b"<?xml", b"<!DOCTYPE", b"<svg")), _get_svg),
)
