# wattledger: build, test, install. `make help` lists the targets; nothing here needs editing when a file is added.
#
# Variables:  PROFILE=release|asan|coverage|debug|fuzz  CC CFLAGS LDFLAGS  DESTDIR PREFIX SYSCONFDIR  V=1 (show commands)
#             UNITDIR (systemd's)  WERROR=1 (warnings are errors: always so but in a plain `make`)  BUILD=folder for everything that is made
#             MINIMAL=1 (for small places, in build/minimal)
#             T="tests/unit/base/test_buf.c ..." (test-unit, test-system: these alone)

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
SHELL := /bin/bash

VERSION := 0.1.0
# The day of this version (UTC seconds): a wall clock that shows less is wrong. A packager sets SOURCE_DATE_EPOCH.
BUILD_UTC_S := $(or $(SOURCE_DATE_EPOCH),1795564800)
# MINIMAL=1, for routers and base stations: the SNMP and Modbus collectors, ledger, InfluxDB and files; sized for flash. No page, no capture, no IPMI, no
# host counters, no `top` and `demo`, no dashboards.
PROFILE ?= $(if $(MINIMAL),minimal,release)
BUILD ?= $(if $(MINIMAL),build/minimal,build)
IS_RELEASE := $(filter release minimal,$(PROFILE))
# One name for each file: dependencies are written down by name.
override BUILD := $(patsubst $(CURDIR)/%,%,$(BUILD))
PREFIX ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),,$(PREFIX))/etc
UNITDIR ?= $(PREFIX)/lib/systemd/system
FUZZ_S ?= 60
FOR ?= 60s
PKG_CONFIG ?= pkg-config
ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(PROFILE)),clang,gcc)
endif

Q := $(if $(V),,@)
OBJ := $(BUILD)/obj/$(PROFILE)
BIN := $(if $(IS_RELEASE),$(BUILD),$(BUILD)/$(PROFILE))

# ---- Libraries ------------------------------------------------------------------------------------------------------------------

# Which libraries (pkg-config names) each program may link. A program that is not named here links the C library alone.
LIBS_wattledger := sqlite3 libsodium libfyaml jansson zlib smartcols $(if $(MINIMAL),,ncursesw)
LIBS_wattledger-plan := libfyaml libsodium zlib
LIBS_wattledger-core := sqlite3 libsodium zlib libcap-ng libseccomp
LIBS_wattledger-deliver := libcurl zlib libcap-ng libseccomp
LIBS_wattledger-series := libcurl jansson libsodium libcap-ng libseccomp zlib
LIBS_wattledger-page := libmicrohttpd sqlite3 libsodium zlib libcap-ng libseccomp
LIBS_wattledger-rapl := libcap-ng libseccomp
LIBS_wattledger-snmp := netsnmp libcap-ng libseccomp
LIBS_wattledger-modbus := libmodbus libcap-ng libseccomp
LIBS_wattledger-sim-modbus := libmodbus
LIBS_wattledger-sim-open_rows := sqlite3 zlib
LIBS_wattledger-ipmi := libfreeipmi libcap-ng libseccomp
LIBS_wattledger-traffic := libpcap libcap-ng libseccomp

# A program whose library is in this list is left out, with a message, when the library is missing.
LIBS_OPTIONAL := netsnmp libmodbus libfreeipmi libpcap libmicrohttpd

LIBS_ALL := $(sort $(foreach v,$(filter LIBS_wattledger%,$(.VARIABLES)),$($(v))))
LIBS_LEFT_OUT := $(if $(MINIMAL),libmicrohttpd libfreeipmi libpcap)
LIBS_PRESENT := $(shell for p in $(filter-out $(LIBS_LEFT_OUT),$(LIBS_ALL)) criterion; do $(PKG_CONFIG) --exists $$p 2>/dev/null && echo $$p; done)
LIBS_MISSING := $(filter-out $(LIBS_PRESENT),$(LIBS_ALL))
LIBS_FATAL := $(filter-out $(LIBS_OPTIONAL),$(LIBS_MISSING))
pkg_flags = $(if $(strip $(2)),$(shell $(PKG_CONFIG) $(1) $(2)))

# ---- Sources --------------------------------------------------------------------------------------------------------------------

# The layers from top to bottom; each has one archive, linked in this order. A test of a layer links it and what is below it.
LAYERS := run report output ledger settings wire account model base
LAYERS_NEW := $(filter-out cli $(LAYERS),$(patsubst agent/%/,%,$(wildcard agent/*/)))
$(if $(LAYERS_NEW),$(error agent/$(firstword $(LAYERS_NEW)) is a layer that the Makefile does not know: add it to LAYERS))

is_main = $(filter %/main.c %_main.c,$(1))
no_main = $(filter-out %/main.c %_main.c,$(1))
objects = $(patsubst %.c,$(OBJ)/%.o,$(1))
archive = $(OBJ)/lib-$(1).a

# Left out when its library is missing.
SOURCES_OPTIONAL := $(if $(filter libmicrohttpd,$(LIBS_MISSING)),agent/run/page.c) $(if $(MINIMAL),$(wildcard agent/cli/top*.c agent/cli/demo*.c))
sources_of = $(filter-out $(SOURCES_OPTIONAL),$(wildcard $(if $(filter cli,$(1)),agent/cli,$(if $(filter sim,$(1)),tests/sim,$(if $(filter $(LAYERS),$(1)),agent/$(1),collectors/$(1))))/*.c))
needs_of = $(filter $(LIBS_MISSING),$(LIBS_$(1)))

COLLECTORS_ALL := $(filter-out frame $(if $(MINIMAL),rapl ipmi traffic),$(patsubst collectors/%/,%,$(wildcard collectors/*/)))
COLLECTORS := $(foreach c,$(COLLECTORS_ALL),$(if $(call needs_of,wattledger-$(c)),,$(c)))
$(if $(filter programs,$(MAKECMDGOALS)),$(foreach c,$(filter-out $(COLLECTORS),$(COLLECTORS_ALL)),$(if $(call sources_of,$(c)),\
$(info The $(c) collector is left out: $(call needs_of,wattledger-$(c)) is not installed (`make deps` installs it).))))

