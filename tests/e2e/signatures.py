#!/usr/bin/env python3
"""Signatures: what the tools that signed the samples say is covered, and whether a key verifies them."""
import hashlib
import struct
import subprocess
import tarfile
import tempfile
from pathlib import Path

from support import ROOT, check, end, report, run

SAMPLES = ROOT / "tests/samples/signature"
KEY_OF = {"rsa.itb": "dev.pub", "ec.itb": "ec.pub", "usign.bin": "usign.pub", "plain.raucb": "root.crt",
          "verity.raucb": "root.crt", "boot.vbmeta": "boot.pub", "rsa.mcuboot": "boot.pub", "ec.mcuboot": "p256.pub",
          "ec384.mcuboot": "p384.pub", "pe.efi": "pe-root.crt", "v3.qcom": "rsa-root.crt", "v5.qcom": "rsa-root.crt",
          "v6.qcom": "ec-root.crt", "boot.sbl": "rsa-root.crt"}


def signed(r: dict) -> list[dict]:
    """The signatures among the facts of updates."""
    return [u for u in r["facts"]["updates"] if u["kind"] == "signature"]


def signatures(image: Path, *keys: Path) -> list[dict]:
    options = [word for key in keys for word in ("--trust", str(key))]
    return signed(report(image, *options)[1])


def verified(image: Path, *keys: Path) -> list[bool | None]:
    return [s["verified"] for s in signatures(image, *keys)]


def given_keys() -> None:
    for name, key in KEY_OF.items():
        image = SAMPLES / name
        found = signatures(image, SAMPLES / key)
        check(f"{name}: its key verifies it", found and all(s["verified"] and s["key_from"] == "given" for s in found))
        check(f"{name}: without a key nothing is said", not any(s["verified"] is not None for s in signatures(image)))
    check("another key of the same kind does not",
          verified(SAMPLES / "plain.raucb", SAMPLES / "dev.pub") == [False])
    check("a key of another kind says nothing", verified(SAMPLES / "rsa.itb", SAMPLES / "ec.pub") == [None, None])


def changed_bytes() -> None:
    """One bit in every signed range, and one bit outside all of them."""
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "changed"
        for sample, key in KEY_OF.items():
            data = (SAMPLES / sample).read_bytes()
            _, r, _ = report(SAMPLES / sample)
            good = True
            for index, signature in enumerate(signed(r)):
                for place in signature["signed"]:
                    node = r["nodes"][place["node"]]
                    at = node.get("offset", 0) + place["offset"] + place["length"] // 2
                    image.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
                    states = verified(image, SAMPLES / key)
                    good = good and (len(states) <= index or states[index] is not True)
            check(f"{sample}: a changed bit in any signed range is noticed", good)
        data = (SAMPLES / "rsa.itb").read_bytes()
        kernel = bytes(i * i % 251 for i in range(700))
        at = data.index(kernel) + 5
        image.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        _, r, _ = report(image, "--trust", str(SAMPLES / "dev.pub"))
        configuration = signed(r)[1]
        check("a kernel whose digest does not hold is not bound by it",
              configuration["verified"] and configuration["signed_by_digest"] == [], configuration)


def bound_by_digest() -> None:
    """The kernel stands under a hash node that the configuration's signature covers."""
    data = (SAMPLES / "rsa.itb").read_bytes()
    kernel = bytes(i * i % 251 for i in range(700))
    found = signatures(SAMPLES / "rsa.itb")[1]
    places = [(p["offset"], p["length"]) for p in found["signed_by_digest"]]
    check("a signed digest binds the kernel's bytes", places == [(data.index(kernel), len(kernel))], places)
    covered = sum(p["length"] for p in found["signed"]) + len(kernel) + found["length"]
    check("what is neither signed nor the signature is counted", found["unsigned_bytes"] == len(data) - covered)


