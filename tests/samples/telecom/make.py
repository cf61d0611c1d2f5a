#!/usr/bin/env python3
"""Makes the samples in this folder: make.py HUAWEI ZTE QTESTSIGN CISCO

HUAWEI is a folder with hw_fmw of 0xuserpag3/HuaweiFirmwareTool, ZTE a copy of
mkst/zte-config-utility (which needs python3-pycryptodome), QTESTSIGN one of msm8916-mainline/qtestsign, CISCO holds
elf2mzip of bvanheu/linux-cisco and cffs of spevans/ciscoflash, made to take a file for a device, and nvram_make, which
writes two configurations with dynamips' common/fs_nvram.c. Also
needs create_compressed_fs (cloop-utils) and zstd. What no packer makes is packed here by
the description that each format's source names; what is packed is noise of a fixed seed.
"""
import io
import lzma
import os
import random
import struct
import subprocess
import sys
import zipfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))


def noise(size, seed):
    return random.Random(seed).randbytes(size)


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def crc16_x25(data):
    """Bit by bit, as the definition says."""
    crc = 0xffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xffff


def huawei_record(code, text, data, block):
    sums = b"".join(struct.pack("<H", crc16_x25(data[i:i + block])) for i in range(0, len(data), block))
    head = struct.pack("<4sII8sII16s16s32sHI", b"\x55\xaa\x5a\xa5", 98 + len(sums), 1, b"HW7x27\xff\xff", code,
                       len(data), b"2015.06.12", b"10.11.12", text, 0, block)
    head = head[:92] + struct.pack("<H", crc16_x25(head)) + head[94:]
    record = head + sums + data
    return record + bytes(-len(record) % 4)


def huawei_app():
    write("good.app", bytes(92) + (huawei_record(0xfe000000, b"SHA256RSA", noise(256, 1), 4096) +
                                   huawei_record(0x01000000, b"BOOT", noise(5001, 2), 4096) +
                                   huawei_record(0x02000000, b"CUST-V1", zlib.compress(b"cust" * 500), 512)
                                   ).rstrip(b"\0"))
    version = b":V7R2:21.180.01.00.00"
    write("good-modem.app", struct.pack("<I", 7) + bytes(88) + huawei_record(0x10000, version, noise(100, 3), 1024) +
          huawei_record(0x30000, version, noise(2000, 4), 1024) + huawei_record(0x123456, version, noise(4, 5), 1024))


def hwnp(tool):
    items = os.path.join(HERE, "items")
    os.makedirs(items + "/var")
    with open(items + "/item_list.txt", "w") as f:
        f.write("0x504e5748\n256 120|130|140|141|\n"
                "+ 0 flash:flash_config FLASH_CONFIG NULL 0\n+ 1 file:/var/UpgradeCheck.xml UPGRDCHECK V300R013C10 0\n"
                "+ 2 file:/var/signinfo SIGNINFO NULL 0\n")
    for i, name in enumerate(("flash_config", "var/UpgradeCheck.xml", "var/signinfo")):
        with open(os.path.join(items, name), "wb") as f:
            f.write(noise(200 + 50 * i, 6 + i))
    subprocess.run([tool + "/hw_fmw", "-d", items, "-p", "-o", os.path.join(HERE, "good.hwnp")], check=True,
                   stdout=subprocess.DEVNULL)
    subprocess.run(["rm", "-r", items], check=True)


def balong():
    first, second = noise(60, 10), noise(200, 11)
    write("good.usbloader", struct.pack("<I32x", 0x20000) + struct.pack("<4I", 1, 60, 0x2ffe4000, 84) +
          struct.pack("<4I", 2, 200, 0x30004000, 144) + bytes(16) + first + second)
    table = b"pTableHead".ljust(15, b"\0") + b"\x80" + b"BOOTROM_V01.02\0\0" + b"H6920CS_STICK\0\0\0"
    for i, name in enumerate((b"BootLoad", b"BootRom", b"/yaffs0")):
        table += struct.pack("<16s8I", name, i * 0x20000, 0, 0x20000, 0x30004000, 0x30004000, 0, i, 1)
    table += b"T".ljust(48, b"\0")
    write("good.ptable", table.ljust(48 + 41 * 48 + 32, b"\0"))


def zte(folder):
    sys.path.insert(0, folder)
    import zcu
    from zcu import compression, zte as header
    from zcu.xcryptors import Xcryptor
    text = ("<DB>\n" + "".join('<Row No="%d"/>\n' % i for i in range(400)) + "</DB>\n").encode()
    packed = compression.compress(io.BytesIO(text), 4096)
    write("good.zteconfig", header.add_header(packed, b"ZXHN H298A", 0x10000, include_header=True).read())
    packed.seek(0)
    crypted = Xcryptor(b"MIK@0STzKpB%qJZe").encrypt(packed)
    write("good-aes.zteconfig", header.add_header(crypted, b"ZXHN H118N E", 0x20000, include_header=True,
                                                  little_endian=True).read())


