# wattledger: build, test, install. `make help` lists the targets; nothing here needs editing when a file is added.
#
# Variables:  PROFILE=release|asan|coverage|debug|fuzz  CC CFLAGS LDFLAGS  DESTDIR PREFIX SYSCONFDIR  V=1 (show commands)
#             WERROR=1 (warnings are errors; `make check` sets it)  BUILD=folder for everything that is made

MAKEFLAGS += --no-builtin-rules
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
SHELL := /bin/bash

VERSION := 0.1.0
PROFILE ?= release
BUILD ?= build
PREFIX ?= /usr/local
SYSCONFDIR ?= $(if $(filter /usr,$(PREFIX)),,$(PREFIX))/etc
FUZZ_S ?= 60
FOR ?= 60s
PKG_CONFIG ?= pkg-config
ifeq ($(origin CC),default)
CC := $(if $(filter fuzz,$(PROFILE)),clang,gcc)
endif

Q := $(if $(V),,@)
OBJ := $(BUILD)/obj/$(PROFILE)
BIN := $(if $(filter release,$(PROFILE)),$(BUILD),$(BUILD)/$(PROFILE))

# ---- Libraries ------------------------------------------------------------------------------------------------------------------

# Which libraries (pkg-config names) each program may link. A program that is not named here links the C library alone.
LIBS_wattledger := sqlite3 libsodium libfyaml jansson zlib smartcols
LIBS_wattledger-plan := libfyaml libsodium
LIBS_wattledger-core := sqlite3 libsodium zlib libcap-ng libseccomp
LIBS_wattledger-deliver := libcurl zlib libcap-ng libseccomp
LIBS_wattledger-page := libmicrohttpd sqlite3 libcap-ng libseccomp
LIBS_wattledger-rapl := libcap-ng libseccomp
LIBS_wattledger-snmp := netsnmp libcap-ng libseccomp
LIBS_wattledger-modbus := libmodbus libcap-ng libseccomp
LIBS_wattledger-ipmi := libfreeipmi libcap-ng libseccomp
LIBS_wattledger-traffic := libpcap libcap-ng libseccomp

# A program whose library is in this list is left out, with a message, when the library is missing.
LIBS_OPTIONAL := netsnmp libmodbus libfreeipmi libpcap libmicrohttpd

LIBS_ALL := $(sort $(foreach v,$(filter LIBS_wattledger%,$(.VARIABLES)),$($(v))))
LIBS_PRESENT := $(shell for p in $(LIBS_ALL) criterion; do $(PKG_CONFIG) --exists $$p 2>/dev/null && echo $$p; done)
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

sources_of = $(wildcard $(if $(filter cli,$(1)),agent/cli,$(if $(filter sim,$(1)),tests/sim,$(if $(filter $(LAYERS),$(1)),agent/$(1),collectors/$(1))))/*.c)
needs_of = $(filter $(LIBS_MISSING),$(LIBS_$(1)))

COLLECTORS_ALL := $(filter-out frame,$(patsubst collectors/%/,%,$(wildcard collectors/*/)))
COLLECTORS := $(foreach c,$(COLLECTORS_ALL),$(if $(call needs_of,wattledger-$(c)),,$(c)))
$(foreach c,$(filter-out $(COLLECTORS),$(COLLECTORS_ALL)),$(if $(call sources_of,$(c)),$(if $(MAKE_RESTARTS)$(filter help clean deps%,$(MAKECMDGOALS)),,\
$(info The $(c) collector is left out: $(call needs_of,wattledger-$(c)) is not installed (`make deps` installs it).))))

# Every archive, and which ones hold something today.
ARCHIVES_ALL := sim cli $(COLLECTORS) frame $(LAYERS)
ARCHIVES := $(foreach a,$(ARCHIVES_ALL),$(if $(call no_main,$(call sources_of,$(a))),$(a)))
AGENT_ARCHIVES := $(filter $(LAYERS),$(ARCHIVES))
after = $(if $(2),$(if $(filter $(1),$(firstword $(2))),$(wordlist 2,99,$(2)),$(call after,$(1),$(wordlist 2,99,$(2)))))
below = $(filter $(call after,$(1),$(LAYERS)),$(ARCHIVES))

# ---- Programs: name:main source, collected from the tree --------------------------------------------------------------------------

