"""The end of a run: the word `finished`, and no unused room (resources/run-file.md)."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from workbench.runs.errors import DiskFull
from workbench.runs.files.moved import check_in_place
from workbench.runs.writing.birth import disk_error
from workbench.runs.writing.copying import mark_finished, replace_by_copy

if TYPE_CHECKING:
    from workbench.runs.rows import Rows

logger = logging.getLogger(__name__)


def end(rows: Rows) -> None:
    """Finish the run open for writing in `rows`, make it compact if possible, and close `rows`.

    DiskFull where not even the word can be written; RunMoved where the file no longer lies under its name.
    """
    check_in_place(rows.descriptor)
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
