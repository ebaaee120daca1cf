"""Makes arrivals.json: the records of one partition, with log times, and what each
minute should have of them, counted here and nowhere else.

    python3 arrivals.py

A record that is not counted in a pane of its own belongs to the minute that was
the present one where it arrived: that of its log time less the delay of the last
record that was on time, or of the highest event time so far, the later.
"""

import json
import random
from collections import defaultdict

random.seed(11)

MINUTE, LATENESS, MAX_FUTURE = 60_000, 30_000, 600_000
BEGIN = 1767225600000

records, minutes = [], defaultdict(lambda: defaultdict(int))
highest, arrived, delay = None, None, None
log = BEGIN + 5_000
for i in range(6000):
    log += random.randrange(1, 200)
    event = log - random.randrange(500, 3000)
    kind = random.choices(
        ["fine", "malformed", "no time", "bad time", "future", "late", "array"],
        [90, 3 if i < 4000 else 60, 2, 1, 1, 4, 1])[0]
    value = {
        "fine": json.dumps({"at": event, "x": i % 100}),
        "malformed": '{"at": %d, "x": ' % event,
        "no time": '{"x": 1}',
        "bad time": '{"at": "soon", "x": 1}',
        "future": json.dumps({"at": log + MAX_FUTURE + 1, "x": 1}),
        "late": json.dumps({"at": event - 10 * MINUTE, "x": 1}),
        "array": "[1, 2]",
    }[kind]
    if i == 0:
        kind, value = "fine", json.dumps({"at": event, "x": 0})
    records.append([log, value])
    if kind == "fine":
        highest = event if highest is None else max(highest, event)
        own = event // MINUTE
        if highest >= (own + 1) * MINUTE + LATENESS:
            kind = "late"
        else:
            delay = log - event
            minutes[own]["rows"] += 1
            continue
    would = log - delay
    if kind == "late":
        highest = max(highest, min(event - 10 * MINUTE, log))
    # A step of more than MAX_FUTURE does not happen here, so the maximum just rises.
    arrived = would if arrived is None else max(arrived, would)
    now = max(highest, arrived) // MINUTE
    if kind == "late":
        minutes[now]["late"] += 1
    else:
        minutes[now]["rejected"] += 1
        if kind in ("malformed", "array"):
            minutes[now]["malformed"] += 1

first = min(minutes)
with open("arrivals.json", "w") as f:
    json.dump({
        "records": records,
        "minutes": [{"start": m * MINUTE, **{k: minutes[m][k] for k in ("rows", "malformed", "rejected", "late")}} for m in sorted(minutes)],
    }, f, separators=(",", ":"))
    f.write("\n")
