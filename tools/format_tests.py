#!/usr/bin/env python3
"""Formats without a test of their own: which of list.h has no unit test that opens it, none that harms it, or no fuzz
target. A test has a format by its constant (format_trx) or by its name ("trx")."""
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HARM = re.compile(r"cut_everywhere|spoil_everywhere|harm_unzipped|open_anyhow|reports_every_prefix|HEADER_CASES|guarded_copy|"
                  r"case_tells|refuses_once_changed|survives_")


def names() -> dict[str, str]:
    """Constant to name."""
    listed = re.findall(r"X\((\w+)\)", (ROOT / "src/format/list.h").read_text())
    found = {}
    for source in (ROOT / "src/format").glob("*.c"):
        for constant, body in re.findall(r"const struct format format_(\w+) = \{(.*?)\n\};", source.read_text(), re.S):
            name = re.search(r'\.name = "([^"]+)"', body)
            if name:
                found[constant] = name[1]
    return {constant: found.get(constant, constant) for constant in listed if constant != "testing"}


def having(files: list[Path], constant: str, name: str) -> list[str]:
    word = re.compile(rf'\bformat_{constant}\b|"{re.escape(name)}"|"{re.escape(name)}@')
    return [text for text in (file.read_text(errors="replace") for file in files) if word.search(text)]


def main() -> int:
    units = [*ROOT.glob("tests/unit/**/*.[ch]"), *ROOT.glob("tests/e2e/*.py")]
    fuzz = [*ROOT.glob("tests/fuzz/*.[ch]")]
    holes = 0
    for constant, name in names().items():
        tests = having(units, constant, name)
        lacks = [what for what, there in (("test", tests), ("harm", any(HARM.search(t) for t in tests)),
                                          ("fuzz", having(fuzz, constant, name))) if not there]
        if lacks:
            print(f"{name}: no {', no '.join(lacks)}")
            holes += 1
    print(f"formats: {len(names())}, {holes} with something missing")
    return 1 if holes else 0


sys.exit(main())
