"""Writes golden.json, the oracle of golden_test.go, next to itself.

    pip install numpy scipy && python golden.py

Every number comes from NumPy and SciPy, or is a formula written in them; the
versions are in the file. Data are rounded so that the file stays small.
"""

import json
import math
import os

import numpy as np
import scipy
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

references = []  # of the numeric cases, each written once
rng = np.random.default_rng(20261123)


def numeric_shapes(n):
    zero_inflated = np.where(rng.random(n) < 0.35, 0, rng.gamma(2, 30, n))
    bimodal = np.where(rng.random(n) < 0.4, rng.normal(-3, 0.5, n), rng.normal(1000, 40, n))
    return {
        "normal": rng.normal(0, 1, n),
        "lognormal": rng.lognormal(3, 1.2, n),
        "heavy tail": rng.standard_t(1.5, n) * 10,
        "bimodal": bimodal,
        "zero inflated": zero_inflated,
        "integers": rng.poisson(7, n).astype(float),
        "constant": np.full(n, 42.0),
        "two valued": (rng.random(n) < 0.93).astype(float),
        "uniform": rng.uniform(-1, 1, n),
    }


def changes(x):
    spread = np.std(x) or 1.0
    return {
        "none": x,
        "shift": x + np.round(0.6 * spread, 2),
        "down": x - np.round(0.3 * spread, 2),
        "scale": x * 1.5,
    }


def spread_bins(counts_ref, counts_cur):
    """All statistics of aligned bins, from their counts."""
    r, c = np.asarray(counts_ref, float), np.asarray(counts_cur, float)
    n, m, b = r.sum(), c.sum(), len(r)
    p, q = (r + 0.5) / (n + b / 2), (c + 0.5) / (m + b / 2)
    psi = float(np.sum((p - q) * np.log(p / q)))
    per = 1 / n + 1 / m
    g = np.log(p / q) + 1 - q / p
    h = -np.log(p / q) + 1 - p / q
    variance = (
        g @ (np.diag(p) - np.outer(p, p)) @ g / n
        + h @ (np.diag(q) - np.outer(q, q)) @ h / m
        + 2 * (b - 1) * per**2
    )
    debiased = psi - (b - 1) * per
    both = (r + c) > 0
    if both.sum() > 1:
        table = stats.chi2_contingency(np.vstack([r[both], c[both]]), correction=False)
        chi2, chi2_p = float(table.statistic), float(table.pvalue)
    else:
        chi2, chi2_p = 0.0, 1.0
    return {
        "psi": psi,
        "psi_p": float(stats.chi2.sf(psi / per, b - 1)) if b > 1 else 1.0,
        "psi_debiased": debiased,
        "psi_noise": float(per * stats.chi2.ppf(0.99, b - 1)) if b > 1 else 0.0,
        "psi_lo": float(debiased - 2.326 * math.sqrt(variance)),
        "js": float(np.nan_to_num(jensenshannon(r, c, base=2))),
        "hellinger": float(np.sqrt(np.sum((np.sqrt(r / n) - np.sqrt(c / m)) ** 2) / 2)),
        "tvd": float(np.sum(np.abs(r / n - c / m)) / 2),
        "chi2": chi2,
        "chi2_p": chi2_p,
    }


def count(x, edges):
    return np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(edges) + 1)


def reference(x):
    """The index of x among the references."""
    if x.tolist() not in references:
        references.append(x.tolist())
    return references.index(x.tolist())


def numeric(name, ref, cur, ref_nulls, cur_nulls):
    deciles = np.unique(np.quantile(ref, np.arange(1, 10) / 10)) if len(ref) else np.array([])
    r, c = count(ref, deciles).tolist(), count(cur, deciles).tolist()
    if ref_nulls or cur_nulls:
        r.append(ref_nulls)
        c.append(cur_nulls)
    want = spread_bins(r, c)
    want["missing_rate"] = want["null_rate"] = cur_nulls / (cur_nulls + len(cur))
    want["rows"] = cur_nulls + len(cur)
    case = {
        "name": name, "ref": reference(ref), "cur": cur.tolist(),
        "refNulls": ref_nulls, "curNulls": cur_nulls,
        "deciles": deciles.tolist(), "want": want,
    }
    if len(ref) > 1 and len(cur) > 1:
        case["ks"] = float(stats.ks_2samp(ref, cur).statistic)
        n, m = len(ref), len(cur)
        case["ksP"] = float(special.kolmogorov(math.sqrt(n * m / (n + m)) * case["ks"]))
        case["quantiles"] = {k: float(np.quantile(cur, q)) for k, q in
                             {"p01": 0.01, "p05": 0.05, "p50": 0.5, "p95": 0.95, "p99": 0.99}.items()}
        case["moments"] = {"mean": float(cur.mean()), "std": float(cur.std(ddof=1)),
                           "min": float(cur.min()), "max": float(cur.max())}
        sd = ref.std(ddof=1)
        if 0 < sd < math.inf:
            case["moments"] |= {"mean_shift": float((cur.mean() - ref.mean()) / sd),
                                "std_ratio": float(cur.std(ddof=1) / sd)}
        # NumPy squares 1e300 to infinity and 1e-300 to 0; then it is no oracle.
        if not 1e-150 < np.abs(cur).max() < 1e150:
            case["moments"] = {k: case["moments"][k] for k in ("min", "max")}
    return case


