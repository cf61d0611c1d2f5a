#!/usr/bin/env python3
"""A log that serves: files and headers as C2SP tlog-tiles has them, adding, looking up, proofs, cosignatures of
witnesses, what is no address of it, clients that are slow, its end by SIGTERM and by SIGKILL."""
import base64
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time
from pathlib import Path

from log_scene import Scene, add, make_witness, pae_digest, policy_of, size_of, wait_for
from serving import Reply, Server
from support import ROOT, SAMPLE, SANITIZED, check, end, run

sys.path.insert(0, str(ROOT / "tests/tools"))
import bundles  # noqa: E402


def hash_leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root_by_proof(leaf: bytes, index: int, size: int, proof: list[bytes]) -> bytes:
    """RFC 9162 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in proof:
        if fn & 1 or fn == sn:
            r = hash_node(p, r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hash_node(r, p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else b""


def adding(scene: Scene) -> None:
    with Server("log", "serve", "--listen", "127.0.0.1:0", "--rate", "0", scene.log, program=SANITIZED) as s:
        check("what it says first", s.said == f"log.example serves 0 entries at http://{s.address}\n", s.said)
        first = scene.claim("One.")
        check("added", add(s, first) == (200, {"outcome": "added", "index": 0, "size": 1}))
        check("known", add(s, first) == (200, {"outcome": "known", "index": 0, "size": 1}), add(s, first))
        status, answer = add(s, scene.claim("Two.", key="stranger"))
        check("not admitted", status == 403 and answer["outcome"] == "not-admitted", (status, answer))
        for name, body in (("no JSON", b"x"), ("empty", b""), ("no envelope", b"{}"),
                           ("a changed one", first.replace(b'"sig":"M', b'"sig":"N'))):
            status, answer = add(s, body)
            check(f"refused: {name}", status in (400, 403) and answer["outcome"] in ("malformed", "not-admitted"),
                  (status, answer))
        for i in range(2, 6):
            add(s, scene.claim(f"Claim {i}.", key="lab"))
        check("the checkpoint follows", wait_for(lambda: size_of(s) == 5), size_of(s))
        os.kill(s.process.pid, signal.SIGKILL)
        s.process.wait()
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log) as s:
        check("after kill -9 all is there", s.said.startswith("log.example serves 5 entries"), s.said)


def files(scene: Scene) -> None:
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log, program=SANITIZED) as s:
        r = s.get("/checkpoint")
        check("checkpoint: headers", (r.headers["Content-Type"], r.headers["Cache-Control"]) ==
              ("text/plain; charset=utf-8", "no-store"), r.headers)
        check("checkpoint: text", r.body.startswith(b"log.example\n5\n") and b"\n\n\xe2\x80\x94 log.example " in r.body)
        root = base64.b64decode(r.body.split(b"\n")[2])
        tile, bundle = s.get("/tile/0/000.p/5"), s.get("/tile/entries/000.p/5")
        for name, x in (("tile", tile), ("bundle", bundle)):
            check(f"{name}: headers", x.status == 200 and x.headers["Content-Type"] == "application/octet-stream" and
                  x.headers["Cache-Control"] == "public, max-age=604800, immutable" and
                  x.headers["Access-Control-Allow-Origin"] == "*", x.headers)
        entries, at = [], 0
        while at < len(bundle.body):
            n = int.from_bytes(bundle.body[at:at + 2], "big")
            entries.append(bundle.body[at + 2:at + 2 + n])
            at += 2 + n
        hashes = [tile.body[i:i + 32] for i in range(0, len(tile.body), 32)]
        check("the tile has the entries' leaves", hashes == [hash_leaf(e) for e in entries] and len(entries) == 5)
        a, b = hash_node(*hashes[:2]), hash_node(*hashes[2:4])
        check("the root is theirs", hash_node(hash_node(a, b), hashes[4]) == root)
        proofs_hold(s, hashes, root)
        no_address(s)


def proofs_hold(s: Server, hashes: list[bytes], root: bytes) -> None:
    good = []
    for i, leaf in enumerate(hashes):
        lines = s.get(f"/api/proof/{i}").body.decode().split("\n")
        proof = [base64.b64decode(x) for x in lines[2:lines.index("")]]
        good.append(lines[0] == "c2sp.org/tlog-proof@v1" and lines[1] == f"index {i}" and
                    root_by_proof(leaf, i, len(hashes), proof) == root)
    check("proofs of all entries", all(good), good)
    check("no proof of what is not there", s.get("/api/proof/5").status == 404)


def no_address(s: Server) -> None:
    """No other form of a name, and nothing beside the public folder."""
    wrong = ("/tile/0/000", "/tile/0/000.p/6", "/tile/0/000.p/05", "/tile/00/000.p/5", "/tile/0/0.p/5", "/tile/0/x000/000.p/5",
             "/tile/0/000.p/5/", "/tile/0/000.p/5?x", "/tile/0/000.p/256", "/tile/0/../0/000.p/5", "/tile/0", "/tile/",
             "/public/checkpoint", "/../state", "/state", "/key", "/admission", "/..%2fstate", "/%2e%2e/state", "//checkpoint",
             "/checkpoint/", "/checkpoint?", "/CHECKPOINT", "/./checkpoint", "/checkpoint%00", "/.", "/api/lookup/sha256:00",
             "/api/lookup/sha256:" + "A" * 64, "/api/lookup/" + "a" * 64, "/api/proof/00", "/api/proof/-1", "/api/proof/",
             "/api/file/sha256:" + "0" * 64, "/api/envelope/sha256:" + "0" * 64, "/api", "/search", "/search?digest=x",
             "/digest/sha256:..", "/tile/entries/000", "/tile/entries/000.p/0")
    found = [(p, s.get(p).status) for p in wrong if s.get(p).status not in (400, 404)]
    check(f"{len(wrong)} names of nothing", not found, found)
    check("GET for what is posted", s.get("/api/add").status == 405)
    check("POST for what is read", s.post("/checkpoint", b"").status == 405)
    check("too long to add", s.begin(f"POST /api/add HTTP/1.1\nHost: x\nContent-Length: {2 << 20}\n\n") == 413)
    check("OPTIONS", s.ask("OPTIONS", "/api/add").status == 204)
    head = s.ask("HEAD", "/checkpoint")
    check("HEAD", head.status == 200 and head.body == b"" and int(head.headers["Content-Length"]) > 100)


def looking_up(scene: Scene) -> None:
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log, program=SANITIZED) as s:
        claim = scene.claim("Taken back later.")
        index = add(s, claim)[1]["index"]
        (scene.d / "claim.json").write_bytes(claim)
        taken_back = scene.statement("revocation", "--text", "An error.", of=scene.d / "claim.json")
        answer = scene.statement("response", "--text", "Not so.", key="lab", of=scene.d / "claim.json")
        for e in (taken_back, answer):
            add(s, e)
        wait_for(lambda: size_of(s) == 8)
        r = s.get(f"/api/lookup/sha256:{scene.image}")
        found = json.loads(r.body)
        check("lookup of the image", r.status == 200 and r.headers["Content-Type"] == "application/json" and
              [e["index"] for e in found["entries"]] == list(range(7, -1, -1)) and not found["more"], found)
        by_index = {e["index"]: e for e in found["entries"]}
        check("kinds", [by_index[i]["kind"] for i in (0, index, index + 1, index + 2)] ==
              ["claim", "claim", "revocation", "response"])
        check("signers", by_index[0]["signer"]["name"] == "vendor.example" and by_index[0]["signer"]["role"] == "vendor" and
              by_index[index + 2]["signer"]["role"] == "lab")
        check("what was taken back", by_index[index]["revoked_by"] == index + 1 and
              [i for i, e in by_index.items() if "revoked_by" in e] == [index])
        check("what is meant", by_index[index + 2]["about"] == "sha256:" + pae_digest(claim))
        size, root = found["checkpoint"].split("\n")[1:3]
        good = []
        for i, e in by_index.items():
            entry = s.get(f"/tile/entries/000.p/{size}").body
            for _ in range(i):
                entry = entry[2 + int.from_bytes(entry[:2], "big"):]
            entry = entry[2:2 + int.from_bytes(entry[:2], "big")]
            good.append(root_by_proof(hash_leaf(entry), i, int(size), [base64.b64decode(h) for h in e["proof"]]) ==
                        base64.b64decode(root))
        check("each has its proof", len(good) == 8 and all(good), good)
        by_statement = json.loads(s.get(f"/api/lookup/sha256:{pae_digest(claim)}").body)
        check("lookup of a statement", index in [e["index"] for e in by_statement["entries"]])
        kept = s.get(f"/api/envelope/sha256:{pae_digest(claim)}")
        check("its envelope", kept.body == claim and "immutable" in kept.headers["Cache-Control"], kept.body[:80])
        nothing = json.loads(s.get(f"/api/lookup/sha256:{'0' * 64}").body)
        check("of what nobody spoke about", nothing["entries"] == [])


def keeping(scene: Scene) -> None:
    report = scene.d / "report.json"
    run("scan", "--quiet", "-o", report, SAMPLE)
    evaluation = scene.statement("evaluation", "--reveal", key="lab", of=report)
    digest = hashlib.sha256(report.read_bytes()).hexdigest()
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log, program=SANITIZED) as s:
        check("what no statement names is not kept", s.post("/api/keep", report.read_bytes()).status == 403)
        check("an evaluation", add(s, evaluation)[0] == 200)
        kept = s.post("/api/keep", report.read_bytes())
        check("its report is kept", kept.status == 200, kept.body)
        r = s.get(f"/api/file/sha256:{digest}")
        check("and given out", r.body == report.read_bytes() and r.headers["Content-Type"] == "application/octet-stream" and
              "sandbox" in r.headers["Content-Security-Policy"], r.headers)
        check("not another one", s.post("/api/keep", b"x").status == 403)
        (scene.log / "kept" / digest[:2] / digest).write_bytes(b"torn")
        check("what was torn is not given out", s.get(f"/api/file/sha256:{digest}").status == 404)
        check("and is kept anew", s.post("/api/keep", report.read_bytes()).status == 200 and
              s.get(f"/api/file/sha256:{digest}").body == report.read_bytes())
        found = json.loads(s.get(f"/api/lookup/sha256:{digest}").body)
        check("the report leads to its evaluation", [e["kind"] for e in found["entries"]] == ["evaluation"])


P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551


def turned_round(signature: bytes) -> bytes:
    """(r, n - s) of (r, s): ECDSA's other signature over the same, which needs no key."""
    n = signature[3]
    r, s = signature[4:4 + n], int.from_bytes(signature[6 + n:], "big")
    other = (P256_ORDER - s).to_bytes(33, "big").lstrip(b"\0")
    other = (b"\0" if other[0] & 0x80 else b"") + other
    body = bytes([2, n]) + r + bytes([2, len(other)]) + other
    return bytes([0x30, len(body)]) + body


