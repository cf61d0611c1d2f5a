#!/usr/bin/env python3
"""spdx_ids.py: writes src/report/spdx_ids.h from the SPDX licence list that CycloneDX publishes with
its schema (tests/schemas/spdx.schema.json). Run by hand when that list changes."""
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    schema = json.loads((ROOT / "tests/schemas/spdx.schema.json").read_text())
    names = sorted(schema["enum"], key=str.encode)
    lines, line = [], "\t"
    for name in names:
        word = f'"{name}", '
        if len(line) + len(word) > 92:
            lines.append(line.rstrip())
            line = "\t"
        line += word
    lines.append(line.rstrip())
    (ROOT / "src/report/spdx_ids.h").write_text(
        f"/* Made by tools/spdx_ids.py: the SPDX licence list {schema['$comment']}, licences and\n"
        " * exceptions, by their bytes. */\n#ifndef EVENHAND_REPORT_SPDX_IDS_H\n"
        "#define EVENHAND_REPORT_SPDX_IDS_H\n\n/* clang-format off */\n"
        "static const char *const spdx_ids[] = {\n" + "\n".join(lines) +
        "\n};\n/* clang-format on */\n\n#endif\n")


main()
