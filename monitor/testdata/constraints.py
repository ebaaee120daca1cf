"""Makes constraints.jsonl, records that break what is declared of them, and
constraints.json, how often they do by minute, counted here and nowhere else.

    python3 constraints.py
"""

import json
import random
import re
from collections import defaultdict

random.seed(5)

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CODE = re.compile(r"^[A-Z]{2}[0-9]+$")
KINDS = ["card", "cash", "transfer"]


def uuid():
    h = "%032x" % random.getrandbits(128)
    return "-".join([h[:8], h[8:12], h[12:16], h[16:20], h[20:]])


def sometimes(p, other, value):
    return other if random.random() < p else value


def record(i):
    r = {
        "at": 1767225600000 + i * 100,
        "amount": sometimes(0.05, random.choice([-1, 1e9, "12", None, -0.0]), round(random.expovariate(0.02), 2)),
        "count": sometimes(0.1, 1.5, random.randrange(10)),
        "seq": i - sometimes(0.02, 30, 0),
        "kind": sometimes(0.04, random.choice(["gold", "", "Card", None]), random.choice(KINDS)),
        "code": sometimes(0.06, random.choice(["de1", "", "D1", 7, "DE"]), "DE%d" % random.randrange(1000)),
        "id": sometimes(0.03, random.choice(["x", uuid()[1:], uuid() + "a", 5]), uuid()),
        "name": sometimes(0.08, random.choice(["", "ab", "\u00e4\u00f6\u00fc", "x" * 21, "\u20ac" * 20, None, 4]), "name %d" % random.randrange(99)),
        "start": random.randrange(1000),
        "end": random.randrange(1200),
    }
    for key in ["amount", "name", "end"]:
        if random.random() < 0.02:
            del r[key]
    return r


def is_number(v):
    return isinstance(v, (int, float)) and not isinstance(v, bool)


def judge(r, before):
    """Yields (statistic, feature, fine) for all of which it can be said."""
    amount = r.get("amount")
    yield "required_error_rate", "amount", "amount" in r and amount is not None
    if is_number(amount):
        yield "out_of_range_rate", "amount", 0 <= amount <= 1000
    yield "integer_error_rate", "count", r["count"] == int(r["count"])
    yield "monotonic_error_rate", "seq", r["seq"] >= before
    if isinstance(r["kind"], str):
        yield "set_error_rate", "kind", r["kind"] in KINDS
    if isinstance(r["code"], str):
        yield "pattern_error_rate", "code", bool(CODE.search(r["code"]))
    if isinstance(r["id"], str):
        yield "pattern_error_rate", "id", bool(UUID.fullmatch(r["id"]))
    if isinstance(r.get("name"), str):
        yield "length_error_rate", "name", 3 <= len(r["name"]) <= 20
    if "end" in r:
        yield "check_rate.in_order", "", r["end"] > r["start"]
        if is_number(amount):
            yield "check_rate.both", "", amount >= 0 and r["end"] > r["start"]
        elif not r["end"] > r["start"]:
            yield "check_rate.both", "", False
    elif is_number(amount) and not amount >= 0:
        yield "check_rate.both", "", False


counts = defaultdict(lambda: [0, 0])
before = float("-inf")
with open("constraints.jsonl", "w") as f:
    for i in range(3000):
        r = record(i)
        f.write(json.dumps(r) + "\n")
        for statistic, feature, fine in judge(r, before):
            counts[i // 600, feature, statistic][not fine] += 1
        before = r["seq"]

with open("constraints.json", "w") as f:
    json.dump([
        {"minute": minute, "feature": feature, "statistic": statistic, "wrong": wrong, "of": wrong + fine}
        for (minute, feature, statistic), (fine, wrong) in sorted(counts.items())
    ], f, indent=0)
    f.write("\n")
