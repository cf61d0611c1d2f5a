#!/usr/bin/env python3
"""A mirror that is sent entries: log serve finds it in its policy, it signs once it has them all, serves them in the log's
place, and holds nothing that was not shown to be in the log; killed at any time it signs nothing that it does not have."""
import gzip
import hashlib
import os
import random
import signal
import tempfile
import threading
from pathlib import Path

from log_scene import Scene, add, make_key, size_of, wait_for
from serving import Server
from support import ROOT, SANITIZED, check, end, run

HEX = hashlib.sha256(b"log.example").hexdigest()
VECTORS = ROOT / "tests/vectors"
NAME = b"log.evenhand.example/vectors"
VKEY = "log.evenhand.example/vectors+5a5cb903+ATATN1YcbZVPXXrt1CavBZIJeqCXzFS/rXLJhzdz50ZZ"


def make_mirror(d: Path, name: str, log: str) -> str:
    """Its verifier."""
    make_key(d, f"{name}.key", "ed25519")
    done = run("witness", "init", "--mirror", "--name", f"{name}.example", "--key", d / f"{name}.key", d / name)
    check("init", done.returncode == 0, done.stderr)
    run("witness", "add", d / name, log)
    return run("witness", "show", d / name).stdout.decode().split("\n")[0]


def policy_of(scene: Scene, vkey: str, address: str) -> Path:
    (scene.d / "policy").write_text(f"log {scene.vkey}\nwitness archive {vkey} http://{address}\nquorum archive\n")
    return scene.d / "policy"


def follows(d: Path) -> None:
    scene = Scene(d)
    vkey = make_mirror(d, "m", scene.vkey)
    with Server("witness", "serve", "--listen", "127.0.0.1:0", d / "m", program=SANITIZED) as m:
        check("what it says first", m.said.startswith("m.example mirrors 1 log at http://"), m.said)
        about = m.get("/").body.decode()
        check("what it is", "A mirror" in about and vkey in about and "POST /add-entries" in about, about)
        policy = policy_of(scene, vkey, m.address)
        with Server("log", "serve", "--listen", "127.0.0.1:0", "--policy", policy, scene.log, program=SANITIZED) as s:
            for i in range(3):
                add(s, scene.claim(f"Number {i}."))
            public = wait_for(lambda: size_of(s) == 3 and s.get("/checkpoint").body.decode(), 15)
            check("public once the mirror has it", public and "\n\u2014 m.example " in public, public)
            tiles = ("/tile/0/000.p/3", "/tile/entries/000.p/3")
            check("it serves what the log serves", all(m.get(f"/{HEX}{t}").body == s.get(t).body and
                                                       m.get(f"/{HEX}{t}").status == 200 for t in tiles))
            r = m.get(f"/{HEX}{tiles[0]}")
            check("headers", r.headers["Cache-Control"].endswith("immutable") and
                  r.headers["Content-Type"] == "application/octet-stream" and
                  m.get(f"/{HEX}/checkpoint").headers["Cache-Control"] == "no-store", r.headers)
            check("what is not there", [m.get(f"/{HEX}{p}").status for p in (
                "/tile/0/001", "/tile/0/0", "/tile/../../logs", "/", "/tile/0/000.p/3?x", "/tile/entries/000.p/999")] == [404] * 6)
            done = run("log", "watch", "--policy", policy, "--state", d / "state", f"http://{m.address}/{HEX}")
            check("who follows a log may follow its mirror", done.returncode == 0, done.stdout + done.stderr)
            add(s, scene.claim("One more."))
            check("it goes on", wait_for(lambda: size_of(s) == 4, 15))
    check("ends well", (m.code, s.code) == (0, 0), (m.code, m.errors, s.code, s.errors))
    check("show", b"4  log.example\n" in run("witness", "show", d / "m").stdout)
    done = run("witness", "sign", "-o", d / "answer", d / "m", d / "policy")
    check("it signs no request that comes as a file", done.returncode == 2 and b"it is a mirror" in done.stderr, done.stderr)
    tile = d / "m/public" / HEX / "tile/0/000.p/4"
    tile.write_bytes(bytes([tile.read_bytes()[0] ^ 1]) + tile.read_bytes()[1:])
    done = run("witness", "serve", "--listen", "127.0.0.1:0", d / "m")
    check("what it signed and does not have any more is named", done.returncode == 2 and b"not those of its checkpoint" in
          done.stderr, done.stderr)


