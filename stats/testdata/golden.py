"""Writes golden.json, the oracle of golden_test.go, next to itself.

    pip install numpy scipy mpmath && python golden.py

Every number comes from NumPy, SciPy and mpmath, or is a formula written in them;
the versions are in the file. Data are rounded, and written once, so that it stays
small.
"""

import json
import math
import os

import mpmath
import numpy as np
import scipy
from scipy import special, stats
from scipy.spatial.distance import jensenshannon

samples = []  # of the numeric cases, each written once
tallies = []  # of the categorical ones
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
        "few levels": rng.choice([-2.5, 0, 1, 4], n, p=[0.05, 0.15, 0.5, 0.3]),
    }


def changes(x):
    spread = np.std(x) or 1.0
    return {
        "none": x,
        "shift": x + np.round(0.6 * spread, 2),
        "down": x - np.round(0.3 * spread, 2),
        "scale": x * 1.5,
    }


def small_bins(r, c):
    """Which bins are too small for the chi-squared law: noise.go."""
    n, m = r.sum(), c.sum()
    limit = 20 if len(r) <= 3 else 10
    return (r + c) * min(n, m) < limit * (n + m) if len(r) > 1 else np.zeros(1, bool)


def term(k, total, few, many, half):
    a, b = (k + 0.5) / (few + half), (total - k + 0.5) / (many + half)
    return (a - b) * np.log(a / b)


def noise(r, c):
    """The first three cumulants of PSI without drift."""
    n, m, half = r.sum(), c.sum(), len(r) / 2
    few, many, per = min(n, m), max(n, m), 1 / n + 1 / m
    small = small_bins(r, c)
    freedom = np.sum((1 - (r + c) / (n + m))[~small])
    law = np.array([freedom * per, 2 * freedom * per**2, 8 * freedom * per**3])
    for total in (r + c)[small]:
        k = np.arange(max(0, total - many), min(total, few, 400) + 1)
        p = stats.hypergeom.pmf(k, n + m, total, few)
        x = term(k, total, few, many, half)
        mean = p @ x
        law += [mean, p @ (x - mean) ** 2, p @ (x - mean) ** 3]
    return law


def discrete_p(r, c, psi):
    """The exact chance where all bins but the largest are small."""
    n, m, half = r.sum(), c.sum(), len(r) / 2
    few, many = min(n, m), max(n, m)
    totals = np.sort(r + c)[::-1]
    others = totals[1:]
    if not all(t * few < 20 * (n + m) for t in others):
        return None
    k1 = np.arange(min(others[0], few, 400) + 1)
    p1 = stats.hypergeom.pmf(k1, n + m, others[0], few)
    p, x, left = p1, term(k1, others[0], few, many, half), few - k1
    if len(others) == 2:
        k2 = np.arange(min(others[1], few, 400) + 1)
        p = p1[:, None] * stats.hypergeom.pmf(k2[None, :], n + m - others[0], others[1], (few - k1)[:, None])
        x = x[:, None] + term(k2, others[1], few, many, half)[None, :]
        left = (few - k1)[:, None] - k2[None, :]
    possible = (p > 0) & (left >= 0) & (left <= totals[0])
    x = np.where(possible, x + term(np.where(possible, left, 0), totals[0], few, many, half), 0)
    return float(np.sum(p[possible & (x >= psi * (1 - 1e-12))]))


def psi_noise(r, c, psi):
    """The chance of a psi as large without drift, and the 1 % point."""
    b, per = len(r), 1 / r.sum() + 1 / c.sum()
    if b == 1:
        return 1.0, 0.0
    p, point = float(stats.chi2.sf(psi / per, b - 1)), float(per * stats.chi2.ppf(0.99, b - 1))
    if not small_bins(r, c).any():
        return p, point
    mean, variance, third = noise(r, c)
    least = 1e-9 * mean**2
    fits = variance > least and third > least * mean
    if fits:
        scale = third / (4 * variance)
        freedom = variance / (2 * scale**2)
        shift = mean - scale * freedom
        point = max(point, float(shift + scale * stats.chi2.ppf(0.99, freedom)))
    exact = discrete_p(r, c, psi) if b <= 3 else None
    if exact is not None:
        p = max(p, exact)
    elif fits:
        p = max(p, float(stats.chi2.sf((psi - shift) / scale, freedom)))
    return p, point


