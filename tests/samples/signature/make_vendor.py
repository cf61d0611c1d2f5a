#!/usr/bin/env python3
"""Makes Qualcomm's and MikroTik's signed samples (see README), by the descriptions that mbn.c, signature_qualcomm.c and
npk.c name; no maker's tool that signs is public. The private keys are thrown away: run anew, all of it changes."""
import hashlib
import random
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOFTWARE, HARDWARE = 0x0000000300000009, 0x009600E100420007
UNITS = ["07 0001 SHA256", f"02 {HARDWARE:016X} HW_ID", "05 00000088 SW_SIZE", f"01 {SOFTWARE:016X} SW_ID"]
EXTENSIONS = {"root": "basicConstraints=critical,CA:true", "ca": "basicConstraints=critical,CA:true,pathlen:0",
              "signer": "keyUsage=critical,digitalSignature"}


def openssl(folder: Path, *command: str, data: bytes = b"") -> bytes:
    done = subprocess.run(["openssl", *command], cwd=folder, check=False, capture_output=True, input=data)
    if done.returncode:
        sys.exit(f"openssl {command[0]}: {done.stderr.decode()}")
    return done.stdout


def chain(folder: Path, kind: str, key: list[str], *units: str) -> bytes:
    """The certificates of signer, CA and root, as they stand behind a signature."""
    for who, above in (("root", None), ("ca", "root"), ("signer", "ca")):
        name = f"{kind}-{who}"
        subject = "".join(f"/OU={unit}" for unit in units if who == "signer") + f"/CN={kind} {who}"
        openssl(folder, "req", "-batch", "-new", "-newkey", *key, "-nodes", "-keyout", f"{name}.key", "-out",
                f"{name}.csr", "-subj", subject)
        (folder / "ext").write_text(EXTENSIONS[who] + "\n")
        by = ["-CA", f"{kind}-{above}.crt", "-CAkey", f"{kind}-{above}.key"] if above else ["-key", f"{name}.key"]
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", *by, "-extfile", "ext", "-days", "36500", "-sha384" if
                kind.startswith("ec") else "-sha256", "-out", f"{name}.crt")
    return b"".join(openssl(folder, "x509", "-in", f"{kind}-{who}.crt", "-outform", "DER")
                    for who in ("signer", "ca", "root"))


class Signer:
    """Signs as one of the three kinds; `chain` fills its room."""

    def __init__(self, folder: Path, kind: str, certificates: bytes, way: str) -> None:
        self.folder, self.kind, self.way = folder, kind, way
        self.chain = certificates + b"\xff" * (-len(certificates) % 16 + 32)
        self.length = 104 if way == "ecdsa" else 256

    def sign(self, data: bytes) -> bytes:
        options = []
        if self.way == "bare":
            inner = hashlib.sha256(struct.pack(">Q", SOFTWARE ^ 0x3636363636363636) + hashlib.sha256(data).digest())
            digest = hashlib.sha256(struct.pack(">Q", HARDWARE ^ 0x5c5c5c5c5c5c5c5c) + inner.digest()).digest()
        elif self.way == "pss":
            digest = hashlib.sha256(data).digest()
            options = ["rsa_padding_mode:pss", "digest:sha256", "rsa_pss_saltlen:32"]
        else:
            digest = hashlib.sha384(data).digest()
        (self.folder / "digest").write_bytes(digest)
        signature = openssl(self.folder, "pkeyutl", "-sign", "-inkey", f"{self.kind}-signer.key", "-in", "digest",
                            *[word for o in options for word in ("-pkeyopt", o)])
        return signature.ljust(self.length, b"\xff")


def hash_segment(version: int, code: bytes, makers: Signer, theirs: Signer | None) -> bytes:
    """Header, metadata, hashes, signatures; in version 7 each signs with what is the other's left blank."""
    metadata = bytes(range(24)) if version > 5 else b""
    metadata_qti = bytes(range(50, 66)) if theirs else b""
    lengths = (theirs.length, len(theirs.chain)) if theirs else (0, 0)

    def head(own: tuple[int, int], other: tuple[int, int]) -> bytes:
        if version == 7:
            return struct.pack("<16I", 0, 7, 24, len(metadata_qti), len(metadata), len(code), *other, *own, 1, 0, 9, 0, 3, 0)
        total = len(code) + sum(own) + sum(other)  # without the metadata, as some packers have it
        fields = [0, version, *other, total, len(code), 0xffffffff, own[0], 0xffffffff, own[1]]
        if version == 3:
            fields[2:4] = 0, 0x86400028
            fields[6], fields[8] = 0x86400028 + len(code), 0x86400028 + len(code) + own[0]
        return struct.pack("<10I", *fields) + (struct.pack("<2I", 0, len(metadata)) if version == 6 else b"")
    own = (makers.length, len(makers.chain))
    signed = head(own, (0, 0)) + bytes(len(metadata_qti)) + metadata + code
    out = head(own, lengths) + metadata_qti + metadata + code
    if theirs:
        out += theirs.sign(head((0, 0), lengths) + metadata_qti + bytes(len(metadata)) + code) + theirs.chain
    return out + makers.sign(signed) + makers.chain


