"""Builders of real files for tests: the bytes that people send, whole, damaged, locked or dangerous.

Every builder gives the same bytes on each run. Nothing here is copied from anybody's document.
"""
