/* cause.c - the closed table of causes (DESIGN.md 9). */
#include "compare/compare.h"

const struct cause_row causes[CAUSES] = {
	[CAUSE_TIMESTAMP] = { "timestamp", true,
			      "a time, in a field or text whose form is proved" },
	[CAUSE_MTIME] = { "mtime", true, "the time of a file" },
	[CAUSE_PATH] = { "embedded path", true,
			 "the folder of a source file, told by the compiler" },
	[CAUSE_BUILDER] = { "host/user", true, "who built it, and on which machine" },
	[CAUSE_COMPILER] = { "compiler ident", true, "what the compiler calls itself" },
	[CAUSE_BUILD_ID] = { "build-id", true, "the linker's build-id, in its note" },
	[CAUSE_DEBUG_LINK] = { "debug link", true, "the name of a file with debug information" },
	[CAUSE_DEBUG] = { "debug information", true, "sections for debuggers, never loaded" },
	[CAUSE_SYMBOLS] = { "symbol table", true, ".symtab and its names, never loaded" },
	[CAUSE_SECTIONS] = { "section headers", true, "the table of sections, never loaded" },
	[CAUSE_ORDER] = { "order", true, "the same parts in another order" },
	[CAUSE_COMPRESSION] = { "compression", true, "the same content, packed otherwise" },
	[CAUSE_CONTAINER] = { "container", true, "the same content in another format" },
	[CAUSE_PADDING] = { "padding", true, "one repeated byte on both sides" },
	[CAUSE_CHECKSUM] = { "checksum that follows", true, "right on both sides" },
	[CAUSE_SIGNATURE] = { "signature", true, "in a container's signature structure" },
	[CAUSE_CERTIFICATE] = { "certificate", true, "in a container's signature structure" },
	[CAUSE_IDENTIFIER] = { "file-system identifier", true,
			       "a number or name of a file system" },
	[CAUSE_WRITTEN] = { "written by the device", true,
			    "settings, logs, calibration: where a device keeps its own" },
	[CAUSE_WEAR] = { "wear", true, "what use leaves on flash and in file systems" },
	[CAUSE_RELOCATION] = { "relocation", false, "addresses, because something moved" },
	[CAUSE_MODE] = { "mode", false, "permissions" },
	[CAUSE_OWNER] = { "owner", false, "user or group" },
	[CAUSE_XATTR] = { "xattr", false, "extended attributes, capabilities" },
	[CAUSE_TARGET] = { "link target", false, "where a link leads" },
	[CAUSE_DEVICE] = { "device", false, "the number of a device" },
	[CAUSE_KIND] = { "kind", false, "another kind of entry" },
	[CAUSE_ADDED] = { "file added", false, "only on the right" },
	[CAUSE_REMOVED] = { "file removed", false, "only on the left" },
	[CAUSE_CODE] = { "code", false, "instructions of a program" },
	[CAUSE_RODATA] = { "read-only data", false, "constants of a program" },
	[CAUSE_DATA] = { "data", false, "data of a program, or a file of another kind" },
	[CAUSE_SEGMENTS] = { "program headers", false, "how a program is loaded" },
	[CAUSE_TEXT] = { "text", false, "lines of a script or setting" },
	[CAUSE_ENCRYPTED] = { "encrypted", false, "cannot be looked into" },
	[CAUSE_TRUNCATED] = { "truncated", false, "cut off or damaged" },
	[CAUSE_UNKNOWN] = { "unknown", false, "bytes of which the meaning is not known" },
};

enum cause cause_named(const char *name)
{
	enum cause c = 0;

	while (c < CAUSES && strcmp(causes[c].name, name) != 0)
		c++;
	return c;
}

const char *answer_name(enum comparison_answer a)
{
	static const char *const names[] = { "identical", "equivalent", "different", "undecided" };

	return names[a];
}

const char *weight_name(enum weight w)
{
	static const char *const names[] = { "accepted", "open", "change" };

	return names[w];
}
