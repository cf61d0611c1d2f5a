#!/usr/bin/env python3
"""Makes the samples anew, as root: make.py RUBIN. Needs mtd-utils and pylzma (the LZMA SDK).

RUBIN is a program over the functions of the kernel's fs/jffs2/compr_rubin.c: `RUBIN fixed` and
`RUBIN dynamic` pack standard input to standard output.
"""
import os
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import pylzma

HERE = Path(__file__).parent
TIME = 1612325106
INODE = struct.Struct("<HHII II I HH I III III BBH II")


def make_tree(root: Path) -> None:
    (root / "dir/deep").mkdir(parents=True)
    (root / "a.txt").write_text("".join(f"{n}\n" for n in range(1, 301)))
    (root / "dir/one").write_text("first\n")
    os.link(root / "dir/one", root / "dir/two")
    os.symlink("a.txt", root / "link")
    os.mknod(root / "null", 0o020644, os.makedev(1, 3))
    os.mknod(root / "disk", 0o060644, os.makedev(179, 30))
    os.mkfifo(root / "pipe")
    (root / "dir/deep/inline").write_text("tiny")
    with open(root / "sparse", "wb") as f:
        f.write(b"head")
        f.seek(40000)
        f.write(b"tail")
    os.chown(root / "a.txt", 7000, 8000)
    os.chmod(root / "a.txt", 0o4755)
    os.setxattr(root / "a.txt", "user.key", b"value")
    for path in [*root.rglob("*"), root]:
        os.utime(path, (TIME, TIME), follow_symlinks=False)


def crc(data: bytes) -> int:
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def nodes(image: bytes):
    at = 0
    while at + 12 <= len(image):
        magic, kind, length, _ = struct.unpack_from("<HHII", image, at)
        if magic != 0x1985:
            at += 4
            continue
        yield kind, image[at:at + length]
        at += length + 3 & ~3


def inode(node: bytes, data: bytes, method: int, plain: int) -> bytes:
    """The same node with other data."""
    f = list(INODE.unpack_from(node))
    f[2], f[14], f[15], f[16] = 68 + len(data), len(data), plain, method
    f[3] = crc(struct.pack("<HHI", *f[:3]))
    f[19] = crc(data)
    f[20] = crc(INODE.pack(*f)[:60])
    return INODE.pack(*f) + data


def repack(image: bytes, pack) -> bytes:
    """Uncompressed nodes of regular files, packed by another method."""
    out = b""
    for kind, node in nodes(image):
        f = INODE.unpack_from(node) if kind == 0xE002 else None
        data = node[68:68 + f[14]] if f else b""
        if f and f[6] >> 12 == 8 and f[16] == 0 and len(data) > 100:
            method, packed = pack(data)
            node = inode(node, packed, method, len(data))
        elif f and f[6] >> 12 == 6:
            node = inode(node, struct.pack("<I", 44 | 1 << 20 | 179 << 8), 0, 4)  # 179, 300
        out += node.ljust(len(node) + 3 & ~3, b"\xff")
    return out


def sdk(data: bytes, lc: int, pb: int) -> bytes:
    return pylzma.compress(data, dictionary=13, fastBytes=273, literalContextBits=lc,
                           literalPosBits=0, posBits=pb, eos=0)


def main() -> None:
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as name:
        root, plain = Path(name) / "root", Path(name) / "plain"
        root.mkdir()
        make_tree(root)

        def mkfs(out: Path, *options: str) -> None:
            subprocess.run(["mkfs.jffs2", "-r", root, "-o", out, "-e", "0x4000", "--with-xattr",
                            *options], check=True)

        def rubin(word: str, data: bytes) -> bytes:
            return subprocess.run([sys.argv[1], word], input=data, stdout=subprocess.PIPE,
                                  check=True).stdout

        mkfs(HERE / "good-le.jffs2", "-l", "-x", "rtime")
        mkfs(HERE / "good-be.jffs2", "-b", "-x", "zlib", "-n")
        mkfs(HERE / "good-le-lzo.jffs2", "-l", "-X", "lzo", "-y", "90:lzo", "-n", "-p")
        mkfs(plain, "-b")
        subprocess.run(["sumtool", "-b", "-e", "0x4000", "-i", plain, "-o", HERE / "good-be-sum.jffs2"],
                       check=True)
        mkfs(plain, "-l", "-m", "none")
        for sample, pack in {
                "odd-lzma": lambda data: (8, sdk(data, 0, 0)[5:]),
                "odd-lzma-properties": lambda data: (0x15, sdk(data, 3, 2)),
                "odd-rubin-3": lambda data: (3, rubin("dynamic", data)),
                "odd-rubin-5": lambda data: (5, rubin("fixed", data))}.items():
            (HERE / f"{sample}.jffs2").write_bytes(repack(plain.read_bytes(), pack))


main()
