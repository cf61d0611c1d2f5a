#!/usr/bin/env python3
"""Makes the samples of firmware in this folder: make.py EDK2 COREBOOT

EDK2 holds GenSec, GenFfs, GenFv, EfiRom, GenFw, TianoCompress and LzmaCompress, built from
BaseTools/Source/C of tianocore/edk2; COREBOOT holds cbfstool and fmaptool (Debian coreboot-utils 4.15). Also
needs as, ld, objcopy, gcc (binutils), openssl, sbsign (sbsigntool) and edk2-pytool-library. What no tool
makes is packed here by the specification.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import uuid
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
WORK = tempfile.mkdtemp()
TEXT = "".join(f"line {i} of a text\n" for i in range(1, 61)).encode()


def at(name):
    return os.path.join(WORK, name)


def keep(name, data, where=HERE):
    with open(os.path.join(where, name), "wb") as out:
        out.write(data)


def read(name):
    with open(at(name), "rb") as file:
        return file.read()


def run(*command):
    subprocess.run(command, check=True, cwd=WORK, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def guid(number):
    return uuid.UUID(int=0x11111111222233334444555555550000 + number)


def program(name, data):
    keep(name + ".s", (".text\n.globl _start\n_start: xor %eax,%eax\n ret\n.fill 60,1,0x90\n.data\n"
                       f".ascii \"{data}\"\n").encode(), WORK)
    run("as", "-o", "o", name + ".s")
    run("ld", "-shared", "-Bsymbolic", "-nostdlib", "-e", "_start", "-o", "so", "o")
    run("objcopy", "-j", ".text", "-j", ".data", "--target=efi-app-x86_64", "so", name)
    run("strip", name)
    without_time(name)


def without_time(name):
    """objcopy notes the time, and a sum over it."""
    data = bytearray(read(name))
    (header,) = struct.unpack_from("<I", data, 0x3c)
    struct.pack_into("<I", data, header + 8, 0)
    struct.pack_into("<I", data, header + 24 + 64, 0)
    keep(name, data, WORK)


def volume(edk2):
    """Files of every way to pack sections, a nested volume, free space."""
    def section(name, *options):
        run(edk2 + "/GenSec", "-o", name, *options)

    def file(name, kind, number, *parts, more=()):
        sections = [word for part in parts for word in ("-i", part)]
        run(edk2 + "/GenFfs", "-o", name, "-t", "EFI_FV_FILETYPE_" + kind, "-g", str(guid(number)), *more, *sections)

    keep("text", TEXT, WORK)
    keep("depex.bin", bytes([6, 8]), WORK)
    section("pe.sec", "-s", "EFI_SECTION_PE32", "small.efi")
    section("raw.sec", "-s", "EFI_SECTION_RAW", "text")
    section("depex.sec", "-s", "EFI_SECTION_DXE_DEPEX", "depex.bin")
    section("version.sec", "-s", "EFI_SECTION_VERSION", "-n", "1.2", "-j", "7")
    for name in ("Alpha", "Beta", "Gamma", "Delta/é"):
        section(name[:5] + ".sec", "-s", "EFI_SECTION_USER_INTERFACE", "-n", name)
    section("free.sec", "-s", "EFI_SECTION_FREEFORM_SUBTYPE_GUID", "-g", str(guid(0x99)), "text")
    section("all.sec", "raw.sec", "Beta.sec")
    section("std.sec", "-s", "EFI_SECTION_COMPRESSION", "-c", "PI_STD", "all.sec")
    section("none.sec", "-s", "EFI_SECTION_COMPRESSION", "-c", "PI_NONE", "all.sec")
    run(edk2 + "/LzmaCompress", "-e", "-o", "lzma", "all.sec")
    section("lzma.sec", "-s", "EFI_SECTION_GUID_DEFINED", "-g", "ee4e5898-3914-4259-9d6e-dc7bd79403cf", "lzma")
    run(edk2 + "/TianoCompress", "-e", "-o", "tiano", "all.sec")
    section("tiano.sec", "-s", "EFI_SECTION_GUID_DEFINED", "-g", "a31280ad-481e-41b6-95e8-127f4c984779", "tiano")
    section("crc.sec", "-s", "EFI_SECTION_GUID_DEFINED", "all.sec")
    keep("odd.bin", struct.pack("<QQ", 500, 500) + bytes(range(40)), WORK)
    section("brotli.sec", "-s", "EFI_SECTION_GUID_DEFINED", "-g", "3d532050-5cda-4fd0-879e-0f7f630d5afb", "odd.bin")
    section("other.sec", "-s", "EFI_SECTION_GUID_DEFINED", "-g", str(guid(0x77)), "odd.bin")
    file("inner.ffs", "FREEFORM", 0x20, "raw.sec")
    run(edk2 + "/GenFv", "-o", "inner.fv", "-b", "0x200", "-f", "inner.ffs", "-g",
        "8c8ce578-8a3d-4f1c-9935-896185c32dd3")
    section("fv.sec", "-s", "EFI_SECTION_FIRMWARE_VOLUME_IMAGE", "inner.fv")
    section("x86.sec", "fv.sec", "pe.sec")
    run(edk2 + "/LzmaCompress", "-e", "--f86", "-o", "x86", "x86.sec")
    section("f86.sec", "-s", "EFI_SECTION_GUID_DEFINED", "-g", "d42ae6bd-1352-4bfb-909a-ca72a6eae889", "x86")
    file("a", "DRIVER", 1, "depex.sec", "pe.sec", "Alpha.sec", "version.sec", more=("-s",))
    file("b", "FREEFORM", 2, "std.sec", "Beta.sec")
    file("c", "FREEFORM", 3, "lzma.sec", "Gamma.sec")
    file("d", "FREEFORM", 4, "tiano.sec", "Delta.sec")
    file("e", "FREEFORM", 5, "crc.sec", "none.sec")
    file("f", "FIRMWARE_VOLUME_IMAGE", 6, "f86.sec")
    file("g", "RAW", 7, "text")
    file("h", "FREEFORM", 8, "brotli.sec", "other.sec", "free.sec")
    file("i", "FREEFORM", 9, "raw.sec", more=("-a", "512"))
    files = [word for name in "abcdefghi" for word in ("-f", name)]
    run(edk2 + "/GenFv", "-o", "good.fv", "-b", "0x400", "-n", "18", *files, "-g",
        "8c8ce578-8a3d-4f1c-9935-896185c32dd3", "--FvNameGuid", str(guid(0xaaaa)))
    keep("good.fv", read("good.fv"))
    for name, option in (("good-tiano.bin", ()), ("good-efi11.bin", ("--uefi",))):
        run(edk2 + "/TianoCompress", "-e", *option, "-o", "packed", "text")
        keep(name, read("packed"))


def large_file():
    """A volume of version 3 whose file has the header for large ones, though it is small."""
    body = struct.pack("<I", 0xffffff | 0x19 << 24) + struct.pack("<I", 8 + 100) + TEXT[:100]
    size = 32 + len(body)
    head = bytearray(guid(0x30).bytes_le + bytes([0, 0xaa, 2, 1, 0, 0, 0, 0]) + struct.pack("<Q", size))
    head[16] = -sum(head[i] for i in range(32) if i not in (17, 23)) & 255
    head[23] = 0xf8
    total = 0x400
    fv = bytearray(16 + 16) + struct.pack("<Q4sIHHHBB", total, b"_FVH", 0x0004feff, 72, 0, 0, 0, 2)
    fv[16:32] = uuid.UUID("5473c07a-3dcb-4dca-bd6f-1e9689e7349a").bytes_le
    fv += struct.pack("<IIII", 2, 512, 0, 0)
    struct.pack_into("<H", fv, 50, -sum(struct.unpack("<36H", fv)) & 0xffff)
    fv += head + body
    keep("good-large.fv", bytes(fv.ljust(total, b"\xff")))


def certificate(name):
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".pem",
        "-days", "3650", "-subj", "/CN=" + name)
    run("openssl", "x509", "-in", name + ".pem", "-outform", "DER", "-out", name + ".der")
    return read(name + ".der")


def signatures(kind, owner, rows):
    size = 16 + len(rows[0])
    body = b"".join(owner.bytes_le + row for row in rows)
    return uuid.UUID(kind).bytes_le + struct.pack("<III", 28 + len(body), 0, size) + body


def variable(name, vendor, data, state=0x3f, attributes=7, when=None, count=0):
    text = (name + "\0").encode("utf-16le")
    time = struct.pack("<HBBBBBxIhBx", *when, 0, 0, 0) if when else bytes(16)
    head = struct.pack("<HBxIQ16sIII16s", 0x55aa, state, attributes, count, time, 0, len(text), len(data),
                       uuid.UUID(vendor).bytes_le)
    record = head + text + data
    return record + b"\xff" * (-len(record) % 4)


def variables():
    """In the order in which firmware writes: an old value, what replaced it, one under way."""
    world, image = "8be4df61-93ca-11d2-aa0d-00e098032b8c", "d719b2cb-3d3a-4596-a3bc-dad00e67656f"
    x509, sha256 = "a5c059a1-94e4-4aa7-87b5-ab155c2bf072", "c1c41626-504c-4092-aca9-41f936934328"
    first, second = certificate("first authority"), certificate("second authority")
    lists = signatures(x509, guid(0x50), [first]) + signatures(x509, guid(0x51), [second])
    keep("good.siglist", lists + signatures(sha256, guid(0x52), [bytes([i]) * 32 for i in range(5)]))
    records = variable("Timeout", world, b"\5\0", state=0x3c)
    records += variable("Timeout", world, b"\0\0")
    records += variable("db", image, lists, attributes=0x27, when=(2024, 2, 29, 12, 30, 15))
    records += variable("Boot0000", world, b"old", state=0x3e)
    records += variable("Boot0000", world, b"new")
    records += variable("Wait/ing", world, b"kept", state=0x3e, count=9)
    records += variable("Torn", world, b"half", state=0x7f)
    store = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792").bytes_le + struct.pack("<IBBHI", 0xf00, 0x5a, 0xfe, 0, 0)
    store = (store + records).ljust(0xf00, b"\xff")
    work = bytearray(uuid.UUID("9e58292b-7c68-497d-a0ce-6500fd9f1b95").bytes_le + b"\xff" * 8 + struct.pack("<Q", 0x60))
    struct.pack_into("<I", work, 16, zlib.crc32(work))
    work[20] = 0xfe
    total = 0x1200
    fv = bytearray(32) + struct.pack("<Q4sIHHHBB", total, b"_FVH", 0x0004feff, 72, 0, 0, 0, 2)
    fv[16:32] = uuid.UUID("fff12b8d-7696-4c8b-a985-2747075b4f50").bytes_le
    fv += struct.pack("<IIII", 9, 512, 0, 0)
    struct.pack_into("<H", fv, 50, -sum(struct.unpack("<36H", fv)) & 0xffff)
    keep("good.vars", bytes((fv + store + bytes(work)).ljust(total, b"\xff")))
    plain = struct.pack("<4sIBBHI", b"$VSS", 0x100, 0x5a, 0xfe, 0, 0)
    for name, data in (("Lang", b"eng"), ("Odd", b"12345")):
        text = (name + "\0").encode("utf-16le")
        plain += struct.pack("<HBxIII16s", 0x55aa, 0x3f, 7, len(text), len(data), uuid.UUID(world).bytes_le)
        plain += text + data
    text, data = "Sum\0".encode("utf-16le"), b"with a sum"
    plain += struct.pack("<HBxIII16sI", 0x55aa, 0x3f, 0x80000007, len(text), len(data), uuid.UUID(world).bytes_le,
                         zlib.crc32(data)) + text + data
    keep("good.vss", plain.ljust(0x100, b"\xff"))
    run("openssl", "smime", "-sign", "-binary", "-noattr", "-outform", "DER", "-signer", "first authority.pem",
        "-inkey", "first authority.key", "-in", "text", "-out", "signed")
    signed = read("signed")
    keep("good.auth", struct.pack("<HBBBBB9x", 2024, 2, 29, 1, 2, 3) +
         struct.pack("<IHH", 24 + len(signed), 0x0200, 0x0ef1) +
         uuid.UUID("4aafd29d-68df-49ee-8aa9-347d375665a7").bytes_le + signed + lists)


def ami_variables():
    """A value with its own GUID, one replaced twice, one of an old name in UTF-16 with a tail, one deleted."""
    def record(attributes, body, following=0xffffff):
        return struct.pack("<4sHI", b"NVAR", 10 + len(body), following | attributes << 24) + body

    first = record(0x86, guid(0x70).bytes_le + b"Own\0" + b"its value")
    old = b"\0" + b"Setup\0" + b"oldest"
    second = record(0x82, old, 10 + len(old))
    second += record(0x88, b"older", 10 + 5)
    second += record(0x88, b"newest")
    third = record(0x90, b"\1" + "Wide\0".encode("utf-16le") + b"wide" + struct.pack("<BBH", 1, 0, 4))
    fourth = record(0x02, b"\0" + b"Gone\0" + b"deleted")
    guids = guid(0x72).bytes_le + guid(0x71).bytes_le
    keep("good.nvar", (first + second + third + fourth).ljust(0x1e0, b"\xff") + guids)


def capsules(edk2):
    from edk2toollib.uefi.fmp_capsule_header import FmpCapsuleHeaderClass, FmpCapsuleImageHeaderClass
    from edk2toollib.uefi.uefi_capsule_header import UefiCapsuleHeaderClass
    image = FmpCapsuleImageHeaderClass()
    image.UpdateImageTypeId = guid(0x60)
    image.UpdateImageIndex = 1
    signature = b"signature of a test"
    image.Payload = (struct.pack("<QIHH", 3, 24 + len(signature), 0x0200, 0x0ef1) +
                     uuid.UUID("4aafd29d-68df-49ee-8aa9-347d375665a7").bytes_le + signature + TEXT[:300])
    image.VendorCodeBytes = b"vendor code"
    fmp = FmpCapsuleHeaderClass()
    fmp.AddFmpCapsuleImageHeader(image)
    fmp.AddEmbeddedDriver(b"a driver")
    capsule = UefiCapsuleHeaderClass()
    capsule.PersistAcrossReset = True
    capsule.FmpCapsuleHeader = fmp
    keep("good-fmp.cap", capsule.Encode())
    keep("cap.inf", (f"[options]\nEFI_CAPSULE_GUID = 3B6686BD-0D76-4030-B70E-B5519E2FC5A0\n"
                     "EFI_CAPSULE_HEADER_SIZE = 0x20\nEFI_CAPSULE_FLAGS = PersistAcrossReset\n[files]\n"
                     f"EFI_FILE_NAME = {at('inner.fv')}\n").encode(), WORK)
    run(edk2 + "/GenFv", "-c", "-i", "cap.inf", "-o", "good.cap")
    keep("good.cap", read("good.cap"))


def roms(edk2):
    legacy = bytearray(b"\x55\xaa\x02\xeb\x40" + bytes(19) + struct.pack("<H", 0x1c) + bytes(2))
    legacy += struct.pack("<4sHHHHB3BHHBBH", b"PCIR", 0x1234, 0x1111, 0, 24, 0, 0, 0, 3, 2, 1, 0, 0, 0)
    legacy = legacy.ljust(1024, b"\x90")
    legacy[-1] = -sum(legacy[:-1]) & 255
    keep("legacy.bin", bytes(legacy), WORK)
    run(edk2 + "/EfiRom", "-f", "0x1234", "-i", "0x1111", "-b", "legacy.bin", "-e", "small.efi", "-ec", "small.efi",
        "-o", "good.rom")
    keep("good.rom", read("good.rom"))


def programs(edk2):
    keep("good.efi", read("small.efi"))
    run("sbsign", "--key", "first authority.key", "--cert", "first authority.pem", "--output", "signed.efi",
        "small.efi")
    keep("good-signed.efi", read("signed.efi"))
    run(edk2 + "/GenFw", "-e", "PEIM", "-o", "aligned.efi", "so")
    run(edk2 + "/GenFw", "-t", "-o", "small.te", "aligned.efi")
    keep("good.te", read("small.te"))
    keep("osrel", b"ID=acme\nNAME=\"Acme Linux\"\n", WORK)
    keep("cmdline", b"console=ttyS0 ro", WORK)
    with open(at("initrd"), "wb") as out:
        keep("init", b"#!/bin/sh\n", WORK)
        os.utime(at("init"), (0, 0))
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet", "--reproducible"], input=b"init\n", stdout=out, cwd=WORK,
                       check=True)
    words = []
    for address, name in ((0x20000, "osrel"), (0x30000, "cmdline"), (0x40000, "initrd"), (0x80000, "linux")):
        source = name if name != "linux" else "text"
        words += ["--add-section", f".{name}={source}", "--change-section-vma", f".{name}=0x{address:x}"]
    run("objcopy", *words, "small.efi", "unified.efi")
    without_time("unified.efi")
    keep("good-unified.efi", read("unified.efi"))


def coreboot(tools):
    keep("layout", b"FLASH@0xffffc000 0x4000 {\n RO@0x0 0x4000 {\n  FMAP@0x0 0x200\n"
         b"  RW_NVRAM(PRESERVE)@0x200 0x200\n  COREBOOT(CBFS)@0x400 0x3c00\n }\n}\n", WORK)
    run(tools + "/fmaptool", "layout", "map")
    run(tools + "/cbfstool", "good.cbrom", "create", "-M", "map")
    lines = "".join(f".ascii \"payload line {i} \"\n" for i in range(60))
    source = ".globl _start\n_start: mov $1,%eax\n int $0x80\n" + lines + ".bss\n.skip 9000\n"
    keep("payload.s", source.encode(), WORK)
    run("gcc", "-m32", "-nostdlib", "-static", "-Wl,-N", "-Wl,-Ttext=0x100000", "-Wl,--build-id=none", "-o", "payload",
        "payload.s")
    run("objcopy", "-O", "binary", "payload", "payload.bin")
    for name, options in (("config", ()), ("etc/packed.lzma", ("-c", "lzma", "-A", "sha256")),
                          ("packed.lz4", ("-c", "lz4", "-A", "sha1"))):
        run(tools + "/cbfstool", "good.cbrom", "add", "-f", "text", "-n", name, "-t", "raw", *options)
    run(tools + "/cbfstool", "good.cbrom", "add-payload", "-f", "payload", "-n", "fallback/payload", "-c", "lzma")
    run(tools + "/cbfstool", "good.cbrom", "add-payload", "-f", "payload", "-n", "img/plain", "-c", "none")
    run(tools + "/cbfstool", "good.cbrom", "add-stage", "-f", "payload", "-n", "fallback/romstage", "-c", "lzma")
    keep("good.cbrom", read("good.cbrom"))
    keep("payload.bin", read("payload.bin"))


def flash():
    """A descriptor of the second version in front of an engine's table, network data and the inner volume."""
    image = bytearray(b"\xff" * 0x5000)
    image[16:20] = b"\x5a\xa5\xf0\x0f"
    struct.pack_into("<III", image, 20, 0x00040003, 0x00080000 | 0x0a, 0)
    struct.pack_into("<I", image, 0x30, 0x000c0044)
    for i in range(16):
        struct.pack_into("<I", image, 0x40 + 4 * i, 0x7fff)
    for number, first, last in ((0, 0, 0), (3, 1, 1), (2, 2, 3), (1, 4, 4)):
        struct.pack_into("<I", image, 0x40 + 4 * number, last << 16 | first)
    struct.pack_into("<I", image, 0xa0, 0x00a << 20 | 0x00b << 8)
    table = bytearray(bytes(16) + struct.pack("<4sIBBBBHHIIHHHH", b"$FPT", 3, 0x20, 0x10, 0x20, 0, 0, 0, 0, 0,
                                              11, 8, 50, 1))
    table[27] = -sum(table) & 255
    parts = (b"FTPR", 0x400, 0x400, 0), (b"MFS\0", 0x800, 0x200, 0), (b"GONE", 0x900, 0x100, 255)
    for name, where, size, valid in parts:
        table += struct.pack("<4s4sIIIIIHBB", name, bytes(4), where, size, 0, 0, 0, 0, 0, valid)
    engine = table.ljust(0x400, b"\xff") + partition().ljust(0x400, b"\xff") + b"MFS!" * 128
    image[0x2000:0x2000 + len(engine)] = engine
    inner = read("inner.fv")
    image[0x4000:0x4000 + len(inner)] = inner[:0x1000]
    keep("good.ifd", bytes(image))


