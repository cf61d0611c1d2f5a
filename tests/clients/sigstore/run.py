#!/usr/bin/env python3
"""cosign on bundles of ours, without network: run.py EVENHAND. README.md says how to get it."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))
import support  # noqa: E402

support.RELEASE = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else support.RELEASE
support.run.__kwdefaults__ = {**support.run.__kwdefaults__, "program": support.RELEASE}
from log_scene import Scene  # noqa: E402
from support import SAMPLE, check, end, run  # noqa: E402

COSIGN = shutil.which("cosign")
TYPE = "https://evenhand.example/claim/v1"


def cosign(d: Path, bundle: Path, image: Path, kind: str = TYPE, key: str = "lab.key.pub") -> subprocess.CompletedProcess:
    """Everything that it might ask is at an address where nobody answers."""
    nowhere = {name: "http://127.0.0.1:1" for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    return subprocess.run([COSIGN, "verify-blob-attestation", "--key", d / key, "--bundle", bundle, "--trusted-root",
                           d / "root.json", "--type", kind, image], capture_output=True,
                          env={**os.environ, **nowhere, "HOME": str(d), "TUF_ROOT": str(d / "tuf")}, timeout=120)


def changed(bundle: Path, path: list, d: Path) -> Path:
    """One letter of a base64 value is another."""
    j = json.loads(bundle.read_bytes())
    at = j
    for name in path[:-1]:
        at = at[name]
    value = at[path[-1]]
    at[path[-1]] = value[:10] + ("A" if value[10] != "A" else "B") + value[11:]
    (d / "changed.sigstore.json").write_text(json.dumps(j))
    return d / "changed.sigstore.json"


def main(d: Path) -> None:
    scene = Scene(d)
    for n in range(3):
        (d / "claim.json").write_bytes(scene.claim(f"Number {n}.", key="lab"))
        done = run("log", "add", scene.log, d / "claim.json")
        check(f"entry {n}", done.returncode == 0, done.stderr)
    done = run("log", "trusted-root", "-o", d / "root.json", scene.log)
    check("trusted root", done.returncode == 0, done.stderr)
    for n in range(3):
        one = d / f"{n}.sigstore.json"
        run("log", "bundle", "-o", one, scene.log, f"entry:{n}")
        done = cosign(d, one, SAMPLE)
        check(f"cosign takes entry {n}", done.returncode == 0, done.stderr)
    other = d / "other.bin"
    other.write_bytes(SAMPLE.read_bytes() + b"x")
    entry = ["verificationMaterial", "tlogEntries", 0]
    for what, done in (
            ("another image", cosign(d, one, other)),
            ("another kind", cosign(d, one, SAMPLE, kind="https://evenhand.example/release/v1")),
            ("another key", cosign(d, one, SAMPLE, key="stranger.key.pub")),
            ("a changed statement", cosign(d, changed(one, ["dsseEnvelope", "payload"], d), SAMPLE)),
            ("a changed signature", cosign(d, changed(one, ["dsseEnvelope", "signatures", 0, "sig"], d), SAMPLE)),
            ("a changed proof", cosign(d, changed(one, [*entry, "inclusionProof", "hashes", 0], d), SAMPLE)),
            ("a changed entry", cosign(d, changed(one, [*entry, "canonicalizedBody"], d), SAMPLE))):
        check(f"cosign refuses {what}", done.returncode != 0, done.stdout)


if COSIGN:
    with tempfile.TemporaryDirectory() as folder:
        main(Path(folder))
else:
    print("skip cosign: it is not installed")
end()
