#!/usr/bin/env python3
"""Makes the samples of broadband vendors' headers in this folder: make.py TOOLS

TOOLS holds mkrasimage, mkzyxelzldfw, mksenaofw, mkbrnimg and bcm4908kernel of OpenWrt's
firmware-utils. Also needs liblz4, liblzo2, openssl and 7z. What no packer makes is packed here by the
specification; what is packed is noise of a fixed seed, or text.
"""
import ctypes
import gzip
import hashlib
import lzma
import os
import random
import struct
import subprocess
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT = b"".join(b"line %d of the program\n" % i for i in range(60))


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def read(name):
    with open(os.path.join(HERE, name), "rb") as f:
        return f.read()


def run(*command):
    subprocess.run(command, check=True, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def packed_by_firmware_utils(tools):
    write("kernel", noise(500, 1))
    write("root", noise(301, 2))
    for name in ("kernel", "root"):
        os.utime(os.path.join(HERE, name), (1500000000, 1500000000))
    run(tools + "/mkrasimage", "-b", "NBG6617", "-v", "V1.00(ABCT.2)C0", "-k", "kernel", "-r", "root", "-s", "301",
        "-o", "whole.ras")
    image = read("whole.ras")
    write("good.ras", image[:2048] + image[65536:])
    run(tools + "/mkzyxelzldfw", "-v", "0x101", "-b", "0x12345678", "-m", "NWA5121-NI", "-d", "0x1234",
        "-i", "kernel", "-r", "V2.10", "-t", "kernel", "-x", "kernel", "-o", "0x100000",
        "-i", "root", "-r", "V2.10", "-t", "core", "-x", "zldfs", "good.zld")
    write("lzma", lzma.compress(TEXT, lzma.FORMAT_ALONE))
    run(tools + "/mkbrnimg", "-o", "good.brn", "-s", "BRNDTW502", "lzma", "root")
    run(tools + "/bcm4908kernel", "-i", "lzma", "-o", "good.bcmkernel")
    run(tools + "/mksenaofw", "-e", "kernel", "-t", "2", "-r", "0x101", "-p", "0x78", "-v", "v1.2", "-o", "good.senao")
    run(tools + "/mksenaofw", "-e", "kernel", "-t", "0", "-r", "0x101", "-p", "0x78", "-v", "v1.2", "-c", "171101",
        "-w", "3.0.1", "-x", "1.8.53", "-n", "ENS620EXT", "-o", "good-combo.senao")


def carry_sum(data):
    total = sum(struct.unpack(">%dH" % ((len(data) + 1) // 2), data + bytes(len(data) % 2)))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return total


def raw_lzma(data):
    return lzma.compress(data, lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 23}])


def zynos_object(kind, flags, plain, packed=b"", version=b"", address=0, map_address=0, zeros=b""):
    head = struct.pack(">IH3sBIIBBHH15sI5x", address, 0, b"SIG", kind, len(plain), len(packed), flags, 0,
                       carry_sum(plain), carry_sum(packed), version, map_address)
    return head + zeros + (packed or plain)


def zynos():
    lz = lzma.compress(TEXT, lzma.FORMAT_ALONE)[:5]
    short = lz + struct.pack(">I", len(TEXT)) + raw_lzma(TEXT)
    usual = lz + struct.pack("<Q", len(TEXT)) + raw_lzma(TEXT)
    write("good.zynos", zynos_object(4, 0xe0, TEXT, usual, b"3.40(FN.0)C0"))
    write("odd-short.zynos", zynos_object(4, 0xe0, TEXT, short, b"3.40(FN.0)C0", zeros=bytes(3)))
    rombin = zynos_object(4, 0xe0, TEXT, usual)
    base = 0xbfc08000
    objects = [(0x82, b"BootExt", 0x80008000, 0x18000, 0), (1, b"BootExt", base + 48, 0x100 - 48, 3),
               (7, b"MemMapT", base + 0x100, 0x200, 5), (1, b"termcap", base + 0x300, 0x40, 6),
               (4, b"RasCode", base + 0x340, len(rombin), 19)]
    table = b"".join(struct.pack(">B8sxI2xII", kind, name, at, size, order) for kind, name, at, size, order in objects)
    user = b"Vendor 1 0\0"
    start = base + 0x100 + 24 * (len(objects) + 1)
    head = struct.pack(">HIIH12x", len(objects), start, start + len(user), carry_sum(table + user))
    body = noise(0x100 - 48, 3) + (head + table + user).ljust(0x200, b"\0") + noise(0x40, 4) + rombin
    write("good-image.zynos", zynos_object(3, 0x40, body, address=0x80008000, map_address=base + 0x100))


class Bits:
    def __init__(self):
        self.text = ""

    def put(self, value, width):
        self.text += format(value, "0%db" % width)

    def bytes(self):
        text = self.text + "0" * (-len(self.text) % 8)
        return bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))


