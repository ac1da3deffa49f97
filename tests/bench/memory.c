/*
 * A limit to compare with: a FastCGI program that sends the same bytes to
 * everybody, from memory. Its argument is a file with a whole CGI answer; its
 * socket is on file descriptor 0. As many threads as Madang has slots.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <fcgiapp.h>

#define THREADS		 8
#define ANSWER_MAX_BYTES (1024 * 1024)

static char answer[ANSWER_MAX_BYTES];
static int length;

static void *
serve(void *unused)
{
	FCGX_Request request;

	FCGX_InitRequest(&request, 0, 0);
	while (FCGX_Accept_r(&request) == 0)
		FCGX_PutStr(answer, length, request.out);
	return unused;
}

int
main(int argc, char **argv)
{
	FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
	pthread_t threads[THREADS];

	if (file == NULL || FCGX_Init() != 0)
		return EXIT_FAILURE;
	length = (int)fread(answer, 1, sizeof(answer), file);
	fclose(file);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, serve, NULL);
	return pthread_join(threads[0], NULL);
}
