#!/usr/bin/env python3
"""Makes the samples in this folder: make.py HUAWEI ZTE

HUAWEI is a folder with hw_fmw of 0xuserpag3/HuaweiFirmwareTool, ZTE a copy of
mkst/zte-config-utility (which needs python3-pycryptodome). What no packer makes is packed here by
the description that each format's source names; what is packed is noise of a fixed seed.
"""
import os
import random
import struct
import subprocess
import sys
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
    import io
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


if __name__ == "__main__":
    huawei_app()
    hwnp(os.path.abspath(sys.argv[1]))
    balong()
    zte(os.path.abspath(sys.argv[2]))
