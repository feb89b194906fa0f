# Lives here: models as ONNX graphs. Independent of: model files, how models were fitted.
"""An ONNX graph of a linear model that reads the active columns only."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lassocore.models.sklearn_export import refuse_offset
from lassocore.utils.atomic_files import write_atomically

OPSET, IR_VERSION = 13, 8           # runtimes since 2021 read them


def to_onnx(model: Any, file: str | Path, alpha: float | None) -> None:
    """Write the graph; `Model.to_onnx` documents it."""
    refuse_offset(model)
    try:
        import onnx
    except ImportError as error:
        raise ImportError('to_onnx needs onnx, which is not installed; run python -m pip install "lassocore[onnx]"'
                          ) from error
    coef, intercept = model.model_at(alpha)
    graph = _graph(coef, intercept, model)
    onnx.checker.check_model(graph, full_check=True)
    write_atomically(Path(file), graph.SerializeToString(deterministic=True))


def _graph(coef: np.ndarray, intercept: Any, model: Any) -> Any:
    """X -> Gather of the active columns -> product with their coefficients -> sum with the intercept."""
    from onnx import TensorProto, helper, numpy_helper

    kind = TensorProto.FLOAT if coef.dtype == np.float32 else TensorProto.DOUBLE
    active = np.flatnonzero(coef)
    if len(active) == 0:                # the product with one coefficient of 0
        active = np.zeros(1, np.int64)
    constants = [
        numpy_helper.from_array(active.astype(np.int64), "active"),
        numpy_helper.from_array(np.ascontiguousarray(coef[active]), "coef"),
        numpy_helper.from_array(np.array([intercept], coef.dtype), "intercept")]
    nodes = [helper.make_node("Gather", ["X", "active"], ["X_active"], axis=1),
             helper.make_node("MatMul", ["X_active", "coef"], ["product"]),
             helper.make_node("Add", ["product", "intercept"], ["prediction"])]
    graph = helper.make_graph(
        nodes, "lassocore", [helper.make_tensor_value_info("X", kind, ["n_samples", len(coef)])],
        [helper.make_tensor_value_info("prediction", kind, ["n_samples"])], constants)
    made = helper.make_model(graph, producer_name="lassocore", producer_version=model.library_version,
                             opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    if model.feature_names is not None:
        import json

        helper.set_model_props(made, {"feature_names": json.dumps(list(model.feature_names))})
    return made
