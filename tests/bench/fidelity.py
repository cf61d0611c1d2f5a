#!/usr/bin/env python3
"""One tree in every container and file system: what comes out, beside the extractors that are here.

    fidelity.py EVENHAND FOLDER [--peers [NAMES]] [--keep TABLE...] [--only PATTERN] > table.md

FOLDER holds NAME/IMAGE.bin and NAME/truth.json, made by the reference tool of each format (the corpus'
build/matrix.py). Of evenhand every attribute is compared that the image can hold. Peers unpack to a disk,
so of them names, types, link targets and content are compared, from the folder that looks most like the root. Columns
of peers that are not run are kept from earlier TABLEs of the same images.
"""
import argparse
import fnmatch
import hashlib
import json
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
sys.dont_write_bytecode = True

from compare_tree import TYPES, raw  # noqa: E402

LIMIT = 120  # seconds for one image and one tool
ASPECTS = ("names", "types", "modes", "owners", "links", "devices", "xattrs", "times", "content")
PEERS = {
    "unblob": ["unblob", "-e", "OUT", "IMAGE"],
    "binwalk": ["binwalk", "-Me", "--run-as=root", "-q", "-C", "OUT", "IMAGE"],
    "7z": ["7z", "x", "-y", "-bd", "-oOUT", "IMAGE"],
    "bsdtar": ["bsdtar", "-xpf", "IMAGE", "-C", "OUT"],
}


def trees_of(report: dict) -> list[dict[bytes, dict]]:
    """The entries of each container, by path."""
    trees: dict[str, dict[bytes, dict]] = {}
    for node in report["nodes"]:
        head, _, last = node["locator"].rpartition("!")
        if last.startswith("/") and "#" not in last:
            trees.setdefault(head, {})[raw(last)] = node
    merged = [{path.removeprefix(b"/rootfs") or b"/": node for path, node in tree.items()
               if (path + b"/").startswith(b"/rootfs/")} for tree in trees.values()]  # layers of a container
    return list(trees.values()) + [tree for tree in merged if tree]


def same(want: object, have: object) -> bool:
    return want is None or want == have


def first_name(entry: dict, path: bytes) -> bytes:
    link = entry.get("hardlink_of")
    return raw(link.rpartition("!")[2]) if link else path


def wrong_in(want: dict, have: dict, path: bytes, groups: dict, stored: list[str]) -> set[str]:
    """The aspects in which an entry is not what was packed."""
    kind = have["kind"]
    if kind == "hardlink":
        kind = TYPES[want["type"]] if have.get("hardlink_of") else "dangling"
    checks = {
        "types": kind == TYPES[want["type"]],
        "modes": same(want.get("mode"), have.get("mode")),
        "owners": same(want.get("uid"), have.get("uid")) and same(want.get("gid"), have.get("gid")),
        "links": same(want.get("target") and raw(want["target"]), have.get("target") and raw(have["target"])),
        "devices": same(want.get("device"), have.get("device")),
        "xattrs": "xattrs" not in stored or (want.get("xattrs") or {}) == (have.get("xattrs") or {}),
        "times": same(want.get("mtime"), have.get("mtime")) and same(want.get("mtime_ns"), have.get("mtime_ns")),
        "content": want["type"] != "file" or same(want.get("sha256"), have.get("sha256")),
    }
    if "hardlinks" in stored and want["type"] != "dir":
        group = groups.setdefault(first_name(want, path), first_name(have, path))
        checks["links"] &= group == first_name(have, path)
    return {aspect for aspect, holds in checks.items() if not holds}


def parents(path: bytes) -> list[bytes]:
    """Folders that an archive without entries for folders implies."""
    parts = path.split(b"/")
    return [b"/".join(parts[:n]) for n in range(2, len(parts))]


def compare(truth: dict, found: dict[bytes, dict]) -> dict[str, int]:
    wrong = dict.fromkeys(ASPECTS, 0)
    groups: dict[bytes, bytes] = {}
    wanted = {raw(entry["path"]): entry for entry in truth["tree"]}
    implied = {parent for path in found for parent in parents(path)} if "mode" not in truth["attributes_stored"] else set()
    wrong["names"] = len(wanted.keys() - found.keys() - implied - {b"/"}) + len(found.keys() - wanted.keys() - {b"/"})
    for path, want in wanted.items():
        have = found.get(path)
        if have is None or (path == b"/" and "mode" not in have):
            continue  # counted above, or an archive that does not list its own root
        for aspect in wrong_in(want, have, path, groups, truth["attributes_stored"]):
            wrong[aspect] += 1
    return wrong


def holds(truth: dict, aspect: str) -> bool:
    """Whether the image can hold it at all."""
    needed = {"modes": "mode", "owners": "uid", "xattrs": "xattrs", "times": "mtime"}.get(aspect)
    kinds = {entry["type"] for entry in truth["tree"]}
    if aspect == "links":
        return "symlink" in kinds or "hardlinks" in truth["attributes_stored"]
    if aspect == "devices":
        return bool(kinds & {"char", "block"})
    return needed is None or needed in truth["attributes_stored"]


