# Lives here: glmnet fits of problems laid out in folders, and its bundled data. Independent of: lassocore.
#
# Rscript glmnet.R fit FOLDER      fits each problem FOLDER/<case>, writes FOLDER/<case>/coefs and glmnet's version
# Rscript glmnet.R bundled FOLDER  writes QuickStartExample and SparseExample to FOLDER/{quick_start,sparse}_{X,y}
#
# A case is a folder of text files. X and y (tables without a head), options (alpha, standardize, intercept, sparse) and
# lambda are there always; weights, penalty_factor, lower, upper, exclude and offset where the case has them. With gamma
# the fit is relaxed, with foldid it is cross-validated: coefs has the rows cvm and cvsd, chosen has lambda.min and
# lambda.1se. With both, coefs has the rows cvm of each gamma, chosen has lambda.min and gamma.min.
suppressMessages(library(glmnet))

numbers <- function(folder, name, otherwise = NULL) {
    file <- file.path(folder, name)
    if (file.exists(file)) scan(file, quiet = TRUE) else otherwise
}

write_numbers <- function(numbers, folder, name) {
    write.table(format(as.matrix(numbers), digits = 17), file.path(folder, name),
                quote = FALSE, row.names = FALSE, col.names = FALSE)
}

# One case: coefs has a column for each lambda, the intercept first, and the responses below each other.
fit <- function(folder) {
    X <- as.matrix(read.table(file.path(folder, "X")))
    y <- as.matrix(read.table(file.path(folder, "y")))
    options <- numbers(folder, "options")
    if (options[4] == 1) X <- Matrix(X, sparse = TRUE)
    lambda <- numbers(folder, "lambda")
    # nothing but the threshold may end a path or a level
    glmnet.control(fdev = 0, devmax = 1, mnlam = 1000)
    call <- list(
        X, if (ncol(y) == 1) y[, 1] else y, family = if (ncol(y) == 1) "gaussian" else "mgaussian", alpha = options[1],
        lambda = lambda, standardize = options[2] == 1, intercept = options[3] == 1,
        weights = numbers(folder, "weights"), offset = numbers(folder, "offset"), exclude = numbers(folder, "exclude"),
        penalty.factor = numbers(folder, "penalty_factor", rep(1, ncol(X))),
        lower.limits = numbers(folder, "lower", -Inf), upper.limits = numbers(folder, "upper", Inf),
        thresh = 1e-20, maxit = 1e8)
    foldid <- numbers(folder, "foldid")
    gamma <- numbers(folder, "gamma")
    if (!is.null(foldid) && !is.null(gamma)) {
        cv <- do.call(cv.glmnet, c(call, list(foldid = foldid, relax = TRUE, gamma = gamma)))
        write_numbers(t(sapply(cv$relaxed$statlist, function(of_gamma) of_gamma$cvm)), folder, "coefs")
        write_numbers(c(cv$relaxed$lambda.min, cv$relaxed$gamma.min), folder, "chosen")
        return()
    }
    if (!is.null(foldid)) {
        cv <- do.call(cv.glmnet, c(call, list(foldid = foldid)))
        write_numbers(rbind(cv$cvm, cv$cvsd), folder, "coefs")
        write_numbers(c(cv$lambda.min, cv$lambda.1se), folder, "chosen")
        return()
    }
    path <- do.call(glmnet, c(call, list(relax = !is.null(gamma))))
    # asked for gamma = 0, glmnet blends in 1e-5 of the lasso; the relaxed path itself does not
    coefs <- if (is.null(gamma)) coef(path) else if (gamma == 0) coef(path$relaxed) else coef(path, gamma = gamma)
    if (ncol(y) > 1) coefs <- do.call(rbind, lapply(coefs, as.matrix))
    write_numbers(as.matrix(coefs), folder, "coefs")
}

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[2]
if (arguments[1] == "fit") {
    for (case in list.dirs(folder, recursive = FALSE)) fit(case)
    writeLines(as.character(packageVersion("glmnet")), file.path(folder, "version"))
} else if (arguments[1] == "bundled") {
    data(QuickStartExample)
    data(SparseExample)
    write_numbers(QuickStartExample$x, folder, "quick_start_X")
    write_numbers(QuickStartExample$y, folder, "quick_start_y")
    write_numbers(SparseExample$x, folder, "sparse_X")
    write_numbers(SparseExample$y, folder, "sparse_y")
}
