#!/usr/bin/env python3
"""compare_packers.py [PROGRAM]: one tree packed with the options that packers have, each against the
first of its kind: equivalent, for the reasons that are named; and what differs in truth, packed with
the same options."""
import os
import shutil
import tempfile
import zlib
from pathlib import Path

from compare import DAY, T0, Made, one_pair, tool, write
from support import end


def linked(root):
    os.link(root / "usr/share/doc/07.txt", root / "usr/share/doc/07-again.txt")
    os.link(root / "usr/sbin/tool", root / "usr/sbin/another")


def attributed(root):
    os.setxattr(root / "usr/share/words", "user.origin", b"\0here, \0and nowhere else")
    for name in ("usr/share/doc/03.txt", "usr/share/doc/04.txt", "usr/share/doc/05.txt"):
        os.setxattr(root / name, "user." + name[-6:-4], b"a value that is so long that it stands once, apart from them" * 9)


def rerouted(root):
    write("etc/network.conf", old=b"router", new=b"bridge")(root)


def hard_links(m):
    root = m.tree(linked)
    left = m.squashfs(root)
    yield "files for hard links", "equivalent", set(), left, m.squashfs(root, "-comp", "gzip", "-no-hardlinks")
    yield "files for hard links, a setting", "different", {"text"}, left, \
        m.squashfs(m.tree(lambda r: (linked(r), rerouted(r))), "-comp", "gzip", "-no-hardlinks")

    def one_of_two(r):
        linked(r)
        (r / "usr/share/doc/07-again.txt").unlink()
        write("usr/share/doc/07-again.txt", b"07 other lines\n")(r)
    yield "one of two names has another content", "different", {"text"}, left, m.squashfs(m.tree(one_of_two))


# -- file systems --------------------------------------------------------------------------------------

def romfs(m, root=None, *options):
    out = m.next(".romfs")
    tool("genromfs", "-f", out, "-d", root or m.plain, *(options or ("-V", "rom 6553f100")))
    return out


def in_romfs(m):
    left = romfs(m)
    yield "romfs, another name", "equivalent", {"file-system identifier"}, left, romfs(m, None, "-V", "rom 655542ff")
    yield "romfs, aligned", "equivalent", {"padding"}, left, romfs(m, None, "-V", "rom 6553f100", "-a", "512")
    yield "romfs, a text for a name", "different", {"data"}, left, \
        romfs(m, None, "-V", "nc -l -p 4444 -e /bin/sh; a name has sixteen")
    yield "romfs, a setting", "different", {"text"}, left, romfs(m, m.tree(rerouted))
    # It keeps one bit of each mode, and no owner: root has all of it, and everybody may read.
    open_to_all = m.tree(write("etc/network.conf", mode=0o644))
    yield "romfs against squashfs", "equivalent", {"container"}, romfs(m, open_to_all), m.squashfs(open_to_all)
    yield "romfs opens a setting to all", "different", {"mode", "container"}, m.squashfs(), left


def cramfs(m, root=None, *options):
    out = m.next(".cramfs")
    tool("mkfs.cramfs", *options, root or m.plain, out)
    return out


def in_cramfs(m):
    left = cramfs(m)
    for name, causes, options in (("another edition", {"file-system identifier"}, ("-e", "7")),
                                  ("another name", {"file-system identifier"}, ("-n", "acme")),
                                  ("room for a boot loader", {"order"}, ("-p",)), ("holes", {"compression"}, ("-z",)),
                                  ("big-endian", {"order"}, ("-N", "big")), ("larger blocks", {"order"}, ("-b", "8192"))):
        yield f"cramfs, {name}", "equivalent", causes, left, cramfs(m, None, *options)
    yield "cramfs, a setting", "different", {"text"}, left, cramfs(m, m.tree(rerouted), "-e", "7")
    raw = bytearray(left.read_bytes())
    raw[44] ^= 0x40  # fsid.files (linux, cramfs_fs.h), which nothing needs
    raw[32:36] = bytes(4)
    raw[32:36] = zlib.crc32(raw).to_bytes(4, "little")
    yield "cramfs, a count of files that is none", "different", {"data"}, left, m.bytes(bytes(raw))