def ours(evenhand: str, image: Path, truth: dict, folder: Path) -> list[str]:
    out = folder / "r.json"
    done = subprocess.run([evenhand, "scan", "--quiet", "-o", out, image], check=False, timeout=LIMIT,
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if done.returncode not in (0, 1, 3):
        return ["no report"] * len(ASPECTS)
    report = json.loads(out.read_bytes())
    wanted = {raw(entry["path"]) for entry in truth["tree"]}
    trees = trees_of(report)
    if not trees:
        encrypted = report["coverage"]["encrypted"] > report["image"]["size"] // 2
        return ["encrypted" if encrypted else "not opened"] * len(ASPECTS)
    wrong = compare(truth, max(trees, key=lambda tree: len(wanted & tree.keys())))
    return [("-" if not holds(truth, a) else "ok") if not wrong[a] else f"{wrong[a]} wrong" for a in ASPECTS]


def on_disk(path: bytes) -> tuple[str, object]:
    """Type, and link target or digest."""
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return "symlink", os.readlink(path)
    if stat.S_ISREG(mode):
        with open(path, "rb") as file:
            return "file", hashlib.file_digest(file, "sha256").hexdigest()
    kinds = {stat.S_ISDIR: "dir", stat.S_ISCHR: "char", stat.S_ISBLK: "block", stat.S_ISFIFO: "fifo",
             stat.S_ISSOCK: "socket"}
    return next(kind for test, kind in kinds.items() if test(mode)), None


def root_of(out: Path, truth: dict) -> bytes | None:
    """The folder that holds most of the tree's first names."""
    tops = {raw(entry["path"]).split(b"/")[1] for entry in truth["tree"]} - {b""}
    best, most = None, 0
    for folder, folders, files in os.walk(os.fsencode(out)):
        score = len(tops & set(folders + files))
        if score > most:
            best, most = folder, score
        if folder.count(b"/") - os.fsencode(out).count(b"/") > 8:
            folders.clear()
    return best


def unpacked(out: Path, truth: dict) -> str:
    root = root_of(out, truth)
    if root is None:
        return "none"
    wrong = 0
    for entry in truth["tree"]:
        path = root + raw(entry["path"])
        try:
            kind, value = on_disk(path)
        except (OSError, ValueError):
            wrong += 1
            continue
        expected = entry.get("sha256") if kind == "file" else raw(entry.get("target") or "") if kind == "symlink" else None
        wrong += kind != entry["type"] or not same(expected, value)
    return f"{wrong} wrong" if wrong else "ok"


def peer(command: list[str], image: Path, truth: dict) -> str:
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as name:
        words = [word.replace("OUT", name).replace("IMAGE", str(image)) for word in command]
        try:
            subprocess.run(words, check=False, timeout=LIMIT, cwd=name, stdin=subprocess.DEVNULL,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            return unpacked(Path(name), truth)
        except subprocess.TimeoutExpired:
            return "timeout"
        finally:  # some mount what they find
            for line in Path("/proc/mounts").read_text().splitlines():
                if line.split()[1].startswith(name + "/"):
                    subprocess.run(["umount", line.split()[1]], check=False)


def columns_of(tables: list[Path]) -> dict[str, dict[str, str]]:
    """The peers' cells of some tables, by peer and image."""
    columns: dict[str, dict[str, str]] = {}
    for table in tables:
        names: list[str] = []
        for line in table.read_text().splitlines():
            row = [cell.strip() for cell in line.strip("|").split("|")]
            if row[0] == "image":
                names = row
            elif line.startswith("| "):
                for name, cell in zip(names, row):
                    if name in PEERS and cell != "not run":
                        columns.setdefault(name, {})[row[0]] = cell
    return columns


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("evenhand")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--peers", nargs="?", const=",".join(PEERS), default="", help="all, or some of them")
    parser.add_argument("--keep", type=Path, nargs="+", default=[])
    parser.add_argument("--only", default="*")
    options = parser.parse_args()
    peers = {name: command for name, command in PEERS.items()
             if name in options.peers.split(",") and shutil.which(command[0])}
    kept = {name: cells for name, cells in columns_of(options.keep).items() if name not in peers}
    print(f"| image | {' | '.join((*ASPECTS, *peers, *kept))} |\n|{'---|' * (1 + len(ASPECTS) + len(peers) + len(kept))}")
    good = rows = 0
    good_of, run_of = dict.fromkeys((*peers, *kept), 0), dict.fromkeys((*peers, *kept), 0)
    for truth_file in sorted(options.folder.glob("*/truth.json")):
        name, image = truth_file.parent.name, truth_file.parent / "IMAGE.bin"
        truth = json.loads(truth_file.read_text())
        if not fnmatch.fnmatch(name, options.only) or not truth.get("tree"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            cells = ours(os.path.abspath(options.evenhand), image, truth, Path(folder))
        others = {who: peer(command, image, truth) for who, command in peers.items()}
        others |= {who: cells.get(name, "not run") for who, cells in kept.items()}
        print(f"| {name} | {' | '.join((*cells, *others.values()))} |", flush=True)
        rows += 1
        good += all(cell in ("ok", "-") for cell in cells)
        for who, cell in others.items():
            good_of[who] += cell == "ok"
            run_of[who] += cell != "not run"
    print(f"\nAll that the image holds: evenhand {good} of {rows}."
          + "".join(f" {who} {count} of {run_of[who]}." for who, count in good_of.items()))
    return 0 if good == rows else 1


sys.exit(main())
