# Lives here: data files and tables -> matrices. Independent of: fits, models, the command line.
"""Tables: files and data frames become matrices, and columns are described so that later tables are read alike."""
