#!/usr/bin/env python3
"""The log: what was acknowledged survives kill -9, what was changed is found and named, nobody else writes, a log
that was wound back does not sign. Its public files are read here without evenhand. EVENHAND_KILLS: how many runs are
killed, otherwise 20."""
import base64
import hashlib
import os
import random
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from support import RELEASE, SAMPLE, check, end, run

EVENHAND = Path(os.environ.get("EVENHAND", RELEASE))
LOAD = EVENHAND.parent / "log_load"
KILLS = int(os.environ.get("EVENHAND_KILLS", "20"))


def log(*arguments, **options) -> subprocess.CompletedProcess:
    return run("log", *arguments, program=EVENHAND, **options)


# -- a reader of its own --

def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\0" + entry).digest()


class Tree:
    """RFC 6962: the roots of all sizes, from the right edge."""

    def __init__(self):
        self.edge, self.size = [], 0

    def add(self, entry: bytes) -> None:
        level, node = 0, leaf(entry)
        while self.edge and self.edge[-1][0] == level:
            node = hashlib.sha256(b"\1" + self.edge.pop()[1] + node).digest()
            level += 1
        self.edge.append((level, node))
        self.size += 1

    def root(self) -> bytes:
        if not self.edge:
            return hashlib.sha256(b"").digest()
        root = self.edge[-1][1]
        for _, node in reversed(self.edge[:-1]):
            root = hashlib.sha256(b"\1" + node + root).digest()
        return root


def path_of(level: str, index: int, width: int) -> str:
    text = f"{index % 1000:03}"
    while index := index // 1000:
        text = f"x{index % 1000:03}/{text}"
    return f"tile/{level}/{text}" + (f".p/{width}" if width < 256 else "")


def checkpoint_of(directory: Path) -> tuple[str, int, bytes]:
    origin, size, root = (directory / "public/checkpoint").read_text().split("\n")[:3]
    return origin, int(size), base64.b64decode(root)


def entries_of(directory: Path, size: int) -> list[bytes]:
    entries = []
    for index in range((size + 255) // 256):
        width = min(256, size - 256 * index)
        data, at = (directory / "public" / path_of("entries", index, width)).read_bytes(), 0
        for _ in range(width):
            n = int.from_bytes(data[at:at + 2], "big")
            entries.append(data[at + 2:at + 2 + n])
            at += 2 + n
        assert at == len(data)
    return entries


def is_signed(directory: Path, folder: Path) -> bool:
    """The log's line, by openssl and the key in DIR/vkey."""
    name, number, key = (directory / "vkey").read_text().strip().split("+", 2)
    text, _, lines = (directory / "public/checkpoint").read_text().rpartition("\n\n")
    line = base64.b64decode(next(x for x in lines.split("\n") if x.startswith(f"\u2014 {name} ")).split(" ")[2])
    (folder / "der").write_bytes(bytes.fromhex("302a300506032b6570032100") + base64.b64decode(key)[1:])
    (folder / "text").write_text(text + "\n")
    (folder / "sig").write_bytes(line[4:])
    return line[:4].hex() == number and subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", folder / "der", "-sigfile",
         folder / "sig", "-in", folder / "text"], capture_output=True).returncode == 0


# -- by hand --

def admitted(d: Path, name: str, role: str = "lab") -> str:
    run("key", "new", d / f"{name}.key", program=EVENHAND)
    der = subprocess.run(["openssl", "pkey", "-pubin", "-in", d / f"{name}.key.pub", "-outform", "DER"],
                         capture_output=True).stdout
    return f"key {name}.example {role} {base64.b64encode(der).decode()}\n"


def release(d: Path, key: str, name: str, version: str) -> Path:
    out = d / f"{name}.intoto.json"
    done = run("sign", "--key", d / f"{key}.key", "--kind", "release", "--vendor", "Acme", "--product", "AR7", "--release",
               version, SAMPLE, "-o", out, program=EVENHAND)
    assert done.returncode == 0, done.stderr
    return out


