"""Makes schema.jsonl.gz, 900 records of a reference and then windows of 160 each, and
schema.json: which fields changed in each window, by the definitions, in plain
Python over all records.

    python3 schema.py
"""
import gzip
import json
import random
from math import comb

REFERENCE, WINDOW = 900, 160
r = random.Random(5)


def record():
    row = {"amount": round(r.uniform(0, 100), 1), "kind": r.choice("abc"), "ok": r.random() < 0.5,
           "card": {"type": r.choice(["debit", "credit"]), "pan": r.randrange(10)},
           "note": None if r.random() < 0.3 else "x", "seen": [1], "tags": {f"k{r.randrange(10**6)}": 1}}
    if r.random() < 0.5:
        row["coupon"] = "y"
    if r.random() < 0.005:
        row["rare"] = 1
    return row


def some(p, change):
    def fault(row):
        if r.random() < p:
            change(row)
    return fault


def put(key, value):
    return lambda row: row.__setitem__(key, value)


def both(*faults):
    def fault(row):
        for f in faults:
            f(row)
    return fault


FAULTS = [
    lambda row: None,
    some(1, put("amount", "1.5")), some(0.1, put("amount", True)), some(0.01, put("amount", "1")),
    some(1, put("promo", {"code": "x", "days": {"from": 1, "to": 2}})), some(0.05, put("new.x", 1)), some(0.02, put("few", 1)),
    some(1, lambda row: row.pop("coupon", None)), some(1, lambda row: row.pop("card")),
    some(0.1, put("kind", None)), some(0.005, put("kind", None)), some(1, put("note", "x")), some(1, put("note", None)),
    some(1, put("card", "debit")), some(0.3, put("card", None)), some(1, put("kind", {"name": "a"})), some(1, put("seen", {"at": 1})),
    some(1, lambda row: row["tags"].update({"z": {"deep": 1}})), some(1, put("tags", {"a": "b", "c": None})),
    both(some(1, put("ok", 1)), some(1, put("amount", None)), some(0.5, put("extra", []))),
    lambda row: None,
]


def kind(v):
    if v is None:
        return "null"
    if isinstance(v, bool):
        return "boolean"
    return "string" if isinstance(v, str) else "number" if isinstance(v, (int, float)) else "nested"


def leaves(row, prefix=""):
    for k, v in row.items():
        path = prefix + k.replace("\\", "\\\\").replace(".", "\\.")
        if isinstance(v, dict):
            yield from leaves(v, path + ".")
        else:
            yield path, kind(v)


def above(path):
    """The objects that a field is in, the outermost first."""
    at = [i for i, c in enumerate(path) if c == "." and (i == 0 or path[i - 1] != "\\")]
    return [path[:i] for i in at]


def count(rows, name):
    """How many rows have what a name stands for, by type."""
    n = {}
    for row in rows:
        t = row.get(name)
        if t is None and any(p.startswith(name + ".") for p in row):
            t = "nested"
        if t:
            n[t] = n.get(t, 0) + 1
    return n


def unlikely(r, others, n, rows):
    """P(X >= n) < 1e-6 for X ~ Bin(n + r, rows / (rows + others))."""
    q, m = rows / (rows + others), n + r
    return sum(comb(m, i) * q**i * (1 - q) ** (m - i) for i in range(n, m + 1)) < 1e-6


def compare(ref, now):
    fields = {p for row in ref for p in row if not p.startswith("tags.")}
    objects = {a for p in fields for a in above(p)}
    changes = {"added": set(), "lost": set(), "types": set(), "nulls": set()}
    news = set()
    for row in now:
        for p in row:
            if p in fields or p in objects or p == "tags" or p.startswith("tags."):
                continue
            news.add(next((a for a in above(p) if a not in objects), p))
    for p in news - fields:
        n = sum(count(now, p).values())
        if n >= 3 and n >= 0.01 * len(now) and unlikely(0, len(ref), n, len(now)):
            changes["added"].add(p)
    for p in fields | objects:
        was, is_ = count(ref, p), count(now, p)
        rows, here = sum(was.values()), sum(is_.values())
        values, there = rows - was.get("null", 0), here - is_.get("null", 0)
        for t in {"number", "string", "boolean", "nested"}:
            a, b = was.get(t, 0), is_.get(t, 0)
            if a < 0.001 * values and b >= 3 and b >= 0.01 * there and unlikely(a, values, b, there):
                changes["types"].add(p)
        a, b = was.get("null", 0), is_.get("null", 0)
        if a == 0 and b >= 3 and b >= 0.01 * here and unlikely(0, rows, b, here):
            changes["nulls"].add(p)
        if b == 0 and here and a / rows * here >= 20 and unlikely(0, here, a, rows):
            changes["nulls"].add(p)
        if p in fields and here == 0 and rows / len(ref) * len(now) >= 20 and unlikely(0, len(now), rows, len(ref)):
            changes["lost"].add(p)
    changes["lost"] = {p for p in changes["lost"] if not set(above(p)) & changes["types"]}
    return {k: sorted(v) for k, v in changes.items()}


rows = [record() for _ in range(REFERENCE)]
for fault in FAULTS:
    for _ in range(WINDOW):
        row = record()
        fault(row)
        rows.append(row)
with open("schema.jsonl.gz", "wb") as out:
    lines = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    out.write(gzip.compress(lines.encode(), mtime=0))
flat = [dict(leaves(row)) for row in rows]
windows = [compare(flat[:REFERENCE], flat[i:i + WINDOW]) for i in range(REFERENCE, len(flat), WINDOW)]
with open("schema.json", "w") as out:
    json.dump({"reference": REFERENCE, "window": WINDOW, "windows": windows}, out, indent=1)
    out.write("\n")
