"""What went wrong, in one line on standard error and in the exit status."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from workbench.runs.errors import RunError
from workbench.runs.saying import in_words
from workbench.runs.spec import SpecError

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILURE, USAGE = 1, 2


class BadUsage(Exception):
    """The words of the command do not make sense."""


@contextlib.contextmanager
def told_in_one_line() -> Iterator[None]:
    """Turn the errors that bad input brings into one line on standard error and the exit status."""
    try:
        yield
    except (BadUsage, SpecError) as error:
        _end(error, USAGE)
    except BrokenPipeError:  # whoever read our output has gone, as `| head` does
        sys.stderr.close()
        raise SystemExit(FAILURE) from None
    except (RunError, OSError, ValueError, LookupError, RuntimeError, MemoryError) as error:
        from workbench.importing.importers import offering_import

        _end(offering_import(error), FAILURE)


def _end(error: Exception, status: int) -> None:
    sentence = " ".join(_in_words(error).split())
    print(f"workbench: {sentence}", file=sys.stderr)
    raise SystemExit(status) from error


def _in_words(error: Exception) -> str:
    if isinstance(error, KeyError) and error.args:
        return str(error.args[0])
    return in_words(error)
