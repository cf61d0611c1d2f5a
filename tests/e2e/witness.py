#!/usr/bin/env python3
"""A witness: the published transcript over HTTP and by files, what is kept through an end by force, and
clients that are slow or ask for what is not there."""
import hashlib
import http.client
import json
import os
import random
import re
import signal
import socket
import tempfile
import threading
import time
from pathlib import Path

from serving import Server, pem
from support import ROOT, SANITIZED, check, end, run

TRANSCRIPT = json.loads((ROOT / "tests/vectors/witness/transcript.json").read_text())
# The witness's key of the transcript: a test key.
SEED = "efd2e62296dbd1e648171f81bf41e199dd1e9ec4617874e5e35e830e30d76da7"
ORIGIN = TRANSCRIPT["origin"]
MONITOR = f"/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


def make(d: Path, name: str) -> Path:
    key = d / "w.key"
    key.write_text(pem(SEED))
    key.chmod(0o600)
    done = run("witness", "init", "--name", "witness.vendor.example/w1", "--key", key, d / name)
    check("init", done.returncode == 0, done.stderr)
    done = run("witness", "add", d / name, TRANSCRIPT["log_vkey"])
    check("add", done.returncode == 0, done.stderr)
    return d / name


def as_expected(step: dict, status: int, kind: str, body: str) -> bool:
    wanted = step["expect_status"] if isinstance(step["expect_status"], list) else [step["expect_status"]]
    if status not in wanted:
        return False
    if "expect_body" in step and (body != step["expect_body"] or kind != step["expect_content_type"]):
        return False
    return status != 200 or body.startswith("\u2014 witness.vendor.example/w1 ") and body.count("\n") == 1


def transcript(d: Path) -> None:
    folder = make(d, "w")
    shown = run("witness", "show", folder).stdout.decode()
    check("show: key, log, size", shown.startswith(TRANSCRIPT["witness_vkey"] + "\n") and f"0  {ORIGIN}\n" in shown, shown)
    with Server("witness", "serve", "--listen", "127.0.0.1:0", folder, program=SANITIZED) as s:
        check("what it says first", s.said == f"witness.vendor.example/w1 cosigns 1 log at http://{s.address}\n", s.said)
        check("nothing was cosigned yet", s.get(MONITOR).status == 404)
        wrong = []
        for step in TRANSCRIPT["steps"]:
            r = s.post("/add-checkpoint", step["request_body"].encode())
            if not as_expected(step, r.status, r.headers["Content-Type"], r.body.decode()):
                wrong.append((step["name"], r.status, r.body))
        check(f"all {len(TRANSCRIPT['steps'])} steps of the transcript", not wrong, wrong)
        r = s.get(MONITOR)
        lines = r.body.decode().split("\n")
        check("monitoring: the log's line and the witness's, of the last size",
              r.status == 200 and lines[:2] == [ORIGIN, "600"] and
              [x.split()[1] for x in lines if x.startswith("\u2014")] == [ORIGIN, "witness.vendor.example/w1"], r.body)
        check("a second process is refused", b"another process" in
              run("witness", "serve", "--listen", "127.0.0.1:0", folder).stderr)
        check("show beside it", f"600  {ORIGIN}\n".encode() in run("witness", "show", folder).stdout)
        added = run("witness", "add", folder, "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
                    "go.sum database tree")
        r = s.post("/add-checkpoint", "old 0\n\ngo.sum database tree\n1\n" + "A" * 43 + "=\n\n\u2014 x AAAAAAA=\n")
        check("a log that is added counts at once", added.returncode == 0 and r.status == 403, (r.status, r.body))
        os.kill(s.process.pid, signal.SIGKILL)
        s.process.wait()
    with Server("witness", "serve", "--listen", "127.0.0.1:0", folder) as s:
        rewind = next(x for x in TRANSCRIPT["steps"] if x["name"] == "rewind")
        r = s.post("/add-checkpoint", rewind["request_body"].encode())
        check("after kill -9 it knows what it signed", (r.status, r.body) == (409, b"600\n"), r.body)
        check("and gives it out", s.get(MONITOR).body.decode().split("\n")[1] == "600")
    check("ends well at SIGTERM", s.code == 0, s.code)