# Every archive, and which ones hold something today.
ARCHIVES_ALL := sim cli $(COLLECTORS) frame $(LAYERS)
ARCHIVES := $(foreach a,$(ARCHIVES_ALL),$(if $(call no_main,$(call sources_of,$(a))),$(a)))
after = $(if $(2),$(if $(filter $(1),$(firstword $(2))),$(wordlist 2,99,$(2)),$(call after,$(1),$(wordlist 2,99,$(2)))))
below = $(filter $(call after,$(1),$(LAYERS)),$(ARCHIVES))

# ---- Programs: name:main source, collected from the tree --------------------------------------------------------------------------

MAINS := $(call is_main,$(wildcard agent/*/*.c collectors/*/*.c $(if $(MINIMAL),,tests/sim/*.c)))
program_of = $(strip $(if $(filter agent/cli/main.c,$(1)),wattledger,\
	$(if $(filter agent/run/daemon_main.c,$(1)),wattledgerd,\
	$(if $(filter tests/sim/%,$(1)),wattledger-sim-$(patsubst %_main.c,%,$(notdir $(1))),\
	$(if $(filter collectors/%,$(1)),wattledger-$(word 2,$(subst /, ,$(1))),\
	wattledger-$(patsubst %_main.c,%,$(notdir $(1))))))))
is_wanted = $(if $(filter collectors/%,$(1)),$(filter $(COLLECTORS),$(word 2,$(subst /, ,$(1)))),$(if $(call needs_of,$(call program_of,$(1))),,yes))
MAINS_WANTED := $(foreach m,$(MAINS),$(if $(call is_wanted,$(m)),$(m)))
PROGRAMS := $(foreach m,$(MAINS_WANTED),$(call program_of,$(m)))
archives_of = $(filter $(if $(filter tests/sim/%,$(1)),sim,$(if $(filter agent/cli/%,$(1)),cli,$(if $(filter collectors/%,$(1)),$(word 2,$(subst /, ,$(1))) frame))) $(LAYERS),$(ARCHIVES))

# ---- Tests ------------------------------------------------------------------------------------------------------------------------

UNIT_SOURCES := $(sort $(wildcard tests/unit/test_*.c tests/unit/*/test_*.c tests/unit/*/*/test_*.c))
UNIT_HELPERS := $(filter-out $(UNIT_SOURCES),$(wildcard tests/unit/*.c tests/unit/*/*.c tests/unit/*/*/*.c))
# Where Criterion is missing, its place is taken by what the tests use of it.
HAS_CRITERION := $(filter criterion,$(LIBS_PRESENT))
UNIT_TESTS := $(patsubst %.c,$(BIN)/%,$(UNIT_SOURCES))
FUZZERS := $(patsubst %.c,$(BIN)/%,$(wildcard tests/fuzz/fuzz_*.c))
FAULTS := $(patsubst %.c,$(BIN)/%,$(wildcard tests/fault/*.c))
BENCHES := $(patsubst %.c,$(BIN)/%,$(wildcard tests/bench/bench_*.c))
# The other sources there are programs that the benchmark scripts start: snmp_floor.c is bench-snmp-floor.
BENCH_TOOLS := $(filter-out tests/bench/bench_%,$(wildcard tests/bench/*.c))
BENCH_TOOLS := $(if $(filter netsnmp,$(LIBS_MISSING)),$(filter-out %/snmp_library.c,$(BENCH_TOOLS)),$(BENCH_TOOLS))
BENCH_TOOLS := $(if $(filter libmodbus,$(LIBS_MISSING)),$(filter-out %/modbus_floor.c,$(BENCH_TOOLS)),$(BENCH_TOOLS))
bench_tool = $(BIN)/bench-$(subst _,-,$(basename $(notdir $(1))))

# ---- Flags ------------------------------------------------------------------------------------------------------------------------

HARDEN_WISHES := -fstack-protector-strong -fstack-clash-protection -fcf-protection -ftrivial-auto-var-init=zero
FLAGS_TAKEN := $(if $(IS_RELEASE),$(shell for f in $(HARDEN_WISHES); do \
	echo 'int main(void){return 0;}' | $(CC) -Werror $$f -x c -c -o /dev/null - 2>/dev/null && echo $$f; done; \
	echo '\#include <stdio.h>' | $(CC) -Werror -O2 -D_FORTIFY_SOURCE=3 -x c -E - >/dev/null 2>&1 && echo -D_FORTIFY_SOURCE=3 || echo -D_FORTIFY_SOURCE=2))

# Unwinding is for debuggers, which find it in the debug information; relative relocations take a bit each where the C library knows that form.
CFLAGS_release := -O2 -g -U_FORTIFY_SOURCE $(FLAGS_TAKEN) -fPIE -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables
RELOCATIONS := $(if $(IS_RELEASE),$(shell echo 'int main(void){return __GLIBC__ < 2;}' | $(CC) -include features.h -pie -fPIE -Wl,--fatal-warnings \
	-Wl,-z,pack-relative-relocs -x c -o /dev/null - 2>/dev/null && echo -Wl,-z,pack-relative-relocs))
# What runs when a person asks, once at a start or a few times a minute is built for size; a packager's -O2 does not change that.
FOR_SIZE := $(if $(filter release,$(PROFILE)),agent/cli/ agent/report/ agent/settings/ agent/run/page agent/run/series collectors/rapl/ tests/sim/)
CFLAGS_minimal = $(CFLAGS_release) -Os -flto=auto -DWATTLEDGER_MINIMAL
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_coverage := -O0 -g --coverage
CFLAGS_debug := -O0 -g3
CFLAGS_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections $(RELOCATIONS)
LDFLAGS_minimal = $(LDFLAGS_release)
# Without relocations, which a test that starts many programs would pay for each time; two hundred links take half as long with gold.
# gcc's shared libubsan ignores log_path beside libasan, and the test runner would not hear of a finding in a child process.
LDFLAGS_asan := -no-pie $(if $(shell command -v ld.gold),-fuse-ld=gold) -fsanitize=address,undefined $(if $(filter asan,$(PROFILE)),$(shell echo 'int main(void){return 0;}' | \
	$(CC) -Werror -fsanitize=address,undefined -static-libasan -static-libubsan -x c -o /dev/null - 2>/dev/null && echo -static-libasan -static-libubsan))
LDFLAGS_coverage := --coverage
LDFLAGS_debug :=
LDFLAGS_fuzz := -fsanitize=address,undefined
$(if $(filter undefined,$(origin CFLAGS_$(PROFILE))),$(error PROFILE=$(PROFILE): one of release minimal asan coverage debug fuzz))

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
WERROR ?= $(if $(IS_RELEASE),,1)
DEFINES := -D_GNU_SOURCE -DWATTLEDGER_VERSION='"$(VERSION)"' -DWATTLEDGER_BUILD_UTC_S='INT64_C($(BUILD_UTC_S))' -DWATTLEDGER_SYSCONFDIR='"$(SYSCONFDIR)"'
# On processors of 32 bits files and times have 64 all the same.
WIDE := $(if $(filter 4,$(shell echo __SIZEOF_POINTER__ | $(CC) -x c -E -P - 2>/dev/null)),-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64)
ifneq ($(WIDE),)
DEFINES += $(WIDE)
# The head of a packet holds the time_t that libpcap was built with, which is the distribution's own.
$(OBJ)/collectors/traffic/%.o $(OBJ)/tests/unit/traffic/%.o: DEFINES := $(filter-out $(WIDE),$(DEFINES))
endif
ALL_CFLAGS = -std=c11 $(WARNINGS) $(CFLAGS_$(PROFILE)) $(DEFINES) -Iagent -Icollectors $(LIB_CFLAGS) $(EXTRA_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(SIZE_CFLAGS)
ALL_LDFLAGS = $(LDFLAGS_$(PROFILE)) -Wl,--as-needed $(LDFLAGS)
# What the sources ask of the C library is DEFINES' to say.
LIB_CFLAGS := $(filter-out -D_XOPEN_SOURCE=% -D_DEFAULT_SOURCE,$(call pkg_flags,--cflags,$(filter-out criterion,$(LIBS_PRESENT))))
TEST_LIBS = $(call pkg_flags,--libs,$(filter-out criterion,$(LIBS_PRESENT))) -lm

# ---- What people call ---------------------------------------------------------------------------------------------------------------

# Two builds in one folder wait for each other; without -j all processors are used.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
submake = mkdir -p $(BUILD) && flock -o $(BUILD)/.lock $(MAKE) --no-print-directory $(JOBS)

.PHONY: all programs unit fuzzers faults benches objects
## all: build the programs (default); PROFILE=asan|coverage|debug puts them into build/PROFILE/
all:
	+@$(call submake) programs

programs: $(PROGRAMS:%=$(BIN)/%)

## unit: build the unit tests of PROFILE without running them
unit: $(UNIT_TESTS)
fuzzers: $(FUZZERS)
faults: $(FAULTS)
benches: $(BENCHES) $(foreach t,$(BENCH_TOOLS),$(call bench_tool,$(t)))

## objects: compile everything, link nothing
objects: $(call objects,$(foreach a,$(ARCHIVES),$(call no_main,$(call sources_of,$(a)))) $(MAINS_WANTED))

## run: install what the build needs, build, and run a simulated site with an agent on it (FOR=60s)
.PHONY: run deps deps-check
run:
	@packaging/install-dependencies build run
	+@$(call submake) programs
	$(Q)$(BUILD)/wattledger demo --for $(FOR)

## deps: install the packages that the build needs (says what it does; nothing when all is there)
deps:
	@packaging/install-dependencies build run

## deps-check: deps, and the packages that `check` needs
deps-check:
	@packaging/install-dependencies build run test

## check: install what the tests need, build, and run all checks and tests; the last line says how many passed
.PHONY: check check-built test-unit test-system
check:
	@packaging/install-dependencies build run test
	+@$(MAKE) --no-print-directory check-built

# All is compiled by gcc, and by clang for the fuzzers. A source that does not compile fails the run, and does not keep the rest from being tested.
CAN_FUZZ = $(shell command -v clang >/dev/null && echo 'int LLVMFuzzerTestOneInput(void){return 0;}' | \
	clang -fsanitize=fuzzer,address -x c -o /dev/null - 2>/dev/null && echo yes)
check-built:
	+@failed=; \
	$(call submake) -k PROFILE=release WERROR=1 programs || failed="$$failed release"; \
	$(call submake) -k PROFILE=asan programs unit faults || failed="$$failed asan"; \
	export FUZZ_SKIP_REASON='$(if $(CAN_FUZZ),,clang with its fuzzer runtime is not installed (make deps-check))'; \
	[ -n "$$FUZZ_SKIP_REASON" ] || $(call submake) -k PROFILE=fuzz CC=clang objects fuzzers || failed="$$failed fuzz"; \
	BUILD_FAILED="$$failed" tests/run --build $(BUILD)

## test-unit: build and run the unit tests with sanitizers; T="FILE..." takes these alone
test-unit:
	+@$(call submake) PROFILE=asan $(if $(T),$(patsubst %.c,$(BUILD)/asan/%,$(T)),unit)
	@tests/run --build $(BUILD) $(or $(T),unit)

## test-system: build with sanitizers and run the system tests; T="FILE..." takes these alone
test-system:
	+@$(call submake) PROFILE=asan programs
	@tests/run --build $(BUILD) $(or $(T),system)

## bench: install the peers that are measured beside us, build the release and run every benchmark
.PHONY: bench fuzz lint format coverage
bench:
	@packaging/install-dependencies build run bench
	+@$(call submake) PROFILE=release programs benches
	@export WATTLEDGER_BUILD=$(abspath $(BUILD)); ran=0; \
	for b in $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/bench_*.c)) $(wildcard tests/bench/*.sh); do \
		echo "== $$b"; $$b || exit 1; ran=1; done; [ $$ran = 1 ] || { echo 'There is no benchmark.' >&2; exit 1; }

## fuzz: run each fuzzer for FUZZ_S seconds (60) and keep what it finds in build/fuzz
fuzz:
	+@$(call submake) PROFILE=fuzz CC=clang fuzzers
	@[ -n '$(wildcard tests/fuzz/fuzz_*.c)' ] || { echo 'There is no fuzzer.' >&2; exit 1; }
	@for f in $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c)); do echo "== $$f"; mkdir -p $(BUILD)/fuzz/corpus/$$f; \
		$(BUILD)/fuzz/tests/fuzz/fuzz_$$f -max_total_time=$(FUZZ_S) -timeout=10 -artifact_prefix=$(BUILD)/fuzz/$$f. \
			$(BUILD)/fuzz/corpus/$$f $$(ls -d tests/fuzz/corpus/$$f 2>/dev/null) || exit 1; done

C_FILES = $(wildcard agent/*/*.[ch] collectors/*/*.[ch] tests/unit/*.[ch] tests/unit/*/*.[ch] tests/sim/*.[ch] tests/fuzz/*.[ch] tests/bench/*.[ch] tests/fault/*.[ch] tests/fault/*/*.[ch] tests/sanitizer/*.[ch])
# One source at a time: several in one call of clang-tidy 14 make it see va_lists that nobody ended.
## lint: clang-tidy, cppcheck, shellcheck, clang-format; changes nothing
lint:
	+@failed=0; \
	clang-format --dry-run -Werror $(C_FILES) || failed=1; \
	tests/checks/shellcheck || failed=1; \
	cppcheck --quiet --enable=warning,portability,performance --inline-suppr --error-exitcode=1 --std=c11 -D_GNU_SOURCE -DMUST_CHECK= \
		--suppress=missingIncludeSystem -Iagent -Icollectors $(filter agent/%.c collectors/%.c,$(C_FILES)) || failed=1; \
	printf '%s\n' $(filter agent/%.c collectors/%.c,$(C_FILES)) | xargs -P $(shell nproc) -I SOURCE \
		clang-tidy --quiet SOURCE -- -std=c11 $(DEFINES) -Iagent -Icollectors $(LIB_CFLAGS) 2>/dev/null || failed=1; \
	exit $$failed

## format: rewrite the C sources as .clang-format says
format:
	$(Q)clang-format -i $(C_FILES)

COVERAGE_FLOOR ?= 80
## coverage: unit and system tests with coverage; fails when account, ledger or output are below COVERAGE_FLOOR (80 % of lines)
coverage:
	+@$(call submake) PROFILE=coverage programs unit
	@find $(BUILD)/obj/coverage -name '*.gcda' -delete
	@WATTLEDGER_BUILD=$(abspath $(BUILD)/coverage) tests/run --build $(BUILD) unit system
	@gcovr --root . --filter agent/ --filter collectors/ --html-details $(BUILD)/coverage/index.html $(BUILD)/obj/coverage \
		--print-summary | tail -n 3
	@gcovr --root . --filter 'agent/(account|ledger|output)/' --fail-under-line $(COVERAGE_FLOOR) $(BUILD)/obj/coverage

MONTH_SEEDS ?= 200
MONTH_DAYS ?= 30
## months: months of fifty meters with faults of every kind, on a simulated clock: MONTH_SEEDS=200 MONTH_DAYS=30 (an hour of one processor; all are used)
.PHONY: months guards kills
months:
	+@$(call submake) PROFILE=release $(BUILD)/tests/fault/month
	@seq $(MONTH_SEEDS) | MONTH_DAYS=$(MONTH_DAYS) xargs -P $(shell nproc) -I SEED \
		sh -c '$(BUILD)/tests/fault/month 1 SEED 2>&1 | sed "s/^/seed SEED: /"' | tee $(BUILD)/months.log
	@exact=$$(grep -c ', 0 figures wrong$$' $(BUILD)/months.log); [ $$exact -eq $(MONTH_SEEDS) ] && wrong= || wrong=', the others are in $(BUILD)/months.log'; \
		echo "$$exact of $(MONTH_SEEDS) seeds of $(MONTH_DAYS) days conserve every millijoule$$wrong"; [ -z "$$wrong" ]

## minimal-check: build with MINIMAL=1, meter 20 simulated devices with it into a store, and say what it holds in memory
.PHONY: minimal-check
minimal-check: programs
	+@$(MAKE) --no-print-directory MINIMAL=1
	$(Q)tests/bench/small.sh minimal

## guest: a kernel's own powercap, hwmon and power_supply classes and IPMI driver, in an emulated guest (some minutes; fetches a kernel)
.PHONY: guest
guest:
	$(Q)packaging/install-dependencies build run test guest
	+@$(call submake) PROFILE=release programs
	$(Q)WATTLEDGER_BUILD=$(abspath $(BUILD)) bats tests/guest/guest.bats

## many-bmcs: 300 simulated BMCs on one collector, one of them frozen (some minutes, 2 GB)
.PHONY: many-bmcs
many-bmcs: programs
	$(Q)IPMI_BMCS=300 WATTLEDGER_BUILD=$(BUILD) bats -f "BMCs, one of them frozen" tests/system/ipmi_collector.bats

RIG_REQUESTS ?= 100000
## modbus-rig: Modbus lines that do everything wrong, on a simulated clock: RIG_REQUESTS=100000 RIG_SEED=1 RIG_REACH=1 (half a minute)
.PHONY: modbus-rig
modbus-rig:
	+@$(call submake) PROFILE=release $(BUILD)/tests/fault/modbus_rig
	@RIG_REQUESTS=$(RIG_REQUESTS) $(BUILD)/tests/fault/modbus_rig

## guards: take away one guard of the accounting at a time; each has to be missed by a test (minutes)
guards:
	@tests/unit/account/guards.sh

ROUNDS ?= 500
## kills: kill -9 of core, collectors and supervisor under reloads, ROUNDS times (500; a few seconds each): ledger and points are exact
kills:
	+@$(call submake) PROFILE=release programs
	@KILL_ROUNDS=$(ROUNDS) WATTLEDGER_BUILD=$(abspath $(BUILD)) bats tests/system/agent_kill.bats

GRAFANA := $(BUILD)/grafana
GRAFANA_SOURCES := $(wildcard packaging/grafana/*.py packaging/grafana/*.json packaging/grafana/definitions/*.json) packaging/grafana/generate
## dashboards: dashboards, alert rules and provisioning files for Grafana, in build/grafana (needs python3)
.PHONY: dashboards dashboards-check dashboards-ask
dashboards: $(GRAFANA)/made
	@echo 'Dashboards: $(GRAFANA)/{influxql,promql,flux,sql}/*.json. Import them, or let Grafana load them: packaging/grafana/README.md'

$(GRAFANA)/made: $(GRAFANA_SOURCES)
	$(Q)command -v python3 >/dev/null || { echo 'python3 is not installed, which makes the dashboards: apt-get install python3' >&2; exit 1; }
	$(Q)rm -rf $(GRAFANA) && packaging/grafana/generate $(GRAFANA) $(VERSION) && touch $@

## pictures: those of the README, from real commands on a simulated month, in packaging/pictures (needs python3, chromium)
.PHONY: pictures
pictures: programs
	packaging/pictures/make $(BUILD)

## screens: PAGE (an agent's http://127.0.0.1:PORT/, or a package's report.html) narrow and wide, light and dark, printed, in OUT (build/screens)
.PHONY: screens
screens:
	packaging/pictures/screens $(PAGE) $(if $(OUT),$(OUT),$(BUILD)/screens)

## dashboards-check: the dashboards against Grafana's own types, units and SQL and Flux grammars (fetches packages of npm)
dashboards-check: $(GRAFANA)/made
	@packaging/grafana/check-types $(GRAFANA) $(BUILD)/npm

## dashboards-ask: every question of every panel put to an InfluxDB and a VictoriaMetrics that an agent fills (four minutes)
dashboards-ask:
	+@$(call submake) PROFILE=release programs
	@DASHBOARDS=1 WATTLEDGER_BUILD=$(abspath $(BUILD)) bats tests/system/grafana.bats

# What `demo` and `drivers test` start; the other simulators are for the tests.
SIMS_INSTALLED := $(if $(MINIMAL),,wattledger-sim-snmp wattledger-sim-powercap wattledger-sim-modbus wattledger-sim-past)
LIBEXEC_PROGRAMS = $(filter-out wattledger-sim-%,$(filter wattledger-%,$(PROGRAMS))) $(filter $(SIMS_INSTALLED),$(PROGRAMS))
# The program that tells completion and wattledger(1): for a cross build one that runs here.
TELLER ?= $(BUILD)/wattledger
TO_ROFF = awk -f packaging/man/to-roff -v version=$(VERSION)
DROPINS = $(foreach c,$(COLLECTORS),$(wildcard packaging/systemd/$(c).conf))
# 1: source  2: target. The paths of this installation are written into it.
install_filled = sed -e 's|@LIBEXECDIR@|$(PREFIX)/libexec|g' -e 's|@BINDIR@|$(PREFIX)/bin|g' -e 's|@SBINDIR@|$(PREFIX)/sbin|g' -e 's|@SYSCONFDIR@|$(SYSCONFDIR)|g' $(1) >$(2) && chmod 644 $(2)

# 1: sources  2: folder. Deflated, and always to the same bytes; none of an earlier installation stays beside them.
install_packed = install -m 644 $(1) $(2)/ && gzip -9nf $(addprefix $(2)/,$(notdir $(1)))

HAS_GRAFANA := $(if $(MINIMAL),,$(shell command -v python3))
## install: programs, data, service and config below DESTDIR; PREFIX (/usr/local), SYSCONFDIR (/usr/local/etc, /etc for /usr)
.PHONY: install
install: DEST = $(DESTDIR)$(PREFIX)
install: all $(if $(HAS_GRAFANA),$(GRAFANA)/made)
	$(Q)install -d $(DEST)/bin $(DEST)/sbin $(DEST)/libexec/wattledger $(DEST)/share/wattledger/drivers $(DEST)/share/wattledger/grid $(DEST)/share/wattledger/config \
		$(DEST)/share/doc/wattledger/examples $(DEST)/share/man/man{1,5,7,8} $(DEST)/share/bash-completion/completions \
		$(DEST)/share/zsh/vendor-completions $(DEST)/share/fish/vendor_completions.d $(DEST)/lib/sysusers.d $(DEST)/lib/tmpfiles.d $(DESTDIR)$(UNITDIR)/wattledger.service.d \
		$(DESTDIR)$(SYSCONFDIR)/wattledger/conf.d $(DESTDIR)$(SYSCONFDIR)/wattledger/secrets
	$(Q)install -m 755 $(BUILD)/wattledger $(DEST)/bin/
	$(Q)install -m 755 $(BUILD)/wattledgerd $(DEST)/sbin/
	$(Q)for p in $(LIBEXEC_PROGRAMS); do install -m 755 $(BUILD)/$$p $(DEST)/libexec/wattledger/ || exit 1; done
	$(Q)$(call install_packed,$(wildcard drivers/*.yaml),$(DEST)/share/wattledger/drivers)
	$(Q)install -m 644 config/wattledger.yaml $(DEST)/share/wattledger/config/
	$(Q)$(call install_packed,$(wildcard config/grid/*.csv),$(DEST)/share/wattledger/grid)
	$(Q)install -m 644 config/grid/README.md $(DEST)/share/wattledger/grid/
	$(Q)install -m 755 packaging/recalculate*.py $(DEST)/share/wattledger/
	$(Q)chmod 644 $(DEST)/share/wattledger/recalculate_shared.py
	$(if $(HAS_GRAFANA),$(Q)for d in influxql promql flux sql alerts provisioning; do install -d $(DEST)/share/wattledger/grafana/$$d && \
		install -m 644 $(GRAFANA)/$$d/* $(DEST)/share/wattledger/grafana/$$d/ || exit 1; done,@echo 'The dashboards for Grafana are left out$(if $(MINIMAL),,: python3 is not there)')
	$(Q)install -m 644 config/examples/* packaging/systemd/examples/* packaging/init/* $(DEST)/share/doc/wattledger/examples/
	$(Q)install -m 644 README.md LICENSE $(DEST)/share/doc/wattledger/
	$(Q)$(TELLER) completion bash >$(DEST)/share/bash-completion/completions/wattledger
	$(Q)$(TELLER) completion zsh >$(DEST)/share/zsh/vendor-completions/_wattledger
	$(Q)$(TELLER) completion fish >$(DEST)/share/fish/vendor_completions.d/wattledger.fish
	$(Q)$(TELLER) completion man >$(DEST)/share/man/man1/wattledger.1
	$(Q)$(TO_ROFF) -v name=wattledgerd -v section=8 packaging/man/wattledgerd.8.md >$(DEST)/share/man/man8/wattledgerd.8
	$(Q)for p in wattledger wattledger-api wattledger-recipes wattledger-audit; do \
		$(TO_ROFF) -v name=$$p -v section=7 packaging/man/$$p.7.md >$(DEST)/share/man/man7/$$p.7 || exit 1; done
	$(Q)awk -f packaging/man/config-to-roff -v version=$(VERSION) config/wattledger.yaml >$(DEST)/share/man/man5/wattledger.yaml.5
	$(Q)sed '/^| driver | devices/,/^$$/d' drivers/README.md | $(TO_ROFF) -v name=wattledger-drivers -v section=5 \
		-v about='files that say what the numbers of a device family mean' >$(DEST)/share/man/man5/wattledger-drivers.5
	$(Q)install -m 644 packaging/systemd/sysusers.conf $(DEST)/lib/sysusers.d/wattledger.conf
	$(Q)install -m 644 packaging/systemd/tmpfiles.conf $(DEST)/lib/tmpfiles.d/wattledger.conf
	$(Q)for u in wattledger wattledger-clock; do $(call install_filled,packaging/systemd/$$u.service,$(DESTDIR)$(UNITDIR)/$$u.service) || exit 1; done
	$(Q)for f in $(DROPINS); do install -m 644 $$f $(DESTDIR)$(UNITDIR)/wattledger.service.d/ || exit 1; done
	$(Q)for f in $(wildcard config/*.yaml); do t=$(DESTDIR)$(SYSCONFDIR)/wattledger/$${f##*/}; \
		[ -e $$t ] && echo "$$t is kept as it is" || install -m 640 $$f $$t || exit 1; done
	$(Q)chmod 750 $(DESTDIR)$(SYSCONFDIR)/wattledger/conf.d && chmod 700 $(DESTDIR)$(SYSCONFDIR)/wattledger/secrets

## deb: Debian packages in build/deb, the collectors that are built each in their own
.PHONY: deb
deb:
	@packaging/install-dependencies build package
	@packaging/deb/build --version $(VERSION) --out $(BUILD)/deb

## rpm: RPM packages in build/rpm, the same ones, and their source package (what is built on Debian runs with Debian's libraries)
.PHONY: rpm
rpm:
	@packaging/install-dependencies build package
	@packaging/rpm/build --version $(VERSION) --out $(BUILD)/rpm

## reproducible: build the packages twice in different surroundings; they have to be the same to the bit (some minutes)
.PHONY: reproducible
reproducible:
	@packaging/install-dependencies build package
	@packaging/reproducible --version $(VERSION) --out $(BUILD)/reproducible deb rpm

## release: everything of a release from a tag alone, in build/release: TAG=v0.1.0 (packaging/RELEASING.md)
.PHONY: release
release:
	@packaging/install-dependencies build package
	@packaging/release --tag $(or $(TAG),v$(VERSION)) --out $(BUILD)/release

## sbom: what the programs are made of, as SPDX 2.3: build/wattledger.spdx.json
.PHONY: sbom
sbom: programs
	@packaging/install-dependencies package
	$(Q)packaging/sbom --version $(VERSION) --utc $(BUILD_UTC_S) --build $(BUILD) wattledger wattledgerd $(LIBEXEC_PROGRAMS) >$(BUILD)/wattledger.spdx.json
	@echo "$(BUILD)/wattledger.spdx.json"

## package-check: install, upgrade, break, remove and purge the packages (deb, then rpm) on a fresh Debian under a real systemd (as root; PREVIOUS=folder of debs to upgrade from)
.PHONY: package-check
package-check: deb rpm $(BIN)/wattledger-sim-open_rows
	@packaging/install-dependencies package
	@packaging/rpm/compare --debs $(BUILD)/deb --rpms $(BUILD)/rpm
	@rpmlint -c packaging/rpm/rpmlint.toml $(BUILD)/rpm/*.rpm
	@packaging/deb/check --debs $(BUILD)/deb --rpms $(BUILD)/rpm $(if $(PREVIOUS),--previous $(PREVIOUS)) --rows $(BIN)/wattledger-sim-open_rows --cache $(or $(PACKAGE_CACHE),$(BUILD)/package-check)

## cross: build for another processor and run the unit tests and an agent under qemu, in a Debian of its own (as root; ARCH=arm64|armhf, CROSS_CACHE=folder; T="FILE..." runs these tests alone)
.PHONY: cross
cross:
	@packaging/install-dependencies cross
	@packaging/cross --arch $(or $(ARCH),arm64) --cache $(or $(CROSS_CACHE),$(BUILD)/cross-system) --out $(BUILD)/cross/$(or $(ARCH),arm64) $(if $(T),--tests "$(T)")

## clean: remove everything that was made
.PHONY: clean help
clean:
	$(Q)rm -rf $(BUILD)

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): */\1\t/p' $(MAKEFILE_LIST) | sort | awk -F'\t' '{ printf "  %-14s %s\n", $$1, $$2 }'

# ---- Rules --------------------------------------------------------------------------------------------------------------------------

# Rewritten only when the text changes, so that other flags or a removed source rebuild what depends on them.
# 1: file  2: text
remember = $(shell mkdir -p $(dir $(1)); printf '%s\n' $(call quote,$(2)) | cmp -s - $(1) || printf '%s\n' $(call quote,$(2)) >$(1))
quote = '$(subst ','\'',$(1))'
ifeq ($(filter help clean deps deps-check,$(MAKECMDGOALS)),)
$(call remember,$(OBJ)/flags,$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)$(if $(HAS_CRITERION),, plain))
$(foreach a,$(ARCHIVES),$(call remember,$(OBJ)/members-$(a),$(call no_main,$(call sources_of,$(a)))))
endif

