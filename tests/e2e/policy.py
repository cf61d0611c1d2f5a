#!/usr/bin/env python3
"""policy check: what it says of policies is what trying all sets of witnesses says, and what is
doubtful about one is named with its lines."""
import base64
import hashlib
import itertools
import random
import re
import tempfile
from pathlib import Path

from support import ROOT, SANITIZED, check, end, run


def vkey(name: str, kind: int, seed: str) -> str:
    """A key of a note. Its 32 bytes need not be a point: nothing is checked with it here."""
    key = bytes([kind]) + hashlib.sha256(seed.encode()).digest()
    ident = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4].hex()
    return f"{name}+{ident}+{base64.b64encode(key).decode()}"


def issuer(name: str, role: str, seed: str) -> str:
    """A line of an admission file, with a key of Ed25519."""
    spki = bytes.fromhex("302a300506032b6570032100") + hashlib.sha256(seed.encode()).digest()
    return f"key {name} {role} {base64.b64encode(spki).decode()}\n"


def log(name: str = "log.example", seed: str = "log", url: str = "") -> str:
    return f"log {vkey(name, 1, seed)} {url}\n"


def witness(name: str, host: str, seed: str = "", url: str = "") -> str:
    return f"witness {name} {vkey(host, 4, seed or name)} {url}\n"


THREE = log() + witness("a", "w.a.example") + witness("b", "w.b.example") + witness("c", "w.c.example")


def said(folder: Path, policy: str, *more, rules: str = "", admission: str = "") -> tuple[int, str]:
    (folder / "policy").write_bytes(policy.encode())
    options = []
    for name, text in (("rules", rules), ("admission", admission)):
        if text:
            (folder / name).write_text(text)
            options += [f"--{name}", folder / name]
    done = run("policy", "check", *options, *more, folder / "policy", program=SANITIZED)
    return done.returncode, done.stdout.decode() + done.stderr.decode()


def numbers(text: str) -> tuple[int, int, int]:
    """Witnesses that pass, stop and split."""
    split = re.search(r"only where (\d+) witness", text)
    return (int(re.search(r"passes +with (\d+)", text)[1]), int(re.search(r"stops +where (\d+)", text)[1]),
            int(split[1]) if split else 0)


class Group:
    """k of some witnesses (numbers) and groups."""

    def __init__(self, k, members):
        self.k, self.members = k, members

    def holds(self, chosen) -> bool:
        return self.k <= sum(m in chosen if isinstance(m, int) else m.holds(chosen) for m in self.members)

    def lines(self, name: str) -> str:
        names, text = [], ""
        for i, m in enumerate(self.members):
            names.append(f"w{m}" if isinstance(m, int) else f"{name}-{i}")
            text += "" if isinstance(m, int) else m.lines(names[-1])
        return text + f"group {name} {self.k} {' '.join(names)}\n"


def grow(rng: random.Random, witnesses: list) -> Group:
    """A random group of all of these."""
    members = []
    while witnesses:
        n = rng.randint(1, len(witnesses))
        part, witnesses = witnesses[:n], witnesses[n:]
        members += part if n < 2 or rng.random() < 0.5 or not (members or witnesses) else [grow(rng, part)]
    return Group(rng.randint(1, len(members)), members)


def by_trying(group: Group, n: int) -> tuple[int, int, int]:
    sets = [frozenset(s) for k in range(n + 1) for s in itertools.combinations(range(n), k)]
    quorums = [s for s in sets if group.holds(s)]
    everybody = frozenset(range(n))
    return (min(len(s) for s in quorums), min(len(s) for s in sets if not group.holds(everybody - s)),
            min(len(a & b) for a in quorums for b in quorums))


def random_policies(d: Path) -> None:
    rng = random.Random(11)
    wrong = []
    for i in range(40):
        n = rng.randint(1, 7)
        group = grow(rng, list(range(n)))
        text = log() + "".join(witness(f"w{k}", f"w.o{k}.example") for k in range(n)) + group.lines("q") + "quorum q\n"
        code, out = said(d, text)
        if numbers(out) != by_trying(group, n) or code != (by_trying(group, n)[2] == 0):
            wrong.append((text, out, by_trying(group, n)))
    check("the numbers of 40 random policies are those of trying all sets", not wrong, wrong[:1])


def sound_ones(d: Path) -> None:
    roles = (ROOT / "tests/vectors/policy/roles.policy").read_text()
    code, out = said(d, roles)
    check("a policy with nothing to warn of", code == 0 and out.startswith("no warning\n"), out)
    check("its numbers", numbers(out) == (4, 1, 3), out)
    check("such a set is named", "such as vendor, regulator, archive" in out, out)
    code, out = said(d, THREE + "quorum b\n")
    check("a quorum of one witness leaves the others idle", code == 1 and "policy lines 2 and 4" in out, out)
    check("and depends on it alone", numbers(out) == (1, 1, 1), out)


