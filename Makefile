# The two commands are `make lab` and `make test`; both set everything up, and start in seconds
# when run again. `make help` lists the rest.
PYTHON ?= python3
PORT ?= 8888
LAB ?= 02-tokenization
LLMLAB = $(PYTHON) -m llmlab
BENCHMARKS = $(filter-out benchmarks/_% benchmarks/outcomes.py,$(wildcard benchmarks/*.py))
VENV_PYTHON = .venv/bin/python
.DEFAULT_GOAL = help
.PHONY: help lab course test check labs sync text write run book bench outcomes ready

help:            ## this list
	@awk -F ' *## ' '/^[a-z]+:.*##/ { split($$1, n, ":"); printf "make %-10s %s\n", n[1], $$2 }' Makefile

lab:             ## set-up, then JupyterLab on work/  [PORT=8888] [BROWSER=no]
	@$(LLMLAB) lab --port $(PORT) $(if $(filter no,$(BROWSER)),--no-browser)

course:          ## the same for instructors: the whole course, with the formgrader
	@$(LLMLAB) lab --course --port $(PORT) $(if $(filter no,$(BROWSER)),--no-browser)

test:            ## set-up, then all tests, those in a browser too
	@$(LLMLAB) test

check:           ## the inner loop: lint, types and the fast tests
	@$(LLMLAB) test --quick

labs:            ## write labs/ from solutions/
	@$(LLMLAB) notebooks labs

sync:            ## is labs/ what solutions/ gives?
	@$(LLMLAB) notebooks sync

text:            ## a solution as text, on stdout  [LAB=02-tokenization]
	@$(LLMLAB) notebooks text $(LAB)

write:           ## edited text back into a solution  LAB=02-tokenization TEXT=lab.py
	@$(LLMLAB) notebooks write $(LAB) $(TEXT)

run:             ## execute a solution and its release  [LAB=02-tokenization]
	@$(LLMLAB) notebooks run $(LAB)

# Everything is installed, as for the tests.
ready:
	@$(LLMLAB) test --set-up

book: ready      ## the reading, as a site in course/_build/html
	@$(VENV_PYTHON) -m sphinx -q -W --keep-going -b html course course/_build/html

bench: ready     ## speed and memory beside peers, one JSON object a line
	@for script in $(BENCHMARKS); do $(VENV_PYTHON) $$script --quick || exit 1; done

outcomes: ready  ## each lab at full size: points, CPU time, memory, into benchmarks/outcomes/
	@$(VENV_PYTHON) benchmarks/outcomes.py
