"""Writes samples.json: what the samples of keys and values ought to say.

    python3 samples.py > samples.json

It makes the records that keysamples_test.go makes, keeps all values of each window,
and counts them with collections.Counter. For each window and statistic there is the
exact value and the standard error that is stated: 0 where it is to be exact.
"""

import json
from collections import Counter
from math import sqrt

MASK = 2**64 - 1
PANES, SIZE, LEARN = 16, 3, 6


def draw(i, salt, n):
    z = (i * 0x9E3779B97F4A7C15 + salt * 0xBF58476D1CE4E5B9) & MASK
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return (z ^ (z >> 31)) % n


def records(n, amounts, shops):
    i = 0
    for pane in range(PANES):
        for _ in range(n + pane % 2 * (n // 4)):
            key = i
            if i > n and draw(i, 1, 50) == 0:
                key = i - 1 - draw(i, 2, n)
            if draw(i, 4, 97) == 0:
                key = None
            session = i
            if i > 2 * n and draw(i, 5, 100) == 0:
                session = i - 1 - draw(i, 6, 2 * n)
            if draw(i, 7, 50) == 0:
                session = None
            shop = draw(i, 10, 8) if pane < LEARN else draw(i, 11, shops)
            yield pane, key, session, draw(i, 8, amounts), shop
            i += 1


def duplicates(values, k=4096):
    counts = Counter(v for v in values if v is not None)
    keys, rows = len(counts), sum(counts.values())
    rate = 1 - keys / rows
    if keys <= k:
        return rate, 0
    mean = rows / keys
    v = sqrt(sum((c - mean) ** 2 for c in counts.values()) / keys) / mean
    return rate, (1 - rate) * v / sqrt(k)


def distinct(values, known=(), k=4096):
    all_ = {v for v in values if v is not None}
    sampled = len(all_ - set(known))
    return len(all_), sampled / sqrt(k - 2) if sampled > k else 0


def windows(n, amounts, shops):
    rows = list(records(n, amounts, shops))
    # The dictionary: the five most frequent shops of the reference, ties by name.
    seen = Counter(r[4] for r in rows if r[0] < LEARN)
    known = sorted(seen, key=lambda s: (-seen[s], str(s)))[:5]
    for end in range(SIZE, PANES):
        of = [r for r in rows if end - SIZE <= r[0] < end]
        yield {
            "duplicate_rate": duplicates([r[1] for r in of]),
            "unique_error_rate session": duplicates([r[2] for r in of]),
            "distinct session": distinct([r[2] for r in of]),
            "distinct amount": distinct([r[3] for r in of]),
            "distinct shop": distinct([r[4] for r in of], known, 1024),
        }


print(json.dumps({name: list(windows(*p)) for name, p in {"few": (80, 100, 60), "many": (6000, 12000, 5000)}.items()}, indent=1))
