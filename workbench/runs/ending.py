"""The end of a run: the word `finished`, and no unused room (RUN_FILE.md, writing, step 3)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from workbench.runs.birth import disk_error
from workbench.runs.copying import mark_finished, replace_by_copy
from workbench.runs.errors import DiskFull

if TYPE_CHECKING:
    from workbench.runs.rows import Rows

logger = logging.getLogger(__name__)


def end(rows: Rows) -> None:
    """Nothing; the run open for writing in `rows` is finished, compact if possible, and `rows` is closed.

    DiskFull where not even the word can be written.
    """
    needed = max(1, rows.committed())
    try:
        mark_finished(rows)
    except OSError as error:
        raise disk_error(rows.path, error, "the run keeps its snapshots and is not marked as finished") from error
    if needed < rows.structure.capacity:
        try:
            replace_by_copy(rows, needed, "final", finished=True)
        except DiskFull as error:
            logger.warning("%s keeps its unused room, because no compact copy could be made: %s", rows.path, error)
    rows.close()
