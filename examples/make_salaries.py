# Lives here: the salary tables of the README, made from random numbers. Independent of: the library.
"""Makes salaries.csv, 2,000 invented employees, and salaries_next_year.csv, 800 more of a year later.

``python make_salaries.py [FOLDER]`` writes them, by default beside this file. The salary depends on few of the columns:
level, title, education, city, experience, hours, the logarithm of the employer's revenue, and the last rating; the
other columns have no effect. A few cells are missing. The year after differs on purpose: salaries have risen by
6 percent, employees are less experienced, employers larger, and some work in a city that the first table lacks.
"""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

N_FIRST, N_NEXT = 2000, 800
CITIES = ("Amsterdam", "Berlin", "Bordeaux", "Bristol", "Cork", "Dresden", "Dublin", "Ghent", "Glasgow", "Graz",
          "Leeds", "Leipzig", "London", "Lyon", "Munich", "Nantes", "Paris", "Porto", "Utrecht", "Zurich")
CITY_PAY = {"London": 9000, "Munich": 6000, "Paris": 5000, "Zurich": 21000, "Porto": -8000}
TITLES = ("accountant", "analyst", "architect", "assistant", "buyer", "controller", "data engineer", "designer",
          "developer", "engineer", "lawyer", "manager", "product owner", "recruiter", "researcher", "sales manager",
          "support agent", "technician", "tester", "writer")
TITLE_PAY = {"architect": 7000, "data engineer": 6000, "developer": 4500, "lawyer": 12000, "manager": 9000,
             "support agent": -6000, "assistant": -7500}
LEVELS = ("junior", "regular", "senior", "lead", "principal")
LEVEL_PAY = dict(zip(LEVELS, (-6000, 0, 9000, 17000, 30000), strict=True))
EDUCATIONS = ("school", "vocational", "bachelor", "master", "doctorate")
EDUCATION_PAY = dict(zip(EDUCATIONS, (-2500, 0, 0, 3000, 5000), strict=True))
CONTRACTS = ("permanent", "fixed term", "agency", "apprentice")
NOISE, RISE = 4500.0, 1.06
N_MISSING = {"commute_km": 12, "education": 9, "rating_2025": 15}


def people(rng: np.random.Generator, n: int, later: bool) -> dict[str, np.ndarray]:
    """The columns but salary."""
    age = np.clip(rng.normal(40, 10, n), 19, 66)
    started = rng.uniform(18, 25, n)
    experience = np.maximum(0.0, age - started - rng.exponential(1.5, n) - (4.0 if later else 0.0))
    cities = (*CITIES, "Lisbon") if later else CITIES
    popularity = 1.0 / np.arange(1, len(CITIES) + 1)
    shares = popularity[np.argsort([city[::-1] for city in CITIES])]
    shares = np.append(shares, 0.35) if later else shares
    quality = rng.normal(0, 1, n)
    revenue = np.exp(rng.normal(3.5 + (0.6 if later else 0.0), 1.4, n))
    first_day, last_day = np.datetime64("2009-01-01"), np.datetime64("2026-12-01" if later else "2025-12-01")
    tenure = np.minimum(rng.exponential(4.0, n), experience)
    hired = np.maximum(first_day, last_day - (tenure * 365.25).astype("timedelta64[D]"))
    return {
        "hired": hired.astype(str), "age": age.astype(int), "experience_years": experience.round(1),
        "tenure_years": tenure.round(1), "level": pick_level(rng, experience, quality),
        "title": rng.choice(TITLES, n, p=_shares(len(TITLES), 0.6)), "education": rng.choice(
            EDUCATIONS, n, p=(0.1, 0.25, 0.35, 0.25, 0.05)),
        "city": rng.choice(cities, n, p=shares / shares.sum()),
        "contract": rng.choice(CONTRACTS, n, p=(0.84, 0.12, 0.035, 0.005)),
        "remote": np.where(rng.random(n) < 0.35, "True", "False"),
        "hours_per_week": rng.choice((20, 24, 30, 32, 36, 38, 40), n, p=(0.04, 0.04, 0.06, 0.1, 0.16, 0.2, 0.4)),
        "overtime_hours": rng.gamma(1.2, 2.0, n).round(1), "team_size": 2 + rng.poisson(rng.gamma(2.0, 4.0, n)),
        "revenue_million": revenue.round(1), "employees": np.maximum(3, revenue * np.exp(
            rng.normal(1.7, 0.5, n))).astype(int), "commute_km": rng.gamma(1.3, 11.0, n).round(1),
        "rating_2023": rating(rng, quality), "rating_2024": rating(rng, quality), "rating_2025": rating(rng, quality),
        "training_days": rng.poisson(3.0, n), "sick_days": rng.poisson(rng.gamma(1.5, 4.0, n)),
        "languages": 1 + rng.binomial(4, 0.25, n), "certificates": rng.poisson(0.8, n),
        "company_car": rng.binomial(1, 0.07, n), "night_shifts": rng.binomial(1, 0.008, n),
        "on_call": rng.binomial(1, 0.012, n), "relocated": rng.binomial(1, 0.005, n)}


def pick_level(rng: np.random.Generator, experience: np.ndarray, quality: np.ndarray) -> np.ndarray:
    """Levels, higher ones with experience."""
    score = 0.12 * experience + 0.4 * quality + rng.normal(0, 0.8, len(experience))
    return np.array(LEVELS)[np.searchsorted((0.6, 2.4, 4.0, 5.2), score)]


def rating(rng: np.random.Generator, quality: np.ndarray) -> np.ndarray:
    """A rating from 1 to 5 with one decimal; those of three years resemble each other."""
    return np.clip(3.2 + 0.7 * quality + rng.normal(0, 0.25, len(quality)), 1, 5).round(1)


def salary_of(table: dict[str, np.ndarray], rng: np.random.Generator) -> np.ndarray:
    """Yearly salary, in multiples of ten."""
    paid = 30_000 + 650 * table["experience_years"] + 2200 * np.log(table["revenue_million"] + 1)
    paid += 700 * (table["hours_per_week"] - 38) + 2500 * (table["rating_2025"] - 3)
    for name, effects in (("level", LEVEL_PAY), ("title", TITLE_PAY), ("education", EDUCATION_PAY),
                          ("city", CITY_PAY)):
        paid += np.array([effects.get(value, 0) for value in table[name].tolist()])
    return (paid + rng.normal(0, NOISE, len(paid))).round(-1).astype(int)


def _shares(n: int, power: float) -> np.ndarray:
    shares = np.arange(1, n + 1) ** -power
    return shares / shares.sum()


def table_of(seed: int, n: int, later: bool) -> dict[str, list[str]]:
    """All columns as text, with missing cells."""
    rng = np.random.default_rng(seed)
    columns = people(rng, n, later)
    salary = salary_of(columns, rng)
    cells = {name: list(map(str, values.tolist())) for name, values in columns.items()}
    cells["salary"] = list(map(str, (salary * (RISE if later else 1.0)).round(-1).astype(int).tolist()))
    for name, n_missing in N_MISSING.items():
        for row in rng.choice(n, n_missing if not later else n_missing // 3, replace=False).tolist():
            cells[name][row] = ""
    return cells


def write(file: Path, cells: dict[str, list[str]]) -> None:
    """A CSV file."""
    lines = [",".join(cells), *(",".join(row) for row in zip(*cells.values(), strict=True))]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def main(folder: Path) -> None:
    """Write both tables."""
    write(folder / "salaries.csv", table_of(1, N_FIRST, later=False))
    write(folder / "salaries_next_year.csv", table_of(2, N_NEXT, later=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
