// Lives here: the model as Python, the picture as PNG, the table as CSV. Independent of: how they are shown.

// Lines of Python that give the model of the current alpha.
function pythonOf(app) {
  const { data, alpha } = app,
    { header } = data,
    number = pythonNumber(alpha);
  const lines = [
    `# alpha = ${number}: ${plural(data.nActive, "nonzero coefficient")} of ${formatCount(header.n_features)}`,
    "# path: the result of fit_path that this page was made from",
    `coef, intercept = path.coef_at(${number}), path.intercept_at(${number})`,
  ];
  const fit = fitOf(header, number);
  if (fit !== null) lines.push("", "# the same model, fitted to X and y by itself", ...fit);
  return lines.join("\n") + "\n";
}

// Lines that fit the model by itself; null where the page does not know all settings of the fit.
function fitOf(header, alpha) {
  const refit = header.refit ?? null;
  if (refit === null) return null;
  const isLasso = header.l1_ratio === 1,
    multi = header.tasks === null ? "" : "MultiTask";
  const name = `${multi}${isLasso ? "Lasso" : "ElasticNet"}`;
  const options = [
    `alpha=${alpha}`,
    ...(isLasso ? [] : [`l1_ratio=${pythonNumber(header.l1_ratio)}`]),
    ...(refit.standardize ? ["standardize=True"] : []),
    ...(refit.fit_intercept ? [] : ["fit_intercept=False"]),
    ...(refit.positive ? ["positive=True"] : []),
  ];
  const data = [
    "X",
    header.has_offset ? "y - offset" : "y",
    ...(refit.weighted ? ["sample_weight=sample_weight"] : []),
  ];
  return [`from lassocore import ${name}`, `model = ${name}(${options.join(", ")}).fit(${data.join(", ")})`];
}

// The shortest text that Python reads as the same float.
function pythonNumber(value) {
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

// The charts, one under the other, on the background of the page.
function pngOf(app, charts) {
  const shown = charts.filter((chart) => chart.isVisible),
    ratio = shown[0].ratio,
    space = 8;
  const heading = 34,
    width = Math.max(...shown.map((chart) => chart.width));
  const height = heading + shown.reduce((sum, chart) => sum + chart.height + space, 0);
  const canvas = make("canvas", { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  const context = canvas.getContext("2d");
  context.fillStyle = app.colors.panel;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = app.colors.fg;
  context.textBaseline = "middle";
  context.font = `600 14px ${app.colors.font}`;
  context.fillText(fitText(context, `${app.data.header.title}: ${app.summary()}`, width - 16), 8, heading / 2);
  let top = heading;
  for (const chart of shown) {
    context.drawImage(chart.staticCanvas, 0, top, chart.width, chart.height);
    context.drawImage(chart.overlayCanvas, 0, top, chart.width, chart.height);
    top += chart.height + space;
  }
  return new Promise((done) => {
    canvas.toBlob(done, "image/png");
  });
}