def put_length(bits, n):
    if n < 8:
        value, width = ((n - 2), 2) if n < 5 else (12 + n - 5, 4)
        bits.put(value, width)
        return
    bits.put(15, 4)
    n -= 8
    while n >= 15:
        bits.put(15, 4)
        n -= 15
    bits.put(n, 4)


def lzs(window, data):
    """RFC 1974: data behind a window of what came before."""
    whole, at, bits = window + data, len(window), Bits()
    while at < len(whole):
        best, where = 0, 0
        for back in range(1, min(at, 2047) + 1):
            n = 0
            while at + n < len(whole) and whole[at + n] == whole[at - back + n]:
                n += 1
            if n > best:
                best, where = n, back
        if best < 2:
            bits.put(whole[at], 9)
            at += 1
            continue
        bits.put(3 if where < 128 else 2, 2)
        bits.put(where, 7 if where < 128 else 11)
        put_length(bits, best)
        at += best
    bits.put(0x180, 9)
    return bits.bytes()


def romdir():
    data = TEXT * 2
    chunks = b""
    for at in range(0, len(data), 2048):
        packed = lzs(data[max(0, at - 2048):at], data[at:at + 2048])
        chunks += struct.pack(">HH", len(data[at:at + 2048]), len(packed)) + packed
    spt = struct.pack(">IHHI", 0xceeddbdb, 3, 9, len(chunks)) + chunks
    files = [(b"boot", noise(0x30, 5)), (b"spt.dat", spt), (b"autoexec.net", b"sys errctl 0\n")]
    at, head, body = 6 + 20 * len(files), b"", b""
    for name, content in files:
        head += struct.pack(">14sHHH", name, len(content), len(content), at + len(body))
        body += content
    write("good.romdir", struct.pack(">BBHH", 2, 1, len(files), at + len(body)) + head + body)


def lz4_block(data):
    out = ctypes.create_string_buffer(2 * len(data) + 64)
    size = ctypes.CDLL("liblz4.so.1").LZ4_compress_default(data, out, len(data), len(out))
    return out.raw[:size]


def lzo1x(data):
    out, work, size = ctypes.create_string_buffer(2 * len(data) + 64), ctypes.create_string_buffer(1 << 20), ctypes.c_ulong()
    ctypes.CDLL("liblzo2.so.2").lzo1x_1_compress(data, ctypes.c_ulong(len(data)), out, ctypes.byref(size), work)
    return out.raw[:size.value]


def lz4_blocks(data, step=1000):
    blocks = [lz4_block(data[at:at + step]) for at in range(0, len(data), step)]
    return b"\xaa\x1d\x7f\x50" + b"".join(struct.pack("<I", len(b)) + b for b in blocks)


def pfs(files, order="<", name=32, magic=b"PFS/0.9"):
    table, data = b"", b""
    for i, (path, content) in enumerate(files):
        table += struct.pack(order + "%dsIII" % name, path, i + 1, len(data), len(content))
        data += content
    return magic.ljust(14, b"\0") + struct.pack(order + "H", len(files)) + table + data


