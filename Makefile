# evenhand. `make help` lists what there is to make.
V ?= 0
FLAVOUR ?= release
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-4s %s\n' $(1) $(2))
B := build/$(FLAVOUR)

VERSION := 0.1.0
prefix ?= /usr/local
LIBS := yaml-0.1 libdeflate zlib liblzma libzstd libbrotlidec liblz4 libarchive libcrypto libseccomp libcrypt libpcre2-8 sqlite3 libsodium
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes $(if $(CI),-Werror)
CPPFLAGS += -Isrc -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DEVENHAND_VERSION='"$(VERSION)"'

# release: as shipped. plain: the same without link-time optimisation, for the many test programs.
# test: sanitizers, and a format that crashes on purpose. dev: quick. fuzz: clang with libFuzzer.
HARDENED := -O2 -g -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS_release := $(HARDENED) -flto=auto
CFLAGS_plain := $(HARDENED)
CFLAGS_dev := -O2 -g
CFLAGS_test := -O1 -g $(SANITIZE) -fno-omit-frame-pointer -DEVENHAND_TEST_FORMAT
CFLAGS_fuzz := -O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link -fno-omit-frame-pointer
LDFLAGS_release := -flto=auto -pie -Wl,-z,relro,-z,now
LDFLAGS_plain := -pie -Wl,-z,relro,-z,now
LDFLAGS_test := $(SANITIZE)
LDFLAGS_fuzz := $(SANITIZE)
CFLAGS_ALL := -std=c17 $(WARN) $(CFLAGS_$(FLAVOUR)) $(CFLAGS)
LDLIBS = $(shell pkg-config --libs $(LIBS)) -lbearssl -lbz2 -lhs -lm -pthread

