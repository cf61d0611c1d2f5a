#!/usr/bin/env python3
"""Fills the empty volumes of make_ntfs.sh, mounted at a folder:

    fill_ntfs.py tree|linux|table|owner FOLDER
    fill_ntfs.py overlay SOURCE FOLDER

and takes out what makes them large:

    fill_ntfs.py blank IMAGE
"""
import hashlib
import os
import socket
import struct
import sys

TIME = 1612325106_500000300  # 2021-02-03 04:05:06 UTC, in nanoseconds, half a second on


def write(name: str, *pieces: bytes) -> None:
    with open(name, "wb", buffering=0) as out:
        for piece in pieces:
            out.write(piece)


def numbers(first: int, last: int) -> bytes:
    return b"".join(b"%d\n" % n for n in range(first, last + 1))


def stamp() -> None:
    for folder, folders, files in os.walk("."):
        for name in folders + files + ["."]:
            os.utime(os.path.join(folder, name), ns=(TIME, TIME), follow_symlinks=False)


def in_turn(one: str, other: str, cluster: int, count: int) -> None:
    """Two files that grow in turn: more pieces than one record can name."""
    with open(one, "wb", buffering=0) as first, open(other, "wb", buffering=0) as second:
        for _ in range(count):
            first.write(b"o" * cluster)
            second.write(b"e" * cluster)


def tree() -> None:
    """What NTFS has of its own, and the special files of Interix."""
    os.makedirs("dir/deep")
    write("a.txt", numbers(1, 300))
    write("dir/one", b"first\n")
    os.link("dir/one", "dir/two")
    write("dir/deep/inline", b"tiny")
    write("empty")
    os.symlink("a.txt", "link")
    os.mknod("null", 0o20644, os.makedev(1, 3))
    os.mknod("disk", 0o60644, os.makedev(179, 200))
    os.mkfifo("pipe")
    with open("sparse", "wb") as out:
        out.write(b"head")
        out.seek(40000)
        out.write(b"tail")
    write("gr\u00fcn and \U0001f600", b"first\n")
    os.setxattr("a.txt", "user.key", b"value")
    os.setxattr("a.txt", "user.long", numbers(1, 2000))
    os.setxattr("dir", "user.key", b"of a folder")
    in_turn("odd", "even", 512, 1800)
    os.unlink("even")
    write("many", b"many names\n")
    for n in range(30):
        os.link("many", "dir/deep/one of the many long names of a file %02d" % n)
    # packed: the folder says so to what is made in it
    os.mkdir("packed")
    attributes = struct.unpack("<I", os.getxattr("packed", "system.ntfs_attrib"))[0]
    os.setxattr("packed", "system.ntfs_attrib", struct.pack("<I", attributes | 0x800))
    write("packed/large", numbers(1, 3000), bytes(200000), numbers(1, 99))
    write("packed/noise", b"".join(hashlib.sha256(b"%d" % n).digest() for n in range(700)))
    write("gone", b"deleted\n")
    os.unlink("gone")


def attribute_list(*items: tuple[bytes, bytes]) -> bytes:
    out = b""
    for name, value in items:
        one = struct.pack("<BBH", 0, len(name), len(value)) + name + b"\0" + value
        one += bytes(-len(one) % 4)
        out += struct.pack("<I", len(one) + 4) + one
    return out


def point(name: str, tag: int, data: bytes) -> None:
    os.setxattr(name, "system.ntfs_reparse_data", struct.pack("<IHH", tag, len(data), 0) + data)


def link(follow: str, show: str, *flags: int) -> bytes:
    a, b = follow.encode("utf-16le"), show.encode("utf-16le")
    return struct.pack(f"<4H{len(flags)}I", 0, len(a), len(a), len(b), *flags) + a + b