def killed(d: Path) -> None:
    """kill -9 at any time: what was answered is known afterwards."""
    steps = [x for x in TRANSCRIPT["steps"] if x["name"] in ("first checkpoint from zero", "grow 1 to 255", "grow 255 to 256")
             or x["name"].startswith("grow 256")]
    lost, answered, r = [], 0, random.Random(11)
    for i in range(25):
        folder = d / f"kill{i}"
        run("witness", "init", "--name", "witness.vendor.example/w1", "--key", d / "w.key", folder)
        run("witness", "add", folder, TRANSCRIPT["log_vkey"])
        size = 0
        with Server("witness", "serve", "--listen", "127.0.0.1:0", folder) as s:
            threading.Timer(r.random() * 0.02, lambda: os.kill(s.process.pid, signal.SIGKILL)).start()
            try:
                for step in steps:
                    if s.post("/add-checkpoint", step["request_body"].encode()).status == 200:
                        size = step["expect_cosigned_size"]
            except (OSError, http.client.HTTPException):
                pass
            s.process.wait()
        shown = run("witness", "show", folder).stdout.decode()
        answered += size > 0
        if int(shown.split("\n")[1].split()[0]) < size:
            lost.append((size, shown))
    check(f"killed 25 times, {answered} of them behind an answer: nothing is forgotten", not lost and answered > 2, lost)


def paths(d: Path) -> None:
    """What is no request of the protocol."""
    with Server("witness", "serve", "--listen", "127.0.0.1:0", "--rate", "5", d / "w", program=SANITIZED) as s:
        for method, path, wanted in (
                ("GET", "/", 200), ("HEAD", "/", 200), ("GET", "/add-checkpoint", 405), ("POST", "/", 400),
                ("PUT", "/add-checkpoint", 405), ("OPTIONS", "/add-checkpoint", 204), ("GET", MONITOR + "?x", 404),
                ("GET", MONITOR.upper(), 404), ("GET", "/../logs", 404), ("GET", "/%2e%2e/logs", 404),
                ("GET", MONITOR[:-1], 404), ("GET", "/" + "a" * 9000, 404)):
            r = s.ask(method, path, b"x" if method in ("POST", "PUT") else None)
            check(f"{method} {path[:40]}", r.status == wanted, r.status)
        r = s.ask("GET", "/" + "a" * 40000)
        check("a path too long for any", r.status in (414, 431), r.status)
        check("a body too long", s.begin("POST /add-checkpoint HTTP/1.1\nHost: x\nContent-Length: 200000\n\n") == 413)
        statuses = [s.post("/add-checkpoint", b"x").status for _ in range(30)]
        check("five a second, twice as many at once", 400 in statuses and statuses[-1] == 429 and
              statuses.count(400) < 25, statuses)
        check("reading has one of its own", s.get(MONITOR).status == 200)
        statuses = [s.get(MONITOR).status for _ in range(30)]
        check("which is as large", statuses[0] == 200 and statuses[-1] == 429 and s.get("/").status == 200, statuses)
        time.sleep(0.5)
        check("headers", s.get(MONITOR).headers["Cache-Control"] == "no-store" and
              s.get(MONITOR).headers["X-Content-Type-Options"] == "nosniff")


def by_files(d: Path) -> None:
    folder = make(d, "air")
    for step in TRANSCRIPT["steps"]:
        (d / "request").write_text(step["request_body"])
        (d / "answer").unlink(missing_ok=True)
        done = run("witness", "sign", "-o", d / "answer", folder, d / "request")
        answer = (d / "answer").read_text() if (d / "answer").exists() else None
        wanted = step["expect_status"]
        if wanted == 200:
            good = done.returncode == 0 and answer.startswith("\u2014 witness.vendor.example/w1 ")
        elif "expect_body" in step:
            good = done.returncode == 1 and answer == step["expect_body"]
        else:
            good = done.returncode == 1 and (answer is None or answer[0].isdigit())
        check(f"by files: {step['name']}", good, (done.returncode, done.stderr, answer))


def hurl(path: Path) -> list:
    """Requests, statuses and assertions of a file of hurl, as far as these two files go."""
    steps = re.findall(r"POST \S+\n```\n(.*?)```\nHTTP (\d+)\n\[Asserts\]\nbody (contains|==) (\".*?\")", path.read_text(), re.S)
    return [(body, int(status), how, json.loads(text)) for body, status, how, text in steps]


