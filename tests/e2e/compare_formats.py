#!/usr/bin/env python3
"""compare_formats.py [PROGRAM]: pairs in the headers of vendors, in boot images, as device trees and
in EROFS, as compare.py does for what is most common. Headers are written here by the publishers'
definitions and held against samples that the publishers' own packers made."""
import gzip
import hashlib
import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

from compare import DAY, FILES, T0, Made, as_json, link, one_pair, tool, write
from support import ROOT, check, end

SAMPLES = ROOT / "tests/samples/vendor"
SALT = bytes.fromhex("7a2b15ed9b98596de504ab44ac2a9f4e")
SALT_2 = bytes.fromhex("dcd73aa5c39598fbdcf9e7f40eae4737")
TREE = """/dts-v1/;
/memreserve/ 0x1000 0x2000;
/ { model = "acme"; compatible = "acme,r1"; #address-cells = <1>; #size-cells = <1>;
    serial@1000 { %s compatible = "ns16550"; reg = <0x1000 0x10>; };
    chosen { bootargs = "console=%s"; }; };
"""
ITS = """/dts-v1/;
/ { description = "acme"; #address-cells = <1>;
    images { root { description = "root"; data = /incbin/("%s"); type = "ramdisk"; arch = "arm"; os = "linux";
                    compression = "none"; hash-1 { algo = "sha256"; }; }; };
    configurations { default = "one"; one { description = "one"; ramdisk = "root"; }; }; };
"""


# -- headers (openwrt/firmware-utils: mkchkimg.c, seama.h, mktplinkfw2.c, tplink-safeloader.c) ---------

def netgear_sum(data):
    c0 = c1 = 0
    for byte in data:
        c0 += byte
        c1 += c0
    c0, c1 = c0 & 0xffffffff, c1 & 0xffffffff
    fold = [((b >> 16) + b) & 0xffff for b in ((c & 0xffff) + (c >> 16) for c in (c0, c1))]
    return fold[1] << 16 | fold[0]


def chk(kernel, root, board=b"U12H072T00_NETGEAR", region=bytes((2, 1, 0, 0, 0, 1, 0, 0))):
    def header(own):
        return struct.pack(">4sI8sIIIIII", b"*#$^", 40 + len(board), region, netgear_sum(kernel), netgear_sum(root),
                           len(kernel), len(root), netgear_sum(kernel + root), own) + board
    return header(netgear_sum(header(0))) + kernel + root


def seama(image, texts=(b"dev=/dev/mtdblock/2", b"type=firmware"), product=b"signature=wrgn49_dlob_dir300b5"):
    def meta(rows):
        raw = b"".join(row + b"\0" for row in rows)
        return raw + bytes(-len(raw) % 4)
    seal, head = meta([product]), meta(texts)
    image += bytes(-len(image) % 4)
    return struct.pack(">IHHI", 0x5ea3a417, 0, len(seal), 0) + seal + \
        struct.pack(">IHHI", 0x5ea3a417, 0, len(head), len(image)) + hashlib.md5(image).digest() + head + image


def safeloader(parts, vendor=b""):
    base, rows, body = 0x800, b"", b""
    for name, content in parts:
        rows += b"fwup-ptn %s base 0x%05x size 0x%05x\t\r\n" % (name, base, len(content))
        body += content
        base += len(content)
    rest = vendor.ljust(0x1000, b"\xff") + (rows + b"\0").ljust(0x800, b"\xff") + body
    return struct.pack(">I", len(rest) + 20) + hashlib.md5(SALT + rest).digest() + rest


def tplink2(kernel, root, version=b"1.0", kernel_room=0x20000):
    head = struct.pack("<I", 3) + version.ljust(48, b"\0") + struct.pack(">III", 1, 1, 0) + SALT_2 + \
        bytes(4) + bytes(16) + struct.pack(">III", 0xffffffff, 0x80000000, 0x80000000)
    head += struct.pack(">IIIIIII", 512 + kernel_room + len(root), 512, len(kernel), 512 + kernel_room, len(root), 0, 0)
    head = (head + struct.pack(">HBBB", 0x55aa, 1, 0, 0xa5)).ljust(512, b"\0")
    image = head + kernel.ljust(kernel_room, b"\xff") + root
    return image[:64] + hashlib.md5(image).digest() + image[80:]