def whole_of_what_is_signed() -> None:
    """Header and auxiliary block; header, image and protected fields: as their specifications say."""
    data = (SAMPLES / "boot.vbmeta").read_bytes()
    front, rest = struct.unpack_from(">QQ", data, 12)
    (found,) = signatures(SAMPLES / "boot.vbmeta")
    places = [(p["offset"], p["length"]) for p in found["signed"]]
    check("Android's metadata: the header and the auxiliary block", places == [(0, 256), (256 + front, rest)], places)
    for name, digest, bits in (("rsa", "sha256", 2048), ("ec", "sha256", 256), ("ec384", "sha384", 384)):
        data = (SAMPLES / f"{name}.mcuboot").read_bytes()
        header, protected, image = struct.unpack_from("<HHI", data, 8)
        (found,) = signatures(SAMPLES / f"{name}.mcuboot")
        places = [(p["offset"], p["length"]) for p in found["signed"]]
        check(f"{name}.mcuboot: header, image and protected fields",
              protected > 0 and places == [(0, header + image + protected)], places)
        check(f"{name}.mcuboot: digest and bits", (found["digest"], found["bits"]) == (digest, bits), found)


def authenticode() -> None:
    """The digest that the signature holds is of the file; its checksum and the signatures' place are not covered."""
    data = (SAMPLES / "pe.efi").read_bytes()
    (found,) = signatures(SAMPLES / "pe.efi")
    check("a program of EFI: algorithm, digest and signer are told",
          [found[k] for k in ("algorithm", "digest", "bits", "key")]
          == ["authenticode", "sha256", 2048, "CN=signer,O=maker"], found)
    check("the root that stands in the signature does not verify it", found["verified"] is None)
    checksum = int.from_bytes(data[0x3c:0x40], "little") + 24 + 64
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "pe.efi"
        image.write_bytes(data[:checksum] + bytes(4) + data[checksum + 4:])
        check("its checksum may change", verified(image, SAMPLES / "pe-root.crt") == [True])
        image.write_bytes(data[:600] + bytes([data[600] ^ 1]) + data[601:])
        check("its code may not", verified(image, SAMPLES / "pe-root.crt") == [False])
        check("another root does not verify it", verified(SAMPLES / "pe.efi", SAMPLES / "root.crt") == [False])


def changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def places(ranges: list[dict]) -> list[tuple[int, int]]:
    return [(r["offset"], r["length"]) for r in ranges]


def qualcomm() -> None:
    """Header and hashes are signed, by the first of three certificates; the hashes bind header and segments."""
    kinds = {"v3.qcom": ("rsa-qualcomm", "sha256", 2048), "v5.qcom": ("rsa-pss", "sha256", 2048),
             "v6.qcom": ("ecdsa", "sha384", 384), "boot.sbl": ("rsa-qualcomm", "sha256", 2048)}
    for name, kind in kinds.items():
        (found,) = signatures(SAMPLES / name)
        check(f"{name}: algorithm, digest, bits and signer are told",
              (found["algorithm"], found["digest"], found["bits"]) == kind and
              found["key"].startswith("CN=" + ("ec" if name == "v6.qcom" else "rsa") + " signer"), found)
    for name in ("rsa-signer.crt", "rsa-ca.crt"):
        check(f"{name} verifies too", verified(SAMPLES / "v3.qcom", SAMPLES / name) == [True])
    check("another root does not", verified(SAMPLES / "v6.qcom", SAMPLES / "ecq-root.crt") == [False])
    data = (SAMPLES / "v3.qcom").read_bytes()
    head, segment = 52 + 32 * 5, data.index(b"hello" * 40)
    (found,) = signatures(SAMPLES / "v3.qcom")
    check("the header of the hash segment and the hashes are signed", places(found["signed"]) == [(head, 40 + 5 * 32)])
    check("they bind the file's header and what is loaded, none of it twice",
          places(found["signed_by_digest"]) == [(0, head), (segment - 300, 300), (segment, 200)], found)
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image"
        image.write_bytes(changed(data, segment + 7))
        _, r, _ = report(image, "--trust", str(SAMPLES / "rsa-root.crt"))
        (found,) = signed(r)
        check("a changed segment is told, and not bound",
              [f["what"] for n in r["nodes"] for f in n.get("faults", [])] == ["hash of a segment"] and
              places(found["signed_by_digest"]) == [(0, head), (segment - 300, 300)], found)
        length = int.from_bytes(data[84 + 16:84 + 20], "little")
        image.write_bytes(data[:head + length])
        (found,) = signatures(image, SAMPLES / "rsa-root.crt")
        check("the first file of a split one: the signature verifies, the header is bound",
              found["verified"] and places(found["signed_by_digest"]) == [(0, head)], found)
        at = data.index(b"HW_ID") - 2
        image.write_bytes(changed(data, at))
        check("a changed number in the signer's certificate does not pass",
              verified(image, SAMPLES / "rsa-root.crt") == [False] and
              verified(image, SAMPLES / "rsa-signer.crt") == [False])


