"""The desk: in a real browser, and with requests that no browser of ours would send."""