def one_entry_of_two_signatures(scene: Scene) -> None:
    envelope = json.loads(scene.claim("Once."))
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log) as s:
        index = add(s, json.dumps(envelope).encode())[1]["index"]
        signature = base64.b64decode(envelope["signatures"][0]["sig"])
        envelope["signatures"][0]["sig"] = base64.b64encode(turned_round(signature)).decode()
        told = add(s, json.dumps(envelope).encode())[1]
        check("a signature that anybody can turn round is no other entry", (told["outcome"], told["index"]) == ("known", index),
              told)


def ask_and_wait(s: Server, path: str, count: int) -> list:
    """Clients that ask, take the head of the answer, and read no more."""
    host, _, port = s.address.rpartition(":")
    clients = []
    for _ in range(count):
        c = socket.create_connection((host, int(port)), 30)
        c.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        clients.append(c)
    return [(c, int(c.recv(512).split(b" ")[1])) for c in clients]


def a_flood_pushes_out_nobody(scene: Scene) -> None:
    """Who may submit may say much about an image; what others said of it stays in the bundle."""
    d, image = scene.d, b"an image that somebody floods"
    keys = {name: bundles.Key.of(d / f"{name}.key", f"{name}.example") for name in ("vendor", "lab")}

    def say(s: Server, who: str, text: str) -> int:
        claim = {"alleges": text, "standing": "allegation without evidence", "evidence": []}
        return add(s, json.dumps(bundles.envelope_of(bundles.statement("claim", image, claim), keys[who])).encode())[0]

    with Server("log", "serve", "--listen", "127.0.0.1:0", "--rate", "0", scene.log) as s:
        check("two of the lab", say(s, "lab", "first") == 200 == say(s, "lab", "second"))
        check("and 150 of the vendor", all(say(s, "vendor", str(n)) == 200 for n in range(150)))

        def told() -> list:
            lines = s.get(f"/api/bundle/sha256:{hashlib.sha256(image).hexdigest()}").body.splitlines()
            payloads = [base64.b64decode(json.loads(line)["dsseEnvelope"]["payload"]) for line in lines]
            return [json.loads(p)["predicate"]["alleges"] for p in payloads]
        found = wait_for(lambda: (lambda t: t if t and t[-1] == "149" else None)(told()))
        check("a bundle has both of the lab, and the newest of the vendor, in order",
              found == ["first", "second", *map(str, range(88, 150))], found)


