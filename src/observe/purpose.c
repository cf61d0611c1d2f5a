/* purpose.c - documents, sources, web pages and lists by folder and name. Asked for many files:
 * each mark is told by its first letter before it is compared. */
#include "observe/purpose.h"

#include "base/text.h"

struct mark {
	const char *text;
	enum purpose purpose;
};

/* clang-format off */
/* Folders that hold nothing else, wherever they stand in the path. */
static const struct mark folders[] = {
	{ "/share/doc/", PURPOSE_DOCUMENT }, { "/share/man/", PURPOSE_DOCUMENT },
	{ "/share/info/", PURPOSE_DOCUMENT }, { "/share/licenses/", PURPOSE_DOCUMENT },
	{ "/share/gtk-doc/", PURPOSE_DOCUMENT }, { "/share/doc-base/", PURPOSE_DOCUMENT },
	{ "/share/help/", PURPOSE_DOCUMENT }, { "/share/locale/", PURPOSE_DOCUMENT },
	{ "/share/metainfo/", PURPOSE_DOCUMENT }, { "/share/appdata/", PURPOSE_DOCUMENT },
	{ "/share/applications/", PURPOSE_DOCUMENT }, { "/share/bug/", PURPOSE_DOCUMENT },
	{ "/share/lintian/", PURPOSE_DOCUMENT }, { "/usr/doc/", PURPOSE_DOCUMENT },
	{ "/usr/man/", PURPOSE_DOCUMENT }, { "/local/man/", PURPOSE_DOCUMENT },
	{ "/lib/opkg/", PURPOSE_DOCUMENT }, { "/lib/ipkg/", PURPOSE_DOCUMENT },
	{ "/lib/dpkg/", PURPOSE_DOCUMENT }, { "/lib/apk/db/", PURPOSE_DOCUMENT },
	{ "/opkg/lists/", PURPOSE_DOCUMENT }, { "/lib/apt/", PURPOSE_DOCUMENT },
	{ "/vendor-completions/", PURPOSE_DOCUMENT }, { "/bash-completion/", PURPOSE_DOCUMENT },
	{ "/bash_completion.d/", PURPOSE_DOCUMENT }, { "/usr/include/", PURPOSE_SOURCE },
	{ "/usr/src/", PURPOSE_SOURCE }, { "/snort/", PURPOSE_LIST }, { "/suricata/", PURPOSE_LIST },
	{ "/clamav/", PURPOSE_LIST }, { "/wordlists/", PURPOSE_LIST }, { "/nmap/", PURPOSE_LIST },
	{ "/yara/", PURPOSE_LIST }, { "/openvas/", PURPOSE_LIST }, { "/nessus/", PURPOSE_LIST },
	{ "/l7-protocols/", PURPOSE_LIST }, { "/metasploit-framework/", PURPOSE_LIST },
};

/* How names begin. */
static const struct mark beginnings[] = {
	{ "README", PURPOSE_DOCUMENT }, { "COPYING", PURPOSE_DOCUMENT }, { "LICENSE", PURPOSE_DOCUMENT },
	{ "LICENCE", PURPOSE_DOCUMENT }, { "NOTICE", PURPOSE_DOCUMENT }, { "CHANGES", PURPOSE_DOCUMENT },
	{ "CHANGELOG", PURPOSE_DOCUMENT }, { "ChangeLog", PURPOSE_DOCUMENT },
	{ "AUTHORS", PURPOSE_DOCUMENT }, { "NEWS", PURPOSE_DOCUMENT }, { "TODO", PURPOSE_DOCUMENT },
	{ "INSTALL", PURPOSE_DOCUMENT }, { "CREDITS", PURPOSE_DOCUMENT }, { "THANKS", PURPOSE_DOCUMENT },
	{ "HISTORY", PURPOSE_DOCUMENT }, { "FAQ", PURPOSE_DOCUMENT }, { "readme", PURPOSE_DOCUMENT },
	{ "license", PURPOSE_DOCUMENT }, { "licence", PURPOSE_DOCUMENT },
	{ "changelog", PURPOSE_DOCUMENT }, { "wordlist", PURPOSE_LIST }, { "rockyou", PURPOSE_LIST },
	{ "blocklist", PURPOSE_LIST }, { "blacklist", PURPOSE_LIST }, { "adblock", PURPOSE_LIST },
	{ "passwords.", PURPOSE_LIST },
};

