# Every target sets up what it needs on a fresh machine. STACK=docker or STACK=local chooses how the system runs; by
# itself it is docker where a Docker engine answers, and processes of this machine elsewhere.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

ORDERS ?= 20
CONCURRENCY ?= 4
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

LOCAL := node dist/stack/main.js
COMPOSE := docker compose --env-file .env --env-file .alexandrite/compose.env
has_docker = timeout 10 docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1
MODE = $(or $(filter docker local,$(STACK)),$(shell if [ ! -S .alexandrite/supervisor.sock ] && $(has_docker); then echo docker; else echo local; fi))
scale = $(foreach pair,$(filter-out %=,gateway=$(GATEWAY) shop=$(SHOP) crm=$(CRM) mes=$(MES) mes-operator=$(OPERATOR) mes-worker=$(WORKER) pricing=$(PRICING)),--scale $(pair))
# One container of several is named shop-2: compose itself knows services only.
on_docker = case "$(SERVICE)" in *-[0-9]) docker $(1) alexandrite-$(SERVICE);; *) $(LOCAL) compose-env && $(COMPOSE) $(1) $(SERVICE);; esac
need_service = @[ -n "$(SERVICE)" ] || { echo "Say which: make $@ SERVICE=mes"; exit 1; }

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

## Running

.PHONY: run-kafka run-all stop status logs
run-kafka: stack ## Start the broker and create its topics
	@if [ "$(MODE)" = docker ]; then $(LOCAL) compose-env && $(COMPOSE) up --detach --wait kafka && $(COMPOSE) up kafka-topics; else $(LOCAL) kafka; fi

run-all: stack ## Start everything; a second time starts what is missing. SHOP=2 CRM=2 MES=2 OPERATOR=2 WORKER=2 GATEWAY=2 PRICING=4
	@if [ "$(MODE)" = docker ]; then $(MAKE) certs && $(LOCAL) compose-env && $(COMPOSE) up --detach --build --wait $(scale) && $(LOCAL) urls; else $(LOCAL) up; fi

stop: stack ## Stop everything, or one process: SERVICE=mes; data stays
	@if [ "$(MODE)" = docker ]; then $(LOCAL) compose-env && $(COMPOSE) $(if $(SERVICE),stop $(SERVICE),down); else $(LOCAL) stop $(SERVICE); fi

status: stack ## What runs, and how much memory it takes
	@if [ "$(MODE)" = docker ]; then $(LOCAL) compose-env && $(COMPOSE) ps && docker stats --no-stream; else $(LOCAL) status; fi

logs: stack ## Logs of all services: ORDER=<id> SERVICE=mes LEVEL=warn FOLLOW=1 LINES=500
	@if [ "$(MODE)" = docker ]; then $(LOCAL) compose-env && $(COMPOSE) logs --no-color $(if $(filter 0,$(FOLLOW)),,--follow) | $(LOCAL) logs --stdin; else $(LOCAL) logs; fi

.PHONY: kill freeze resume start restart roll
kill: stack ## kill -9 one process: SERVICE=mes or shop-2 (RESTART=off keeps it down)
	$(need_service)
	@if [ "$(MODE)" = docker ]; then $(call on_docker,kill); else $(LOCAL) kill $(SERVICE); fi

freeze: stack ## Halt one process where it stands: SERVICE=mes
	$(need_service)
	@if [ "$(MODE)" = docker ]; then $(call on_docker,pause); else $(LOCAL) freeze $(SERVICE); fi

resume: stack ## Let a frozen process go on: SERVICE=mes
	$(need_service)
	@if [ "$(MODE)" = docker ]; then $(call on_docker,unpause); else $(LOCAL) resume $(SERVICE); fi

start: stack ## Start one process: SERVICE=mes, also SERVICE=pricing-2
	$(need_service)
	@if [ "$(MODE)" = docker ]; then $(call on_docker,start); else $(LOCAL) start $(SERVICE); fi

restart: stack ## Stop and start one process: SERVICE=mes
	$(need_service)
	@if [ "$(MODE)" = docker ]; then $(call on_docker,restart); else $(LOCAL) restart $(SERVICE); fi

roll: stack ## Restart all instances of a service one after another: SERVICE=shop, or all
	$(need_service)
	@if [ "$(MODE)" = docker ]; then $(LOCAL) compose-env && $(LOCAL) roll-containers $(SERVICE); else $(LOCAL) roll $(SERVICE); fi

## Using

