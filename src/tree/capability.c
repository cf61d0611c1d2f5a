/* capability.c - file capabilities as getcap prints them. */
#include "base/cursor.h"
#include "base/text.h"
#include "tree/engine.h"

static const char *const capability_names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

#define NAMED (sizeof(capability_names) / sizeof(capability_names[0]))

static void put_names(struct text *t, uint64_t set)
{
	bool first = true;

	for (unsigned bit = 0; bit < 64; bit++) {
		if (!(set >> bit & 1))
			continue;
		if (!first)
			text_char(t, ',');
		first = false;
		if (bit < NAMED)
			text_format(t, "cap_%s", capability_names[bit]);
		else
			text_format(t, "cap_%u", bit);
	}
}

/* One clause for each combination of permitted and inheritable. */
static void put_clause(struct text *t, uint64_t set, bool effective, const char *flags)
{
	if (set == 0)
		return;
	if (t->n)
		text_char(t, ' ');
	put_names(t, set);
	text_format(t, "=%s%s", effective ? "e" : "", flags);
}

struct span capability_text(struct arena *a, struct span value)
{
	struct cursor c = { .in = value };
	uint32_t magic = cursor_le32(&c);
	bool effective = magic & 1;
	uint64_t permitted = cursor_le32(&c), inheritable = cursor_le32(&c);
	struct text t = { 0 };
	struct span copy;

	if (magic >> 24 >= 2) {
		permitted |= (uint64_t)cursor_le32(&c) << 32;
		inheritable |= (uint64_t)cursor_le32(&c) << 32;
	}
	if (c.ran_out || magic >> 24 < 1 || magic >> 24 > 3)
		return (struct span){ 0 };
	put_clause(&t, permitted & ~inheritable, effective, "p");
	put_clause(&t, inheritable & ~permitted, effective, "i");
	put_clause(&t, permitted & inheritable, effective, "ip");
	copy = arena_copy(a, text_span(&t));
	text_free(&t);
	return copy;
}
