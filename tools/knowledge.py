#!/usr/bin/env python3
"""Compiles the tables of data/ into C: knowledge.py DATA OUT.c

A malformed row ends the build with file and line. The digests of the knowledge pack are taken over the
rows, not over remarks, so that a better remark does not make reports incomparable.

src/know/table.c and pack*.c do the same at run time for --knowledge; tests/e2e/knowledge.py holds both
against each other.
"""
import collections
import hashlib
import re
import sys
from pathlib import Path

OBSERVING = ("default-passwords", "known-keys", "component-names", "unsafe-functions",
             "kernel-options", "secrets", "backdoors", "endpoint-noise", "daemons", "settings")
JUDGING = ("requirements", "backdoors", "eol", "by-hand")
EVIDENCE = {"inline": "EVIDENCE_INLINE", "adjacent": "EVIDENCE_ADJACENT", "text": "EVIDENCE_TEXT",
            "named": "EVIDENCE_NAMED", "filename": "EVIDENCE_FILENAME", "abi": "EVIDENCE_ABI",
            "symbol": "EVIDENCE_SYMBOL", "hint": "EVIDENCE_HINT"}
# What stands between two strings of a binary, and what within one.
BETWEEN, WITHIN = r"[\x00-\x08\x0a-\x1f\x7f-\xff]", r"[\x20-\x7e\t]"


def rows(path: Path) -> list[dict[str, str]]:
    head: list[str] = []
    found = []
    for number, line in enumerate(path.read_bytes().decode().split("\n"), 1):
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", line):
            sys.exit(f"{path}:{number}: a control character")
        if not line or line.startswith("#"):
            continue
        cells = line.split("\t")
        if not head:
            head = cells
        elif len(cells) != len(head):
            sys.exit(f"{path}:{number}: {len(cells)} cells, the head has {len(head)}")
        else:
            found.append(dict(zip(head, cells)) | {"line": str(number)})
    return found


def digest(name: str, data: list[dict[str, str]]) -> str:
    h = hashlib.sha256()
    for row in data:
        cells = [v for k, v in row.items() if k not in ("line", "remark")]
        h.update((name + "\t" + "\t".join(cells) + "\n").encode())
    return h.hexdigest()


def digest_of_all(tables: dict[str, list[dict[str, str]]], names: tuple[str, ...]) -> str:
    """Over a line a table as sha256sum writes it, so that one table can stand for another."""
    lines = "".join(f"{digest(name, tables[name])}  {name}\n" for name in names)
    return hashlib.sha256(lines.encode()).hexdigest()


def octal(octets: bytes) -> str:
    out = ['"']
    for byte in octets:
        char = chr(byte)
        out.append(char if 32 <= byte < 127 and char not in '"\\?' else f"\\{byte:03o}")
    return "".join(out) + '"'


def c(text: str | None) -> str:
    return "NULL" if text is None or text == "-" else octal(text.encode())


def blank(text: str) -> str:
    return "" if text == "<blank>" else text


def table(struct: str, name: str, lines: list[str]) -> str:
    return (f"static const struct {struct} {name}_compiled[] = {{\n" +
            "\n".join(f"\t{{ {line} }}," for line in lines) + f"\n}};\n"
            f"const struct {struct} *{name} = {name}_compiled;\nsize_t {name}_count = {len(lines)};\n")


# Lists that say how often a password is used weigh more than one that says it was once a default.
WEIGHT = {"common": 12, "mirai": 6, "kali": 3}


