#!/usr/bin/env python3
"""Another implementation of each side of witnessing: run.py EVENHAND. README.md says how to get them."""
import base64
import hashlib
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "e2e"))
import support  # noqa: E402

support.RELEASE = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else support.RELEASE
import serving  # noqa: E402

serving.Server.__init__.__defaults__ = (support.RELEASE,)
support.run.__kwdefaults__ = {**support.run.__kwdefaults__, "program": support.RELEASE}
from log_scene import Scene, add, policy_of, size_of, wait_for  # noqa: E402
from serving import Server  # noqa: E402
from support import check, end, run  # noqa: E402

OMNIWITNESS, DRIVE, LITEWITNESS = (shutil.which(name) for name in ("omniwitness", "drive", "litewitness"))


def key_id(name: str, kind: bytes, public: bytes) -> str:
    return hashlib.sha256(name.encode() + b"\n" + kind + public).hexdigest()[:8]


def note_key(d: Path, name: str) -> tuple[Path, str]:
    """A private key as Go's notes have it, and the verifier of its cosignatures."""
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", d / "k"], check=True)
    seed = subprocess.run(["openssl", "pkey", "-in", d / "k", "-outform", "DER"], capture_output=True).stdout[-32:]
    public = subprocess.run(["openssl", "pkey", "-in", d / "k", "-pubout", "-outform", "DER"], capture_output=True).stdout[-32:]
    secret = base64.b64encode(b"\1" + seed).decode()
    (d / "note.key").write_text(f"PRIVATE+KEY+{name}+{key_id(name, bytes([1]), public)}+{secret}\n")
    return d / "note.key", f"{name}+{key_id(name, bytes([4]), public)}+{base64.b64encode(bytes([4]) + public).decode()}"


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def listens(port: int) -> bool:
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def cosigned_three_times(scene: Scene, vkey: str, url: str, name: str) -> str:
    """The log starts again each time, and learns what the witness has."""
    policy, public = policy_of(scene, [(vkey, url)], 1), None
    for size in (1, 2, 3):
        with Server("log", "serve", "--listen", "127.0.0.1:0", "--policy", policy, scene.log) as s:
            add(s, scene.claim(f"Number {size}."))
            public = wait_for(lambda: size_of(s) == size and s.get("/checkpoint").body.decode(), 15)
            check(f"size {size}: cosigned by {name}, verified, public", public and f"\n\u2014 {name} " in public,
                  public or s.get("/checkpoint").body)
    return public or ""


def ssh_key(d: Path) -> tuple[str, str]:
    """A key that an agent holds: its fingerprint, and the verifier of its cosignatures."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", d / "ssh"], check=True)
    said = subprocess.run(["ssh-keygen", "-l", "-f", d / "ssh.pub"], capture_output=True, text=True, check=True).stdout
    public = base64.b64decode((d / "ssh.pub").read_text().split()[1])[-32:]
    name = "lite.example"
    return said.split()[1], f"{name}+{key_id(name, bytes([4]), public)}+{base64.b64encode(bytes([4]) + public).decode()}"


def litewitness_cosigns_ours(d: Path) -> None:
    """Logs are put into its database as its own witnessctl does, which needs a module that may not be there."""
    scene = Scene(d)
    fingerprint, vkey = ssh_key(d)
    agent = subprocess.Popen(["ssh-agent", "-D", "-a", d / "agent"], stdout=subprocess.DEVNULL)
    port = free_port()
    litewitness = None
    try:
        wait_for((d / "agent").exists)
        subprocess.run(["ssh-add", "-q", d / "ssh"], env={**os.environ, "SSH_AUTH_SOCK": str(d / "agent")}, check=True)
        litewitness = subprocess.Popen([LITEWITNESS, "-name", "lite.example", "-key", fingerprint, "-ssh-agent", d / "agent",
                                        "-db", d / "lite.db", "-listen", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
        if not check("litewitness serves", wait_for(lambda: listens(port), 20), litewitness.poll()):
            return
        with sqlite3.connect(d / "lite.db", 10) as db:
            empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
            db.execute("INSERT INTO log (origin, tree_size, tree_hash) VALUES ('log.example', 0, ?)", (empty,))
            db.execute("INSERT INTO key (origin, key) VALUES ('log.example', ?)", (scene.vkey,))
        cosigned_three_times(scene, vkey, f"http://127.0.0.1:{port}", "lite.example")
    finally:
        for process in (litewitness, agent):
            if process:
                process.terminate()
                process.wait(20)


def theirs_cosigns_ours(d: Path) -> None:
    scene = Scene(d)
    key, vkey = note_key(d, "omni.example")
    (d / "logs.yaml").write_text(f"Logs:\n  - Origin: log.example\n    URL: http://log.example\n    PublicKey: {scene.vkey}\n"
                                 "    Feeder: none\n")
    port = free_port()
    witness = subprocess.Popen([OMNIWITNESS, f"--listen=127.0.0.1:{port}", f"--metrics_listen=127.0.0.1:{free_port()}",
                                f"--private_key_path={key}", f"--additional_logs={d / 'logs.yaml'}",
                                f"--db_file={d / 'omni.db'}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        if not check("omniwitness serves", wait_for(lambda: listens(port), 20), witness.poll()):
            return
        cosigned_three_times(scene, vkey, f"http://127.0.0.1:{port}", "omni.example")
    finally:
        witness.terminate()
        witness.wait(20)


def theirs_drives_ours(d: Path) -> None:
    run("key", "new", "--type", "ed25519", d / "w.key")
    run("witness", "init", "--name", "witness.example", "--key", d / "w.key", d / "w")
    for vkey in subprocess.run([DRIVE, "keys", "32"], capture_output=True, text=True, timeout=60).stdout.split():
        run("witness", "add", d / "w", vkey)
    vkey = run("witness", "show", d / "w").stdout.decode().split("\n")[0]
    for start in ("from nothing", "from where it stands"):
        with Server("witness", "serve", "--listen", "127.0.0.1:0", "--rate", "0", d / "w") as s:
            done = subprocess.run([DRIVE, "run", f"http://{s.address}", vkey, "32", "100"], capture_output=True, text=True,
                                  timeout=300)
            check(f"their logs, {start}: {done.stdout.strip()}", done.returncode == 0, done.stderr)


with tempfile.TemporaryDirectory() as folder:
    for program, what in ((OMNIWITNESS, theirs_cosigns_ours), (LITEWITNESS, litewitness_cosigns_ours),
                          (DRIVE, theirs_drives_ours)):
        (Path(folder) / what.__name__).mkdir()
        if program:
            what(Path(folder) / what.__name__)
        else:
            print(f"skip {what.__name__}: its program is not installed")
end()