def answers_that_nobody_reads(scene: Scene) -> None:
    """What large answers take does not grow with those who ask."""
    d = scene.d
    large = bytes(range(256)) * (20 << 12)  # 20 MiB
    (d / "large").write_bytes(large)
    claim = scene.statement("claim", "--text", "It is large.", "--evidence", d / "large")
    digest = hashlib.sha256(large).hexdigest()
    image = b"an image of which much is said"
    vendor = bundles.Key.of(d / "vendor.key", "vendor.example")
    said = [bundles.envelope_of(bundles.statement("claim", image, {
        "alleges": str(n), "standing": "allegation without evidence", "evidence": [], "more": "x" * 300_000}), vendor)
        for n in range(40)]
    about = hashlib.sha256(image).hexdigest()
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log) as s:
        check("a claim with large evidence", add(s, claim)[0] == 200 and s.post("/api/keep", large).status == 200)
        check("large statements", all(add(s, json.dumps(e).encode())[0] == 200 for e in said))
        def numbers() -> list:
            lines = s.get(f"/api/bundle/sha256:{about}").body.splitlines()
            payloads = [base64.b64decode(json.loads(line)["dsseEnvelope"]["payload"]) for line in lines]
            return [int(json.loads(p)["predicate"]["alleges"]) for p in payloads]
        told = wait_for(lambda: (lambda n: n if n and n[-1] == 39 else None)(numbers()))
        check("the newest of them are a bundle that can be read", told and 18 <= len(told) < 40 and
              told == list(range(40 - len(told), 40)), told)
        check("of at most 8 MiB", len(s.get(f"/api/bundle/sha256:{about}").body) <= 8 << 20)
        before = s.memory()
        clients = ask_and_wait(s, f"/api/file/sha256:{digest}", 24)
        check("24 who read nothing of 20 MiB", all(status == 200 for _, status in clients), clients)
        check("take no memory for it", s.memory() - before < 100 << 10, (before, s.memory()))
        more = ask_and_wait(s, f"/api/bundle/sha256:{about}", 45)
        statuses = {status for _, status in more}
        check("large bundles are given out, or refused while too many are on their way", statuses <= {200, 503}, statuses)
        check("within memory that is set", s.memory() - before < 400 << 10, (before, s.memory()))
        check("small answers come all the same", s.get(f"/digest/sha256:{digest}").status == 200)
        for c, _ in clients + more:
            c.close()
        check("and large ones once there is room",
              wait_for(lambda: s.get(f"/api/bundle/sha256:{about}").status == 200))
        check("a kept file is what it was", s.get(f"/api/file/sha256:{digest}").body == large)


