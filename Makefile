# One-word verbs; each prepares what it needs.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.ONESHELL:

cache := $${GODWIT_CACHE:-$$HOME/.cache/godwit}
# Every recipe that needs Python's tools runs in the tests' environment, made when it is missing.
enter := venv=$$(hack/setup/prepare); export PATH="$$venv/bin:$$PATH" PYTHONPATH=operator:hack MYPY_CACHE_DIR="$(cache)/mypy"
lock := uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

help: ## this list
	@sed -nE 's/^([a-z]+):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

demo: ## set everything up and migrate a real guest while you watch
	@hack/demo

test: lint ## everything: lint, two labs, then one run over all tests, half of them in either
	@$(enter)
	lab=$${GODWIT_LAB:-godwit}
	export GODWIT_LABS="$$lab $$lab-2"
	for each in $$GODWIT_LABS; do hack/lab up --name $$each --exactly --fetch bookworm; done
	pytest -n 2 --max-worker-restart 0 --dist loadscope --no-loadscope-reorder
	hack/lab down --name $$lab-2

lint: verify ## ruff, mypy --strict, the directions of import, helm lint
	@$(enter)
	ruff check .
	ruff format --check .
	mypy
	lint-imports
	helm=$$(ls -t $(cache)/bin-*/helm 2>/dev/null | head -n 1 || true)
	if [ -n "$$helm" ]; then "$$helm" lint --strict --quiet charts/godwit
	else echo "helm lint: not now, helm comes with the lab; the tests run it too" >&2; fi

verify: ## generated files are what their sources make of them
	@changed=$$(hack/generate)
	[ -z "$$changed" ] || { printf 'were out of date and are made anew, commit them:\n%s\n' "$$changed" >&2; exit 1; }

faults: ## every fault in turn, then an hour of faults at random, while guests move
	@$(enter)
	hack/lab up --hosts 3
	eval "$$(hack/lab env)"
	pytest -m walk
	hack/faults

bench: ## ratios and figures measured side by side, with the machine's noise
	@hack/bench

lab: ## the cluster of real libvirt hosts, up and mended
	@hack/lab up

image: ## godwit:dev by podman, docker or buildah; BASE=IMAGE and TAG=NAME change what they say
	@engine=$$(command -v podman docker buildah | head -n 1) \
	  || { echo "no podman, docker or buildah in the PATH: install one" >&2; exit 1; }
	"$$engine" build -f Containerfile $(if $(BASE),--build-arg BASE=$(BASE)) -t $(or $(TAG),godwit:dev) .

lock: ## pin the dependencies again, with hashes (needs uv)
	@$(lock) pyproject.toml -o requirements.lock
	$(lock) --extra dev pyproject.toml -c requirements.lock -o requirements-dev.lock
	$(lock) --group image -c requirements-dev.lock -o requirements-build.lock

clean: ## end the labs; what was built once stays in the cache
	@lab=$${GODWIT_LAB:-godwit}
	for each in $$lab $$lab-2; do
	  [ ! -e "/var/lib/godwit-lab/$$each" ] || hack/lab down --name $$each
	done

.PHONY: help demo test lint verify faults bench lab image lock clean
