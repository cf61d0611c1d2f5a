#!/usr/bin/env python3
"""Makes the samples of vendors' headers in this folder: make.py TOOLS

TOOLS holds mkchkimg, mkdniimg, seama, addpattern, tplink-safeloader, mktplinkfw2, mkfwimage,
zytrx, mkwrgimg and mkwrggimg of OpenWrt's firmware-utils, and its fwtool. Also needs mkimage
(u-boot-tools), objcopy (binutils-multiarch) and openssl. What no packer makes is packed here by the
specification; what is packed is noise of a fixed seed.
"""
import lzma
import os
import random
import struct
import subprocess
import sys
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ["SOURCE_DATE_EPOCH"] = "1500000000"


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def run(*command):
    subprocess.run(command, check=True, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def packed_by_firmware_utils(tools):
    write("kernel", noise(500, 1))
    write("root", noise(301, 2))
    run(tools + "/mkchkimg", "-o", "good.chk", "-k", "kernel", "-f", "root", "-b", "U12H072T00_NETGEAR")
    run(tools + "/mkdniimg", "-B", "WNR2000v5", "-v", "1.0.0.34", "-r", "", "-H", "29764648+4+0", "-i", "kernel",
        "-o", "good.dni")
    run(tools + "/seama", "-i", "kernel", "-m", "dev=/dev/mtdblock/2", "-m", "type=firmware")
    run(tools + "/seama", "-s", "good.seama", "-m", "signature=wrgn49_dlob_dir300b5", "-i", "kernel.seama")
    run(tools + "/addpattern", "-B", "WRT160NL", "-v", "v1.2.3", "-i", "../headers/good-v1.trx", "-o",
        "good.cybertan")
    run(tools + "/tplink-safeloader", "-B", "CPE510", "-k", "kernel", "-r", "root", "-o", "good.safeloader")
    run(tools + "/mktplinkfw2", "-T", "3", "-H", "0x1", "-W", "1", "-F", "4Mmtk", "-L", "0x80000000", "-E",
        "0x80000000", "-k", "kernel", "-r", "root", "-R", "0x400", "-s", "-N", "Acme", "-V", "1.0", "-o",
        "good.tplink3")
    run(tools + "/mkfwimage", "-B", "XM", "-v", "XM.ar7240.v5.5.0-Acme", "-k", "kernel", "-r", "root", "-o",
        "good.ubnt")
    run(tools + "/zytrx", "-B", "NR7101", "-v", "1.00(ABUV.0)D0", "-i", "kernel", "-o", "good.zytrx")
    run(tools + "/mkwrgimg", "-d", "/dev/mtdblock/1", "-i", "kernel", "-s", "wrgn49", "-o", "good.wrg")
    run(tools + "/mkwrggimg", "-b", "-d", "/dev/mtdblock/1", "-i", "kernel", "-m", "DAP-2695", "-s",
        "wapac02_dkbs_dap2695", "-v", "1.0", "-B", "1", "-o", "good.wrgg")
    write("json", b'{  "metadata_version": "1.1", "compat_version": "1.0", "supported_devices":["acme,ar7"] }')
    write("usign", b"untrusted comment: signed by key\nRWQ\n")
    write("good.fwtool", b"")
    run(tools + "/fwtool", "-I", "json", "good.fwtool")
    run(tools + "/fwtool", "-S", "usign", "good.fwtool")


def packed_by_others():
    write("kwb.cfg", b"VERSION 0\nBOOT_FROM nand\nNAND_ECC_MODE default\nNAND_PAGE_SIZE 0x0800\n"
          b"DATA 0xffd100e0 0x1b1b1b9b\nDATA 0x0 0x0\n")
    run("mkimage", "-n", "kwb.cfg", "-T", "kwbimage", "-a", "0x600000", "-e", "0x600000", "-d", "kernel", "good.kwb")
    run("objcopy", "-I", "binary", "-O", "ihex", "--change-addresses", "0x10000", "kernel", "good.hex")
    run("objcopy", "-I", "binary", "-O", "srec", "--change-addresses", "0x80010000", "kernel", "good.srec")
    write("env", b"bootcmd=bootm 0x9f020000\nbootargs=console=ttyS0 root=/dev/mtdblock2\nipaddr=192.168.1.1\n")
    run("mkenvimage", "-s", "0x400", "-o", "good.env", "env")
    run("mkenvimage", "-b", "-r", "-s", "0x800", "-o", "good-redundant.env", "env")
    write("manifest", b"[update]\ncompatible=Acme\nversion=1\n")
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key",
        "-out", "cert", "-days", "3650", "-subj", "/CN=Acme")
    run("openssl", "cms", "-sign", "-in", "manifest", "-signer", "cert", "-inkey", "key", "-outform", "DER",
        "-nodetach", "-binary", "-out", "sig")
    with open(os.path.join(HERE, "sig"), "rb") as f:
        signature = f.read()
    write("good.cms", signature + struct.pack(">Q", len(signature)))