def body_of(start: int, end_: int, packages: bytes) -> bytes:
    return len(NAME).to_bytes(2, "big") + NAME + start.to_bytes(8, "big") + end_.to_bytes(8, "big") + b"\0\0" + packages


def published_vector(d: Path) -> None:
    """The request that others made, packed and not."""
    make_mirror(d, "v", VKEY)
    vector = (VECTORS / "mirror/add-entries-250-600.bin").read_bytes()
    bundle = (VECTORS / "log-small/tile/entries/000.p/255").read_bytes()
    note = (VECTORS / "checkpoints/small-255").read_bytes()
    with Server("witness", "serve", "--listen", "127.0.0.1:0", "--rate", "0", d / "v", program=SANITIZED) as m:
        r = m.post("/add-checkpoint", b"old 0\n\n" + note)
        check("a checkpoint is taken and not signed", (r.status, r.body) == (200, b""), (r.status, r.body))
        r = m.post("/add-entries", body_of(0, 0, b""))
        check("where it is", (r.status, r.headers["Content-Type"], r.body) == (409, "text/x.tlog.mirror-info", b"255\n0\n\n"),
              r.body)
        whole = body_of(0, 255, bundle + b"\0")
        packed = gzip.compress(whole)
        for what, body, coding, status in (("another packing", packed, "br", 415), ("not packed", whole, "gzip", 400),
                                           ("a bomb", gzip.compress(bytes(40 << 20)), "gzip", 400),
                                           ("cut short", packed[:-20], "gzip", 400), ("packed", packed, "gzip", 200)):
            r = m.ask("POST", "/add-entries", body, {"Content-Encoding": coding})
            check(f"{what}: {status}", r.status == status, (r.status, r.body))
        check("it signed", r.body.startswith("\u2014 v.example ".encode()) and r.body.count(b"\n") == 1, r.body)
        check("the vector before its checkpoint", m.post("/add-entries", vector).status == 409)
        check("one log's entries for another", m.post("/add-entries", vector[:10] + b"x" + vector[11:]).status == 404)
        check("a body too long", m.begin("POST /add-entries HTTP/1.1\nHost: x\nContent-Length: 40000000\n\n") == 413)


def killed(d: Path) -> None:
    """kill -9 at any time: what it signed it has, and the log goes on with it."""
    scene = Scene(d)
    vkey = make_mirror(d, "k", scene.vkey)
    dice, port = random.Random(7), None
    for i in range(8):
        listen = port or "127.0.0.1:0"
        with Server("witness", "serve", "--listen", listen, d / "k") as m:
            port = m.address
            policy = policy_of(scene, vkey, m.address)
            with Server("log", "serve", "--listen", "127.0.0.1:0", "--policy", policy, scene.log) as s:
                threading.Timer(dice.random() * 0.15, lambda: os.kill(m.process.pid, signal.SIGKILL)).start()
                for n in range(4):
                    add(s, scene.claim(f"Number {i}.{n}."))
                m.process.wait()
    with Server("witness", "serve", "--listen", port, d / "k") as m, \
            Server("log", "serve", "--listen", "127.0.0.1:0", "--policy", policy, scene.log) as s:
        check("killed 8 times: it goes on, and has all of it", wait_for(lambda: size_of(s) == 32, 20), size_of(s))
        check("the same bytes", m.get(f"/{HEX}/tile/entries/000.p/32").body == s.get("/tile/entries/000.p/32").body)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        for part in (follows, published_vector, killed):
            (Path(folder) / part.__name__).mkdir()
            part(Path(folder) / part.__name__)
    end()
