# SPDX-License-Identifier: Apache-2.0
# SPDX-FileCopyrightText: The Wharf authors
#
# The only door to the project. Each line calls one script of scripts/, so that the rule can be read on one screen.

.DEFAULT_GOAL := help
.PHONY: fuzz fuzz-smoke help bootstrap run stop test test-vm integration faults test-power build debug lint fmt bench clean

help: ## this list
	@sed -n -E 's/^([a-z-]+):[^#]*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

bootstrap: ## install what is missing from Debian packages (root)
	@scripts/bootstrap

run: bootstrap ## build, start a private daemon in .wharf/ and run real containers
	@scripts/build debug static
	@scripts/run

stop: ## stop the daemon of `make run` and its containers
	@scripts/stop

test: bootstrap ## unit and integration tests (root)
	@scripts/build debug static
	@scripts/test

test-vm: bootstrap ## tests in an emulated machine with cgroup version 2 alone and an older kernel (root; half an hour)
	@scripts/build debug static
	@scripts/test-vm

integration: bootstrap ## only the tests with real containers (root)
	@scripts/build debug static
	@scripts/test --filter '^Integration\.'

faults: bootstrap ## every fault of docs/faults.md: misbehaving registries, kill -9 at each step, full disks (root; some minutes)
	@scripts/build debug static
	@scripts/faults

test-power: bootstrap ## power cuts in an emulated machine behind load and pull (root; CUTS=20 each, about a minute a cut)
	@scripts/build release
	@scripts/test-power

build: bootstrap ## release programs into .build-static/release
	@scripts/build release

debug: ## the two builds that run and test use, and nothing else
	@scripts/build debug static

lint: ## swift-format from the toolchain, as errors
	@scripts/lint

fmt: ## rewrite the sources in the project's format
	@scripts/lint --fix

fuzz: bootstrap ## fuzz targets, COUNT runs each (default 1,000,000)
	@scripts/fuzz long

fuzz-smoke: bootstrap ## fuzz targets, 50,000 runs each, a few minutes
	@scripts/fuzz smoke

bench: bootstrap ## side-by-side measurements against dockerd and podman (root; installs them)
	@scripts/build release
	@Benchmarks/run

clean: stop      ## remove every build folder and the private root of `make run`
	@scripts/clean
