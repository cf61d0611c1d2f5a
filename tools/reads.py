#!/usr/bin/env python3
"""reads.py [--write]: which inputs each check's judge reads, from the sources of src/judge: kinds of
facts, the tree, gaps, the date. Follows calls by name, so it rather says too much. Each check must
state the same as `.reads`; --write puts it there."""
import re
import sys
from pathlib import Path

JUDGE = Path(__file__).resolve().parents[1] / "src/judge"
# How the sources reach what is no fact.
OTHERS = {
    "READS_TREE": r"c->tree\b|premises->program\b|node_(?:at|resolve|next)\b",
    "READS_GAPS": r"c->coverage\b|premises->blind\b|region_is_tiled\b",
    "READS_DATE": r"options->as_of\b",
}
MARKS = r"premises->marks\b"
# The way from rulings to verdicts belongs to no check.
ENGINE = {"judge_one", "judge_all", "find_programs", "find_blind_spot", "mark_nodes",
          "mark_executable", "turn_into_open", "reads_show", "reads_name"}
# A block that begins at the start of a line: a function, a table, a check.
BLOCK = re.compile(r"^(?P<head>[a-z][^\n;{}#]*?(?:\([^;{}]*\))?[^;{}()]*)\{\n(?P<body>.*?)^\}", re.M | re.S)
NAME = re.compile(r"(\w+)\s*(?:\[[^\]]*\])?\s*(?:=|\(|$)")


def bare(text: str) -> str:
    """Without comments and texts."""
    return re.sub(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/', lambda m: '""' if m[0][0] == '"' else " ", text,
                  flags=re.S)


# A macro with its lines.
MACRO = re.compile(r"^#define (?P<name>\w+)\([^)]*\)(?P<body>(?:[^\n]*\\\n)*[^\n]*)", re.M)
# Facts that judging itself makes, before any check.
MAKERS = "vulnerability*.c"


def blocks(path: Path) -> dict[str, str]:
    found = {m["name"]: m["body"] for m in MACRO.finditer(bare(path.read_text()))}
    for block in BLOCK.finditer(bare(path.read_text())):
        name = NAME.search(re.sub(r"\s+", " ", block["head"]).strip())
        if name and name[1] not in ENGINE:
            found[name[1]] = block["body"]
    return found


def own_names(path: Path) -> set[str]:
    """What no other file can call."""
    text = bare(path.read_text())
    names = {NAME.search(re.sub(r"\s+", " ", b["head"]).strip())[1] for b in BLOCK.finditer(text)
             if b["head"].startswith("static")
             and NAME.search(re.sub(r"\s+", " ", b["head"]).strip())}
    return names | ({m["name"] for m in MACRO.finditer(text)} if path.suffix == ".c" else set())


class Sources:
    def __init__(self) -> None:
        self.files = {path: blocks(path) for path in sorted(JUDGE.glob("*.[ch]"))
                      if not path.match(MAKERS)}
        self.everywhere = {name: (path, body) for path, own in self.files.items()
                           for name, body in own.items() if name not in own_names(path)}

    def reads(self, path: Path, body: str) -> set[str]:
        found, seen, todo = set(), set(), [(path, body)]
        while todo:
            path, body = todo.pop()
            found |= {f"READS({kind})" for kind in re.findall(r"\bFACT_([A-Z]+)\b", body)
                      if kind not in ("LISTS", "KINDS")}
            found |= {name for name, pattern in OTHERS.items() if re.search(pattern, body)}
            if re.search(MARKS, body):
                found |= {"READS(EXECUTABLE)", "READS(COMPONENT)"}
            for word in set(re.findall(r"\b[A-Za-z_]\w+\b", body)):
                where = (path, self.files[path][word]) if word in self.files[path] else \
                    self.everywhere.get(word)
                if where and (where[0], word) not in seen:
                    seen.add((where[0], word))
                    todo.append(where)
        return found


def order(reads: set[str]) -> str:
    return " | ".join(sorted(reads, key=lambda r: (not r.startswith("READS("), r)))


CHECK = re.compile(r"^const struct check (check_\w+) = \{\n(.*?)^\};", re.M | re.S)


def wanted(sources: Sources, path: Path, body: str) -> str:
    """What the judge reads; and the gaps, unless nothing could hide there."""
    reads = sources.reads(path, bare(body))
    if "BLIND_NEVER" not in body:
        reads.add("READS_GAPS")
    return order(reads) or "READS_TREE"


def main() -> int:
    sources, wrong, count = Sources(), [], 0
    for path in sources.files:
        text = path.read_text()
        new = text
        for check in CHECK.finditer(text):
            count += 1
            body = check[2]
            stated = re.search(r"^\t\.reads =\s+(.*?),\n", body, re.M | re.S)
            want = wanted(sources, path, re.sub(r"^\t\.reads =\s.*?,\n", "", body, flags=re.M | re.S))
            if stated and " ".join(stated[1].split()) == want:
                continue
            wrong.append(f"{path.name}: {check[1]} reads {want}")
            line = f"\t.reads = {want},\n"
            changed = body.replace(stated[0], line) if stated else \
                re.sub(r"^(\t\.(?:blind|unseen|judge) = )", line.replace("\\", r"\\") + r"\1", body,
                       count=1, flags=re.M)
            new = new.replace(check[0], check[0].replace(body, changed))
        if "--write" in sys.argv and new != text:
            path.write_text(new)
    if "--write" in sys.argv:
        print(f"reads: {len(wrong)} of {count} checks written; clang-format -i src/judge/*.c")
        return 0
    print("\n".join(wrong + ["tools/reads.py --write states it"]) if wrong
          else f"reads: {count} checks state what they read")
    return bool(wrong)


sys.exit(main())