def writers_agree():
    """What the publishers' packers made of some parts, these make of the same parts."""
    raw = (SAMPLES / "good.chk").read_bytes()
    head, kernel = struct.unpack_from(">I", raw, 4)[0], struct.unpack_from(">I", raw, 24)[0]
    check("chk is what mkchkimg writes",
          chk(raw[head:head + kernel], raw[head + kernel:], raw[40:head], raw[8:16]) == raw)
    raw = (SAMPLES / "good.seama").read_bytes()
    seal = struct.unpack_from(">H", raw, 6)[0]
    second = raw[12 + seal:]
    meta, size = struct.unpack_from(">HI", second, 6)
    made = seama(second[28 + meta:28 + meta + size], second[28:28 + meta].rstrip(b"\0").split(b"\0"),
                 raw[12:12 + seal].rstrip(b"\0"))
    check("seama is what seama writes", made == raw, (len(made), len(raw)))
    raw = (SAMPLES / "good.safeloader").read_bytes()
    check("safeloader is summed as tplink-safeloader does", hashlib.md5(SALT + raw[20:]).digest() == raw[4:20])
    raw = (SAMPLES / "good.tplink3").read_bytes()
    check("tplink2 is summed as mktplinkfw2 does",
          hashlib.md5(raw[:64] + SALT_2 + raw[80:]).digest() == raw[64:80])


def in_headers(m):
    """Each around the same tree, packed at two times; and where the header says something else."""
    a, b = m.squashfs().read_bytes(), m.squashfs(when=T0 + DAY).read_bytes()
    other = m.squashfs(m.tree(write("etc/network.conf", old=b"router", new=b"bridge"))).read_bytes()
    kernel = bytes(range(1, 250)) * 40
    rows = [
        ("chk", lambda root, **more: chk(kernel, root, **more), {"board": b"U12H072T00_NETGEAS"}),
        ("seama", lambda root, **more: seama(root, **more), {"product": b"signature=wrgn49_dlob_dir300b6"}),
        ("safeloader", lambda root, **more: safeloader([(b"os-image", kernel), (b"file-system", root)], **more),
         {"vendor": b"another"}),
        ("tplink2", lambda root, **more: tplink2(kernel, root, **more), {"version": b"1.1"}),
    ]
    for name, make, more in rows:
        left = m.bytes(make(a))
        yield f"{name}, packed at two times", "equivalent", {"timestamp", "checksum that follows"}, left, m.bytes(make(b))
        yield f"{name}, another setting", "different", {"text"}, left, m.bytes(make(other))
        yield f"{name}, another word in the header", "different", {"data"}, left, m.bytes(make(a, **more))
        torn = bytearray(make(b))
        torn[-9] ^= 1
        yield f"{name}, a sum that does not hold", "undecided", {"truncated"}, left, m.bytes(bytes(torn))


def uimage(m, root, when):
    out = m.next(".uimage")
    tool("mkimage", "-A", "arm", "-T", "ramdisk", "-C", "none", "-n", "acme", "-d", root, out, SOURCE_DATE_EPOCH=when)
    return out


def fit(m, root, when):
    out, source = m.next(".itb"), m.next(".its")
    source.write_text(ITS % root)
    tool("mkimage", "-f", source, out, SOURCE_DATE_EPOCH=when)
    return out


def in_boot_images(m):
    same, other = m.cpio(), m.cpio(m.tree(link("etc/resolv.conf", "/mnt/resolv.conf")))
    for name, make in (("uimage", uimage), ("fit", fit)):
        left = make(m, same, T0)
        yield f"{name}, made at two times", "equivalent", {"timestamp"}, left, make(m, same, T0 + DAY)
        yield f"{name}, where a link leads", "different", {"link target"}, left, make(m, other, T0)


# libfdt leaves what was there before behind a value that it puts in: four bytes need no filling.
def device_tree(m, *options, status='status = "off";', console="ttyS0", put=()):
    out = m.next(".dtb")
    out.write_bytes(tool("dtc", "-q", "-O", "dtb", *options, "-", stdin=(TREE % (status, console)).encode()))
    if put:
        tool("fdtput", "-t", "s", out, "/serial@1000", *put)
    return out


def as_device_trees(m):
    left = device_tree(m)
    yield "a device tree with room", "equivalent", {"padding"}, left, device_tree(m, "-p", "512")
    yield "a property put in later", "equivalent", {"order"}, left, device_tree(m, status="", put=("status", "off"))
    yield "a device tree's value", "different", {"data"}, left, device_tree(m, status='status = "fail";')
    yield "a device tree's longer value", "different", {"data"}, left, device_tree(m, console="ttyS0,115200")
    yield "a property more", "different", {"data"}, left, device_tree(m, put=("more", "okay"))
    hidden = bytearray(device_tree(m, "-p", "512").read_bytes())
    hidden[-256:-240] = b"nc -l -p 4444 -e"
    yield "text behind a device tree's strings", "different", {"padding"}, left, m.bytes(bytes(hidden))
    reserved = left.read_bytes().replace(struct.pack(">QQ", 0x1000, 0x2000), struct.pack(">QQ", 0x1000, 0x4000))
    yield "another memory reservation", "different", {"data"}, left, m.bytes(reserved)


