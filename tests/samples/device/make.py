#!/usr/bin/env python3
"""Makes the samples in this folder: make.py TOOLS

TOOLS holds avbtool.py of AOSP's external/avb, uf2conv.py of microsoft/uf2, afptool and img_maker of
neo-technologies/rockchip-mkbootimg and MCUboot's imgtool. Also needs payload_dumper for its
update_metadata_pb2 (the messages of AOSP's update_metadata.proto), dfu-util and openssl. What no packer makes is packed here by the description that each format's source names; what is
packed is noise of a fixed seed.
"""
import bz2
import hashlib
import lzma
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


def zstd(data):
    return subprocess.run(["zstd", "-c"], input=data, check=True, capture_output=True).stdout


def ota_payload():
    """Blocks of 512; the first partition in disorder, with a hole and a block that zeros."""
    import payload_dumper.update_metadata_pb2 as um
    manifest, blobs = um.DeltaArchiveManifest(block_size=512), b""

    def partition(name, content, operations):
        nonlocal blobs
        part = manifest.partitions.add(partition_name=name)
        part.new_partition_info.size = len(content)
        part.new_partition_info.hash = hashlib.sha256(content).digest()
        for kind, packed, extents in operations:
            op = part.operations.add(type=kind, data_offset=len(blobs), data_length=len(packed))
            if packed:
                op.data_sha256_hash = hashlib.sha256(packed).digest()
            for start, count in extents:
                op.dst_extents.add(start_block=start, num_blocks=count)
            blobs += packed

    a, b, c, d = noise(512, 1), b"bzip2 " * 171, b"xz and more " * 128, noise(300, 2)
    b, c = b[:1024], c[:1536]
    boot = a + b[:512] + c + b[512:] + bytes(512) + d
    partition("boot", boot, [(um.InstallOperation.REPLACE_BZ, bz2.compress(b), [(1, 1), (5, 1)]),
                             (um.InstallOperation.REPLACE, a, [(0, 1)]),
                             (um.InstallOperation.REPLACE_XZ, lzma.compress(c), [(2, 3)]),
                             (um.InstallOperation.ZERO, b"", [(6, 1)]),
                             (um.InstallOperation.REPLACE, d, [(7, 1)])])
    partition("vendor", b"vendor" * 100, [(um.InstallOperation.REPLACE, (b"vendor" * 100), [(0, 2)])])
    partition("system", bytes(1024), [(um.InstallOperation.SOURCE_COPY, b"", [(0, 2)])])
    text = manifest.SerializeToString()
    write("good.payload", b"CrAU" + struct.pack(">QQI", 2, len(text), 64) + text + noise(64, 3) + blobs)