def elf(segments):
    table, body, at = b"", b"", 0x100
    for address, data in segments:
        table += struct.pack("<8I", 1, at, address, address, len(data), len(data) + 16, 5, 16)
        data += bytes(-len(data) % 16)
        body += data
        at += len(data)
    head = b"\x7fELF\1\1\1".ljust(16, b"\0")
    head += struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, segments[0][0], 52, 0, 0x5000202, 52, 32, len(segments), 0, 0, 0)
    return (head + table).ljust(0x100, b"\0") + body


def qualcomm(folder):
    write("in.elf", elf([(0x86400000, noise(300, 20)), (0x86410000, b"hello world" * 30)]))
    for version, name in (("3", "good-v3.elf"), ("6", "good-v6.elf"), ("7", "good-v7.elf")):
        subprocess.run([sys.executable, folder + "/qtestsign.py", "-v" + version, "aboot", os.path.join(HERE, "in.elf"),
                        "-o", os.path.join(HERE, name)], check=True, stdout=subprocess.DEVNULL)
    os.unlink(os.path.join(HERE, "in.elf"))
    with open(os.path.join(HERE, "good-v3.elf"), "rb") as f:
        whole = f.read()
    head, (at, length) = struct.unpack_from("<I", whole, 52 + 16)[0], struct.unpack_from("<I8xI", whole, 84 + 4)
    write("good.mdt", whole[:head] + whole[at:at + length])
    code = noise(400, 21)
    write("good.mbn", struct.pack("<10I", 5, 3, 0, 0x8f600000, 464, 400, 0x8f600190, 64, 0x8f6001d0, 0) + code +
          noise(64, 22))
    write("good.sbl", struct.pack("<13I", 0x844bdcd1, 0x73d71034, 21, 0xffffffff, 0xffffffff, 80, 0x8f600000, 496, 400,
                                  0x8f600190, 64, 0x8f6001d0, 32).ljust(80, b"\0") + code + noise(96, 23))


def boot_loaders():
    first, second = noise(100, 24), noise(55, 25)
    write("good.bootldr", struct.pack("<8sIII64sI64sI", b"BOOTLDR!", 2, 512, 155, b"sbl1", 100, b"aboot", 55
                                      ).ljust(512, b"\0") + first + second)
    write("good-asus.bootldr", b"BOOTLDR!" + struct.pack("<HHI", 2, 0, 0) + struct.pack("<8sIB3x", b"IFWI!!!!", 100, 1) +
          first + struct.pack("<8sIB3x", b"DROIDBT!", 55, 1) + second)
    write("good-huawei.bootldr", struct.pack("<IHH64sHH", 0xce1ad63c, 1, 0, b"angler-03.84", 76, 160) +
          struct.pack("<72sII72sII", b"sbl1", 256, 100, b"aboot", 512, 55).ljust(180, b"\0") + first + bytes(156) +
          second)


def vxworks(order, record, load, banner):
    """Code, names, a table of symbols of so many bytes a record, and something behind it."""
    names, at = b"\0\0\0\0", {}
    for i in range(120):
        at[i] = len(names)
        names += b"function%d" % (i * 7919 % 1000) + b"\0" * (1 + i % 3)
    names += b"\0" * (-len(names) % 4)
    code = noise(300, 30) + b"\0" + banner
    code += b"\0" * (-len(code) % 4)
    table = b""
    for i in range(120):
        table += struct.pack(order + "III", 0, load + len(code) + at[i], load + i * 16)
        table += bytes(record - 16) + bytes([0, 0, (5, 7 if record == 16 else 9)[i % 4 == 3], 0])
    return code + names + table + noise(64, 31)


def vxworks_images():
    write("good-5.vxworks", vxworks(">", 16, 0x80010000, b"VxWorks5.5.1\0\0WIND version 2.6\0"))
    write("good-6.vxworks", vxworks("<", 20, 0xf2003fe4, b"VxWorks\0VxWorks 6.7\0WIND version 2.12\0"))
    write("good-bare.vxworks", noise(500, 32) + b"\0VxWorks\0WIND version 2.5\0")


