#!/usr/bin/env python3
"""Makes the samples in this folder; needs liblzo2-2 and libucl1. Laid out as QNX' sys/startup.h and sys/image.h say,
packed by the libraries that QNX' startup code is built with."""
import ctypes
import gzip
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
MTIME = 1612325106
FILE, DIRECTORY, LINK, CHAR, BLOCK, FIFO = 0o100000, 0o040000, 0o120000, 0o020000, 0o060000, 0o010000
SEQ = "".join(f"{i}\n" for i in range(1, 301)).encode()
TREE = [("", DIRECTORY | 0o755, b""), ("a.txt", FILE | 0o4755, SEQ), ("dir", DIRECTORY | 0o755, b""),
        ("dir/one", FILE | 0o644, b"first\n"), ("dir/deep", DIRECTORY | 0o700, b""),
        ("dir/deep/inline", FILE | 0o644, b"tiny"), ("empty", FILE | 0o644, b""), ("link", LINK | 0o777, b"a.txt"),
        ("null", CHAR | 0o666, (1, 3)), ("disk", BLOCK | 0o660, (17, 200)), ("pipe", FIFO | 0o600, (0, 0)),
        ("taken-away", FILE | 0o644, b"gone")]
lzo, ucl = ctypes.CDLL("liblzo2.so.2"), ctypes.CDLL("libucl.so.1")


def with_sum(order, data):
    """Behind it a word with which all words add up to zero."""
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    return data + struct.pack(f"{order}I", -sum(words) & 0xffffffff)


def padded(data, to=4):
    return data + bytes(-len(data) % to)


def image(order):
    """The file system."""
    first, contents = 92, b""
    sizes = []
    for path, mode, content in TREE:
        kind = mode & 0o170000
        rest = {FILE: 8, DIRECTORY: 0, LINK: 4 + len(content) + 1}.get(kind, 8)
        sizes.append(len(padded(bytes(24 + rest + len(path) + 1))))
    end = first + sum(sizes) + 4
    entries = b""
    for number, ((path, mode, content), size) in enumerate(zip(TREE, sizes), 1):
        kind, name = mode & 0o170000, path.encode() + b"\0"
        inode = 0 if path == "taken-away" else number
        head = struct.pack(f"{order}HHIIIII", size, 0, inode, mode, 80, 700, MTIME)
        if kind == FILE:
            head += struct.pack(f"{order}II", end + len(contents), len(content)) + name
            contents += padded(content)
        elif kind == DIRECTORY:
            head += name
        elif kind == LINK:
            head += struct.pack(f"{order}HH", len(name), len(content)) + name + content
        else:
            head += struct.pack(f"{order}II", 0, content[0] << 10 | content[1]) + name
        entries += head.ljust(size, b"\0")
    signature = b"imagefs\x02" if order == "<" else b"sfegami\x03"
    header = signature + struct.pack(f"{order}10I", end + len(contents) + 4, end, first, 2, 0, 0, 0, 0, 0, 0)
    header = header.ljust(84, b"\0") + struct.pack(f"{order}I", 0) + b"/\0\0\0"
    return with_sum(order, header + entries + bytes(4) + contents)


def pieces(data, pack):
    made = b"".join(struct.pack(">H", len(p)) + p for p in (pack(data[at:at + 2048]) for at in range(0, len(data), 2048)))
    return padded(made + b"\0\0")


def pack_lzo(data):
    out, n, work = ctypes.create_string_buffer(65536), ctypes.c_ulong(0), ctypes.create_string_buffer(1 << 20)
    assert lzo.lzo1x_1_compress(data, ctypes.c_ulong(len(data)), out, ctypes.byref(n), work) == 0
    return out.raw[:n.value]


def pack_ucl(data):
    out, n = ctypes.create_string_buffer(65536), ctypes.c_uint(0)
    assert ucl.ucl_nrv2b_99_compress(data, ctypes.c_uint(len(data)), out, ctypes.byref(n), None, 9, None, None) == 0
    return out.raw[:n.value]


def startup(order, packing, stored, plain):
    """Header, code, sum, what is stored of the image."""
    size = 256 + 100 + 4
    flags = (2 if order == ">" else 0) | packing << 2
    head = struct.pack(f"{order}IHBBHHIIIIIIIIIHH", 0x00ff7eeb, 1, flags, 0, 256, 40, 0x80100160, 0, 0x80100000, 0x80100000,
                       0x200000, size, size + len(stored), 0, plain, 0, 0)
    return with_sum(order, head.ljust(256, b"\0") + b"\x1e\xff\x2f\xe1" * 25) + stored


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


little, big = image("<"), image(">")
write("plain.ifs", startup("<", 0, little, len(little)))
write("big.ifs", startup(">", 0, big, len(big)))
for name, number, packed in (("zlib.ifs", 1, padded(gzip.compress(little, mtime=0))), ("lzo.ifs", 2, pieces(little, pack_lzo)),
                             ("ucl.ifs", 3, pieces(little, pack_ucl))):
    write(name, startup("<", number, with_sum("<", packed), len(little)))


def deflated(kind, data, pack):
    """Files of QNX' deflate: each block counts to its neighbours."""
    out, before, plain_before = struct.pack("<8sIHBB", b"iwlyfmbp", len(data), 4096, kind, 0), 0, 0
    for at in range(0, len(data), 4096):
        plain = data[at:at + 4096]
        packed = pack(plain)
        out += struct.pack("<4H", before, 8 + len(packed), plain_before, len(plain)) + packed
        before, plain_before = 8 + len(packed), len(plain)
    return out + struct.pack("<4H", before, 0, plain_before, 0)


write("lzo.deflate", deflated(0, SEQ * 5, pack_lzo))
write("ucl.deflate", deflated(1, SEQ * 5, pack_ucl))
