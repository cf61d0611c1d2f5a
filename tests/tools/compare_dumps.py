#!/usr/bin/env python3
"""Compares releases with dumps of devices and holds answers and files against their truth.

    compare_dumps.py EVENHAND DIR [--only TEXT] [--jobs N] [--swap] [--verbose]

DIR holds dumps.jsonl: base, dump, expected, implant, written_files.
"""
import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def compare(evenhand: str, left: Path, right: Path) -> dict:
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        started = time.monotonic()
        done = subprocess.run([evenhand, "compare", "--quiet", "-o", out.name, left, right],
                              capture_output=True, text=True)
        took = time.monotonic() - started
        if done.returncode not in (0, 1, 3):
            return {"answer": f"exit {done.returncode}: {done.stderr.strip()}",
                    "differences": [], "took": took}
        return {**json.loads(Path(out.name).read_text()), "took": took}


def path_of(difference: dict) -> str | None:
    """The path in the root file system, or None for a region."""
    place = difference["left"] or difference["right"]
    paths = [step for step in place["locator"].split("!") if step.startswith("/")] if place else []
    return paths[-1].split("@")[0] if paths else None


def implanted(row: dict) -> set[str]:
    implant = row["implant"]
    return {implant["file"], *implant["also_through"]} if implant else set()


def wrongs(row: dict, got: dict) -> list[str]:
    out = []
    if got["answer"] != row["expected"]:
        out.append(f"says {got['answer']}, is {row['expected']}")
    heavy = {path_of(d) for d in got["differences"] if d["weight"] != "accepted"}
    wanted = implanted(row)
    if wanted and not heavy & wanted:
        out.append(f"{', '.join(sorted(wanted))} is not named")
    # Beside an implant, sizes in headers and the like count too: a region, no path.
    for path in sorted(str(path) for path in heavy - wanted - ({None} if wanted else set())):
        out.append(f"{path} is named")
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("evenhand")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--swap", action="store_true", help="the dump on the left")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    rows = [json.loads(line) for line in (args.folder / "dumps.jsonl").read_text().splitlines()]
    rows = [row for row in rows if args.only in row["dump"]]
    counts = Counter()

    def one(row: dict) -> dict:
        pair = [args.folder / row["base"], args.folder / row["dump"]]
        return compare(args.evenhand, *(reversed(pair) if args.swap else pair))

    with ThreadPoolExecutor(args.jobs) as pool:
        for row, got in zip(rows, pool.map(one, rows)):
            bad = wrongs(row, got)
            harmless = got["answer"] in ("identical", "equivalent")
            counts["right" if not bad else "wrong"] += 1
            counts["missed"] += row["expected"] == "different" and harmless
            counts["false alarm"] += row["expected"] == "equivalent" and not harmless
            if bad or args.verbose:
                print(f"{row['dump']}: {'; '.join(bad) or 'right'} ({got['took']:.1f} s)",
                      flush=True)
    print(dict(counts))
    return counts["right"] != len(rows)


if __name__ == "__main__":
    sys.exit(main())