def by_hand(d: Path) -> None:
    run("key", "new", "--type", "ed25519", d / "log.key", program=EVENHAND)
    (d / "admission").write_text("# whose statements\n" + admitted(d, "lab") + admitted(d, "acme", "vendor"))
    admitted(d, "stranger")
    done = log("init", "--origin", "log.example", "--key", d / "log.key", "--admission", d / "admission", d / "log")
    check("init makes an empty log and prints its key", done.returncode == 0 and
          (d / "log/vkey").read_bytes().strip() in done.stdout, done.stderr)
    check("it is signed, and openssl says so", checkpoint_of(d / "log") == ("log.example", 0, Tree().root()) and
          is_signed(d / "log", d))
    done = log("init", "--origin", "log.example", "--key", d / "log.key", d / "log")
    check("init does not touch what is there", done.returncode == 2 and b"no empty folder" in done.stderr, done.stderr)
    done = log("init", "--origin", "other.example", "--key", d / "lab.key", d / "other")
    check("a log's key is Ed25519", done.returncode == 2 and b"Ed25519" in done.stderr and not (d / "other").exists(),
          done.stderr)
    good = [release(d, "lab", f"r{i}", f"1.{i}") for i in range(3)]
    done = log("add", d / "log", good[0])
    check("add takes in what is admitted", done.returncode == 0 and done.stdout.endswith(b"added, entry 0\n"), done.stderr)
    for envelope in good[1:]:  # of one call, any may be first
        log("add", d / "log", envelope)
    release(d, "stranger", "bad", "1")
    done = log("add", d / "log", good[1], d / "bad.intoto.json", d / "admission")
    lines = done.stdout.decode().splitlines()
    check("refused ones end with 1", done.returncode == 1 and lines[0].endswith("known, entry 1") and
          "no key that is admitted today signed it" in lines[1] and "no JSON" in lines[2], done.stdout)
    size, entries = checkpoint_of(d / "log")[1], entries_of(d / "log", 3)
    tree = Tree()
    for entry in entries:
        tree.add(entry)
    check("three entries, and the root is theirs", size == 3 and tree.root() == checkpoint_of(d / "log")[2] and
          is_signed(d / "log", d))
    check("log check agrees", log("check", d / "log").returncode == 0)
    (d / "log/key").unlink()
    done = log("add", d / "log", good[0])
    check("without its key it says what to name", done.returncode == 2 and b"--key FILE" in done.stderr, done.stderr)
    done = log("add", "--key", d / "stranger.key", d / "log", good[0])
    check("another key is refused", done.returncode == 2 and b"is not the log's" in done.stderr, done.stderr)
    (d / "log/key").symlink_to(d / "log.key")


def found(done: subprocess.CompletedProcess) -> list[str]:
    return [line.split()[1] for line in done.stdout.decode().splitlines() if line.startswith("entry ")]


def lookup(d: Path) -> None:
    run("scan", "--quiet", "-o", d / "r.json", SAMPLE, program=EVENHAND)
    done = run("sign", "--key", d / "lab.key", "--publish", d / "published.json", d / "r.json", program=EVENHAND)
    check("a report is signed", done.returncode == 0, done.stderr)
    done = log("add", "--report", d / "published.json", d / "log", d / "r.intoto.json")
    check("one with the passwords that its statement leaves out is not kept",
          log("add", "--report", d / "r.json", d / "log", d / "r.intoto.json").returncode == 2)
    kept = list((d / "log/kept").glob("*/*"))
    check("a report that a statement names is kept by its digest", done.returncode == 0 and len(kept) == 1 and
          kept[0].name == hashlib.sha256((d / "published.json").read_bytes()).hexdigest(), done.stderr)
    done = log("add", "--report", SAMPLE, d / "log", d / "r.intoto.json")
    check("another file is not", done.returncode == 2 and b"no statement in this log names" in done.stderr, done.stderr)
    image = "sha256:" + hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
    for what, asked, want in (("the image", [d / "log", image], "0123"), ("its report", [d / "log", hashlib.sha256(
            (d / "r.json").read_bytes()).hexdigest()], "3"), ("a release", ["--vendor", "Acme", "--release", "1.1", d / "log"],
            "1"), ("a kind", ["--kind", "evaluation", d / "log"], "3"), ("a check", ["--check", "ACC-01", d / "log"], "3"),
            ("a role", ["--role", "lab", d / "log"], "0123"), ("no role", ["--role", "vendor", d / "log"], ""),
            ("a key", ["--key", d / "lab.key.pub", d / "log"], "0123"), ("no key", ["--key", d / "acme.key.pub", d / "log"],
            ""), ("days", ["--from", "2020-01-01", "--until", "2099-01-01", d / "log"], "0123"),
            ("no days", ["--until", "2020-01-01", d / "log"], "")):
        done = log("find", *asked)
        check(f"find by {what}", found(done) == list(want) and done.returncode == (0 if want else 1), done.stdout)
    said = log("find", "--kind", "evaluation", d / "log").stdout.decode()
    check("find says what was said, and by whom", "  says       12 fail" in said and
          "  signed by  lab.example, lab, key " in said, said)
    before = log("find", d / "log", image).stdout
    (d / "log/index/find.db").write_bytes(b"rubbish" * 1000)
    check("an index that is none is said to be", log("find", d / "log", image).returncode == 2)
    done = log("index", d / "log")
    check("index makes it again from the log alone", done.returncode == 0 and b"4 entries" in done.stdout and
          log("find", d / "log", image).stdout == before, done.stderr)


