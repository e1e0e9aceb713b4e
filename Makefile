# make run     the app, in an environment of its own that is made on the first call
# make dev     the app, which takes up changes of its code at once
# make test    all tests          make fast    those that are not slow    make slow    the others
# make lint    style and types    make format  lays the code out and mends what can be mended by itself
# make bench   time and memory beside other tools; ARGS=--full for all of them
# make rows    rows of the bundled photos by the installed networks, which the page Many photos opens with
#
# Settings: VENV (where the environment is), PYTHON (which Python makes it), WORKERS (test processes),
# ARGS (more arguments for streamlit, pytest or the benchmarks).

VENV ?= .venv
WORKERS ?= auto
ARGS ?=

bin := $(VENV)/bin
python := $(bin)/python
# At most four test processes, each with one torch thread; the tests of one file stay together and share their models.
pytest := $(python) -m pytest --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile

# The first interpreter on the path that is new enough and can make environments.
suitable := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
candidates := python3 python3.13 python3.12 python3.11 python
PYTHON ?= $(shell for name in $(candidates); do \
	"$$name" -c '$(suitable)' >/dev/null 2>&1 && echo "$$name" && break; done)

.DEFAULT_GOAL := help
.PHONY: help run dev test fast slow lint format bench rows

help:
	@sed -n '/^#/!q; s/^# \{0,1\}//p' Makefile

run: $(VENV)/.installed
	$(python) -m streamlit run app.py $(ARGS)

dev: $(VENV)/.installed
	$(python) -m streamlit run app.py --server.fileWatcherType auto $(ARGS)

test: $(VENV)/.installed-for-tests
	$(pytest) $(ARGS)

fast: $(VENV)/.installed-for-tests
	$(pytest) -m "not slow" $(ARGS)

slow: $(VENV)/.installed-for-tests
	$(pytest) -m slow $(ARGS)

lint: $(VENV)/.installed-for-tests
	$(python) -m ruff check .
	$(python) -m ruff format --check .
	$(python) -m mypy

format: $(VENV)/.installed-for-tests
	$(python) -m ruff check --fix .
	$(python) -m ruff format .

bench: $(VENV)/.installed-for-tests
	$(python) -m benchmarks $(ARGS)

rows: $(VENV)/.installed
	mkdir -p assets/rows
	$(python) -m effnet_viz.folder.bundled

# The stamps are made last, so that an installation that was broken off is taken up again.
$(VENV)/.installed: requirements.txt constraints.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed (Debian: apt install python3-venv)." >&2; exit 1; }
	$(python) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
	$(python) -m pip install -r requirements.txt -c constraints.txt
	touch $@

$(VENV)/.installed-for-tests: $(VENV)/.installed requirements-test.txt
	$(python) -m pip install -r requirements.txt -r requirements-test.txt -c constraints.txt
	touch $@
