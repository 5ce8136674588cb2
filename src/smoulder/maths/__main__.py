"""The command ``python -m smoulder.maths --out FOLDER``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from smoulder.errors import SmoulderError


def main(arguments: list[str] | None = None) -> int:
    """Write the generated pages into a folder; returns the exit code: 0, or 2 if that cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m smoulder.maths", description="Write the generated pages again.")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder to write into (default: docs)")
    out = parser.parse_args(arguments).out
    try:
        from smoulder.maths.pages import write

        for path in write(out):
            print(path)
    except SmoulderError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
