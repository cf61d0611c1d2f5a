#!/usr/bin/env python3
"""Makes the samples of broadband vendors' headers in this folder: make.py TOOLS

TOOLS holds the packers of OpenWrt's firmware-utils. Also needs openssl and cksum. What no packer
makes is packed here by its description. What is packed is ../headers/good-kernel.uimage, or noise
of a fixed seed.
"""
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
UIMAGE = os.path.join(HERE, "../headers/good-kernel.uimage")
os.environ["SOURCE_DATE_EPOCH"] = "1500000000"


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def read(name):
    with open(os.path.join(HERE, name), "rb") as f:
        return f.read()


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def run(*command, data=None):
    return subprocess.run(command, check=True, cwd=HERE, input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL).stdout


def linksys(tools):
    run(tools + "/linksys-addfwhdr", "-i", "kernel", "-o", "good.chdr")
    body = read("kernel")
    cksum = int(run("cksum", data=body).split()[0])
    write("good.linksys", (".LINKSYS.01000409%-15s%08X%-8s%-16s" % ("MX4200", cksum, "0", "K0000000F0246434")).encode()
          + bytes(192))
    head = struct.pack(">IIII8sIBBBB", 0x07800001, 0, 1500000000, len(body), b"belkin",
                       0xffffffff - zlib.crc32(body, 0xffffffff), 1, 1, 2, 2) + b"IMG-1.01.02.02\0"
    head = head.ljust(64, b"\0")
    write("good.belkin", head[:4] + struct.pack(">I", 0xffffffff - zlib.crc32(head, 0xffffffff)) + head[8:] + body)


def asus(tools):
    tag = bytes(4) + struct.pack("<IIII", 0x5732, 0x4908, 3, 2)
    image = noise(200, 3) + b"\xff" * 64
    image += struct.pack("<I", zlib.crc32(image) ^ 0xffffffff) + tag[4:]
    write("image", image)
    run(tools + "/bcm4908asus", "create", "-i", "image", "-o", "made", "-p", "GT-AC5300", "-f", "3.0.0.4", "-b", "384",
        "-e", "21140")
    write("good.asuswfi", read("made")[200:])
    write("good.wfi", read("made")[264:])


def sercomm(tools):
    for name, flags in (("good.sercomm", []), ("footed", ["-f"])):
        write(name, read("kernel"))
        run(tools + "/mksercommfw", *flags, "-b", "A001", "-r", "1", "-v", "0x0101", "-i", name)
    write("good-footer.sercomm", read("footed")[500:])
    def part(name, data):
        return struct.pack("32s32s32s32s32s", name, str(len(data)).encode(), b"1001", b"", b"") + data
    parts = part(b"kernel", noise(120, 4)) + part(b"rootfs", noise(99, 5))
    write("good.sercommpart", part(b"kernel", noise(120, 4)))
    inner = gzip.compress(parts, mtime=0)
    pid = b"00010000" + b"CPJ".hex().upper().encode()
    pid = pid.ljust(100, b"0") + b"1001" + b"0" * 8
    payload = pid + b"\n" + bytes(15) + hashlib.sha256(inner).digest() + inner
    write("good.sercommpayload", payload)
    fields = [f.ljust(32, b"\0") for f in (b"", b"1001", b"", b"", str(len(payload)).encode())]
    key = hashlib.md5(fields[3] + fields[1]).digest() + hashlib.md5(fields[4] + fields[1]).digest()
    write("good.sercommenc", b"".join(fields) + run("openssl", "enc", "-aes-256-cbc", "-K", key.hex(), "-iv", "0" * 32,
                                                    data=payload))
    def kernel_header(kernel, at, root):
        head = bytearray(b"\xff" * 256)
        for offset, value in ((12, 0xffffff02), (16, at), (20, len(kernel)), (24, zlib.crc32(kernel)), (28, 0), (40, root),
                              (44, 4), (48, zlib.crc32(b"UBI#")), (52, 0), (4, at + len(kernel))):
            struct.pack_into("<I", head, offset, value)
        struct.pack_into("<I", head, 8, zlib.crc32(bytes(head)))
        struct.pack_into("<I", head, 0, 0x726553)
        return bytes(head)
    kernel, root = noise(300, 6), noise(200, 7)
    write("good.sercommkernel", kernel_header(kernel, 0x400100, 0x1000000) + kernel)
    body = kernel + root
    front = (pid + str(len(kernel)).encode().ljust(16, b"\0") + str(len(root)).encode()).ljust(480, b"\0")
    front += hashlib.md5(body).hexdigest().encode()
    write("good.sercommfactory", front + kernel_header(kernel, 0x400100, 0x1000000) +
          kernel_header(kernel, 0xa00100, 0x3000000) + body)


