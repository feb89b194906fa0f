# Lives here: the page on which readers explore a path, as a file of the site. Independent of: the other pages.
"""Writes explorer.html, what ``PathResult.to_html`` makes of the data of the gallery's last page, into the site."""
from pathlib import Path


def write_explorer(app, exception):
    """The page, at the end of a build for browsers."""
    if exception is not None or app.builder.format != "html":
        return
    import pandas as pd
    from sklearn.datasets import load_diabetes
    from sklearn.preprocessing import PolynomialFeatures

    from lassocore import fit_path

    frame, y = load_diabetes(return_X_y=True, as_frame=True)
    products = PolynomialFeatures(2, include_bias=False).fit(frame)
    X = pd.DataFrame(products.transform(frame), columns=products.get_feature_names_out()).drop(columns="sex^2")
    fit_path(X, y, standardize=True).to_html(
        Path(app.outdir) / "explorer.html", X=X, y=y, cv=5, title="Diabetes, with squares and products")


def setup(app):
    app.connect("build-finished", write_explorer)
    return {"version": "1", "parallel_read_safe": True}
