"""What reaches the terminal: whatever a file or a name says is shown there, and never obeyed.

A title may hold the codes that move the cursor, rename the terminal's window or turn the direction of writing. All that
a command prints goes through here, so that none of its parts has to think of it.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

OBEYED = (
    *(code for code in range(0x20) if chr(code) not in "\n\t"),  # controls, the escape character among them
    *range(0x7F, 0xA0),
    *(0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)),  # the direction of writing
    *(0x2028, 0x2029),  # other ends of lines
)
ESCAPED = {code: chr(code).encode("unicode_escape").decode() for code in (*OBEYED, *range(0xD800, 0xE000))}


def plain(text: str) -> str:
    """`text` with all that a terminal would obey written out, as "\\x1b"; ends of lines and tabs stay."""
    return text.translate(ESCAPED)


class _Plain:
    """A stream of text that writes `plain`; in all else the stream it was made from.

    Returns of the carriage at either end of a text pass: progress bars restart their line with them.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        inner = text.strip("\r")
        start = len(text) - len(text.lstrip("\r"))
        self._stream.write(f"{text[:start]}{plain(inner)}{text[start + len(inner) :]}")
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> object:
        return getattr(self._stream, name)


@contextmanager
def plain_output() -> Iterator[None]:
    """Within, what is printed to standard output and standard error is `plain`."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (cast("TextIO", _Plain(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
