"""A log of ours with keys for it, and a site that serves it or lies."""
import base64
import hashlib
import http.server
import json
import shutil
import subprocess
import threading
from pathlib import Path

from support import SANITIZED, run


class Site:
    """Serves the public files of a log, envelopes and reports by their digests."""

    def __init__(self):
        self.root, self.files, self.without, self.asked = None, {}, (), []
        site = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                body = site.answer(self.path.lstrip("/"))
                self.send_response(404 if body is None else 200)
                self.send_header("Content-Length", str(len(body or b"")))
                self.end_headers()
                self.wfile.write(body or b"")

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size = 64

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def answer(self, path: str):
        self.asked.append(path)
        if path.startswith(self.without) if self.without else False:
            return None
        if path in self.files:
            return self.files[path]
        file = self.root / path
        return file.read_bytes() if file.is_file() else None

    def add(self, envelope: Path) -> None:
        self.files[f"api/envelope/sha256:{pae(envelope)}"] = envelope.read_bytes()


def pae(envelope: Path) -> str:
    e = json.loads(envelope.read_text())
    body, kind = base64.b64decode(e["payload"]), e["payloadType"].encode()
    return hashlib.sha256(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body)).hexdigest()


class World:
    """A log in d/log, a vendor's and a lab's key, and a site."""

    def __init__(self, d: Path):
        self.d, self.site, self.count = d, Site(), 0
        for name, kind in (("log", "ed25519"), ("vendor", "p256"), ("lab", "ed25519"), ("w", "ed25519")):
            assert run("key", "new", "--type", kind, d / f"{name}.key").returncode == 0
        (d / "admission").write_text("".join(f"key {n}.example {n} {self.spki(n)}\n" for n in ("vendor", "lab")))
        done = run("log", "init", "--origin", "log.example", "--key", d / "log.key", "--admission", d / "admission",
                   d / "log")
        assert done.returncode == 0, done.stderr
        self.vkey = done.stdout.decode().split("vkey")[1].strip()
        (d / "policy").write_text(f"log {self.vkey}\nquorum none\n")
        self.site.root = d / "log/public"

    def spki(self, name: str) -> str:
        return base64.b64encode(self.der(name)).decode()

    def der(self, name: str) -> bytes:
        return subprocess.run(["openssl", "pkey", "-pubin", "-in", self.d / f"{name}.key.pub", "-outform", "DER"],
                              capture_output=True, check=True).stdout

    def digest(self, name: str) -> str:
        return hashlib.sha256(self.der(name)).hexdigest()

    def image(self, text: str) -> Path:
        path = self.d / f"image-{text}"
        path.write_text(text)
        return path

    def sign(self, *arguments, key: str = "vendor") -> Path:
        self.count += 1
        path = self.d / f"envelope-{self.count}.json"
        done = run("sign", *arguments, "--key", self.d / f"{key}.key", "-o", path)
        assert done.returncode == 0, done.stderr
        self.site.add(path)
        return path

    def release(self, version: str, image: str, vendor: str = "acme") -> Path:
        return self.sign("--kind", "release", "--vendor", vendor, "--product", "X1", "--release", version,
                         self.image(image))

    def add(self, *envelopes, log: str = "log") -> None:
        for envelope in envelopes:  # one by one: in this order
            done = run("log", "add", self.d / log, envelope)
            assert done.returncode == 0, done.stderr

    def copy(self, name: str) -> None:
        shutil.rmtree(self.d / name, ignore_errors=True)
        shutil.copytree(self.d / "log", self.d / name, symlinks=True)

    def watch(self, *more, state: str = "state", policy: str = "policy") -> tuple[int, str]:
        done = run("log", "watch", "--policy", self.d / policy, "--state", self.d / state, *more, self.site.url,
                   program=SANITIZED)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def fork(self, file: Path) -> tuple[int, str]:
        done = run("log", "fork", "--policy", self.d / "policy", file, program=SANITIZED)
        return done.returncode, done.stdout.decode() + done.stderr.decode()


def signed(d: Path, text: bytes) -> tuple[bytes, str]:
    """A note by a new key, and the key as a note has it."""
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", d / "k"], check=True)
    raw = subprocess.run(["openssl", "pkey", "-in", d / "k", "-pubout", "-outform", "DER"], capture_output=True,
                         check=True).stdout[-32:]
    (d / "text").write_bytes(text)
    subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", d / "k", "-in", d / "text", "-out", d / "s"],
                   check=True)
    name = text.split(b"\n")[0]
    ident = hashlib.sha256(name + b"\n\x01" + raw).digest()[:4]
    line = base64.b64encode(ident + (d / "s").read_bytes())
    return (text + "\n— ".encode() + name + b" " + line + b"\n",
            f"{name.decode()}+{ident.hex()}+{base64.b64encode(bytes([1]) + raw).decode()}")
