#!/usr/bin/env python3
"""Makes the signed samples with the tools that the field signs with (see README): make.py TOOLS,
where TOOLS holds AOSP's avbtool.py and MCUboot's imgtool. The private keys are made for the purpose
and thrown away: run anew, everything here changes."""
import base64
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = """/dts-v1/;
/ {
	description = "signed";
	#address-cells = <1>;
	images {
		kernel { data = /incbin/("kernel"); type = "kernel"; arch = "arm"; os = "linux";
			compression = "none"; load = <0x8000>; entry = <0x8000>;
			hash-1 { algo = "sha256"; }; };
		ramdisk { data = /incbin/("ramdisk"); type = "ramdisk"; arch = "arm"; os = "linux";
			compression = "none";
			signature-1 { algo = "sha1,rsa2048"; key-name-hint = "dev"; }; };
		fdt { data = /incbin/("ramdisk"); type = "flat_dt"; arch = "arm"; compression = "none"; };
	};
	configurations {
		default = "one";
		one { kernel = "kernel"; ramdisk = "ramdisk";
			signature-1 { algo = "sha256,rsa2048"; key-name-hint = "dev"; padding = "pss";
				sign-images = "kernel"; }; };
	};
};
"""


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{command[0]}: {done.stderr}")


def keys(folder: Path) -> None:
    run(folder, "openssl", "req", "-batch", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "dev.key",
        "-out", "dev.crt", "-subj", "/CN=dev", "-days", "36500")
    run(folder, "openssl", "pkey", "-in", "dev.key", "-pubout", "-out", "dev.pub")
    run(folder, "openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", "ec.pem")
    run(folder, "openssl", "pkey", "-in", "ec.pem", "-pubout", "-out", "ec.pub")
    run(folder, "openssl", "req", "-batch", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "root.key",
        "-out", "root.crt", "-subj", "/O=maker/CN=root", "-days", "36500")
    run(folder, "openssl", "req", "-batch", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", "signer.key", "-out",
        "signer.csr", "-subj", "/O=maker/CN=signer")
    run(folder, "openssl", "x509", "-req", "-in", "signer.csr", "-CA", "root.crt", "-CAkey", "root.key", "-out",
        "signer.crt", "-days", "36500")
    run(folder, "signify-openbsd", "-G", "-n", "-p", "usign.pub", "-s", "usign.sec")


def boot(folder: Path, tools: str) -> None:
    run(folder, "openssl", "genrsa", "-out", "boot.key", "2048")
    for curve, name in (("prime256v1", "p256"), ("secp384r1", "p384")):
        run(folder, "openssl", "ecparam", "-genkey", "-name", curve, "-noout", "-out", f"{name}.key")
    for name in ("boot", "p256", "p384"):
        run(folder, "openssl", "pkey", "-in", f"{name}.key", "-pubout", "-out", f"{name}.pub")
    run(folder, sys.executable, f"{tools}/avbtool.py", "make_vbmeta_image", "--output", "boot.vbmeta", "--algorithm",
        "SHA256_RSA2048", "--key", "boot.key", "--prop", "version:1.2", "--kernel_cmdline", "quiet")
    (folder / "app").write_bytes(random.Random(16).randbytes(600))
    for name, key in (("rsa", "boot"), ("ec", "p256"), ("ec384", "p384")):
        run(folder, f"{tools}/imgtool", "sign", "--version", "1.2.3+4", "--header-size", "0x20", "--pad-header",
            "--slot-size", "0x1000", "--align", "4", "--security-counter", "7", "--key", f"{key}.key", "app",
            f"{name}.mcuboot")


def trees(folder: Path) -> None:
    (folder / "kernel").write_bytes(bytes(i * i % 251 for i in range(700)))
    (folder / "ramdisk").write_bytes(bytes(i * i % 241 for i in range(300)))
    (folder / "rsa.its").write_text(TREE)
    (folder / "ec.its").write_text(TREE.replace("sha1,rsa2048", "sha256,ecdsa256").replace(
        "sha256,rsa2048", "sha256,ecdsa256").replace('padding = "pss";', "").replace('"dev"', '"ec"'))
    for name in ("rsa", "ec"):
        run(folder, "mkimage", "-f", f"{name}.its", "-k", ".", "-r", f"{name}.itb")


def trailed(folder: Path) -> None:
    """Data, metadata, signature: each as OpenWrt's fwtool appends it (crc32 is not checked here)."""
    def trailer(kind: int, before: bytes) -> bytes:
        return struct.pack(">4sIB3xI", b"FWx0", 0, kind, len(before) + 16)
    metadata = b"\0" * 8 + b'{  "metadata_version": "1.1", "supported_devices":["a,b"] }'
    image = bytes(range(256)) * 4 + metadata + trailer(1, metadata)
    (folder / "image").write_bytes(image)
    run(folder, "signify-openbsd", "-S", "-s", "usign.sec", "-m", "image", "-x", "image.sig")
    signature = (folder / "image.sig").read_bytes()
    assert len(base64.b64decode(signature.split(b"\n")[1])) == 74
    (folder / "usign.bin").write_bytes(image + signature + trailer(0, signature))


def bundles(folder: Path) -> None:
    (folder / "content").mkdir()
    (folder / "content" / "rootfs.img").write_bytes(bytes(i * i * i >> 7 & 255 for i in range(9000)))
    for form in ("plain", "verity"):
        (folder / "content" / "manifest.raucm").write_text(
            f"[update]\ncompatible=device\nversion=1\n[bundle]\nformat={form}\n[image.rootfs]\nfilename=rootfs.img\n")
        run(folder, "rauc", "--cert=signer.crt", "--key=signer.key", "--keyring=root.crt", "bundle", "content",
            f"{form}.raucb")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        keys(folder)
        trees(folder)
        trailed(folder)
        bundles(folder)
        boot(folder, str(Path(sys.argv[1]).resolve()))
        for wanted in ("dev.pub", "ec.pub", "root.crt", "usign.pub", "rsa.itb", "ec.itb", "usign.bin", "plain.raucb",
                       "verity.raucb", "boot.pub", "p256.pub", "p384.pub", "boot.vbmeta", "rsa.mcuboot",
                       "ec.mcuboot", "ec384.mcuboot"):
            (HERE / wanted).write_bytes((folder / wanted).read_bytes())


main()
