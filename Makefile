# STACK picks the stack file stacks/Pulumi.<STACK>.yaml; PYTHON the interpreter that .venv is made from.
STACK ?= local
PYTHON ?= python3

.PHONY: setup setup-dev up down preview test lint bench

setup:
	@$(PYTHON) rehearsal/bootstrap.py

setup-dev:
	@$(PYTHON) rehearsal/bootstrap.py --dev

up: setup
	@.venv/bin/python -m rehearsal up $(STACK)

down: setup
	@.venv/bin/python -m rehearsal down $(STACK)

preview: setup
	@.venv/bin/python -m rehearsal preview $(STACK)

test: setup-dev
	@.venv/bin/python -m rehearsal.toolchain
	@.venv/bin/python -m pytest --numprocesses 2 --dist loadfile tests

lint: setup-dev
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/lint-imports && .venv/bin/pyright

bench: setup-dev
	@.venv/bin/python -m bench
