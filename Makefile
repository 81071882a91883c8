# SPDX-License-Identifier: Apache-2.0
# 'make help' lists the targets. Nothing is asked on the terminal; what is missing is installed or named.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

scripts := Tests/Scripts
formatted := Package.swift Sources Tests

# The product: optimised across all files at once (LTO), the Swift runtime inside, OpenSSL and libcurl from the system.
# What nobody calls is left out, which needs that nothing is exported. The Dockerfile has the same flags.
release := -c release --product hookledger --static-swift-stdlib --disable-local-rpath \
  --experimental-lto-mode=full -Xswiftc -use-ld=lld -Xlinker --no-export-dynamic
binary := .build/release/hookledger

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## the release binary, .build/release/hookledger
	@$(scripts)/prepare.sh build
	swift build $(release)

.PHONY: demo
demo: build ## build, then run a sample task against the simulator
	$(binary) demo

.PHONY: test
test: ## format, warnings, every test in debug and release, linkage, end to end
	@$(scripts)/prepare.sh test
	@$(scripts)/test.sh

.PHONY: test-debug
test-debug: ## the unit tests alone, in debug
	@$(scripts)/prepare.sh build
	swift test --disable-xctest

.PHONY: sanitize
sanitize: ## the unit tests under the thread and the address sanitizer
	@$(scripts)/prepare.sh build
	@$(scripts)/sanitize.sh

.PHONY: coverage
coverage: ## how many lines of the parser, the verifier and the ledger the unit tests reach, and which they do not
	@$(scripts)/prepare.sh test
	@$(scripts)/coverage.sh

.PHONY: fuzz
fuzz: ## libFuzzer on the parsers against a second reading, FUZZ_SECONDS (60) each
	@$(scripts)/prepare.sh build
	@Tests/Fuzz/fuzz.sh

.PHONY: torture
torture: build ## slow clients, floods, failing disks, power cuts, TLS, fuzzers: a table; ROWS="idle tls" for some of it
	@$(scripts)/prepare.sh torture
	@$(scripts)/torture.sh $(ROWS)

.PHONY: lint
lint: ## format and architecture, without building
	@$(scripts)/prepare.sh lint
	swift format lint --strict --parallel --recursive $(formatted)
	@$(scripts)/architecture.sh

.PHONY: format
format: ## rewrite the sources in the project's format
	@$(scripts)/prepare.sh lint
	swift format --in-place --parallel --recursive $(formatted)

.PHONY: image
image: ## the container image, hookledger:latest
	@$(scripts)/image.sh

.PHONY: bench
bench: build ## measure against the peers: forty-five minutes, an idle machine
	@$(scripts)/bench.sh full

.PHONY: bench-quick
bench-quick: build ## the same for three servers, in two minutes
	@$(scripts)/bench.sh quick

.PHONY: bench-counts
bench-counts: build ## instructions, allocations and system calls per callback against their thresholds
	@$(scripts)/bench.sh counts

.PHONY: clean
clean: ## remove what was built
	rm -rf .build .build-*
