#include <stdio.h>
#include <time.h>

int main(void)
{
	return printf("%lld\n", (long long)time(NULL)) < 0;
}
