# Makes trend.json: sequences and Spearman's rank correlation with their order, by
# SciPy.  python3 trend.py > trend.json
import json
import random

from scipy.stats import spearmanr

random.seed(7)
cases = []
for i in range(150):
    n = random.choice([8, 9, 13, 40])
    slope = random.choice([0, 0.2, 0.5, 1, 3, -1, -3])
    digits = random.choice([0, 1, 3])
    xs = [round(slope * k / n + 0.4 * random.gauss(0, 1), digits) for k in range(n)]
    if len(set(xs)) > 1:
        cases.append({"xs": xs, "rho": round(float(spearmanr(range(n), xs).statistic), 12)})
print("[" + ",\n".join(json.dumps(c) for c in cases) + "]")
