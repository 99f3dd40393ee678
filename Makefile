# The front door. `make help` lists what there is.
.DEFAULT_GOAL := help
.PHONY: help setup build test test-full demo demo-check bench format tidy clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: ## install what building and testing need
	tools/setup --for test

# Without the tests, which need more than setup installs for these.
exporter = cmake --preset release -DPGFLEET_TESTS=OFF >/dev/null && \
           cmake --build --preset release --target pgfleet_exporter

build: ## build/release/pgfleet_exporter
	tools/setup --for build
	@$(exporter)

test: ## everything that CI runs
	tools/test

test-full: ## the whole suite under ASan+UBSan and TSan, every major, clang-tidy
	tools/test --full

demo: ## a watched cluster with Prometheus and Alertmanager, and Grafana if there is one, until Ctrl-C
	@tools/setup --for demo
	@$(exporter)
	@tools/demo

demo-check: ## the demo without a terminal: proves it with PromQL and an alert
	@tools/setup --for demo
	@$(exporter)
	@tools/demo --check

bench: ## CPU, latency and memory beside postgres_exporter and bare libpq; fails below its gates
	@tools/setup --for bench
	@cmake --preset release -DPGFLEET_TESTS=OFF -DPGFLEET_BENCH=ON >/dev/null
	@cmake --build --preset release --target pgfleet_exporter pipeline_floor drift_cost
	@bench/run.py

format: ## clang-format over all sources
	tools/setup --for full
	find exporter tests bench -name '*.cc' -o -name '*.h' | xargs clang-format-19 -i

tidy: ## clang-tidy over exporter/
	tools/setup --for full
	tools/tidy

clean: ## remove what was built (not what setup installed)
	rm -rf build