def heavy_statements(scene: Scene) -> None:
    """Statements whose reading takes much memory do not hide those that were there before."""
    image = b"an image with heavy statements"
    vendor = bundles.Key.of(scene.d / "vendor.key", "vendor.example")
    first = bundles.claim(image, vendor, "It was said first.")
    back = bundles.meant("revocation", image, first, vendor, "It was wrong.")
    heavy = [{**bundles.claim(image, vendor, f"heavy {n}"), "more": [0] * 330_000} for n in range(4)]
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log) as s:
        for e in (first, back, *heavy):
            check("added", add(s, json.dumps(e, separators=(",", ":")).encode())[0] == 200)
        about = hashlib.sha256(image).hexdigest()
        found = wait_for(lambda: (lambda o: o["entries"] if len(o["entries"]) == 6 else None)(
            json.loads(s.get(f"/api/lookup/sha256:{about}").body)))
        check("all are read", found and [e.get("kind") for e in found] == ["claim"] * 4 + ["revocation", "claim"], found)
        check("and what was taken back is marked", found and found[5].get("revoked_by") == found[4]["index"], found)


def by_command(scene: Scene) -> None:
    """log add with an address."""
    d = scene.d
    for name, envelope in (("x.json", scene.claim("Sent.")), ("y.json", scene.claim("Sent.", key="stranger")),
                           ("z.json", b"{}")):
        (d / name).write_bytes(envelope)
    (d / "evidence").write_text("seen\n")
    (d / "e.json").write_bytes(scene.statement("claim", "--text", "With evidence.", "--evidence", d / "evidence"))
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log) as s:
        url = f"http://{s.address}/"
        done = run("log", "add", url, d / "x.json", program=SANITIZED)
        check("sent", (done.returncode, done.stdout.decode()) == (0, f"{d / 'x.json'}  added, entry 9\n"), done)
        check("sent again", b"known, entry 9" in run("log", "add", url, d / "x.json").stdout)
        done = run("log", "add", url, d / "y.json", d / "z.json", program=SANITIZED)
        check("refused", done.returncode == 1 and done.stdout.count(b"refused: ") == 2, done)
        done = run("log", "add", "--report", d / "evidence", url, d / "e.json", program=SANITIZED)
        check("with what it names", done.returncode == 0, done)
        digest = hashlib.sha256(b"seen\n").hexdigest()
        check("which is kept", s.get(f"/api/file/sha256:{digest}").body == b"seen\n")
    done = run("log", "add", "http://127.0.0.1:1", d / "x.json", timeout=100)
    check("nobody there", done.returncode == 2 and b"connect" in done.stderr, done)