# -- EROFS, and the same tree in one file system and in another ----------------------------------------

UUIDS = ("11111111-2222-3333-4444-555555555555", "99999999-8888-3777-4666-555555555555")


def erofs(m, root=None, *options, when=T0, uuid=UUIDS[0]):
    out = m.next(".erofs")
    tool("mkfs.erofs", "--quiet", "--all-root", "-x-1", f"-T{when}", f"-U{uuid}", *options, out, root or m.plain)
    return out


def in_erofs(m):
    left = erofs(m)
    yield "erofs, another time", "equivalent", {"timestamp"}, left, erofs(m, when=T0 + DAY)
    yield "erofs, another UUID", "equivalent", {"file-system identifier"}, left, erofs(m, uuid=UUIDS[1])
    yield "erofs, packed", "equivalent", {"compression"}, left, erofs(m, None, "-zlz4")
    yield "erofs, packed harder", "equivalent", set(), erofs(m, None, "-zlz4"), \
        erofs(m, None, "-zlz4hc,12")
    yield "erofs, as before Linux 5.3", "equivalent", {"compression"}, erofs(m, None, "-zlz4"), \
        erofs(m, None, "-zlz4", "-Elegacy-compress")
    yield "erofs, ends beside the inodes", "equivalent", {"compression"}, left, \
        erofs(m, None, "-zlz4hc", "-Eztailpacking")
    yield "erofs, ends of large clusters", "equivalent", set(), erofs(m, None, "-zlz4hc", "-Eztailpacking"), \
        erofs(m, None, "-zlz4hc,12", "-C65536", "-Eztailpacking")
    yield "erofs, without a checksum", "equivalent", {"checksum that follows"}, left, erofs(m, None, "-Enosbcrc")
    yield "erofs, large clusters", "equivalent", {"compression"}, erofs(m, None, "-zlz4hc"), \
        erofs(m, None, "-zlz4hc", "-C65536")
    yield "erofs, in chunks", "equivalent", {"order"}, left, erofs(m, None, "--chunksize=4096")
    yield "erofs, a setting", "different", {"text"}, left, \
        erofs(m, m.tree(write("etc/network.conf", old=b"router", new=b"bridge")))
    yield "erofs, a mode bit", "different", {"mode"}, erofs(m, None, "-zlz4"), \
        erofs(m, m.tree(write("usr/sbin/tool", mode=0o4755)), "-zlz4")
    raw = bytearray(left.read_bytes())
    raw[100:120] = b"nc -l -p 4444 -e sh\n"
    yield "erofs, text in the boot block", "different", {"padding"}, left, m.bytes(bytes(raw))
    raw[100:120] = FILES["usr/share/words"][1][300:320]
    yield "erofs, a piece of a file in the boot block", "equivalent", {"order"}, left, m.bytes(bytes(raw))


def attributed(root):
    for name in ("usr/share/doc/07.txt", "usr/share/doc/08.txt", "usr/share/words"):
        os.setxattr(root / name, "user.origin", b"of several files, so that it stands once")


def by_newer_erofs(m):
    """Samples by erofs-utils 1.9.3 have what that of Debian 12 does not write: fragments, shared
    clusters, other algorithms, filters and prefixes of attributes."""
    made = {}
    for path in sorted((ROOT / "tests/samples/erofs").glob("*.img.gz")):
        made[path.name.split(".")[0]] = m.next(".erofs")
        made[path.name.split(".")[0]].write_bytes(gzip.decompress(path.read_bytes()))
    for name in made:
        if name != "zstd":
            yield f"erofs, zstd against {name}", "equivalent", set(), made["zstd"], made[name]
    yield "erofs, fragments against shared clusters", "equivalent", set(), made["fragments"], made["dedupe-lzma"]
    try:
        root = m.tree(attributed)
    except OSError:
        print("skip attributes: not here")
        return
    left = erofs(m, root, "-x1", "-Enosbcrc")
    yield "erofs, attributes that are shared or not", "equivalent", set(), left, erofs(m, root, "-x9")
    yield "erofs, an attribute", "different", {"xattr"}, left, erofs(m, None, "-x1")
    raw = bytearray(left.read_bytes())
    at = raw.index(b"of several files")
    raw[at] ^= 4
    yield "erofs, a bit of a shared attribute", "different", {"xattr"}, left, m.bytes(bytes(raw))


