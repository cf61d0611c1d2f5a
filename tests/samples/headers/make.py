#!/usr/bin/env python3
"""Makes the samples of boot headers, kernels and ELF files in this folder.

Needs mkimage and dtc (u-boot-tools, device-tree-compiler), sfdisk, clang and lld. TRX, TP-Link and
the kernels' headers are packed here by their specifications; what is packed is noise of a fixed seed
or a text, so that each file stays small.
"""
import gzip
import hashlib
import os
import random
import struct
import subprocess
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ["SOURCE_DATE_EPOCH"] = "1500000000"


def write(name, data):
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(data)


def run(*command, **more):
    subprocess.run(command, check=True, cwd=HERE, stdout=subprocess.DEVNULL, **more)


def noise(size, seed):
    return random.Random(seed).randbytes(size)


GUID = "11111111-2222-3333-4444-66666666666"
PART = [noise(500, 1), noise(301, 2), noise(200, 3), noise(100, 4)]
TEXT = gzip.compress(b"a kernel would stand here\n" * 20, mtime=0)


def u_boot():
    for i in (0, 1):
        write("part%d" % i, PART[i])
    common = ["mkimage", "-A", "mips", "-O", "linux", "-a", "0x80000000", "-e", "0x80000000"]
    run(*common, "-T", "kernel", "-C", "none", "-n", "MIPS Linux-6.1", "-d", "part0", "good-kernel.uimage")
    run(*common, "-T", "multi", "-C", "none", "-n", "two", "-d", "part0:part1", "good-multi.uimage")
    write("script", b"bootm 0x80000000\n")
    run(*common, "-T", "script", "-C", "none", "-n", "boot", "-d", "script", "good-script.uimage")
    with open(os.path.join(HERE, "good-kernel.uimage"), "rb") as image:
        head, rest = bytearray(image.read(64)), image.read()
    head[0:8] = b"OKLI\0\0\0\0"
    head[4:8] = struct.pack(">I", zlib.crc32(head))
    write("odd-altered-magic.uimage", bytes(head) + rest)


ITS = """/dts-v1/;
/ {
	description = "two images";
	images {
		kernel-1 {
			data = /incbin/("part0"); type = "kernel"; arch = "mips"; os = "linux";
			compression = "none"; load = <0x80000000>; entry = <0x80000000>;
			hash-1 { algo = "crc32"; };
			hash-2 { algo = "sha1"; };
			hash-3 { algo = "sha256"; };
		};
		fdt-1 {
			data = /incbin/("good.dtb"); type = "flat_dt"; arch = "mips"; compression = "none";
			hash-1 { algo = "sha512"; };
		};
	};
	configurations {
		default = "conf-1";
		conf-1 { kernel = "kernel-1"; fdt = "fdt-1"; };
	};
};
"""

DTS = """/dts-v1/;
/ {
	#address-cells = <1>; #size-cells = <1>;
	model = "Acme AR7"; compatible = "acme,ar7", "acme,ar";
	memory@0 { reg = <0 0x1000000>; };
	chosen { bootargs = "console=ttyS0"; };
};
"""


def device_trees():
    run("dtc", "-q", "-I", "dts", "-O", "dtb", "-o", "good.dtb", "-", input=DTS.encode())
    write("images.its", ITS.encode())
    run("mkimage", "-f", "images.its", "good-embedded.itb")
    run("mkimage", "-E", "-f", "images.its", "good-external.itb")
    for name in ("images.its", "part0", "part1", "script"):
        os.unlink(os.path.join(HERE, name))


