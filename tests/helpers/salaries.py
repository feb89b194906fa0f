# Lives here: a small table of employees for tests of commands. Independent of: what they compute.
"""Numbers, skewed and correlated ones, rare flags, text with rare categories, a date, and a known truth."""
from __future__ import annotations

import numpy as np
from helpers.commands import pandas

N_ROWS = 240


def make_salaries(seed=0, n=N_ROWS, shift=0.0, cities=("oslo", "rome", "bern", "lima"), shares=(0.6, 0.34, 0.03, 0.03)):
    rng = np.random.default_rng(seed)
    size = np.exp(1.3 * rng.standard_normal(n) + shift)
    years = rng.uniform(0, 30, n) + 10 * shift
    table = pandas.DataFrame({
        "hired": pandas.Timestamp("2024-01-01") - pandas.to_timedelta((365 * years).astype(int), unit="D"),
        "years": years.round(2), "age": (years + 25 + rng.standard_normal(n)).round(1), "size": size.round(4),
        "noise": rng.standard_normal(n).round(4), "night": 1 * (rng.random(n) < 0.03),
        "car": 1 * (rng.random(n) < 0.03), "city": rng.choice(cities, n, p=shares)})
    pay = 3 + 0.1 * table.years + np.log(table["size"]) + 2 * (table.city == "oslo") + 0.5 * rng.standard_normal(n)
    table["pay"] = (pay + shift).round(4)
    table["hired"] = table.hired.dt.strftime("%Y-%m-%d")
    return table