/* How names end: the last dot and what follows it, or the whole name. */
static const struct mark ends[] = {
	{ ".md", PURPOSE_DOCUMENT }, { ".rst", PURPOSE_DOCUMENT }, { ".tex", PURPOSE_DOCUMENT },
	{ ".pdf", PURPOSE_DOCUMENT }, { ".man", PURPOSE_DOCUMENT }, { ".po", PURPOSE_DOCUMENT },
	{ ".pot", PURPOSE_DOCUMENT }, { ".mo", PURPOSE_DOCUMENT }, { ".lmo", PURPOSE_DOCUMENT },
	{ ".desktop", PURPOSE_DOCUMENT }, { ".control", PURPOSE_DOCUMENT },
	{ "copyright", PURPOSE_DOCUMENT }, { "METADATA", PURPOSE_DOCUMENT },
	{ "PKG-INFO", PURPOSE_DOCUMENT }, { "control", PURPOSE_DOCUMENT }, { "motd", PURPOSE_DOCUMENT },
	{ "banner", PURPOSE_DOCUMENT }, { "issue", PURPOSE_DOCUMENT },
	{ "os-release", PURPOSE_DOCUMENT }, { "lsb-release", PURPOSE_DOCUMENT },
	{ ".c", PURPOSE_SOURCE }, { ".h", PURPOSE_SOURCE }, { ".cc", PURPOSE_SOURCE },
	{ ".cpp", PURPOSE_SOURCE }, { ".cxx", PURPOSE_SOURCE }, { ".hh", PURPOSE_SOURCE },
	{ ".hpp", PURPOSE_SOURCE }, { ".java", PURPOSE_SOURCE }, { ".rs", PURPOSE_SOURCE },
	{ ".go", PURPOSE_SOURCE }, { ".s", PURPOSE_SOURCE }, { ".S", PURPOSE_SOURCE },
	{ ".y", PURPOSE_SOURCE }, { ".l", PURPOSE_SOURCE }, { ".vim", PURPOSE_SOURCE },
	{ ".el", PURPOSE_SOURCE }, { ".m4", PURPOSE_SOURCE }, { ".am", PURPOSE_SOURCE },
	{ ".cmake", PURPOSE_SOURCE },
	{ ".html", PURPOSE_WEB }, { ".htm", PURPOSE_WEB }, { ".xhtml", PURPOSE_WEB },
	{ ".js", PURPOSE_WEB }, { ".mjs", PURPOSE_WEB }, { ".map", PURPOSE_WEB },
	{ ".css", PURPOSE_WEB }, { ".asp", PURPOSE_WEB }, { ".jsp", PURPOSE_WEB },
	{ ".php", PURPOSE_WEB }, { ".svg", PURPOSE_WEB }, { ".xsl", PURPOSE_WEB },
	{ ".xslt", PURPOSE_WEB }, { ".dtd", PURPOSE_WEB }, { ".xsd", PURPOSE_WEB },
	{ ".wsdl", PURPOSE_WEB }, { ".ttf", PURPOSE_WEB }, { ".woff", PURPOSE_WEB },
	{ ".woff2", PURPOSE_WEB },
	{ ".yar", PURPOSE_LIST }, { ".yara", PURPOSE_LIST },
	{ ".nse", PURPOSE_LIST }, { ".nasl", PURPOSE_LIST }, { ".ndb", PURPOSE_LIST },
	{ ".ldb", PURPOSE_LIST }, { ".hdb", PURPOSE_LIST }, { ".cvd", PURPOSE_LIST },
	{ ".cld", PURPOSE_LIST }, { ".dic", PURPOSE_LIST }, { ".dict", PURPOSE_LIST },
};
/* clang-format on */

static enum purpose by_folder(struct span path)
{
	for (size_t at = 0; at < path.n; at++) {
		if (path.p[at] != '/')
			continue;
		for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
			if (span_byte(path, at + 1) == folders[i].text[1] &&
			    span_starts(span_from(path, at), span_text(folders[i].text)))
				return folders[i].purpose;
	}
	return PURPOSE_WORKING;
}

static enum purpose by_name(struct span name)
{
	struct span end = name;

	for (size_t i = name.n; i > 0 && end.n == name.n; i--)
		if (name.p[i - 1] == '.')
			end = span_from(name, i - 1);
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (span_byte(name, 0) == beginnings[i].text[0] &&
		    span_starts(name, span_text(beginnings[i].text)))
			return beginnings[i].purpose;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (span_byte(end, 1) == ends[i].text[1] && span_is(end, ends[i].text))
			return ends[i].purpose;
	return PURPOSE_WORKING;
}

enum purpose purpose_of(const struct node *n)
{
	enum purpose purpose;

	while (n->kind == KIND_REGION && n->parent)
		n = n->parent; /* what a file holds unpacked is for what the file is for */
	if (n->kind == KIND_REGION)
		return PURPOSE_WORKING;
	purpose = by_folder(n->path);
	return purpose == PURPOSE_WORKING ? by_name(node_name(n)) : purpose;
}
