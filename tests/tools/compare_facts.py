#!/usr/bin/env python3
"""Compares facts of a JSON report with what a truth.json planted.

compare_facts.py REPORT.json TRUTH.json: one line for each difference, exit 1 if there is one.
"""
import collections
import datetime
import json
import sys

METADATA = ("setuid", "setgid", "capability", "world-writable-file", "world-writable-directory",
            "device")
STATES = {"in_passwd": "enabled", "no_shell": "no-shell"}


def load(name):
    with open(name, encoding="utf-8") as f:
        return json.load(f)


def seconds(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


class Comparison:
    def __init__(self, report, truth):
        self.report, self.truth, self.differences = report, truth, []
        self.nodes = {n["id"]: n for n in report["nodes"]}

    def path(self, fact):
        return self.nodes[fact["node"]]["locator"].rsplit("!", 1)[-1]

    def facts(self, kind):
        by_path = collections.defaultdict(list)
        for fact in self.report["facts"][kind]:
            by_path[self.path(fact)].append(fact)
        return by_path

    def say(self, what):
        self.differences.append(what)

    def equal(self, where, fact, wanted):
        for field, value in wanted.items():
            if fact[field] != value:
                self.say(f"{where}: {field} is {fact[field]!r}, not {value!r}")

    def accounts(self):
        found = self.facts("accounts")
        for a in self.truth["accounts"]:
            where = f"account {a['path']}:{a['name']}"
            fact = next((f for f in found[a["path"]] if f["name"] == a["name"]), None)
            if not fact:
                self.say(f"{where}: not found")
                continue
            wanted = {"state": STATES.get(a["state"], a["state"]), "scheme": a["scheme"],
                      "password": a["password"], "line": a["line"]}
            if a["state"] != "web":
                wanted |= {"uid": a["uid"], "gid": a["gid"], "shell": a["shell"],
                           "can_log_in": a["password_login"]}
            self.equal(where, fact, wanted)
        planted = {(a["path"], a["name"]) for a in self.truth["accounts"]}
        for path, facts in found.items():
            for f in facts:
                if (path, f["name"]) not in planted:
                    self.say(f"account {path}:{f['name']}: not planted")

    def keys(self):
        found = self.facts("keys")
        planted = collections.defaultdict(set)
        for k in self.truth["keys"]:
            where = f"key {k['path']}@{k['offset']}"
            planted[k["path"]].add(k["offset"])
            fact = next((f for f in found[k["path"]] if f["offset"] == k["offset"]), None)
            if not fact:
                self.say(f"{where}: not found")
                continue
            wanted = {"kind": "private", "encoding": k["encoding"], "encrypted": k["encrypted"],
                      "length": k["length"]}
            if not k["encrypted"]:
                algorithm, _, curve = k["algorithm"].partition(" ")
                wanted |= {"algorithm": algorithm, "curve": curve or None, "bits": k["bits"],
                           "spki_sha256": k["spki_sha256"]}
            self.equal(where, fact, wanted)
        for k in self.truth["public_keys"]:
            if not any(f["kind"] == "public" for f in found[k["path"]]):
                self.say(f"public key {k['path']}: not found")
        for path, facts in found.items():
            for f in facts:
                if f["kind"] == "private" and f["offset"] not in planted[path]:
                    self.say(f"key {path}@{f['offset']}: {f['encoding']} private, not planted")

    def certificates(self):
        found = self.facts("certificates")
        for c in self.truth["certificates"]:
            where = f"certificate {c['path']}"
            fact = next((f for f in found[c["path"]] if f["sha256"] == c["sha256"]), None)
            if not fact:
                self.say(f"{where}: not found")
                continue
            self.equal(where, fact, {"self_signed": c["self_signed"], "key_bits": c["key_bits"],
                                     "signature": c["signature"]})
            if f"CN={c['subject_cn']}" not in fact["subject"]:
                self.say(f"{where}: subject {fact['subject']!r}")
            for end in ("not_before", "not_after"):
                if seconds(fact[end]) != c[end]:
                    self.say(f"{where}: {end} {fact[end]}")

    def privileges(self):
        """All that metadata give; rules of sudo and the like are not planted."""
        words = {"world-writable file": "world-writable-file",
                 "world-writable dir": "world-writable-directory",
                 "file capability": "capability"}
        planted, found = {}, {}
        for p in self.truth["privileges"]:
            planted[p["path"], words.get(p["kind"], p["kind"])] = p
        for path, facts in self.facts("privileges").items():
            for f in facts:
                if f["kind"] in METADATA:
                    found[path, f["kind"]] = f
        for key in sorted(planted.keys() - found.keys()):
            self.say(f"privilege {key}: not found")
        for key in sorted(found.keys() - planted.keys()):
            self.say(f"privilege {key}: not planted")
        for key in planted.keys() & found.keys():
            if planted[key].get("mode", found[key]["mode"]) != found[key]["mode"]:
                self.say(f"privilege {key}: mode {found[key]['mode']}")
            device = planted[key].get("device")
            if device and found[key]["detail"].split(" ")[1] != ":".join(map(str, device)):
                self.say(f"privilege {key}: {found[key]['detail']}")

    def secrets(self):
        """Each planted value at its line, under its kind; nothing else in the files they stand in."""
        found = self.facts("secrets")
        for s in self.truth["secrets"]:
            where = f"secret {s['path']}:{s['line']} {s['kind']}"
            fact = next((f for f in found[s["path"]] if f.get("line") == s["line"]), None)
            value = s.get("password", s["value"])
            if not fact:
                self.say(f"{where}: not found")
                continue
            self.equal(where, fact, {"what": s["kind"]})
            if s["kind"] == "authorized ssh key":
                continue
            shown = f"{len(value)} character" + "s" * (len(value) != 1)
            if len(value) >= 8:
                shown = f"{value[:2]}...{value[-2:]}, {shown}"
            self.equal(where, fact, {"masked": shown, "length": len(value)})
        planted = {(s["path"], s["line"]) for s in self.truth["secrets"]}
        for path, facts in found.items():
            for f in facts:
                if (path, f.get("line")) not in planted:
                    self.say(f"secret {path}:{f.get('line')}: {f['rule']} {f['masked']}, not planted")

    def components(self):
        """Upstream packages by name and version. What another tool would have to know from elsewhere than the
        files (an ABI number alone) is no difference as long as the name is there."""
        names = {"linux": "linux_kernel", "libcap2": "libcap"}
        found = {}
        for c in self.report["facts"]["components"]:
            if c["source"] != "package-database":
                found.setdefault(c["name"], set()).add(c["version"])
        raw = self.truth["spec"]["layout"].split("-")[0] in ("raw", "zip")
        planted = set()
        for c in self.truth["components"]:
            name = names.get(c["name"], c["name"])
            planted.add((name, c["version"]))
            if not c["elf"] and raw:
                continue
            if not found.get(name, set()) & {c["version"], None}:
                self.say(f"component {name} {c['version']}: found {sorted(map(str, found.get(name, [])))}")
        for name, versions in found.items():
            for version in versions - {None}:
                if (name, version) not in planted:
                    self.say(f"component {name} {version}: not there")

    def endpoints(self):
        """Each planted URL is one, without its password; nothing planted is an indicator."""
        found = self.facts("endpoints")
        for s in self.truth["secrets"]:
            url = s.get("value", "")
            if "://" not in url:
                continue
            scheme, _, rest = url.partition("://")
            wanted = f"{scheme}://{rest.rpartition('@')[2]}"
            values = {f["value"]: f["line"] for f in found[s["path"]] if f.get("line")}
            if values.get(wanted) != s.get("line"):
                self.say(f"endpoint {s['path']}:{s.get('line')}: {wanted} not found")
        for f in self.report["facts"]["endpoints"]:
            if any(s.get("password") and s["password"] in f["value"] for s in self.truth["secrets"]):
                self.say(f"endpoint {self.path(f)}: shows a password")
        for f in self.report["facts"]["indicators"]:
            self.say(f"indicator {f['indicator']} in {self.path(f)}: not planted")

    def updates(self):
        """Keys whose name says that they check updates."""
        found = self.facts("updates")
        for k in self.truth["public_keys"]:
            if "update" in k["path"] and not any(f["kind"] == "verifier" and f["spki_sha256"]
                                                 for f in found[k["path"]]):
                self.say(f"key that checks {k['path']}: not found")

    def services(self):
        found = self.facts("services")
        for t in self.truth.get("services", []):
            where = f"service {t['path']}:{t['name']}"
            facts = [f for f in found[t["path"]] if f["name"] == t["name"] and f["kind"] != "setting"]
            if not facts:
                self.say(f"{where}: not found")
                continue
            fact = next((f for f in facts if f.get("line") == t.get("line")), facts[0])
            # scripts for rc.common tell that procd runs what they start
            kind = "init.d" if fact["kind"] == "procd" else fact["kind"]
            self.equal(where, fact | {"kind": kind},
                       {k: t[k] for k in ("kind", "enabled", "port", "line") if k in t})
            if t.get("root_password_login") and not any(
                    f["kind"] == "setting" and f["name"] == t["name"] and
                    f["command"].endswith("RootPasswordAuth on") for f in found[t["path"]]):
                self.say(f"{where}: login of root with a password is not told")

    def must_not_services(self):
        for m in self.truth["must_not"]:
            name = m["claim"].removesuffix(" enabled").removesuffix(" on")
            for f in self.facts("services")[m["path"]] if name != m["claim"] else []:
                if f.get("line") == m.get("line") or (f["name"] == name and f["enabled"]):
                    self.say(f"must not: {m['claim']} in {m['path']}: {m['reason']}")

    def must_not(self):
        secrets = self.facts("secrets")
        for m in self.truth["must_not"]:
            if "value" in m and any(f.get("line") == m.get("line") for f in secrets[m["path"]]):
                self.say(f"must not: {m['claim']} in {m['path']}:{m['line']}: {m['reason']}")
        keys, accounts = self.facts("keys"), self.report["facts"]["accounts"]
        privileges = self.facts("privileges")
        for m in self.truth["must_not"]:
            if m["claim"] == "private key":
                if any(f["kind"] == "private" for f in keys[m["path"]]):
                    self.say(f"must not: private key in {m['path']}: {m['reason']}")
            elif m["claim"] == "account that can log in":
                if any(f["name"] == m["name"] and f["can_log_in"] and f["state"] != "web"
                       for f in accounts):
                    self.say(f"must not: {m['name']} can log in: {m['reason']}")
            elif m["claim"] in ("world-writable file", "world-writable directory"):
                if any(f["kind"] == m["claim"].replace(" ", "-")
                       for f in privileges[m["path"]]):
                    self.say(f"must not: {m['claim']} {m['path']}: {m['reason']}")

    def run(self):
        self.accounts()
        self.keys()
        self.certificates()
        self.privileges()
        self.secrets()
        self.components()
        self.endpoints()
        self.updates()
        self.services()
        self.must_not()
        self.must_not_services()
        return self.differences


def main():
    report, truth = (load(name) for name in sys.argv[1:3])
    differences = Comparison(report, truth).run()
    for line in differences:
        print(line)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
