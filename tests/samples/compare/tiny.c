/* A program of a few functions that holds what builds leave in programs. */
const char banner[] = "tiny 1.0 (" USER "@" HOST ") " __DATE__ " " __TIME__;
const unsigned char table[8] = { 1, 2, 3, 5, 7, 11, 13, 17 };
const char *volatile said;

static void fail(const char *file, int line)
{
	said = file + (line & 1);
	for (;;)
		;
}

__attribute__((noinline)) int check(int user, int secret)
{
	if (user == 7)
		fail(__FILE__, __LINE__);
	return user == secret ? table[user & 7] : 0;
}

__attribute__((noinline)) int count(const char *s)
{
	int n = 0;

	while (s[n])
		n++;
	return n;
}

void _start(void)
{
	for (;;)
		if (check(count(banner), count("/etc/tiny.conf")))
			said = banner;
}
