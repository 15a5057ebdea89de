"""Where the files that travel with the workbench lie, in a checkout and in an installed wheel."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent


def resource(name: str) -> Path:
    """The path of `name` ("digits/digits.csv.gz", "sample_runs/a.h5") in a checkout or an installed wheel.

    FileNotFoundError names both places that were looked in.
    """
    folder, _, rest = name.partition("/")
    inside = _PACKAGE / "_sample_runs" / rest if folder == "sample_runs" else _PACKAGE / "_resources" / name
    outside = _PACKAGE.parent / name if folder == "sample_runs" else _PACKAGE.parent / "resources" / name
    for path in (inside, outside):
        if path.exists():
            return path
    raise FileNotFoundError(
        f"{name} is neither at {inside} nor at {outside}: the installation may be incomplete; install it again"
    )
