"""Errors on their way to a person: in one sentence, and in the log with every detail."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from workbench.runs.saying import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("workbench")
log.setLevel(logging.INFO)
FORMAT = "%(asctime)s %(levelname)s %(message)s"


def log_file() -> Path:
    """Where the log is kept."""
    return Path(platformdirs.user_log_dir("workbench", appauthor=False)) / "workbench.log"


def start_log() -> Callable[[], None]:
    """What ends the log, which goes to its file from now on; to standard error where that cannot be written."""
    path = log_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=500_000, backupCount=1, encoding="utf-8"
        )
    except OSError as error:
        handler = logging.StreamHandler()
        log.warning("the log goes to standard error: %s", in_words(error))
    handler.setFormatter(logging.Formatter(FORMAT))
    log.addHandler(handler)

    def end() -> None:
        log.removeHandler(handler)
        handler.close()

    return end


def is_foreseen(error: BaseException) -> bool:
    """Whether an error says in a sentence what is wrong; any other is a fault whose traceback is wanted."""
    return isinstance(error, (OSError, ValueError, ImportError)) or type(error).__module__.startswith("workbench")


def in_one_sentence(error: BaseException) -> str:
    """What to tell a person about an error."""
    text = in_words(error)
    return text if is_foreseen(error) or text != str(error) else f"{type(error).__name__}: {text}"