def witnessed(scene: Scene) -> None:
    made = [make_witness(scene, name) for name in ("w1", "w2", "w3")]
    serve = ("witness", "serve", "--listen")
    with Server(*serve, "127.0.0.1:0", made[0][0]) as w1, Server(*serve, "127.0.0.1:0", made[2][0]) as w3:
        with Server(*serve, "127.0.0.1:0", made[1][0]) as w2:
            urls = [f"http://{w.address}" for w in (w1, w2, w3)]
        # The second one is not there at first.
        policy = policy_of(scene, [(made[i][1], urls[i]) for i in range(3)], 2)
        with Server("log", "serve", "--listen", "127.0.0.1:0", "--policy", policy, scene.log, program=SANITIZED) as s:
            started = time.monotonic()
            add(s, scene.claim("Witnessed."))
            seen = wait_for(lambda: size_of(s) == 12 and s.get("/checkpoint").body.decode())
            took = time.monotonic() - started
            names = [x.split()[1] for x in (seen or "").split("\n") if x.startswith("\u2014")]
            check("the quorum's cosignatures are public", sorted(names) == ["log.example", "w1.example", "w3.example"], seen)
            check("soon", took < 3, took)
            with Server(*serve, urls[1][7:], made[1][0]):
                late = wait_for(lambda: b"w2.example" in s.get("/checkpoint").body, 8)
                check("a late one is added", late)
                check("no line is there twice", s.get("/checkpoint").body.count(b"\xe2\x80\x94 ") == 4)
        check("its absence was said once", s.errors.count("witness lab") == 2 and
              "it cosigns again" in s.errors, s.errors)
    with Server("log", "serve", "--listen", "127.0.0.1:0", "--policy", policy, scene.log) as s:
        add(s, scene.claim("Nobody witnesses this."))
        time.sleep(1)
        check("no quorum, no new public checkpoint", size_of(s) == 12, size_of(s))
        check("but the entry is in", add(s, scene.claim("Nobody witnesses that."))[1].get("index") == 13)


