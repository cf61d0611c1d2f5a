#!/usr/bin/env python3
"""log watch and log fork, against a server of ours that serves what it is told: logs that grow, and logs
that lie."""
import base64
import hashlib
import json
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from support import SAMPLE, SANITIZED, check, end, run
from world import Site, World, pae, signed


def follows(w: World) -> None:
    code, out = w.watch()
    check("an empty log", code == 0 and "entries      0, of which 0 are new" in out, out)
    first = w.release("1.0", "one")
    w.add(first)
    code, out = w.watch()
    check("a new entry is told", code == 0 and "\nentry 0\n" in out and '"acme" "X1", version "1.0"' in out, out)
    check("with image and key", hashlib.sha256(b"one").hexdigest() in out and w.digest("vendor") in out, out)
    code, out = w.watch()
    check("and once", code == 0 and "of which 0 are new" in out and "\nentry" not in out, out)
    state = (w.d / "state").read_bytes()
    check("the state is a file with the checkpoint as it was signed",
          state.endswith((w.d / "log/public/checkpoint").read_bytes()) and not list(w.d.glob(".state*")), state)
    claim = w.sign("--kind", "claim", "--text", "it listens", w.image("one"), key="lab")
    w.add(claim, w.release("1.0", "one", vendor="other"), w.release("2.0", "two"))
    for more, wanted in ((("--subject", "sha256:" + hashlib.sha256(b"one").hexdigest()), (1, 2)),
                         (("--signer", w.d / "lab.key.pub"), (1,)), (("--signer", w.digest("lab")), (1,)),
                         (("--vendor", "other"), (2,)),
                         (("--subject", hashlib.sha256(b"two").hexdigest(), "--vendor", "other"), (2, 3)),
                         (("--subject", "0" * 64), ())):
        shutil.copy(w.d / "state", w.d / "other")
        code, out = w.watch(*more, state="other")
        told = tuple(i for i in range(4) if f"\nentry {i}\n" in out)
        check(f"told by {more[0]} alone", (code, told) == (0, wanted), out)
    code, out = w.watch()
    check("without any of these, all is", out.count("\nentry ") == 3, out)


def finds_components(w: World) -> None:
    report = w.d / "report.json"
    run("scan", "--quiet", "-o", report, SAMPLE)
    published = w.d / "published.json"
    w.add(w.sign("--publish", published, report, key="lab"))
    w.site.files[f"api/file/sha256:{hashlib.sha256(published.read_bytes()).hexdigest()}"] = published.read_bytes()
    for name, wanted in (("u-boot", 1), ("u-boo", 0)):
        shutil.copy(w.d / "state", w.d / "other")
        code, out = w.watch("--component", name, state="other")
        check(f"evaluations that found {name}", code == 0 and out.count("\nentry ") == wanted, out)
    w.add(w.sign(report, key="vendor"))
    code, out = w.watch()
    check("two who signed the same", code == 0 and out.count("\nevaluation") == 2 and w.digest("vendor") in out
          and w.digest("lab") in out, out)


def alarms(w: World) -> None:
    w.add(w.release("2.0", "another two"))
    code, out = w.watch("--subject", "0" * 64)
    check("a second image of one version", code == 1 and "ALARM        two images of one version: acme X1, 2.0" in out
          and hashlib.sha256(b"two").hexdigest() in out and hashlib.sha256(b"another two").hexdigest() in out, out)
    code, out = w.watch("--subject", "0" * 64)
    check("is told once", code == 0, out)
    cosigned(w)