def run(*command):
    subprocess.run(command, check=True, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def mkuzip(kind, pack):
    """As mkuzip of FreeBSD lays it out; the third block is of zeros."""
    plain = b"juniper " * 512, noise(700, 40).ljust(4096, b"j"), bytes(4096), b"end".ljust(4096, b"e")
    packed = [b"" if not block.strip(b"\0") else pack(block) for block in plain]
    at, table = 136 + 8 * 5, b""
    for block in packed + [b""]:
        table += struct.pack(">Q", at)
        at += len(block)
    return (b"#!/bin/sh\n#" + kind + b"\nm=geom_uzip\n").ljust(128, b"\0") + struct.pack(
        ">II", 4096, 4) + table + b"".join(packed)


def compressed_disks():
    write("in.img", (b"cloop " * 700 + noise(900, 41) + bytes(9000)).ljust(16384, b"\0"))
    run("create_compressed_fs", "-B", "4096", "in.img", "good.cloop")
    os.unlink(os.path.join(HERE, "in.img"))
    write("good-xz.uzip", mkuzip(b"L3.0", lambda b: lzma.compress(b, check=lzma.CHECK_CRC32)))
    write("good-zstd.uzip", mkuzip(b"Z4.0", lambda b: subprocess.run(["zstd", "-c"], input=b, check=True,
                                                                     capture_output=True).stdout))


def words(data):
    total = 0
    for at in range(0, len(data) // 4 * 4, 4):
        total += struct.unpack_from(">I", data, at)[0]
        total = (total & 0xffffffff) + (total >> 32)
    return total


def ios():
    plain, out = b"IOS (tm) image " * 40, io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(zipfile.ZipInfo("C2600-I-.BIN"), plain)
    packed = out.getvalue()
    texts = b"CW_BEGIN=$$\0CW_FAMILY=$C2600$\0CW_FEATURE=$IP$\0CW_IMAGE=$C2600-I-M$\0CW_VERSION=$12.3(26),$\0CW_END=$-$\0"
    parts = [noise(200, 42), texts.ljust(128, b"\0"), b"\xfa\xde\xfa\xd1" + noise(16, 43),
             b"\xfe\xed\xfa\xce" + struct.pack(">IIII", len(plain), len(packed), words(packed), words(plain)) + packed]
    at = 52 + 32 + 40 * (len(parts) + 1)
    total = at + sum(map(len, parts))
    out = b"\x7fELF\1\2\1".ljust(16, b"\0") + struct.pack(
        ">HHIIIIIHHHHHH", 2, 20, 1, 0x80008000, 52, 84, 0, 52, 32, 1, 40, len(parts) + 1, 0)
    out += struct.pack(">8I", 1, at, 0x80008000, 0x80008000, total - at, total, 7, 4) + bytes(40)
    for part in parts:
        out += struct.pack(">10I", 0, 1, 6, 0x80008000, at, len(part), 0, 0, 4, 0)
        at += len(part)
    write("good.ios", out + b"".join(parts))


def nvram(tools):
    """A file of two sectors, the second one in front, is added; then the sum is made anew."""
    run(tools + "/nvram_make", "good.nvram")
    with open(os.path.join(HERE, "good.nvram"), "rb") as f:
        memory = bytearray(f.read())
    file = noise(1200, 45)
    memory[1024:2048] = struct.pack(">4H24s", 0xdcba, 0, 2, 208, b"") + file[992:].ljust(992, b"\0")
    memory[2048:3072] = struct.pack(">4H24s", 0xdcba, 1, 1, 992, b"ifIndex-table") + file[:992]
    memory[12:14] = bytes(2)
    total = sum(struct.unpack(">2044H", memory[8:]))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    memory[12:14] = struct.pack(">H", total ^ 0xffff)
    write("good.nvram", memory)


def cisco(tools):
    ios()
    data = b"packed image of a switch " * 20
    write("in.elf", b"\x7fELF\1\2\1".ljust(16, b"\0") + struct.pack(
        ">HHIIIIIHHHHHH8I", 2, 20, 1, 0x3100, 52, 0, 0, 52, 32, 1, 0, 0, 0,
        1, 84, 0x3000, 0x3000, len(data), len(data), 5, 4) + data)
    run(tools + "/mziptools/elf2mzip", "in.elf", "good.mzip")
    write("startup-config", b"hostname r1\nenable secret x\n")
    write("c2600.bin", noise(301, 44))
    write("good.ciscoflash", b"\xff" * 700)
    run(tools + "/tools/cffs", "good.ciscoflash", "-p", "startup-config", "c2600.bin")
    run(tools + "/tools/cffs", "good.ciscoflash", "-d", "startup-config")
    with open(os.path.join(HERE, "good.ciscoflash"), "rb") as f:
        flash = bytearray(f.read())
    for at in (12, 92 + 12):
        flash[at:at + 4] = struct.pack(">I", 1612325106)
    write("good.ciscoflash", flash)
    write("good-a.ciscoflash", b"".join(
        struct.pack(">II64s8I24x", 0x07158805, n, name, len(data), 0, 0, 1, 1612325106, 0, 0xfffffff8, flag) + data
        for n, name, data, flag in ((1, b"running", b"end\n", 0xffffffff), (2, b"old", b"old\n", 0xfffeffff))))
    nvram(tools)
    for left in ("in.elf", "startup-config", "c2600.bin"):
        os.unlink(os.path.join(HERE, left))


def ecos(order, with_nop):
    """The stub of vectors.S behind 384 bytes of code."""
    stub = [0x401a6800] + [0] * with_nop + [0x335a007f, 0x3c1b8000, 0x277b0400, 0x037ad820, 0x8f7b0000, 0, 0x03600008, 0]
    return noise(0x180, 50) + struct.pack(order + "%dI" % len(stub), *stub) + noise(300, 51)


def ecos_images():
    write("good.ecos", ecos(">", 1))
    write("good-little.ecos", ecos("<", 0))


if __name__ == "__main__":
    huawei_app()
    hwnp(os.path.abspath(sys.argv[1]))
    balong()
    zte(os.path.abspath(sys.argv[2]))
    qualcomm(os.path.abspath(sys.argv[3]))
    boot_loaders()
    vxworks_images()
    compressed_disks()
    cisco(os.path.abspath(sys.argv[4]))
    ecos_images()
