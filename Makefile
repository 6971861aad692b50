# The commands to remember. `make` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

# Builds are always of the whole workspace with all targets: a part of it would select other features of the
# dependencies and build them once more.
BUILD := cargo build --locked --workspace --all-targets
STACK := deploy/local/stack
# In a browser, with the programs that $(BUILD) made.
DASHBOARD_PATHS = DEMO_BIN=$${DEMO_BIN:-$$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p')/debug} deploy/local/dashboard-e2e
SCRIPTS := .ci/run deploy/docker/compose-check $(addprefix deploy/local/,stack with-stack install tools dashboard dashboard-e2e run-tests test test-api fuzz demo demo.d/keeper test.d/program)

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

.PHONY: demo
demo: ## servers, services, simulator and the main job; stays up until Ctrl-C (ONCE=1: ends after the job)
	@ONCE=$(ONCE) deploy/local/demo

.PHONY: test
test: ## every test, on a PostgreSQL and a RabbitMQ of its own
	@$(BUILD)
	@deploy/local/with-stack test deploy/local/run-tests
	@deploy/local/test
	@$(DASHBOARD_PATHS) || { (($$? == 75)) && echo 'A browser, Node or its packages cannot be had: the paths through the dashboard were left out'; }

.PHONY: dashboard
dashboard: ## builds the dashboard into frontend/dist, which the gateway serves
	@deploy/local/dashboard build

.PHONY: dashboard-check
dashboard-check: ## the dashboard's format, lints, types, words, generated client and tests
	@deploy/local/dashboard check

.PHONY: dashboard-e2e
dashboard-e2e: ## paths through the dashboard in a browser, against a demo of its own (PATHS=live: these files)
	@$(BUILD)
	@PATHS='$(PATHS)' $(DASHBOARD_PATHS)

.PHONY: test-api
test-api: ## the REST API against its own description, in 10,000 cases (long; CASES=…: at most so many of each operation)
	@deploy/local/test-api

.PHONY: world
world: ## stories of the simulated world (SEEDS=1000, 40-79 or 3,17: so many or these; SEED=17: one, with all that happens)
	@$(BUILD)
	@folder=$$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p') && \
	SEEDS='$(SEEDS)' SEED='$(SEED)' RESULTS='$(RESULTS)' deploy/local/with-stack world "$$folder/debug/geniacs-world"

.PHONY: fuzz
fuzz: ## what strangers send, under libFuzzer (MINUTES=10 in all; TARGETS="json cron"; goes on where the last run ended)
	@MINUTES="$(MINUTES)" TARGETS="$(TARGETS)" deploy/local/fuzz

.PHONY: bench
bench: ## speed and memory, beside ceilings of the same run (WHAT=mapping|webhooks|push|pull|reads|dashboard, LARGE=1: 1,000,000 records)
	@cargo build --locked --release --workspace --bins
	@folder=$$(cargo metadata --no-deps --format-version 1 | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p') && \
	deploy/local/with-stack --durable bench "$$folder/release/geniacs-bench" \
	    $(if $(WHAT),--what $(WHAT)) $(if $(filter 1,$(LARGE)),--large) $(BENCH_OPTIONS)

.PHONY: check
check: ## format, lints, dependencies and licences: what must be clean before a commit
	@cargo fmt --all --check
	@cargo clippy --locked --workspace --all-targets -- -D warnings
	@$(MAKE) deps scripts-check compose-check
	@deploy/local/dashboard check || { (($$? == 75)) && echo 'Node or its packages cannot be fetched: dashboard not checked'; }

.PHONY: deps
deps: ## dependencies and licences against deny.toml
	@$$(deploy/local/tools cargo-deny) --locked --log-level error check licenses bans sources

.PHONY: advisories
advisories: ## known vulnerabilities of the dependencies (fetches the database from the network)
	@$$(deploy/local/tools cargo-deny) --locked check advisories

.PHONY: scripts-check
scripts-check: ## the shell scripts, where shellcheck is installed
	@if command -v shellcheck >/dev/null; then shellcheck -x -P SCRIPTDIR $(SCRIPTS); \
	else echo 'shellcheck is not installed: scripts not checked'; fi

.PHONY: compose-check
compose-check: ## docker-compose.yml, where a docker compose is installed
	@deploy/docker/compose-check

.PHONY: fmt
fmt: ## formats the sources
	@cargo fmt --all

.PHONY: stack-start
stack-start: ## PostgreSQL and RabbitMQ for tests, kept running: `make test` then starts at once
	@deploy/local/install
	@$(STACK) test start --scratch
	@$(STACK) test status

.PHONY: stack-stop
stack-stop: ## stops them
	@$(STACK) test stop

.PHONY: clean
clean: ## stops and removes all private servers with their data; the build folder stays (cargo clean)
	@for folder in .local/*/ports; do \
	    [[ ! -e $$folder ]] || $(STACK) "$$(basename "$$(dirname "$$folder")")" remove; \
	done
	@rm -rf .local
