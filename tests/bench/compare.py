#!/usr/bin/env python3
"""evenhand compare beside diffoscope, on the same pair in the same run, and beside reading both images.

    compare.py EVENHAND [LEFT RIGHT]...

Says for each pair how long both take, their ratio (medians of three runs in turn), and which files
diffoscope shows that evenhand does not name. Without pairs it makes two SquashFS images of this
machine's own programs, some 100 MB each, that differ in one file near the end, and holds compare
against `openssl dgst -sha256` over both and `unsquashfs -ll` of each.
"""
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 3
ENOUGH = 300 << 20  # unpacked bytes: some 100 MB packed


def seconds(*commands: list[str]) -> float:
    began = time.monotonic()
    for command in commands:
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if done.returncode not in (0, 1, 3):
            sys.exit(f"bench: {' '.join(command)} ended with {done.returncode}")
    return time.monotonic() - began


def files_named(report: dict) -> set[str]:
    """Paths in the outermost file system."""
    places = [d[side]["locator"] for d in report["differences"] for side in ("left", "right") if d[side]]
    return {next((step for step in place.split("!") if step.startswith("/")), "") for place in places}


def files_shown(text: str) -> set[str]:
    """Files that diffoscope opens because they differ."""
    return set(re.findall(r"^(?:│ )*├── (/\S+)$", text, re.M))


def against_diffoscope(evenhand: str, left: str, right: str) -> None:
    if not shutil.which("diffoscope"):
        print("diffoscope is not there")
        return
    with tempfile.TemporaryDirectory() as folder:
        out, text = f"{folder}/c.json", f"{folder}/d.txt"
        ours = [evenhand, "compare", "--quiet", "-o", out, left, right]
        other = ["diffoscope", "--text", text, left, right]
        pairs = [(seconds(ours), seconds(other)) for _ in range(RUNS)]
        report = json.loads(Path(out).read_text())
        missed = files_shown(Path(text).read_text()) - files_named(report)
    print(f"{Path(left).name} {Path(right).name}: {report['answer']}, "
          f"{statistics.median(a for a, _ in pairs):.2f} s, diffoscope "
          f"{statistics.median(b for _, b in pairs):.2f} s, ratio "
          f"{statistics.median(b / a for a, b in pairs):.0f}, shown there and not here: "
          f"{', '.join(sorted(missed)) or 'nothing'}")


def make_pair(folder: Path) -> tuple[str, str]:
    tree, done = folder / "tree", 0
    (tree / "bin").mkdir(parents=True)
    (tree / "zz").mkdir()
    for path in sorted(Path("/usr/bin").iterdir()) + sorted(Path("/usr/lib").glob("*/*.so*")):
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 12 << 20:
            continue
        shutil.copy(path, tree / "bin")
        done += path.stat().st_size
        if done > ENOUGH:
            break
    images = []
    for text in ("hello\n", "hullo\n"):
        (tree / "zz/last").write_text(text)
        images.append(f"{folder}/{text[:5]}.sqfs")
        subprocess.run(["mksquashfs", tree, images[-1], "-comp", "xz", "-quiet", "-no-progress"], check=True)
    return images[0], images[1]


def against_reading(evenhand: str, left: str, right: str) -> None:
    ours = [evenhand, "compare", "--quiet", left, right]
    reading = [["openssl", "dgst", "-sha256", left, right], ["unsquashfs", "-ll", left],
               ["unsquashfs", "-ll", right]]
    seconds(ours)
    pairs = [(seconds(ours), seconds(*reading)) for _ in range(5)]
    print(f"{Path(left).stat().st_size:,} bytes each, one file differs: "
          f"{statistics.median(a for a, _ in pairs):.2f} s, digests and lists "
          f"{statistics.median(b for _, b in pairs):.2f} s, ratio "
          f"{statistics.median(a / b for a, b in pairs):.2f}")


def main() -> None:
    evenhand, images = sys.argv[1], sys.argv[2:]
    for left, right in zip(images[::2], images[1::2]):
        against_diffoscope(evenhand, left, right)
    if not images:
        with tempfile.TemporaryDirectory() as name:
            against_reading(evenhand, *make_pair(Path(name)))


if __name__ == "__main__":
    main()