MAINS := $(call is_main,$(wildcard agent/*/*.c collectors/*/*.c tests/sim/*.c))
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
UNIT_TESTS := $(patsubst %.c,$(BIN)/%,$(UNIT_SOURCES))
FUZZERS := $(patsubst %.c,$(BIN)/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES := $(patsubst %.c,$(BIN)/%,$(wildcard tests/bench/bench_*.c))

# ---- Flags ------------------------------------------------------------------------------------------------------------------------

HARDEN_WISHES := -fstack-protector-strong -fstack-clash-protection -fcf-protection -ftrivial-auto-var-init=zero
FLAGS_TAKEN := $(if $(filter release,$(PROFILE)),$(shell for f in $(HARDEN_WISHES); do \
	echo 'int main(void){return 0;}' | $(CC) -Werror $$f -x c -c -o /dev/null - 2>/dev/null && echo $$f; done; \
	echo '\#include <stdio.h>' | $(CC) -Werror -O2 -D_FORTIFY_SOURCE=3 -x c -E - >/dev/null 2>&1 && echo -D_FORTIFY_SOURCE=3 || echo -D_FORTIFY_SOURCE=2))

CFLAGS_release := -O2 -g -U_FORTIFY_SOURCE $(FLAGS_TAKEN) -fPIE -ffunction-sections -fdata-sections
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_coverage := -O0 -g --coverage
CFLAGS_debug := -O0 -g3
CFLAGS_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
LDFLAGS_release := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--gc-sections
LDFLAGS_asan := -fsanitize=address,undefined
LDFLAGS_coverage := --coverage
LDFLAGS_debug :=
LDFLAGS_fuzz := -fsanitize=address,undefined
$(if $(filter undefined,$(origin CFLAGS_$(PROFILE))),$(error PROFILE=$(PROFILE): one of release asan coverage debug fuzz))

WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2 $(if $(WERROR),-Werror)
DEFINES := -D_GNU_SOURCE -DWATTLEDGER_VERSION='"$(VERSION)"' -DWATTLEDGER_PREFIX='"$(PREFIX)"' -DWATTLEDGER_SYSCONFDIR='"$(SYSCONFDIR)"'
ALL_CFLAGS = -std=c11 $(WARNINGS) $(CFLAGS_$(PROFILE)) $(DEFINES) -Iagent -Icollectors $(LIB_CFLAGS) $(EXTRA_CFLAGS) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS = $(LDFLAGS_$(PROFILE)) -Wl,--as-needed $(LDFLAGS)
LIB_CFLAGS := $(call pkg_flags,--cflags,$(filter-out criterion,$(LIBS_PRESENT)))
TEST_LIBS = $(call pkg_flags,--libs,$(filter-out criterion,$(LIBS_PRESENT))) -lm

# ---- What people call ---------------------------------------------------------------------------------------------------------------

# Two builds in one folder wait for each other; without -j all processors are used.
JOBS = $(if $(filter -j%,$(MAKEFLAGS)),,-j$(shell nproc))
submake = mkdir -p $(BUILD) && flock -o $(BUILD)/.lock $(MAKE) --no-print-directory $(JOBS)

.PHONY: all programs unit fuzzers benches objects
## all: build the programs (default); PROFILE=asan|coverage|debug puts them into build/PROFILE/
all:
	+@$(call submake) programs

programs: $(PROGRAMS:%=$(BIN)/%)

## unit: build the unit tests of PROFILE without running them
unit: $(UNIT_TESTS)
fuzzers: $(FUZZERS)
benches: $(BENCHES)

## objects: compile everything, link nothing
objects: $(call objects,$(foreach a,$(ARCHIVES),$(call no_main,$(call sources_of,$(a)))) $(MAINS_WANTED))

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
$(call remember,$(OBJ)/flags,$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS))
$(foreach a,$(ARCHIVES),$(call remember,$(OBJ)/members-$(a),$(call no_main,$(call sources_of,$(a)))))
endif

$(OBJ)/tests/%.o: EXTRA_CFLAGS = -Itests -Itests/sim
CRITERION_CFLAGS := $(call pkg_flags,--cflags,$(filter criterion,$(LIBS_PRESENT)))
$(OBJ)/tests/unit/%.o: EXTRA_CFLAGS = -Itests -Itests/sim -Itests/unit $(CRITERION_CFLAGS)

$(OBJ)/%.o: %.c $(OBJ)/flags
	@mkdir -p $(@D)
	$(if $(LIBS_FATAL),$(error Missing: $(LIBS_FATAL). `make deps` installs what the build needs))
	$(if $(V),,@echo "  CC    $<$(if $(filter release,$(PROFILE)),, ($(PROFILE)))")
	$(Q)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

define ARCHIVE_RULE
$(call archive,$(1)): $(call objects,$(call no_main,$(call sources_of,$(1)))) $(OBJ)/members-$(1)
	$$(Q)rm -f $$@ && ar rcD $$@ $$(filter %.o,$$^) && ranlib -D $$@
endef
$(foreach a,$(ARCHIVES),$(eval $(call ARCHIVE_RULE,$(a))))

# 1: program  2: main source
define PROGRAM_RULE
$(BIN)/$(1): $(call objects,$(2)) $(foreach a,$(call archives_of,$(2)),$(call archive,$(a)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(call pkg_flags,--libs,$(filter $(LIBS_PRESENT),$(LIBS_$(1)))) -lm
endef
$(foreach m,$(MAINS_WANTED),$(eval $(call PROGRAM_RULE,$(call program_of,$(m)),$(m))))

# A test of agent/LAYER is linked with that layer and those below it alone; any other test with everything.
# 1: source  2: its folder below tests/unit
test_archives = $(if $(filter $(LAYERS),$(1)),$(filter $(1),$(ARCHIVES)) $(call below,$(1)),$(filter $(1),$(ARCHIVES)) $(filter-out $(1),$(ARCHIVES)))
define UNIT_RULE
$(BIN)/$(1:.c=): $(call objects,$(1) $(filter $(dir $(1))%,$(UNIT_HELPERS))) $(foreach a,$(call test_archives,$(2)),$(call archive,$(a)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) -o $$@ $$^ $$(call pkg_flags,--libs,criterion) $$(TEST_LIBS)
endef
$(if $(filter criterion,$(LIBS_PRESENT)),$(foreach t,$(UNIT_SOURCES),$(eval $(call UNIT_RULE,$(t),$(word 3,$(subst /, ,$(t)))))))

# 1: program below BIN  2: what the linker is told besides
define WHOLE_RULE
$(BIN)/$(1): $(OBJ)/$(1).o $(foreach a,$(ARCHIVES),$(call archive,$(a)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(ALL_CFLAGS) $$(ALL_LDFLAGS) $(2) -o $$@ $$^ $$(TEST_LIBS)
endef
$(foreach f,$(FUZZERS),$(eval $(call WHOLE_RULE,$(f:$(BIN)/%=%),-fsanitize=fuzzer)))
$(foreach b,$(BENCHES),$(eval $(call WHOLE_RULE,$(b:$(BIN)/%=%),)))

-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
