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
os.environ["MALLOC_PERTURB_"] = "255"  # some packers write what stood in their memory: zeros then


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
    parts = struct.pack("<III", 28, 28 + 200, 0) + noise(200, 10) + noise(100, 11) + bytes(100)
    parts = struct.pack("<I", 0x10000) + parts
    write("image", b"HDR0" + struct.pack("<II", 12 + len(parts), zlib.crc32(parts) ^ 0xffffffff) + parts)
    run(tools + "/asustrx", "-i", "image", "-o", "good.asustrx", "-p", "RT-AC68U", "-v", "3.0.0.4")
    tag = bytes(4) + struct.pack("<IIII", 0x5732, 0x4908, 3, 2)
    image = noise(200, 3) + b"\xff" * 64
    image += struct.pack("<I", zlib.crc32(image) ^ 0xffffffff) + tag[4:]
    write("image", image)
    run(tools + "/bcm4908asus", "create", "-i", "image", "-o", "made", "-p", "GT-AC5300", "-f", "3.0.0.4", "-b", "384",
        "-e", "21140")
    write("good.asustail", read("made")[200:264])
    run(tools + "/asusuimage", "-i", UIMAGE, "-o", "made", "-n", "RT-AX89U", "-b", "388", "-e", "51234")
    write("good.asusfooter", read("made")[-24:])


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
    run(tools + "/mkbuffaloimg", "-B", "BHR-4GRV2", "-R", "14876672", "-K", "1507328", "-i", "kernel",
        "-o", "good.buffalodni")


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


def others(tools):
    run(tools + "/mkmerakifw", "-B", "mr18", "-s", "-i", "kernel", "-o", "good.meraki")
    run(tools + "/mkmerakifw-old", "-B", "z1", "-s", "-i", "kernel", "-o", "good.merakiold")
    run(tools + "/mkmerakifw-old", "-B", "mx64", "-s", "-i", "kernel", "-o", "good-little.merakiold")
    run(tools + "/mkzcfw", "-B", "ZCN-1523H-2-8", "-k", "kernel", "-r", "root", "-o", "good.zcomax")
    run(tools + "/lxlfw", "create", "good.luxul", "-i", "kernel", "-b", "XAP-1410", "-r", "5.1.0.2", "-l")
    write("blob", noise(40, 8))
    run(tools + "/lxlfw", "insert", "good.luxul", "-c", "blob")
    run(tools + "/jcgimage", "-o", "good.jcg", "-u", UIMAGE, "-v", "3.4")
    run(tools + "/trx2usr", "../headers/good-v1.trx", "good.usr")
    write("good.ps16", b"PS16" + struct.pack("<II", 1032, 0x80500000) + read("../headers/good-v1.trx"))
    run(tools + "/motorola-bin", "--wr850g", "../headers/good-v1.trx", "good.motorola")
    run(tools + "/mkheader_gemtek", "kernel", "good.gemtek", "wrt100")
    for name, board in (("good.poray", "R50B"), ("good-nexx.poray", "WT3020")):
        run(tools + "/mkporayfw", "-B", board, "-f", UIMAGE, "-o", name)
    run(tools + "/mkdapimg", "-s", "RT3052-AP-DAP1350-3", "-i", "kernel", "-o", "good.dap1350")
    run(tools + "/mkdapimg2", "-s", "HONEYBEE-FIRMWARE-DAP-1330", "-v", "1.00.21", "-r", "Default", "-k", "400", "-i",
        "kernel", "-o", "good.dap1330")
    run(tools + "/mkcameofw", "-M", "DIR-825", "-S", "01AP94-AR7161-RT-080619-00", "-V", "2.10", "-R", "DEF", "-k", "kernel",
        "-r", "root", "-o", "good.cameo")
    write("even", noise(300, 9))  # its padding is right for even lengths only
    run(tools + "/mkmylofw", "-B", "WP54G", "-b", "0x10000:0x20000:h:kernel", "-b", "0x30000:0x10000::even", "good.mylo")
    run(tools + "/mkh3cimg", "-p", "1", "-d", "2", "-c", "none", "-i", "kernel", "-o", "good.h3c")
    run(tools + "/spw303v", "-i", "../vendor/good.bcmtag", "-o", "good.spw303v")
    run(tools + "/iptime-naspkg", "nas1", "kernel", "good.iptime")
    run(tools + "/mkqdimg", "-B", "WR330", "-V", "1.0", "-f", "kernel", "-o", "good.qding")
    run(tools + "/dns313-header", "kernel", "good-dns313.uimagelong")
    run(tools + "/uimage_padhdr", "-i", UIMAGE, "-o", "good.uimagelong")
    run(tools + "/uimage_sgehdr", "-i", UIMAGE, "-o", "good-sge.uimagelong", "-m", "DIR-853", "-h", "R1", "-s", "1.00")
    run(tools + "/wrt400n", "kernel", "root", "good.wrt400n")
    run(tools + "/xiaomifw", "create", "good.xiaomi", "-m", "r3g", "-b", "::xiaoqiang_version:root", "-b",
        "0x160000:uimage2:firmware.bin:kernel")