CASES = (
    ("quorum none", THREE + "quorum none\n", {}, ("no witness is needed", "policy line 5")),
    ("a split view", THREE + "group g any a b\ngroup h any g c\nquorum h\n", {},
     ("two quorums may share no witness", "policy lines 5 and 6", "with honest witnesses alone")),
    ("no log", THREE.split("\n", 1)[1] + "group g all a b c\nquorum g\n", {}, ("it names no log", "policy line 5")),
    ("a witness that counts nowhere", THREE + "group g all a b\nquorum g\n", {}, ("counts nowhere", "policy line 4")),
    ("a log that witnesses itself, told by names", log("log.a.example") + THREE.split("\n", 1)[1]
     + "group g all a b c\nquorum g\n", {}, ("a.example runs a log and a witness", "policy lines 1 and 2")),
    ("a log that witnesses itself, told by an address", log(url="https://x.C.example:8080/log")
     + THREE.split("\n", 1)[1] + "group g all a b c\nquorum g\n", {}, ("example runs a log", "policy lines 1 and 4")),
    ("one key of a log and a witness", log(seed="k") + witness("a", "w.a.example", "k") + "quorum a\n", {},
     ("one key is a log's and a witness's", "policy lines 1 and 2")),
    ("one key of a witness and an issuer", log() + witness("a", "w.a.example", "k") + "quorum a\n",
     {"admission": issuer("lab.z.example", "lab", "k")}, ("signs statements", "policy line 2, admission line 1")),
    ("an issuer that witnesses itself", THREE + "group g all a b c\nquorum g\n",
     {"rules": "# labs\n" + issuer("lab.b.example", "lab", "x") + "need 1 lab evaluation\n"},
     ("b.example signs statements and is a witness", "policy line 3, rules line 2")),
    ("an issuer in two roles", THREE + "group g all a b c\nquorum g\n",
     {"admission": issuer("lab.z.example", "lab", "x") + issuer("z.example", "vendor", "y")},
     ("z.example signs statements in two roles", "admission lines 1 and 2")),
    ("one operator in two groups", log() + witness("a", "w1.v.example") + witness("b", "w2.v.example")
     + witness("c", "w.c.example") + "group g all a c\ngroup h all g b\nquorum h\n", {},
     ("v.example is a witness in two groups", "policy lines 2 and 3")),
    ("one operator that counts twice, and can split alone", log() + witness("a", "w1.v.example")
     + witness("b", "w2.v.example") + witness("c", "w.c.example") + "group g 2 a b c\nquorum g\n", {},
     ("v.example counts more than once", "policy lines 2 and 3", "It alone can let a split view pass.")),
)


def doubtful_ones(d: Path) -> None:
    for what, policy, files, words in CASES:
        code, out = said(d, policy, **files)
        check(what, code == 1 and all(w in out for w in words), out)
    code, out = said(d, log() + witness("a", "w1.v.example") + witness("b", "w2.v.example")
                     + "group g any a b\ngroup h all g\nquorum h\n")
    check("two keys of one role are no two roles", "two roles" not in out and "more than once" not in out, out)
    code, out = said(d, THREE + "group g all a b c\nquorum g\n",
                     admission=issuer("one.co.uk", "lab", "x") + issuer("two.co.uk", "vendor", "y"))
    check("co.uk is no operator", code == 0, out)


def days(d: Path) -> None:
    """Keys that count no longer, or not yet."""
    rules = (issuer("l1.example", "lab", "x").strip() + " until 2026-12-31\n"
             + issuer("l2.example", "lab", "y").strip() + " from 2026-06-01\nneed 2 lab evaluation\n")
    for day, wanted in (("2026-05-31", "1 counts"), ("2026-06-01", ""), ("2026-12-31", ""), ("2027-01-01", "1 counts")):
        code, out = said(d, THREE + "group g all a b c\nquorum g\n", "--at", day, rules=rules)
        check(f"two labs on {day}", code == bool(wanted) and (f"on {day} {wanted}" in out and "rules line 3" in out
                                                             if wanted else "must have signed" not in out), out)


def malformed_ones(d: Path) -> None:
    for what, policy, line in (("an unknown word", THREE + "\nfoo\n", 6), ("no quorum", THREE, 5),
                               ("a member in two groups", THREE + "group g all a\ngroup h all a\nquorum h\n", 6)):
        code, out = said(d, policy)
        check(f"{what} is named with its line", code == 2 and f"policy:{line}: " in out, out)
    code, out = said(d, THREE + "quorum a\n", admission="key a lab x\n")
    check("so is one of an admission file", code == 2 and "admission:1: " in out, out)
    code, out = said(d, THREE + "quorum a\n", rules="\nfoo\n")
    check("and of a rules file", code == 2 and "rules:2: " in out, out)
    check("a missing file", run("policy", "check", d / "none", program=SANITIZED).returncode == 2)
    check("a word that is none", run("policy", "chekc", d / "policy", program=SANITIZED).returncode == 2)
    code, out = said(d, log() + witness("\u202ea\u009b", "w.a.example") + "quorum \u202ea\u009b\n")
    check("names cannot turn a line", "\u202e" not in out and "\\xe2\\x80\\xae" in out, out)


def deep_ones(d: Path) -> None:
    text = log() + witness("a", "w.a.example") + "group g0 all a\n"
    text += "".join(f"group g{i} all g{i - 1}\n" for i in range(1, 256)) + "quorum g255\n"
    code, out = said(d, text)
    check("256 groups within each other", code == 0 and numbers(out) == (1, 1, 1), out[-400:])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        d = Path(folder)
        sound_ones(d)
        doubtful_ones(d)
        days(d)
        malformed_ones(d)
        deep_ones(d)
        random_policies(d)
    end()


main()