def spread_bins(counts_ref, counts_cur):
    """All statistics of aligned bins, from their counts."""
    r, c = np.asarray(counts_ref, float), np.asarray(counts_cur, float)
    some = (r + c) > 0
    r, c = r[some], c[some]
    n, m, b = r.sum(), c.sum(), len(r)
    p, q = (r + 0.5) / (n + b / 2), (c + 0.5) / (m + b / 2)
    psi = float(np.sum((p - q) * np.log(p / q)))
    g = np.log(p / q) + 1 - q / p
    h = -np.log(p / q) + 1 - p / q
    mean, variance, _ = noise(r, c)
    variance += (
        g @ (np.diag(p) - np.outer(p, p)) @ g / n
        + h @ (np.diag(q) - np.outer(q, q)) @ h / m
    )
    psi_p, point = psi_noise(r, c, psi)
    chi2, chi2_p, cramer = 0.0, 1.0, 0.0
    if b > 1:
        table = stats.chi2_contingency(np.vstack([r, c]), correction=False)
        chi2, chi2_p = float(table.statistic), float(table.pvalue)
        cramer = float(stats.contingency.association(np.vstack([r, c]).astype(int), method="cramer"))
    return {
        "psi": psi,
        "psi_p": psi_p,
        "psi_debiased": float(psi - mean),
        "psi_noise": point,
        "psi_lo": float(psi - mean - 2.326 * math.sqrt(variance)),
        "js": float(np.nan_to_num(jensenshannon(r, c, base=2))),
        "hellinger": float(np.sqrt(np.sum((np.sqrt(r / n) - np.sqrt(c / m)) ** 2) / 2)),
        "tvd": float(np.sum(np.abs(r / n - c / m)) / 2),
        "chi2": chi2,
        "chi2_p": chi2_p,
        "cramer_v": cramer,
    }


def count(x, edges):
    return np.bincount(np.searchsorted(edges, x, side="left"), minlength=len(edges) + 1)


def sample(x):
    """The index of x among the samples; many rows are written as counts."""
    if len(x) > 5000:
        values, counts = np.unique(x, return_counts=True)
        written = {"values": values.tolist(), "counts": counts.tolist()}
    else:
        written = {"values": x.tolist()}
    if written not in samples:
        samples.append(written)
    return samples.index(written)


def bin_ends(x):
    """Deciles, and just below each that more than a tenth of the values equal."""
    if not len(x):
        return np.array([])
    deciles = np.unique(np.quantile(x, np.arange(1, 10) / 10))
    heavy = [np.nextafter(d, -np.inf) for d in deciles if np.sum(x == d) * 10 > len(x)]
    return np.unique(np.concatenate([deciles, heavy]))


def area(ref, cur):
    """The area between the distribution functions, from the reference's 0.1 to
    its 99.9 % quantile, and the share of cur outside. With n values the quantiles
    are passed by 1/n."""
    n = len(ref)
    each = 1 / n if n >= 100 else 0
    cuts = np.unique(np.concatenate([np.quantile(ref, [0.001, 0.999]), ref, np.nextafter(ref, -np.inf), [0, np.nextafter(0, -1)]]))
    f = np.searchsorted(np.sort(ref), cuts, side="right") / n
    low = cuts[f <= 0.001 + each].max(initial=cuts[0])
    high = cuts[f >= 1 - 0.001 - each].min(initial=cuts[-1])
    at = np.unique(np.concatenate([ref, cur, [low, high]]))
    at = at[(at >= low) & (at <= high)]
    gap = np.abs(np.searchsorted(np.sort(ref), at, side="right") / n - np.searchsorted(np.sort(cur), at, side="right") / len(cur))
    return float(gap[:-1] @ np.diff(at)), float(np.mean((cur <= low) | (cur > high)))