def signed_by_both() -> None:
    """Version 7: Qualcomm and the maker, each over zeros where the other's lengths and metadata stand."""
    both = [(s["key"], s["verified"]) for s in signatures(SAMPLES / "v7.qcom", SAMPLES / "ec-root.crt")]
    check("the maker's root verifies the maker's", both == [("CN=ecq signer", False), ("CN=ec signer", True)], both)
    image, keys = SAMPLES / "v7.qcom", (SAMPLES / "ec-root.crt", SAMPLES / "ecq-root.crt")
    data, head = image.read_bytes(), 52 + 32 * 5
    theirs, ours = signatures(image, *keys)
    check("with both roots both are verified", theirs["verified"] and ours["verified"])
    check("what is signed leaves out what is the other's",
          places(theirs["signed"]) == [(head, 32), (head + 40, 40), (head + 104, 240)] and
          places(ours["signed"]) == [(head, 24), (head + 32, 32), (head + 80, 264)], (theirs, ours))
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder) / "image"
        for what, at, want in (("Qualcomm's metadata", head + 70, [False, True]),
                               ("the maker's metadata", head + 90, [True, False]),
                               ("the hashes", head + 150, [False, False])):
            other.write_bytes(changed(data, at))
            check(f"{what} changed", verified(other, *keys) == want, verified(other, *keys))


def mikrotik() -> None:
    """SHA-1 is checked; Ed25519 is verified; EC-KCDSA is told."""
    for name, packages in (("one.npk", 1), ("two.npk", 2)):
        found = signatures(SAMPLES / name, SAMPLES / "npk.pub")
        check(f"{name}: algorithm, digest, bits and answer",
              [(s["algorithm"], s["digest"], s["bits"], s["verified"]) for s in found]
              == [("ec-kcdsa", "sha256", 255, None), ("ed25519", "sha256", 256, True)] * packages, found)
    data = (SAMPLES / "one.npk").read_bytes()
    (_, found) = signatures(SAMPLES / "one.npk")
    check("one.npk: from behind the part called head up to the signature's own head",
          places(found["signed"]) == [(14, 156)], found)
    with tempfile.TemporaryDirectory() as folder:
        image = Path(folder) / "image"
        for name, at, fault, want in (("one.npk", 100, True, [None, False]), ("one.npk", len(data) - 1, False, [None, True]),
                                      ("two.npk", 330, True, [None, True, None, False])):
            image.write_bytes(changed((SAMPLES / name).read_bytes(), at))
            _, r, _ = report(image, "--trust", str(SAMPLES / "npk.pub"))
            faults = [f["what"] for n in r["nodes"] for f in n.get("faults", [])]
            label = next(n["label"] for n in r["nodes"] if n["format"] == "npk")
            check(f"{name} changed at {at}: whether the SHA-1 holds is said, and the signature's answer",
                  (faults == ["SHA-1 of the package"], label.endswith(", SHA-1 holds"), [s["verified"] for s in signed(r)])
                  == (fault, not fault, want), (faults, label, signed(r)))


