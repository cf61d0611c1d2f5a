#!/usr/bin/env python3
"""A log with witnesses, and bundles out of it, by openssl and the standard library alone: what evenhand is
tested against. `bundles.py FOLDER` makes the vectors of tests/vectors/acceptance there."""
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
ED25519_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def openssl(*arguments, data: bytes = b"") -> bytes:
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


class Key:
    """An Ed25519 or P-256 key in PEM; of Ed25519 also from a label."""

    def __init__(self, folder: Path, name: str, p256: bool = False):
        self.name = name
        self.p256 = p256
        self.path = folder / (hashlib.sha256(name.encode()).hexdigest()[:16] + ".pem")
        if p256:
            self.path.write_bytes(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"))
        else:
            seed = hashlib.sha256(b"evenhand test vector key: " + name.encode()).digest()
            self.path.write_bytes(openssl("pkey", "-inform", "DER", data=ED25519_PKCS8 + seed))
        self.read()

    def read(self) -> None:
        self.spki = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        self.public = self.spki[len(ED25519_SPKI):]

    @classmethod
    def of(cls, path: Path, name: str) -> "Key":
        """A key that is there already."""
        key = cls.__new__(cls)
        key.name, key.path, key.p256 = name, path, True
        key.read()
        return key

    def sign(self, message: bytes) -> bytes:
        if self.p256:
            return openssl("dgst", "-sha256", "-sign", self.path, data=message)
        with tempfile.NamedTemporaryFile() as file:
            file.write(message)
            file.flush()
            return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", file.name)

    def id(self, kind: int) -> bytes:
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([kind]) + self.public).digest()

    def vkey(self, kind: int) -> str:
        return f"{self.name}+{self.id(kind)[:4].hex()}+{b64(bytes([kind]) + self.public)}"

    def roster(self, role: str, days: str = "") -> str:
        return f"key {self.name} {role} {b64(self.spki)}{days}\n"


def leaf_hash(data: bytes) -> bytes:
    return hashlib.sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_and_path(leaves: list, index: int) -> tuple:
    """RFC 6962 2.1: level by level, a last node without a neighbour goes up as it is."""
    path = []
    while len(leaves) > 1:
        if index ^ 1 < len(leaves):
            path.append(leaves[index ^ 1])
        above = [node_hash(leaves[i], leaves[i + 1]) for i in range(0, len(leaves) - 1, 2)]
        leaves = above + leaves[len(above) * 2:]
        index //= 2
    return leaves[0], path


def pae(kind: str, payload: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind.encode(), len(payload), payload)


def entry(envelope: dict, key: Key) -> bytes:
    digest = hashlib.sha256(pae(envelope["payloadType"], base64.b64decode(envelope["payload"]))).digest()
    details = "PKIX_ECDSA_P256_SHA_256" if key.p256 else "PKIX_ED25519"
    body = {"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {
        "data": {"algorithm": "SHA2_256", "digest": b64(digest)},
        "signature": {"content": envelope["signatures"][0]["sig"],
                      "verifier": {"keyDetails": details, "publicKey": {"rawBytes": b64(key.spki)}}}}}}
    return json.dumps(body, separators=(",", ":"), sort_keys=True).encode()


class Log:
    """Entries with others before and behind them; a checkpoint that witnesses cosign."""

    def __init__(self, folder: Path, origin: str = "log.example", witnesses: tuple = ("operator", "government", "users")):
        self.key = Key(folder, origin)
        self.witnesses = [Key(folder, f"witness.{name}.example/w1") for name in witnesses]
        self.names = witnesses
        self.leaves = []
        self.made = []

    def fill(self, count: int) -> None:
        start = len(self.leaves)
        self.leaves += [leaf_hash(b"entry %d" % i) for i in range(start, start + count)]

    def add(self, envelope: dict, key: Key) -> None:
        self.made.append((len(self.leaves), envelope, key, entry(envelope, key)))
        self.leaves.append(leaf_hash(self.made[-1][3]))

    def note(self, root: bytes, time, who=None) -> str:
        """time: of all witnesses, or of each by its name."""
        text = f"{self.key.name}\n{len(self.leaves)}\n{b64(root)}\n"
        lines = f"\u2014 {self.key.name} {b64(self.key.id(1)[:4] + self.key.sign(text.encode()))}\n"
        for name, key in zip(self.names, self.witnesses):
            if who is not None and name not in who:
                continue
            at = time[name] if isinstance(time, dict) else time
            signed = key.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
            lines += f"\u2014 {key.name} {b64(key.id(4)[:4] + at.to_bytes(8, 'big') + signed)}\n"
        return f"{text}\n{lines}"

    def bundles(self, time, who=None) -> list:
        note, out = None, []
        for index, envelope, key, body in self.made:
            root, path = root_and_path(self.leaves, index)
            note = note or self.note(root, time, who)
            out.append({"mediaType": MEDIA_TYPE, "verificationMaterial": {
                "publicKey": {"hint": b64(hashlib.sha256(key.spki).digest())},
                "tlogEntries": [{"logIndex": str(index), "logId": {"keyId": b64(self.key.id(1))},
                                 "kindVersion": {"kind": "hashedrekord", "version": "0.0.2"},
                                 "inclusionProof": {"logIndex": str(index), "rootHash": b64(root),
                                                    "treeSize": str(len(self.leaves)),
                                                    "hashes": [b64(h) for h in path],
                                                    "checkpoint": {"envelope": note}},
                                 "canonicalizedBody": b64(body)}]},
                "dsseEnvelope": {"payload": envelope["payload"], "payloadType": envelope["payloadType"],
                                 "signatures": [{"sig": envelope["signatures"][0]["sig"]}]}})
        return out

    def policy(self, quorum: str = "2") -> str:
        lines = f"log {self.key.vkey(1)}\n"
        for name, key in zip(self.names, self.witnesses):
            lines += f"witness {name} {key.vkey(4)}\n"
        if quorum == "none":
            return lines + "quorum none\n"
        return lines + f"group roles {quorum} {' '.join(self.names)}\nquorum roles\n"


