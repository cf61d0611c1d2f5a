#!/usr/bin/env python3
"""Writes src/base/unicode_table.h: which code points may be shown, and which are two cells wide.

Run by hand when Unicode grows; the result is committed, so that every build escapes alike.
Visible are letters, marks, numbers, punctuation and symbols that are assigned; not visible are
controls, formats, private use, surrogates, blanks other than U+0020, and the letters and marks that
are ignorable by default (fillers, joiners, variation selectors).
"""
import sys
import unicodedata

IGNORABLE = [(0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F),
             (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF)]


def visible(code: int) -> bool:
    if any(first <= code <= last for first, last in IGNORABLE):
        return False
    return unicodedata.category(chr(code))[0] in "LMNPS"


def wide(code: int) -> bool:
    return visible(code) and unicodedata.east_asian_width(chr(code)) in "WF"


def zero(code: int) -> bool:
    return visible(code) and unicodedata.category(chr(code)) in ("Mn", "Me")


def ranges(test) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for code in range(0x80, 0x110000):
        if not test(code):
            continue
        if found and found[-1][1] == code - 1:
            found[-1] = (found[-1][0], code)
        else:
            found.append((code, code))
    return found


def table(name: str, rows: list[tuple[int, int]]) -> str:
    cells = [f"{{ 0x{first:x}, 0x{last:x} }}," for first, last in rows]
    lines = ["\t" + " ".join(cells[i:i + 4]) for i in range(0, len(cells), 4)]
    return f"static const struct code_range {name}[] = {{\n" + "\n".join(lines) + "\n};\n"


def main() -> None:
    sys.stdout.write(f"/* Made by tools/unicode.py from Unicode {unicodedata.unidata_version}; "
                     "do not edit. */\n/* clang-format off */\n"
                     "struct code_range {\n\tuint32_t first, last;\n};\n\n")
    sys.stdout.write("\n".join(table(name, ranges(test)) for name, test in
                               (("visible", visible), ("wide", wide), ("zero", zero))))
    sys.stdout.write("/* clang-format on */\n")


main()