# -- kill -9 --

class Seen:
    """What a log has said so far, to hold it to."""

    def __init__(self):
        self.acks, self.heads = {}, {}

    def take(self, output: bytes) -> bool:
        """False: it has contradicted itself."""
        for line in output.decode().splitlines(keepends=True):
            words = line.split()
            if not line.endswith("\n"):
                break
            known, key, value = (self.acks, int(words[1]), words[2]) if words[0] == "ack" else \
                (self.heads, int(words[1]), words[2])
            if known.setdefault(key, value) != value:
                return False
        return True

    def wrong(self, directory: Path) -> str:
        _, size, root = checkpoint_of(directory)
        entries, tree = entries_of(directory, size), Tree()
        for entry in entries:
            if self.heads.get(tree.size, tree.root().hex()) != tree.root().hex():
                return f"another root was told of size {tree.size}"
            tree.add(entry)
        if tree.root() != root:
            return "the public entries do not give the public root"
        if self.heads and max(self.heads) > size:
            return f"a checkpoint of {max(self.heads)} entries was told, {size} are there"
        for index, number in self.acks.items():
            if index >= size or entries[index] != b"evenhand vector entry %s\n" % number.encode():
                return f"entry {index} was acknowledged and is not there"
        return ""


def killed_once(d: Path, seen: Seen, dice: random.Random) -> str:
    process = subprocess.Popen([LOAD, d / "log.key", d / "killed", str(max(seen.acks, default=-1) + 1)],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    first = process.stdout.readline()
    if not first:
        return process.communicate()[1].decode()
    time.sleep(dice.uniform(0, 0.25))
    process.send_signal(signal.SIGKILL)
    rest = process.communicate()[0]
    return "" if seen.take(first + rest) else "an answer contradicts an earlier one"


def kills(d: Path) -> None:
    dice, seen, wrong = random.Random(11), Seen(), ""
    log("init", "--origin", "log.example", "--key", d / "log.key", d / "killed")
    for number in range(KILLS):
        wrong = killed_once(d, seen, dice)
        # What is public holds at any time, also before anybody has mended anything.
        _, size, root = checkpoint_of(d / "killed")
        tree = Tree()
        for entry in entries_of(d / "killed", size):
            tree.add(entry)
        wrong = wrong or ("" if tree.root() == root else "what was public does not hold")
        if wrong or number % 10 == 9 or number == KILLS - 1:
            done = subprocess.run([LOAD, d / "log.key", d / "killed", "0", "0"], capture_output=True)
            wrong = wrong or ("" if done.returncode == 0 and seen.take(done.stdout) else f"not opened: {done.stderr}")
            wrong = wrong or seen.wrong(d / "killed")
        if wrong:
            break
    check(f"{KILLS} runs killed under load: no acknowledged entry is lost, no checkpoint contradicts another",
          not wrong, f"run {number}: {wrong}")
    done = log("check", d / "killed")
    check(f"log check agrees: {len(seen.acks)} acknowledged", done.returncode == 0, done.stdout)


# -- others --

def one_writer(d: Path, envelope: Path) -> None:
    shutil.copytree(d / "log", d / "busy", symlinks=True)
    with subprocess.Popen([LOAD, d / "log.key", d / "busy", "0"], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        done = log("add", d / "busy", envelope)
        check("a second writer is refused", done.returncode == 2 and b"another process writes to this log" in done.stderr,
              done.stderr)
        check("reading goes on", log("find", d / "busy").returncode == 0)
        process.kill()
        process.stdout.read()
    done = log("add", d / "busy", envelope)
    check("and after its end no longer", done.returncode == 0 and b"known" in done.stdout, done.stderr)


def flips(d: Path) -> None:
    dice = random.Random(5)
    files = [p for p in sorted((d / "log").rglob("*")) if p.is_file() and not p.is_symlink() and p.stat().st_size and
             "index" not in p.parts and p.name != "admission"]
    missed = []
    for path in files * 2:
        data = bytearray(path.read_bytes())
        bit = dice.randrange(8 * len(data))
        data[bit // 8] ^= 1 << bit % 8
        before = path.read_bytes()
        path.write_bytes(data)
        done = log("check", d / "log")
        if done.returncode == 0 or str(path.relative_to(d / "log")).split("/")[0].encode() not in done.stdout + done.stderr:
            missed.append(f"{path} bit {bit}: {done.stdout}")
        path.write_bytes(before)
    check(f"a flipped bit in each of {len(files)} files is found", not missed and log("check", d / "log").returncode == 0,
          missed)


def rewound(d: Path) -> None:
    log("init", "--origin", "log.example", "--key", d / "log.key", "--admission", d / "admission", "--guard", d / "guard",
        d / "guarded")
    log("add", d / "guarded", d / "r0.intoto.json")
    shutil.copytree(d / "guarded", d / "backup", symlinks=True)
    log("add", d / "guarded", d / "r1.intoto.json")
    check("the guard has the newest checkpoint", (d / "guard").read_bytes() == (d / "guarded/public/checkpoint").read_bytes())
    shutil.rmtree(d / "guarded")
    shutil.move(d / "backup", d / "guarded")
    done = log("add", d / "guarded", d / "r2.intoto.json")
    check("a restored log does not sign below what it had signed", done.returncode == 2 and b"older than" in done.stderr and
          checkpoint_of(d / "guarded")[1] == 1, done.stderr)
    seen = d / "seen"
    shutil.move(d / "guard", seen)
    done = log("add", d / "guarded", d / "r2.intoto.json")
    check("nor without its guard", done.returncode == 2 and b"guard" in done.stderr, done.stderr)
    (d / "guarded/guard").unlink()
    done = log("add", "--seen", seen, d / "guarded", d / "r2.intoto.json")
    check("nor below what others have seen", done.returncode == 2 and b"older than" in done.stderr, done.stderr)
    shutil.copy(d / "guarded/public/checkpoint", d / "old")
    done = log("add", "--seen", d / "old", d / "guarded", d / "r0.intoto.json")
    check("what others have seen and is there is no hindrance", done.returncode == 0, done.stderr)


def backup(d: Path) -> None:
    """docs/log.md, "Backup": a copy of a log that goes on."""
    (d / "copy").mkdir()
    log("init", "--origin", "log.example", "--key", d / "log.key", d / "source")
    with subprocess.Popen([LOAD, d / "log.key", d / "source", "0"], stdout=subprocess.PIPE) as process:
        for _ in range(2000):
            process.stdout.readline()
        for name in ("state", "segments", "version", "vkey", "lock"):
            (shutil.copytree if name == "segments" else shutil.copy)(d / "source" / name, d / "copy" / name)
        process.kill()
        process.stdout.read()
    for name in ("index", "public", "kept"):
        (d / "copy" / name).mkdir()
    done = subprocess.run([LOAD, d / "log.key", d / "copy", "0", "0"], capture_output=True, text=True)
    check("a copy of state and segments of a log that goes on is a log", done.returncode == 0 and
          checkpoint_of(d / "copy")[1] > 500 and log("check", d / "copy").returncode == 0, done.stderr)
    done = log("add", "--key", d / "log.key", "--seen", d / "source/public/checkpoint", d / "copy", d / "r0.intoto.json")
    check("and does not sign where the log has come further", checkpoint_of(d / "source")[1] <= checkpoint_of(d / "copy")[1]
          or done.returncode == 2 and b"older than" in done.stderr, done.stderr)


def closed(d: Path) -> None:
    """docs/log.md, "A log that follows another"."""
    shutil.copytree(d / "log", d / "ended", symlinks=True)
    done = log("close", d / "ended")
    check("a log is closed", done.returncode == 0 and b"4 entries" in done.stdout, done.stderr)
    done = log("add", d / "ended", d / "r0.intoto.json", release(d, "lab", "late", "2"))
    check("then it takes nothing in", done.returncode == 1 and done.stdout.count(b"closed and takes nothing in") == 2 and
          checkpoint_of(d / "ended")[1] == 4, done.stdout)
    run("key", "new", "--type", "ed25519", d / "next.key", program=EVENHAND)
    log("init", "--origin", "log2.example", "--key", d / "next.key", "--admission", d / "admission", d / "next")
    done = run("sign", "--key", d / "lab.key", "--kind", "claim", "--text", "log.example ends with this checkpoint; log2.example "
               "follows it.", "--evidence", d / "ended/public/checkpoint", d / "ended/public/checkpoint", "-o",
               d / "follows.intoto.json", program=EVENHAND)
    check("its last checkpoint is what a statement is about", done.returncode == 0, done.stderr)
    done = log("add", "--report", d / "ended/public/checkpoint", d / "next", d / "follows.intoto.json")
    check("the next log begins with it, and keeps it", done.returncode == 0 and b"added, entry 0" in done.stdout, done.stderr)
    digest = hashlib.sha256((d / "ended/public/checkpoint").read_bytes()).hexdigest()
    check("and it is found there by its digest", found(log("find", d / "next", digest)) == ["0"])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        d = Path(folder)
        by_hand(d)
        lookup(d)
        one_writer(d, d / "r0.intoto.json")
        flips(d)
        rewound(d)
        closed(d)
        backup(d)
        kills(d)
    end()


main()
