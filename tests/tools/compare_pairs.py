#!/usr/bin/env python3
"""Compares pairs of images and holds answers, causes and files against their truth.

    compare_pairs.py EVENHAND DIR [--only TEXT] [--jobs N] [--verbose]

DIR holds pairs.jsonl: id, a, b, expected, causes, consequences, files, hard.
"""
import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CHANGES_OF_FILES = {"mode", "owner", "xattr", "link target", "device", "kind", "file added",
                    "file removed", "code", "read-only data", "data", "text", "program headers",
                    "relocation", "build-id", "embedded path", "host/user",
                    "compiler ident", "debug link", "debug information", "symbol table",
                    "section headers", "encrypted", "timestamp", "padding", "order"}


def compare(evenhand: str, left: Path, right: Path) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        done = subprocess.run([evenhand, "compare", "--quiet", "-o", out.name, left, right],
                              capture_output=True, text=True)
        if done.returncode not in (0, 1, 3):
            return {"answer": f"exit {done.returncode}: {done.stderr.strip()}", "differences": []}
        return json.loads(Path(out.name).read_text())


def file_of(place: dict | None) -> str | None:
    """The path in the root file system, or None for a region."""
    steps = place["locator"].split("!") if place else []
    paths = [step for step in steps if step.startswith("/")]
    return paths[0] if paths else None


def wrongs(row: dict, got: dict) -> list[str]:
    out = []
    allowed = {row["expected"]} | ({"undecided"} if row["hard"] else set())
    if got["answer"] not in allowed:
        out.append(f"says {got['answer']}, is {row['expected']}")
    named = {d["cause"] for d in got["differences"]}
    wanted = set(row["causes"])
    if row["expected"] == "different" and named & {"embedded path", "timestamp", "host/user"}:
        wanted.discard("read-only data")  # truth names the section, too
    for cause in sorted(wanted - named):
        out.append(f"{cause} is not named")
    more = set(row["consequences"])
    if any(".pdr" in sections for sections in (row.get("sections") or {}).values()):
        more.add("debug information")  # truth goes by the name; it is not allocated (decisions.md)
    for cause in sorted(named - set(row["causes"]) - more):
        out.append(f"{cause} is named")
    if row.get("files") is None:
        return out
    files = {file_of(d["left"] or d["right"]) for d in got["differences"]
             if d["cause"] in CHANGES_OF_FILES} - {None}
    for path in sorted(set(row["files"]) - files):
        out.append(f"{path} is not named")
    for path in sorted(path for path in files - set(row["files"]) if not path.endswith("/")):
        out.append(f"{path} is named")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evenhand")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--list", default="pairs.jsonl")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    rows = [json.loads(line) for line in (args.folder / args.list).read_text().splitlines()]
    rows = [row for row in rows if args.only in row["id"]]
    counts = Counter()
    with ThreadPoolExecutor(args.jobs) as pool:
        answers = pool.map(lambda row: compare(args.evenhand, args.folder / row["a"],
                                               args.folder / row["b"]), rows)
        for row, got in zip(rows, answers):
            bad = wrongs(row, got)
            counts["wrong answer" if any(w.startswith("says") for w in bad)
                   else "wrong causes" if bad else "right"] += 1
            harmless = got["answer"] in ("identical", "equivalent")
            if harmless and row["expected"] in ("different", "undecided"):
                counts["FALSELY HARMLESS"] += 1
            if bad or args.verbose:
                print(f"{row['id']}: {'; '.join(bad) or 'right'}")
    print(dict(counts))
    return counts["right"] != len(rows)


if __name__ == "__main__":
    sys.exit(main())
