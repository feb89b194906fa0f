# Lives here: gglasso fits of problems laid out in folders, and the design of grpreg's example. Independent of: lassocore.
#
# Rscript groups.R fit FOLDER      fits each problem FOLDER/<case>, writes FOLDER/<case>/coefs
# Rscript groups.R birthwt FOLDER  writes X and y of grpreg's example Birthwt, made from the data in MASS
#
# A case is a folder of text files: X and y (tables without a head), group (from 1), pf, lambda, intercept (0 or 1), and
# asparse, the share of the L1 norm; where it is above 0, gglasso is the one that became sparsegl.
# coefs has a column for each lambda, the intercept first.
numbers <- function(folder, name) scan(file.path(folder, name), quiet = TRUE)

write_numbers <- function(numbers, folder, name) {
    write.table(format(as.matrix(numbers), digits = 17), file.path(folder, name),
                quote = FALSE, row.names = FALSE, col.names = FALSE)
}

fit <- function(folder) {
    call <- list(
        as.matrix(read.table(file.path(folder, "X"))), numbers(folder, "y"), group = numbers(folder, "group"),
        lambda = numbers(folder, "lambda"), pf = numbers(folder, "pf"), eps = 1e-24, maxit = 1e9,
        intercept = numbers(folder, "intercept") == 1)
    asparse <- numbers(folder, "asparse")
    sparse <- if (asparse > 0) list(loss = "ls_sparse", asparse = asparse, standardize = FALSE) else list(loss = "ls")
    path <- do.call(gglasso::gglasso, c(call, sparse))
    write_numbers(rbind(path$b0, path$beta), folder, "coefs")
}

# polynomials of age and weight, indicators of race, smoking, premature labours, hypertension, irritability, visits
birthwt <- function(folder) {
    d <- MASS::birthwt
    write_numbers(cbind(
        poly(d$age, 3), poly(d$lwt, 3), d$race == 1, d$race == 2, d$smoke, d$ptl == 1, d$ptl >= 2, d$ht, d$ui,
        d$ftv == 1, d$ftv == 2, d$ftv >= 3), folder, "X")
    write_numbers(d$bwt / 1000, folder, "y")
}

arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[2]
if (arguments[1] == "fit") {
    for (case in list.dirs(folder, recursive = FALSE)) fit(case)
} else if (arguments[1] == "birthwt") {
    birthwt(folder)
}
