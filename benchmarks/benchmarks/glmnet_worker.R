# Lives here: the R side of glmnet_worker.py. Independent of: what is measured.
suppressMessages({library(Matrix); library(glmnet)})
glmnet.control(fdev = 0, devmax = 1, mnlam = 1000)      # no path ends early

numbers <- function(file, what = "double") readBin(file, what, file.size(file))
shape <- numbers("shape", "integer")                    # samples, features, tasks, whether there is an intercept
X <- if (file.exists("indices")) sparseMatrix(
    i = numbers("indices", "integer") + 1, p = numbers("indptr", "integer"), x = numbers("data"), dims = shape[1:2]
) else matrix(numbers("X"), shape[1], shape[2])
Y <- matrix(numbers("y"), shape[1], shape[3])
folds <- rep(1:5, shape[1] %/% 5 + (1:5 <= shape[1] %% 5))     # as KFold has them
alphas <- NULL
last <- NULL

path <- function(y, family, thresh) glmnet(
    X, y, family, lambda = alphas, standardize = FALSE, intercept = shape[4] == 1, thresh = thresh, maxit = 1e8)
fit <- function(family, thresh) switch(
    family,
    gaussian = list(path(Y[, 1], "gaussian", thresh)),
    mgaussian = list(path(Y, "mgaussian", thresh)),
    targets = lapply(seq_len(shape[3]), function(k) path(Y[, k], "gaussian", thresh)),
    folds = list(cv.glmnet(X, Y[, 1], foldid = folds, lambda = alphas, standardize = FALSE,
                           intercept = shape[4] == 1, thresh = thresh, maxit = 1e8)))
rows <- function(model) {                               # for each task, alpha by alpha: the intercept, then the features
    if (is.list(model$beta)) return(unlist(lapply(seq_along(model$beta), function(k) as.vector(
        rbind(model$a0[k, ], as.matrix(model$beta[[k]]))))))
    as.vector(rbind(model$a0, as.matrix(model$beta)))
}
answer <- function(words) switch(
    words[1],
    alphas = { alphas <<- numbers("alphas"); "ok" },
    write = { writeBin(unlist(lapply(last, rows)), "result"); "ok" },
    fit = {
        before <- proc.time()
        for (k in seq_len(as.integer(words[4]))) last <<- fit(words[2], as.numeric(words[3]))
        format(sum((proc.time() - before)[1:2]) / as.integer(words[4]), digits = 6)
    })

input <- file("stdin", "r")
cat("ready\n")
while (length(line <- readLines(input, 1)) > 0)
    cat(tryCatch(answer(strsplit(line, " ")[[1]]), error = function(e) paste("error:", gsub("\n", " ", conditionMessage(e)))),
        "\n", sep = "")