SRC := $(sort $(filter-out src/device/%,$(wildcard src/*/*.c)))
OBJ := $(SRC:%.c=$(B)/%.o)
# Everything but the front door: what test programs link.
CORE := $(filter-out $(B)/src/cli/%,$(OBJ))
GEN := $(B)/gen/knowledge.o
EMBEDDED := $(B)/gen/patterns.o $(B)/gen/web.o
DATA := $(wildcard data/*.tsv)

.DEFAULT_GOAL := all
.PHONY: all
all: ## build evenhand and evenhand-verify, installing what is missing (build/release/)
	$(Q)tools/install-deps build
	$(Q)$(MAKE) --no-print-directory $(B)/evenhand $(B)/evenhand-verify

$(B)/evenhand: $(OBJ) $(GEN) $(EMBEDDED)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# -- evenhand-verify: what checks bundles, and nothing else, in one static program ---------------------

# Compiled apart, without link-time optimisation: tools/device.py looks at what is linked.
DEVICE := $(wildcard src/device/*.c) \
	$(addprefix src/base/,base64.c base64_memory.c day.c escape.c jsontext.c number.c utf8.c) \
	$(addprefix src/trust/,dsse.c keccak.c mldsa.c roster.c signature.c statement.c statement_text.c) \
	$(addprefix src/log/,acceptance.c acceptance_text.c checkpoint.c entry.c line.c merkle.c note.c \
		policy.c rules.c sigbundle.c)
DEVICE_OBJ := $(DEVICE:src/%.c=$(B)/device/%.o)
DEVICE_CFLAGS := $(filter-out -fPIE -flto=auto,$(CFLAGS_ALL)) -fPIE -ffunction-sections -fdata-sections
# Sanitizers are shared libraries.
DEVICE_LDFLAGS := $(if $(filter test fuzz,$(FLAVOUR)),$(SANITIZE),-static-pie -Wl,--gc-sections,-z,relro,-z,now)
DEVICE_LIBS := $(addprefix -l:,libsodium.a libbearssl.a)
$(B)/device/%.o: src/%.c
	$(Q)mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(CPPFLAGS) $(DEVICE_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/evenhand-verify: $(DEVICE_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(DEVICE_CFLAGS) $(DEVICE_LDFLAGS) -o $@ $^ $(DEVICE_LIBS)

# Ours and the libraries' parts that are linked, as one: what it lacks is what the C library gives.
$(B)/device/all.o: $(DEVICE_OBJ)
	$(Q)$(CC) -r -nostdlib -o $@ $^ $(DEVICE_LIBS)

# -- what is made while building -------------------------------------------------------------------

# The program that writes the tables as C reads them as --knowledge does, and has no rows yet; the one
# that makes the pattern databases knows the formats and the tables. Neither has a database embedded.
READER := $(filter $(B)/src/base/% $(B)/src/codec/% $(B)/src/know/%,$(OBJ)) $(B)/tools/no-patterns.o
$(B)/mkknowledge: $(B)/tools/mkknowledge.o $(READER)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)

$(B)/gen/knowledge.c: $(B)/mkknowledge $(DATA)
	$(Q)mkdir -p $(@D)
	$(call say,GEN,$@)
	$(Q)ASAN_OPTIONS=detect_leaks=0 $< data $@

$(B)/gen/knowledge.o: $(B)/gen/knowledge.c src/know/know.h
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

MKPATTERNS := $(B)/tools/mkpatterns.o $(READER) $(GEN) $(B)/src/tree/search.o \
	$(filter $(B)/src/format/%,$(OBJ))
$(B)/mkpatterns: $(MKPATTERNS)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)

$(B)/gen/patterns.S: $(B)/mkpatterns
	$(call say,GEN,$@)
	$(Q)ASAN_OPTIONS=detect_leaks=0 $< $(@D)

# The page's script is one text, made of these in order.
WEB_css := web/report.css
WEB_lineage := web/lineage.css
WEB_js := web/report.js web/facts.js web/verdicts.js web/search.js
WEB_compare_css := web/compare.css
WEB_compare_js := web/compare.js
WEB_log_css := web/log.css
WEB := css lineage js compare_css compare_js log_css
embedded = printf '.global web_$(1)\nweb_$(1):\n'; printf '.incbin "%s"\n' $(WEB_$(1)); \
	printf '.global web_$(1)_end\nweb_$(1)_end:\n.byte 0\n';
$(B)/gen/web.S: $(foreach w,$(WEB),$(WEB_$(w))) Makefile
	$(Q)mkdir -p $(@D)
	$(Q){ printf '.section .note.GNU-stack,"",%%progbits\n.section .rodata\n'; \
		$(foreach w,$(WEB),$(call embedded,$(w))) } > $@

$(B)/gen/%.o: $(B)/gen/%.S
	$(Q)$(CC) -c -o $@ $<

# -- the main job ----------------------------------------------------------------------------------

.PHONY: demo
demo: all ## scan the shipped sample: print the report, write report.html
	$(Q)$(B)/evenhand scan -o report.html samples/acme-ar7.bin; test $$? -le 1 -o $$? -eq 3
	$(Q)$(B)/evenhand scan --quiet samples/acme-ar7.bin; test $$? -le 1 -o $$? -eq 3
	@echo; echo "The whole report, with evidence: $(CURDIR)/report.html"

.PHONY: demo-log
demo-log: all ## sign, log, witness and verify the sample's report
	$(Q)tools/demo-log $(B)/evenhand

# -- tests -----------------------------------------------------------------------------------------

$(B)/tests/%.o: CPPFLAGS += -Itests
UNIT := $(sort $(filter %$(if $(T),$(T).c,.c),$(wildcard tests/unit/*/*.c)))
UNIT_PROGRAMS := $(UNIT:%.c=$(B)/%)
$(B)/tests/unit/%: $(B)/tests/unit/%.o $(CORE) $(GEN) $(EMBEDDED)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS) -lcmocka -llzo2 -lucl
.PRECIOUS: $(B)/%.o

.PHONY: unit-programs
unit-programs: $(UNIT_PROGRAMS)

.PHONY: test
test: ## all tests, with sanitizers and as shipped (T=NAME: only those unit tests)
	$(Q)tools/install-deps test
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) FLAVOUR=test unit-programs $(if $(T),,build/test/evenhand build/test/evenhand-verify)
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) FLAVOUR=plain unit-programs
	$(if $(T),,$(Q)$(MAKE) --no-print-directory -j$(shell nproc) FLAVOUR=release build/release/evenhand build/release/evenhand-verify build/release/look build/release/log_load)
	$(Q)python3 tests/run.py $(if $(T),--unit $(T))

