#!/usr/bin/env python3
"""Evidence roots: what prove, disclose and disagree write is what a program of its own makes of the
report with hashlib alone; what is changed is refused; a large report takes no time."""
import base64
import hashlib
import hmac
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

from support import RELEASE, SAMPLE, SANITIZED, check, end, run

SALT_KEY = b"a secret of thirty-two bytes, or more"


def sha256(data):
    return hashlib.sha256(data).digest()


def text_of(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def lines_of(report):
    """docs/evidence.md, "Lines"."""
    lines = []

    def member(name, value):
        if isinstance(value, list) and value:
            lines.extend(f"{name}[] {text_of(v)}" for v in value)
        else:
            lines.append(f"{name} {text_of(value)}")

    for key, value in json.loads(report).items():
        if isinstance(value, dict) and value:
            for inner, v in value.items():
                member(f"{key}.{inner}", v)
        else:
            member(key, value)
    return [line.encode() for line in lines]


def leaves_of(report, key=None):
    out = []
    for i, line in enumerate(lines_of(report)):
        salt = b""
        if key:
            salt = b"\xff" + hmac.digest(key, b"evenhand-salt/1\n" + sha256(report) + i.to_bytes(8, "big"),
                                         "sha256")
        out.append(sha256(b"\0" + salt + line))
    return out


def root_of(leaves):
    """RFC 6962 2.1, as it is written there."""
    if len(leaves) == 1:
        return leaves[0]
    k = 1 << (len(leaves) - 1).bit_length() - 1
    return sha256(b"\1" + root_of(leaves[:k]) + root_of(leaves[k:]))


def path_root(leaf, index, size, path):
    """RFC 9162 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = sha256(b"\1" + p + r)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\1" + r + p)
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def written(root, leaves):
    return f"{len(leaves)}:{root.hex()}"


def entries(file):
    """What an evidence file shows: number, line, root that it leads to."""
    rows = file.decode().split("\n")
    assert rows[0] == "evenhand-evidence/1" and rows[-1] == ""
    size, root = rows[1].removeprefix("root ").split(":")
    shown, at = [], 2
    while at < len(rows) - 1:
        _, number, line = rows[at].split(" ", 2)
        at += 1
        salt, path = b"", []
        if rows[at].startswith("salt "):
            salt, at = b"\xff" + base64.b64decode(rows[at][5:]), at + 1
        while at < len(rows) - 1 and not rows[at].startswith("line "):
            path.append(base64.b64decode(rows[at]))
            at += 1
        leads = path_root(sha256(b"\0" + salt + line.encode()), int(number), int(size), path)
        shown.append((int(number), line.encode(), leads == bytes.fromhex(root), bool(salt)))
    return shown


def roots(folder, raw):
    (folder / "other name.json").write_bytes(raw)
    wanted = written(root_of(leaves_of(raw)), lines_of(raw))
    done = run("prove", folder / "r.json", program=SANITIZED)
    check("the root is that of docs/evidence.md", done.stdout.decode() == wanted + "\n", done.stderr[:300])
    with open(folder / "r.json", "rb") as f:
        check("it is a function of the bytes alone",
              run("prove", folder / "other name.json").stdout == done.stdout and
              run("prove", "-", stdin=f).stdout == done.stdout)
    check("a report is its lines", all(text_of(json.loads(x.split(b" ", 1)[1])).encode() in raw
                                        for x in lines_of(raw)))
    return wanted


def shows(folder, raw, root):
    report = json.loads(raw)
    lines = lines_of(raw)
    locator = report["nodes"][7]["locator"]
    for options, line in [
            (["--fact", "accounts/1"], f"facts.accounts[] {text_of(report['facts']['accounts'][1])}"),
            (["--fact", "executables/27"], f"facts.executables[] {text_of(report['facts']['executables'][27])}"),
            (["--node", locator], f"nodes[] {text_of(report['nodes'][7])}"),
            (["--node", ""], f"nodes[] {text_of(report['nodes'][0])}"),
            (["--verdict", "ACC-01"],
             f"verdicts[] {text_of(next(v for v in report['verdicts'] if v['check'] == 'ACC-01'))}"),
            (["--member", "image.sha256"], f"image.sha256 {text_of(report['image']['sha256'])}"),
            (["--member", "facts.web"], "facts.web []")]:
        file = folder / "one.evidence"
        done = run("prove", *options, "-o", file, folder / "r.json", program=SANITIZED)
        shown = entries(file.read_bytes()) if file.exists() else []
        check(f"shown: {options}", shown == [(lines.index(line.encode()), line.encode(), True, False)],
              done.stderr[:300])
        checked = run("prove", "--check", file, "--root", root, program=SANITIZED)
        check(f"and holds: {options}", checked.returncode == 0 and checked.stdout.startswith(b"HOLDS ") and
              line.encode() in checked.stdout, checked.stderr[:300])
        check(f"to standard output too: {options}",
              run("prove", *options, folder / "r.json").stdout == file.read_bytes())
        file.unlink(missing_ok=True)
    many = run("prove", "--member", "facts.accounts", "--verdict", "ACC-01", folder / "r.json").stdout
    check("several lines in one file", [e[2] for e in entries(many)] == [True] * 7)


def refusals(folder, root):
    file = folder / "a.evidence"
    for options, what in [(["--fact", "accounts/99"], b"accounts/99"), (["--fact", "accounts"], b"accounts"),
                          (["--node", "trx@0x1"], b"trx@0x1"), (["--verdict", "ACC-99"], b"ACC-99"),
                          (["--member", "nothing"], b"nothing"), (["--member", "imag"], b"imag")]:
        file.write_bytes(b"old")
        done = run("prove", *options, "-o", file, folder / "r.json")
        check(f"not there: {options}", done.returncode == 2 and what in done.stderr and
              file.read_bytes() == b"old" and done.stderr.count(b"\n") == 2, done.stderr[:300])
    run("prove", "--fact", "accounts/1", "-o", file, folder / "r.json")
    good = file.read_bytes()

    def code(raw, at=root):
        file.write_bytes(raw)
        return run("prove", "--check", file, "--root", at, program=SANITIZED).returncode

    check("another value is refused", code(good.replace(b'"uid":0', b'"uid":7')) == 1)
    forged = [code(good.replace(b'"support"', f'"support{i}"'.encode())) for i in range(20)]
    check("forged facts are refused", set(forged) == {1}, forged)
    check("another root is refused", code(good, root[:-1] + ("0" if root[-1] != "0" else "1")) == 1)
    check("another number of lines is refused", code(good, "471" + root[3:]) == 1)
    check("a hash that is missing is refused", code(good[:-45]) == 2)
    check("a file of something else is refused", code(b"nothing\n") == 2)
    check("a terminal sees no controls", code(good.replace(b"support", b"\x1b[2Jport")) == 2)
    bits = {code(good[:i] + bytes([good[i] ^ 1 << i % 8]) + good[i + 1:])
            for i in range(good.index(b"line"), len(good), len(good) // 60)}
    check("flipped bits are refused", bits <= {1, 2}, bits)
    check("no root, no check", run("prove", "--check", file).returncode == 2)
    check("half a root is none", run("prove", "--check", file, "--root", root[4:]).returncode == 2)
    for what, raw in [("blanks", b'{"schema": "evenhand-report/1"}\n'), ("nothing", b"{}\n"),
                      ("another schema", b'{"schema":"evenhand-report/2"}\n'),
                      ("half a report", (folder / "r.json").read_bytes()[:5000])]:
        (folder / "bad.json").write_bytes(raw)
        done = run("prove", folder / "bad.json", program=SANITIZED)
        check(f"no report: {what}", done.returncode == 2 and b"bad.json: byte " in done.stderr and
              not done.stdout, done.stderr[:300])


def disclosure(folder, raw):
    key, file = folder / "salt.key", folder / "d.evidence"
    key.write_bytes(SALT_KEY)
    key.chmod(0o600)
    wanted = written(root_of(leaves_of(raw, SALT_KEY)), lines_of(raw))
    done = run("disclose", "--salt-key", key, folder / "r.json", program=SANITIZED)
    check("the salted root is that of docs/evidence.md", done.stdout.decode() == wanted + "\n", done.stderr[:300])
    run("disclose", "--salt-key", key, "--fact", "keys/0", "-o", file, folder / "r.json", program=SANITIZED)
    shown = entries(file.read_bytes())
    check("one line is opened", len(shown) == 1 and shown[0][2] and shown[0][3])
    check("and holds", run("prove", "--check", file, "--root", wanted).returncode == 0)
    plain = {base64.b64encode(leaf).decode() for leaf in leaves_of(raw)}
    check("no line can be guessed from it", not any(word in plain for word in file.read_text().split()))
    unsalted = run("prove", "--fact", "keys/0", folder / "r.json").stdout.decode()
    check("while without salts one can", any(word in plain for word in unsalted.split()))
    other = folder / "other.json"
    other.write_bytes(raw.replace(b'"size":2580480', b'"size":2580481', 1))
    run("disclose", "--salt-key", key, "--fact", "keys/0", "-o", folder / "e.evidence", other)
    salts = [f.read_text().split("salt ")[1][:44] for f in (file, folder / "e.evidence")]
    check("another report has other salts", salts[0] != salts[1])
    key.chmod(0o644)
    done = run("disclose", "--salt-key", key, folder / "r.json")
    check("a key that others read is refused", done.returncode == 2 and b"chmod 600" in done.stderr)
    key.chmod(0o600)
    key.write_bytes(b"short")
    check("a short key is refused", run("disclose", "--salt-key", key, folder / "r.json").returncode == 2)
    check("no key is refused", run("disclose", folder / "r.json").returncode == 2)


def talk(folder, reports):
    """Two labs, by files; the messages, and what each came to."""
    messages, codes, said = [], [], []
    for number in range(20):
        mine = reports[number % 2]
        reply = ["--reply", messages[-1]] if messages else []
        out = folder / f"message-{number + 1}"
        out.unlink(missing_ok=True)
        done = run("disagree", "-o", out, *reply, mine, program=SANITIZED)
        codes.append(done.returncode)
        said.append(done.stdout + done.stderr)
        if not out.exists():
            break
        messages.append(out)
    return messages, codes, said


def disagreement(folder, raw):
    report = json.loads(raw)
    a, b = folder / "r.json", folder / "b.json"
    report["facts"]["executables"][11]["nx"] = False
    report["facts"]["keys"][1]["bits"] = 77
    other = (text_of(report) + "\n").encode()
    b.write_bytes(other)
    lines = list(zip(lines_of(raw), lines_of(other)))
    first = next(i for i, (x, y) in enumerate(lines) if x != y)
    done = run("disagree", a, b, program=SANITIZED)
    check("the first line that differs", done.returncode == 1 and
          f"DIFFERENT    at line {first};".encode() in done.stdout and
          all(line in done.stdout for line in lines[first]), done.stdout[:300] + done.stderr[:300])
    check("the same", run("disagree", a, a).returncode == 0)
    messages, codes, said = talk(folder, [a, b])
    check("two labs find it by messages", codes[-2:] == [1, 1] and len(messages) <= 20 and
          all(line in said[i] for line in lines[first] for i in (-1, -2)), (codes, said[-1][:300]))
    check("messages are short", max(m.stat().st_size for m in messages[:-2]) < 1000)
    shown = [("evenhand-evidence/1\n" + m.read_text().split("\n", 2)[2]).encode() for m in messages[-2:]]
    check("the last two are evidence",
          sorted(e[1] for s in shown for e in entries(s)) == sorted(lines[first]) and
          all(e[2] for s in shown for e in entries(s)))
    _, codes, said = talk(folder, [a, a])
    check("the same by messages", codes == [0, 0] and b"IDENTICAL" in said[-1], (codes, said[-1][:300]))
    cut = (text_of({k: v for k, v in json.loads(raw).items() if k != "gaps"}) + "\n").encode()
    b.write_bytes(cut)
    done = run("disagree", a, b)
    check("one has no further line", done.returncode == 1 and b"right has no further line" in done.stdout and
          f"at line {len(lines_of(cut))};".encode() in done.stdout, done.stdout[:300])
    messages, codes, said = talk(folder, [b, a])
    check("by messages as well", codes[-2:] == [1, 1] and b"has no further line" in said[-1], said[-1][:300])
    bad = folder / "bad"
    for what, change in [("a number", lambda m: m.replace(b"message 1\n", b"message 99\n")),
                         ("a hash", lambda m: m[:-10] + b"00000000=\n"),
                         ("an end", lambda m: m[:-46])]:
        bad.write_bytes(change((folder / "message-1").read_bytes()))
        done = run("disagree", "-o", folder / "never", "--reply", bad, a, program=SANITIZED)
        check(f"a message is refused: {what}", done.returncode == 2 and b"bad: " in done.stderr and
              not (folder / "never").exists(), done.stderr[:300])


def enlarge(raw, nodes):
    """The same report with more entries of its first file system."""
    report = json.loads(raw)
    model = next(n for n in report["nodes"] if n["kind"] == "file" and n["locator"].endswith("passwd"))
    facts = report["facts"]["executables"]
    while len(report["nodes"]) < nodes:
        more = dict(model, id=len(report["nodes"]), locator=f"{model['locator']}{len(report['nodes'])}")
        report["nodes"].append(more)
        if len(facts) < nodes // 2:
            facts.append(dict(facts[0], id=len(facts), node=more["id"]))
    return (text_of(report) + "\n").encode()


def seconds(*arguments):
    """The least of three runs, and what it printed."""
    least, out = 99.0, b""
    for _ in range(3):
        start = os.times()
        out = subprocess.run([RELEASE, *map(str, arguments)], capture_output=True).stdout
        stop = os.times()
        least = min(least, stop.children_user + stop.children_system - start.children_user - start.children_system)
    return least, out


def large(folder, raw):
    path, file, empty = folder / "large.json", folder / "large.evidence", folder / "few.evidence"
    path.write_bytes(enlarge(raw, 20000))
    took, root = seconds("prove", path)
    check("the root of 20,000 nodes within half a second", took < 0.5, took)
    took, _ = seconds("prove", "--fact", "accounts/2", "-o", empty, path)
    check("one fact of it within half a second", took < 0.5, took)
    check("in less than 2 KB", empty.stat().st_size < 2048, empty.stat().st_size)
    run("prove", "--fact", "executables/9999", "-o", file, path)
    check("of which less than 1 KB is not the fact itself",
          file.stat().st_size - len(entries(file.read_bytes())[0][1]) < 1024, file.stat().st_size)
    run("prove", "--member", "nodes", "-o", file, path)
    root = root.decode().strip()
    few, _ = seconds("prove", "--check", empty, "--root", root)
    all_of_them, out = seconds("prove", "--check", file, "--root", root)
    each = (all_of_them - few) / 20000
    check("checked within 0.1 ms each", out.startswith(b"HOLDS ") and each < 0.0001, each)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run("scan", "--quiet", "-o", folder / "r.json", SAMPLE)
        raw = (folder / "r.json").read_bytes()
        root = roots(folder, raw)
        shows(folder, raw, root)
        refusals(folder, root)
        disclosure(folder, raw)
        disagreement(folder, raw)
        large(folder, raw)
    end()


main()