def partition():
    modules = (b"FTPR.man", 0x60, 0x80), (b"kernel", 0x100 | 1 << 25, 0x200), (b"kernel.met", 0x180, 0x80)
    head = struct.pack("<4sIBBBB4s", b"$CPD", len(modules), 1, 1, 16, 0, b"FTPR")
    body = bytearray(head)
    for name, where, size in modules:
        body += struct.pack("<12sIII", name, where, size, 0)
    body = body.ljust(0x60, b"\0")
    manifest = bytes(0x1c) + b"$MN2" + bytes(4) + struct.pack("<HHHH", 11, 8, 50, 3425)
    body += manifest.ljust(0xa0, b"\0") + b"packed kernel".ljust(0x80, b"\0") + b"metadata".ljust(0x80, b"\0")
    return bytes(body)


def security_processor():
    rows = b"".join(struct.pack("<BBHIQ", kind, 0, 0, 0x100, 0xff000000 + 0x1000 * kind) for kind in (0, 1, 3, 8))
    summed = struct.pack("<II", 4, 0) + rows
    low = high = 0xffff
    for (word,) in struct.iter_unpack("<H", summed):
        low = (low + word) % 65535
        high = (high + low) % 65535
    keep("good.psp", b"$PSP" + struct.pack("<HH", low or 65535, high or 65535) + summed)


def main():
    edk2, tools = sys.argv[1], sys.argv[2]
    program("small.efi", "data of a small program")
    volume(edk2)
    large_file()
    variables()
    ami_variables()
    capsules(edk2)
    roms(edk2)
    programs(edk2)
    coreboot(tools)
    flash()
    security_processor()
    shutil.rmtree(WORK)


main()
