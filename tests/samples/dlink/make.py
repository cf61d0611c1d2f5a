#!/usr/bin/env python3
"""Makes the samples of D-Link's headers in this folder: make.py TOOLS

TOOLS holds mkdlinkfw and dlink-sge-image of OpenWrt's firmware-utils. Also needs openssl. What
is packed is ../headers/good-kernel.uimage, or noise of a fixed seed.
"""
import gzip
import hashlib
import hmac
import os
import random
import struct
import subprocess
import sys

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


def encrypt(data, key, iv, padded=False):
    return run("openssl", "enc", "-aes-%d-cbc" % (len(key) * 8), "-K", key.hex(), "-iv", iv.hex(),
               *([] if padded else ["-nopad"]), data=data)


def packed_by_firmware_utils(tools):
    run(tools + "/dlink-sge-image", "DIR-882", UIMAGE, "good.shrs")
    run(tools + "/dlink-sge-image", "DIR-X3260", UIMAGE, "good-x3260.shrs")
    write("kernel", noise(300, 1))
    write("root", noise(201, 2))
    run(tools + "/mkdlinkfw", "-k", "kernel", "-r", "root", "-s", "0x10000", "-o", "image")
    run(tools + "/mkdlinkfw", "-F", "image", "-m", "DLK6E3803001", "-f", "0x6E38", "-s", "0x10000", "-o",
        "good.jboot")
    write("good.stag", read("good.jboot")[80:80 + 16 + 40 + 300])
    write("good.sch2", read("good.jboot")[96:96 + 40 + 300])


def mh01_header(first, second):
    head = b"MH01" + struct.pack("<II", first, second) + b"\x2b\x1a"
    xor = 0
    for b in head:
        xor ^= b
    return head + bytes([sum(head) & 255, xor])


def mh01(password):
    plain = mh01_header(len(read(UIMAGE)), 256) + read(UIMAGE) + noise(256, 3)
    iv = noise(16, 4)
    packed = run("openssl", "enc", "-aes-128-cbc", "-md", "sha256", "-S", noise(8, 5).hex(), "-iv", iv.hex(), "-pass",
                 "pass:" + password, data=plain)
    packed = b"Salted__" + noise(8, 5) + packed
    inner = mh01_header(0x121, len(packed)) + iv.hex().encode() + b"\n" + packed
    write("good-plain.mh01", plain)
    write("good.mh01", mh01_header(len(inner), 256) + inner + noise(256, 6))


def jboot_sum(data):
    total = 0
    for i in range(0, len(data) - 1, 2):
        total += struct.unpack_from("<H", data, i)[0]
        total = (total & 0xffff) + (total >> 16)
    if len(data) % 2:
        total += data[-1] - 0xff
    return (total & 0xffff) + (total >> 16)


def jboot_header(data, block):
    head = b"DLK6E6010001" + struct.pack("<HHI", 0, jboot_sum(data), block) + bytes(6) + b"\1\0"
    head += struct.pack("<5I", 1, 2, 3, 4, len(data)) + bytes(16) + b"BH\x02\0\0\0\x04\x04" + bytes(4)
    head += struct.pack("<H", 0x6e60)
    return head + struct.pack("<H", ~jboot_sum(head) & 0xffff)


def dlke(password):
    plain, pieces = read(UIMAGE), b""
    for at in range(0, len(plain), 256):
        iv = noise(16, 7 + at)
        pieces += iv + encrypt(plain[at:at + 256], password.encode(), iv, True)
    signature = noise(256, 8)
    write("good.dlke", jboot_header(signature, 0) + signature + jboot_header(pieces, 256) + pieces)


def encrpted():
    plain = read(UIMAGE)[:560]
    write("good-plain.encrpted", plain)
    packed = encrypt(plain, b"he9-4+M!)d6=m~we1,q2a3d1n&2*Z^%8", b"J%1iQl8$=lm-;8AE")
    write("good.encrpted", b"encrpted_img" + struct.pack(">I", len(packed)) + packed)