def section(head, body):
    body += bytes(-len(body) % 4)
    total = head + body
    return total + struct.pack(">I", ~sum(struct.unpack(">%dI" % (len(total) // 4), total)) & 0xffffffff)


def draytek(packer, modules=b""):
    program, loader = packer(TEXT), noise(0x80, 6)
    code = loader + b"\xa5\xa5\xa5\xa5" + b"\xa5\x5a\xa5\x5a"
    body = noise(0xf8, 7) + code + struct.pack(">I", len(program)) + program
    body += bytes(-len(body) % 4) + modules
    body += bytes(-len(body) % 4)
    files = packer(pfs([(b"index.htm", packer(TEXT)), (b"img\\logo.gif", noise(90, 8))]))
    web = section(struct.pack(">II", 8 + (len(files) + 3) // 4 * 4 + 4, len(files)), files)
    return section(struct.pack(">II", 8 + len(body) + 4, 0x20000000), body) + web


def drayteks():
    modules = pfs([(b"a.dlm", noise(60, 9))], magic=b"DLM/1.0")
    write("good-lz4.draytek", draytek(lz4_blocks, modules))
    write("good-lzo.draytek", draytek(lzo1x))
    write("good-linux.draytek", b"nonce" + struct.pack("<I", 12) + noise(12, 10) + b"enc_Image" + struct.pack("<I", 200) +
          noise(200, 11))
    files = [(b"index.htm", TEXT[:80]), (b"img\\logo.gif", noise(90, 8)), (b"js\\a.js", lz4_blocks(TEXT)),
             (b"b.js", lzo1x(TEXT))]
    write("good.pfs", pfs(files))
    write("good-40-big.pfs", pfs(files, ">", 40))
    write("good-modules.pfs", modules)


def arcadyan():
    """The exchange undone by the format, done here byte for byte."""
    plain = noise(3000, 12) + TEXT
    stream = lzma.compress(plain, lzma.FORMAT_ALONE)
    data = bytearray(struct.pack("<I", 0x1324dead) + stream[:5] + struct.pack("<Q", len(plain)) + stream[13:])
    block = bytes((data[4 + (i ^ 1)] << 4 | data[4 + (i ^ 1)] >> 4) & 255 for i in range(32))
    data[4:36], data[0x68:0x88] = data[0x68:0x88], block
    assert data[0x68:0x6c] == b"\x00\xd5\x08\x00"
    write("good.arcadyan", bytes(data))


def realtek():
    def part(tag, memory, flash, payload):
        if tag[:1] == b"w":
            payload += bytes([-sum(payload) & 255])
        else:
            payload += bytes(len(payload) % 2)
            payload += struct.pack(">H", -sum(struct.unpack(">%dH" % (len(payload) // 2), payload)) & 0xffff)
        return tag + struct.pack(">III", memory, flash, len(payload)) + payload
    write("good-kernel.realtek", part(b"cs6c", 0x80500000, 0x60000, noise(300, 13)))
    write("good-web.realtek", part(b"w6cg", 0x10000, 0x10000, noise(101, 14)))
    write("good-old.realtek", part(b"csys", 0x80500000, 0x30000, noise(80, 33)))
    body = noise(200, 15)
    write("good.rtk", struct.pack("<4sIIIIIII", b"RTK0", 32 + len(body), 0, 0, 28, 0, 0, 7) + body)


def no_end_mark(data):
    """xz-utils' lzma1 writes the mark; 7-Zip's encoder, as raw LZMA1 with a known size, leaves it out."""
    write("plain", data)
    run("7z", "a", "-t7z", "-m0=lzma:d=16:lc=1:lp=2:pb=2", "-mhc=off", "-mx=9", "archive.7z", "plain")
    archive = read("archive.7z")
    packed = struct.unpack_from("<Q", archive, 12)[0]
    return bytes([(2 * 5 + 2) * 9 + 1]) + struct.pack("<I", 1 << 16) + archive[32:32 + packed]


def broadcom():
    image = noise(400, 16)
    crc = zlib.crc32(image) ^ 0xffffffff
    for name, mark in (("good-mark.bcmlzma", True), ("good-length.bcmlzma", False)):
        stream = lzma.compress(noise(2000, 34) + TEXT, lzma.FORMAT_ALONE)
        stream = stream[:5] + stream[13:]
        if not mark:
            stream = no_end_mark(noise(2000, 34) + TEXT)
        write(name, struct.pack(">III", 0x80010000, 0x80010470, len(stream)) + stream)
    write("good-mips.wfi", image + struct.pack(">IIIII", crc, 0x5732, 0x63268, 3, 2))
    write("good-arm.wfi", image + struct.pack("<IIIII", crc, 0x5732, 0x4908, 3, 0))


def sagem_and_technicolor():
    parts = [(0x2008, noise(120, 17)), (0x2007, noise(90, 18)), (0x2000, b"-----BEGIN CERTIFICATE-----\n")]
    slots, data = [], b""
    for kind, content in parts:
        slots.append((kind, 0x2e0 + len(data), len(content)))
        data += content
    table = b"".join(struct.pack(">III4x", *s) for s in reversed(slots)).ljust(256, b"\0")
    head = struct.pack(">8sII4xI8x64s", b"GSDF 10", 0x2e0 + len(data), 0x1000, 1500000000, b"FAST5355") + table
    rest = bytes(32) + data
    hashes = [hashlib.sha256(head).digest(), bytes(32), hashlib.sha256(rest).digest()]
    hashes[1] = hashlib.sha256(b"".join(hashes) + bytes(256)).digest()
    write("good.gsdf", head + b"".join(hashes) + noise(256, 19) + rest)
    fields = b"".join(bytes([tag, len(text)]) + text for tag, text in (
        (8, b"BANT-R"), (1, b"\xbf\xc4\0\x10"), (9, b"SpeedTouch 780"), (10, b""), (0x81, b"\xbf\xc4\0\4")))
    data = b"\xb2MUTE\n" + struct.pack(">I", 300) + noise(300, 20)
    head = b"BLI223QH0".ljust(32, b"\0") + b"\6\2\x11\5" + bytes(4)
    head += struct.pack(">II", 308 + len(fields), len(data)) + noise(4 + 256, 21) + fields
    write("good.bli", head + data)


def minifs():
    chunks = [[(b"web", b"index.htm", TEXT), (b"web", b"logo.gif", noise(70, 22))], [(b"web/js", b"a.js", TEXT[:100])]]
    names, places, table, chunk_table, data = b"", {}, b"", b"", b""
    for number, files in enumerate(chunks):
        plain = b""
        for directory, name, content in files:
            for text in (directory, name):
                if text not in places:
                    places[text] = len(names)
                    names += text + b"\0"
            table += struct.pack(">IIIII", places[directory], places[name], number, len(plain), len(content))
            plain += content
        packed = lzma.compress(plain, lzma.FORMAT_ALONE)
        chunk_table += struct.pack(">III", len(data), len(packed), len(plain))
        data += packed
    head = b"MINIFS".ljust(16, b"\0") + struct.pack(">IIII", 3, 3, struct.unpack_from(">I", chunk_table, 4)[0], len(names))
    write("good.minifs", head + names + table + chunk_table + data)


def npk():
    def part(number, content):
        return struct.pack("<HI", number, len(content)) + content
    head = struct.pack("<16sBBBBI4s7s", b"gps", 4, 102, 48, 6, 1500000000, b"", b"")
    files = b""
    for mode, name, content in ((0o40755, b"boot", b""), (0o100755, b"boot/kernel", noise(200, 24)),
                                (0o120777, b"boot/now", b"kernel"), (0o100644, b"UPGRADED", bytes(32))):
        files += struct.pack("<H6xIIIIIH", mode, 1, 2, 1500000000, 0, len(content), len(name)) + name + content
    write("good.npkfiles", files)
    body = part(25, b"") + part(1, head) + part(16, b"mipsbe") + part(4, zlib.compress(files)) + part(23, noise(40, 25))
    write("good.npk", struct.pack("<4sI", b"\x1e\xf1\xd0\xba", len(body)) + body)


class Pc1:
    """After the published decryptor, the other way round."""
    def __init__(self, key):
        self.pairs = len(key) // 2
        self.key, self.acc, self.y, self.z = key, 0, 0, 0

    def next_key(self):
        state, out = 0, 0
        for i in range(self.pairs):
            high = self.key[2 * i] ^ self.acc
            pair = ((high if high < 0x80 else high - 0x101) << 8) + (self.key[2 * i + 1] ^ self.acc)
            x = state ^ (pair & 0xffffffff)
            before, self.y = self.y, 0x15a * x & 0xffff
            state = 0x4e35 * x + 1 & 0xffff
            self.z = self.y + before + 0x4e35 * (self.z + i) & 0xffff
            out ^= state ^ self.z
        return out >> 8 ^ out & 0xff

    def encrypt(self, data):
        out = bytearray()
        for byte in data:
            out.append(byte ^ self.next_key())
            self.acc ^= byte
        return bytes(out)


def qnap():
    packed = gzip.compress(TEXT, mtime=0) + noise(200, 26)
    for name, key, device, version in (("good-nas.qnap", b"QNAPNASVERSION5", b"QNAPNASVERSION5", b"5.1.0"),
                                       ("good-switch.qnap", b"QSW-M2108", b"QSW-M2108", b"1.2.0")):
        body = Pc1(key).encrypt(packed[:100]) + packed[100:]
        write(name, body + struct.pack("<6sI16s16s16s16s", b"icpnas", 100, device, version, b"20240102", b""))


def moxa():
    files = [(b"index.htm", TEXT[:80]), (b"logo.gif", noise(50, 27))]
    at, table, data = 0x100 + 64 * len(files), b"", b""
    for name, content in files:
        table += struct.pack("<48s8xII", name, len(content), at + len(data))
        data += content
    web = struct.pack("<32sIIIIIIHHIHHII", b"NPort 5110", 1, 1500000000, 0, 0, 0x100, len(table), 64, len(files), len(data),
                      0, 0, 0, 0)
    web = web.ljust(0x100, b"\0") + table + data
    code = noise(100, 28)
    sections = struct.pack("<IIII", 1, 0x60, len(code), 0) + struct.pack("<IIII", 2, 0x60 + len(code), len(web), 0)
    head = struct.pack("<8sIHH48s", b"*FRM\0\0\0\1", 0x60 + len(code) + len(web), 0x60, 2, b"")
    write("good.frm", head + sections + code + web)
    plain = TEXT.ljust((len(TEXT) + 15) // 16 * 16, b"\xff")
    write("plain", plain)
    run("openssl", "enc", "-aes-128-ecb", "-nopad", "-K", b"2887Conn7564".ljust(16, b"\0").hex(), "-in", "plain", "-out", "coded")
    head = struct.pack("<8sIBBB", b"NPW2X50A", 40 + len(TEXT), 0, 0, 1).ljust(40, b"\0")
    write("good.rom", head + read("coded"))


def devices():
    firmware = noise(300, 29)
    body = b"\xff" * 224 + struct.pack("<HHBBII", 0x11, 10, 0, 1, 512, len(firmware))
    body += struct.pack("<HHIIII", 0x12, 16, 1, 0, 300, 0x8000000)
    body = body.ljust(512 - 32, b"\xff") + firmware
    write("good.airoha", hashlib.sha256(body[224:]).digest() + body)
    write("good.bneg", struct.pack("<4sIIII", b"BNEG", 1, 1, 50, 70) + noise(120, 30))
    files = [(b"a.bin", noise(100, 31)), (b"b/c.txt", TEXT[:60])]
    at, table, data = 2048 + 128 * len(files), b"", b""
    for name, content in files:
        table += struct.pack("<116sIII", name, at + len(data), len(content), 0x2387ab76)
        data += content
    write("good.ambarella", struct.pack("<II", len(files), 0x66fc328a).ljust(2048, b"\xff") + table + data)


def ecos_romfs(order, version, pack):
    """Nodes in the order of their numbers: root, a directory, two files, a link; the last name is a second one."""
    def directory(*records):
        out = b""
        for number, name in records:
            size = (8 + len(name) + 1 + 3) // 4 * 4
            out += (struct.pack(order + "II", number, len(out) + size) + name).ljust(size, b"\0")
        return out
    bits = lambda text: sum(1 << (16 + i) for i in range(9) if text[i] != "-")
    packed = lzma.compress(TEXT, lzma.FORMAT_ALONE) if pack else TEXT
    nodes = [(1 | bits("rwxr-xr-x"), directory((0, b"."), (0, b".."), (1, b"www"), (3, b"motd")), 0),
             (1 | bits("rwxr-x---"), directory((1, b"."), (0, b".."), (2, b"index.htm"), (4, b"now"), (3, b"again")), 0),
             (8 | bits("rw-r--r--"), packed, len(TEXT) if pack else 0), (8 | bits("r--------"), b"hello\n", 0),
             (bits("rwxrwxrwx"), b"index.htm", 0)]
    at, table, data = 32 + 32 * len(nodes), b"", b""
    for number, (kind, content, plain) in enumerate(nodes):
        table += struct.pack(order + "IIHHIII", kind, 1, 100 + number, 7, len(content), 1500000000, at + len(data))
        table += struct.pack(order + "I4s", plain, b"%04d" % number) if version == b"9.1" else b"<%6d>" % number
        data += content + bytes(-len(content) % 4)
    magic = struct.pack(order + "I", 0x526f6d2e)
    return magic + struct.pack(order + "III", len(nodes), 0, 0) + (b"ROMFS v" + version).ljust(16, b"\0") + table + data.rstrip(b"\0")


if __name__ == "__main__":
    packed_by_firmware_utils(os.path.abspath(sys.argv[1]))
    zynos()
    romdir()
    drayteks()
    arcadyan()
    realtek()
    broadcom()
    sagem_and_technicolor()
    minifs()
    npk()
    qnap()
    moxa()
    devices()
    write("good-v9.ecosromfs", ecos_romfs("<", b"9.1", True))
    write("good-v1-big.ecosromfs", ecos_romfs(">", b"1.0", False))
    for left in ("kernel", "root", "lzma", "whole.ras", "plain", "coded", "archive.7z"):
        os.unlink(os.path.join(HERE, left))
