# Lives here: groups of the output columns of scikit-learn's transformers. Independent of: X, losses, solvers.
"""One group for the columns that a transformer makes of one input column, as a one-hot encoder does."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import numpy as np

from lassocore.utils.arguments import is_whole, shortened


def groups_from_transformer(transformer) -> dict[str, list[int]]:
    """Get groups of the output columns of a fitted transformer, one for each input column.

    The one-hot columns of an input column are one group, whatever ``drop``, ``min_frequency`` and ``handle_unknown``
    have made of its categories. Columns that are passed on, scaled or imputed are groups of one.

    Parameters
    ----------
    transformer : ColumnTransformer, OneHotEncoder, Pipeline or other transformer
        Fitted. It is followed through pipelines, unions and column transformers, the remainder included, into one-hot
        encoders, the bins of ``KBinsDiscretizer`` and the bases of ``SplineTransformer``. Columns made by transformers
        of any other kind are groups of one, for instance principal components or categories of a third-party encoder.
        A predictor at the end of a pipeline is left out.

    Returns
    -------
    dict of str to list of int
        The output columns of each group, for ``groups`` of `fit_path` and `GroupLasso`. Names are those of the input
        columns (x0, x1, ... without names), with the prefixes of scikit-learn's output names: "onehot__city" for the
        columns "onehot__city_Bern", "onehot__city_Lyon", ..., or "city" with ``verbose_feature_names_out=False``.

    Raises
    ------
    NotFittedError
        A transformer that is not fitted.
    ValueError
        A transformer that does not tell its output columns; groups of the same name.
    TypeError
        Not a transformer.

    See Also
    --------
    fit_path : Paths with groups of features.
    GroupLasso : One alpha, as an estimator of scikit-learn.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.compose import make_column_transformer
    >>> from sklearn.preprocessing import OneHotEncoder
    >>> from lassocore import groups_from_transformer
    >>> X = np.array([["Bern", 1.0], ["Lyon", 2.0], ["Graz", 3.0]], dtype=object)
    >>> transformer = make_column_transformer((OneHotEncoder(), [0]), remainder="passthrough").fit(X)
    >>> groups_from_transformer(transformer)
    {'onehotencoder__x0': [0, 1, 2], 'remainder__x1': [3]}
    """
    if not (hasattr(transformer, "transform") or hasattr(transformer, "steps")):
        raise TypeError(f"transformer={shortened(transformer)} is no transformer; pass a fitted ColumnTransformer, "
                        "OneHotEncoder or Pipeline of scikit-learn")
    columns: dict[Source, list[int]] = {}
    for column, source in enumerate(_sources(transformer, None)):
        columns.setdefault(source, []).append(column)
    groups = {source.name: found for source, found in columns.items()}
    if len(groups) < len(columns):
        names = [source.name for source in columns]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"two groups would be called {twice!r}; set verbose_feature_names_out=True in the transformer")
    return groups


class Source:
    """What columns come from: an input column. Two of them may have the same name."""

    def __init__(self, name: str):
        self.name = name


Sources = list[Source]


def _sources(step: Any, inputs: Sources | None) -> Sources:
    """The sources of the output columns of a fitted step; by default its input columns are sources themselves."""
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import FeatureUnion, Pipeline
    from sklearn.preprocessing import KBinsDiscretizer, OneHotEncoder, SplineTransformer
    from sklearn.utils.validation import check_is_fitted

    if step is None or isinstance(step, str):           # "passthrough"
        return inputs or []
    if isinstance(step, Pipeline):
        return _of_pipeline(step, inputs)
    check_is_fitted(step)
    names = _input_names(step)
    inputs = list(map(Source, names)) if inputs is None else inputs
    if len(inputs) != len(names):
        raise ValueError(f"{type(step).__name__} has {len(names)} input columns, but {len(inputs)} are known; "
                         "a transformer before it does not tell its output columns by get_feature_names_out")
    if isinstance(step, ColumnTransformer):
        return _of_column_transformer(step, inputs, names)
    if isinstance(step, FeatureUnion):
        return [source for name, part in step.transformer_list if part != "drop"
                for source in _renamed(_sources(part, inputs), name, step.verbose_feature_names_out)]
    if isinstance(step, OneHotEncoder):
        return _by_name(_inputs_of_encoded(step), names, inputs)
    if isinstance(step, KBinsDiscretizer) and step.encode != "ordinal":
        return [source for source, n_bins in zip(inputs, step.n_bins_, strict=True) for _ in range(n_bins)]
    if hasattr(step, "get_support"):
        return [source for source, kept in zip(inputs, step.get_support(), strict=True) if kept]
    if not hasattr(step, "get_feature_names_out"):
        return inputs
    outputs = step.get_feature_names_out()
    if isinstance(step, SplineTransformer):
        outputs = [name.rpartition("_sp_")[0] or name for name in outputs]
    return _by_name(outputs, names, inputs)


def _input_names(step: Any) -> list[str]:
    """Names of the input columns of a fitted step."""
    names = getattr(step, "feature_names_in_", None)
    return [f"x{j}" for j in range(step.n_features_in_)] if names is None else list(map(str, names))


def _by_name(outputs: Sequence[str], names: list[str], inputs: Sources) -> Sources:
    """The input columns with the names of the outputs; new sources for other outputs."""
    known = dict(zip(names, inputs, strict=True))
    return [known[name] if name in known else Source(name) for name in outputs]


def _inputs_of_encoded(encoder: Any) -> Sequence[str]:
    """The name of the input column of each output column of a one-hot encoder."""
    namer = copy(encoder)
    namer.feature_name_combiner = lambda feature, category: str(feature)
    return namer.get_feature_names_out()


def _of_pipeline(pipeline: Any, inputs: Sources | None) -> Sources:
    """The sources after the last step that is a transformer."""
    steps = [step for _, step in pipeline.steps if not (step is None or isinstance(step, str))]
    for k, step in enumerate(steps):
        if k < len(steps) - 1 or hasattr(step, "transform"):
            inputs = _sources(step, inputs)
    return inputs or []


def _of_column_transformer(transformer: Any, inputs: Sources, names: list[str]) -> Sources:
    """The sources of the outputs of all its transformers."""
    outputs: Sources = []
    for name, step, columns in transformer.transformers_:
        span = transformer.output_indices_[name]
        if span.stop == span.start:
            continue
        found = _sources(step, [inputs[j] for j in _positions(columns, names)])
        if len(found) != span.stop - span.start:
            raise ValueError(f"transformer {name!r} makes {span.stop - span.start} columns and does not tell of what; "
                             "give it a method get_feature_names_out (FunctionTransformer: feature_names_out=...)")
        outputs += _renamed(found, name, transformer.verbose_feature_names_out)
    return outputs


def _positions(columns: Any, names: list[str]) -> Sequence[int]:
    """Positions of columns that are given in any way a ColumnTransformer takes."""
    n = len(names)
    if isinstance(columns, slice):
        if isinstance(columns.start, str) or isinstance(columns.stop, str):
            first = 0 if columns.start is None else names.index(columns.start)
            return range(first, n if columns.stop is None else names.index(columns.stop) + 1)
        return range(*columns.indices(n))
    listed = [columns] if isinstance(columns, str) or is_whole(columns) else list(columns)
    if listed and isinstance(listed[0], (bool, np.bool_)):
        return np.flatnonzero(listed).tolist()
    return [names.index(column) if isinstance(column, str) else range(n)[column] for column in listed]


def _renamed(sources: Sources, transformer: str, naming: bool | str | Callable[[str, str], str]) -> Sources:
    """New sources, named as scikit-learn names the outputs of a transformer."""
    if naming is True:
        naming = "{transformer_name}__{feature_name}"
    name_of: dict[Source, Source] = {}
    for source in sources:
        if isinstance(naming, str):
            name = naming.format(transformer_name=transformer, feature_name=source.name)
        else:
            name = naming(transformer, source.name) if callable(naming) else source.name
        name_of.setdefault(source, Source(name))
    return [name_of[source] for source in sources]
