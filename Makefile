# What people type by habit; every target is one line of what the README and docs/ describe. `make help` lists them.
COMPOSE ?= docker-compose -f deploy/compose/development.yml
URL ?= http://127.0.0.1:9090
export VEDETTE_URL = $(URL)

.DEFAULT_GOAL := help
.PHONY: help dev up down health logs test test-unit ci-test ci-build test-load start-backend metrics info check-deps clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

dev: ## run from the sources and start again at each change
	npm run dev

up: ## start it in a container
	$(COMPOSE) up -d --build

down: ## stop that container; its data stays
	$(COMPOSE) down

health: ## is it ready? (exit code 0, 1, 3)
	@bin/vedette health

logs: ## the newest lines of this host's logs
	@bin/vedette logs

test: ## everything, as npm test
	npm test

test-unit: ## the unit tests only
	npx vitest run

ci-test: ## what CI runs
	.ci/run

ci-build: ## build, check, and make the packages
	npm run build && npm run check && npm run package

test-load: ## drive the demo application and watch the whole system at work
	bin/vedette load --duration 60s

start-backend: ## run the server here
	npm start

metrics: ## its own metrics
	@curl -fsS $(URL)/metrics

info: ## what runs, what is watched, what is wrong
	@bin/vedette version
	@bin/vedette status

check-deps: ## known faults in what it depends on
	npm audit --omit=dev

clean: ## remove what was built
	rm -rf dist