def jffs2(m, root=None, *options, order="-l", summary=()):
    out = m.next(".jffs2")
    tool("mkfs.jffs2", order, "-U", "-e", "64KiB", "-r", root or m.plain, "-o", out, *(options or ("-n",)))
    if not summary:
        return out
    with_summary = m.next(".jffs2")
    tool("sumtool", order, "-e", "64KiB", "-i", out, "-o", with_summary, *summary)
    return with_summary


def in_jffs2(m):
    left = jffs2(m)
    yield "jffs2, times of another century", "equivalent", set(), jffs2(m, m.tree(when=-2145916800)), \
        jffs2(m, m.tree(when=-2145916800), order="-b")
    summed = jffs2(m, summary=("-n",))
    yield "jffs2, with summaries", "equivalent", {"order"}, left, summed
    yield "jffs2, big-endian with summaries", "equivalent", {"order"}, left, jffs2(m, order="-b", summary=("-n",))
    yield "jffs2, padded with summaries", "equivalent", {"padding"}, left, jffs2(m, None, "-p", summary=("-p",))
    yield "jffs2, a setting", "different", {"text"}, left, jffs2(m, m.tree(rerouted), summary=("-n",))
    raw = bytearray(summed.read_bytes())
    at = next(i for i in range(0, len(raw), 4) if raw[i:i + 4] == b"\x85\x19\x06\x20")
    raw[at + 32 + 6] ^= 1
    yield "jffs2, a summary that says something else", "different", {"data"}, left, m.bytes(bytes(raw))


EXT = (("revision 2", {"order"}, ("-t", "ext2")), ("revision 3", set(), ("-t", "ext3")),
       ("small inodes", {"order"}, ("-I", "128")), ("large blocks", {"order"}, ("-b", "4096")),
       ("no journal", set(), ("-O", "^has_journal")), ("no checksums", {"compression"}, ("-O", "^metadata_csum")),
       ("32 bits", {"compression"}, ("-O", "^64bit")), ("groups apart", {"compression"}, ("-O", "^flex_bg")),
       ("two copies", {"compression"}, ("-O", "sparse_super2")), ("no hashed folders", {"compression"}, ("-O", "^dir_index")),
       ("a name", {"file-system identifier"}, ("-L", "rootfs")), ("a stride", {"compression"}, ("-E", "stride=4,stripe_width=8")))


def ext(m, *options, root=None, size=8):
    out = m.next(".ext")
    out.write_bytes(bytes(size << 20))
    uuid = "11111111-2222-3333-4444-555555555555"
    mke2fs = ["mke2fs", "-q", "-F", "-m", 0, "-d", root or m.fresh(), "-U", uuid, "-E", f"hash_seed={uuid},root_owner=0:0"]
    kind = () if "-t" in options else ("-t", "ext4")
    tool(*mke2fs, *kind, *options, out, E2FSPROGS_FAKE_TIME=m.now or T0)
    return out


def in_ext(m):
    left = ext(m)
    for name, causes, options in EXT:
        yield f"ext, {name}", "equivalent", causes, left, ext(m, *options)
    yield "ext, twice as large", "equivalent", {"order", "padding"}, left, ext(m, size=16)
    yield "ext, a setting", "different", {"text"}, left, ext(m, "-t", "ext2", root=m.tree(
        lambda r: (m.fresh(), rerouted(r), (r / "lost+found").mkdir(0o700)), when=m.now))
    yield "ext, names whose case does not matter", "different", {"data"}, left, ext(m, "-O", "casefold")
    raw = bytearray(ext(m, size=16).read_bytes())
    raw[8192 * 1024 + 1024 + 136:8192 * 1024 + 1024 + 140] = b"/mnt"
    yield "ext, a copy that says something else", "different", {"data"}, left, m.bytes(bytes(raw))


def fat(m, *options, root=None, names=("etc", "usr", "www"), size=8):
    out = m.next(".fat")
    out.write_bytes(bytes(size << 20))
    tool("mkfs.fat", *(("-i", "11111111") if "-i" not in options else ()), *options, out)
    tool("mcopy", "-i", out, "-s", "-m", "-Q", *names, "::/", cwd=root or m.bare, MTOOLS_SKIP_CHECK=1)
    return out


def without_links(root):
    (root / "etc/resolv.conf").unlink()
    (root / "www/<script>alert(1)<").rename(root / "www/script")
    (root / "www/script/script>").rename(root / "www/script/index.html")