def exact(ref, cur):
    """What is known exactly where each value has a cell of its own."""
    w, outside = area(ref, cur)
    iqr = np.quantile(ref, 0.75) - np.quantile(ref, 0.25)
    spread = iqr or np.quantile(ref, 0.95) - np.quantile(ref, 0.05)
    want = {"wasserstein": w, "tail_rate": outside, "top_share": float(np.unique(cur, return_counts=True)[1].max() / len(cur))}
    if iqr:
        want["wasserstein_norm"] = float(w / (iqr / 1.349))
        want["iqr_ratio"] = float((np.quantile(cur, 0.75) - np.quantile(cur, 0.25)) / iqr)
    if spread:
        for name, q in {"p01": 0.01, "p05": 0.05, "p50": 0.5, "p95": 0.95, "p99": 0.99}.items():
            want[name + "_shift"] = float((np.quantile(cur, q) - np.quantile(ref, q)) / spread)
        want["median_shift"] = want["p50_shift"]
    return want


def numeric(name, ref, cur, ref_nulls, cur_nulls):
    ends = bin_ends(ref)
    r, c = count(ref, ends).tolist(), count(cur, ends).tolist()
    r.append(ref_nulls)
    c.append(cur_nulls)
    want = spread_bins(r, c)
    del want["cramer_v"]
    want["missing_rate"] = want["null_rate"] = cur_nulls / (cur_nulls + len(cur))
    case = {
        "name": name, "ref": sample(ref), "cur": sample(cur),
        "refNulls": ref_nulls, "curNulls": cur_nulls,
        "binEnds": ends.tolist(), "want": want,
    }
    if len(ref) > 1 and len(cur) > 1:
        want["zero_rate"], want["negative_rate"] = float(np.mean(cur == 0)), float(np.mean(cur < 0))
        want["constant_changed"] = float(len(set(ref)) == 1 and set(ref) != set(cur))
        if len(set(ref)) <= 200 and set(cur) <= set(ref):
            case["exact"] = exact(ref, cur)
        if np.abs(ref).max() < 1e150:
            case["area"] = area(ref, cur)[0]
        case["ks"] = float(stats.ks_2samp(ref, cur).statistic)
        n, m = len(ref), len(cur)
        case["ksP"] = float(special.kolmogorov(math.sqrt(n * m / (n + m)) * case["ks"]))
        case["quantiles"] = {k: float(np.quantile(cur, q)) for k, q in
                             {"p01": 0.01, "p05": 0.05, "p50": 0.5, "p95": 0.95, "p99": 0.99}.items()}
        case["moments"] = {"min": float(cur.min()), "max": float(cur.max())}
        sd = ref.std(ddof=1)
        if 0 < sd < math.inf:  # values that far out are left out of the moments
            cur = cur[np.abs(cur - ref.mean()) <= 2**20 * sd]
        case["moments"] |= {"mean": float(cur.mean()), "std": float(cur.std(ddof=1))}
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


def tallied(counts):
    if counts not in tallies:
        tallies.append(counts)
    return tallies.index(counts)


def categorical(name, ref, cur, keep, ref_nulls=0, cur_nulls=0):
    """ref and cur are counts by value; keep is the size of the dictionary."""
    n, m = sum(ref.values()) + ref_nulls, sum(cur.values()) + cur_nulls
    known = sorted(ref, key=lambda v: (-ref[v], v))
    one = (n + m) / min(n, m)
    both = sorted((ref[v] + cur.get(v, 0) for v in known[:keep]), reverse=True)
    enough = max(min(10 * one, both[7] if len(both) > 7 else 0), one)
    if len(known) > keep:
        last = ref[known[keep - 1]]
        enough = max(enough, (last + 3 * math.sqrt(last)) * (n + m) / n)
    own = [v for v in known[:keep] if ref[v] + cur.get(v, 0) >= enough]
    r, c = [ref[v] for v in own], [cur.get(v, 0) for v in own]
    r += [sum(ref.values()) - sum(r), ref_nulls]
    c += [sum(cur.values()) - sum(c), cur_nulls]
    want = spread_bins(r, c)
    values = sum(cur.values())
    new = sum(k for v, k in cur.items() if v not in ref)
    kept = set(known[:keep])
    rare = sum(k for v, k in cur.items() if v in ref and v not in kept)
    cells = [cur.get(v, 0) for v in known[:keep]]
    want["new_rate"] = new / values
    want["new_rate_excess"] = new / values - sum(k == 1 for k in ref.values()) / sum(ref.values())
    want["top_share"] = max(cells) / values
    want["entropy"] = float(stats.entropy(cells + [rare, new]))
    want["missing_rate"] = cur_nulls / m
    want["lost_categories"] = sum(cur.get(v, 0) == 0 and ref[v] / n >= 0.01 and ref[v] / n * m >= 10 for v in known[:keep])
    return {"name": name, "keep": keep, "ref": tallied(ref), "cur": tallied(cur), "refNulls": ref_nulls,
            "curNulls": cur_nulls, "bins": sum(a + b > 0 for a, b in zip(r, c)), "want": want}


