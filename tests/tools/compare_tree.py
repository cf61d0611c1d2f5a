#!/usr/bin/env python3
"""Compares a tree that evenhand read with the truth written when the image was made.

    look FORMAT IMAGE | compare_tree.py truth.json
    compare_tree.py truth.json report.json
"""
import json
import re
import sys

TYPES = {"file": "file", "dir": "directory", "directory": "directory", "symlink": "symlink",
         "char": "char-device", "block": "block-device", "fifo": "fifo", "socket": "socket"}


def raw(text: str) -> bytes:
    """Our escaping and the truth's differ in what they leave readable; bytes are the same."""
    out = bytearray()
    at = 0
    data = text.encode()
    while at < len(data):
        if data[at:at + 2] == b"\\x":
            out.append(int(data[at + 2:at + 4], 16))
            at += 4
        elif data[at:at + 2] == b"\\\\":
            out += b"\\"
            at += 2
        else:
            out.append(data[at])
            at += 1
    return bytes(out)


def from_look(lines) -> dict[bytes, dict]:
    found = {}
    for line in lines:
        if line.startswith("{"):
            entry = json.loads(line)
            found[raw(entry["path"])] = entry
    for entry in found.values():
        if entry["kind"] == "hardlink":
            first = found.get(raw(entry.get("hardlink_of", "")), {})
            for key in ("sha256", "size"):
                entry[key] = first.get(key)
    return found


def from_report(path: str) -> dict[bytes, dict]:
    """The entries of the container that holds most of them, or of the one with /etc/passwd."""
    nodes = json.load(open(path))["nodes"]
    roots: dict[str, dict[bytes, dict]] = {}
    for node in nodes:
        head, mark, last = node["locator"].rpartition("!")
        if last.startswith("/") and "#" not in last:
            roots.setdefault(head, {})[raw(last)] = node
    best = [r for r in roots.values() if b"/etc/passwd" in r] or list(roots.values())
    return max(best, key=len)


def differences(truth: dict, found: dict[bytes, dict]) -> list[str]:
    stored = truth["attributes_stored"]
    wrong = []
    seen = set()
    for want in truth["tree"]:
        path = raw(want["path"])
        seen.add(path)
        have = found.get(path)
        if have is None:
            wrong.append(f"missing {want['path']}")
            continue
        if path == b"/" and "mode" not in have and "mtime" not in have and want["type"] in ("dir", "directory"):
            continue  # an archive that does not list its own root
        kind = "file" if have["kind"] == "hardlink" and want["type"] == "file" else have["kind"]
        if have["kind"] == "hardlink" and want["type"] != "file":
            kind = TYPES[want["type"]]
        if kind != TYPES[want["type"]]:
            wrong.append(f"type {want['path']}: {have['kind']}, not {want['type']}")
        for key in ("uid", "gid", "size", "mtime", "sha256", "mtime_ns"):
            if key == "size" and want["type"] != "file":
                continue
            if want.get(key) is not None and have.get(key) != want[key]:
                wrong.append(f"{key} {want['path']}: {have.get(key)}, not {want[key]}")
        if want.get("mode") is not None and have.get("mode") is not None:
            mode = want["mode"] if isinstance(want["mode"], str) else f"{want['mode']:04o}"
            if have["mode"] != mode[-4:].rjust(4, "0"):
                wrong.append(f"mode {want['path']}: {have['mode']}, not {mode}")
        elif want.get("mode") is not None:
            wrong.append(f"mode {want['path']}: none")
        if want.get("target") is not None and raw(have.get("target") or "") != raw(want["target"]):
            wrong.append(f"target {want['path']}: {have.get('target')}")
        if want.get("device") is not None and list(have.get("device") or []) != list(want["device"]):
            wrong.append(f"device {want['path']}: {have.get('device')}, not {want['device']}")
        if want.get("xattrs") is not None and (have.get("xattrs") or {}) != want["xattrs"]:
            wrong.append(f"xattrs {want['path']}: {have.get('xattrs')}, not {want['xattrs']}")
        if have.get("fault"):
            wrong.append(f"fault {want['path']}: {have['fault']}")
    for path in found.keys() - seen - {b"/"}:
        wrong.append(f"invented {path!r}")
    return wrong


def main() -> int:
    truth = json.load(open(sys.argv[1]))
    found = from_report(sys.argv[2]) if len(sys.argv) > 2 else from_look(sys.stdin)
    wrong = differences(truth, found)
    for line in wrong[:20]:
        print("  " + line[:300])
    print(f"{len(truth['tree'])} entries, {len(wrong)} differences")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