def tlv():
    head = b"\x64\x80\x19\x40" + b"DAP-1620".ljust(32, b"\0") + b"wapac28".ljust(40, b"\0")
    md5 = hashlib.md5(read(UIMAGE)).hexdigest().encode()
    write("good.tlv", head + md5 + struct.pack("<II", 1, 564) + read(UIMAGE))
    password = hmac.new(b"wapac28", b"DAP-1620", "sha1").hexdigest()
    packed = b"Salted__" + noise(8, 10) + run("openssl", "enc", "-aes-256-cbc", "-md", "md5", "-S", noise(8, 10).hex(),
                                              "-pass", "pass:" + password, data=read(UIMAGE))
    write("good-encrypted.tlv", head + md5 + struct.pack("<II", 1, len(packed)) + packed)


def mangled(signature, text):
    return bytes(c ^ (i + 1) % 0xfc ^ signature[i % len(signature)] for i, c in enumerate(text))


def alpha():
    body = read(UIMAGE)
    signature = b"wrgac25_dlink.2013gui_dir850l"
    meta = (b"signature=" + signature + b"\0").ljust(40, b"\0")
    dev = b"dev=/dev/mtdblock/1\0type=firmware\0".ljust(48, b"\0")
    plain = struct.pack(">IHHI", 0x5ea3a417, 0, len(meta), 0) + meta
    plain += struct.pack(">IHHI", 0x5ea3a417, 0, len(dev), len(body)) + hashlib.md5(body).digest() + dev + body
    plain += bytes(-len(plain) % 16)
    write("good-plain.alpha", plain)
    write("good.alpha", encrypt(plain, mangled(signature, b"qQehHMEmEPQ5izL+cabn8bNHZXHjkp6W"),
                                mangled(signature, b"Mmb+IKQgnO8OuF4b")))
    signature = b"wapac02_dkbs_dap2695"
    head = signature.ljust(32, b"\0") + b"\x21\x03\x08\x20" * 2 + b"1.0".ljust(16, b"\0") + b"DAP-2695".ljust(16, b"\0")
    head += bytes(16) + b"1".ljust(16, b"\0") + struct.pack("<II", 560, 0) + b"/dev/mtdblock/1".ljust(32, b"\0")
    write("good.alphawrgg", head + bytes(16) + encrypt(body[:560], mangled(signature, b"oVhq0hvXHdfaGFLdubM4/QvuVHdKee7v"),
                                                       mangled(signature, b"0BO5nlYankuVBe4s")))


def archives():
    def record(kind, name, data=None):
        head = bytes([kind]) + struct.pack("<H", len(name)) + name
        return head if data is None else head + struct.pack("<I", len(data)) + data
    write("good.deafbead", b"\xde\xaf\xbe\xad" + record(0x86, b"html") +
          record(0x87, b"html\\index.htm", gzip.compress(b"<html>hello</html>\n" * 9, mtime=0)) +
          record(0x87, b"a.js", gzip.compress(b"alert(1);\n", mtime=0)))
    def member(kind, name, data):
        return struct.pack(">IHHI16s", 28, kind, 0, len(data), name) + data
    files = member(0x100, b"image.bin", noise(200, 11)) + member(0x102, b"checksum", noise(20, 12))
    write("good.cpkg", b"CPKG\1\0\0\0" + struct.pack(">I", 12) + files)
    write("good.fpkg", b"FPKG\1\0\0\0" + struct.pack(">III", 28, 1, 8) + b"DFL-260\0" + files)


def openssl_enc():
    plain = b"\xd0\x0d\xfe\xed" + noise(400, 13)
    write("good-plain.enc", plain)
    write("good.enc", b"Salted__" + noise(8, 14) +
          run("openssl", "enc", "-aes-256-cbc", "-md", "sha256", "-S", noise(8, 14).hex(), "-pass",
              "pass:BE81AE1B6F523AC7164C4FD67B6BD8FD", data=plain))


if __name__ == "__main__":
    packed_by_firmware_utils(os.path.abspath(sys.argv[1]))
    mh01("1bfb1004e29f9eb76dbe26eb0dd87cd1")
    dlke("05c79b73cf88619d7b9725505cfd718f")
    encrpted()
    tlv()
    alpha()
    archives()
    openssl_enc()
    for left in ("kernel", "root", "image"):
        os.unlink(os.path.join(HERE, left))