def zipf(n, categories, exponent=1.1):
    weights = 1 / np.arange(1, categories + 1) ** exponent
    return rng.choice(categories, n, p=weights / weights.sum())


def tally(values):
    return {f"v{v}": int(k) for v, k in zip(*np.unique(values, return_counts=True))}


def categorical(name, ref, cur, keep, ref_nulls=0, cur_nulls=0):
    """ref and cur are counts by value; keep is the size of the dictionary."""
    n, m = sum(ref.values()) + ref_nulls, sum(cur.values()) + cur_nulls
    known = sorted(ref, key=lambda v: (-ref[v], v))
    own = [v for v in known[:keep] if ref[v] * m / n >= 5]
    r, c = [ref[v] for v in own], [cur.get(v, 0) for v in own]
    other = sum(ref.values()) - sum(r), sum(cur.values()) - sum(c)
    for pair in (other, (ref_nulls, cur_nulls)):
        if any(pair):
            r.append(pair[0])
            c.append(pair[1])
    want = spread_bins(r, c)
    values = sum(cur.values())
    new = sum(k for v, k in cur.items() if v not in ref)
    rare = sum(k for v, k in cur.items() if v in known[keep:])
    cells = [cur.get(v, 0) for v in known[:keep]]
    want["new_rate"] = new / values
    want["new_rate_excess"] = new / values - sum(k == 1 for k in ref.values()) / sum(ref.values())
    want["top_share"] = max(cells) / values
    want["entropy"] = float(stats.entropy(cells + [rare, new]))
    want["missing_rate"] = cur_nulls / m
    return {"name": name, "keep": keep, "ref": ref, "cur": cur, "refNulls": ref_nulls,
            "curNulls": cur_nulls, "bins": len(r), "want": want}


def cases():
    numerics = []
    refs = numeric_shapes(1200)
    for shape, fresh in numeric_shapes(300).items():
        for change, moved in changes(fresh).items():
            numerics.append(numeric(f"{shape}, {change}", np.round(refs[shape], 3), np.round(moved, 3), 0, 0))
    normal = np.round(rng.normal(5, 2, 700), 3)
    numerics += [
        numeric("missing more", normal, normal[:200], 7, 150),
        numeric("missing none now", normal, normal[:200], 70, 0),
        numeric("missing all now", normal, normal[:0], 0, 250),
        numeric("missing all before", normal[:0], normal[:200], 300, 0),
        numeric("all digits", rng.normal(0, 1, 96), rng.normal(0, 1, 48), 0, 0),
        numeric("tiny", normal[:7], normal[7:12], 0, 0),
        numeric("huge numbers", normal * 1e300, normal[:99] * 1.1e300, 0, 0),
        numeric("small numbers", normal * 1e-300, normal[:99] * 1.1e-300, 0, 0),
    ]
    ref60, ref5000 = tally(zipf(4000, 60)), tally(zipf(20000, 5000))
    now = tally(zipf(500, 5000))
    moved = dict(now)
    moved["v7777"] = moved["v0"] // 2
    moved["v0"] -= moved["v7777"]
    categoricals = [
        categorical("zipf 60, none", ref60, tally(zipf(800, 60)), 100),
        categorical("zipf 60, flatter", ref60, tally(zipf(800, 60, 0.6)), 100),
        categorical("zipf 60, short dictionary", ref60, tally(zipf(3000, 60)), 10),
        categorical("zipf 60, missing", ref60, tally(zipf(800, 60)), 100, 40, 160),
        categorical("zipf 5000, none", ref5000, now, 100),
        categorical("zipf 5000, long dictionary", ref5000, now, 5000),
        categorical("zipf 5000, half of the top moved", ref5000, moved, 100),
        categorical("all new", {"v1": 50, "v2": 30}, {"v3": 70}, 100),
        categorical("one row", ref60, {"v1": 1}, 100),
    ]
    pairs = []
    for n, a, m, b in [(1000, 500, 1000, 500), (1000, 500, 1000, 510), (1000, 300, 400, 140), (900, 100, 800, 200),
                       (20, 3, 30, 25), (5000, 2500, 5000, 3100), (10000, 1000, 9000, 4000),
                       (100000, 50000, 1000, 700), (10000, 2000, 10000, 3800), (7, 1, 5, 5)]:
        d = abs(a / n - b / m)
        table = stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False)
        pairs.append({"n": n, "a": a, "m": m, "b": b, "ks": d,
                      "ksP": float(special.kolmogorov(math.sqrt(n * m / (n + m)) * d)),
                      "chi2": float(table.statistic), "chi2P": float(table.pvalue)})
    many = []
    for b in (2, 3, 10, 60, 500, 5000):
        # Every other bin moved, by a factor that spreads the p-values.
        for factor in (1.0, 1.02, 1.1, 1.3, 2.0):
            r = np.full(b, 400)
            c = np.where(np.arange(b) % 2 == 0, round(400 * factor), 400)
            want = spread_bins(r, c)
            many.append({"bins": b, "even": int(c[0]), "want": {
                k: want[k] for k in ("psi", "psi_p", "psi_noise", "chi2_p", "hellinger")}})
    return {"references": references, "numeric": numerics, "categorical": categoricals, "pairs": pairs, "many": many}


if __name__ == "__main__":
    golden = {"numpy": np.__version__, "scipy": scipy.__version__} | cases()
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as f:
        json.dump(golden, f, allow_nan=False, separators=(",", ":"))
        f.write("\n")
