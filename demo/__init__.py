"""`make demo`: the daemon at work on an invented office's mail, over real servers on loopback."""