def buffalo(tools):
    for name, flags in (("good.buffaloenc", []), ("good-long.buffaloenc", ["-l"])):
        run(tools + "/buffalo-enc", *flags, "-p", "WZR-HP-AG300H", "-v", "1.99", "-i", UIMAGE, "-o", name)
    common = ["-a", "ath", "-b", "BUFFALO", "-p", "WZR-HP-AG300H", "-v", "1.99", "-m", "1.01", "-l", "mlang8", "-r", "M_"]
    run(tools + "/buffalo-tag", *common, "-w", "3", "-f", "1", "-i", "kernel", "-o", "good.buffalotag")
    run(tools + "/buffalo-tag", *common, "-i", "kernel", "-i", "root", "-o", "good-two.buffalotag")
    run(tools + "/buffalo-tag", *common, "-d", "0x01000000", "-w", "1", "-I", "kernel", "-o", "good-dhp.buffalotag")
    run(tools + "/mkdhpimg", "kernel", "good.bgn")


def edimax(tools):
    run(tools + "/edimax_fw_header", "-m", "BR-6475ND", "-v", "1.0", "-n", "linux", "-s", "0x70000", "-e", "0x3c0000",
        "-i", "kernel", "-o", "good.edimax")
    for name, flags, source in (("good.csys", [], "kernel"), ("good-big.csys", ["-b"], "root")):
        run(tools + "/mkedimaximg", *flags, "-s", "CSYS", "-m", "RN52", "-f", "0x70000", "-S", "0x1c00000", "-i", source,
            "-o", name)
    run(tools + "/mkcsysimg", "-B", "BR-6104K", "-r", "kernel::0x40", "good.csysadm")


def avm(tools):
    plain = read(UIMAGE) * 3
    write("plain.eva", plain)
    write("packed", lzma.compress(plain, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 23}]))
    packed = read("packed")
    write("packed", packed[:5] + struct.pack("<Q", len(plain)) + packed[13:])
    run(tools + "/lzma2eva", "0x94000000", "0x945001d0", "packed", "good.eva")
    first = read("good.eva")
    second = b"\x07\xb0\xed\xfe" + first[4:]
    records = first + bytes(-len(first) % 4) + second
    write("good.evadual", b"\x12\x91\xed\xfe" + struct.pack("<II", len(records), 0x94000000) + records +
          struct.pack("<III", 0, 0, 0x94000000))
    run(tools + "/mktitanimg", "-o", "nsp", "-i", "kernel", "root", "-a", "0x100", "0x100", "-h", "2", "-p", "0x4C575943")
    nsp = read("nsp")
    head = bytearray(nsp[:0x110])  # with the padding taken out
    struct.pack_into("<I", head, 32, 0x110 + 801)
    struct.pack_into("<I", head, 0xc0, 0x110)
    struct.pack_into("<I", head, 0xe8, 0x110 + 500)
    write("good.titan", bytes(head) + read("kernel") + read("root"))
    write("good.ticksum", nsp[-8:])


if __name__ == "__main__":
    path = os.path.abspath(sys.argv[1])
    write("kernel", noise(500, 1))
    write("root", noise(301, 2))
    linksys(path)
    asus(path)
    sercomm(path)
    buffalo(path)
    edimax(path)
    avm(path)
    for left in ("kernel", "root", "image", "made", "footed", "packed", "nsp", "nsp.non_web"):
        if os.path.exists(os.path.join(HERE, left)):
            os.unlink(os.path.join(HERE, left))