def split_hex():
    """A program, a short gap, and fuses far behind it."""
    def line(kind, address, data):
        body = bytes([len(data)]) + struct.pack(">H", address) + bytes([kind]) + data
        return ":%s%02X\r\n" % (body.hex().upper(), -sum(body) & 255)
    write("odd-split.hex", "".join([
        line(4, 0, b"\0\0"), line(0, 0x0, noise(16, 5)), line(0, 0x20, noise(16, 6)), line(4, 0, b"\x10\x00"),
        line(0, 0x1000, noise(4, 7)), line(5, 0, b"\0\0\0\xc1"), line(1, 0, b"")]).encode())


def by_specification():
    part = noise(200, 8)
    write("good.packimg", b"--PaCkImGs--" + bytes(4) + struct.pack(">I", 200) + bytes(12) + part)
    files = [(b"index.htm", lzma.compress(b"<html>hello</html>\n" * 9, lzma.FORMAT_ALONE)), (b"a.js", b"alert(1);\n")]
    table, body, at = b"", b"", 44 + 48 * len(files)
    for name, data in files:
        table += struct.pack(">40sII", name, len(data), at + len(body))
        body += data + bytes(-len(data) % 4)
    memfs = b"ow" * 16 + struct.pack(">III", 1, len(files), 0) + table + body[:at + len(body)].rstrip(b"\0")
    write("good.memfs", memfs)
    def img0(*parts):
        head, at, data = b"", 0x80, b""
        for p in parts:
            head += struct.pack(">II", at + len(data), len(p))
            data += p
        return (b"IMG0" + struct.pack(">II", at + len(data), 0x07021101)).ljust(0x40, b"\0") + head.ljust(0x40, b"\0") + data
    inner = img0(noise(100, 9), memfs)
    write("good.img0", struct.pack(">I", 0x142fc0) + noise(16, 10) + img0(noise(64, 11) + inner))
    text = noise(100, 12)
    ota = struct.pack("<IHHHHHIH32sI", 0x0beef11e, 0x100, 56, 0, 0x117c, 0x11c2, 0x23028631, 2, b"EBL acme",
                      56 + 6 + 100 + 6 + 10) + struct.pack("<HI", 0, 100) + text + struct.pack("<HI", 1, 10) + noise(10, 13)
    write("good.ota", ota)
    for chip, name in ((None, "good-8266.esp"), (0, "good-32.esp")):
        import hashlib
        data = [(0x40100000, noise(64, 14)), (0x3ffe8000, noise(36, 15))]
        out = struct.pack("<BBBBI", 0xe9, 2, 2, 0x20, 0x40100004)
        if chip is not None:
            out += struct.pack("<B3xHB8xB", 0xee, chip, 0, 1)
        total = 0xef
        for address, d in data:
            out += struct.pack("<II", address, len(d)) + d
            for b in d:
                total ^= b
        out += bytes(15 - len(out) % 16) + bytes([total])
        write(name, out + (hashlib.sha256(out).digest() if chip is not None else b""))


def image_tag():
    """As imagetag writes it, whose own images are padded to 64 KiB."""
    body = noise(300, 19)
    crc = struct.pack(">I", zlib.crc32(body) ^ 0xffffffff)
    tag = struct.pack("<4s20s14s6s16s2s10s", b"6", b"Broadcom Corporatio", b"ver. 2.0", b"6328", b"96328avng", b"1",
                      b"300").ljust(216, b"\0") + crc + bytes(16)
    write("good.bcmtag", tag + struct.pack(">I", zlib.crc32(tag) ^ 0xffffffff) + bytes(16) + body)


if __name__ == "__main__":
    packed_by_firmware_utils(os.path.abspath(sys.argv[1]))
    packed_by_others()
    split_hex()
    by_specification()
    image_tag()
    for left in ("kernel", "root", "kernel.seama", "json", "usign", "env", "kwb.cfg", "manifest", "key", "cert", "sig"):
        os.unlink(os.path.join(HERE, left))
