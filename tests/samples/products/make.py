#!/usr/bin/env python3
"""Makes the samples in this folder: make.py

Each is packed by the description that its format names as a source, with sums by Python's zlib and
hashlib, the ext2 by mke2fs; what is packed is noise of fixed seeds, or text.
"""
import hashlib
import os
import random
import struct
import subprocess
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def uimg(room, parts, named_length=None):
    tail = 8 if room == 10 else 0
    header = 52 + 10 * room + tail
    data = b"".join(part for _, part in parts)
    pad = lambda table, size: table.ljust(room * size, b"\0")
    tables = pad(b"".join(struct.pack(">I", zlib.crc32(part)) for _, part in parts), 4)
    tables += pad(b"".join(struct.pack(">I", len(part)) for _, part in parts), 4)
    tables += pad(bytes(kind for kind, _ in parts), 1) + bytes(room + tail)
    date = bytes([0, 119, 7, 27, 0, 8, 56, 16])
    mark = b"VER2" if room == 10 else b"VER3"
    head = lambda crc: (mark + b"Intel_Unified_Image".ljust(20, b"\0") + date + struct.pack(
        ">IIIII", room // 10 + 1, header + len(data), len(parts), crc, zlib.crc32(data)) + tables)
    assert len(head(0)) == header
    return head(zlib.crc32(head(0))) + data


def uimg_sample():
    parts = [(2, noise(300, 1)), (3, noise(41, 2)), (8, noise(77, 3)), (9, noise(20, 4)), (10, noise(9, 5)),
             (6, noise(12, 6))]
    write("good-3.uimg", uimg(20, parts))
    write("good-2.uimg", uimg(10, parts[:4]))


def matter(payload, kind, digest, more=b""):
    def element(tag, control, value):
        return bytes([0x20 | control, tag]) + value

    header = b"\x15" + element(0, 5, struct.pack("<H", 0xfff1)) + element(1, 5, struct.pack("<H", 0x8000))
    header += element(2, 6, struct.pack("<I", 0x10203)) + element(3, 12, b"\x051.2.3")
    header += element(4, 7, struct.pack("<Q", len(payload))) + more
    header += element(8, 4, bytes([kind])) + element(9, 16, bytes([len(digest)]) + digest) + b"\x18"
    total = 16 + len(header) + len(payload)
    return b"\x1e\xf1\xee\x1b" + struct.pack("<QI", total, len(header)) + header + payload


def matter_sample():
    payload = noise(200, 10)
    notes = b"\x2d\x07" + struct.pack("<H", 300) + b"https://example.org/".ljust(300, b"n")
    write("good.matter", matter(payload, 1, hashlib.sha256(payload).digest(), notes))
    write("good-short.matter", matter(payload, 5, hashlib.sha256(payload).digest()[:8]))
    write("good-384.matter", matter(payload, 7, hashlib.sha384(payload).digest()))
    write("good-512.matter", matter(payload, 8, hashlib.sha512(payload).digest()))
    write("odd-sha3.matter", matter(payload, 10, hashlib.sha3_256(payload).digest()))


def wince_record(address, data):
    return struct.pack("<III", address, len(data), sum(data)) + data


def wince_sample():
    start = 0x80220000
    records = wince_record(start, noise(64, 20)) + wince_record(start + 64, b"ECEC" + bytes(4))
    records += wince_record(start + 0x400, noise(100, 21))  # behind a gap
    records += wince_record(start + 0x4000, noise(30, 22))  # the next file
    records += wince_record(start + 0x2000, noise(10, 23))  # further back
    write("good.b000ff", b"B000FF\n" + struct.pack("<II", start, 0x5000) + records
          + struct.pack("<III", 0, start + 0x1000, 0))


def avm_sample():
    with tempfile.TemporaryDirectory() as work:
        image = work + "/image"
        with open(image, "wb") as out:
            out.truncate(64 << 10)
        subprocess.run(["mke2fs", "-q", "-t", "ext2", "-b", "1024", "-N", "16", "-m", "0", "-O", "^resize_inode",
                        "-U", "01234567-89ab-cdef-0123-456789abcdef", "-E",
                        "hash_seed=01234567-89ab-cdef-0123-456789abcdef", image],
                       check=True, env=dict(os.environ, E2FSPROGS_FAKE_TIME="1500000000"))
        with open(image, "rb") as made:
            write("good.avmfake", b"sqsh" + b"\x01".ljust(252, b"\0") + made.read())


def gm8126_sample():
    image = noise(120, 30)
    head = b"\x80ZGM" + struct.pack(">III", 0, len(image), 0) + b"kernel image"
    write("good.gm8126", head.ljust(256, b"\0") + image)


def sao(kind, data, address):
    rest = kind + struct.pack(">IIIIIIIIII", 1 << 24, len(data), len(data), 0x2a0001, 0xdfff0005, 0xffffffff, address,
                              0, 0, 0) + struct.pack(">III", zlib.crc32(data), 0x200, 0x3000000)
    return b"SOBJ" + struct.pack(">I", zlib.crc32(rest)) + rest + data


def sao_sample():
    write("good.sao", sao(b"META", b"{}", 0) + sao(b"KRNL", noise(90, 40), 0x8000) + sao(b"RTFS", noise(70, 41), 0))


def xor(data, key):
    return bytes(byte ^ key[i % len(key)] for i, byte in enumerate(data))


def pk2_section(kind, head, plain):
    coded = xor(plain, bytes([0xa1, 0x83, 0x24, 0x78, 0xb3, 0x41, 0x43, 0x56]))
    return (kind + hashlib.md5(head + plain).digest() + struct.pack("<I", len(head) + len(plain)) + head + coded)


def pk2_file(path, plain):
    path += b"\0"
    return pk2_section(b"FILE", struct.pack("<I", len(path)) + path + struct.pack("<I", len(plain)), plain)


def pk2_sample():
    sections = [pk2_section(b"CMD\0", b"", b"killall camera\0"), pk2_file(b"/etc/motd", b"hello\n"),
                pk2_file(b"/usr/data", noise(5000, 50)), pk2_file(b"/empty", b"")]
    write("good.pk2", b"PK2\0" + struct.pack("<II", 1234, 1500000000) + b"1.0\0" + bytes(8)
          + struct.pack("<I", len(sections)) + b"".join(sections))


def bosch_file(name, data):
    size = -(-len(data) // 16) * 16
    head = struct.pack(">II32sI", 0xdeadaffe, 64 + size, name, len(data))
    return head.ljust(64, b"\0") + data.ljust(size, b"\0")


def bosch_image(target, kind, data, key=b""):
    head = struct.pack(">IIIIIIII", 0x10122003, target, 0, 0x632, len(data), 0, 0, kind)
    return head.ljust(588, b"\0") + key.ljust(436, b"\0") + data


def bosch_sample():
    romfs = bosch_file(b"www/index.htm", b"<html>") + bosch_file(b"empty", b"") + bytes(64)
    files = bosch_file(b"kernel", noise(100, 60)) + bosch_file(b"RomFS_a", romfs) + bytes(64)
    images = bosch_image(0x999, 0x16, xor(files, b"B")) + bosch_image(0x7a, 0x16, xor(files, b"B"))
    write("good.bosch", bosch_image(0x10, 0, b"sum")[:1024] + images)
    write("good-one.bosch", bosch_image(0x999, 1, xor(noise(80, 61), b"B")))
    write("good-aes.bosch", bosch_image(0x999, 0x16, noise(64, 62), noise(256, 63)))
    write("good.boschfiles", romfs)


def texts(*words):
    return b"".join(word.ljust(256, b"\0") for word in words)


def hp_head(mark, minor, table, count):
    return mark + struct.pack("<HHIIII", 1, minor, table, 0, count, 0) + bytes(8)


def ipkg(name, files):
    table = 32 + 1024
    at = table + 276 * len(files)
    head = hp_head(b"ipkg", 3, table, len(files)) + texts(b"1.2", b"printer", name, b"")
    body = b""
    for path, data in files:
        head += path.ljust(256, b"\0") + struct.pack("<QQI", at + len(body), len(data), zlib.crc32(data))
        body += data
    return head + body


def hp_sample():
    packages = [ipkg(b"boot", [(b"kernel", noise(60, 70)), (b"empty", b"")]), ipkg(b"fonts", [(b"a", noise(30, 71))])]
    write("good.ipkg", packages[0])
    head = texts(b"release 5", b"brand", b"M607") + bytes(9) + texts(b"2.3", b"r1")
    at = 32 + len(head) + 32
    table = struct.pack("<QQQQ", at, len(packages[0]), at + len(packages[0]), len(packages[1]))
    write("good.bdl", hp_head(b"ibdl", 1, 32 + len(head), 2) + head + table + b"".join(packages))


def draytek_sample():
    kernel, root = noise(100, 80), noise(50, 81)
    image = b"2RDH" + struct.pack(">III", 256, 256 + len(kernel + root), zlib.crc32(kernel + root) ^ 0xffffffff)
    image += bytes(64) + struct.pack(">II", len(kernel), len(root))
    image = image.ljust(256, b"\0") + kernel + root
    write("good.2rdh", image + b"DrayTekImageMD5\n" + hashlib.md5(image).hexdigest().encode() + b"\n")


if __name__ == "__main__":
    uimg_sample()
    matter_sample()
    wince_sample()
    avm_sample()
    gm8126_sample()
    sao_sample()
    pk2_sample()
    bosch_sample()
    hp_sample()
    draytek_sample()