def ended(scene: Scene) -> None:
    """SIGTERM while eight clients go on asking: what was answered counts, and it ends well."""
    for i in range(4):
        answers = []

        def ask(number: int) -> None:
            host, port = s.address.split(":")
            c = http.client.HTTPConnection(host, int(port), timeout=10)
            try:
                for k in range(10000):
                    c.request("GET", f"/api/proof/{k % 3}" if number % 2 else "/")
                    answers.append(Reply(c.getresponse()).status)
            except (OSError, http.client.HTTPException):
                pass

        with Server("log", "serve", "--listen", "127.0.0.1:0", "--rate", "0", scene.log, program=SANITIZED) as s:
            threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
            for t in threads:
                t.start()
            time.sleep(0.3)
        for t in threads:
            t.join()
        check(f"ended among {len(answers)} answers", s.code == 0 and set(answers) <= {200, 503}, (s.code, set(answers), s.errors))


def set_back(d: Path) -> None:
    """A backup in the log's place: its witness knows better, and nothing is signed."""
    scene = Scene(d)
    folder, vkey = make_witness(scene, "keeper")
    with Server("witness", "serve", "--listen", "127.0.0.1:0", folder) as w:
        policy = policy_of(scene, [(vkey, f"http://{w.address}")], 1)
        serve = ("log", "serve", "--listen", "127.0.0.1:0", "--policy", policy, scene.log)
        with Server(*serve) as s:
            add(s, scene.claim("One."))
            wait_for(lambda: size_of(s) == 1)
        shutil.copytree(scene.log, d / "backup", symlinks=True)
        with Server(*serve) as s:
            add(s, scene.claim("Two."))
            check("two entries are witnessed", wait_for(lambda: size_of(s) == 2))
        shutil.rmtree(scene.log)
        shutil.copytree(d / "backup", scene.log, symlinks=True)
        done = run(*serve, timeout=20)
        check("a log that was set back does not serve", done.returncode == 2 and not done.stdout, done)
        check("and says why", b"signed a tree of 2 entries, and has 1 here" in done.stderr, done.stderr)


def by_stick(scene: Scene) -> None:
    """A witness without a network: request and answer are files."""
    folder, vkey = make_witness(scene, "air")
    d, policy = scene.d, scene.d / "air.policy"
    policy.write_text(f"log {scene.vkey}\nwitness air {vkey}\nquorum none\n")

    def travel(*more, to) -> tuple[int, int]:
        check("request", run("log", "request", "-o", d / "q", *more, scene.log, program=SANITIZED).returncode == 0)
        signed = run("witness", "sign", "-o", d / "a", folder, d / "q").returncode
        return signed, run("log", "cosign", "--policy", policy, to, d / "q", d / "a", program=SANITIZED).returncode

    checkpoint = scene.log / "public/checkpoint"
    with Server("log", "serve", "--listen", "127.0.0.1:0", "--policy", policy, scene.log, program=SANITIZED) as s:
        newest = wait_for(lambda: size_of(s) == 14 and 14)
        check("asked, signed, brought to a log that serves", travel(to=f"http://{s.address}") == (0, 0))
        check("public", wait_for(lambda: b"\n\xe2\x80\x94 air.example " in s.get("/checkpoint").body), s.get("/checkpoint").body)
        add(s, scene.claim("By a stick."))
        wait_for(lambda: size_of(s) == newest + 1)
        check("from a wrong size: refused, nothing to bring", travel(to=f"http://{s.address}") == (1, 2))
    check("what it answered makes the next request", run("log", "request", "-o", d / "q", scene.log, d / "a").returncode == 0 and
          (d / "q").read_text().startswith(f"old {newest}\n"), (d / "q").read_text())
    check("asked, signed, brought to a log that rests", travel("--old", newest, to=scene.log) == (0, 0))
    check("public as well", "\n\u2014 air.example " in checkpoint.read_text() and
          checkpoint.read_text().split("\n")[1] == str(newest + 1), checkpoint.read_text())
    check("another's answer is none", run("log", "cosign", "--policy", scene.d / "policy", scene.log, d / "q", d / "a")
          .returncode == 2)
    check("a size beyond the log", run("log", "request", "-o", d / "q", "--old", "99999", scene.log).returncode == 2)