def elf(version: int, makers: Signer, theirs: Signer | None = None) -> bytes:
    """Header and hash segment, 300 bytes, 200 of text, and among them two that a program of its own speaks of."""
    digest = hashlib.sha256 if version < 6 else hashlib.sha384
    rng = random.Random(version)
    segments = [rng.randbytes(300), b"hello" * 40]
    count = len(segments) + 3
    size = len(hash_segment(version, bytes(count * digest().digest_size), makers, theirs))
    at, table, body = 52 + 32 * count, b"", b""
    table += struct.pack("<8I", 0, 0, 0, 0, at, 0, 7 << 24, 0)
    table += struct.pack("<8I", 0, at, 0x86500000, 0x86500000, size, size, 0x2200000, 16)
    places = []
    for i, data in enumerate(segments):
        places.append(at + size + len(body))
        table += struct.pack("<8I", 1, places[i], 0x86400000 + i * 4096, 0x86400000 + i * 4096, len(data), len(data), 5, 16)
        body += data
    table += struct.pack("<8I", 2, places[0] + 8, 0x86400008, 0x86400008, 16, 16, 6, 4)
    head = b"\x7fELF\1\1\1".ljust(16, b"\0") + struct.pack("<HHIIIIIHHHHHH", 2, 40, 1, 0x86400000, 52, 0, 0x5000202, 52,
                                                          32, count, 0, 0, 0) + table
    hashes = digest(head).digest() + bytes(digest().digest_size)
    for data in (*segments, segments[0][8:24]):
        hashes += digest(data).digest()
    return head + hash_segment(version, hashes, makers, theirs) + body


def sbl(makers: Signer) -> bytes:
    code, to = random.Random(80).randbytes(400), 0x8f600000
    head = struct.pack("<13I", 0x844bdcd1, 0x73d71034, 21, 0xffffffff, 0xffffffff, 80, to,
                       len(code) + makers.length + len(makers.chain), len(code), to + len(code), makers.length,
                       to + len(code) + makers.length, len(makers.chain)).ljust(80, b"\0")
    return head + code + makers.sign(head + code) + makers.chain


def package(folder: Path, name: bytes, first: bytes) -> bytes:
    def part(number: int, content: bytes) -> bytes:
        return struct.pack("<HI", number, len(content)) + content
    signed = part(1, struct.pack("<16sBBBBI4s8s", name, 4, 102, 48, 6, 1500000000, b"", b"")) + part(16, b"mipsbe")
    signed += part(7, random.Random(name[0]).randbytes(90)) + struct.pack("<HI", 9, 132)
    (folder / "digest").write_bytes(hashlib.sha256(signed).digest())
    signature = openssl(folder, "pkeyutl", "-sign", "-rawin", "-inkey", "npk.key", "-in", "digest")
    return first + signed + hashlib.sha1(signed).digest() + random.Random(48).randbytes(48) + signature


def npk(folder: Path) -> None:
    """One package, and a file of two: KCDSA's place is filled with noise."""
    openssl(folder, "genpkey", "-algorithm", "ed25519", "-out", "npk.key")
    openssl(folder, "pkey", "-in", "npk.key", "-pubout", "-out", "npk.pub")
    head = struct.pack("<HI", 25, 0)
    one = package(folder, b"gps", head) + struct.pack("<HI", 16, 1) + b"I"
    two = head + struct.pack("<HI", 20, 4) + bytes(4) + package(folder, b"gps", b"") + package(folder, b"user", b"")
    for name, body in (("one.npk", one), ("two.npk", two)):
        (folder / name).write_bytes(struct.pack("<4sI", b"\x1e\xf1\xd0\xba", len(body)) + body)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rsa = chain(folder, "rsa", ["rsa:2048"], *UNITS)
        makers = chain(folder, "ec", ["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"])
        theirs = chain(folder, "ecq", ["ec", "-pkeyopt", "ec_paramgen_curve:secp384r1"])
        bare, pss = Signer(folder, "rsa", rsa, "bare"), Signer(folder, "rsa", rsa, "pss")
        one, other = Signer(folder, "ec", makers, "ecdsa"), Signer(folder, "ecq", theirs, "ecdsa")
        (folder / "v3.qcom").write_bytes(elf(3, bare))
        (folder / "v5.qcom").write_bytes(elf(5, pss))
        (folder / "v6.qcom").write_bytes(elf(6, one))
        (folder / "v7.qcom").write_bytes(elf(7, one, other))
        (folder / "boot.sbl").write_bytes(sbl(bare))
        npk(folder)
        for wanted in ("v3.qcom", "v5.qcom", "v6.qcom", "v7.qcom", "boot.sbl", "rsa-root.crt", "rsa-ca.crt",
                       "rsa-signer.crt", "ec-root.crt", "ecq-root.crt", "one.npk", "two.npk", "npk.pub"):
            (HERE / wanted).write_bytes((folder / wanted).read_bytes())


main()
