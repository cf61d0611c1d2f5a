#!/usr/bin/env python3
"""Declarations: a draft that is filled in leaves nothing undeclared; what is missing from it fails, what
is only in it is for review; a malformed one is refused with its place; exceptions end on dates."""
import json
import re
import tempfile
from pathlib import Path

from support import CORPUS, SAMPLE, SANITIZED, check, end, report, run


def verdicts(image, *options):
    code, found, _ = report(image, *options)
    return code, {v["check"]: v for v in found.get("verdicts", [])}


def draft(image):
    done = run("declare", "--quiet", image)
    return done, done.stdout.decode().replace("reason: ?", "reason: it is meant to be there")


def round_trip(image, path):
    done, text = draft(image)
    check(f"a draft of {image.name}", done.returncode == 0 and b"wrote a draft" in done.stderr, done.stderr[:200])
    path.write_text(text)
    _, all_of = verdicts(image, "--declaration", path)
    for name in ("DECL-01", "DECL-02", "ACC-07"):
        v = all_of[name]
        check(f"{image.name}: {name} finds nothing after a round trip",
              v["outcome"] in ("pass", "not-evaluable") and v["reason"] != "documents-needed"
              and v["says"].startswith("not found"), v["says"])
    return text


def without(text, name):
    """The draft without the account of that name."""
    return re.sub(rf"  - name: '{name}'\n(    [a-z]+: .*\n)+", "", text)


def differences(text, path):
    path.write_text(without(text, "root"))
    code, all_of = verdicts(SAMPLE, "--declaration", path)
    check("an account that is not declared fails", code == 1 and all_of["DECL-01"]["outcome"] == "fail"
          and "1 account" in all_of["DECL-01"]["says"], all_of["DECL-01"]["says"])
    check("and its place is the evidence", len(all_of["DECL-01"]["evidence"]) >= 1)
    path.write_text(text.replace("accounts:\n", "accounts:\n  - name: nobodyelse\n    reason: x\n"))
    _, all_of = verdicts(SAMPLE, "--declaration", path)
    check("what is declared and not there is for review", all_of["DECL-02"]["outcome"] == "review"
          and 'account "nobodyelse"' in all_of["DECL-02"]["says"],
          all_of["DECL-02"]["says"])
    path.write_text(text.replace("uid: 0", "uid: 4711", 1))
    _, all_of = verdicts(SAMPLE, "--declaration", path)
    check("what is declared otherwise fails", all_of["DECL-01"]["outcome"] == "fail")


def exceptions(text, path):
    _, plain = verdicts(SAMPLE)
    failed = [name for name, v in plain.items() if v["outcome"] == "fail"]
    rows = "".join(f"  - check: {name}\n    owner: 'the lab'\n    expires: 2027-01-31\n    reason: r\n"
                   for name in failed)
    path.write_text(text + "\nexceptions:\n" + rows)
    code, all_of = verdicts(SAMPLE, "--declaration", path, "--as-of", "2027-01-31")
    check("excepted failures do not count", code != 1 and all_of[failed[0]]["outcome"] == "fail", code)
    check("and say who answers for them",
          all_of[failed[0]]["exception"] == {"reason": "r", "owner": "the lab", "expires": "2027-01-31"})
    reviews = [name for name, v in all_of.items() if v["outcome"] == "review"]
    more = rows + "".join(f"  - check: {name}\n    owner: o\n    expires: 2027-01-31\n    reason: r\n"
                          for name in reviews)
    code, _ = verdicts(SAMPLE, "--declaration", path, "--as-of", "2027-01-31", "--fail-on", "review")
    check("reviews count where they are asked for", code == 1, code)
    path.write_text(text + "\nexceptions:\n" + more)
    code, _ = verdicts(SAMPLE, "--declaration", path, "--as-of", "2027-01-31", "--fail-on", "review")
    check("and excepted ones do not", code != 1, code)
    path.write_text(text + "\nexceptions:\n" + rows)
    code, _ = verdicts(SAMPLE, "--declaration", path, "--as-of", "2027-02-01")
    check("exceptions end", code == 1, code)
    code, all_of = verdicts(SAMPLE, "--declaration", path)
    check("without a date none holds", code == 1 and "exception" not in all_of[failed[0]], code)
    path.write_text(text + "\nexceptions:\n" + rows.replace("owner", "place: /nowhere\n    owner"))
    code, _ = verdicts(SAMPLE, "--declaration", path, "--as-of", "2027-01-01")
    check("an exception holds at its place only", code == 1, code)


def judged_again(text, path, folder):
    path.write_text(text)
    old, fresh, new = (folder / name for name in ("old.json", "fresh.json", "new.json"))
    run("scan", "--quiet", "-o", old, SAMPLE)
    run("scan", "--quiet", "--declaration", path, "-o", fresh, SAMPLE)
    run("judge", "--declaration", path, "-o", new, old)
    check("judged again by a declaration as scanned with it", fresh.read_bytes() == new.read_bytes())
    digest = json.loads(fresh.read_bytes())["tool"]["declaration"]
    check("the report names the declaration", bool(re.fullmatch("sha256:[0-9a-f]{64}", digest or "")), digest)


def refusals(path):
    for what, text, place in (
            ("open reasons", run("declare", "--quiet", SAMPLE).stdout.decode(), rb":\d+:13: no reason"),
            ("a field that is none", "schema: evenhand-declaration/1\naccounts:\n  - name: a\n    shel: b\n",
             rb":4:5: \"shel\" is no field of an account"),
            ("no YAML", "a: [", rb":\d+:\d+: it is no YAML"),
            ("nothing", "", rb"it is no declaration")):
        path.write_text(text)
        done = run("scan", "--quiet", "--declaration", path, SAMPLE, program=SANITIZED)
        check(f"refused: {what}", done.returncode == 2 and re.search(place, done.stderr), done.stderr[:200])
    done = run("scan", "--declaration", path.with_name("none.yaml"), SAMPLE)
    check("refused: a file that is not there", done.returncode == 2 and b"cannot be read" in done.stderr)


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = folder / "declaration.yaml"
        for image in sorted(CORPUS.glob("real/*.bin"))[:3] if CORPUS else []:
            round_trip(image, path)
        text = round_trip(SAMPLE, path)
        differences(text, path)
        exceptions(text, path)
        judged_again(text, path, folder)
        refusals(path)
    end()


main()
