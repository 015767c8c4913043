# Two commands matter on a fresh machine: `make demo` and `make test`. Both build what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
KEEP ?=
# Many tests wait for a server: twice as many as there are cores.
JOBS ?= $(shell echo $$((2 * $$(getconf _NPROCESSORS_ONLN))))

.PHONY: env provider demo test check lock licences sbom clean notices second-reader bench-hostile bench-triage bench-sweep bench-desk year packages-test packages-demo

env: $(VENV)/.ready

$(VENV)/.ready: requirements/run.txt requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "inboxd needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(MAKE) --no-print-directory package NAME=python3-venv
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/run.txt -r requirements/dev.txt
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --no-build-isolation --editable . \
		>$(VENV)/install.log 2>&1 || { cat $(VENV)/install.log; exit 1; }
	@touch $@

# A real OpenID Connect provider for the tests of the desk, with libraries of its own.
provider: $(VENV)/provider/.ready

$(VENV)/provider/.ready: requirements/provider.txt | env
	$(PYTHON) -m venv $(VENV)/provider
	$(VENV)/provider/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements/provider.txt
	@touch $@

# Servers from the system's packages, only when they are missing.
packages-demo:
	@command -v dovecot >/dev/null || [ -x /usr/sbin/dovecot ] || $(MAKE) --no-print-directory package NAME=dovecot-imapd

packages-test: packages-demo
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || $(MAKE) --no-print-directory package NAME=postgresql
	@command -v systemd-analyze >/dev/null || $(MAKE) --no-print-directory package NAME=systemd
	@command -v clamd >/dev/null || [ -x /usr/sbin/clamd ] || $(MAKE) --no-print-directory package NAME=clamav-daemon
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
		$(MAKE) --no-print-directory package NAME=chromium

# A server from a package would start by itself and listen on this machine: policy-rc.d keeps it down.
.PHONY: package
package:
	@echo "installing $(NAME)"
	@$(SUDO) sh -ec ' \
		policy=/usr/sbin/policy-rc.d; \
		if [ ! -e $$policy ]; then \
			printf "#!/bin/sh\nexit 101\n" > $$policy; chmod +x $$policy; trap "rm -f $$policy" EXIT; \
		fi; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq; \
		apt-get install -y -qq --no-install-recommends $(NAME) >/dev/null'

demo: env packages-demo
	@$(BIN)/python -m demo $(if $(KEEP),--keep)

test: env packages-test provider
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

check: env
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Storms of faults over the real daemon; adds to docs/trust.json and writes docs/trust.md. `make chaos MINUTES=60 SEED=0`;
# SEED=0 is one that no run has had yet, DATABASE is sqlite, postgresql or both; STEPS=1: fair weather, in which daemons
# die at their named steps.
MINUTES ?= 20
SEED ?= 0
DATABASE ?= both
.PHONY: chaos
chaos: env packages-test
	@$(BIN)/python -m tests.chaos --minutes $(MINUTES) --seed $(SEED) --database $(DATABASE) $(if $(STEPS),--steps)

# Mails that nobody wrote, through the stages; adds to docs/fuzzing.json. `make fuzz MAILS=10000 SEED=0`; SEED=0 is one
# that no run has had yet, DATABASE is sqlite, postgresql or both. Ends with status 1 if anything is found.
.PHONY: fuzz fuzz-coverage
fuzz: env packages-test
	@$(BIN)/python -m tests.fuzz mails --mails $(if $(filter command environment,$(firstword $(origin MAILS))),$(MAILS),10000) \
		--seed $(SEED) --database $(DATABASE)

# Atheris over every parser in turn; what crashes one is kept under tests/fuzz/found. `make fuzz-coverage MINUTES=30`
fuzz-coverage: env
	@$(BIN)/python -m tests.fuzz guided --minutes $(MINUTES)

# How fast it is: each writes its own section of docs/performance.md and leaves the others. `make bench` runs those of
# minutes, `make bench MAILS=500 RUNS=1` less. BENCH_ROOT is a folder on the disk to be measured, PAGE another page.
BENCHED = $(if $(BENCH_ROOT),--root $(BENCH_ROOT)) $(if $(PAGE),--page $(PAGE))
GIVEN = $(if $(filter command environment,$(firstword $(origin $(1)))),$($(1)),$(2))
.PHONY: bench bench-start bench-latency bench-growth bench-large bench-peers bench-memory bench-slow-disk packages-bench
packages-bench: packages-test
	@command -v mbsync >/dev/null || $(MAKE) --no-print-directory package NAME=isync

# A mailbox taken in, beside mbsync and a plain script; and what takes seconds.
bench: env packages-bench
	@$(BIN)/python -m benchmarks.ingestion $(BENCHED) --runs $(or $(RUNS),3) --mails $(call GIVEN,MAILS,5000)
	@$(BIN)/python -m benchmarks.start_up $(BENCHED)

