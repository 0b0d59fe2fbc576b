# What there is to do here. `make` alone lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The version that `baton version` prints: the nearest tag and commit, or nothing outside of a clone.
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null)
# The version comes from above, so that Go need not ask git a second time (which it refuses in another account's clone).
BUILD := -trimpath -buildvcs=false -ldflags '-X main.version=$(VERSION)'
# More flags for the demo: make run ARGS="--addr :9090"
ARGS ?=
# How long each target is fuzzed: make fuzz FUZZTIME=10m
FUZZTIME ?= 30s

.PHONY: help run test check build generate fmt bench lint fuzz

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

run: build ## build and start the demo; it prints the address to open
	@exec bin/baton demo $(ARGS)

build: ## bin/baton
	@.ci/need go gcc
	@echo "Building bin/baton (the first time takes a minute or two: SQLite is compiled as well) …"
	@mkdir -p bin
	@go build $(BUILD) -o bin/baton ./cmd/baton

# Most of the long tests wait: for a code to expire, a picture to change, a network to break. So more of them run side by
# side than there are cores.
test: ## every test, with the race detector
	@.ci/need go gcc browser node npm zbar curl
	@began=$$SECONDS; counts=$$(mktemp); trap 'rm -f "$$counts"' EXIT; \
	if BATON_TORTURE_COUNTS=$$counts go test -race -shuffle=on -parallel 4 -timeout 30m ./...; then \
		cat "$$counts"; \
		echo "make test: everything passed, in $$((SECONDS - began)) s."; \
	else \
		echo "make test: FAILED after $$((SECONDS - began)) s; the lines with FAIL above say where."; exit 1; \
	fi

# Their compilers and libraries are those of many languages, so `make test` leaves them out.
.PHONY: snippets
snippets: ## run, parse and type-check what /integrate gives out to copy
	@.ci/need go gcc browser node npm curl python-jwt php java gson
	@began=$$SECONDS; \
	if BATON_SNIPPETS=1 go test -count=1 -timeout 10m -run Snippets ./cmd/baton; then \
		echo "make snippets: everything passed, in $$((SECONDS - began)) s."; \
	else \
		echo "make snippets: FAILED after $$((SECONDS - began)) s; the lines with FAIL above say where."; exit 1; \
	fi

check: lint ## all that must hold before a change goes in: lint, test and snippets
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory snippets
	@echo "make check: everything holds."

lint: ## format, vet, staticcheck, generated files, modules
	@.ci/need go gcc
	@unformatted=$$(gofmt -l . ); \
	if [ -n "$$unformatted" ]; then echo "Not formatted (make fmt does it):"; echo "$$unformatted"; exit 1; fi
	@echo "lint: go vet"; go vet ./...
	@echo "lint: staticcheck"; go tool staticcheck ./...
	@echo "lint: templ"; cd views; \
	said=$$(go tool templ fmt -fail . 2>&1) || { echo "$$said"; echo "Templates are not formatted (make fmt does it)."; exit 1; }; \
	said=$$(go tool templ generate -check 2>&1) || { echo "$$said"; echo "Generated files are stale (make generate writes them; they are committed)."; exit 1; }
	@echo "lint: modules"; go mod verify; go mod tidy -diff

# Apart from lint, because the verdict hangs on the day and on a database in the internet; a mirror of it: GOVULNDB=file:///…
.PHONY: vuln
vuln: ## known vulnerabilities that the code can reach (asks the Go vulnerability database)
	@.ci/need go gcc
	@go tool govulncheck $${GOVULNDB:+-db "$$GOVULNDB"} ./...

# In views and not from the root: the generated files name their template relative to where the generator runs.
generate: ## write *_templ.go
	@cd views; go tool templ generate

fmt: ## format Go and templates
	@gofmt -w .
	@cd views; go tool templ fmt .

bench: ## every benchmark, once
	@.ci/need go gcc
	@go test -run '^$$' -bench . -benchmem -timeout 2h ./...

# Go fuzzes one target at a time. What it finds lies as a seed in testdata/fuzz beside the target and fails every later
# `make test` until it is mended.
fuzz: ## every fuzz target for FUZZTIME (30s) each
	@.ci/need go gcc
	@grep -rH --include='*_test.go' '^func Fuzz' cmd web views static internal sqlite | sort | \
	while IFS=: read -r file declared; do \
		target=$${declared#func }; target=$${target%%(*}; \
		echo "fuzz: $$target in $${file%/*}, for $(FUZZTIME)"; \
		go test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1s "./$${file%/*}" </dev/null; \
	done
	@echo "make fuzz: no target failed."

# Where the pictures go, and in which languages: make shots SHOTS=/tmp/shots LANGUAGES=en,ar ONLY=verify
SHOTS ?= shots
LANGUAGES ?= en
ONLY ?=
.PHONY: shots
shots: ## pictures of every page in every state into shots/, each looked through by axe-core
	@.ci/need go gcc browser node npm
	@cd cmd/baton; \
	BATON_SHOT_ALL="$(abspath $(SHOTS))" BATON_SHOT_LANGUAGES="$(LANGUAGES)" BATON_SHOT_ONLY="$(ONLY)" CI=1 \
		go test -count=1 -timeout 30m -run '^TestShots$$' || { echo "make shots: FAILED; the lines with .png: above say what is wrong on which picture."; exit 1; }
	@echo "make shots: open $(SHOTS)/index.html"

# How long each part of torture takes; there are three: make torture FOR=1h
FOR ?= 1m
.PHONY: torture
torture: ## SIGKILLs under load and a network that breaks, for FOR (1m) each; prints what it counted
	@.ci/need go gcc browser
	@BATON_TORTURE=$(FOR) CI=1 go test -race -count=1 -v -parallel 1 -timeout 0 -run Torture ./cmd/baton

.PHONY: lighthouse
lighthouse: ## Lighthouse on the pages of a registration in progress, five times each (4 minutes)
	@.ci/need go gcc browser node npm
	@cd cmd/baton; BATON_LIGHTHOUSE=1 CI=1 go test -count=1 -timeout 30m -run '^TestLighthouse$$' -v . | grep -v '^=== ' || { echo "make lighthouse: FAILED; the lines above say where."; exit 1; }
