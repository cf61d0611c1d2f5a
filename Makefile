# evenhand - see `make help`
V ?= 0
FLAVOUR ?= release
CC ?= gcc
Q := $(if $(filter 1,$(V)),,@)
B := build/$(FLAVOUR)

VERSION := 0.1.0
LIBS := libdeflate zlib liblzma libzstd liblz4 libarchive libcrypto libseccomp libxcrypt
WARN := -Wall -Wextra -Wshadow -Wconversion -Wvla -Wstrict-prototypes -Wmissing-prototypes $(if $(CI),-Werror)
CPPFLAGS += -Isrc -I$(B) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -DEVENHAND_VERSION='"$(VERSION)"'
CFLAGS_release := -O2 -g -flto=auto -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2
CFLAGS_test := -O1 -g -fsanitize=address,undefined -fno-omit-frame-pointer
CFLAGS_dev := -O2 -g
LDFLAGS_release := -flto=auto -pie -Wl,-z,relro,-z,now
LDFLAGS_test := -fsanitize=address,undefined
CFLAGS_ALL := -std=c17 $(WARN) $(CFLAGS_$(FLAVOUR)) $(CFLAGS)
LDLIBS := $(shell pkg-config --libs $(LIBS) 2>/dev/null) -lbz2 -lhs -lm -pthread

SRC := $(wildcard src/*/*.c)
OBJ := $(SRC:%.c=$(B)/%.o)

all:
	$(Q)$(MAKE) --no-print-directory $(B)/evenhand

$(B)/%.o: %.c
	$(Q)mkdir -p $(@D)
	$(if $(filter 1,$(V)),,@echo "  CC  $<")
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# A format by hand: probe, list, load, one line an entry.
LOOK := $(filter $(B)/src/base/% $(B)/src/codec/% $(B)/src/format/%,$(OBJ))
$(B)/look: $(B)/tests/tools/look.o $(LOOK)
	$(Q)$(CC) $(CFLAGS_ALL) $(LDFLAGS_$(FLAVOUR)) -o $@ $^ $(LDLIBS)
look: ## build the tool that runs one format by hand
	$(Q)$(MAKE) --no-print-directory $(B)/look

-include $(shell find build -name '*.d' 2>/dev/null)