# One mail a second for so many minutes: from the mail server to our notice at the SMTP server. Fails if one is missing.
bench-latency: env packages-demo
	@$(BIN)/python -m benchmarks.latency $(BENCHED) --minutes $(call GIVEN,MINUTES,10)

# `inboxd --help` and `inboxd run` to ready; fails above the bound of the first.
bench-start: env packages-demo
	@$(BIN)/python -m benchmarks.start_up $(BENCHED) --runs $(or $(RUNS),9)

# The same with so many mails behind it; a million take half an hour to fill in. Fails below the bound.
bench-growth: env packages-demo
	@$(BIN)/python -m benchmarks.growth $(BENCHED) --runs $(or $(RUNS),3) --mails $(call GIVEN,MAILS,100000) $(if $(KEPT),--kept $(KEPT))

# Mails of 60 and 150 MB, and the one behind each. Fails above the bound of memory.
bench-large: env packages-demo
	@$(BIN)/python -m benchmarks.large_mail $(BENCHED)

# The same mailbox on a disk whose every sync takes 2 ms longer. Needs a C compiler. Fails below the bound.
bench-slow-disk: env packages-demo
	@$(BIN)/python -m benchmarks.slow_disk $(BENCHED) --runs $(or $(RUNS),3) --mails $(call GIVEN,MAILS,500)

# Where the memory of the daemon goes, step by step.
bench-memory: env packages-demo
	@$(BIN)/python -m benchmarks.memory $(BENCHED) --mails $(call GIVEN,MAILS,300)

# The same mailbox, or a part of it, taken in by programs that others wrote: from the system's packages, and
# django-helpdesk in an environment of its own, which nothing of inboxd ever sees. What cannot be installed is named.
bench-peers: env packages-demo build/peers/.ready
	@for name in fetchmail maildrop; do command -v $$name >/dev/null || $(MAKE) --no-print-directory package NAME=$$name || true; done
	@command -v getmail >/dev/null || $(MAKE) --no-print-directory package NAME=getmail6 || true
	@$(BIN)/python -m benchmarks.peers $(BENCHED) --runs $(or $(RUNS),3) --mails $(call GIVEN,MAILS,500)

build/peers/.ready:
	@$(PYTHON) -m venv build/peers
	@build/peers/bin/python -m pip install --quiet --disable-pip-version-check django-helpdesk==2.6.1 || rm -r build/peers
	@mkdir -p build/peers && touch $@

# What hostile mail costs; writes docs/hostile-input.md and fails if a case costs more than its bound.
bench-hostile: env
	@$(BIN)/python -m benchmarks.hostile

# What triage costs a mail, and how that grows; writes docs/triage-cost.md.
bench-triage: env
	@$(BIN)/python -m benchmarks.triage_cost

# What looking for due timers costs, on SQLite and PostgreSQL; writes docs/sweep-cost.md and fails if it is not flat.
bench-sweep: env packages-test
	@$(BIN)/python -m benchmarks.sweep

# How long the pages of the desk take at 100,000 mails; writes docs/desk-times.md and fails above its bound.
bench-desk: env
	@$(BIN)/python -m benchmarks.desk

# A simulated year of any size (the tests play a small one): MAILS=250000 takes more than an hour of one core. TOLD=told
# has the notices written too.
MAILS ?= 20000
SEED ?= 20260101
year: env
	@$(BIN)/python -m tests.year $(MAILS) $(SEED) $(TOLD)

# Pin everything anew, with hashes and without addresses.
lock: env
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras \
		--allow-unsafe --extra postgresql --output-file requirements/run.txt pyproject.toml
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras \
		--allow-unsafe --constraint requirements/run.txt --output-file requirements/dev.txt requirements/dev.in
	$(BIN)/pip-compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras \
		--allow-unsafe --output-file requirements/provider.txt requirements/provider.in

# The page with every library that a release installs and its licence, after `make lock`. Fails at a new licence.
licences: env
	@$(BIN)/python -m supply.licences

# A bill of materials of what a release installs (CycloneDX), made and validated without a network.
sbom: env
	@$(BIN)/python -m supply.bill build/sbom.json
	@echo build/sbom.json

# Train the packaged second reader anew, after a change of training/ or of how texts are read.
second-reader: env
	@env -u INBOXD_CONFIG $(BIN)/inboxd train --texts training --into inboxd/second_reader/model

# The page with every notice, after a change of the packaged texts.
notices: env
	@env -u INBOXD_CONFIG $(BIN)/inboxd templates page > docs/notices.md.new
	@mv docs/notices.md.new docs/notices.md

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