$(OBJ)/tests/%.o: EXTRA_CFLAGS = -Itests -Itests/sim
$(FOR_SIZE:%=$(OBJ)/%\%.o): SIZE_CFLAGS = -Os
CRITERION_CFLAGS := $(if $(HAS_CRITERION),$(call pkg_flags,--cflags,criterion),-isystem tests/plain)
# Criterion's macros assign ints to bit-fields.
$(OBJ)/tests/unit/%.o: EXTRA_CFLAGS = -Itests -Itests/sim -Itests/unit $(CRITERION_CFLAGS) -Wno-conversion
$(OBJ)/tests/plain/%.o: EXTRA_CFLAGS = -Itests/plain

$(OBJ)/%.o: %.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(if $(LIBS_FATAL),$(error Missing: $(LIBS_FATAL). `make deps` installs what the build needs))
	$(if $(V),,@echo "  CC    $<$(if $(IS_RELEASE),, ($(PROFILE)))")
	$(Q)$(CC) $(ALL_CFLAGS) $(if $(WERROR),-Werror) -MMD -MP -c -o $@ $<

define ARCHIVE_RULE
$(call archive,$(1)): $(call objects,$(call no_main,$(call sources_of,$(1)))) $(OBJ)/members-$(1)
	$$(Q)rm -f $$@ && ar rcD $$@ $$(filter %.o,$$^) && ranlib -D $$@
