"""What else there is to compute drift from a file of JSON records, for comparison.

    batch.py duckdb|polars|python FILE

Each reads 15 fields of every record (10 numbers, 5 categories), and compares each
window of 50,000 rows with the first one as its reference, by PSI over deciles or
categories, and, but for DuckDB, by the two-sample Kolmogorov-Smirnov distance over 200
quantiles of the reference. It prints how many windows it has compared and the greatest
PSI, so that what was computed can be seen.
"""

import sys
from concurrent.futures import ProcessPoolExecutor

NUMBERS = ["amount", "fee", "balance", "latency_ms", "risk_score", "distance_km", "items", "age", "retries", "attempts"]
CATEGORIES = ["country", "currency", "channel", "merchant_category", "card_type"]
WINDOW = 50_000
EPSILON = 1e-4


def duckdb(path):
    """Everything in one SQL query, which DuckDB runs on all cores."""
    import duckdb

    db = duckdb.connect()
    types = {c: "DOUBLE" for c in NUMBERS} | {c: "VARCHAR" for c in CATEGORIES}
    columns = ", ".join(f"'{c}': '{t}'" for c, t in types.items())
    db.execute(f"SET preserve_insertion_order = true")
    read = f"read_json('{path}', format = 'newline_delimited', columns = {{{columns}}})"
    cuts = db.execute("SELECT " + ", ".join(f"quantile_cont({c}, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])" for c in NUMBERS) + f" FROM (SELECT * FROM {read} LIMIT {WINDOW})").fetchone()
    binned = []
    for c, q in zip(NUMBERS, cuts):
        whens = " ".join(f"WHEN {c} <= {x!r} THEN '{i}'" for i, x in enumerate(sorted(set(q))))
        binned.append(f"CASE WHEN {c} IS NULL THEN 'null' {whens} ELSE 'high' END AS {c}")
    names = NUMBERS + CATEGORIES
    query = f"""
    WITH rows AS (SELECT {", ".join(binned + CATEGORIES)}, (row_number() OVER () - 1) // {WINDOW} AS w FROM {read}),
    counts AS (SELECT * FROM (SELECT w, {", ".join(f"histogram({c}) AS {c}" for c in names)} FROM rows GROUP BY w))
    SELECT {", ".join(["w"] + names)} FROM counts ORDER BY w
    """
    found = db.execute(query).fetchall()
    reference, worst = found[0], 0.0
    for row in found[1:]:
        for ref, cur in zip(reference[1:], row[1:]):
            worst = max(worst, psi_of_counts(ref, cur))
    return len(found) - 1, worst


def psi_of_counts(ref, cur):
    from math import log

    n, m = sum(ref.values()), sum(cur.values())
    total = 0.0
    for key in ref.keys() | cur.keys():
        p, q = max(ref.get(key, 0) / n, EPSILON), max(cur.get(key, 0) / m, EPSILON)
        total += (q - p) * log(q / p)
    return total


class Comparer:
    """PSI and KS of windows as NumPy arrays against the first window."""

    def __init__(self, numbers, categories):
        import numpy as np

        self.np = np
        self.deciles = [np.unique(np.quantile(x, np.arange(0.1, 1, 0.1))) for x in numbers]
        self.grid = [np.unique(np.quantile(x, np.arange(1, 200) / 200)) for x in numbers]
        self.shares = [self.binned(x, d) for x, d in zip(numbers, self.deciles)]
        self.cumulated = [self.below(x, g) for x, g in zip(numbers, self.grid)]
        self.categories = [self.counted(x) for x in categories]

    def binned(self, x, cuts):
        np = self.np
        return np.bincount(np.searchsorted(cuts, x, side="left"), minlength=len(cuts) + 1) / len(x)

    def below(self, x, grid):
        np = self.np
        return np.cumsum(np.bincount(np.searchsorted(grid, x, side="left"), minlength=len(grid) + 1)) / len(x)

    def counted(self, x):
        np = self.np
        values, counts = np.unique(x, return_counts=True)
        return dict(zip(values.tolist(), counts.tolist()))

    def compare(self, numbers, categories):
        np, worst = self.np, 0.0
        for x, cuts, ref, grid, cum in zip(numbers, self.deciles, self.shares, self.grid, self.cumulated):
            p, q = np.maximum(ref, EPSILON), np.maximum(self.binned(x, cuts), EPSILON)
            worst = max(worst, float(np.sum((q - p) * np.log(q / p))))
            np.max(np.abs(self.below(x, grid) - cum))
        for x, ref in zip(categories, self.categories):
            worst = max(worst, psi_of_counts(ref, self.counted(x)))
        return worst


def polars(path):
    """Polars reads the file on all cores, NumPy compares."""
    import polars as pl

    schema = {c: pl.Float64 for c in NUMBERS} | {c: pl.String for c in CATEGORIES}
    frame = pl.scan_ndjson(path, schema=schema).select(NUMBERS + CATEGORIES).collect()
    frame = frame.with_columns([pl.col(c).cast(pl.Categorical).to_physical() for c in CATEGORIES])
    comparer, windows, worst = None, 0, 0.0
    for at in range(0, frame.height - WINDOW + 1, WINDOW):
        part = frame.slice(at, WINDOW)
        numbers, categories = [part[c].to_numpy() for c in NUMBERS], [part[c].to_numpy() for c in CATEGORIES]
        if comparer is None:
            comparer = Comparer(numbers, categories)
            continue
        windows, worst = windows + 1, max(worst, comparer.compare(numbers, categories))
    return windows, worst


def decode(lines):
    """One window's columns, by msgspec."""
    import msgspec
    import numpy as np

    record = msgspec.defstruct("Record", [(c, float) for c in NUMBERS] + [(c, str) for c in CATEGORIES])
    rows = [decode_one(line) for decode_one in [msgspec.json.Decoder(record).decode] for line in lines]
    return (
        [np.fromiter((getattr(r, c) for r in rows), float, len(rows)) for c in NUMBERS],
        [np.array([getattr(r, c) for r in rows]) for c in CATEGORIES],
    )


comparers = {}


def window(path, start, size, first):
    """Compares the window that is the bytes from start on; of first is the reference."""
    if path not in comparers:
        comparers[path] = Comparer(*decode(read(path, *first)))
    return comparers[path].compare(*decode(read(path, start, size)))


def read(path, start, size):
    with open(path, "rb") as f:
        f.seek(start)
        return f.read(size).splitlines()


def python(path):
    """msgspec decodes and NumPy compares, windows in two processes."""
    starts, lines, at = [0], 0, 0
    with open(path, "rb") as f:
        for line in f:
            at, lines = at + len(line), lines + 1
            if lines % WINDOW == 0:
                starts.append(at)
    pieces = [(a, b - a) for a, b in zip(starts, starts[1:])]
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(window, *zip(*[(path, start, size, pieces[0]) for start, size in pieces[1:]])))
    return len(found), max(found)


if __name__ == "__main__":
    windows, worst = {"duckdb": duckdb, "polars": polars, "python": python}[sys.argv[1]](sys.argv[2])
    print(f"{windows} windows, the greatest PSI {worst:.4f}")
