"""The chaos harness: the real daemon over real servers while everything around it fails. `make chaos` runs it.

`clock` the clock that jumps · `lives` the processes that are killed, seen from inside · `nursery` the same, seen from
outside · `proxies` networks that break · `stream` the letters, `more_letters` many more · `scene` one office and its
servers · `eventlog` what its daemons print · `weather` the faults · `refusals` of SMTP servers · `people` who read and
flag mail meanwhile · `plans` how bad it is to be · `storm` one run from calm to calm · `march` deaths at named steps ·
`rest` when it has come to rest · `outcome` and `checks` what must be true then · `results`, `history`, `fuzzed`,
`unreached` and `page` what is written to docs/trust.md · `campaign` storm after storm.
"""
