# evenhand - see `make help`
V ?= 0
FLAVOUR ?= release
CC = gcc
Q := $(if $(filter 1,$(V)),,@)
B := build/$(FLAVOUR)

VERSION := 0.1.0
LIBS := libdeflate zlib liblzma libzstd liblz4 libarchive libcrypto libseccomp libcrypt libpcre2-8
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes $(if $(CI),-Werror)
CPPFLAGS += -Isrc -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DEVENHAND_VERSION='"$(VERSION)"'
CFLAGS_release := -O2 -g -flto=auto -fPIE -fstack-protector-strong -fstack-clash-protection -D_FORTIFY_SOURCE=2
CFLAGS_test := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_dev := -O2 -g
LDFLAGS_release := -flto=auto -pie -Wl,-z,relro,-z,now
LDFLAGS_test := -fsanitize=address,undefined
CFLAGS_ALL := -std=c17 $(WARN) $(CFLAGS_$(FLAVOUR)) $(CFLAGS)
LDLIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null) -lbz2 -lhs -lm -pthread

SRC := $(wildcard src/*/*.c)
OBJ := $(SRC:%.c=$(B)/%.o)
GEN := $(B)/gen/knowledge.o
DATA := $(wildcard data/*.tsv)

all: $(B)/evenhand

$(B)/evenhand: $(OBJ) $(GEN) $(B)/gen/patterns.o
	$(if $(filter 1,$(V)),,@echo "  LD  $@")
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)

$(B)/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(if $(filter 1,$(V)),,@echo "  CC  $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

$(B)/gen/knowledge.c: tools/knowledge.py $(DATA)
	$(Q)mkdir -p $(@D)
	$(Q)python3 tools/knowledge.py data $@

$(B)/gen/knowledge.o: $(B)/gen/knowledge.c
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c -o $@ $<

# Compiled while building: the program that makes the pattern databases knows the formats and the
# tables, and has nothing embedded yet.
MKPATTERNS := $(B)/tools/mkpatterns.o $(filter $(B)/src/base/% $(B)/src/codec/% $(B)/src/format/%,$(OBJ)) \
	$(B)/src/tree/search.o $(B)/src/know/know.o $(GEN) $(B)/tools/no-patterns.o
$(B)/mkpatterns: $(MKPATTERNS)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)

$(B)/gen/patterns.S: $(B)/mkpatterns
	$(Q)mkdir -p $(@D)
	$(if $(filter 1,$(V)),,@echo "  GEN $@")
	$(Q)ASAN_OPTIONS=detect_leaks=0 $< $(@D)

$(B)/gen/patterns.o: $(B)/gen/patterns.S
	$(Q)$(CC) -c -o $@ $<

# A format by hand: probe, list, load, one line an entry.
LOOK := $(filter $(B)/src/base/% $(B)/src/codec/% $(B)/src/format/%,$(OBJ))
$(B)/look: $(B)/tests/tools/look.o $(LOOK)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)
look: ## build the tool that runs one format by hand
	$(Q)$(MAKE) --no-print-directory $(B)/look

.PHONY: all look
-include $(shell find build -name '*.d' 2>/dev/null)
