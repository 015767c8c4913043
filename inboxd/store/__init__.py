"""All SQL on our own tables, as functions that take an open transaction. None opens or commits one.

mails: taking, attempts, states · facts: what records say about a mail · decisions: recording a plan ·
outbox: effects · clocks: timers and cases · reading: lists and stories for people.
"""
