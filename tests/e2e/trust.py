#!/usr/bin/env python3
"""Keys, statements and envelopes: what is signed verifies by openssl, what was changed is refused, and
labs that differ are told apart check by check."""
import base64
import hashlib
import json
import os
import pty
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

from support import RELEASE, ROOT, SAMPLE, SANITIZED, check, end, run

try:
    import jsonschema
except ImportError:
    jsonschema = None

SCHEMA = json.loads((ROOT / "docs/statement.schema.json").read_text())
KINDS = ("evaluation", "comparison", "declaration", "release", "claim", "response", "revocation")


def payload(envelope: Path) -> dict:
    return json.loads(base64.b64decode(json.loads(envelope.read_text())["payload"]))


def openssl_verifies(envelope: Path, public: Path, folder: Path, ed25519: bool) -> bool:
    e = json.loads(envelope.read_text())
    body, kind = base64.b64decode(e["payload"]), e["payloadType"].encode()
    (folder / "pae").write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body))
    (folder / "sig").write_bytes(base64.b64decode(e["signatures"][0]["sig"]))
    how = ["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", public, "-sigfile", folder / "sig", "-in",
           folder / "pae"] if ed25519 else ["dgst", "-sha256", "-verify", public, "-signature", folder / "sig",
                                            folder / "pae"]
    return subprocess.run(["openssl", *map(str, how)], capture_output=True).returncode == 0


