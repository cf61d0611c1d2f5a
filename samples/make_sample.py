#!/usr/bin/env python3
"""Makes samples/acme-ar7.bin: a router image of a vendor that does not exist, from Debian packages
for mipsel, with things planted that an examination should find. Needs Debian, root for device
nodes, and: apt-get install squashfs-tools xz-utils openssl dropbear-bin openssh-client.

Layout: TRX v1 { uImage { LZMA { U-Boot } }, SquashFS xz }, then 4 KiB of random bytes that no
header speaks of. See README.md for what is planted and where the sources are.
"""
import hashlib
import lzma
import os
import struct
import subprocess
import tempfile
import urllib.parse
import zlib
from pathlib import Path

ARCH = "mipsel"
PACKAGES = ["busybox", "libc6", "zlib1g", "dropbear-bin", "libtommath1", "libtomcrypt1", "libcrypt1"]
BOOT = "u-boot-qemu"
OUT = Path(__file__).resolve().parent / "acme-ar7.bin"
TIME = 1700000000
SKIP = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "gconv",
        "usr/share/bash-completion", "etc/init.d", "etc/default", "usr/share/info")


def run(*command: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(command, check=True, **options)


def fetch(work: Path) -> list[Path]:
    """Packages of a foreign architecture, through an apt configuration of our own."""
    for folder in ("state/lists/partial", "cache/archives/partial", "state"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    (work / "state/status").touch()
    options = [f"Dir::State={work}/state", f"Dir::State::status={work}/state/status",
               f"Dir::Cache={work}/cache", f"APT::Architecture={ARCH}", f"APT::Architectures={ARCH}",
               "APT::Sandbox::User=root"]
    apt = ["apt-get", "-qq"] + [part for o in options for part in ("-o", o)]
    run(*apt, "update")
    debs = work / "debs"
    debs.mkdir()
    for package in [*PACKAGES, BOOT]:
        run(*apt, "download", package, cwd=debs)
    return sorted(debs.glob("*.deb"))


def unpack(debs: list[Path], root: Path, boot: Path) -> list[str]:
    names = []
    for deb in debs:
        target = boot if deb.name.startswith("u-boot") else root
        run("dpkg-deb", "-x", str(deb), str(target))
        names.append(urllib.parse.unquote(deb.stem))
    for path in sorted(root.rglob("*"), reverse=True):
        name = str(path.relative_to(root))
        if any(part in name for part in SKIP):
            if path.is_dir() and not path.is_symlink():
                if not any(path.iterdir()):
                    path.rmdir()
            else:
                path.unlink()
    return names


def crypt(*arguments: str) -> str:
    return run("openssl", "passwd", *arguments, capture_output=True, text=True).stdout.strip()


def write(root: Path, name: str, text: str | bytes, mode: int = 0o644) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    path.chmod(mode)


def plant(root: Path, work: Path) -> None:
    write(root, "etc/os-release", 'NAME="Acme OS"\nVERSION_ID="7.1"\n')
    write(root, "etc/acme/product", "vendor=Acme Networks\nproduct=AR-7\nversion=7.1.0\n")
    write(root, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nsupport:x:0:0:support:/root:/bin/sh\n"
          "tech:x:500:100:tech:/tmp:/bin/sh\nold:x:501:100:old:/tmp:/bin/sh\n"
          "daemon:x:1:1:daemon:/:/bin/false\n")
    write(root, "etc/shadow",
          f"root:{crypt('-6', '-salt', 'Zs8xNqk2', 'letmein')}:19000:0:99999:7:::\n"
          f"support:{crypt('-1', '-salt', 'a1b2c3d4', 'support')}:19000:0:99999:7:::\n"
          f"tech::19000:0:99999:7:::\nold:!{crypt('-5', '-salt', 'Q0w9e8r7', 'admin')}:19000::::::\n"
          "daemon:*:19000:0:99999:7:::\n", 0o640)
    write(root, "www/.htpasswd", f"admin:{crypt('-apr1', '-salt', 'hUj7Gt5s', '1234')}\n")
    key, cert = work / "key.pem", work / "cert.pem"
    run("openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-days", "3650", "-subj",
        "/O=Acme Networks/CN=router.acme.example", "-keyout", str(key), "-out", str(cert),
        capture_output=True)
    write(root, "etc/ssl/device.key", key.read_bytes(), 0o600)
    write(root, "etc/ssl/device.crt", cert.read_bytes())
    public = run("openssl", "rsa", "-in", str(key), "-pubout", capture_output=True).stdout
    write(root, "etc/ssl/update.pub", public)
    host = work / "host"
    run("dropbearkey", "-t", "ed25519", "-f", str(host), capture_output=True)
    write(root, "etc/dropbear/dropbear_ed25519_host_key", host.read_bytes(), 0o600)
    user = work / "user"
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "build@acme.example", "-f", str(user))
    write(root, "root/.ssh/authorized_keys", (work / "user.pub").read_bytes(), 0o600)
    write(root, "etc/inittab", "::sysinit:/etc/rc\nttyS0::respawn:/bin/sh\n")
    write(root, "etc/rc", "#!/bin/sh\n/bin/busybox telnetd\n/usr/sbin/dropbear\n", 0o755)
    write(root, "usr/share/acme/<script>alert(1)</script>.txt", "a name that must not become markup\n")
    write(root, "usr/share/acme/\x1b[2Jclear.txt", "a name that must not reach a terminal\n")
    write(root, "usr/share/acme/\u202etxt.exe", "a name that must not turn the line round\n")
    (root / "bin/ping").parent.mkdir(exist_ok=True)
    os.symlink("busybox", root / "bin/telnetd")
    busybox = root / "bin/busybox"
    busybox.chmod(0o4755)
    (root / "dev").mkdir()
    os.mknod(root / "dev/console", 0o600 | 0o020000, os.makedev(5, 1))
    os.mknod(root / "dev/mem", 0o666 | 0o020000, os.makedev(1, 1))


def pack(root: Path, boot: bytes, work: Path) -> bytes:
    image = work / "root.sqfs"
    run("mksquashfs", str(root), str(image), "-comp", "xz", "-noappend", "-all-root", "-all-time",
        str(TIME), "-mkfs-time", str(TIME), "-quiet", "-no-progress", capture_output=True)
    packed = lzma.compress(boot, lzma.FORMAT_ALONE)
    head = struct.pack(">7I4B32s", 0x27051956, 0, TIME, len(packed), 0x80010000, 0x80010000,
                       zlib.crc32(packed), 17, 5, 5, 3, b"Acme boot")
    head = head[:4] + struct.pack(">I", zlib.crc32(head)) + head[8:]
    first = (head + packed).ljust((28 + len(head) + len(packed) + 4095) // 4096 * 4096 - 28, b"\xff")
    body = first + image.read_bytes()
    length = 28 + len(body)
    tail = struct.pack("<HHIII", 0, 1, 28, 28 + len(first), 0) + body
    return struct.pack("<4sII", b"HDR0", length, zlib.crc32(tail) ^ 0xFFFFFFFF) + tail


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        root, boot = work / "root", work / "boot"
        root.mkdir()
        boot.mkdir()
        names = unpack(fetch(work), root, boot)
        plant(root, work)
        loader = max(boot.rglob("u-boot.bin"), key=lambda p: p.stat().st_size)
        image = pack(root, loader.read_bytes(), work)
        rest = b"".join(hashlib.sha256(bytes([i])).digest() for i in range(128))
        OUT.write_bytes(image + rest)
        (OUT.parent / "packages.txt").write_text("\n".join(names) + "\n")


main()
