"""Consoles that cannot show every character: it is replaced by one that they can, and no command dies of it."""

from __future__ import annotations

import codecs
import io
import unicodedata

PLAIN = {
    "–": "-", "—": "-", "−": "-", "…": "...", "→": "->", "←": "<-", "×": "x", "·": "*", "±": "+/-", "≈": "~",
    "≤": "<=", "≥": ">=", "≠": "!=", "‖": "||", "√": "sqrt", "∞": "inf", "Σ": "sum", "“": '"', "”": '"', "‘": "'",
    "’": "'", "²": "^2", "³": "^3", "⁻": "^-", "₀": "0", "₊": "+", "₋": "-", "α": "alpha", "β": "beta", "λ": "lambda",
    "σ": "sigma", "θ": "theta", "°": " degrees",
    "▁": "_", "▂": ".", "▃": "-", "▄": "=", "▅": "+", "▆": "*", "▇": "%", "█": "#",
}  # fmt: skip
HANDLER = "workbench.plain"


def plain(error: UnicodeError) -> tuple[str, int]:
    """What is written in the place of characters that an encoding lacks; for `codecs.register_error`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(map(_plain, text)), error.end


def _plain(character: str) -> str:
    simple = PLAIN.get(character) or unicodedata.normalize("NFKD", character)
    ascii_only = "".join(c for c in simple if c.isascii() and c.isprintable())
    return ascii_only or character.encode("ascii", "backslashreplace").decode()


def speak_plainly(*streams: object) -> None:
    """Have these text streams replace what their encoding lacks."""
    codecs.register_error(HANDLER, plain)
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)