def cosigned(w: World) -> None:
    """By openssl, as a witness would."""
    raw = w.der("w")[-32:]
    ident = hashlib.sha256(b"w.example\n\x04" + raw).digest()[:4]
    vkey = f"w.example+{ident.hex()}+{base64.b64encode(bytes([4]) + raw).decode()}"
    (w.d / "witnessed").write_text(f"log {w.vkey}\nwitness w {vkey}\nquorum w\n")
    code, out = w.watch("--subject", "0" * 64, policy="witnessed")
    check("too few cosignatures", code == 1 and "too few witnesses" in out, out)
    note = (w.d / "log/public/checkpoint").read_bytes()
    for hours, wanted in ((1, 0), (30, 1), (-23, 0), (-1000, 1)):
        if hours < -24:  # a clock that is not believed: the checkpoint is as old as it was seen
            state = (w.d / "state").read_bytes().split(b"\n")
            state[1] = b"seen %d" % (time.time() - 2 * 86400)
            (w.d / "state").write_bytes(b"\n".join(state))
        when = int(time.time()) - hours * 3600
        text = note[:note.rindex(b"\n\n") + 1]
        (w.d / "message").write_bytes(b"cosignature/v1\ntime %d\n%s" % (when, text))
        subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", w.d / "w.key", "-in", w.d / "message",
                        "-out", w.d / "signature"], check=True)
        line = base64.b64encode(ident + when.to_bytes(8, "big") + (w.d / "signature").read_bytes())
        w.site.files["checkpoint"] = note + "— w.example ".encode() + line + b"\n"
        code, out = w.watch("--age", "24", "--subject", "0" * 64, policy="witnessed")
        check(f"cosigned {hours} h ago", code == wanted and ("older than --age allows" in out) == bool(wanted)
              and "by the quorum of the policy" in out, out)
    del w.site.files["checkpoint"]


def again_and_again(w: World) -> None:
    shutil.copy(w.d / "state", w.d / "other")
    process = subprocess.Popen([SANITIZED, "log", "watch", "--every", "1", "--policy", w.d / "policy", "--state",
                                w.d / "other", w.site.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    seen = process.stdout.readline() + process.stdout.readline() + process.stdout.readline()
    w.add(w.release("2.5", "two and a half"))
    while b"two and a half" not in seen and b'version "2.5"' not in seen:
        seen += process.stdout.readline()
    process.terminate()
    out, wrong = process.communicate(timeout=30)
    check("what comes later is told while it watches", process.returncode == 0 and not wrong, wrong)
    check("and is in the state", w.watch(state="other")[1].count("\nentry") == 0)


def lies(w: World) -> None:
    w.copy("left")
    w.copy("right")
    w.copy("old")
    w.add(w.release("3.0", "three"), w.release("3.1", "more"), log="left")
    w.add(w.release("4.0", "four"), w.release("4.1", "more"), log="right")
    w.site.root = w.d / "left/public"
    check("the left history", w.watch()[0] == 0)
    before = (w.d / "state").read_bytes()
    w.site.root = w.d / "right/public"
    code, out = w.watch()
    check("another history of the same size", code == 1 and out.startswith("FORKED"), out)
    code, out = w.fork(w.d / "state.fork")
    check("its proof holds", code == 0 and out.startswith("SHOWN") and "log.example" in out, out)
    w.add(w.release("4.2", "yet more"), log="right")
    code, out = w.watch("--fork", w.d / "larger.fork")
    check("another history that is larger", code == 1 and out.startswith("FORKED"), out)
    code, out = w.fork(w.d / "larger.fork")
    check("its proof holds by hashes", code == 0 and "hashes 0" not in (w.d / "larger.fork").read_text(), out)
    text = (w.d / "larger.fork").read_bytes()
    at = text.index(b"\n", text.index(b"hashes")) + 3
    (w.d / "changed.fork").write_bytes(text[:at] + (b"B" if text[at:at + 1] == b"A" else b"A") + text[at + 1:])
    code, out = w.fork(w.d / "changed.fork")
    check("a changed one does not", code == 1 and out.startswith("NOT SHOWN"), out)
    w.site.root = w.d / "old/public"
    code, out = w.watch("--fork", w.d / "old.fork")
    check("less than before", code == 1 and out.startswith("REWOUND"), out)
    code, out = w.fork(w.d / "old.fork")
    check("which both may be true", code == 1 and "signed both" in out, out)
    check("the state stays as it was", (w.d / "state").read_bytes() == before)
    false_files(w)


def false_files(w: World) -> None:
    w.add(w.release("5.0", "five"), log="left")
    w.site.root = w.d / "left/public"
    note = (w.d / "left/public/checkpoint").read_bytes()
    size = int(note.split(b"\n")[1])
    name = f"tile/entries/000.p/{size}"
    bundle = w.site.root / name
    w.site.files[name] = bundle.read_bytes()[:-1] + b" "
    code, out = w.watch()
    check("entries that were not signed", code == 1 and out.startswith("FALSE"), out)
    w.site.files[name] = bundle.read_bytes() + b"x"
    code, out = w.watch()
    check("a malformed bundle", code == 2 and "malformed" in out, out)
    w.site.files[name] = None
    code, out = w.watch()
    check("a bundle that is not there", code == 2 and "answers 404" in out, out)
    del w.site.files[name]
    w.site.files["checkpoint"] = note.replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1))
    code, out = w.watch()
    check("a checkpoint that nobody signed", code == 2, out)
    del w.site.files["checkpoint"]
    w.site.without = ("api/envelope",)
    shutil.copy(w.d / "state", w.d / "other")
    code, out = w.watch(state="other")
    check("no envelopes", code == 0 and "gives no envelope" in out and "1 of them without" in out, out)
    w.site.without = ()
    envelopes = [k for k in w.site.files if k.startswith("api/envelope")]
    right = w.site.files[envelopes[-1]]
    w.site.files[envelopes[-1]] = w.site.files[envelopes[0]]
    shutil.copy(w.d / "state", w.d / "other")
    code, out = w.watch(state="other")
    check("another envelope", code == 0 and "the log gives another envelope" in out, out)
    other = json.loads(right)
    other["signatures"][0]["sig"] = json.loads(w.site.files[envelopes[0]])["signatures"][0]["sig"]
    w.site.files[envelopes[-1]] = json.dumps(other).encode()
    shutil.copy(w.d / "state", w.d / "other")
    code, out = w.watch(state="other")
    check("the entry's signature counts, not the envelope's", code == 0 and 'version "5' in out
          and "does not hold" not in out, out)
    w.site.files[envelopes[-1]] = right
    false_entry(w)


