#define F(n)                                                                                       \
	int n(void)                                                                                \
	{                                                                                          \
		return 0;                                                                          \
	}
F(getspnam) F(crypt) F(strcmp) F(strncmp) F(memcmp) F(getenv) F(AES_set_encrypt_key) F(puts)