def run(*command):
    subprocess.run(command, check=True, cwd=HERE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def read(name):
    with open(os.path.join(HERE, name), "rb") as f:
        return f.read()


def remove(*names):
    for name in names:
        os.unlink(os.path.join(HERE, name))


def with_own_sum(data, at):
    return data[:at] + hashlib.sha256(data[:at] + bytes(32) + data[at + 32:]).digest() + data[at + 32:]


def super_image():
    """Two partitions: one stretch, and two stretches around a hole."""
    geometry = with_own_sum(struct.pack("<II32xIII", 0x616c4467, 52, 1024, 1, 4096), 8).ljust(4096, b"\0")
    partitions = b"".join(struct.pack("<36s4I", name, 1, first, count, 0)
                          for name, first, count in ((b"system_a", 0, 1), (b"vendor_a", 1, 3), (b"system_b", 4, 0)))
    extents = b"".join(struct.pack("<QIQI", *x) for x in ((2, 0, 32, 0), (1, 0, 34, 0), (1, 1, 0, 0), (1, 0, 35, 0)))
    groups = struct.pack("<36sIQ", b"default", 0, 0)
    devices = struct.pack("<QIIQ36sI", 32, 4096, 0, 36 * 512, b"super", 0)
    tables = partitions + extents + groups + devices
    at, places = 0, b""
    for count, table in ((3, partitions), (4, extents), (1, groups), (1, devices)):
        places += struct.pack("<III", at, count, len(table) // count)
        at += len(table)
    header = struct.pack("<IHHI32xI32s", 0x414c5030, 10, 0, 128, len(tables), hashlib.sha256(tables).digest()) + places
    metadata = (with_own_sum(header, 12) + tables).ljust(1024, b"\0")
    write("good.super", (bytes(4096) + geometry * 2 + metadata * 2).ljust(32 * 512, b"\0") + b"system " * 146 + b"!!" +
          b"v" * 512 + b"w" * 512)


def verified_boot(tools):
    run("openssl", "genrsa", "-out", "key.pem", "2048")
    write("boot", noise(5000, 10))
    avb = sys.executable, tools + "/avbtool.py"
    run(*avb, "add_hash_footer", "--image", "boot", "--partition_size", "77824", "--partition_name", "boot", "--salt",
        "0011")
    run(*avb, "extract_public_key", "--key", "key.pem", "--output", "key.avb")
    run(*avb, "make_vbmeta_image", "--output", "good.vbmeta", "--algorithm", "SHA256_RSA2048", "--key", "key.pem",
        "--include_descriptors_from_image", "boot", "--prop", "version:1.2", "--kernel_cmdline", "quiet",
        "--chain_partition", "vendor:1:key.avb")
    write("good.avbfooter", read("boot")[-64:])
    remove("key.pem", "key.avb", "boot")


def mediatek():
    write("good.mtk", struct.pack("<II32sI", 0x58881688, 300, b"lk", 0xffffffff).ljust(512, b"\xff") + noise(300, 11))


def rockchip(tools):
    os.makedirs(os.path.join(HERE, "rk"))
    write("rk/package-file", b"package-file package-file\nparameter parameter\nboot boot.img\nbackup RESERVED\n")
    write("rk/parameter", b"FIRMWARE_VER:1.2.3\nMACHINE_MODEL:rk30\nMACHINE_ID:007\nMANUFACTURER:ACME\n"
          b"CMDLINE:mtdparts=rk29xxnand:0x00002000@0x00002000(boot)\n")
    write("rk/boot.img", noise(700, 12))
    run(tools + "/afptool", "-pack", "rk", "good.rkaf")
    write("loader", noise(400, 13))
    run(tools + "/img_maker", "-rk30", "loader", "1", "2", "3", "good.rkaf", "good.rkfw")
    subprocess.run(["rm", "-r", os.path.join(HERE, "rk")], check=True)
    remove("loader")


def allwinner():
    def packed(version):
        files = (b"sys_config.fex", noise(100, 14)), (b"boot.fex", noise(200, 15))
        head = b"IMAGEWTY" + struct.pack("<5I", version, 96, 0x4d00000, 0x100234, 3072 + 512 + 200) + struct.pack(
            "<I", 1024) + bytes(4 if version == 0x300 else 0) + struct.pack("<8I", 0x1234, 0x8743, 100, 100, 1, 1024, 2, 1024)
        out, at = head.ljust(1024, b"\0"), 3072
        for name, data in files:
            common = struct.pack("<II8s16s", 256, 1024, b"COMMON", b"SYS_CONFIG100000")
            if version == 0x100:
                entry = common + struct.pack("<5I256s", 0, len(data), len(data), at, 0, name)
            else:
                entry = common + struct.pack("<I256s5I", 0, name, len(data), 0, len(data), 0, at)
            out += entry.ljust(1024, b"\0")
            at += 512
        return out + files[0][1].ljust(512, b"\0") + files[1][1]
    write("good-1.imagewty", packed(0x100))
    write("good-3.imagewty", packed(0x300))


def mcuboot(tools):
    write("app", noise(600, 16))
    run("openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key.pem")
    sign = (tools + "/imgtool", "sign", "--version", "1.2.3+4", "--header-size", "0x20", "--pad-header", "--slot-size",
            "0x1000", "--align", "4")
    run(*sign, "--key", "key.pem", "--security-counter", "7", "app", "good.mcuboot")
    run("openssl", "ec", "-in", "key.pem", "-pubout", "-out", "pub.pem")
    run(*sign, "--key", "key.pem", "--encrypt", "pub.pem", "app", "good-aes.mcuboot")
    remove("app", "key.pem", "pub.pem")


def blocks(tools):
    write("app.bin", noise(700, 17))
    run(sys.executable, tools + "/uf2conv.py", "-c", "-b", "0x2000", "-f", "SAMD21", "-o", "first.uf2", "app.bin")
    run(sys.executable, tools + "/uf2conv.py", "-c", "-b", "0x10000000", "-f", "RP2040", "-o", "second.uf2", "app.bin")
    write("good.uf2", read("first.uf2") + read("second.uf2"))
    run("dfu-suffix", "-v", "0483", "-p", "df11", "-d", "2200", "-a", "app.bin")
    write("good.dfusuffix", read("app.bin")[-16:])
    write("app.bin", noise(700, 17))
    run("dfuse-pack", "-b", "0x08000000:app.bin", "-b", "0x08004000:app.bin", "good.dfuse")
    remove("app.bin", "first.uf2", "second.uf2")


def esp_table():
    entries = b"".join(struct.pack("<HBBII16sI", 0x50aa, kind, sub, at, size, name, 0) for name, kind, sub, at, size in (
        (b"nvs", 1, 2, 0x9000, 0x100), (b"phy_init", 1, 1, 0xa000, 0x100), (b"factory", 0, 0, 0xb000, 0x200)))
    write("good.esptable", entries + b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(entries).digest())


def jam(data):
    return zlib.crc32(data) ^ 0xffffffff


def sierra():
    def cwe(kind, image):
        old = bytes(256)
        return old + struct.pack(">II4s4s4sII84s8s24s", jam(old), 3, b"GOOD", kind, b"9X30", len(image), jam(image),
                                 b"SWI9X30C_02.08.02.00", b"12/15/15", b"") + image
    write("good.cwe", cwe(b"SPKG", cwe(b"BOOT", noise(90, 20)) + cwe(b"APPL", noise(110, 21))))


def device_trees():
    first, second = noise(100, 22), noise(60, 23)
    entries = b"".join(struct.pack(">8I", *e, 0, 0, 0, 0) for e in ((100, 128, 1, 7), (60, 228, 2, 0), (100, 128, 3, 7)))
    write("good.dtbo", struct.pack(">8I", 0xd7b7ab1e, 288, 32, 32, 3, 32, 2048, 0) + entries + first + second)
    write("good.qcdt", b"QCDT" + struct.pack("<II", 2, 2) + struct.pack("<6I", 206, 8, 0, 0, 64, 100) +
          struct.pack("<6I", 239, 8, 0, 0, 164, 60) + bytes(4) + first + second)


def unisoc():
    def text(t, size):
        return t.encode("utf-16-le").ljust(size, b"\0")
    files = ("FDL", "fdl1.bin", noise(100, 24)), ("BOOT", "boot.img", noise(200, 25))
    at, table, data = 2124 + 2 * 2580, b"", b""
    for name, file, content in files:
        table += struct.pack("<I", 2580) + text(name, 512) + text(file, 512) + bytes(504) + struct.pack(
            "<9I", 0, 0, len(content), 1, 1, at + len(data), 0, 0, 0) + bytes(1012)
        data += content
    head = text("BP_R2.0.1", 44) + struct.pack("<II", 0, at + len(data)) + text("sp7731e", 512) + text(
        "MocorDroid8.1", 512) + struct.pack("<II", 2, 2124)
    write("good.pac", head.ljust(2116, b"\0") + struct.pack("<IHH", 0xfffafffa, 0, 0) + table + data)
    part = noise(150, 26)
    write("good.dhtb", (b"DHTB\1\0\0\0" + hashlib.sha256(part).digest() + bytes(8) + struct.pack("<I", len(part))
                        ).ljust(512, b"\0") + part)


def resources():
    first, second = noise(300, 27), noise(80, 28)
    entry = "<4s220s36sII"
    write("good.rsce", (b"RSCE" + struct.pack("<HHBBBBI", 0, 0, 1, 1, 1, 0, 2)).ljust(512, b"\0") + struct.pack(
        entry, b"ENTR", b"rk-kernel.dtb", b"", 3, 300).ljust(512, b"\0") + struct.pack(
        entry, b"ENTR", b"logo.bmp", b"", 4, 80).ljust(512, b"\0") + first.ljust(512, b"\0") + second)


def more_boot_loaders():
    first, second = noise(120, 29), noise(70, 30)
    write("good.star", b"SINGLE_N_LONELY".ljust(256, b"\0") + struct.pack("<248sQ", b"sbl1.mbn", 120) +
          first.ljust(4096, b"\0") + struct.pack("<248sQ", b"gpt.bin", 70) + second.ljust(4096, b"\0") +
          b"LONELY_N_SINGLE".ljust(256, b"\0"))
    one = struct.pack("<I32sIIIII", 1, b"bl1", 0, 120, 0, 84 + 56 + 128, 0)
    two = struct.pack("<I32sIIIII", 1, b"abl", 0, 70, 0, 84 + 56 + 128 + 56 + 70, 0)
    write("good-1.fbpk", b"FBPK" + struct.pack("<I68sII", 1, b"b1c1-0.3", 2, 394) + one + first + bytes(8) + two + second)
    table = b"".join(struct.pack("<I36s40sQQII", 1, name, b"slider", at, len(data), 0, 0)
                     for name, at, data in ((b"bl1", 320, first), (b"abl", 440, second)))
    write("good-2.fbpk", b"FBPK" + struct.pack("<III16s64sIIII", 2, 112, 104, b"gs101", b"slider-1.0", 0, 16, 2, 510) +
          table + first + second)


if __name__ == "__main__":
    ota_payload()
    super_image()
    mediatek()
    allwinner()
    esp_table()
    sierra()
    device_trees()
    unisoc()
    resources()
    more_boot_loaders()
    for made in (verified_boot, rockchip, mcuboot, blocks):
        made(os.path.abspath(sys.argv[1]))
