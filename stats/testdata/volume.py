"""Writes volume.json, the oracle of volume_test.go, next to itself.

    python volume.py

Plain datetime and no packages: rows are counted by weekday and hour, and time is
walked through from hour to hour.
"""

import json
import os
import random
from datetime import datetime, timedelta, timezone
from fractions import Fraction

MS = timedelta(milliseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def hour_of_week(t):
    return 24 * t.weekday() + t.hour


def walk(start, end):
    """The hours of the week in [start, end), each with its milliseconds."""
    while start < end:
        following = start.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        stop = min(following, end)
        yield hour_of_week(start), (stop - start) // MS
        start = stop


def case(name, first, last, rows, windows, rng):
    times = [first] + [first + MS * rng.randrange((last - first) // MS) for _ in range(rows - 2)] + [last]
    # Nights and Sundays are quiet.
    times = [t for t in times if t in (first, last) or 6 <= t.hour < 22 and (t.weekday() < 6 or rng.random() < 0.3)]
    first, end = min(times), max(times) + MS
    counts, lasts = [0] * 168, [0] * 168
    for t in times:
        counts[hour_of_week(t)] += 1
    for h, ms in walk(first, end):
        lasts[h] += ms
    by_hour = end - first >= timedelta(days=14) - timedelta(hours=1)
    wanted = []
    for _ in range(windows):
        start = first + MS * rng.randrange(-30 * 86_400_000, 60 * 86_400_000)
        stop = start + MS * rng.choice([60_000, 600_000, 3_600_000, 5_000_000, 86_400_000, 9 * 86_400_000, 1])
        if by_hour:
            rows = sum(Fraction(counts[h] * ms, lasts[h]) for h, ms in walk(start, stop))
        else:
            rows = Fraction(len(times) * ((stop - start) // MS), (end - first) // MS)
        wanted.append({"start": (start - EPOCH) // MS, "end": (stop - EPOCH) // MS, "rows": float(rows)})
    return {
        "name": name,
        "from": (first - EPOCH) // MS,
        "to": (end - EPOCH) // MS,
        "times": sorted((t - EPOCH) // MS for t in times),
        "hours": counts if by_hour else None,
        "windows": wanted,
    }


def main():
    rng = random.Random(20261124)
    utc = lambda *at: datetime(*at, tzinfo=timezone.utc)
    cases = [
        case("an hour", utc(2026, 11, 2, 10), utc(2026, 11, 2, 10, 59, 59), 200, 10, rng),
        case("nearly two weeks", utc(2026, 11, 2), utc(2026, 11, 15, 22, 30), 600, 20, rng),
        case("two weeks to the last record", utc(2026, 11, 2), utc(2026, 11, 15, 23, 58), 900, 40, rng),
        case("three weeks from a Thursday noon", utc(2026, 10, 1, 12, 7, 3), utc(2026, 10, 22, 17, 1, 2), 1200, 40, rng),
        case("five weeks around the epoch", utc(1969, 12, 10, 5), utc(1970, 1, 14, 5, 30), 1200, 40, rng),
    ]
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "volume.json"), "w") as f:
        json.dump(cases, f, separators=(",", ":"))
        f.write("\n")


if __name__ == "__main__":
    main()