def archive(m, pack):
    out = m.next(".tar")
    tool("tar", "-c", "--owner=0", "--group=0", "--numeric-owner", "--sort=name", "-f", out, "-C", m.plain, ".")
    packed = m.next(f".tar.{pack[0]}")
    packed.write_bytes(tool(*pack, out))
    return packed


def jffs2(m):
    out = m.next(".jffs2")
    tool("mkfs.jffs2", "-l", "-n", "-U", "-e", "64KiB", "-r", m.plain, "-o", out)
    return out


def ubifs(m):
    out = m.next(".ubifs")
    tool("mkfs.ubifs", "-U", "-x", "zlib", "-m", "2048", "-e", "126976", "-c", "200", "-r", m.plain, "-o", out)
    return out


def cramfs(m):
    out = m.next(".cramfs")
    tool("mkfs.cramfs", m.plain, out)
    return out


def in_each_other(m):
    """The tree is the same, whichever holds it: each against the next."""
    kinds = {"squashfs": m.squashfs, "erofs": lambda: erofs(m), "erofs lz4": lambda: erofs(m, None, "-zlz4"),
             "ext4": lambda: m.ext4(m.plain), "cpio": m.cpio, "tar.gz": lambda: archive(m, ("gzip", "-nc")),
             "tar.xz": lambda: archive(m, ("xz", "-c"))}
    for name, program, make in (("jffs2", "mkfs.jffs2", jffs2), ("ubifs", "mkfs.ubifs", ubifs),
                                ("cramfs", "mkfs.cramfs", cramfs)):
        if shutil.which(program):
            kinds[name] = lambda make=make: make(m)
    made = {name: make() for name, make in kinds.items()}
    names = list(made)
    for i, left in enumerate(names):
        for right in names[i + 1:]:
            both = {left.split()[0].split(".")[0], right.split()[0].split(".")[0]}
            cause = {"container"} if len(both) == 2 else {"compression"}
            yield f"{left} against {right}", "equivalent", cause, made[left], made[right]


# -- RISC-V: the first function that differs, as objdump writes it -------------------------------------

FUNCTIONS = """
static volatile int cell;
__attribute__((noinline)) int first(int n) { return n * 3 + cell; }
__attribute__((noinline)) int second(int n) { return n < %d ? first(n) : cell; }
void _start(void) { cell = second(cell); for (;;) ; }
"""


def risc_v(m, least):
    source, out = m.next(".c"), m.next(".elf")
    source.write_text(FUNCTIONS % least)
    tool("riscv64-linux-gnu-gcc", "-O1", "-nostdlib", "-ffreestanding", "-static", "-Wl,--build-id=none", "-o", out, source)
    return out


def as_objdump_has_it(m):
    if not shutil.which("riscv64-linux-gnu-gcc"):
        print("skip RISC-V: riscv64-linux-gnu-gcc not installed")
        return
    left, right = risc_v(m, 40), risc_v(m, 41)
    d, _, _ = as_json(m.folder, left, right)
    code = next((x for x in d["differences"] if x["cause"] == "code"), {})
    shown = ["".join(line.split()[1:]).replace("0x", "") for line in code.get("code_left", [])]
    listing = tool("riscv64-linux-gnu-objdump", "-d", "-M", "no-aliases", "--disassemble=second", left).decode()
    rows = [row.split("\t") for row in listing.splitlines() if row.count("\t") >= 2]
    wanted = ["".join(row[2:]).split("#")[0].split("<")[0].replace("0x", "").replace(" ", "") for row in rows]
    shown = [row.replace(" ", "") for row in shown]
    check("a function of RISC-V is shown as objdump shows it", len(wanted) > 4 and shown == wanted, (shown, wanted))


def main():
    needed = ("mksquashfs", "cpio", "gcc", "mke2fs", "mkimage", "dtc", "fdtput", "mkfs.erofs")
    missing = [t for t in needed if not shutil.which(t)]
    if missing:
        print("skip " + ", ".join(missing) + " not installed")
        return
    writers_agree()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        m = Made(Path(name))
        for make in (in_headers, in_boot_images, as_device_trees, in_erofs, by_newer_erofs, in_each_other):
            for pair in make(m):
                one_pair(Path(name), *pair)
        as_objdump_has_it(m)
    end()


main()