def passwords(data: list[dict[str, str]]) -> str:
    """Ordered by how many published lists and vendors give a password, then by rows: one vendor's
    many products do not make its password common."""
    sources: dict[str, set[str | bytes]] = collections.defaultdict(set)
    count: collections.Counter[str] = collections.Counter()
    pairs: collections.Counter[tuple[str, str]] = collections.Counter()
    for row in data:
        if row["kind"] != "login":
            continue
        password = blank(row["password"])
        sources[password] |= set(row["source"].split(",")) | {b"vendor " + row["vendor"].encode().lower()}
        count[password] += 1
        if row["user"] != "<blank>":
            pairs[row["user"], password] += 1
    weight = {p: sum(WEIGHT.get(s, 1) for s in sources[p]) for p in sources}
    order = sorted(sources, key=lambda p: (-weight[p], -count[p], p.encode()))
    both = sorted(pairs, key=lambda p: (p[0].encode(), -pairs[p], -len(sources[p[1]]), p[1].encode()))
    return (table("default_password", "default_passwords",
                  [f"{literal(p)}, {len(sources[p])}" for p in order]) +
            table("password_pair", "password_pairs", [f"{literal(u)}, {literal(p)}" for u, p in both]))


def literal(text: str) -> str:
    """A cell that may itself be a dash."""
    return '"\\055"' if text == "-" else c(text)


def known_keys(data: list[dict[str, str]]) -> str:
    lines = {}
    for row in data:
        spki = row["spki_sha256"]
        if not re.fullmatch("[0-9a-f]{64}", spki):
            continue
        octets = ", ".join(f"0x{spki[i:i + 2]}" for i in range(0, 64, 2))
        lines.setdefault(spki, f"{{ {octets} }}, {c(row['kind'])}, {c(row['source'])}, "
                               f"{c(row['vendor_product'])}, {c(row['reference'])}")
    return table("known_key", "known_keys", [lines[k] for k in sorted(lines)])


