"""What the bundled program starts: the command line, or a child process of it."""

from __future__ import annotations

import sys

from workbench.runs.confinement.children import CHILD

if __name__ == "__main__":
    if sys.argv[1:2] == [CHILD]:
        code = sys.argv[2]
        sys.argv[:3] = ["-c"]
        exec(compile(code, "<child>", "exec"), {"__name__": "__main__"})  # a constant of ours: see `start_code`
    else:
        from workbench.cli import main

        sys.exit(main())