def netgear():
    """As OpenWrt's netgear-encrypted-factory.py writes it."""
    plain = read(UIMAGE)[:560]
    key, iv = b"he9-4+M!)d6=m~we1,q2a3d1n&2*Z^%8".hex(), b"J%1iQl8$=lm-;8AE".hex()
    packed = b"".join(run("openssl", "enc", "-aes-256-cbc", "-nosalt", "-nopad", "-K", key, "-iv", iv,
                          data=plain[at:at + 256]) for at in range(0, 560, 256))
    image = struct.pack(">32s32s64s64sIBBB13s200s100s12sII", b"WAX202", b"US", b"V1.0.5.1", b"Thu Jan 1 00:00:00 1970", 0, 0,
                        1, 0, b"", b"1010000003540000_NETGEAR", b"", b"encrpted_img", len(packed), 256) + packed
    write("good.netgearenc", image + struct.pack(">I", zlib.crc32(image, 0xffffffff) ^ 0xffffffff))


def elecom(tools):
    """As OpenWrt's image-commands.mk and mt7621.mk write them."""
    write("image", read(UIMAGE))
    run(tools + "/xorimage", "-i", "image", "-o", "made", "-p", "8844A2D168B45A2D", "-x")
    head = (b"\0\0\0\0\0\0\0\x03".ljust(42, b"\0") + bytes.fromhex("01040016")).ljust(62, b"\0")
    write("good.elx", (head + struct.pack(">II", 564, 0) + hashlib.md5(read(UIMAGE)).digest()).ljust(128, b"\0") + read("made"))
    body = read("kernel")
    digest = hashlib.md5(body).hexdigest().encode()
    write("good.elecom", b"ELECOM WRC-1167FS v0.00".ljust(32, b"\0") + body + digest + b"\n")
    write("good-again.elecom", b"ELECOM WRC-2533GST v0.00".ljust(32, b"\0") + body + digest + b"MT7621_ELECOM_WRC-2533GST")
    write("good.gemtektrailer", b".GEMTEK.%08X" % int(run("cksum", data=body).split()[0]))


def nec_and_iodata(tools):
    run(tools + "/seama", "-i", "kernel", "-m", "dev=/dev/mtdblock/6", "-m", "type=firmware")
    run(tools + "/seama", "-s", "good-plain.nec", "-m", "signature=wrgac62_necpf.2016gui_wf1200cr", "-i", "kernel.seama")
    run(tools + "/nec-enc", "-i", "good-plain.nec", "-o", "good.nec", "-k", "ryztfyutcrqqo69d")
    write("image", read(UIMAGE))
    run(tools + "/xorimage", "-i", "image", "-o", "made", "-p", "29944a25120984c2", "-x")
    body = read("made")
    head = b"\x03\x1d\x61\x29\x07" + struct.pack("<16s16s9s33s15s", b"WN-DEAX1800GR", b"0.00.000", b"r1", b"MIPS Linux-6.1",
                                                 b"2017-07-14") + bytes.fromhex("00021003").ljust(8, b"\0")
    head = (head + struct.pack(">II", len(body), zlib.crc32(body))).ljust(116, b"\0")
    run(tools + "/nec-usbatermfw", "good.aterm", "-t", "123", "-d", "kernel", "-f", "0x8002", "-d", "root")
    write("good.iodata", head[:110] + struct.pack(">I", zlib.crc32(head)) + bytes(2) + body)