def names_and_digests() -> None:
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", SAMPLES / "dev.pub", "-outform", "DER"],
                         check=True, capture_output=True).stdout
    spki = hashlib.sha256(der).hexdigest()
    _, r, _ = report(SAMPLES / "rsa.itb", "--trust", str(SAMPLES / "dev.pub"), "--trust", str(SAMPLES / "dev.pub"))
    check("the report names the key it trusts", r["tool"]["options"]["trust"] == [spki])
    check("and the key that verifies", {s["spki_sha256"] for s in signed(r)} == {spki})
    kinds = [(s["algorithm"], s["digest"], s["bits"], s["key"]) for s in signed(r)]
    check("algorithm, digest, bits and hint are the tree's own",
          kinds == [("rsa", "sha1", 2048, "dev"), ("rsa-pss", "sha256", 2048, "dev")], kinds)
    _, r, _ = report(SAMPLES / "verity.raucb")
    (signature,) = signed(r)
    data = (SAMPLES / "verity.raucb").read_bytes()
    length = int.from_bytes(data[-8:], "big")
    check("a manifest binds file system and hash tree by its root hash",
          [(r["nodes"][b["node"]]["format"], b["offset"], b["length"]) for b in signature["signed_by_digest"]]
          == [("rauc", 0, len(data) - 8 - length)], signature["signed_by_digest"])
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "changed.raucb"
        image.write_bytes(data[:3000] + bytes([data[3000] ^ 1]) + data[3001:])
        check("where the tree does not hold, it binds nothing",
              not signatures(image)[0]["signed_by_digest"])
    (signer,) = signatures(SAMPLES / "plain.raucb")
    check("a signer is called by its certificate", (signer["key"], signer["bits"]) == ("CN=signer,O=maker", 2048))


def keys_of_the_image() -> None:
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "both.tar"
        with tarfile.open(image, "w") as tar:
            tar.add(SAMPLES / "rsa.itb", "boot/rsa.itb")
            tar.add(SAMPLES / "dev.pub", "etc/dev.pub")
        found = signatures(image)
        check("a key that lies in the image is tried, and is said to",
              [(s["verified"], s["key_from"]) for s in found] == [(True, "image")] * 2, found)