def survivals():
    """Chi-squared's survival from 40 digits, by (degrees of freedom, x)."""
    rows = []
    for freedom in (0.3, 1, 1.7, 2, 9, 15.73, 19, 59, 100, 1000, 4999):
        for p in (0.9, 0.5, 0.1, 0.01, 1e-3, 1e-6, 1e-12, 1e-30, 1e-80, 1e-150, 1e-250, 1e-299):
            x = float(stats.chi2.isf(p, freedom))
            mpmath.mp.dps = 40
            rows.append([freedom, x, float(mpmath.gammainc(mpmath.mpf(freedom) / 2, mpmath.mpf(x) / 2, mpmath.inf, regularized=True))])
    return rows


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
        numeric("one row", normal, normal[:1], 0, 0),
        numeric("small window", refs["integers"], np.round(refs["integers"][:60], 3), 3, 0),
        numeric("huge numbers", normal * 1e300, normal[:99] * 1.1e300, 0, 0),
        numeric("small numbers", normal * 1e-300, normal[:99] * 1.1e-300, 0, 0),
    ]
    huge = np.round(rng.normal(50, 1, 100_000), 2)
    for change, moved in changes(np.round(rng.normal(50, 1, 20_000), 2)).items():
        numerics.append(numeric(f"huge n, {change}", huge, np.round(moved, 2), 1, 0))
    for change, moved in changes(normal[7:19]).items():
        numerics.append(numeric(f"tiny n, {change}", normal[:7], np.round(moved, 3), 0, 0))
    numerics += [
        numeric("flag falls", refs["two valued"], np.zeros(300), 0, 0),
        numeric("flag is too often 0", refs["two valued"], (rng.random(300) < 0.8).astype(float), 0, 0),
        numeric("constant falls", refs["constant"], np.full(300, 41.0), 0, 0),
        numeric("a rare null", refs["uniform"], np.round(rng.uniform(-1, 1, 300), 3), 1, 0),
        numeric("rare nulls", refs["few levels"], rng.choice([-2.5, 0, 1, 4], 120), 9, 4),
        numeric("one of 1e9 in 30000", huge[:30_000], np.append(huge[30_000:59_999], 1e9), 0, 0),
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
        categorical("small reference", tally(zipf(300, 60)), tally(zipf(9000, 60)), 100),
        categorical("a category lost", {"a": 900, "b": 80, "c": 20}, {"a": 190, "c": 10}, 100),
        categorical("a category that may be by chance", {"a": 900, "b": 80, "c": 20}, {"a": 99, "b": 1}, 100),
    ]
    for size, rows, window in ((60, 4000, 700), (5000, 20000, 2000), (100_000, 30_000, 4000)):
        ref = tally(zipf(rows, size))
        fresh = zipf(window, size)
        for change, values in {"none": fresh, "shift": fresh + 2, "scale": zipf(window, size, 0.9)}.items():
            categoricals.append(categorical(f"zipf {size} x {change}", ref, tally(values), 100))
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
    return {"samples": samples, "tallies": tallies, "numeric": numerics, "categorical": categoricals,
            "pairs": pairs, "many": many, "survivals": survivals()}


if __name__ == "__main__":
    golden = {"numpy": np.__version__, "scipy": scipy.__version__, "mpmath": mpmath.__version__} | cases()
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden.json"), "w") as f:
        json.dump(golden, f, allow_nan=False, separators=(",", ":"))
        f.write("\n")