def types_at_terminal(arguments, lines) -> int:
    """The exit code of evenhand on a terminal of its own, where these lines are typed."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(RELEASE, [str(RELEASE), *map(str, arguments)])
    seen = b""
    for line in lines:
        while not seen.rstrip().endswith(b":"):
            seen += os.read(terminal, 4096)
        seen = b""
        os.write(terminal, line + b"\n")
    try:
        while data := os.read(terminal, 4096):
            seen += data
    except OSError:
        pass
    os.close(terminal)
    check("what is typed is not shown", not any(line in seen for line in lines), seen)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def keys(d: Path) -> None:
    (d / "pw").write_text("correct horse\nsecond line\n")
    (d / "pw").chmod(0o644)
    done = run("key", "new", "--passphrase", d / "pw", d / "seen.key")
    check("a passphrase that others may read is said to be", done.returncode == 0 and b"others than its owner" in done.stderr)
    (d / "pw").chmod(0o600)
    done = run("key", "new", "--passphrase", d / "pw", d / "own.key")
    check("one that nobody else may is not", done.returncode == 0 and not done.stderr, done.stderr)
    for kind, more, plain in (("p256", (), True), ("ed25519", ("--passphrase", d / "pw"), False)):
        key = d / f"{kind}.key"
        done = run("key", "new", "--type", kind, *more, key, program=SANITIZED)
        check(f"key new {kind}", done.returncode == 0, done.stderr)
        check("private for its owner alone, public for all",
              (key.stat().st_mode & 0o777, Path(f"{key}.pub").stat().st_mode & 0o777) == (0o600, 0o644))
        check("nothing else was left behind", len(list(d.glob(f"*{kind}*"))) == 2)
        said = subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-passin", f"file:{d / 'pw'}"],
                              capture_output=True)
        check("openssl reads the private key, and its public half is the other file",
              said.stdout == Path(f"{key}.pub").read_bytes(), said.stderr)
        check("encrypted where a passphrase is given", (b"ENCRYPTED" in key.read_bytes()) != plain)
        der = subprocess.run(["openssl", "pkey", "-pubin", "-in", f"{key}.pub", "-outform", "DER"],
                             capture_output=True).stdout
        check("key show gives the digest of the SPKI", hashlib.sha256(der).hexdigest().encode()
              in run("key", "show", f"{key}.pub").stdout)
        said = run("key", "line", f"{key}.pub", f"{kind}.example", "lab")
        check("key line gives its line for rules", said.stdout.split() ==
              [b"key", f"{kind}.example".encode(), b"lab", base64.b64encode(der)], said.stderr)
        for name, role in (("two words", "lab"), ("a lab", "lab"), ("", "lab"), ("x", "labs"), ("x\n", "lab"),
                           ("x lab AAAA", "lab")):
            said = run("key", "line", f"{key}.pub", name, role)
            check(f"no line of {name!r} {role!r}", said.returncode == 2 and not said.stdout, said.stdout)
        before = key.read_bytes()
        check("a key is never overwritten", run("key", "new", key).returncode == 2 and key.read_bytes() == before)
    (d / "half.pub").write_text("x")
    check("nor a public one", run("key", "new", d / "half").returncode == 2 and not (d / "half").exists())
    check("no folder, no key", run("key", "new", d / "none/x").returncode == 2)
    check("an empty passphrase is refused", run("key", "new", "--passphrase", "/dev/null", d / "e").returncode == 2
          and not (d / "e").exists())
    check("typed twice", types_at_terminal(["key", "new", "--passphrase", "ask", d / "typed"],
                                           [b"a long one", b"a long one"]) == 0)
    check("typed otherwise the second time", types_at_terminal(["key", "new", "--passphrase", "ask", d / "typed2"],
                                                               [b"a long one", b"a lung one"]) == 2
          and not (d / "typed2").exists())
    check("what was typed opens it", subprocess.run(["openssl", "pkey", "-in", d / "typed", "-noout", "-passin",
                                                     "pass:a long one"], capture_output=True).returncode == 0)


def sign(d: Path, out: str, *arguments, key="p256.key", **more):
    done = run("sign", "--key", d / key, "-o", d / out, *arguments, **more)
    return done


def verify(d: Path, *envelopes, image=None, keys=("p256.key.pub",), **more):
    words = [w for e in envelopes for w in ("--envelope", d / e)] + [w for k in keys for w in ("--key", d / k)]
    return run("verify", *words, *([image] if image else []), **more)


def evaluation(d: Path) -> None:
    run("scan", "--quiet", "-o", d / "r.json", SAMPLE)
    done = sign(d, "a.json", d / "r.json", "--publish", d / "public.json", program=SANITIZED)
    check("sign", done.returncode == 0, done.stderr)
    s, raw = payload(d / "a.json"), SAMPLE.read_bytes()
    check("the subject is the image", s["subject"] == [{"digest": {
        "sha256": hashlib.sha256(raw).hexdigest(), "sha512": hashlib.sha512(raw).hexdigest()}}])
    report = json.loads((d / "r.json").read_text())
    p = s["predicate"]
    check("the report by its digest", p["report"]["digest"]["sha256"] ==
          hashlib.sha256((d / "r.json").read_bytes()).hexdigest())
    root = run("prove", d / "r.json").stdout.strip()
    check("and by its evidence root", root and p["evidence_root"].encode() in root, root)
    names = {"fail": "failedTests", "review": "warnedTests", "pass": "passedTests",
             "not-evaluable": "notEvaluableTests", "not-applicable": "notApplicableTests"}
    check("each check as the report has it", all(
        p[names[o]] == [v["check"] for v in report["verdicts"] if v["outcome"] == o] and
        p["counts"][o] == len(p[names[o]]) for o in names))
    check("openssl verifies P-256", openssl_verifies(d / "a.json", d / "p256.key.pub", d, False))
    public = (d / "public.json").read_bytes()
    found = {f["password"] for k in ("accounts", "hashes") for f in report["facts"][k] if f["password"]}
    check("the sample has found passwords", len(found) >= 4, found)
    check("none is in what is published", not any(f'"password":"{w}"'.encode() in public or f': \\"{w}\\"'.encode() in public
                                                  for w in found) and b"passwords" in done.stderr)
    check("which is a report all the same", run("judge", d / "public.json").returncode != 2)
    check("published by its digest", p["published"]["digest"]["sha256"] == hashlib.sha256(public).hexdigest())
    check("and by the root of what is published", p["published"]["evidence_root"].encode() in
          run("prove", d / "public.json").stdout and p["published"]["evidence_root"] != p["evidence_root"])
    (d / "salt").write_bytes(bytes(range(32)))
    (d / "salt").chmod(0o600)
    done = sign(d, "salted.json", d / "r.json", "--salt-key", d / "salt")
    root = run("disclose", "--salt-key", d / "salt", d / "r.json").stdout.strip()
    salted = payload(d / "salted.json")["predicate"]
    check("the salted root stands beside the other", done.returncode == 0 and "salted_evidence_root" not in p and
          salted.pop("salted_evidence_root").encode() == root and salted == p, (done.stderr, root))
    if jsonschema:
        jsonschema.validate(payload(d / "salted.json"), SCHEMA)
    check("a claim has none", sign(d, "none.json", "--kind", "claim", "--text", "x", "--salt-key", d / "salt",
                                   SAMPLE).returncode == 2)
    done = sign(d, "open.json", d / "r.json", "--publish", d / "all.json", "--reveal")
    check("unless asked for", (d / "all.json").read_bytes() == (d / "r.json").read_bytes() and not done.stderr)
    check("nothing is signed without the passphrase", sign(d, "none.json", d / "r.json", key="ed25519.key",
                                                           start_new_session=True).returncode == 2)
    (d / "wrong").write_text("correct hors")
    check("nor with another", sign(d, "none.json", d / "r.json", "--passphrase", d / "wrong",
                                   key="ed25519.key").returncode == 2 and not (d / "none.json").exists())
    with open(d / "pw", "rb") as pw:
        done = sign(d, "b.json", d / "r.json", "--passphrase", f"fd:{pw.fileno()}", key="ed25519.key",
                    pass_fds=(pw.fileno(),))
    check("a passphrase by descriptor", done.returncode == 0, done.stderr)
    check("openssl verifies Ed25519", openssl_verifies(d / "b.json", d / "ed25519.key.pub", d, True))
    (d / "s.json").write_bytes((d / "r.json").read_bytes())
    done = run("sign", "--key", d / "p256.key", d / "r.json", d / "s.json")
    check("several, beside their reports, without -o", done.returncode == 0 and
          payload(d / "r.intoto.json") == payload(d / "s.intoto.json") == s, done.stderr)
    (d / "t.json").write_bytes(b"{}")
    (d / "s.intoto.json").unlink()
    done = run("sign", "--key", d / "p256.key", d / "s.json", d / "t.json")
    check("all or none", done.returncode == 2 and not (d / "s.intoto.json").exists())


def refused_reports(d: Path) -> None:
    good = (d / "r.json").read_bytes()
    report = json.loads(good)
    changed = {
        "a blank behind it": good + b" ",
        "other blanks": json.dumps(report).encode(),
        "a verdict that is better": good.replace(b'"outcome":"fail"', b'"outcome":"pass"', 1),
        "a sentence of another": good.replace(b"publicly known", b"publicly  unknown", 1),
        "a fact that is gone": good.replace(b'"password":"letmein"', b'"password":null'),
        "another image": good.replace(report["image"]["sha256"].encode(), b"0" * 64, 1),
        "a size that does not tile": good.replace(b'"size":%d' % report["image"]["size"], b'"size":1', 1),
        "another key order": good.replace(b'"unknown":%d,"encrypted":0' % report["coverage"]["unknown"],
                                          b'"encrypted":0,"unknown":%d' % report["coverage"]["unknown"], 1),
        "half of it": good[:len(good) // 2],
        "nothing": b"{}",
    }
    for what, raw in changed.items():
        check(f"the case holds: {what}", raw != good)
        (d / "bad.json").write_bytes(raw)
        done = sign(d, "none.json", d / "bad.json", program=SANITIZED)
        check(f"not signed: {what}", done.returncode == 2 and done.stderr.startswith(b"evenhand: ")
              and not (d / "none.json").exists(), done.stderr)
    draw = random.Random(11)
    wrong = []
    for _ in range(60):
        at = draw.randrange(len(good))
        (d / "bad.json").write_bytes(good[:at] + bytes([good[at] ^ 1 << draw.randrange(7)]) + good[at + 1:])
        if sign(d, "none.json", d / "bad.json").returncode != 2:
            # A fact that is in no contradiction with anything may say another thing: that is for a second lab.
            try:
                json.loads((d / "bad.json").read_bytes())
            except ValueError:
                wrong.append(at)
        (d / "none.json").unlink(missing_ok=True)
    check("no report that is no JSON is signed", not wrong, wrong)


def judged_by(d: Path) -> None:
    draft = run("declare", SAMPLE).stdout.replace(b"reason: ?", b"reason: needed")
    (d / "decl.yaml").write_bytes(draft)
    run("scan", "--quiet", "--declaration", d / "decl.yaml", "--as-of", "2026-01-01", "-o", d / "declared.json", SAMPLE)
    done = sign(d, "none.json", d / "declared.json")
    check("a declaration must be given again", done.returncode == 2 and b"--declaration" in done.stderr, done.stderr)
    done = sign(d, "declared.intoto.json", d / "declared.json", "--declaration", d / "decl.yaml")
    check("with it the report is signed", done.returncode == 0, done.stderr)
    p = payload(d / "declared.intoto.json")["predicate"]
    check("and the declaration is named", p["declaration"]["digest"]["sha256"] == hashlib.sha256(draft).hexdigest()
          and p["as_of"] == "2026-01-01")
    (d / "other.yaml").write_bytes(draft + b"# more\n")
    check("not with another", sign(d, "none.json", d / "declared.json", "--declaration", d / "other.yaml").returncode == 2)


def other_kinds(d: Path) -> None:
    raw = bytearray(SAMPLE.read_bytes())
    raw[-1] ^= 1
    (d / "other.bin").write_bytes(raw)
    run("compare", "--quiet", "-o", d / "c.json", SAMPLE, d / "other.bin")
    (d / "proof.txt").write_text("a listing")
    release = ("--kind", "release", "--vendor", "Acme", "--product", "AR-7", "--release", "7.1")
    cases = [("comparison", (d / "c.json",)), ("declaration", (d / "decl.yaml", "--image", SAMPLE, "--kind", "declaration")),
             ("release", (SAMPLE, *release)), ("claim", (SAMPLE, "--kind", "claim", "--text", "it calls home é")),
             ("response", (d / "k-claim.json", "--kind", "response", "--text", "by a switch", "--evidence", d / "proof.txt")),
             ("revocation", (d / "k-claim.json", "--kind", "revocation", "--text", "it was another device"))]
    for kind, arguments in cases:
        done = sign(d, f"k-{kind}.json", *arguments, program=SANITIZED)
        check(f"sign {kind}", done.returncode == 0, done.stderr)
        check(f"openssl verifies {kind}", openssl_verifies(d / f"k-{kind}.json", d / "p256.key.pub", d, False))
    done = verify(d, *(f"k-{k}.json" for k in KINDS[1:6]), image=SAMPLE, program=SANITIZED)
    words = " ".join(f"word-{i}" for i in range(60)) + "  two blanks \u00e9\u00e9"
    sign(d, "long.json", "--kind", "claim", "--text", words, SAMPLE)
    said = verify(d, "long.json").stdout.decode().split("claim  ")[1].split("  signed by")[0]
    check("a long text stays within 80 columns, and whole", max(map(len, ("claim  " + said).split("\n"))) <= 80
          and said.replace("\n           | ", " ").strip().endswith(f'"{words.replace("  ", " " + chr(92) + "x20")}"'), said)
    check("all of them hold", done.returncode == 0 and b'alleged without evidence: "it calls home' in done.stdout, done)
    check("an allegation without evidence is just that",
          payload(d / "k-claim.json")["predicate"]["standing"] == "allegation without evidence")
    check("evidence goes in by its digest", payload(d / "k-response.json")["predicate"]["evidence"][0]["digest"]["sha256"]
          == hashlib.sha256(b"a listing").hexdigest())
    done = verify(d, "k-claim.json", "k-revocation.json")
    check("who signed it took it back", done.returncode == 1 and b"took it back" in done.stdout, done)
    sign(d, "k-foreign.json", d / "a.json", "--kind", "revocation", "--text", "no", "--passphrase", d / "pw", key="ed25519.key")
    check("another cannot", verify(d, "a.json", "k-foreign.json", keys=("p256.key.pub", "ed25519.key.pub")).returncode == 0)
    good = (d / "c.json").read_bytes()
    answer = json.loads(good)["answer"].encode()
    for what, changed in {"another answer": good.replace(b'"answer":"' + answer, b'"answer":"equivalent', 1),
                          "a blank": good.replace(b",", b", ", 1), "a lighter weight": good.replace(b'"weight":"open"',
                          b'"weight":"accepted"').replace(b'"weight":"change"', b'"weight":"accepted"'),
                          "more pairs than entries": good.replace(b'"paired":', b'"paired":9', 1)}.items():
        (d / "bad.json").write_bytes(changed)
        check(f"no comparison is signed with {what}", changed != good and sign(d, "none.json", d / "bad.json").returncode == 2)
    for what, arguments in {"a claim that alleges nothing": (SAMPLE, "--kind", "claim"),
                            "a release without a name": (SAMPLE, "--kind", "release"),
                            "a text with a bell": (SAMPLE, "--kind", "claim", "--text", "a\x07"),
                            "a report with a text": (d / "r.json", "--text", "x"),
                            "a rumour": (SAMPLE, "--kind", "rumour"),
                            "a response to no envelope": (d / "r.json", "--kind", "response", "--text", "x"),
                            "an image as declaration": (SAMPLE, "--kind", "declaration", "--image", SAMPLE)}.items():
        done = sign(d, "none.json", *arguments)
        check(f"not signed: {what}", done.returncode == 2 and done.stderr and not (d / "none.json").exists(), done.stderr)
    if not jsonschema:
        print("skip python3-jsonschema is not installed")
        return
    validator = jsonschema.Draft202012Validator(SCHEMA)
    for name in ("a.json", "declared.intoto.json", *(f"k-{k}.json" for k in KINDS[1:])):
        wrong = [e.message for e in validator.iter_errors(payload(d / name))]
        check(f"docs/statement.schema.json: {name}", not wrong, wrong[:2])
    bad = payload(d / "k-claim.json")
    bad["predicate"]["standing"] = "allegation with evidence"
    check("the schema ties standing to evidence", not validator.is_valid(bad))


def verifying(d: Path) -> None:
    done = verify(d, "a.json", image=SAMPLE, program=SANITIZED)
    check("accepted", done.returncode == 0 and done.stdout.startswith(b"ACCEPTED"), done)
    check("the same bytes each time", verify(d, "a.json", image=SAMPLE).stdout == done.stdout)
    done = verify(d, "a.json", image=d / "other.bin")
    check("another image is refused", done.returncode == 1 and b"at step 4 of 5: image" in done.stdout, done)
    done = verify(d, "a.json", keys=("ed25519.key.pub",))
    check("a key that did not sign", done.returncode == 1 and b"step 2 of 5" in done.stdout, done)
    check("one that did beside it", verify(d, "a.json", keys=("ed25519.key.pub", "p256.key.pub")).returncode == 0)
    good = (d / "a.json").read_bytes()
    taken, draw = [], random.Random(7)
    for at in draw.sample(range(len(good) - 1), 150):
        (d / "flip.json").write_bytes(good[:at] + bytes([good[at] ^ 1 << draw.randrange(8)]) + good[at + 1:])
        code = verify(d, "flip.json", image=SAMPLE).returncode
        taken += [(at, code)] if code != 1 else []
    check("a flipped bit anywhere is refused", not taken, taken)
    (d / "empty.json").write_bytes(b"")
    for what, arguments in {"no envelope": ("--key", d / "p256.key.pub"), "no key": ("--envelope", d / "a.json"),
                            "a private key": ("--envelope", d / "a.json", "--key", d / "p256.key"),
                            "no file": ("--envelope", d / "none", "--key", d / "p256.key.pub"),
                            "an empty file": ("--envelope", d / "empty.json", "--key", d / "p256.key.pub"),
                            "no key in it": ("--envelope", d / "a.json", "--key", d / "r.json"),
                            "no image": ("--envelope", d / "a.json", "--key", d / "p256.key.pub", d / "none")}.items():
        done = run("verify", *arguments)
        check(f"could not be checked: {what}", done.returncode == 2 and done.stderr and not done.stdout, done)
    e = json.loads(good)
    body = base64.b64decode(e["payload"]).replace(b"evaluation/v1", b"evaluation/v9")
    signed = {**e, "payload": base64.b64encode(body).decode()}
    kind = e["payloadType"].encode()
    (d / "pae").write_bytes(b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(body), body))
    signed["signatures"] = [{"sig": base64.b64encode(subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", d / "p256.key", d / "pae"], capture_output=True).stdout).decode()}]
    (d / "newer.json").write_text(json.dumps(signed, indent=2))
    done = verify(d, "newer.json")
    check("a type that is not known is refused, however well signed", done.returncode == 1 and b"step 3 of 5" in done.stdout, done)


def tokens(d: Path) -> None:
    """A key on a token of SoftHSM: EVENHAND_SOFTHSM names its module where it is not where Debian has it."""
    module = os.environ.get("EVENHAND_SOFTHSM", "/usr/lib/softhsm/libsofthsm2.so")
    if not shutil.which("softhsm2-util") or not Path(module).exists():
        print("skip softhsm2 is not installed")
        return
    (d / "tokens").mkdir()
    (d / "softhsm2.conf").write_text(f"directories.tokendir = {d / 'tokens'}\nobjectstore.backend = file\n")
    more = {"env": {**os.environ, "SOFTHSM2_CONF": str(d / "softhsm2.conf"), "PKCS11_MODULE_PATH": module}}
    for words in (["--init-token", "--free", "--label", "lab", "--pin", "1234", "--so-pin", "12345678"],
                  ["--import", str(d / "p256.key"), "--token", "lab", "--label", "signing", "--id", "01", "--pin", "1234"]):
        subprocess.run(["softhsm2-util", "--module", module, *words], capture_output=True, check=True, **more)
    (d / "pin").write_text("1234\n")
    (d / "wrong").write_text("9999\n")
    uri = "pkcs11:token=lab;object=signing"
    done = run("key", "show", "--passphrase", d / "pin", uri, **more)
    (d / "token.pub").write_bytes(done.stdout)
    check("key show of a token is its public key", done.returncode == 0 and
          (d / "p256.key.pub").read_bytes() in done.stdout, done)

    def sign_by(key, pin):
        return run("sign", "--key", key, "--passphrase", d / pin, "-o", d / "token.json", d / "r.json", **more)
    for what, key, pin in (("a PIN that is not its", uri, "wrong"), ("a key that is not there", uri + "s", "pin"),
                           ("a PIN in the URI", uri + "?pin-value=1234", "pin")):
        done = sign_by(key, pin)
        check(f"not signed by a token: {what}", done.returncode == 2 and b"evenhand: " in done.stderr
              and not (d / "token.json").exists(), done)
    done = sign_by(uri, "pin")
    check("signed by a token", done.returncode == 0, done.stderr)
    check("openssl verifies it", openssl_verifies(d / "token.json", d / "p256.key.pub", d, False))
    check("verify does", verify(d, "token.json", image=SAMPLE, keys=("token.pub",)).returncode == 0)
    more["env"]["OPENSSL_ENGINES"] = str(d)
    done = sign_by(uri, "pin")
    check("without the engine it says what is missing", done.returncode == 2 and b"engine" in done.stderr, done.stderr)


def labs(d: Path) -> None:
    both = ("p256.key.pub", "ed25519.key.pub")
    done = verify(d, "a.json", "b.json", image=SAMPLE, keys=both)
    check("two labs, the same report", b"2 of 2 keys have signed the same report" in done.stdout, done.stdout)
    done = verify(d, "a.json", "open.json", image=SAMPLE)
    check("one lab twice is one lab", done.returncode == 0 and b"agreement" not in done.stdout, done.stdout)
    done = verify(d, "a.json", "declared.intoto.json", image=SAMPLE)
    check("one lab with two reports has no agreement to show", done.returncode == 0 and b"agreement" not in done.stdout
          and b"not all the same" in done.stdout, done.stdout)
    sign(d, "third.json", d / "declared.json", "--declaration", d / "decl.yaml", "--passphrase", d / "pw", key="ed25519.key")
    done = verify(d, "a.json", "third.json", image=SAMPLE, keys=both, program=SANITIZED)
    a, b = ({c: o for o in ("failedTests", "warnedTests", "notEvaluableTests", "passedTests", "notApplicableTests")
             for c in payload(d / n)["predicate"][o]} for n in ("a.json", "third.json"))
    differ = [c for c in a if a[c] != b[c]]
    shown = [line.strip() for line in done.stdout.decode().split("checks that end differently\n")[-1].splitlines()
             if line.startswith("  ") and not line.startswith("    ")]
    check("labs that differ are told apart check by check", done.returncode == 0 and differ and
          sorted(shown) == sorted(differ) and b"1 of 2 keys" in done.stdout, (differ, shown, done.stdout))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        d = Path(folder)
        keys(d)
        evaluation(d)
        refused_reports(d)
        judged_by(d)
        other_kinds(d)
        verifying(d)
        labs(d)
        tokens(d)
    end()


main()
