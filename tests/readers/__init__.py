"""Mails read in processes of their own: the same as here, within limits, and ahead of the one that decides."""
