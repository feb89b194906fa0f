/* Lives here: array memory from malloc alone. Independent of: the library. */
/* NumPy keeps freed small arrays for the next ones, which hides reads after a free and numbers never written. Here each
 * array is a block of malloc of its own, which a sanitizer or memcheck watches. */
#include <Python.h>
#include <stdlib.h>
#define NPY_NO_DEPRECATED_API NPY_1_22_API_VERSION
#include <numpy/arrayobject.h>

static void *new_block(void *context, size_t size)
{
    (void)context;
    return malloc(size ? size : 1);
}

static void *zeroed_block(void *context, size_t count, size_t size)
{
    (void)context;
    return calloc(count ? count : 1, size ? size : 1);
}

static void *resized_block(void *context, void *block, size_t size)
{
    (void)context;
    return realloc(block, size ? size : 1);
}

static void free_block(void *context, void *block, size_t size)
{
    (void)context;
    (void)size;
    free(block);
}

static PyDataMem_Handler handler = {"plain_memory", 1, {NULL, new_block, zeroed_block, resized_block, free_block}};

static PyObject *use(PyObject *module, PyObject *nothing)
{
    PyObject *old, *capsule = PyCapsule_New(&handler, "mem_handler", NULL);
    (void)module;
    (void)nothing;
    if (capsule == NULL)
        return NULL;
    old = PyDataMem_SetHandler(capsule);
    Py_DECREF(capsule);
    if (old == NULL)
        return NULL;
    Py_DECREF(old);
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"use", use, METH_NOARGS, "From now on arrays of this context lie in blocks of malloc."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "plain_memory", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_plain_memory(void)
{
    import_array();
    return PyModule_Create(&definition);
}