.PHONY: demo order token dlq reconcile
demo: build ## Take orders from a model to DELIVERED: ORDERS=20 CONCURRENCY=4
	@node dist/tools/demo/main.js --orders $(ORDERS) --concurrency $(CONCURRENCY)

order: build ## One order everywhere: ID=<order id>
	@[ -n "$(ID)" ] || { echo "Say which: make order ID=<order id>"; exit 1; }
	@node dist/tools/order.js $(ID)

token: build ## A token to call with: ROLE=customer, seller, operator or partner
	@[ -n "$(ROLE)" ] || { echo "Say for whom: make token ROLE=customer"; exit 1; }
	@node dist/tools/token.js $(ROLE)

dlq: build ## Dead letters: CMD=list, show, redeliver or drop; ID=shop:17; ARGS="--all" or '--reason "why"'
	@node dist/tools/dlq/main.js $(or $(CMD),list) $(ID) $(ARGS)

reconcile: build ## What disagrees between services, topic, ledger and store: REPAIR=1 ONLY=orders,events HOURS=24 ARGS="--bound 60"
	@node dist/tools/reconcile/main.js $(if $(filter 1,$(REPAIR)),--repair) $(if $(ONLY),--only $(ONLY)) $(if $(HOURS),--hours $(HOURS)) $(ARGS)

.PHONY: check-history planted-bugs
check-history: build ## Hold the running system, and what clients saw of it, against the invariants: HISTORY=file PATIENCE=120
	@node dist/tools/check-history.js $(foreach file,$(HISTORY),--history $(file)) $(if $(PATIENCE),--patience $(PATIENCE))

planted-bugs: dependencies ## Plant bugs one after another and see each found by its invariant: BUGS=no-fence,offset-first
	@PLANTED=$(or $(BUGS),all) jest src/checker/planted-bugs.test.ts

.PHONY: fuzz
fuzz: build ## Hostile input of every kind: MINUTES=5 SEED=7 ONLY=models CASES=1000000
	@node dist/fuzz/main.js --minutes $(or $(MINUTES),5) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(CASES),--cases $(CASES))

.PHONY: chaos chaos-long
chaos: build ## The whole system under load while everything fails, held against all invariants: CYCLES=30 SEED=17
	@node dist/chaos/main.js --cycles $(or $(CYCLES),30) $(if $(SEED),--seed $(SEED)) $(ARGS)

chaos-long: build ## 300 cycles of chaos: SEED=17
	@node dist/chaos/main.js --cycles $(or $(CYCLES),300) $(if $(SEED),--seed $(SEED)) $(ARGS)

.PHONY: drill drills
drill: build ## Inject a fault and read what is announced: NAME=kill-mes; without NAME the list
	@if [ "$(MODE)" = docker ]; then echo "Drills need the system without Docker: STACK=local."; exit 1; fi
	@node dist/tools/drills/main.js $(NAME)

drills: build ## Every drill, one after another: EXCEPT=kill-shop,kill-crm
	@if [ "$(MODE)" = docker ]; then echo "Drills need the system without Docker: STACK=local."; exit 1; fi
	@node dist/tools/drills/main.js --all $(if $(EXCEPT),--except $(EXCEPT))

.PHONY: certs
certs: build ## Make or renew the certificates of all services: ARGS=--force makes valid ones anew too
	@node dist/tools/certs/main.js $(ARGS)

## Working on it

.PHONY: build gen docs dashboards rules check format lint types imports proto fresh-docs fresh-rules routes test test-live test-fuzz bench-pricing bench-database bench-crm-cache bench-restarts bench-roll bench-relay-kills bench-pricing-kills bench-backlog bench-poison load soak lock check-docker clean
build: stack ## Compile what is not compiled
	@$(LOCAL) build >/dev/null

gen: dependencies ## Generate code from proto/
	@npm run --silent gen

docs: build ## Generate docs/metrics.md from the catalogue of metrics
	@node dist/tools/docs.js

dashboards: build ## Generate grafana/dashboards from src/observability/dashboards
	@node dist/tools/dashboards.js

rules: build ## Generate prometheus.yml and the rules of the promises from src/observability
	@node dist/tools/rules.js

check: format lint types imports proto fresh-docs fresh-dashboards fresh-rules routes ## All that CI checks without running tests

format: dependencies
	@npm run --silent format:check

lint: dependencies
	@npm run --silent lint

types: dependencies
	@npm run --silent typecheck

imports: dependencies
	@npm run --silent deps

proto: dependencies
	@buf lint
	@buf breaking --against proto/released.binpb
	@node src/tools/generate.mjs --check

fresh-docs: build
	@node dist/tools/docs.js --check

