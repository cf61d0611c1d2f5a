#!/usr/bin/env python3
"""A log's public files go to object storage: each request is signed as AWS Signature Version 4 has it (checked here, by
hand), the checkpoint comes last, and what is in the bucket holds at any time."""
import hashlib
import hmac
import http.server
import os
import shutil
import subprocess
import tempfile
import threading
import urllib.parse
from pathlib import Path

from support import RELEASE, check, end, run

EVENHAND = Path(os.environ.get("EVENHAND", RELEASE))
LOAD = EVENHAND.parent / "log_load"
KEY, SECRET, REGION = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "eu-central-1"


class Bucket(http.server.ThreadingHTTPServer):
    """Storage in memory, at /bucket."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects, self.types, self.order, self.fail_at, self.wrong = {}, {}, [], 0, []
        self.lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/bucket"


def signature(request, payload: bytes) -> str:
    """What the Authorization header must hold: AWS General Reference, "Signature Version 4"."""
    fields = dict(x.strip().split("=", 1) for x in request.headers["Authorization"].partition(" ")[2].split(","))
    names, day = fields["SignedHeaders"].split(";"), fields["Credential"].split("/")[1]
    path, _, query = request.path.partition("?")
    canonical = "\n".join([request.command, urllib.parse.quote(path), query, *(
        f"{name}:{' '.join(request.headers.get(name, '').split())}" for name in names), "", ";".join(names),
        hashlib.sha256(payload).hexdigest()])
    scope = f"{day}/{REGION}/s3/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", request.headers["x-amz-date"], scope,
                      hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + SECRET).encode()
    for part in (day, REGION, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    good = hmac.new(key, text.encode(), "sha256").hexdigest() == fields["Signature"] and \
        fields["Credential"] == f"{KEY}/{scope}" and \
        "host" in names and all(name in request.headers for name in names)
    return "" if good else f"{request.command} {path}: {fields}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def take(self, payload: bytes) -> bool:
        if "Authorization" not in self.headers or signature(self, payload) or \
                self.headers.get("x-amz-content-sha256") != hashlib.sha256(payload).hexdigest():
            self.server.wrong.append(signature(self, payload) if "Authorization" in self.headers else "not signed")
            self.answer(403)
            return False
        return True

    def do_GET(self) -> None:
        if self.take(b""):
            body = self.server.objects.get(self.path)
            self.answer(200 if body is not None else 404, body or b"")

    def do_PUT(self) -> None:
        payload = self.rfile.read(int(self.headers["Content-Length"]))
        with self.server.lock:
            self.server.order.append(self.path)
            is_down = self.server.fail_at and len(self.server.order) >= self.server.fail_at
        if is_down:
            self.answer(400)
        elif self.take(payload):
            self.server.objects[self.path] = payload
            self.server.types[self.path] = (self.headers["Content-Type"], self.headers["Cache-Control"])
            self.answer(200)

    def log_message(self, *_) -> None:
        pass


def lay_out(bucket: Bucket, folder: Path) -> Path:
    """What a reader of the bucket sees, as files."""
    shutil.rmtree(folder / "public", ignore_errors=True)
    for name, body in bucket.objects.items():
        path = folder / "public" / name.removeprefix("/bucket/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    return folder / "public"


def size_of(text: bytes) -> int:
    return int(text.split(b"\n")[1])


def holds(bucket: Bucket, log: Path) -> str:
    """Every file that the bucket's checkpoint needs is there, as the log has it: log check reads it in the log's place."""
    if "/bucket/checkpoint" not in bucket.objects:
        return ""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "log"
        shutil.copytree(log, copy, symlinks=True)
        lay_out(bucket, copy)
        done = run("log", "check", copy, program=EVENHAND)
        return "" if done.returncode == 0 else done.stdout.decode()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        d, bucket = Path(folder), Bucket()
        (d / "credentials").write_text(f"{KEY}:{SECRET}\n")
        (d / "others").write_text(f"{KEY}:{SECRET}x\n")

        def push(log: Path, who: str = "credentials", url: str = bucket.url):
            return run("log", "push", "--credentials", d / who, "--region", REGION, log, url, program=EVENHAND)

        run("key", "new", "--type", "ed25519", d / "key", program=EVENHAND)
        run("log", "init", "--origin", "log.example", "--key", d / "key", d / "log", program=EVENHAND)
        subprocess.run([LOAD, d / "key", d / "log", "0", "300"], check=True, capture_output=True)
        done = push(d / "log", "others")
        check("other credentials are refused, and it says what counts", done.returncode == 2 and b"answers 403" in done.stderr
              and b"credentials" in done.stderr and not bucket.objects, done.stderr)
        bucket.wrong.clear()
        bucket.fail_at = len(bucket.order) + 4
        done = push(d / "log")
        check("where the storage fails nothing becomes public", done.returncode == 2 and b"answers 400" in done.stderr and
              "/bucket/checkpoint" not in bucket.objects, done.stderr)
        bucket.fail_at = 0
        bucket.order.clear()
        done = push(d / "log")
        check("all files are brought, each signed, the checkpoint last", done.returncode == 0 and not bucket.wrong and
              bucket.order[-1] == "/bucket/checkpoint" and bucket.order.count("/bucket/checkpoint") == 1,
              done.stderr + str(bucket.wrong).encode())
        check("with the headers that a reader needs", bucket.types["/bucket/checkpoint"] ==
              ("text/plain; charset=utf-8", "no-store") and bucket.types["/bucket/tile/0/000"] ==
              ("application/octet-stream", "public, max-age=604800, immutable"), bucket.types)
        check("what is in the bucket is the log", holds(bucket, d / "log") == "", holds(bucket, d / "log"))
        first = set(bucket.order)
        shutil.copytree(d / "log", d / "old", symlinks=True)
        subprocess.run([LOAD, d / "key", d / "log", "300", "700"], check=True, capture_output=True)
        bucket.order.clear()
        done = push(d / "log")
        again = {name for name in bucket.order if name in first} - {"/bucket/checkpoint"}
        check("later only what is new", done.returncode == 0 and b"700 entries" in done.stdout and not again and
              size_of(bucket.objects["/bucket/checkpoint"]) == 1000, (done.stdout, again))
        check("and it is the log again", holds(bucket, d / "log") == "", holds(bucket, d / "log"))
        before = dict(bucket.objects)
        done = push(d / "old")
        check("a log that was wound back is not pushed over it", done.returncode == 2 and b"ahead of this log" in done.stderr
              and bucket.objects == before, done.stderr)
        subprocess.run([LOAD, d / "key", d / "old", "5000", "900"], check=True, capture_output=True)
        done = push(d / "old")
        check("nor another history of it", done.returncode == 2 and b"another history" in done.stderr and
              bucket.objects == before, done.stderr)
        for number in range(1, 8):
            subprocess.run([LOAD, d / "key", d / "log", str(1000 + 40 * number), "40"], check=True, capture_output=True)
            bucket.fail_at = len(bucket.order) + number
            push(d / "log")
            bucket.fail_at = 0
            if wrong := holds(bucket, d / "log"):
                break
        check("wherever it is broken off, what is in the bucket holds", not wrong, wrong)
        done = push(d / "log", url="http://127.0.0.1:1/bucket")
        check("no storage there: said", done.returncode == 2 and b"Try again" in done.stderr, done.stderr)
        done = push(d / "log", url="bucket")
        check("no address: said", done.returncode == 2 and b"no address of a bucket" in done.stderr, done.stderr)
    end()


main()
