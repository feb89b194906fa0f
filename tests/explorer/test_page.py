# Lives here: tests of the page as Python writes it. Independent of: browsers.
"""What is in the file: the numbers, the policy, hostile names, its size, errors."""
import json
import re
import zlib
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import LassoCV as SklearnLassoCV
from sklearn.model_selection import KFold, ShuffleSplit

import lassocore
from lassocore.explorer.assemble import check_enclosed
from lassocore.explorer.contents import contents_of, shown
from lassocore.explorer.fit_data import fit_data
from lassocore.explorer.optimality import candidate_factors, factors_of, why_not
from lassocore.explorer.page import page_of, write_lesson
from lassocore.explorer.payload import decode, encode
from lassocore.models.path_json import path_from_dict, path_to_dict

PAYLOAD = re.compile(r'<script type="text/plain" id="payload">([^<]*)</script>')
CODE_BYTES = 330_000                # of the page without data, at most


def read(text):
    """(header, arrays) in a page."""
    return decode(PAYLOAD.search(text)[1])


def coefs_in(header, arrays):
    """The dense coefficients in a page, (n_features, n_alphas), or with tasks in front."""
    n_alphas, keys = len(arrays["alphas"]), arrays["keys"]
    rows, levels = arrays["features"][keys // n_alphas], keys % n_alphas
    tasks = arrays["values"].reshape(-1, len(keys))
    coefs = np.zeros((len(tasks), header["n_features"], n_alphas), tasks.dtype)
    coefs[:, rows, levels] = tasks
    return coefs[0] if header["tasks"] is None else coefs


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_coefficients_in_the_page_are_those_of_the_path(diabetes, dtype):
    path = lassocore.fit_path(diabetes.X.to_numpy(dtype), diabetes.y)
    header, arrays = read(page_of(path))
    assert_array_equal(coefs_in(header, arrays), path.coefs)
    assert coefs_in(header, arrays).dtype == path.coefs.dtype
    for name, values in (("alphas", path.alphas), ("intercepts", path.intercepts), ("r2", path.r2),
                         ("gaps", path.dual_gaps), ("converged", path.converged), ("n_iter", path.n_iter)):
        assert_array_equal(arrays[name], values)


def test_coefficients_of_tasks_are_in_the_page(tasks):
    assert_array_equal(coefs_in(*read(page_of(tasks.path))), tasks.path.coefs)


def test_arrays_come_back_from_the_payload():
    rng = np.random.default_rng(3)
    arrays = {"a": rng.standard_normal(1000), "b": np.sort(rng.integers(0, 2 ** 32, 100)), "c": np.array([], float),
              "d": rng.random(7) < 0.5, "e": rng.standard_normal(5).astype(np.float32),
              "f": np.array([np.inf, -0.0, np.nan, 5e-324])}
    header, found = decode(encode({"name": "\u00e9</script>"}, arrays, ("b",)))
    assert header == {"name": "\u00e9</script>"}
    for name, values in arrays.items():
        assert_array_equal(found[name], values)


def test_the_policy_allows_the_page_and_nothing_else(diabetes_page):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', diabetes_page)[1]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"] and "unsafe" not in policy and "http" not in policy
    scripts, styles = re.findall(r"<script>(.*?)</script>", diabetes_page, re.S), re.findall(
        r"<style>(.*?)</style>", diabetes_page, re.S)
    assert diabetes_page.index("Content-Security-Policy") < diabetes_page.index("<style>")
    for source, texts in (("script-src", scripts), ("style-src", styles)):
        hashes = [f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'" for text in texts]
        assert texts and hashes == rules[source]


def test_the_page_refers_to_nothing_outside(diabetes_page):
    visible = PAYLOAD.sub("", diabetes_page)
    addresses = set(re.findall(r"https?://[\w./]+", visible))
    assert addresses <= {"http://www.w3.org/2000/svg"}           # a namespace
    assert not re.search(r"\bsrc=|@import|url\((?!%23|#)", visible)


HOSTILE = ["</script><img src=x onerror=alert(1)>", "<!--", "a\"b'c&d", "\u202egnp.exe", "\ud800", "{{payload}}",
           "=1+1", "x" * 5000, "\u03b1\u03b2\U0001f600", ""]


def test_hostile_names_stay_text():
    path = lassocore.fit_path(np.eye(len(HOSTILE)), np.arange(1.0, 1.0 + len(HOSTILE)), alphas=[0.0])
    path = replace(path, feature_names=tuple(HOSTILE))
    text = page_of(path, title="Path of </title><script>alert(2)</script>{{payload}}")
    assert "<title>Path of &lt;/title&gt;&lt;script&gt;alert(2)&lt;/script&gt;{{payload}}</title>" in text
    assert "alert(" not in text.replace("alert(2)&lt;", "")
    names = [shown(name) if name else f"column {j}" for j, name in enumerate(HOSTILE)]
    assert read(text)[0]["names"] == names
    text.encode()                    # no lone surrogate is left


def test_the_file_is_hardly_larger_than_its_coefficients(wide, wide_page):
    coefs = wide.coefs_sparse
    compressed = len(zlib.compress(b"".join(part.tobytes() for part in (coefs.data, coefs.indices, coefs.indptr)), 6))
    assert len(wide_page) <= 3 * compressed + CODE_BYTES
    empty = lassocore.fit_path(np.eye(3), np.arange(3.0), alphas=[10.0])
    assert len(page_of(empty)) < CODE_BYTES


def test_a_sparse_path_of_many_features_keeps_the_selected_ones():
    rng = np.random.default_rng(5)
    X = rng.standard_normal((60, 200_000)).astype(np.float32)
    path = lassocore.fit_path(X, X[:, :5].sum(axis=1), alphas=10, eps=0.2)
    text = page_of(path)
    header, arrays = read(text)
    assert header["n_features"] == 200_000 and len(header["names"]) == len(arrays["features"]) < 60
    assert len(text) < CODE_BYTES


@pytest.mark.parametrize("options", [
    {}, {"standardize": True}, {"l1_ratio": 0.5}, {"l1_ratio": 0.5, "standardize": True}, {"fit_intercept": False},
    {"sample_weight": np.linspace(0.5, 2.0, 442), "penalty_factor": np.arange(10.0)}], ids=str)
def test_selected_features_are_at_their_bound(diabetes, options):
    path = lassocore.fit_path(diabetes.X, diabetes.y, tol=1e-12, **options)
    header, arrays = read(page_of(path, X=diabetes.X, y=diabetes.y, cv=3))
    shares = arrays["optimality"].reshape(len(arrays["optimality_features"]), -1) / (path.l1_ratio * path.alphas)
    selected = path.coefs[arrays["optimality_features"]] != 0.0
    assert selected.any() and not selected.all()
    assert_allclose(shares[selected], 1.0, rtol=1e-4)
    assert shares.max() < 1.0001
    plain = "penalty_factor" not in options
    assert header["refit"] == ({"standardize": options.get("standardize", False), "positive": False, "weighted": False,
                                "fit_intercept": options.get("fit_intercept", True)} if plain else None)
    cv = lassocore.ElasticNetCV(alphas=path.alphas, cv=3, l1_ratio=path.l1_ratio, refit=False, **{
        name: value for name, value in options.items() if name not in ("sample_weight", "l1_ratio")})
    cv.fit(diabetes.X, diabetes.y, sample_weight=options.get("sample_weight"))
    assert_allclose(arrays["cv_means"], cv.mse_mean_, rtol=1e-8)


@pytest.mark.parametrize("options", [
    {"positive": True}, {"bounds": (-100.0, 300.0)}, {"sample_weight": np.linspace(0.5, 2.0, 442)},
    {"standardize": True, "penalty_factor": np.arange(1.0, 11.0)}, {"relax": 0.5},
    {"l1_ratio": 0.0, "alphas": [1.0, 0.5]}], ids=str)
def test_only_settings_that_an_estimator_repeats_are_told(diabetes, options):
    path = lassocore.fit_path(diabetes.X, diabetes.y, **options)
    header, _ = read(page_of(path, X=diabetes.X, y=diabetes.y))
    refit = header["refit"]
    assert (refit is not None) == (not {"bounds", "penalty_factor", "relax", "l1_ratio"} & set(options))
    if refit is not None:
        assert refit["positive"] == ("positive" in options) and refit["weighted"] == ("sample_weight" in options)
    assert read(page_of(path))[0].get("refit") is None


def test_names_of_which_nothing_would_be_seen(diabetes):
    names = ["", "  ", "\u200b\u202e", *list(diabetes.X.columns)[3:]]
    path = lassocore.fit_path(diabetes.X.set_axis(names, axis=1), diabetes.y)
    header, arrays = read(page_of(path))
    assert arrays["features"].tolist() == list(range(10))
    assert header["names"] == ["column 0", "column 1", "column 2", *names[3:]]


def test_conditions_by_hand(diabetes):
    X, y, path = diabetes.X.to_numpy(), diabetes.y.to_numpy(), diabetes.path
    _, arrays = read(page_of(path, X=diabetes.X, y=diabetes.y))
    correlations = np.abs((X - X.mean(axis=0)).T @ (y[:, None] - path.predict(diabetes.X))) / len(y)
    assert_allclose(arrays["optimality"].reshape(10, -1), correlations[arrays["optimality_features"]], rtol=1e-5,
                    atol=1e-6)
    assert_allclose(arrays["scales"], X[:, arrays["features"]].std(axis=0))


def test_conditions_of_tasks(tasks):
    _, arrays = read(page_of(tasks.path, X=tasks.X, y=tasks.Y))
    shares = arrays["optimality"].reshape(len(arrays["optimality_features"]), -1) / tasks.path.alphas
    selected = (tasks.path.coefs[:, arrays["optimality_features"]] != 0.0).any(axis=0)
    assert_allclose(shares[selected], 1.0, rtol=1e-3)
    assert shares.max() < 1.001


def test_many_features_are_ranked_by_how_early_they_enter():
    rng = np.random.default_rng(6)
    X = rng.standard_normal((40, 1000))
    y = X[:, 3] + 0.1 * np.sin(np.arange(40.0))
    path = lassocore.fit_path(X, y, alphas=20, eps=0.1)
    header, arrays = read(page_of(path, X=X, y=y))
    assert len(arrays["optimality_features"]) == 300 and header["n_penalised"] == 1000
    assert set(path.entries[0]) <= set(arrays["optimality_features"])


def test_r2_between_alphas_is_exact(diabetes):
    path, k, t = diabetes.path, 20, 0.3
    _, arrays = read(page_of(path, X=diabetes.X, y=diabetes.y))
    between = (1 - t) ** 2 * path.r2[k] + 2 * t * (1 - t) * arrays["r2_cross"][k] + t ** 2 * path.r2[k + 1]
    alpha = (1 - t) * path.alphas[k] + t * path.alphas[k + 1]
    assert_allclose(between, path.score(diabetes.X, diabetes.y, alpha=alpha), rtol=1e-10)


def test_residuals_in_blocks_are_those_of_one_block(diabetes, monkeypatch):
    whole = read(page_of(diabetes.path, X=diabetes.X, y=diabetes.y))[1]
    monkeypatch.setattr("lassocore.explorer.fit_data.BLOCK_NUMBERS", 442 * 7)
    parts = read(page_of(diabetes.path, X=diabetes.X, y=diabetes.y))[1]
    for name in ("r2_cross", "scales", "optimality"):
        assert_allclose(parts[name], whole[name], rtol=1e-6)


def test_validation_is_that_of_the_model(diabetes):
    header, arrays = read(page_of(diabetes.path, cv=diabetes.cv))
    assert_array_equal(arrays["cv_alphas"], diabetes.cv.alphas_)
    assert_array_equal(arrays["cv_means"], diabetes.cv.mse_mean_)
    assert_array_equal(arrays["cv_errors"], diabetes.cv.mse_se_)
    found = header["validation"]
    assert arrays["cv_alphas"][found["best"]] == diabetes.cv.alpha_min_
    assert arrays["cv_alphas"][found["one_se"]] == diabetes.cv.alpha_1se_
    counts = (diabetes.cv.coef_path_ != 0.0).sum(axis=0).T[arrays["features"]]
    assert_array_equal(arrays["shares"].reshape(counts.shape), counts)


@pytest.mark.parametrize("make", [
    lambda X, y: lassocore.LassoCV(cv=3, keep_coefs="sparse").fit(X, y),
    lambda X, y: lassocore.ElasticNetCV(cv=3, l1_ratio=[0.5, 1.0], keep_coefs=True).fit(X, y),
    lambda X, y: lassocore.ElasticNetCV(cv=3, l1_ratio=[1.0, 0.5], keep_coefs="sparse").fit(X, y),
    lambda X, y: lassocore.LassoCV(cv=3, scoring="r2").fit(X, y),
    lambda X, y: lassocore.LassoCV(cv=ShuffleSplit(1, random_state=0)).fit(X, y),
    lambda X, y: SklearnLassoCV(cv=3).fit(X, y)],
    ids=["sparse", "two ratios", "two ratios, sparse", "score", "one fold", "scikit-learn"])
def test_models_of_all_kinds_give_a_curve(diabetes, make):
    X, y = diabetes.X, diabetes.y
    cv = make(X, y)
    header, arrays = read(page_of(diabetes.path, cv=cv))
    folds = getattr(cv, "score_path_", cv.mse_path_)
    if np.ndim(getattr(cv, "l1_ratio", 1.0)):
        folds = folds[cv.l1_ratio.index(1.0)]
    means = folds.reshape(len(arrays["cv_alphas"]), -1).mean(axis=1)
    assert_allclose(arrays["cv_means"], means)
    best = means.argmax() if header["validation"]["larger_is_better"] else means.argmin()
    assert header["validation"]["best"] == best
    if getattr(cv, "keep_coefs", False):
        assert arrays["shares"].max() == 3


@pytest.mark.parametrize("cv", [3, KFold(3), [(np.arange(40), np.arange(40, 60)), (np.arange(20, 60), np.arange(20))]],
                         ids=["number", "splitter", "splits"])
def test_cross_validation_of_tasks_is_run(tasks, cv):
    _, arrays = read(page_of(tasks.path, X=tasks.X, y=tasks.Y, cv=cv))
    assert len(arrays["cv_means"]) == 30 and arrays["shares"].max() == (2 if isinstance(cv, list) else 3)


def test_factors_are_found_or_not(diabetes):
    for standardize in (False, True):
        path = lassocore.fit_path(diabetes.X, diabetes.y, standardize=standardize)
        data = fit_data(path, diabetes.X, diabetes.y)
        scales = data.standard_deviations()
        assert factors_of(data, scales).standardized == standardize
        assert len(list(candidate_factors(data, scales))) == 2


@pytest.mark.parametrize("options, reason", [
    ({"relax": 0.5}, "relaxed"), ({"positive": True}, "bounds"), ({"l1_ratio": 0.0, "alphas": [1.0, 0.1]}, "l1_ratio"),
    ({"groups": [0] * 5 + [1] * 5}, "groups"), ({"alphas": [0.0]}, "alpha is 0")], ids=str)
def test_the_page_says_why_a_view_is_missing(diabetes, options, reason):
    path = lassocore.fit_path(diabetes.X, diabetes.y, **options)
    header, arrays = read(page_of(path, X=diabetes.X, y=diabetes.y))
    assert reason in why_not(path) and any(reason in remark for remark in header["remarks"])
    assert "optimality" not in arrays and "scales" in arrays


def test_offsets_are_taken_from_y(diabetes):
    offset = np.linspace(0.0, 100.0, 442)
    path = lassocore.fit_path(diabetes.X, diabetes.y, offset=offset)
    assert "optimality" in read(page_of(path, X=diabetes.X, y=diabetes.y - offset))[1]
    with pytest.raises(ValueError, match="minus the offset"):
        page_of(path, X=diabetes.X, y=diabetes.y)


def test_sparse_data(diabetes):
    from scipy.sparse import csc_array

    X = csc_array(np.where(np.abs(diabetes.X) > 0.05, diabetes.X, 0.0))
    path = lassocore.fit_path(X, diabetes.y, tol=1e-10)
    sparse = read(page_of(path, X=X, y=diabetes.y))[1]
    dense = read(page_of(path, X=X.toarray(), y=diabetes.y))[1]
    for name in ("scales", "r2_cross", "optimality"):
        assert_allclose(sparse[name], dense[name], rtol=1e-5, atol=1e-7)


def test_data_beyond_the_range_of_squares(diabetes):
    X, y = diabetes.X.to_numpy(), diabetes.y.to_numpy() * 1e160
    header, arrays = read(page_of(lassocore.fit_path(X, y), X=X, y=y))
    assert "Rescale" in header["remarks"][0] and "relative_gaps" in arrays and "optimality" not in arrays


ERRORS = [
    (lambda d: page_of(d.path, X=d.X), "y is None"),
    (lambda d: page_of(d.path, y=d.y), "X is None"),
    (lambda d: page_of(d.path, X=d.X[:40], y=d.y[:40]), "40 rows"),
    (lambda d: page_of(d.path, X=d.X, y=d.y[::-1]), "pass the X and y of the fit"),
    (lambda d: page_of(d.path, X=d.X[["age", "sex"]], y=d.y), "feature"),
    (lambda d: page_of(d.path, cv=5), "cv=5 needs X and y"),
    (lambda d: page_of(d.path, X=d.X, y=d.y, cv="five"), "cv='five' must be"),
    (lambda d: page_of(lassocore.fit_path(d.X, d.y, l1_ratio=0.5), cv=d.cv), "l1_ratio"),
    (lambda d: page_of(lassocore.fit_path(d.X[["age", "bmi"]], d.y), cv=d.cv), "10 features"),
    (lambda d: page_of(lassocore.fit_path(d.X, d.y, relax=0.5), X=d.X, y=d.y, cv=3), "relaxed"),
    (lambda d: page_of(lassocore.fit_path(d.X, d.y, groups=[0] * 5 + [1] * 5), X=d.X, y=d.y, cv=3), "pass a LassoCV"),
]


@pytest.mark.parametrize("call, message", ERRORS, ids=[message for _, message in ERRORS])
def test_errors_say_what_to_do(diabetes, call, message):
    with pytest.raises(ValueError, match=message):
        call(diabetes)


def test_keys_that_a_page_cannot_hold_are_refused(diabetes, monkeypatch):
    monkeypatch.setattr("lassocore.explorer.contents.MAX_KEYS", 500)
    with pytest.raises(ValueError, match="fit fewer alphas"):
        contents_of(diabetes.path)


def test_inputs_are_not_changed_and_files_are_replaced(diabetes, tmp_path):
    before = diabetes.X.copy(), diabetes.y.copy()
    file = tmp_path / "page.html"
    for title in ("one", "two"):
        diabetes.path.to_html(file, X=diabetes.X, y=diabetes.y, title=title)
        assert f"<title>{title}</title>" in file.read_text(encoding="utf-8")
    assert before[0].equals(diabetes.X) and before[1].equals(diabetes.y)
    assert [entry.name for entry in tmp_path.iterdir()] == ["page.html"]


def test_the_lesson_alone_has_no_data(tmp_path):
    write_lesson(tmp_path / "lesson.html")
    assert PAYLOAD.search((tmp_path / "lesson.html").read_text(encoding="utf-8"))[1] == ""


def test_sources_must_not_end_their_element():
    check_enclosed("a { b: c; } /* d */")
    with pytest.raises(ValueError, match="</"):
        check_enclosed("'</script>'")


def test_headers_are_plain_json(diabetes_page):
    header = read(diabetes_page)[0]
    assert json.loads(json.dumps(header, allow_nan=False)) == header


@pytest.mark.parametrize("options", [{"positive": True}, {"penalty_factor": np.append(2.0, np.ones(9))}], ids=str)
def test_a_file_that_does_not_tell_the_settings_has_no_optimality_view(diabetes, options):
    X, y = diabetes.X, diabetes.y
    plain, other = (path_from_dict(path_to_dict(lassocore.fit_path(X, y, **kept))) for kept in ({}, options))
    assert "optimality" in read(page_of(plain, X=X, y=y))[1]
    header, arrays = read(page_of(other, X=X, y=y))
    assert "optimality" not in arrays and "bounds or penalty factors" in header["remarks"][0]