def keys_beside_the_signature() -> None:
    """Whoever signs anew replaces the certificate that the signature carries: it shows nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "content").write_bytes(b"some content, to be signed")
        for command in (["req", "-batch", "-new", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key", "-out",
                         "certificate", "-subj", "/CN=self"],
                        ["cms", "-sign", "-binary", "-nodetach", "-in", "content", "-signer", "certificate", "-inkey",
                         "key", "-outform", "DER", "-out", "signed.p7"]):
            subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
        _, r, _ = report(folder / "signed.p7")
        check("the certificate in a signature is found", [c["subject"] for c in r["facts"]["certificates"]] == ["CN=self"])
        check("and does not verify it", [s["verified"] for s in signed(r)] == [None], signed(r))
        check("given by hand it does", verified(folder / "signed.p7", folder / "certificate") == [True])


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def node(name: bytes, *parts: bytes) -> bytes:
    return struct.pack(">I", 1) + padded(name + b"\0") + b"".join(parts) + struct.pack(">I", 2)


class Names:
    """The names of properties of one tree."""

    def __init__(self) -> None:
        self.all: list[bytes] = []

    def prop(self, name: bytes, value: bytes) -> bytes:
        if name not in self.all:
            self.all.append(name)
        place = sum(len(n) + 1 for n in self.all[:self.all.index(name)])
        return struct.pack(">III", 3, len(value), place) + padded(value)

    def tree(self, *nodes: bytes) -> bytes:
        body = node(b"", *nodes) + struct.pack(">I", 9)
        strings = b"".join(n + b"\0" for n in self.all)
        head = struct.pack(">10I", 0xd00dfeed, 56 + len(body) + len(strings), 56, 56 + len(body), 40, 17, 16, 0,
                           len(strings), len(body))
        return head + bytes(16) + body + strings


def tree_of(hashed_nodes: bytes, hashed_strings: int) -> bytes:
    """A flattened image tree of one image and one signed configuration, written by hand."""
    t = Names()
    signature = node(b"signature-1", t.prop(b"algo", b"sha256,rsa2048\0"), t.prop(b"value", bytes(256)),
                     t.prop(b"hashed-nodes", hashed_nodes),
                     t.prop(b"hashed-strings", struct.pack(">II", 0, hashed_strings)))
    return t.tree(node(b"images", node(b"kernel", t.prop(b"data", b"kernel"))),
                  node(b"configurations", node(b"one", signature)))


def control_tree(modulus: bytes) -> bytes:
    """The key of a boot loader, as mkimage -K -r writes it."""
    t = Names()
    return t.tree(node(b"signature", node(b"key-dev", t.prop(b"required", b"conf\0"),
                                          t.prop(b"algo", b"sha256,rsa2048\0"),
                                          t.prop(b"rsa,exponent", struct.pack(">Q", 65537)),
                                          t.prop(b"rsa,modulus", modulus))))


def keys_that_are_no_files() -> None:
    """In a boot loader's device tree, and in usign's own form."""
    said = subprocess.run(["openssl", "rsa", "-pubin", "-in", SAMPLES / "dev.pub", "-modulus", "-noout"], check=True,
                          capture_output=True, text=True).stdout
    modulus = bytes.fromhex(said.strip().removeprefix("Modulus="))
    changed = modulus[:100] + bytes([modulus[100] ^ 1]) + modulus[101:]
    usign = (SAMPLES / "usign.pub").read_bytes()
    cases = (("the key of a device tree", "rsa.itb", "boot/u-boot.dtb", control_tree(modulus), True),
             ("another key of a device tree", "rsa.itb", "boot/u-boot.dtb", control_tree(changed), None),
             ("a key of usign", "usign.bin", "etc/opkg/keys/5b86a1f8b7e1d6a1", usign, True))
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "both.tar"
        for what, sample, path, data, verifies in cases:
            (Path(name) / "key").write_bytes(data)
            with tarfile.open(image, "w") as tar:
                tar.add(SAMPLES / sample, "boot/" + sample)
                tar.add(Path(name) / "key", path)
            found = {(s["verified"], s["key_from"]) for s in signatures(image)}
            check(f"{what}: {'verifies' if verifies else 'says nothing'}",
                  found == {(verifies, "image" if verifies else None)}, found)


def trees_that_ask_for_too_much() -> None:
    with tempfile.TemporaryDirectory() as name:
        image = Path(name) / "tree.itb"
        some = b"/\0/configurations/one\0"
        many = b"".join(b"/images/%d\0" % i for i in range(200))
        for what, nodes, strings, fault in (("a sound one", some, 8, None), ("too many nodes", many, 8, "signed nodes"),
                                            ("strings behind the end", some, 9999, "signed strings")):
            image.write_bytes(tree_of(nodes, strings))
            _, r, _ = report(image, "--trust", str(SAMPLES / "dev.pub"))
            faults = [f["what"] for n in r["nodes"] for f in n.get("faults", [])]
            found = [s["verified"] for s in signed(r)]
            check(f"{what}: {'refused' if fault else 'tried'}",
                  (faults, found) == (([fault], []) if fault else ([], [False])), (faults, found))


def refusals() -> None:
    done = run("scan", "--trust", SAMPLES / "rsa.itb", SAMPLES / "rsa.itb")
    check("what is no key is refused", done.returncode == 2 and b"is no public key" in done.stderr, done.stderr)
    done = run("scan", "--trust", "/nonexistent/key", SAMPLES / "rsa.itb")
    check("a key that is not there is refused", done.returncode == 2 and b"cannot be read" in done.stderr, done.stderr)


given_keys()
changed_bytes()
bound_by_digest()
whole_of_what_is_signed()
authenticode()
qualcomm()
signed_by_both()
mikrotik()
names_and_digests()
keys_of_the_image()
keys_beside_the_signature()
keys_that_are_no_files()
trees_that_ask_for_too_much()
refusals()
end()
