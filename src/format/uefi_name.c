/* uefi_name.c - GUIDs as text, and what the specifications and EDK II call those that come without
 * a name of their own (UEFI PI 1.8, volume 3; tianocore/edk2 *.dec). */
#include <stdio.h>

#include "base/cursor.h"
#include "format/uefi.h"

static const struct {
	const char *guid, *name;
} known[] = {
	{ "17088572-377f-44ef-8f4e-b09fff46a070", "Microcode" },
	{ "1ba0062e-c779-4582-8566-336ae8f78f09", "VolumeTopFile" },
	{ "1b45cc0a-156a-428a-af62-49864da0e6e6", "PeiApriori" },
	{ "36c513ee-a338-4976-a0fb-6ddba3dafe87", "dbtDefault" },
	{ "52c05b14-0b98-496c-bc3b-04b50211d680", "PeiCore" },
	{ "5740766a-718e-4dc0-9935-c36f7d3f884f", "dbxDefault" },
	{ "6f64916e-9f7a-4c35-b952-cd041efb05a3", "KEKDefault" },
	{ "77d3dc50-d42b-4916-ac80-8f469035d150", "NvarPeiDefaults" },
	{ "7bb28b99-61bb-11d5-9a5d-0090273fc14d", "Logo" },
	{ "7e374e25-8e01-4fee-87f2-390c23c606cd", "AcpiTables" },
	{ "85254ea7-4759-4fc4-82d4-5eed5fb0a4a0", "PKDefault" },
	{ "9221315b-30bb-46b5-813e-1b1bf4712bd3", "NvarDefaults" },
	{ "af516361-b4c5-436e-a7e3-a149a31b1461", "NvarBootBlockDefaults" },
	{ "c491d352-7623-4843-accc-2791a7574421", "dbDefault" },
	{ "cef5b9a3-476d-497f-9fdc-e98143e0422c", "NvarStore" },
	{ "d6a2cb7f-6a18-4e2f-b43b-9920a733700a", "DxeCore" },
	{ "df1ccef6-f301-4a63-9661-fc6030dcc880", "SecMain" },
	{ "e4536585-7909-4a60-b5c6-ecdea6ebfb54", "Pad" },
	{ "fc510ee7-ffdc-11d4-bd41-0080c73c8881", "DxeApriori" },
};

#define KNOWN (sizeof(known) / sizeof(known[0]))

void guid_text(struct span s, uint64_t at, char text[GUID_TEXT])
{
	snprintf(text, GUID_TEXT, "%08x-%04x-%04x-%04x-%04x%08x", span_u32(s, at, false),
		 span_u16(s, at + 4, false), span_u16(s, at + 6, false), span_u16(s, at + 8, true),
		 span_u16(s, at + 10, true), span_u32(s, at + 12, true));
}

bool guid_is(struct span s, uint64_t at, const char *text)
{
	char found[GUID_TEXT];

	guid_text(s, at, found);
	return strcmp(found, text) == 0;
}

const char *guid_name(struct span s, uint64_t at)
{
	char text[GUID_TEXT];

	guid_text(s, at, text);
	for (size_t i = 0; i < KNOWN; i++)
		if (strcmp(text, known[i].guid) == 0)
			return known[i].name;
	return NULL;
}

struct span guid_entry_name(struct arena *a, struct span name, struct span s, uint64_t at)
{
	const char *given = name.n ? NULL : guid_name(s, at);
	char guid[GUID_TEXT];
	uint8_t *to;

	if (given)
		name = span_text(given);
	guid_text(s, at, guid);
	to = arena_take(a, (uint64_t)name.n + GUID_TEXT, 1);
	if (!to)
		return (struct span){ 0 };
	for (size_t i = 0; i < name.n; i++)
		to[i] = name.p[i] == '/' ? '_' : name.p[i];
	if (name.n)
		to[name.n] = '-';
	memcpy(to + name.n + (name.n > 0), guid, GUID_TEXT - 1);
	return (struct span){ to, name.n + (name.n > 0) + GUID_TEXT - 1 };
}