LOOK := $(filter $(B)/src/base/% $(B)/src/codec/% $(B)/src/format/%,$(OBJ))
$(B)/look: $(B)/tests/tools/look.o $(LOOK)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)

.PHONY: look
look: ## the tool that runs one format by hand (build/FLAVOUR/look FORMAT FILE [OFFSET])
	$(Q)$(MAKE) --no-print-directory $(B)/look

$(B)/witness_load $(B)/log_append $(B)/log_load $(B)/post_load: $(B)/%: $(B)/tests/tools/%.o $(filter $(B)/src/base/% $(B)/src/log/% $(B)/src/trust/%,$(OBJ)) $(EMBEDDED)
	$(call say,LD,$@)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)

.PHONY: lint
lint: ## format, layers, clang-tidy, cppcheck, shellcheck
	$(Q)tools/install-deps lint
	$(Q)mkdir -p build
	$(Q)tools/lint

F ?=
S ?= 60
.PHONY: fuzz
fuzz: ## libFuzzer on each target for S seconds (F=NAME: one of them)
	$(Q)tools/install-deps fuzz
	$(Q)$(MAKE) --no-print-directory -j$(shell nproc) FLAVOUR=fuzz CC=clang fuzz-programs
	$(Q)tools/fuzz $(S) $(F)

FUZZ := $(sort $(filter %$(if $(F),/$(F).c,.c),$(wildcard tests/fuzz/*.c)))
$(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(CORE) $(GEN) $(EMBEDDED)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
.PHONY: fuzz-programs
fuzz-programs: $(FUZZ:%.c=$(B)/%)

# The same twice: as evenhand has it, and as evenhand-verify has it.
$(B)/acceptance: $(B)/tests/bench/acceptance.o $(filter $(B)/src/base/% $(B)/src/log/% $(B)/src/trust/%,$(OBJ)) $(EMBEDDED)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)
$(B)/acceptance-device: tests/bench/acceptance.c $(filter-out %/main.o,$(DEVICE_OBJ))
	$(Q)$(CC) $(CPPFLAGS) $(DEVICE_CFLAGS) -DDEVICE $(DEVICE_LDFLAGS) -o $@ $^ $(DEVICE_LIBS)

.PHONY: bench
bench: all ## measure against the peers on this machine (EVENHAND_CORPUS: more images)
	$(Q)python3 tests/bench/bench.py $(B)/evenhand
	$(Q)python3 tests/bench/compare.py $(B)/evenhand
	$(Q)$(MAKE) --no-print-directory $(B)/acceptance $(B)/acceptance-device
	$(Q)python3 tests/bench/acceptance.py $(B)/acceptance $(B)/acceptance-device
	$(Q)$(MAKE) --no-print-directory $(B)/witness_load $(B)/post_load
	$(Q)python3 tests/bench/witness.py $(B)/evenhand $(B)/witness_load
	$(Q)python3 tests/bench/log_http.py $(B)/evenhand $(B)/post_load
	$(Q)$(MAKE) --no-print-directory $(B)/log_append
	$(Q)python3 tests/bench/log.py $(B)/log_append

# -- installation ----------------------------------------------------------------------------------

.PHONY: install
install: all ## install binaries, manuals and completion (DESTDIR, prefix)
	install -D -m 755 $(B)/evenhand $(DESTDIR)$(prefix)/bin/evenhand
	install -D -m 755 $(B)/evenhand-verify $(DESTDIR)$(prefix)/bin/evenhand-verify
	install -D -m 644 man/evenhand.1 $(DESTDIR)$(prefix)/share/man/man1/evenhand.1
	install -D -m 644 man/evenhand-verify.1 $(DESTDIR)$(prefix)/share/man/man1/evenhand-verify.1
	install -D -m 644 completion/evenhand.bash $(DESTDIR)$(prefix)/share/bash-completion/completions/evenhand

.PHONY: clean
clean: ## remove what was built
	rm -rf build report.html

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

-include $(wildcard $(addprefix $(B)/,src/*/*.d device/*/*.d tests/*/*.d tests/*/*/*.d tools/*.d))