def false_entry(w: World) -> None:
    """A log that takes in what nobody signed."""
    envelope = w.release("6.0", "six")
    e = json.loads(envelope.read_text())
    sig = bytearray(base64.b64decode(e["signatures"][0]["sig"]))
    sig[-1] ^= 1
    e["signatures"][0]["sig"] = base64.b64encode(bytes(sig)).decode()
    digest = pae(envelope)
    body = json.dumps({"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": {
        "data": {"algorithm": "SHA2_256", "digest": base64.b64encode(bytes.fromhex(digest)).decode()},
        "signature": {"content": e["signatures"][0]["sig"], "verifier": {
            "keyDetails": "PKIX_ECDSA_P256_SHA_256", "publicKey": {"rawBytes": w.spki("vendor")}}}}}},
        separators=(",", ":")).encode()
    site, w.site = w.site, Site()
    w.site.root = w.d
    root = base64.b64encode(hashlib.sha256(b"\0" + body).digest())
    w.site.files["checkpoint"], vkey = signed(w.d, b"false.example\n1\n" + root + b"\n")
    w.site.files |= {"tile/entries/000.p/1": len(body).to_bytes(2, "big") + body,
                     f"api/envelope/sha256:{digest}": json.dumps(e).encode()}
    (w.d / "false").write_text(f"log {vkey}\nquorum none\n")
    code, out = w.watch(state="false-state", policy="false")
    check("an entry that nobody signed", code == 0 and "its signature does not hold" in out and "X1" not in out, out)
    w.site = site


def usage(w: World) -> None:
    for what, arguments in (("no policy", ("log", "watch", "--state", w.d / "x", w.site.url)),
                            ("no state", ("log", "watch", "--policy", w.d / "policy", w.site.url)),
                            ("a subject that is none", ("log", "watch", "--subject", "abc", w.site.url)),
                            ("nobody there", ("log", "watch", "--policy", w.d / "policy", "--state", w.d / "x",
                                              "ftp://127.0.0.1/")),
                            ("a fork that is none", ("log", "fork", "--policy", w.d / "policy", w.d / "nothing"))):
        done = run(*arguments, program=SANITIZED)
        check(what, done.returncode == 2 and done.stderr.startswith(b"evenhand: "), done.stderr)
    (w.d / "torn").write_bytes((w.d / "state").read_bytes()[:-40])
    code, out = w.watch(state="torn")
    check("a torn state is refused", code == 2 and "no state of a log" in out, out)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        w = World(Path(folder))
        follows(w)
        finds_components(w)
        alarms(w)
        again_and_again(w)
        lies(w)
        usage(w)
    end()


main()