def scan_pattern(pattern: str, evidence: str) -> str | None:
    """What the pass over whole files searches for: the pattern is written for strings with a line
    each, a binary has other bytes between them. It may match too much: the observer confirms."""
    if evidence == "text":
        return pattern
    if evidence not in ("inline", "adjacent", "hint"):
        return None
    tokens = re.findall(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|.", pattern)
    swaps = {"^": f"(?:^|{BETWEEN})", "$": "", r"\n": BETWEEN + "{1,16}", ".": WITHIN, r"[^\n]": WITHIN}
    return "".join(swaps.get(t, t) for t in tokens)


def check_lines(row: dict[str, str], yes: str, no: str) -> None:
    """Every row carries a text that it must find, and a look-alike that it must leave alone."""
    pattern = re.compile(row["pattern"], re.MULTILINE)
    if not pattern.search(yes) or pattern.search(no):
        sys.exit(f"component-names.tsv:{row['line']}: its own lines disagree with the pattern")


def components(data: list[dict[str, str]]) -> str:
    lines = []
    for row in data:
        evidence = row["evidence"]
        if evidence not in EVIDENCE:
            sys.exit(f"component-names.tsv:{row['line']}: evidence {evidence!r}")
        if evidence in ("named", "filename", "abi", "symbol") and row["file_names"] == "-":
            sys.exit(f"component-names.tsv:{row['line']}: such evidence needs file_names")
        yes, no = (row[k].replace("\\n", "\n") for k in ("yes", "no"))
        if evidence != "symbol":
            check_lines(row, yes, no)
            if re.compile(row["pattern"]).groups != 1:
                sys.exit(f"component-names.tsv:{row['line']}: not exactly one capture")
        lines.append(", ".join([c(row["name"]), c(row["cpe_vendor_product"]), c(row["purl"]),
                                c(row["license"]), c(row["file_names"]), EVIDENCE[evidence],
                                c(row["pattern"]), c(scan_pattern(row["pattern"], evidence)),
                                c(yes), c(no)]))
    return table("component_rule", "component_rules", lines)


def calls(data: list[dict[str, str]]) -> str:
    lines = []
    safe: set[str] = set()
    for row in sorted(data, key=lambda r: r["function"].encode()):
        safe |= SAFE_FUNCTIONS & set(re.findall(r"[a-z_][a-z0-9_]{3,}", row["safe_alternative"]))
        lines.append(f"{c(row['function'])}, {c(row['cwe'])}, {c(row['mode'])}")
    return (table("call_rule", "call_rules", lines) +
            table("safe_call", "safe_calls", [c(name) for name in sorted(safe)]))


SAFE_FUNCTIONS = {"fgets", "getline", "strlcpy", "strlcat", "snprintf", "asprintf", "vsnprintf",
                  "vasprintf", "strcpy_s", "stpncpy", "swprintf", "vswprintf", "strtol", "memcpy_s",
                  "memmove_s", "mkstemp", "posix_spawn", "getcwd", "execve", "strtok_r",
                  "gmtime_r", "localtime_r", "getrandom", "strnlen", "inet_pton", "inet_ntop"}


def release(text: str, row: dict[str, str]) -> int:
    """As the kernel's own KERNEL_VERSION(a, b, c); 0: not limited."""
    if text == "-":
        return 0
    if not re.fullmatch(r"[0-9]+(\.[0-9]+){1,2}", text):
        sys.exit(f"kernel-options.tsv:{row['line']}: release {text!r}")
    a, b, last = ([int(n) for n in text.split(".")] + [0])[:3]
    return a << 16 | b << 8 | last


def kernel_options(data: list[dict[str, str]]) -> str:
    """In the order of names. A sign that begins with "=" is a name between NUL bytes."""
    lines = []
    for row in sorted(data, key=lambda r: r["option"].encode()):
        sign, wanted = row["sign"], row["wanted"]
        if wanted not in ("y", "n", "any"):
            sys.exit(f"kernel-options.tsv:{row['line']}: wanted {wanted!r}")
        bare = f"\0{sign[1:]}\0" if sign.startswith("=") else sign
        size = 0 if sign == "-" else len(bare.encode())
        until = release(row["until"], row)
        until |= 0xff if until and row["until"].count(".") == 1 else 0
        lines.append(", ".join([c(row["option"]), f"'{wanted[0]}'", f"{release(row['since'], row):#x}",
                                f"{until:#x}", c(row["architectures"]), c(row["check"]),
                                c(row["instead"]), c(row["modules"]), c(bare), str(size)]))
    return table("kernel_option", "kernel_options", lines)
MOST_SECRET_RULES = 256  # src/know/know.h
SECRET_WHERE = {"text": "SECRET_TEXT", "data": "SECRET_DATA", "any": "SECRET_ANY"}
SECRET_VALUE = {v: f"FORM_OF_{v.upper()}" for v in
                ("any", "word", "mixed", "name", "bare", "strong", "pin", "url", "basic")}


def secret_rule(row: dict[str, str], at: str) -> str:
    value = SECRET_VALUE.get(row["value"], "FORM_OF_ENTROPY")
    bits = round(float(row["value"]) * 1000) if value == "FORM_OF_ENTROPY" else 0
    if row["where"] not in SECRET_WHERE:
        sys.exit(f"{at}: where {row['where']!r}")
    yes, no = (row[k].replace("\\n", "\n").replace("\\t", "\t") for k in ("yes", "no"))
    pattern = re.compile(row["regex"].replace(r"\z", r"\Z"), re.MULTILINE)
    found = pattern.search(yes)
    if not found or not any(found.groups()) or pattern.groups > 3:
        sys.exit(f"{at}: its own line disagrees with the pattern")
    unit = {"-": "SECRET_EACH_LINE", "whole": "SECRET_WHOLE_FILE"}.get(
        row["anchor"], "SECRET_LINES" if r"\n(" in row["regex"] or r"\n[^" in row["regex"]
        else "SECRET_LINE")
    if unit in ("SECRET_EACH_LINE", "SECRET_WHOLE_FILE") and row["files"] == "-":
        sys.exit(f"{at}: a rule without an anchor needs names of files")
    if unit == "SECRET_LINES" and row["where"] != "text":
        sys.exit(f"{at}: several lines stand in text only")
    return ", ".join([c(row["id"]), c(row["what"]), c(row["group"]), SECRET_WHERE[row["where"]], unit,
                      c(row["files"]), c(row["regex"]), value, str(bits), c(yes), c(no)])


def secret_anchors(row: dict[str, str]) -> list[str]:
    if row["anchor"] in ("-", "whole"):
        return []
    if row["anchor"].startswith("re:"):
        return [row["anchor"][3:]]
    return ["(?i)" + re.escape(word) for word in row["anchor"].split("|")]


def secrets(data: list[dict[str, str]]) -> str:
    """Rules share anchors, so that a word is searched once; each anchor has the rules behind it."""
    if len(data) > MOST_SECRET_RULES:
        sys.exit("secrets.tsv: more rules than a set of them holds")
    behind: dict[str, list[int]] = {}
    for i, row in enumerate(data):
        for anchor in secret_anchors(row):
            behind.setdefault(anchor, []).append(i)
    anchors, pairs = [], []
    for anchor, found in behind.items():
        anchors.append(f"{c(anchor)}, {len(pairs)}, {len(found)}")
        pairs += [str(i) for i in found]
    return (table("secret_rule", "secret_rules",
                  [secret_rule(row, f"secrets.tsv:{row['line']}") for row in data]) +
            table("secret_anchor", "secret_anchors", anchors) +
            table("anchor_rule", "secret_anchor_rules", pairs))


INDICATORS = ("literal", "hex", "host", "switch", "account", "listener", "file", "component")
TOPICS = ("access", "request", "packet", "release", "host", "infection", "switch")


def indicators(data: list[dict[str, str]]) -> str:
    lines, last = [], ""
    for row in data:
        where = f"backdoors.tsv:{row['line']}"
        if (row["kind"] not in INDICATORS or row["topic"] not in TOPICS or
                row["strength"] not in ("unique", "supporting")):
            sys.exit(f"{where}: {row['kind']!r}, {row['topic']!r}, {row['strength']!r}")
        if row["id"] <= last or not all(row[k] for k in ("reference", "meaning", "yes", "no")):
            sys.exit(f"{where}: out of order, or without reference, meaning or lines")
        last = row["id"]
        octets = bytes.fromhex(row["pattern"]) if row["kind"] == "hex" else row["pattern"].encode()
        lines.append(", ".join([
            c(row["id"]), f"INDICATOR_{row['kind'].upper()}", f"TOPIC_{row['topic'].upper()}",
            octal(octets), str(len(octets)),
            str(row["strength"] == "unique").lower(), *(c(row[k]) for k in
                                                        ("found", "reference", "meaning", "yes", "no"))]))
    return table("indicator_rule", "indicator_rules", lines)


def noise(data: list[dict[str, str]]) -> str:
    for row in data:
        if row["class"] not in ("namespace", "licence", "project", "example") or row["where"] not in (
                "any", "shown"):
            sys.exit(f"endpoint-noise.tsv:{row['line']}: {row['class']!r}, {row['where']!r}")
    return table("noise_rule", "noise_rules", [
        ", ".join([f"NOISE_{row['class'].upper()}", c(row["host"]), c(row["path"].replace("-", "", 1)
                  if row["path"] == "-" else row["path"]), str(row["where"] == "any").lower()])
        for row in data])
def daemons(data: list[dict[str, str]]) -> str:
    for row in data:
        if row["ports"] != "-" and not re.fullmatch(r"(tcp|udp)/[0-9]+(,(tcp|udp)/[0-9]+)*", row["ports"]):
            sys.exit(f"daemons.tsv:{row['line']}: ports {row['ports']!r}")
    return table("daemon_rule", "daemon_rules", [
        ", ".join(c(row[k]) for k in ("program", "role", "ports", "option")) for row in data])


SYNTAX = {"words": "SYNTAX_WORDS", "equals": "SYNTAX_EQUALS", "uci": "SYNTAX_UCI",
          "contains": "SYNTAX_CONTAINS"}


def settings(data: list[dict[str, str]]) -> str:
    lines = []
    for row in data:
        if row["syntax"] not in SYNTAX:
            sys.exit(f"settings.tsv:{row['line']}: syntax {row['syntax']!r}")
        yes, no = (row[k].replace("\\n", "\n").replace("\\t", "\t") for k in ("yes", "no"))
        lines.append(", ".join([c(row["service"]), c(row["files"]), SYNTAX[row["syntax"]],
                                c(row["keys"]), c(row["what"]), c(yes), c(no)]))
    return table("setting_rule", "setting_rules", lines)


def requirements(data: list[dict[str, str]]) -> str:
    for row in data:
        if row["static"] not in ("yes", "partly", "no"):
            sys.exit(f"requirements.tsv:{row['line']}: static {row['static']!r}")
    return table("requirement", "requirements", [
        ", ".join(c(row[k]) for k in ("catalogue", "id", "title", "static")) for row in data])


def support(data: list[dict[str, str]]) -> str:
    """By component, the longest branch first, so that the first that fits a version counts."""
    seen = set()
    for row in data:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}|ended|supported|n/a", row["eol"]):
            sys.exit(f"eol.tsv:{row['line']}: eol {row['eol']!r}")
        if (row["component"], row["branch"]) in seen:
            sys.exit(f"eol.tsv:{row['line']}: {row['component']} {row['branch']} stands twice")
        seen.add((row["component"], row["branch"]))
    order = sorted(data, key=lambda r: (r["component"].encode(), r["branch"] == "n/a", -len(r["branch"].encode()), r["branch"].encode()))
    return table("support_row", "support_rows", [
        f"{c(r['component'])}, {c('' if r['branch'] == 'n/a' else r['branch'])}, {c(r['eol'])}, {c(r['source'])}, "
        f"{'true' if 'memory ?' in r['source'] else 'false'}" for r in order])


