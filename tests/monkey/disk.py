"""What happens to the files of the monkey's runs, as other programs might do it."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import zoo

if TYPE_CHECKING:
    from pathlib import Path

    from driver import Monkey


def spoil(monkey: Monkey) -> str:
    """Something else happens to a file: deleted, replaced by another, cut short; or it is put back."""
    path = monkey.random.choice(list(zoo.runs(monkey.files)) or monkey.files)
    others = [other for other in zoo.runs(monkey.files) if other != path]
    luck = monkey.random.random()
    if luck < 0.4 or not others or not path.exists():
        gone = [each for each in monkey.files if not os.path.lexists(each)]
        path = monkey.random.choice(gone or [path])
        _replace(monkey.pristine / path.relative_to(monkey.folder / "zoo"), path)
        return f"put {path.name} back"
    if luck < 0.6:
        path.unlink()
        return f"deleted {path.name}"
    if luck < 0.85:
        other = monkey.random.choice(others)
        _replace(other, path)
        return f"put {other.name} in the place of {path.name}"
    os.truncate(path, path.stat().st_size * 2 // 3)
    return f"cut {path.name} short"


def _replace(source: Path, target: Path) -> None:
    """Another file lies at `target` in one step, as `mv` does it."""
    between = target.with_name("between")
    shutil.copyfile(source, between)
    os.replace(between, target)
