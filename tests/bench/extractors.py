#!/usr/bin/env python3
"""What unblob and 7z extract from images, and what of it evenhand does not have.

    extractors.py EVENHAND IMAGE... > table.md

Contents are compared by SHA-256, names are not. Of a peer every regular file counts that is not empty, not a piece of the
image that it cut out itself, no journal (7z's [SYS]), and not said by it to be broken. Where a truth.json stands beside
an image, only what that has counts: the rest is what the peer made of it.
"""
import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True

LIMIT = 300  # seconds for one image and one tool
CUT = re.compile(r"^[0-9]+-[0-9]+\.[a-z0-9_]+$|^[0-9A-F]+(\.[a-z0-9]+)?$|^\[0\]$|^part[0-9]+$|^\.|\.(unknown|padding)$|^unblob\.log$")
PEERS = {
    "unblob": ["unblob", "-e", "OUT", "IMAGE"],
    "7z": ["7z", "x", "-y", "-bd", "-oOUT", "IMAGE"],
}


def digest(path: bytes) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ours(evenhand: str, image: Path, folder: Path) -> set[str]:
    out = folder / "r.json"
    subprocess.run([evenhand, "scan", "--quiet", "-o", out, image], check=False, timeout=LIMIT,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return {node["sha256"] for node in json.loads(out.read_bytes())["nodes"] if node.get("sha256")}


def extracted(command: list[str], image: Path) -> dict[str, str] | None:
    """Digest to a name; None when it took too long."""
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        words = [word.replace("OUT", name).replace("IMAGE", str(image)) for word in command]
        try:
            done = subprocess.run(words, check=False, timeout=LIMIT, cwd=name, stdin=subprocess.DEVNULL,
                                  capture_output=True)
        except subprocess.TimeoutExpired:
            return None
        broken = set(re.findall(rb"ERROR: [A-Za-z ]+ : (.*)", done.stdout + done.stderr))
        found: dict[str, str] = {}
        for folder, _, files in os.walk(os.fsencode(name)):
            for file in files:
                path = os.path.join(folder, file)
                if os.path.islink(path) or not os.path.isfile(path) or os.path.getsize(path) == 0:
                    continue
                if not CUT.search(os.fsdecode(file)) and b"/[SYS" not in path and path[len(name) + 1:] not in broken:
                    found.setdefault(digest(path), os.fsdecode(path)[len(name):])
        return found


def truth_of(image: Path) -> set[str] | None:
    beside = image.parent / "truth.json"
    if not beside.exists():
        return None
    return {entry["sha256"] for entry in json.loads(beside.read_text())["tree"] if entry.get("sha256")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evenhand")
    parser.add_argument("images", type=Path, nargs="+")
    options = parser.parse_args()
    peers = {name: command for name, command in PEERS.items() if shutil.which(command[0])}
    print("| image | contents of evenhand | " + " | ".join(f"{p} | not in evenhand" for p in peers) + " |")
    print(f"|{'---|' * (2 + 2 * len(peers))}")
    missed = 0
    for image in options.images:
        image = image.resolve()
        with tempfile.TemporaryDirectory() as folder:
            have = ours(os.path.abspath(options.evenhand), image, Path(folder))
        truth, cells = truth_of(image), []
        name = image.parent.name if image.name == "IMAGE.bin" else image.name
        for who, command in peers.items():
            found = extracted(command, image)
            if found is None:
                cells += ["timeout", "-"]
                continue
            counted = {d: path for d, path in found.items() if truth is None or d in truth}
            lacking = {d: path for d, path in counted.items() if d not in have}
            missed += len(lacking)
            cells += [str(len(counted)), str(len(lacking)) if lacking else "none"]
            for path in sorted(lacking.values()):
                print(f"{name}: {who} has {path!r}", file=sys.stderr)
        print(f"| {name} | {len(have)} | {' | '.join(cells)} |", flush=True)
    print(f"\nNot in evenhand: {missed}.")
    return 1 if missed else 0


sys.exit(main())