def in_fat(m):
    m.bare = m.tree(without_links)
    left = fat(m)
    for name, causes, options in (("another serial number", {"file-system identifier"}, ("-i", "22222222")),
                                  ("another name", {"file-system identifier"}, ("-n", "ACME")),
                                  ("small clusters", {"order"}, ("-s", "1")), ("one table", {"order"}, ("-f", "1")),
                                  ("large sectors", {"order"}, ("-S", "2048"))):
        yield f"fat, {name}", "equivalent", causes, left, fat(m, *options)
    yield "fat, FAT16", "equivalent", set(), left, fat(m, "-F", "16", size=16)
    yield "fat, FAT32", "equivalent", set(), left, fat(m, "-F", "32", size=40)
    yield "fat, another order", "equivalent", {"order"}, left, fat(m, names=("www", "usr", "etc"))
    yield "fat, times of files", "equivalent", {"mtime"}, left, fat(m, root=m.tree(without_links, when=T0 + DAY))
    yield "fat, a setting", "different", {"text"}, left, \
        fat(m, root=m.tree(lambda r: (without_links(r), rerouted(r))))
    deleted = m.bytes(left.read_bytes())
    tool("mcopy", "-i", deleted, "usr/share/words", "::/etc/gone", cwd=m.bare, MTOOLS_SKIP_CHECK=1)
    tool("mdel", "-i", deleted, "::/etc/gone", MTOOLS_SKIP_CHECK=1)
    yield "fat, a file that was deleted", "different", {"data", "padding"}, left, deleted
    raw = bytearray(left.read_bytes())
    at = raw.index(b"NETWOR~1")
    raw[at:at + 8] = b"NC-L4444"
    total = 0
    for byte in raw[at:at + 11]:
        total = ((total >> 1 | total << 7) + byte) & 0xff
    for before in range(at - 32, 0, -32):
        if raw[before + 11] != 0x0f:
            break
        raw[before + 13] = total
    yield "fat, another short name", "different", {"data"}, left, m.bytes(bytes(raw))
    raw = bytearray(left.read_bytes())
    at = raw.index(b"NETWOR~1")
    raw[at + 16:at + 18] = b"\xff\x01"  # the day it was created: the 31st of the 15th month
    yield "fat, a day that is none", "different", {"data"}, left, m.bytes(bytes(raw))
    large = fat(m, "-F", "32", size=40)
    raw = bytearray(large.read_bytes())
    raw[512:516] = b"RRaB"
    yield "fat, notes that are none", "different", {"data"}, large, m.bytes(bytes(raw))
    raw = bytearray(left.read_bytes())
    at = raw.index(b"nobody:x:99")
    at += 512 - at % 512 - 60
    raw[at:at + 40] = b"nc -l -p 4444 -e /bin/sh # behind a file"
    yield "fat, text behind a file's end", "different", {"padding"}, left, m.bytes(bytes(raw))


def disk(m, start=2048, name="0x11111111"):
    out = m.next(".disk")
    root = m.squashfs().read_bytes()
    out.write_bytes(bytes(4 << 20))
    tool("sfdisk", "-q", out, stdin=f"label: dos\nlabel-id: {name}\nstart={start}, size=2048\n".encode())
    raw = bytearray(out.read_bytes())
    raw[start * 512:start * 512 + len(root)] = root
    out.write_bytes(raw)
    return out


def on_disks(m):
    left = disk(m)
    yield "disk, another identifier", "equivalent", {"file-system identifier"}, left, disk(m, name="0x22222222")
    yield "disk, another place", "equivalent", {"order"}, left, disk(m, start=4096)
    raw = bytearray(left.read_bytes())
    raw[447] ^= 1
    yield "disk, a geometry that is another place", "different", {"data"}, left, m.bytes(bytes(raw))


# -- archives ------------------------------------------------------------------------------------------

def tar(m, root=None, *options):
    out = m.next(".tar")
    tool("tar", "-c", "--owner=0", "--group=0", "--numeric-owner", *options, "-f", out, "-C", root or m.plain, ".")
    return out


def bsdtar(m, root=None, *options):
    out = m.next(".tar")
    tool("bsdtar", "-c", "--uid", "0", "--gid", "0", "--numeric-owner", *options, "-f", out, "-C", root or m.plain, ".")
    return out


