# Lives here: the page on which a path is explored. Independent of: matplotlib, the command line.
"""One self-contained HTML page that shows a path."""
