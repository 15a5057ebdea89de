"""What a confined process does with the file of a figure or film: its recipe comes out, and nothing else.

Runs in `runs.confinement.sandbox`. Nothing can be imported there any more, so all that reading needs is imported
here, at the top: PDF readers and the codecs that texts in figures are written in, too.
"""

from __future__ import annotations

import codecs
import datetime
import logging
import pkgutil
import warnings
from importlib import import_module
from typing import TYPE_CHECKING

import pypdf

from workbench.figures.files.embedding import LARGEST_FILE, verdict_on
from workbench.figures.recipe import Recipe, RunKey, View

if TYPE_CHECKING:
    from collections.abc import Sequence

CODECS = ("ascii", "latin-1", "cp1252", "utf-8", "utf-8-sig", "utf-16", "utf-16-be", "utf-16-le", "unicode_escape")

for codec in CODECS:
    codecs.lookup(codec)
for module in pkgutil.walk_packages(pypdf.__path__, "pypdf."):
    if "_crypt_providers" not in module.name:  # which of these there is, pypdf has found out by now
        import_module(module.name)
warnings.simplefilter("ignore")  # of a library about someone else's file: no one reads them here
logging.disable()
# What msgspec looks up when it first meets these types.
Recipe.from_json(Recipe((View("graph", RunKey("", "", 0, "")),)).to_json())
assert datetime


def answer(_request: bytes, files: Sequence[int | str]) -> bytes:
    """The recipe in the one file that is given as JSON, or the sentence that says why there is none."""
    file = files[0]
    with open(file, "rb", closefd=isinstance(file, str)) as stream:
        stream.seek(0)
        content = stream.read(LARGEST_FILE)
    return verdict_on(content)