fresh-dashboards: build
	@node dist/tools/dashboards.js --check

fresh-rules: build
	@node dist/tools/rules.js --check

routes: build
	@node dist/tools/check-alertmanager.js

test: build ## Every test: ARGS="src/stack" for some of them
	@jest $(ARGS)

test-live: build ## The alerts, requirements and dashboards on a live system, and short drills; wants a machine to itself
	@LIVE=on jest src/e2e/observability

test-fuzz: build ## Short fuzzing of a whole system; takes minutes
	@FUZZ=on jest src/fuzz/system.test.ts

samples: build ## Make samples/ anew; LARGE=1 makes large ones too, which git ignores
	@node dist/tools/make-samples.js $(if $(LARGE),--large)

bench-overload: build ## What ten times the calls do to a gRPC server: ARGS="--cost-us 12000 --seconds 15 --rounds 3"
	@node dist/bench/overload/main.js $(ARGS)

bench-overhead: build ## What being observed costs a gRPC call: ROUNDS=24 ARGS="--sides server --workloads unary"
	@node dist/bench/overhead/main.js --rounds $(or $(ROUNDS),24) $(ARGS)

bench-pricing: build ## The geometry engine beside admesh and trimesh
	@node dist/tools/bench-pricing.js

bench-database: build ## CPU per query of the database client beside bare pg: ARGS="--rounds 24"
	@node dist/bench/database/main.js $(ARGS)

bench-crm-cache: build ## CRM's lists and orders with its cache and without: ARGS="--rounds 24 --updates 20"
	@node dist/bench/crm-cache/main.js $(ARGS)

soak: build ## Whether calls of all outcomes leave anything behind: CALLS=200000
	@node --expose-gc dist/bench/soak/main.js --calls $(or $(CALLS),200000)

bench-restarts: build ## Kill Postgres and start it again under load: TIMES=20
	@node dist/bench/restarts/main.js --times $(or $(TIMES),20) $(ARGS)

bench-relay-kills: build ## Kill relays between produce and mark: KILLS=3000
	@node dist/bench/events/main.js relay-kills --kills $(or $(KILLS),3000)

bench-pricing-kills: build ## Kill pricing workers between claim and finish, and freeze others beyond their lease: KILLS=3000 FREEZES=1000
	@node dist/bench/pricing-kills/main.js --kills $(or $(KILLS),3000) --freezes $(or $(FREEZES),1000) $(ARGS)

bench-backlog: build ## Take the broker away under load and see the backlog drain: MINUTES=10 RATE=200
	@node dist/bench/events/main.js backlog --minutes $(or $(MINUTES),10) --rate $(or $(RATE),200)

bench-poison: build ## One message in a hundred cannot be applied: what others notice: ROUNDS=6 RATE=50 ARGS="--seconds 60"
	@node dist/bench/events/main.js poison --rounds $(or $(ROUNDS),6) --rate $(or $(RATE),50) $(ARGS)

load: build ## A load of all roles, steady and spikes, against docs/load.json: ROUNDS=6 SAVE=1 ARGS="--seconds 15 --tolerance 1.5"
	@node dist/bench/load/main.js --rounds $(or $(ROUNDS),6) $(if $(filter 1,$(SAVE)),--save) $(ARGS)

bench-roll: build ## Failed calls while services restart one after another at 70 % load: TIMES=30 SERVICE=shop,crm,mes,mes-operator
	@node dist/bench/roll/main.js --times $(or $(TIMES),30) $(if $(SERVICE),--services $(SERVICE)) $(ARGS)

lock: ## Make package-lock.json whole after npm install on a machine with a partial registry
	@node src/stack/complete-lock.mjs

check-docker: dependencies ## Prove docker-compose.yml and the Dockerfile's steps (installs Docker where it is missing)
	@.ci/check-docker

clean: ## Remove build and state; refuses while the system runs
	@if [ -d node_modules ]; then $(MAKE) stack && $(LOCAL) clean; else rm -rf dist .alexandrite coverage; fi

## Set-up

.PHONY: dependencies stack
dependencies:
	@command -v node >/dev/null || { echo "Node.js is missing: install version 20.19 or newer (https://nodejs.org)."; exit 1; }
	@node src/stack/dependencies.mjs

stack: dependencies dist/stack/.built

dist/stack/.built: $(shell find src/stack -name '*.ts' -not -name '*.test.ts') tsconfig.json tsconfig.build.json package-lock.json | dependencies
	@tsc -p src/stack/tsconfig.json
	@touch $@
