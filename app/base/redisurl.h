/*
 * The address of a Redis as one word, as its other clients take it:
 * redis://[[user]:password@]host[:port][/database], and
 * unix:[//[[user]:password@]]/path/of/socket[?db=number], which may begin with
 * redis+socket: too. What is escaped with % is what it stands for.
 */
#ifndef MADANG_BASE_REDISURL_H
#define MADANG_BASE_REDISURL_H

#include <stdbool.h>
#include <stdint.h>

#define REDISURL_TEXT_BYTES 512

struct redisurl {
	char address[REDISURL_TEXT_BYTES]; /* "host:port", or a path */
	char user[REDISURL_TEXT_BYTES];	   /* "": none */
	char password[REDISURL_TEXT_BYTES];
	uint64_t database;
};

/* False: it is none, or a part is too long. */
bool redisurl_read(const char *text, struct redisurl *url);

#endif
