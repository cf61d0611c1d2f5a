#!/usr/bin/env python3
"""dump.py [PROGRAM]: a release, made here, against dumps of flash that hold it: spare bytes, two
slots, bad blocks, an environment, a partition with settings; then with one thing changed."""
import hashlib
import json
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from support import RELEASE, check, end, run

PROGRAM = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else RELEASE
T0 = 1700000000
PAGE, SPARE, BLOCK = 2048, 64, 131072
ERASED = b"\xff"
FILES = {"etc/hostname": (0o644, b"router\n"), "etc/network.conf": (0o600, b"mode=router\n"),
         "etc/init.d/S50run": (0o755, b"#!/bin/sh\n/usr/sbin/run start\n"),
         **{f"usr/share/{n:02}.bin": (0o644, hashlib.shake_128(b"%d" % n).digest(20000))
            for n in range(24)}}
SETTINGS = {"etc/config/system": (0o600, b"option hostname 'site-7'\n"),
            "var/log/messages": (0o644, b"kern.info: link up\n" * 40)}


def tree(folder, files):
    for path, (mode, content) in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        file.chmod(mode)
    return folder


def squashfs(folder, files):
    with tempfile.TemporaryDirectory(dir=folder) as work:
        root, out = tree(Path(work) / "root", files), Path(work) / "out"
        subprocess.run(["mksquashfs", root, out, "-all-root", "-noappend", "-no-progress", "-quiet",
                        "-all-time", str(T0), "-mkfs-time", str(T0)], check=True,
                       stdout=subprocess.DEVNULL)
        return out.read_bytes()


def ext4(folder, files):
    with tempfile.TemporaryDirectory(dir=folder) as work:
        root, out = tree(Path(work) / "root", files), Path(work) / "out"
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", root, out, "2M"],
                       check=True, stdout=subprocess.DEVNULL)
        return out.read_bytes()


def trx(payload):
    body = struct.pack("<IIII", 1 << 16, 28, 0, 0) + payload
    return struct.pack("<4sII", b"HDR0", 12 + len(body), zlib.crc32(body) ^ 0xFFFFFFFF) + body


def environment():
    rows = b"baudrate=115200\0bootcmd=run load\0ethaddr=02:17:00:00:00:01\0serial=7\0\0"
    body = rows.ljust(0x10000 - 4, b"\0")
    return struct.pack("<I", zlib.crc32(body)) + body


def blocks(*parts):
    for part in parts:
        for at in range(0, len(part), BLOCK):
            yield part[at:at + BLOCK].ljust(BLOCK, ERASED)


def pages(block, bad=False):
    """With check bytes at the end of the spare ones."""
    out = b""
    for at in range(0, BLOCK, PAGE):
        page = block[at:at + PAGE]
        spare = ERASED * SPARE
        if bad and at < 2 * PAGE:
            spare = b"\0" + ERASED * (SPARE - 1)
        elif page.strip(ERASED):
            spare = ERASED * 40 + hashlib.shake_128(page).digest(24)
        out += page + spare
    return out


def with_bad(content, at, block):
    done = list(blocks(content))
    return b"".join(done[:at] + [block] + done[at:])


def nand(parts, bad_at):
    out = [pages(block) for block in blocks(*parts)]
    out.insert(bad_at, pages(hashlib.shake_128(b"bad").digest(BLOCK), bad=True))
    return b"".join(out)


class Case:
    def __init__(self, folder, base):
        self.folder, self.number = folder, 0
        self.base = folder / "release.bin"
        self.base.write_bytes(base)

    def answer(self, dump, swapped=False):
        self.number += 1
        right, out = self.folder / f"dump{self.number}.bin", self.folder / "out.json"
        right.write_bytes(dump)
        pair = [self.base, right]
        done = run("compare", "--quiet", "-o", out, *(pair[::-1] if swapped else pair),
                   program=PROGRAM)
        return done.returncode, json.loads(out.read_bytes()), done.stderr

    def expect(self, what, dump, code, causes=(), file=None):
        for swapped in (False, True):
            got, document, error = self.answer(dump, swapped)
            named = {d["cause"] for d in document["differences"]}
            heavy = [d for d in document["differences"] if d["weight"] != "accepted"]
            side = "left" if swapped else "right"
            places = {d[side]["locator"].split("!")[-1] for d in heavy if d[side]}
            told = f"{document['answer']}: {sorted(named)} {sorted(places)} {error}"
            check(what + (", swapped" if swapped else ""),
                  got == code and set(causes) <= named and (file is None or file in places), told)


def main():
    folder = Path(tempfile.mkdtemp())
    root = squashfs(folder, FILES)
    base = trx(root)
    changed = {**FILES, "etc/init.d/S50run": (0o755, b"#!/bin/sh\n/usr/sbin/fun start\n")}
    other = trx(squashfs(folder, changed))
    settings = ext4(folder, SETTINGS)
    planted = ext4(folder, {**SETTINGS, "etc/extra": (0o755, b"#!/bin/sh\nnc -l -p 23\n")})
    factory = b"CAL1" + hashlib.shake_128(b"factory").digest(508)
    free = ERASED * BLOCK * 2
    case = Case(folder, base)
    parts = [environment(), factory, base, free, base, free, settings, free]

    case.expect("two slots, settings, environment", b"".join(blocks(*parts)), 0,
                ["written by the device"])
    case.expect("spare bytes and a marked block inside the firmware", nand(parts, 4), 0,
                ["written by the device", "wear"])
    parts[2] = with_bad(base, 2, ERASED * BLOCK)
    case.expect("an erased block inside the firmware", b"".join(blocks(*parts)), 0, ["wear"])
    parts[2] = with_bad(base, 2, hashlib.shake_128(b"bad").digest(BLOCK))
    case.expect("a bad block that nothing marks", b"".join(blocks(*parts)), 0, ["wear"])
    parts[2:5] = [base, free, other]
    case.expect("a script changed in the second slot", nand(parts, 4), 1, ["text"],
                "/etc/init.d/S50run")
    parts[2:5] = [other, free, ERASED * BLOCK]
    case.expect("a script changed in the only slot", b"".join(blocks(*parts)), 1, ["text"],
                "/etc/init.d/S50run")
    parts[2:7] = [base, free, base, free, planted]
    case.expect("a script among the settings", b"".join(blocks(*parts)), 1, ["file added"],
                "/etc/extra")
    shutil.rmtree(folder)
    return end()


if __name__ == "__main__":
    sys.exit(main())
