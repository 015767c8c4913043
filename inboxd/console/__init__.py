"""The desk: what an office opens in the morning, in a browser. Pages over the store's reads and the stages' functions.

`doors` is the table of everything that can be asked for and who may; `application` is the one gate that every request
goes through; each page is one module (`today`, `case`, `held` …) of functions that take what was asked and return what
is shown. No page writes a row by itself: every change is a stage's function with the person's name.
"""
