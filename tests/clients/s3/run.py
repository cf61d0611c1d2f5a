#!/usr/bin/env python3
"""A log of 70,000 entries pushed to object storage that other people wrote, and compared there: run.py EVENHAND LOG_LOAD.
moto_server or versitygw, whichever is installed; both where both are."""
import hashlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

MANIFEST = Path(__file__).resolve().parents[2] / "vectors/tiles/manifest-70000.tsv"
KEY, SECRET = "log-writer", "secret-of-the-test"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def moto(d: Path, port: int) -> tuple[list, callable, callable]:
    """Does not look at signatures, but wants one."""
    signed = {"Authorization": f"AWS4-HMAC-SHA256 Credential={KEY}/20260101/us-east-1/s3/aws4_request, "
                               "SignedHeaders=host, Signature=0"}
    url = f"http://127.0.0.1:{port}/bucket"

    def make() -> None:
        urllib.request.urlopen(urllib.request.Request(url, method="PUT")).close()

    def read(name: str) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(f"{url}/{name}", headers=signed)) as reply:
            return reply.read()

    return ["moto_server", "-H", "127.0.0.1", "-p", str(port)], make, read


def versitygw(d: Path, port: int) -> tuple[list, callable, callable]:
    """Checks signatures; its objects are files."""
    (d / "objects/bucket").mkdir(parents=True)
    (d / "iam").mkdir()
    return ["versitygw", "--access", KEY, "--secret", SECRET, "--region", "us-east-1", "--port", f"127.0.0.1:{port}",
            "posix", str(d / "objects")], lambda: None, lambda name: (d / "objects/bucket" / name).read_bytes()


def wait_for(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise OSError("the storage does not start")


def push(evenhand: Path, d: Path, name: str, server) -> bool:
    port = free_port()
    command, make, read = server(d, port)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            wait_for(port)
            make()
            (d / "credentials").write_text(f"{KEY}:{SECRET}\n")
            start = time.monotonic()
            done = subprocess.run([evenhand, "log", "push", "--credentials", d / "credentials", d / "log",
                                   f"http://127.0.0.1:{port}/bucket"], capture_output=True, text=True)
            took = time.monotonic() - start
            if done.returncode:
                print(f"NO  {name}: {done.stderr}")
                return False
            files = [line.split() for line in MANIFEST.read_text().splitlines()]
            wrong = [path for path, _, digest in files if hashlib.sha256(read(path)).hexdigest() != digest]
            same = read("checkpoint") == (d / "log/public/checkpoint").read_bytes()
            print(f"{'NO ' if wrong or not same else 'yes'} {name}: {done.stdout.strip()}; {took:.2f} s, "
                  f"{len(files)} files there have the digests that others have for them")
            (d / "credentials").write_text(f"{KEY}:another\n")
            other = subprocess.run([evenhand, "log", "push", "--credentials", d / "credentials", d / "log",
                                    f"http://127.0.0.1:{port}/bucket"], capture_output=True, text=True)
            print(f"    {name}: with another secret: {'refused' if other.returncode else 'taken, it does not look'}")
            return not wrong and same
        finally:
            process.terminate()


def main() -> int:
    evenhand, load = (Path(p).resolve() for p in sys.argv[1:3])
    servers = [(name, server) for name, server in (("moto_server", moto), ("versitygw", versitygw)) if shutil.which(name)]
    if not servers:
        print("skip no moto_server, no versitygw")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        d = Path(folder)
        subprocess.run([evenhand, "key", "new", "--type", "ed25519", d / "key"], check=True, capture_output=True)
        subprocess.run([evenhand, "log", "init", "--origin", "log.example", "--key", d / "key", d / "log"], check=True,
                       capture_output=True)
        subprocess.run([load, d / "key", d / "log", "0", "70000"], check=True, capture_output=True)
        return int(not all([push(evenhand, d, name, server) for name, server in servers]))


sys.exit(main())
