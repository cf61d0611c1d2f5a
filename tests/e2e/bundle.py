#!/usr/bin/env python3
"""Bundles: what a log holds is taken with the policy and rules that fit, by evenhand and by evenhand-verify in the
same words; what lacks something is refused at its step, and a changed bit anywhere is."""
import hashlib
import json
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from serving import Server
from support import RELEASE, ROOT, SAMPLE, SANITIZED, check, end, run

try:
    import jsonschema
except ImportError:
    jsonschema = None

sys.path.insert(0, str(ROOT / "tests/tools"))
import bundles  # noqa: E402

SEEN = 1795600000  # 2026-11-25
AT = "2026-11-30"
VECTORS = ROOT / "tests/vectors/acceptance"


def device(program: Path) -> Path:
    return program.with_name("evenhand-verify")


def both(what: str, files: tuple, code: int, says: str, at: str = AT, program: Path = RELEASE) -> None:
    """Both programs come to the same, in the same words."""
    bundle, policy, rules, image = files
    options = ["--bundle", bundle, "--policy", policy, "--rules", rules, "--at", at, image]
    one = run("verify", *options, program=program)
    other = run(*options, program=device(program))
    said = " ".join((one.stdout + one.stderr).decode().split())  # lines are broken at 80 columns
    check(what, one.returncode == code and says in said,
          (one.returncode, one.stdout.decode(), one.stderr.decode()))
    same = one.returncode == other.returncode and one.stdout == other.stdout
    errors = one.stderr.replace(b"evenhand: ", b""), other.stderr.replace(b"evenhand-verify: ", b"")
    wide = [line for line in one.stdout.decode().splitlines() if len(line) > 80]
    check(f"{what}: 80 columns", not wide, wide)
    check(f"{what}, and the device says the same", same and errors[0] == errors[1],
          (other.returncode, other.stdout.decode(), other.stderr.decode()))


