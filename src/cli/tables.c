/* tables.c - what --knowledge names: a folder of tables that stand for the compiled ones. Read
 * before the jail closes: they are the user's own. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "cli/cli.h"
#include "know/pack.h"

static bool refuse(const char *folder, const struct pack_error *e)
{
	char where[4200];

	if (e->line)
		snprintf(where, sizeof(where), "%.4000s/%s.tsv:%u", folder, e->table, e->line);
	else
		snprintf(where, sizeof(where), "%.4000s/%s%s", folder, e->table ? e->table : "",
			 e->table ? ".tsv" : "");
	return complain(where, NULL, "%s", e->what);
}

static int table_of(const char *file)
{
	size_t n = strlen(file) - 4;

	for (int i = 0; i < PACK_TABLES; i++)
		if (strlen(pack_names[i]) == n && strncmp(pack_names[i], file, n) == 0)
			return i;
	return -1;
}

static bool read_table(const char *folder, const char *name, struct span *table)
{
	char path[4300];
	FILE *file;
	uint8_t *bytes = malloc(MOST_PACK_FILE + 1);
	size_t n = 0;
	bool failed;

	snprintf(path, sizeof(path), "%.4000s/%.255s", folder, name);
	errno = 0;
	file = bytes ? fopen(path, "rbe") : NULL;
	if (file)
		n = fread(bytes, 1, MOST_PACK_FILE + 1, file);
	failed = !file || ferror(file);
	if (failed)
		complain(path, NULL, "cannot be read: %s", strerror(errno));
	else if (n > MOST_PACK_FILE)
		complain(path, NULL, "a table has at most %u bytes", MOST_PACK_FILE);
	if (file)
		fclose(file);
	*table = (struct span){ bytes, n };
	return !failed && n <= MOST_PACK_FILE;
}

/* A file whose name is that of no table would silently do nothing. */
static bool read_folder(const char *folder, struct span tables[PACK_TABLES])
{
	DIR *d = opendir(folder);
	const struct dirent *entry;
	size_t count = 0;
	bool ok = true;

	if (!d)
		return complain(folder, NULL, "cannot be read: %s", strerror(errno));
	while (ok && (entry = readdir(d))) {
		size_t n = strlen(entry->d_name);
		int table;

		if (n < 4 || strcmp(entry->d_name + n - 4, ".tsv") != 0)
			continue;
		table = table_of(entry->d_name);
		if (table < 0)
			ok = complain(folder, "evenhand knowledge names the tables.",
				      "%.255s is none of the tables", entry->d_name);
		else
			ok = read_table(folder, entry->d_name, &tables[table]);
		count++;
	}
	closedir(d);
	return ok && (count || complain(folder, "Its files are named as the tables: secrets.tsv.",
					"holds no table"));
}

static bool changes_patterns(const struct span tables[PACK_TABLES])
{
	static const char *const owners[] = { "component-names.tsv", "kernel-options.tsv",
					      "secrets.tsv", "backdoors.tsv" };
	bool changes = false;

	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++)
		changes |= tables[table_of(owners[i])].p != NULL;
	return changes;
}

bool tables_take(const char *folder)
{
	static struct arena arena; /* as long as the process */
	struct span tables[PACK_TABLES] = { 0 };
	struct pack_error error = { 0 };
	struct pack p = pack_in_use();
	bool ok = read_folder(folder, tables);

	hash_start();
	if (ok && !pack_read(&p, tables, &arena, &error))
		ok = refuse(folder, &error);
	if (ok) {
		pack_use(&p);
		ok = !changes_patterns(tables) || pack_compile(&p, &error) ||
		     refuse(folder, &error);
	}
	for (int i = 0; i < PACK_TABLES; i++)
		free((uint8_t *)tables[i].p);
	return ok;
}