def switch_and_cellvision(tools):
    run(tools + "/mkcasfw", "-B", "DCS-950", "-K", "kernel", "good.cellvision")
    data = read("kernel")
    def uimage(crc):
        return struct.pack(">7I4B32s", 0x27051956, crc, 1500000000, len(data), 0x80100000, 0x80100000,
                           zlib.crc32(data), 5, 5, 2, 0, b"SKS8300")
    write("good-plain.nosimg", uimage(zlib.crc32(uimage(0))) + data)
    run(tools + "/nosimg-enc", "-i", "good-plain.nosimg", "-o", "good.nosimg")


def xiaomi():
    """HDR2 by unblob's description."""
    blob = struct.pack("<IIIHH32s", 0xbabe, 0x160000, 300, 7, 0, b"firmware.bin") + read("kernel")[:300]
    body = struct.pack("<I8s8sQQ8I", 0, b"RA70", b"EU", 0, 0, 80, *[0] * 7) + blob + struct.pack("<I12x", 256) + noise(256, 12)
    write("good-hdr2.xiaomi", b"HDR2" + struct.pack("<II", 80 + len(blob), zlib.crc32(body) ^ 0xffffffff) + body)


def planex():
    """As mkplanexfw writes it, whose own images have 8 MiB."""
    data = read("kernel")
    write("good.planex", hashlib.sha1(struct.pack(">I", 2) + data).digest() + b"1.00.00\0\x04\x08" +
          struct.pack(">I", len(data)) + data)


def cable_modem(tools):
    plain = read(UIMAGE) * 3
    run(tools + "/hcsmakeimage", "--magic_bytes=sa3349", "--filename=vxram.bin", "--input_file=kernel",
        "--output_file=good.programstore")
    packed = lzma.compress(plain, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 24}])
    def crc(data):
        state = 0xffffffff
        for byte in data:
            state ^= byte << 24
            for _ in range(8):
                state = (state << 1 ^ (0x04c11db7 if state & 0x80000000 else 0)) & 0xffffffff
        return state ^ 0xffffffff
    def hcs(head):
        state = 0xffff
        for byte in head:
            state ^= byte << 8
            for _ in range(8):
                state = (state << 1 ^ (0x1021 if state & 0x8000 else 0)) & 0xffff
        return state ^ 0xffff
    def store(control, first, data):
        head = struct.pack(">HHHHIII48s8sII", 0xa825, control, 3, 1, 1500000000, len(data), 0x80004000, b"ecram_sto.bin",
                           b"", first, len(data) - first if first else 0)
        return head + struct.pack(">HHI", hcs(head), 0, crc(data)) + data
    stream = packed[:5] + packed[13:]
    write("good-lzma.programstore", store(5, 0, stream))
    split = store(0x105, len(stream), stream + stream)
    write("good-split.programstore", split)
    write("good.mono", struct.pack(">IHBBII", 0x4d4f4e4f, 0xa825, 1, 0, 16 + len(split), 2) + split)


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
    others(path)
    planex()
    xiaomi()
    nec_and_iodata(path)
    switch_and_cellvision(path)
    elecom(path)
    netgear()
    cable_modem(path)
    for left in ("kernel", "root", "image", "made", "footed", "packed", "nsp", "nsp.non_web", "blob", "even",
                 "kernel.seama"):
        if os.path.exists(os.path.join(HERE, left)):
            os.unlink(os.path.join(HERE, left))
    for name in (n for n in os.listdir(HERE) if n.startswith("good")):
        os.chmod(os.path.join(HERE, name), 0o644)