def slow(scene: Scene) -> None:
    with Server("log", "serve", "--listen", "127.0.0.1:0", "--rate", "0", scene.log) as s:
        host, port = s.address.split(":")
        clients = [socket.create_connection((host, int(port))) for _ in range(200)]
        for i, c in enumerate(clients):
            c.sendall(b"POST /api/add HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n" + b"\r\n" * (i % 2))
        worst = 0.0
        for i in range(100):
            t = time.monotonic()
            check("answered among slow clients", s.get("/checkpoint").status == 200) if i == 0 else s.get("/checkpoint")
            worst = max(worst, time.monotonic() - t)
            clients[i].send(b"x")
        check("200 slow clients: nobody waits half a second", worst < 0.5, worst)
        for c in clients:
            c.close()
    check("ends well at SIGTERM", s.code == 0, (s.code, s.errors))
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log) as s:
        clients = [socket.create_connection((host, int(s.address.split(":")[1]))) for _ in range(8)]
        for c in clients:
            c.sendall(b"POST /api/keep HTTP/1.1\r\nHost: x\r\nContent-Length: 67108864\r\n\r\nx")
        time.sleep(0.3)
        check("who announces much and sends nothing keeps nobody out", add(s, scene.claim("Among them."))[0] == 200)
        for c in clients:
            c.close()


def two_of_one(scene: Scene) -> None:
    with Server("log", "serve", "--listen", "127.0.0.1:0", scene.log, program=SANITIZED) as s:
        mine, other = (scene.claim("Both of us.", key=key) for key in ("vendor", "lab"))
        first, second = (add(s, e)[1]["index"] for e in (mine, other))
        check("two who signed the same: each entry's envelope has its own signature", pae_digest(mine) == pae_digest(other)
              and [s.get(f"/api/envelope/{i}").body for i in (first, second)] == [mine, other])
        check("of an entry that is not there", s.get("/api/envelope/99").status == 404)
        report = scene.d / "other.json"
        run("scan", "--quiet", "--as-of", "2026-01-01", "-o", report, SAMPLE)
        added = add(s, scene.statement("evaluation", key="lab", of=report))
        kept = s.post("/api/keep", report.read_bytes())
        check("passwords that a statement leaves out are not kept", added[0] == 200 and kept.status == 403
              and b"found passwords" in kept.body, kept.body)


with tempfile.TemporaryDirectory() as folder:
    scene = Scene(Path(folder))
    adding(scene)
    files(scene)
    looking_up(scene)
    keeping(scene)
    by_command(scene)
    witnessed(scene)
    by_stick(scene)
    slow(scene)
    ended(scene)
    two_of_one(scene)
    one_entry_of_two_signatures(scene)
    heavy_statements(scene)
    a_flood_pushes_out_nobody(scene)
    answers_that_nobody_reads(scene)
    (Path(folder) / "back").mkdir()
    set_back(Path(folder) / "back")
end()