def lines_of(bundles: list) -> str:
    return "".join(json.dumps(b, separators=(",", ":"), ensure_ascii=False) + "\n" for b in bundles)


def statement(kind: str, image: bytes, predicate: dict) -> bytes:
    return json.dumps({"_type": "https://in-toto.io/Statement/v1", "subject": [{"digest": {
        "sha256": hashlib.sha256(image).hexdigest(), "sha512": hashlib.sha512(image).hexdigest()}}],
        "predicateType": f"https://evenhand.example/{kind}/v1", "predicate": predicate}, separators=(",", ":")).encode()


def envelope_of(payload: bytes, key: Key) -> dict:
    kind = "application/vnd.in-toto+json"
    return {"payload": b64(payload), "payloadType": kind, "signatures": [{"sig": b64(key.sign(pae(kind, payload)))}]}


def release(image: bytes, key: Key, version: str = "2.3.1") -> dict:
    return envelope_of(statement("release", image, {"vendor": "acme", "product": "AR-431", "version": version}), key)


def evaluation(image: bytes, key: Key, report: bytes = b"report", fail: tuple = (), review: tuple = ("ACC-02",),
               opaque: tuple = (("@0x500000", 393216),)) -> dict:
    digest = hashlib.sha256(report).hexdigest()
    file = {"size": len(report), "digest": {"sha256": digest}}
    named = len(fail) + len(review)
    return envelope_of(statement("evaluation", image, {
        "result": "FAILED" if fail else "WARNED" if review else "PASSED", "failedTests": list(fail),
        "warnedTests": list(review), "notEvaluableTests": [], "passedTests": ["ACC-01"] if named else [],
        "notApplicableTests": [],
        "counts": {"fail": len(fail), "review": len(review), "not-evaluable": 0, "pass": 1 if named else 0,
                   "not-applicable": 0},
        "report": file, "published": {**file, "passwords_left_out": 0},
        "tool": {"version": "0.1.0", "knowledge": {"observing": "a", "judging": "b"}},
        "opaque": {"count": len(opaque), "regions": [{"where": w, "size": n, "state": "encrypted"} for w, n in opaque]},
    }), key)


def meant(kind: str, image: bytes, of: dict, key: Key, text: str) -> dict:
    """A response to a statement, or its revocation."""
    digest = hashlib.sha256(pae(of["payloadType"], base64.b64decode(of["payload"]))).hexdigest()
    said = {"says": text, "evidence": []} if kind == "response" else {"reason": text}
    return envelope_of(statement(kind, image, {"statement": {"pae_sha256": digest}, **said}), key)


def claim(image: bytes, key: Key, text: str) -> dict:
    return envelope_of(statement("claim", image, {"alleges": text, "standing": "allegation without evidence",
                                                  "evidence": []}), key)


def main(folder: Path) -> None:
    """The small vector: one release, two witnesses that must both have signed, all bits of which are flipped; and
    the larger one, with two labs."""
    folder.mkdir(parents=True, exist_ok=True)
    image = b"firmware of a test vector\n"
    with tempfile.TemporaryDirectory() as keys:
        keys = Path(keys)
        vendor = Key(keys, "vendor.example", p256=True)
        labs = [Key(keys, f"lab-{n}.example", p256=n == "two") for n in ("one", "two")]
        small = Log(keys, witnesses=("operator", "users"))
        small.fill(2)
        quick = Key(keys, "other-vendor.example")  # Ed25519: it is checked twenty thousand times
        small.add(release(image, quick), quick)
        small.fill(1)
        large = Log(keys)
        large.fill(300)
        large.add(release(image, vendor), vendor)
        for lab in labs:
            large.add(evaluation(image, lab), lab)
        large.fill(200)
        (folder / "image").write_bytes(image)
        (folder / "small.sigstore.jsonl").write_text(lines_of(small.bundles(1795600000)))
        (folder / "small.policy").write_text(small.policy("all"))
        (folder / "small.rules").write_text(quick.roster("vendor") + "need 1 vendor release\nage 30\n")
        (folder / "large.sigstore.jsonl").write_text(lines_of(large.bundles(1795600000)))
        (folder / "large.policy").write_text(large.policy())
        (folder / "large.rules").write_text(
            "".join(lab.roster("lab") for lab in labs) + vendor.roster("vendor") +
            "need 2 lab evaluation\nneed 1 vendor release\nallow review ACC-02\nallow opaque @0x500000 393216\nage 30\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
