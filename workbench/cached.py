"""A property that is computed once for each object, and never makes a thread wait for another object's."""

from __future__ import annotations

import sys
from functools import cached_property as _standard
from typing import TYPE_CHECKING, TypeVar

Value = TypeVar("Value")

if TYPE_CHECKING or sys.version_info >= (3, 12):
    cached_property = _standard
else:

    class cached_property(_standard[Value]):
        """That of Python 3.12, which holds no lock.

        In 3.11 one lock serves a property of all objects, and is held while it computes. The window would wait for what
        another thread computes of another object, and an evaluation that steps aside would stop a more urgent one for
        ever.
        """

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            return instance.__dict__.setdefault(self.attrname, self.func(instance))
