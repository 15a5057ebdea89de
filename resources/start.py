"""Set the workbench up and start it: `python3 resources/start.py [RUN.h5 … | command …]`.

    python3 resources/start.py                  the window (without a screen: pictures of it on a sample run)
    python3 resources/start.py train --help     any command of `workbench`
    python3 resources/start.py test [-k name]   the test suite
    python3 resources/start.py setup            only the set-up, tests' needs included

This file stays readable for any Python 3: one that is too old gets a sentence and not a syntax error.
"""

import platform
import sys

OLDEST = (3, 11)

if __name__ == "__main__":
    if sys.version_info < OLDEST:
        needed = ".".join(map(str, OLDEST))
        sys.exit(
            "The workbench needs Python " + needed + " or newer; this is Python " + platform.python_version()
            + ".\nStart it with a newer one, for example: python" + needed + " resources/start.py"
        )  # fmt: skip
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a console that cannot show a character gets its number
    from set_up import main

    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        sys.exit(130)
