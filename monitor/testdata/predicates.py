"""Writes predicates.json, the oracle of predicate_test.go, next to itself.

    python predicates.py

Random predicates are written twice, as a predicate and as SQL, and SQLite's
three-valued logic answers the latter. Every field is four columns, so that a
value of another type is NULL in SQL as well: number, text, boolean, and whether
it is missing.
"""

import json
import os
import random
import sqlite3

rng = random.Random(20261124)

FIELDS = {  # as written in a predicate: its path
    "amount": "amount", "fee": "fee", 'field("total price")': "total price", "start": "start",
    "end": "end", "status": "status", "card.type": "card.type", 'field("a\\\\.b")': "a\\.b",
    "refunded": "refunded", "test": "test",
}
MAIN = dict(zip(FIELDS, "nnnssssbbb"))  # the type it mostly has: number, text or boolean
COLUMN = {name: f"f{i}" for i, name in enumerate(FIELDS)}
NUMBERS = [0, 1, -1, 2, 2.5, -0.25, 10, 1e9, 9007199254740991, 1e308, -1e308, 1e-300]
TEXTS = ["", "a", "ab", "B", "paid", "é", "2026-11-24", "2026-11-24T10:00:00Z", "it's", "10", "日本"]
ROWS, PREDICATES = 60, 400


def value(main):
    """A value as it stands in the file: {} is invalid, [] nested."""
    if rng.random() < 0.2:
        main = rng.choice("nsb??")
    if main == "?":
        return rng.choice([None, None, {}, []])
    return rng.choice({"n": NUMBERS, "s": TEXTS, "b": [True, False]}[main])


def row():
    return {path: value(MAIN[name]) for name, path in FIELDS.items() if rng.random() > 0.06}


def columns(r, path):
    v = r.get(path)
    number = float(v) if isinstance(v, (int, float)) and not isinstance(v, bool) else None
    return [number, v if isinstance(v, str) else None, int(v) if isinstance(v, bool) else None, int(v is None)]


def text(s):
    return json.dumps(s, ensure_ascii=False), "'" + s.replace("'", "''") + "'"


def number(x):
    return repr(x), repr(float(x))


def field(main):
    """A field, mostly of that type."""
    name = rng.choice([f for f in FIELDS if MAIN[f] == main or rng.random() < 0.05])
    return name, COLUMN[name]


def calculation(depth):
    """Arithmetic that begins with a field; parentheses are left out at times,
    since * and / bind as tightly in SQL."""
    name, column = field("n")
    left = calculation(depth - 1) if depth > 0 and rng.random() < 0.5 else (name, column + "n")
    op = rng.choice("+-*/")
    if depth > 0 and rng.random() < 0.3:
        right = calculation(depth - 1)
    elif rng.random() < 0.5:
        name, column = field("n")
        right = name, column + "n"
    else:
        right = number(rng.choice([x for x in NUMBERS if x or op != "/"]))
    if rng.random() < 0.5:
        left, right = (f"({left[0]})", f"({left[1]})"), (f"({right[0]})", f"({right[1]})")
    sign = "-" if rng.random() < 0.1 else ""
    return f"{sign}{left[0]} {op} {right[0]}", f"{sign}{left[1]} {op} {right[1]}"


def comparison():
    equality = rng.random() < 0.5
    op = rng.choice(["==", "!="] if equality else ["<", "<=", ">", ">="])
    sql = {"==": "="}.get(op, op)
    kind = rng.choice(["field", "number", "text", "calculation", "between", "in"] + ["boolean", "null"] * equality)

    literal, main = rng.choice([(number, "n"), (text, "s")])
    if kind in ("field", "null"):
        main = rng.choice("nsb" if equality else "ns")
    elif kind != "in":
        main = {"boolean": "b", "text": "s"}.get(kind, "n")
    name, column = field(main)

    def pair(left, right):
        return f"{left} {op} {right}"

    if kind == "field":
        other, another = field(main)
        same_type = [f"{column}{t} {sql} {another}{t}" for t in ("nsb" if equality else "ns")]
        return pair(name, other), f"COALESCE({', '.join(same_type)})"
    if kind == "null":
        ask = f"{column}m {sql} 1"
        return rng.choice([pair(name, "null"), pair("null", name)]), ask
    if kind == "boolean":
        constant = rng.choice(["true", "false"])
        return rng.choice([pair(name, constant), pair(constant, name)]), f"{column}b {sql} {int(constant == 'true')}"
    if kind == "in":
        some = [literal(x) for x in rng.sample(NUMBERS if main == "n" else TEXTS, rng.randint(1, 10))]
        word = rng.choice(["in", "not in"])
        return f"{name} {word} [{', '.join(p for p, _ in some)}]", f"{column}{main} {word} ({', '.join(s for _, s in some)})"
    if kind == "between":
        low, high = number(rng.choice(NUMBERS)), number(rng.choice(NUMBERS))
        return f"{low[0]} <= {name} < {high[0]}", f"({low[1]} <= {column}n AND {column}n < {high[1]})"
    if kind == "calculation":
        left = calculation(2)
        right = rng.choice([number(rng.choice(NUMBERS)), calculation(1), (name, column + "n")])
    elif kind == "number":
        left, right = (name, column + "n"), number(rng.choice(NUMBERS))
    else:
        left, right = (name, column + "s"), text(rng.choice(TEXTS))
    if rng.random() < 0.3:
        left, right = right, left
    return pair(left[0], right[0]), f"{left[1]} {sql} {right[1]}"


def condition(depth):
    kind = rng.random()
    if depth == 0 or kind < 0.15:
        if rng.random() < 0.15:
            name, column = field("b")
            return name, column + "b"
        return comparison()
    if kind < 0.3:
        inner = condition(depth - 1)
        return f"{rng.choice(['!', 'not '])}({inner[0]})", f"(NOT ({inner[1]}))"
    op, sql = rng.choice([("&&", "AND"), ("and", "AND"), ("||", "OR"), ("or", "OR")])
    left, right = condition(depth - 1), condition(depth - 1)
    if rng.random() < 0.5:  # and binds more tightly than or in both
        left, right = (f"({left[0]})", f"({left[1]})"), (f"({right[0]})", f"({right[1]})")
    return f"{left[0]} {op} {right[0]}", f"{left[1]} {sql} {right[1]}"


rows = [row() for _ in range(ROWS)]
db = sqlite3.connect(":memory:")
types = [("n", "REAL"), ("s", "TEXT"), ("b", "INTEGER"), ("m", "INTEGER")]
db.execute(f"CREATE TABLE r (id INTEGER, {', '.join(f'{c}{t} {of}' for c in COLUMN.values() for t, of in types)})")
for i, r in enumerate(rows):
    cells = [i] + [x for path in FIELDS.values() for x in columns(r, path)]
    db.execute(f"INSERT INTO r VALUES ({', '.join('?' * len(cells))})", cells)

predicates = []
for i in range(PREDICATES):
    predicate, sql = condition(i % 4)
    answers = [a for (a,) in db.execute(f"SELECT {sql} FROM r ORDER BY id")]
    predicates.append({"text": predicate, "answers": "".join({None: "?", 0: "-", 1: "+"}[a] for a in answers)})

with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "predicates.json"), "w", encoding="utf-8") as f:
    def lines(items):
        return ",\n".join("    " + json.dumps(x, ensure_ascii=False) for x in items)
    f.write(f'{{\n  "sqlite": "{sqlite3.sqlite_version}",\n  "rows": [\n{lines(rows)}\n  ],\n  "predicates": [\n{lines(predicates)}\n  ]\n}}\n')