def provenance(path: Path) -> str:
    """The remarks on top of a table, without their mark."""
    head = [line[1:].strip() for line in path.read_bytes().decode().split("\n") if line.startswith("#")]
    return "\n".join(line for line in head if line.startswith("provenance"))


def overview(folder: Path, tables: dict[str, list[dict[str, str]]]) -> str:
    return table("knowledge_table", "knowledge_tables", [
        f"{c(name)}, {observing}, {len(tables[name])}, "
        f"{c(digest(name, tables[name]))}, {c(provenance(folder / f'{name}.tsv'))}, false"
        for observing, names in (("true", OBSERVING), ("false", JUDGING)) for name in names])


def by_hand(data: list[dict[str, str]], known: list[dict[str, str]]) -> str:
    ids = {(row["catalogue"], row["id"]) for row in known}
    for row in data:
        if (row["catalogue"], row["id"]) not in ids:
            sys.exit(f"by-hand.tsv:{row['line']}: not in requirements.tsv")
    return table("manual_step", "manual_steps", [
        ", ".join(c(row[k]) for k in ("catalogue", "id", "by_hand")) for row in data])


def main() -> None:
    folder, out = Path(sys.argv[1]), Path(sys.argv[2])
    tables = {name: rows(folder / f"{name}.tsv") for name in OBSERVING + JUDGING}
    out.write_text(
        "/* Made by tools/knowledge.py from data/. */\n#include \"know/know.h\"\n\n" +
        passwords(tables["default-passwords"]) + known_keys(tables["known-keys"]) +
        components(tables["component-names"]) + calls(tables["unsafe-functions"]) +
        kernel_options(tables["kernel-options"]) +
        secrets(tables["secrets"]) +
        indicators(tables["backdoors"]) + noise(tables["endpoint-noise"]) +
        requirements(tables["requirements"]) + support(tables["eol"]) +
        by_hand(tables["by-hand"], tables["requirements"]) + overview(folder, tables) +
        daemons(tables["daemons"]) +
        settings(tables["settings"]) +
        f"const char *knowledge_observing = \"{digest_of_all(tables, OBSERVING)}\";\n"
        f"const char *knowledge_judging = \"{digest_of_all(tables, JUDGING)}\";\n")


main()
