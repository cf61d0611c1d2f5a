#!/usr/bin/env python3
"""Which room may include which: the arrows of docs/ARCHITECTURE.md, checked from #include lines."""
import re
import sys
from pathlib import Path

BELOW = {
    "base": set(),
    "codec": {"base"},
    "format": {"base", "codec"},
    "tree": {"base", "codec", "format"},
    "know": {"base", "codec"},
    "observe": {"base", "codec", "format", "tree", "know"},
    "judge": {"base", "format", "tree", "know", "observe"},
    "compare": {"base", "format", "tree", "know", "observe"},
    "trust": {"base"},
    "log": {"base", "trust"},
    "report": {"base", "format", "tree", "know", "observe", "judge", "compare", "log"},
    "jail": {"base"},
    "device": {"base", "trust", "log"},
    "cli": {"base", "codec", "format", "tree", "know", "observe", "judge", "compare", "report",
            "jail", "trust", "log"},
}
# judge sees facts, never bytes; jail knows no parser; trust and log see no firmware parser.
FILES_OVER = 800


def main() -> int:
    wrong = []
    for path in sorted(Path("src").glob("*/*.[ch]")):
        room = path.parts[1]
        lines = path.read_text().split("\n")
        for number, line in enumerate(lines, 1):
            match = re.match(r'#include "(\w+)/', line)
            if match and match[1] != room and match[1] not in BELOW[room]:
                wrong.append(f"{path}:{number}: {room}/ may not include {match[1]}/")
        if len(lines) > FILES_OVER:
            wrong.append(f"{path}: {len(lines)} lines, more than {FILES_OVER}")
    print("\n".join(wrong) or f"layers: {len(list(Path('src').glob('*/*.[ch]')))} files hold")
    return bool(wrong)


sys.exit(main())