def trx(version, parts, order=None):
    head = 28 if version == 1 else 32
    slots = [0] * ((head - 16) // 4)
    body = b""
    for i, part in enumerate(parts):
        slots[order[i] if order else i] = head + len(body)
        body += part + bytes(-len(part) % 4)
    tail = struct.pack("<I%dI" % len(slots), version << 16, *slots) + body
    return b"HDR0" + struct.pack("<II", head + len(body), zlib.crc32(tail) ^ 0xFFFFFFFF) + tail


def tplink(vendor, kernel, root, root_at, length):
    head = bytearray(512)
    struct.pack_into(">I24s36sII", head, 0, 0x01000000, vendor, b"ver. 1.0", 0x07030101, 1)
    struct.pack_into(">IIIII", head, 124, length, 512, len(kernel), root_at, len(root))
    head[76:92] = bytes.fromhex("dcd73aa5c39598fbddf9e7f40eae4738")
    gap = bytes(max(0, root_at - 512 - len(kernel)))
    body = kernel + gap + root
    head[76:92] = hashlib.md5(head + body).digest()
    return bytes(head) + body


def headers():
    write("good-v1.trx", trx(1, PART[:3]))
    write("good-v2.trx", trx(2, PART))
    write("odd-unordered.trx", trx(2, PART[:3], [2, 0, 3]))
    write("good.tplink", tplink(b"TP-LINK Technologies", PART[0], PART[1], 2048, 2048 + 301))
    # as OpenWrt ships: its name, the flash size as length, the layout's offset of the root
    write("odd-openwrt.tplink", tplink(b"OpenWrt", PART[0], PART[1], 768, 0x3C0000))


def gpt():
    path = os.path.join(HERE, "disk.img")
    with open(path, "wb") as disk:
        disk.truncate(128 * 512)
    table = ("label: gpt\nlabel-id: 11111111-2222-3333-4444-555555555555\ntable-length: 4\n"
             "first-lba: 3\nlast-lba: 120\n"
             'start=8, size=4, name="boot", uuid=%s1\n'
             'start=16, size=8, name="rootfs", uuid=%s2\n' % (GUID, GUID))
    run("sfdisk", "-q", "disk.img", input=table.encode())
    with open(path, "r+b") as disk:
        disk.seek(8 * 512)
        disk.write(noise(4 * 512, 5))
        disk.seek(16 * 512)
        disk.write(noise(512, 6))
    with open(path, "rb") as disk:
        write("good.gpt.gz", gzip.compress(disk.read(), mtime=0))
    os.unlink(path)


def kernels():
    z = bytearray(0x40)
    struct.pack_into("<III", z, 0x24, 0x016F2818, 0, 0x40 + 1400)
    struct.pack_into("<I", z, 0x30, 0x04030201)
    write("good.zimage", bytes(z) + noise(700, 7) + TEXT + noise(700 - len(TEXT), 8))
    b = bytearray(1024)
    b[0x1F1] = 1
    text = b"6.1.0-18-amd64 (builder) #1 SMP"
    code = noise(160, 9) + TEXT + bytes(-len(TEXT) % 16)
    struct.pack_into("<H", b, 0x1FE, 0xAA55)
    b[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", b, 0x206, 0x020F)
    struct.pack_into("<H", b, 0x20E, 0x300 - 0x200)
    struct.pack_into("<I", b, 0x1F4, len(code) // 16)
    struct.pack_into("<II", b, 0x248, 160, len(TEXT))
    b[0x300:0x300 + len(text)] = text
    write("good.bzimage", bytes(b) + code)
    e = bytearray(0x200)
    e[0:8] = b"MZ\0\0zimg"
    struct.pack_into("<II", e, 8, 0x200, len(TEXT))
    e[24:28] = b"gzip"
    struct.pack_into("<I", e, 0x3C, 0x40)
    struct.pack_into("<4sHHIIIHH", e, 0x40, b"PE\0\0", 0xAA64, 1, 0, 0, 0, 0, 0)
    size = len(TEXT) + (-len(TEXT) % 512)
    struct.pack_into("<8sIIII", e, 0x40 + 24, b".data", size, 0x200, size, 0x200)
    write("good.zboot", bytes(e) + TEXT + bytes(-len(TEXT) % 512))


SOURCE = """
__attribute__((noreturn)) void __stack_chk_fail(void);
extern int system(const char *), __sprintf_chk(char *, int, unsigned long, const char *, ...);
extern char *strcpy(char *, const char *);
int call(char *to, const char *from)
{
	__sprintf_chk(to, 1, 4, "%s", from);
	if (system(from))
		__stack_chk_fail();
	return strcpy(to, from)[0];
}
"""


KERNEL = """
const char linux_banner[] = "Linux version 6.1.0-9-malta (b@h) (gcc-12 12.2.0) #1 SMP\\n";
void _start(void) {}
"""


def kernel():
    run("clang", "--target=mipsel-linux-gnu", "-Os", "-fno-pic", "-mno-abicalls", "-c", "-x", "c", "-o", "elf.o", "-",
        input=KERNEL.encode())
    run("ld.lld", "-o", "good-vmlinux", "elf.o", "-s", "-z", "nognustack", "-z", "max-page-size=64")
    os.unlink(os.path.join(HERE, "elf.o"))


def elf(name, target, flags, link):
    run("clang", "--target=" + target, "-Os", "-c", "-x", "c", "-ffreestanding", "-fno-builtin",
        *flags, "-o", "elf.o", "-", input=SOURCE.encode())
    run("ld.lld", "-o", name, "elf.o", "--build-id=0x00112233445566778899aabbccddeeff", "-s", *link)
    os.unlink(os.path.join(HERE, "elf.o"))


def strip_sections(source, name):
    with open(os.path.join(HERE, source), "rb") as image:
        data = bytearray(image.read())
    big = ">" if data[5] == 2 else "<"
    if data[4] == 2:
        at = struct.unpack_from(big + "Q", data, 40)[0]
        data[40:48] = bytes(8)
        data[58:64] = bytes(6)
    else:
        at = struct.unpack_from(big + "I", data, 32)[0]
        data[32:36] = bytes(4)
        data[46:52] = bytes(6)
    write(name, bytes(data[:at]))


def executables():
    elf("good-le64.so", "aarch64-linux-gnu", ["-fPIC"],
        ["-shared", "-z", "now", "-z", "max-page-size=64", "-rpath", "/usr/lib/acme", "-soname", "x.so"])
    elf("good-be32.so", "mips-linux-gnu", ["-fPIC"], ["-shared", "-z", "max-page-size=64"])
    elf("good-be64.so", "powerpc64-linux-gnu", ["-fPIC", "-mabi=elfv2"],
        ["-shared", "-z", "max-page-size=64"])
    run("clang", "--target=arm-linux-gnueabi", "-Os", "-c", "-x", "c", "-fno-builtin", "-o",
        "good-le32.o", "-", input=SOURCE.encode())
    for name in ("le64", "be32", "be64"):
        strip_sections("good-%s.so" % name, "odd-no-sections-%s.so" % name)
    with open(os.path.join(HERE, "good-le32.o"), "rb") as image:
        module = image.read()
    signature = noise(64, 10)
    write("good-signed.ko", module + signature + struct.pack(">5B3xI", 0, 0, 2, 0, 0, len(signature)) +
          b"~Module signature appended~\n")


if __name__ == "__main__":
    u_boot()
    device_trees()
    headers()
    gpt()
    kernels()
    executables()
    kernel()