def third_party(d: Path) -> None:
    """What the tests of another witness ask. It gave 403 for an unknown log, as the protocol had it in
    2025, and read base64 less strictly."""
    folder = d / "third"
    run("witness", "init", "--name", "example.com/witness", "--key", d / "w.key", folder)
    run("witness", "add", folder, "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562"
        "+5202289b+Af/cLU2Y5BJNP+r3iMDC+av9eWCD0fBJVDfzAux5zxAP")
    run("witness", "add", folder, "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8",
        "go.sum database tree")
    with Server("witness", "serve", "--listen", "127.0.0.1:0", folder) as s:
        for name in ("litewitness.hurl", "sumdb.hurl"):
            steps = hurl(ROOT / "tests/vectors/witness" / name)
            check(f"{name}: {len(steps)} requests", len(steps) == {"litewitness.hurl": 9, "sumdb.hurl": 1}[name])
            for i, (body, status, how, text) in enumerate(steps):
                r = s.post("/add-checkpoint", body)
                answer = r.body.decode()
                if text == "unknown log":
                    status = 404
                if text == "invalid signature":  # its base64 has bits under the padding: malformed here
                    status, text = 400, "signature"
                said = answer == text if how == "==" else status != 200 or text in answer
                check(f"{name} {i + 1}: {status}", r.status == status and said, (r.status, answer))


def slow(d: Path) -> None:
    """200 clients that send a byte a second: others do not notice, and they do not stay."""
    first = TRANSCRIPT["steps"][0]["request_body"].encode()
    with Server("witness", "serve", "--listen", "127.0.0.1:0", "--rate", "0", d / "w") as s:
        host, port = s.address.split(":")
        before = s.memory()
        clients = [socket.create_connection((host, int(port))) for _ in range(200)]
        for i, c in enumerate(clients):
            c.sendall(b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n" + b"\r\n" * (i % 2))
        started, worst, asked = time.monotonic(), 0.0, 0
        while time.monotonic() - started < 3:
            for c in clients:
                try:
                    c.send(b"x")
                except OSError:
                    pass
            t = time.monotonic()
            status = s.post("/add-checkpoint", first).status
            worst, asked = max(worst, time.monotonic() - t), asked + 1
            if status != 409:
                check("answered among slow clients", False, status)
            time.sleep(0.02)
        check("200 slow clients: nobody waits half a second", worst < 0.5, worst)
        check("and each costs less than 64 KiB", s.memory() - before < 200 * 64, s.memory() - before)
        gone = 0
        while time.monotonic() - started < 22 and gone < 200:
            gone = 0
            for c in clients:
                try:
                    gone += c.send(b"x") == 0
                except OSError:
                    gone += 1
            time.sleep(0.5)
        check("none of them stays", gone == 200, gone)
        for c in clients:
            c.close()


def wrong_use(d: Path) -> None:
    for arguments, words in (
            (["witness", "sing", "x"], b'no "sing"'), (["witness", "serve", d], b"--listen"),
            (["witness", "serve", "--listen", "x", d / "w"], b"no address"),
            (["witness", "serve", "--listen", "127.0.0.1:0", d / "none"], b"cannot be opened"),
            (["witness", "init", "--name", "a b", "--key", d / "w.key", d / "n"], b"neither blanks"),
            (["witness", "init", "--name", "w", "--key", d / "w.key", d / "w"], b"already"),
            (["witness", "add", d / "w", "x+1+y"], b"key"), (["witness", "sign", d / "w", "x"], b"-o ANSWER"),
            (["witness", "serve", "--listen", "127.0.0.1:0", "--rate", "many", d / "w"], b"Requests a second")):
        done = run(*arguments)
        check(f"refused: {' '.join(map(str, arguments[:3]))}", done.returncode == 2 and words in done.stderr, done.stderr)


with tempfile.TemporaryDirectory() as folder:
    transcript(Path(folder))
    killed(Path(folder))
    paths(Path(folder))
    by_files(Path(folder))
    wrong_use(Path(folder))
    third_party(Path(folder))
    slow(Path(folder))
end()
