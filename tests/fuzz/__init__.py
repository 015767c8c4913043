"""Fuzzing: mails that nobody wrote, through the real stages; bytes that a coverage-guided fuzzer makes, to the parsers.

`pool` the files that mails carry · `words` what they say · `writing` a mail from nothing · `mutating` a mail damaged ·
`mails` the n-th mail of a seed · `campaign` all of them through the stages · `judging` what must be true afterwards ·
`sent` the same, of what we send · `results` docs/fuzzing.json · `targets` the pure parsers · `guided` atheris over
them · `found/` what was found once.

    make fuzz MAILS=10000 SEED=1             # both databases; writes docs/fuzzing.json
    make fuzz-coverage MINUTES=30            # atheris, every target in turn
    python -m tests.fuzz mail 1 812          # the bytes of mail 812 of seed 1
"""