def with_more_records(raw, name, record):
    """One record in front of those of the extended header that has the name."""
    at = raw.rindex(b"ustar", 0, raw.index(name)) - 257
    size = int(raw[at + 124:at + 135], 8)
    record = b" " + record + b"\n"
    length = next(n for n in range(len(record), len(record) + 4) if len(b"%d" % n) + len(record) == n)
    content = b"%d" % length + record + raw[at + 512:at + 512 + size]
    head = bytearray(raw[at:at + 512])
    head[124:135] = b"%011o" % len(content)
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    behind = at + 512 + (size + 511) // 512 * 512
    return bytes(raw[:at] + head + content + bytes(-len(content) % 512) + raw[behind:])


def in_tar(m):
    left = tar(m, None, "--format=gnu")
    for dialect in ("pax", "ustar", "v7"):
        yield f"tar, {dialect}", "equivalent", set(), left, tar(m, None, f"--format={dialect}")
    yield "tar, sorted", "equivalent", {"order"}, left, tar(m, None, "--format=gnu", "--sort=name")
    yield "tar, pax, times of files", "equivalent", {"mtime"}, left, tar(m, m.tree(when=T0 + DAY), "--format=pax")
    yield "tar, a setting", "different", {"text"}, left, tar(m, m.tree(rerouted), "--format=pax")
    if shutil.which("bsdtar"):
        for dialect in ("pax", "paxr", "ustar", "gnutar", "v7"):
            yield f"tar, by libarchive, {dialect}", "equivalent", set(), left, bsdtar(m, None, f"--format={dialect}")
    pax = tar(m, None, "--format=pax")
    raw = bytearray(pax.read_bytes())
    at = raw.index(b"./PaxHeaders/")
    raw[at + 2:at + 5] = b"pax"
    total = 256 + sum(raw[at:at + 148]) + sum(raw[at + 156:at + 512])
    raw[at + 148:at + 156] = b"%06o\0 " % total
    yield "tar, a header of records by another name", "different", {"data"}, left, m.bytes(bytes(raw))


def with_attributes(m):
    try:
        root = m.tree(attributed)
    except OSError:
        print("skip attributes: not here")
        return
    every = ("--xattrs", "--xattrs-include=*", "--format=pax")
    squashed = m.next(".squashfs")
    tool("mksquashfs", root, squashed, "-noappend", "-all-root", "-quiet", "-no-progress", "-mkfs-time", T0)
    other = m.next(".squashfs")
    tool("mksquashfs", root, other, "-noappend", "-all-root", "-quiet", "-no-progress", "-mkfs-time", T0, "-comp", "xz",
         "-b", "4096", "-noX")
    yield "squashfs, attributes that stand apart", "equivalent", {"compression"}, squashed, other
    yield "tar with attributes against squashfs", "equivalent", {"container"}, tar(m, root, *every), squashed
    if shutil.which("bsdtar"):
        yield "by libarchive with attributes", "equivalent", {"container"}, \
            bsdtar(m, root, "--xattrs", "--format=pax"), squashed
    left = tar(m, root, *every)
    yield "tar, an attribute less", "different", {"xattr"}, left, tar(m, None, *every)
    name, value = b"SCHILY.xattr.user.origin=", b"\0here, \0and nowhere else"
    for what, answer, causes, before in (("told twice", "equivalent", set(), value),
                                         ("that was another first", "different", {"data"}, b"nc -l -p 4444 -e /bin/sh")):
        yield f"tar, an attribute {what}", answer, causes, left, \
            m.bytes(with_more_records(left.read_bytes(), name, name + before))


KINDS = (("mksquashfs", hard_links), ("genromfs", in_romfs), ("mkfs.cramfs", in_cramfs), ("sumtool", in_jffs2),
         ("mke2fs", in_ext), ("mcopy", in_fat), ("sfdisk", on_disks),
         ("tar", in_tar), ("mksquashfs", with_attributes))


def main():
    for needed in ("gcc", "mksquashfs"):
        if not shutil.which(needed):
            print(f"skip {needed} not installed")
            return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        m = Made(Path(name))
        for packer, make in KINDS:
            if not shutil.which(packer):
                print(f"skip {packer} not installed")
                continue
            for pair in make(m):
                one_pair(Path(name), *pair)
    end()


main()
