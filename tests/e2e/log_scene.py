"""A log, keys, statements and witnesses for tests."""
import base64
import hashlib
import json
import time
from pathlib import Path

from serving import Server
from support import SAMPLE, check, run

ROLES = ("vendor", "operator", "lab", "government", "users")


def spki(public: Path) -> str:
    return "".join(public.read_text().split("\n")[1:-2])


def make_key(d: Path, name: str, kind: str = "p256") -> Path:
    run("key", "new", "--type", kind, d / name)
    return d / name


def pae_digest(envelope: bytes) -> str:
    e = json.loads(envelope)
    body, kind = base64.b64decode(e["payload"]), e["payloadType"].encode()
    return hashlib.sha256(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)).hexdigest()


class Scene:
    """A log with two keys that it takes statements of, an image, and three witnesses that are made."""

    def __init__(self, d: Path):
        self.d, self.log = d, d / "log"
        make_key(d, "log.key", "ed25519")
        admission = ""
        for name, role in (("vendor", "vendor"), ("lab", "lab")):
            make_key(d, f"{name}.key")
            admission += f"key {name}.example {role} {spki(d / f'{name}.key.pub')}\n"
        make_key(d, "stranger.key")
        (d / "admission").write_text(admission)
        done = run("log", "init", "--origin", "log.example", "--key", d / "log.key", "--admission", d / "admission", self.log)
        check("log init", done.returncode == 0, done.stderr)
        self.vkey = done.stdout.decode().split("vkey")[1].strip()
        self.image = hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
        self.count = 0

    def statement(self, kind: str, *arguments, key: str = "vendor", of=SAMPLE) -> bytes:
        self.count += 1
        out = self.d / f"{self.count}.intoto.json"
        done = run("sign", "--key", self.d / f"{key}.key", "--kind", kind, "-o", out, *arguments, of)
        if done.returncode:
            check(f"sign {kind}", False, done.stderr)
        return out.read_bytes()

    def claim(self, text: str, **more) -> bytes:
        return self.statement("claim", "--text", text, **more)


def add(s: Server, envelope: bytes) -> tuple[int, dict]:
    r = s.post("/api/add", envelope, "application/json")
    return r.status, json.loads(r.body) if r.headers["Content-Type"] == "application/json" else {}


def wait_for(what, seconds: float = 10):
    """What it gives once it is true."""
    end_at = time.monotonic() + seconds
    while time.monotonic() < end_at:
        if found := what():
            return found
        time.sleep(0.02)
    return None


def size_of(s: Server) -> int:
    r = s.get("/checkpoint")
    return int(r.body.decode().split("\n")[1]) if r.status == 200 else -1


def policy_of(scene: Scene, witnesses: list[tuple[str, str]], needed: int) -> Path:
    """witnesses: verifier and address of each."""
    text = f"log {scene.vkey}\n"
    for role, (vkey, url) in zip(ROLES[1:], witnesses):
        text += f"witness {role} {vkey} {url}\n"
    names = " ".join(ROLES[1:1 + len(witnesses)])
    (scene.d / "policy").write_text(text + f"group all {needed} {names}\nquorum all\n")
    return scene.d / "policy"


def make_witness(scene: Scene, name: str) -> tuple[Path, str]:
    make_key(scene.d, f"{name}.key", "ed25519")
    run("witness", "init", "--name", f"{name}.example", "--key", scene.d / f"{name}.key", scene.d / name)
    run("witness", "add", scene.d / name, scene.vkey)
    return scene.d / name, run("witness", "show", scene.d / name).stdout.decode().split("\n")[0]