endef
$(foreach a,$(ARCHIVES),$(eval $(call ARCHIVE_RULE,$(a))))

SANITIZER_OBJECTS := $(if $(filter asan,$(PROFILE)),$(call objects,tests/sanitizer/leaks.c))

# 1: program  2: main source
define PROGRAM_RULE
$(BIN)/$(1): $(call objects,$(2)) $(SANITIZER_OBJECTS) $(foreach a,$(call archives_of,$(2)),$(call archive,$(a)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(call pkg_flags,--libs,$(filter $(LIBS_PRESENT),$(LIBS_$(1)))) -lm
endef
$(foreach m,$(MAINS_WANTED),$(eval $(call PROGRAM_RULE,$(call program_of,$(m)),$(m))))

# A test of agent/LAYER is linked with that layer and those below it alone; any other test with everything.
# 1: source  2: its folder below tests/unit
test_archives = $(if $(filter $(LAYERS),$(1)),$(filter $(1),$(ARCHIVES)) $(call below,$(1)),$(filter $(1),$(ARCHIVES)) $(filter-out $(1),$(ARCHIVES)))
# Nothing but a section of their own knows the tests.
define UNIT_RULE
$(BIN)/$(1:.c=): $(call objects,$(1) $(filter $(dir $(1))%,$(UNIT_HELPERS)) $(if $(HAS_CRITERION),,tests/plain/plain.c)) $(foreach a,$(call test_archives,$(2)),$(call archive,$(a)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -Wl,--no-gc-sections -o $$@ $$^ $$(call pkg_flags,--libs,$(HAS_CRITERION)) $$(TEST_LIBS)
endef
$(foreach t,$(UNIT_SOURCES),$(eval $(call UNIT_RULE,$(t),$(word 3,$(subst /, ,$(t))))))

# 1: program below BIN  2: what the linker is told besides. Sources in a folder of the program's name belong to it.
define WHOLE_RULE
$(BIN)/$(1): $(OBJ)/$(1).o $(call objects,$(wildcard $(1)/*.c)) $(foreach a,$(ARCHIVES),$(call archive,$(a)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) $(2) -o $$@ $$^ $$(TEST_LIBS)
endef
$(foreach f,$(FUZZERS),$(eval $(call WHOLE_RULE,$(f:$(BIN)/%=%),-fsanitize=fuzzer)))
$(foreach f,$(FAULTS),$(eval $(call WHOLE_RULE,$(f:$(BIN)/%=%),)))
$(foreach b,$(BENCHES),$(eval $(call WHOLE_RULE,$(b:$(BIN)/%=%),)))

# 1: program  2: source
define BENCH_TOOL_RULE
$(1): $(call objects,$(2)) $(foreach a,$(filter $(LAYERS),$(ARCHIVES)),$(call archive,$(a)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(TEST_LIBS)
endef
$(foreach t,$(BENCH_TOOLS),$(eval $(call BENCH_TOOL_RULE,$(call bench_tool,$(t)),$(t))))

# What the page's source takes in.
$(OBJ)/agent/run/page_assets.o: $(wildcard agent/run/page.html agent/run/page.css agent/run/page.js)

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
