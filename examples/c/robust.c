/* Lives here: an example of the C interface, a lasso with Huber's loss. Independent of: NumPy, lassocore's Python.
 *
 * An extension module. robust.fit(X, y, alpha, delta, coefs, n_rounds) minimises the sum of Huber's loss of the
 * residuals and of alpha times the L1 norm by reweighting: each round is a weighted lasso from the coefficients before,
 * with weights 1 where |r_i| <= delta, else delta / |r_i|. Arrays are any that have the buffer protocol: X float64 of
 * shape (n, p) in C or Fortran order, y float64 of length n, coefs float64 of length p, which is written to.
 *
 *     cc -O2 -shared -fPIC $(python3-config --includes) \
 *         -I$(python3 -c "import lassocore; print(lassocore.get_include())") \
 *         robust.c -o robust$(python3-config --extension-suffix)
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <lassocore.h>
#include <math.h>
#include <stdlib.h>

/* s_i = min(1, delta / |y_i - intercept - x_i'w|) */
static void reweigh(
    const lassocore_design *X, const double *y, const double *w, double intercept, double delta, double *s)
{
    const double *x = (const double *)X->values;
    const int64_t row = X->storage == LASSOCORE_ROWS ? X->stride : 1;
    const int64_t column = X->storage == LASSOCORE_ROWS ? 1 : X->stride;
    for (int64_t i = 0; i < X->n_samples; i++) {
        double residual = y[i] - intercept;
        for (int64_t j = 0; j < X->n_features; j++)
            residual -= x[i * row + j * column] * w[j];
        s[i] = fabs(residual) <= delta ? 1.0 : delta / fabs(residual);
    }
}

/* All rounds; s has room for n_samples weights. The last intercept and gap are those of the last weighted lasso. */
static int fit_rounds(
    const lassocore_design *X, const double *y, double alpha, double delta, int n_rounds, double *coefs, double *s,
    double *intercept_and_gap)
{
    lassocore_options options;
    lassocore_result result;
    int status = LASSOCORE_OK;

    lassocore_init_options(&options);
    options.tol = 1e-8;
    options.sample_weight = s;
    options.start = coefs;
    lassocore_init_result(&result, coefs);
    result.intercepts = &intercept_and_gap[0];
    result.gaps = &intercept_and_gap[1];

    const size_t size = lassocore_workspace_size(X, &options);      /* the same for all rounds */
    void *workspace = size ? malloc(size) : NULL;
    for (int64_t i = 0; i < X->n_samples; i++)
        s[i] = 1.0;
    for (int64_t j = 0; j < X->n_features; j++)
        coefs[j] = 0.0;
    for (int round = 0; round < n_rounds && status >= 0; round++) {
        status = lassocore_fit(X, y, &alpha, 1, &options, &result, workspace, size);
        if (status >= 0)
            reweigh(X, y, coefs, *result.intercepts, delta, s);
    }
    free(workspace);
    return status;
}

static int is_vector(const Py_buffer *view, Py_ssize_t length)
{
    return view->ndim == 1 && view->shape[0] == length && view->format && view->format[0] == 'd';
}

static PyObject *fit(PyObject *self, PyObject *args)
{
    PyObject *X_object, *y_object, *coefs_object, *answer = NULL;
    Py_buffer X, y, coefs;
    double alpha, delta, intercept_and_gap[2] = {0.0, 0.0}, *s;
    int n_rounds, status;

    (void)self;
    if (!PyArg_ParseTuple(args, "OOddOi", &X_object, &y_object, &alpha, &delta, &coefs_object, &n_rounds))
        return NULL;
    if (PyObject_GetBuffer(X_object, &X, PyBUF_ANY_CONTIGUOUS | PyBUF_FORMAT) < 0)
        return NULL;
    if (PyObject_GetBuffer(y_object, &y, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT) < 0)
        goto release_X;
    if (PyObject_GetBuffer(coefs_object, &coefs, PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | PyBUF_WRITABLE) < 0)
        goto release_y;
    if (X.ndim != 2 || !X.format || X.format[0] != 'd' || !is_vector(&y, X.shape[0]) || !is_vector(&coefs, X.shape[1])) {
        PyErr_SetString(PyExc_ValueError, "X, y and coefs are float64 of shapes (n, p), (n,) and (p,)");
        goto release_coefs;
    }
    s = (double *)malloc(sizeof(double) * (size_t)X.shape[0]);
    if (s == NULL) {
        PyErr_NoMemory();
        goto release_coefs;
    }
    const int storage = PyBuffer_IsContiguous(&X, 'F') ? LASSOCORE_COLUMNS : LASSOCORE_ROWS;
    const lassocore_design design = lassocore_dense(X.buf, LASSOCORE_FLOAT64, storage, X.shape[0], X.shape[1], 0);
    Py_BEGIN_ALLOW_THREADS
    status = fit_rounds(
        &design, (const double *)y.buf, alpha, delta, n_rounds, (double *)coefs.buf, s, intercept_and_gap);
    Py_END_ALLOW_THREADS
    free(s);
    if (status < 0)
        PyErr_SetString(PyExc_ValueError, lassocore_status_text(status));
    else
        answer = Py_BuildValue("ddi", intercept_and_gap[0], intercept_and_gap[1], status == LASSOCORE_OK);

release_coefs:
    PyBuffer_Release(&coefs);
release_y:
    PyBuffer_Release(&y);
release_X:
    PyBuffer_Release(&X);
    return answer;
}

static PyMethodDef methods[] = {
    {"fit", fit, METH_VARARGS, "fit(X, y, alpha, delta, coefs, n_rounds) -> (intercept, gap, converged)"},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "robust", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_robust(void)
{
    return lassocore_import() < 0 ? NULL : PyModule_Create(&module);
}
