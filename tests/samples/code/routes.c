/* A web server with its handlers in one program, as GoAhead's users link it. */
int websFormDefine(const char *name, void (*handler)(void))
{
	handler();
	return name != 0;
}

int websUrlHandlerDefine(const char *prefix, const char *folder, int argument, int (*handler)(void),
			 int flags)
{
	return handler() + flags + argument + (folder == prefix);
}

static void wan(void)
{
}

static int hidden(void)
{
	return 1;
}

void _start(void)
{
	websFormDefine("setWanCfg", wan);
	websUrlHandlerDefine("/hidden_action", "", 0, hidden, 0);
}