class Scene:
    """An image, a vendor and three labs, and a log."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.image = b"firmware"
        self.vendor = bundles.Key(folder, "vendor.example", p256=True)
        self.labs = [bundles.Key(folder, f"lab-{n}.example", p256=n == 0) for n in range(3)]
        self.users = bundles.Key(folder, "users.example")
        self.count = 0

    def rules(self, more: str, days: str = "") -> str:
        keys = "".join(lab.roster("lab", days) for lab in self.labs)
        return keys + self.vendor.roster("vendor") + self.users.roster("users") + more

    def files(self, envelopes: list, rules: str, who=None, quorum: str = "2", time=SEEN) -> tuple:
        log = bundles.Log(self.folder)
        log.fill(7)
        for envelope, key in envelopes:
            log.add(envelope, key)
        log.fill(3)
        self.count += 1
        texts = {"jsonl": bundles.lines_of(log.bundles(time, who)), "policy": log.policy(quorum), "rules": rules}
        paths = []
        for ending, text in texts.items():
            paths.append(self.folder / f"{self.count}.{ending}")
            paths[-1].write_text(text)
        image = self.folder / "image"
        image.write_bytes(self.image)
        return (*paths, image)


NEEDS = "need 2 lab evaluation\nallow review ACC-02\nallow opaque all\n"


def rules_and_witnesses(s: Scene) -> None:
    labs = [(bundles.evaluation(s.image, lab), lab) for lab in s.labs]
    other = [(bundles.evaluation(s.image, s.labs[2], report=b"other"), s.labs[2])]
    failing = [(bundles.evaluation(s.image, s.labs[2], report=b"other", fail=("ACC-09",)), s.labs[2])]
    release = [(bundles.release(s.image, s.vendor), s.vendor)]
    both("two labs that agree are enough", s.files(labs[:2], s.rules(NEEDS)), 0, "ACCEPTED")
    both("one lab is not", s.files(labs[:1], s.rules(NEEDS)), 1, "needs 2 of role lab")
    both("one lab twice is not", s.files(labs[:1] * 2, s.rules(NEEDS)), 1, "needs 2 of role lab")
    both("labs that differ are not", s.files(labs[:1] + other, s.rules(NEEDS)), 1, "there are 1")
    both("what a third lab found is not outvoted", s.files(labs[:2] + failing, s.rules(NEEDS)), 1, "ACC-09 ended as fail")
    both("unless a rule allows it", s.files(labs[:2] + failing, s.rules(NEEDS + "allow fail ACC-09\n")), 0, "ACCEPTED")
    both("a vendor's release may be needed", s.files(labs[:2], s.rules(NEEDS + "need 1 vendor release\n")), 1, "role vendor")
    both("and be there", s.files(labs[:2] + release, s.rules(NEEDS + "need 1 vendor release\n")), 0, "AR-431")
    product = NEEDS + "need 1 vendor release\nproduct acme "
    both("a release of the product is taken", s.files(labs[:2] + release, s.rules(product + "AR-431\n")), 0, "AR-431")
    both("one of another product is not", s.files(labs[:2] + release, s.rules(product + "AR-432\n")), 1,
         "of a product that the rules name: there are 0")
    both("two witnesses are enough", s.files(labs[:2], s.rules(NEEDS), ("operator", "users")), 0, "operator, users")
    both("one is not", s.files(labs[:2], s.rules(NEEDS), ("operator",)), 1, "without government, users")
    both("an unwitnessed log is not", s.files(labs[:2], s.rules(NEEDS), quorum="none"), 1, "no rule allows that")
    both("which says what to do", s.files(labs[:2], s.rules(NEEDS), quorum="none"), 1, "Put a quorum of witnesses into")
    both("so does a clock that is wrong", s.files(labs[:2], s.rules(NEEDS)), 1, "Look at this machine's clock first.",
         at="2026-11-20")
    both("unless a rule allows it, too", s.files(labs[:2], s.rules(NEEDS + "allow unwitnessed\n"), quorum="none"), 0, "by nobody")
    both("an old log is not", s.files(labs[:2], s.rules(NEEDS + "age 4\n")), 1, "5 days ago")
    both("a day earlier it is", s.files(labs[:2], s.rules(NEEDS + "age 4\n")), 0, "4 days ago", at="2026-11-29")
    year = 365 * 86400
    again = {"operator": SEEN, "government": SEEN - year, "users": SEEN - year}
    both("an old log is not fresh because one of its witnesses signs it again",
         s.files(labs[:2], s.rules(NEEDS + "age 30\n"), time=again), 1, "370 days ago")
    ahead = {"operator": SEEN, "government": SEEN, "users": SEEN + year}
    both("one clock that is wrong refuses nothing",
         s.files(labs[:2], s.rules(NEEDS + "age 30\n"), time=ahead), 0, "5 days ago")
    both("unless that witness would be enough, and time counts",
         s.files(labs[:2], s.rules(NEEDS + "age 30\n"), quorum="1", time=ahead), 1, "a clock is wrong")
    both("the time 0 is none",
         s.files(labs[:2], s.rules(NEEDS), time={**again, "operator": 0, "users": 0}), 1, "government signed; without operator")
    both("a key whose days are over does not count",
         s.files(labs[:2], s.rules(NEEDS, " until 2026-11-24")), 1, "did not count")
    both("other software is refused", (*s.files(labs[:2], s.rules(NEEDS))[:3], SAMPLE), 1, "other software")


def standing(s: Scene) -> None:
    labs = [(bundles.evaluation(s.image, lab), lab) for lab in s.labs]
    back = [(bundles.meant("revocation", s.image, labs[0][0], s.labs[0], "the report was wrong"), s.labs[0])]
    foreign = [(bundles.meant("revocation", s.image, labs[0][0], s.labs[2], "we disagree"), s.labs[2])]
    claim = [(bundles.claim(s.image, s.users, "it calls home"), s.users)]
    answer = [(bundles.meant("response", s.image, claim[0][0], s.vendor, "it asks for updates"), s.vendor)]
    own = [(bundles.meant("response", s.image, claim[0][0], s.users, "indeed"), s.users)]
    both("what its signer took back does not count", s.files(labs[:2] + back, s.rules(NEEDS)), 1, "was taken back: the report")
    both("nobody else can take it back", s.files(labs[:2] + foreign, s.rules(NEEDS)), 0, "ACCEPTED")
    both("an unanswered claim refuses", s.files(labs[:2] + claim, s.rules(NEEDS)), 1, "alleges, and nobody answers: it calls")
    both("and says what would help", s.files(labs[:2] + claim, s.rules(NEEDS)), 1, "Ask for a bundle in which that is answered.")
    both("an answered one does not", s.files(labs[:2] + claim + answer, s.rules(NEEDS)), 0, "alleged without evidence")
    both("its own signer's answer is none", s.files(labs[:2] + claim + own, s.rules(NEEDS)), 1, "nobody answers")
    both("rules may refuse every claim",
         s.files(labs[:2] + claim + answer, s.rules(NEEDS + "claims none\n")), 1, "alleges: it calls")
    both("or ignore all", s.files(labs[:2] + claim, s.rules(NEEDS + "claims ignored\n")), 0, "ACCEPTED")
    stranger = bundles.Key(s.folder, "stranger.example")
    both("strangers are not listened to",
         s.files(labs[:2] + [(bundles.claim(s.image, stranger, "no"), stranger)], s.rules(NEEDS)), 0, "not looked at")


def troubles(s: Scene) -> None:
    good = s.files([(bundles.evaluation(s.image, lab), lab) for lab in s.labs[:2]], s.rules(NEEDS))
    bad = s.folder / "bad"
    bad.write_text("# a\nneed 1\n")
    both("rules that are malformed are an error of the caller", (good[0], good[1], bad, good[3]), 2, "bad:2: the role is none")
    both("so is a policy", (good[0], bad, good[2], good[3]), 2, "bad:")
    both("and each in the other's place", (good[0], good[2], good[1], good[3]), 2, "all else in the rules")
    both("so is a file that is not there", (s.folder / "none", *good[1:]), 2, "no such file")
    empty = s.folder / "empty"
    empty.write_bytes(b"")
    both("so is an empty bundle", (empty, *good[1:]), 2, "it is empty")
    both("and an empty image", (*good[:3], empty), 2, "it is empty")
    empty.write_text("\n\n")
    both("a bundle without a line is refused", (empty, *good[1:]), 1, "it holds nothing")
    both("so is any other file", (SAMPLE, *good[1:]), 1, "not of the form of a bundle")
    plain = run("verify", "--bundle", good[0], good[3])
    check("a bundle needs a policy", plain.returncode == 2 and b"needs a policy" in plain.stderr, plain.stderr)


def keys_instead_of_rules(s: Scene) -> None:
    good = s.files([(bundles.evaluation(s.image, lab), lab) for lab in s.labs[:2]], s.rules(NEEDS))
    pub = s.folder / "lab.pub"
    pub.write_bytes(bundles.openssl("pkey", "-in", s.labs[0].path, "-pubout"))
    r = run("verify", "--bundle", good[0], "--policy", good[1], "--key", pub, "--at", AT, good[3])
    check("without rules keys are named, and nothing is weighed",
          r.returncode == 0 and b"none were given" in r.stdout and b"lab.pub, key" in r.stdout, r.stdout + r.stderr)


def as_json(s: Scene) -> None:
    labs = [(bundles.evaluation(s.image, lab), lab) for lab in s.labs]
    back = [(bundles.meant("revocation", s.image, labs[2][0], s.labs[2], "an error"), s.labs[2])]
    for name, files, code in (("accepted", s.files(labs + back, s.rules(NEEDS)), 0),
                              ("refused", s.files(labs, s.rules(NEEDS), ("users",)), 1)):
        out = s.folder / f"{name}.json"
        r = run("verify", "--bundle", files[0], "--policy", files[1], "--rules", files[2], "--at", AT, "-o", out, files[3])
        if not check(f"{name} as JSON", r.returncode == code and out.exists(), r.stderr):
            continue
        o = json.loads(out.read_text())
        check("says the same", o["outcome"] == name and o["failed"] == (None if code == 0 else "witnessed") and
              [step["holds"] for step in o["steps"]] == ([True] * 8 if code == 0 else [True] * 4 + [False] + [None] * 3), o)
        check("and which statements stand", [x["standing"] for x in o["statements"]] ==
              (["stands", "stands", "revoked", "stands"] if code == 0 else []), o)
        if jsonschema:
            jsonschema.validate(o, json.loads((ROOT / "docs/acceptance.schema.json").read_text()))


def changed_bits(s: Scene) -> None:
    """All bits of this bundle are tried by tests/unit/log/acceptance.c; here some, by both programs, and by the
    program for devices many."""
    files = [VECTORS / f"small.{ending}" for ending in ("sigstore.jsonl", "policy", "rules")] + [VECTORS / "image"]
    data = files[0].read_bytes()
    changed = s.folder / "changed"
    taken, tried = [], random.Random(11).sample(range(len(data) * 8), 400)
    for n, bit in enumerate(tried):
        copy = bytearray(data)
        copy[bit // 8] ^= 1 << bit % 8
        changed.write_bytes(copy)
        options = ["--bundle", changed, "--policy", files[1], "--rules", files[2], "--at", AT, files[3]]
        codes = [run(*options, program=device(RELEASE)).returncode]
        if n < 40:
            codes.append(run("verify", *options).returncode)
        taken += [bit] if any(code != 1 for code in codes) else []
    check("a changed bit is refused by both", not taken, taken)
    both("the unchanged one is taken", tuple(files), 0, "ACCEPTED")


def signed_by_evenhand(s: Scene) -> None:
    """What sign writes of the sample, with its real verdicts and its region that could not be opened."""
    report, envelope, key = s.folder / "report.json", s.folder / "e.json", s.folder / "lab.key"
    run("scan", "--quiet", "-o", report, SAMPLE)
    run("key", "new", key)
    signed = run("sign", "--key", key, "-o", envelope, report)
    if not check("the sample's report is signed", signed.returncode == 0, signed.stderr):
        return
    lab = bundles.Key.of(key, "lab.example")
    rules = lab.roster("lab") + "need 1 lab evaluation\nallow fail all\nallow review all\nallow not-evaluable all\n"
    files = (*s.files([(json.loads(envelope.read_text()), lab)], rules)[:3], SAMPLE)
    both("its region is refused where no rule names it", files, 1, "nobody could open @0x275000, 4,096 bytes")
    files[2].write_text(rules + "allow opaque @0x275000 4096\n")
    both("and taken where one does", files, 0, "allowed by line 6")
    both("by the sanitized programs as well", files, 0, "allowed by line 6", program=SANITIZED)


def out_of_a_log(s: Scene) -> None:
    """What log bundle writes of a log is what the tool of the tests writes, and is taken by Sigstore's clients."""
    d = s.folder / "log"
    d.mkdir()
    run("key", "new", "--type", "ed25519", d / "log.key")
    run("key", "new", d / "lab.key")
    lab = bundles.Key.of(d / "lab.key", "lab.example")
    (d / "admission").write_text(lab.roster("lab") + s.vendor.roster("vendor") + s.users.roster("users"))
    (d / "image").write_bytes(s.image)
    made = [bundles.claim(b"other software", s.users, f"no {n}") for n in range(3)]
    made += [bundles.evaluation(s.image, lab), bundles.release(s.image, s.vendor), bundles.claim(b"another", s.users, "no")]
    for n, envelope in enumerate(made):
        (d / f"{n}.json").write_text(json.dumps(envelope))
    r = run("log", "init", "--origin", "log.example", "--key", d / "log.key", "--admission", d / "admission", d / "L")
    check("a log is made", r.returncode == 0, r.stderr)
    added = [run("log", "add", d / "L", d / f"{n}.json") for n in range(len(made))]  # in one call they have no order
    check("statements are added", all(r.returncode == 0 for r in added), [r.stderr for r in added])
    r = run("log", "bundle", "-o", d / "b.sigstore.jsonl", d / "L", d / "image")
    check("two of them are about the image", r.stdout.split()[1:3] == [b"2", b"statements,"], r.stdout + r.stderr)
    lines = [json.loads(line) for line in (d / "b.sigstore.jsonl").read_text().splitlines()]
    log = bundles.Log(d, "log.example")
    log.key = bundles.Key.of(d / "log.key", "log.example")
    for envelope, key in zip(made, [s.users] * 3 + [lab, s.vendor, s.users]):
        log.key.p256 = False
        log.add(envelope, key)
    for line, mine in zip(lines, log.bundles(SEEN)[3:5]):
        for bundle in (line, mine):  # the note of the tool's log has witnesses
            bundle["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["checkpoint"] = None
        check("a line is what another program writes", line == mine, (line, mine))
    policy, rules = d / "policy", d / "rules"
    policy.write_text(f"log {log.key.vkey(1)}\nquorum none\n")
    rules.write_text(lab.roster("lab") + "need 1 lab evaluation\nallow review all\nallow opaque all\nallow unwitnessed\n")
    both("what it wrote is taken", (d / "b.sigstore.jsonl", policy, rules, d / "image"), 0, "entry 3 of 6")
    digest = hashlib.sha256(s.image).hexdigest()
    r = run("log", "bundle", "-o", d / "r.sigstore.json", "--rules", rules, d / "L", f"sha256:{digest}")
    check("rules choose whose", b"1 statement" in r.stdout, r.stdout + r.stderr)
    both("one alone is taken too", (d / "r.sigstore.json", policy, rules, d / "image"), 0, "entry 3 of 6")
    r = run("log", "bundle", "-o", d / "p.tlog-proof", d / "L", d / "image")
    check("a proof is of one entry", r.returncode == 2 and b"entry:N" in r.stderr, r.stderr)
    r = run("log", "bundle", "-o", d / "p.tlog-proof", d / "L", "entry:4")
    text = (d / "p.tlog-proof").read_text()
    hashes = lines[1]["verificationMaterial"]["tlogEntries"][0]["inclusionProof"]["hashes"]
    check("which is proved by a tlog-proof", text.split("\n\n")[0].split("\n") ==
          ["c2sp.org/tlog-proof@v1", "index 4", *hashes], text)
    with Server("log", "serve", "--listen", "127.0.0.1:0", d / "L") as server:
        for name, rules_too in (("u", []), ("v", ["--rules", rules])):
            r = run("log", "bundle", *rules_too, "-o", d / f"{name}.sigstore.jsonl", f"http://{server.address}/", d / "image")
            same = "b.sigstore.jsonl" if name == "u" else "r.sigstore.json"
            check("a log elsewhere has the same", r.returncode == 0 and
                  (d / f"{name}.sigstore.jsonl").read_bytes() == (d / same).read_bytes(), r.stdout + r.stderr)
        r = run("log", "bundle", "-o", d / "w.sigstore.jsonl", f"http://{server.address}", SAMPLE)
        check("it knows nothing of other images", r.returncode == 2 and b"no statement about this image" in r.stderr, r.stderr)
        r = run("log", "bundle", "-o", d / "w.sigstore.jsonl", f"http://{server.address}/api", SAMPLE)
        check("an address that is none is said", r.returncode == 2 and not (d / "w.sigstore.jsonl").exists(), r.stderr)
    r = run("log", "bundle", "-o", d / "n.sigstore.jsonl", d / "L", SAMPLE)
    check("of other images it knows nothing", r.returncode == 2 and b"no statement about this image" in r.stderr, r.stderr)
    sigstore(d, lab)


def sigstore(d: Path, lab: bundles.Key) -> None:
    client = ROOT / "tests/clients/sigstore"
    if not (client / "node_modules").is_dir():
        print("skip Sigstore: its client is not installed (tests/clients/sigstore/README.md)")
        return
    run("log", "trusted-root", "-o", d / "root.json", d / "L")
    (d / "lab.pub").write_bytes(bundles.openssl("pkey", "-in", lab.path, "-pubout"))
    r = subprocess.run(["node", client / "verify.mjs", d / "root.json", d / "lab.pub", d / "r.sigstore.json", d / "image"],
                       capture_output=True)
    check("Sigstore's verifier takes it", r.returncode == 0, r.stdout + r.stderr)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        s = Scene(Path(folder))
        rules_and_witnesses(s)
        standing(s)
        troubles(s)
        keys_instead_of_rules(s)
        as_json(s)
        changed_bits(s)
        signed_by_evenhand(s)
        out_of_a_log(s)
    end()


main()