def linux() -> None:
    """Files of Windows' Linux subsystem, and reparse points of Windows."""
    os.mknod("null", 0o20644, os.makedev(1, 3))
    os.mknod("disk", 0o60600, os.makedev(179, 200))
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as s:
        s.bind("socket")
    os.symlink("a.txt", "link")
    write("owned", b"first\n")
    word = struct.Struct("<I").pack
    os.setxattr("owned", "system.ntfs_ea", attribute_list(
        (b"$LXUID", word(700)), (b"$LXGID", word(80)), (b"$LXMOD", word(0o104755)),
        (b"OTHER", b"value")))
    for name in ("relative", "absolute", "cloud"):
        write(name)
    os.mkdir("junction")
    point("relative", 0xa000000c, link("dir\\owned", "dir\\owned", 1))
    point("absolute", 0xa000000c, link("\\??\\C:\\x\\y", "C:\\x\\y", 0))
    point("junction", 0xa0000003, link("\\??\\C:\\dir", ""))
    point("cloud", 0x9000001a, b"12345678")


def table() -> None:
    """Holes of one cluster each, and no other room when the table of files grows."""
    in_turn("odd", "even", 512, 1500)
    try:
        with open("full", "wb", buffering=0) as out:
            while True:
                out.write(bytes(512))
    except OSError:
        os.unlink("even")
    try:
        for n in range(600):
            write("%03d" % n, b"%d\n" % n)
    except OSError:
        pass  # the last one is empty or missing


def owner() -> None:
    for name, uid, gid in (("user", 700, 80), ("group", 0, 80), ("root", 0, 0)):
        write(name, b"first\n")
        os.chown(name, uid, gid)


def resource(header: bytes) -> tuple[int, int, int]:
    """Place, packed size and flags in a header of a WIM."""
    return (struct.unpack_from("<Q", header, 8)[0], int.from_bytes(header[:7], "little"), header[7])


def overlay(source: str) -> None:
    """Files packed by wimlib, in the layout that Windows' overlay filter shares with WIM."""
    for algorithm in range(4):
        with open(f"{source}/../{algorithm}.wim", "rb") as file:
            wim = file.read()
        at, size, _ = resource(wim[0x30:0x48])
        entries = [wim[at + i:at + i + 50] for i in range(0, size, 50)]
        for name in os.listdir(source):
            with open(f"{source}/{name}", "rb") as file:
                plain = file.read()
            digest = hashlib.sha1(plain).digest()
            at, size, _ = next(resource(e) for e in entries if e[30:50] == digest)
            target = f"{name}{algorithm}"
            write(target)
            os.truncate(target, len(plain))
            write(f"{target}:WofCompressedData", wim[at:at + size])
            point(target, 0x80000017, struct.pack("<4I", 1, 2, 1, algorithm))


def blank_times(record: bytearray) -> None:
    """Of creation and last use, and all that stand beside names."""
    at, = struct.unpack_from("<H", record, 20)
    while at + 8 <= len(record):
        kind, size = struct.unpack_from("<II", record, at)
        if kind == 0xffffffff or size == 0:
            break
        value = at + struct.unpack_from("<H", record, at + 20)[0]
        if kind == 0x10:
            record[value:value + 8] = bytes(8)
            record[value + 16:value + 32] = bytes(16)
        elif kind == 0x30:
            record[value + 8:value + 40] = bytes(32)
        at += size


def blank(image: str) -> None:
    """Zeros what no gzip packs and no reader of ours needs: indexes, upper-case letters, times."""
    with open(image, "r+b") as file:
        data = bytearray(file.read())
        at = data.find(struct.pack("<64H", *range(64)))
        data[at:at + 131072] = bytes(131072)
        for at in range(0, len(data), 512):
            if data[at:at + 4] == b"INDX":
                data[at:at + 4096] = bytes(4096)
            elif data[at:at + 4] == b"FILE":
                record = data[at:at + 1024]
                blank_times(record)
                for end in (510, 1022):  # what stands there is kept elsewhere
                    record[end:end + 2] = data[at + end:at + end + 2]
                data[at:at + 1024] = record
        file.seek(0)
        file.write(data)


def main() -> None:
    kind, *source, folder = sys.argv[1:]
    if kind == "blank":
        blank(folder)
        return
    source = [os.path.abspath(name) for name in source]
    os.chdir(folder)
    {"tree": tree, "linux": linux, "table": table, "owner": owner, "overlay": overlay}[kind](*source)
    stamp()


main()
