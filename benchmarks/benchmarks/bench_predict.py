# Lives here: predictions of a sparse model. Independent of: how models are fitted.
"""A model of 50 features, 10 of them active: one row, and many rows in each storage."""
from functools import reduce

import numpy as np

N_FEATURES, N_ACTIVE = 50, 10
ONE_ROW = ["vector", "dict", "array of 1 x 50"]
STORAGES = ["contiguous rows", "contiguous columns", "float32", "CSR with 5 %", "CSC with 5 %"]
N_ROWS = 100_000
CALLS = 1_000               # of a prediction of one row


def make_rows(storage: str, n_rows: int = N_ROWS):
    """Rows in that storage."""
    import scipy.sparse as sp

    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, N_FEATURES))
    if storage.startswith("CS"):
        thin = sp.csr_array(np.where(rng.random(X.shape) < 0.05, X, 0.0))
        return thin if storage.startswith("CSR") else thin.tocsc()
    return {"contiguous rows": X, "contiguous columns": np.asfortranarray(X), "float32": X.astype(np.float32)}[storage]


def make_row(form: str):
    """One row in that form."""
    row = make_rows("contiguous rows", 1)
    names = [f"x{j}" for j in range(N_FEATURES)]
    return {"vector": row[0], "dict": dict(zip(names, row[0].tolist(), strict=True)), "array of 1 x 50": row}[form]


def _coefficients() -> np.ndarray:
    rng = np.random.default_rng(1)
    coef = np.zeros(N_FEATURES)
    coef[rng.choice(N_FEATURES, N_ACTIVE, replace=False)] = rng.standard_normal(N_ACTIVE)
    return coef


def predictor_of_lassocore():
    """A prepared predictor."""
    from lassocore.models import Predictor

    return Predictor(_coefficients(), 0.5, tuple(f"x{j}" for j in range(N_FEATURES)))


def predictor_of_sklearn():
    """scikit-learn's `predict`."""
    from sklearn.linear_model import Lasso

    model = Lasso()
    model.coef_, model.intercept_, model.n_features_in_ = _coefficients(), 0.5, N_FEATURES
    return model.predict


PREDICTORS = {"lassocore": predictor_of_lassocore, "sklearn": predictor_of_sklearn}


class ManyRows:
    """A hundred thousand rows."""

    param_names = ["storage", "solver"]
    params = [STORAGES, list(PREDICTORS)]

    def setup(self, storage, solver):
        self.X, self.predict = make_rows(storage), PREDICTORS[solver]()

    def time_predict(self, storage, solver):
        self.predict(self.X)


class OneRow:
    """A thousand predictions of one row, one after the other."""

    param_names = ["form", "solver"]
    params = [ONE_ROW, list(PREDICTORS)]

    def setup(self, form, solver):
        if solver == "sklearn" and form != "array of 1 x 50":
            raise NotImplementedError("scikit-learn predicts for two-dimensional arrays only")
        self.row, self.predict = make_row(form), PREDICTORS[solver]()

    def time_predict(self, form, solver):
        reduce(lambda _, __: self.predict(self.row), range(CALLS), None)
