/*
 * FastCGI's records (its specification, section 3.3): whether a request has
 * arrived, and its body; and those of an answer. What lies between, the
 * parameters, is libfcgi's to read, and nothing else is: it blocks, and it
 * trusts who sends. A record of management in a body makes it write beyond its
 * stack (2.4.2).
 */
#ifndef MADANG_WEB_RECORD_H
#define MADANG_WEB_RECORD_H

#include <stdbool.h>
#include <stddef.h>

enum record_state {
	RECORD_WAIT,  /* the beginning of a request; more must come */
	RECORD_WHOLE, /* all parameters are here; a body may follow */
	RECORD_BROKEN /* no request can begin so */
};

/*
 * What the first length bytes of a connection are. Of a whole request *head is
 * where its parameters end.
 */
enum record_state record_look(
    const unsigned char *data, size_t length, size_t *head);

#define RECORD_HEADER_BYTES 8

/* The header of a record with length bytes of an answer: 65,535 at most. */
void record_begin_output(
    unsigned char header[RECORD_HEADER_BYTES], int id, size_t length);

/* What ends an answer: that nothing follows, and that all went well. */
#define RECORD_END_BYTES (3 * RECORD_HEADER_BYTES)
void record_end_output(unsigned char end[RECORD_END_BYTES], int id);

/* A body as it comes; {.id = …} begins one. */
struct record_body {
	int id; /* of the request */
	bool ended;
	bool broken;	/* something else came */
	size_t content; /* of the record, still to come; likewise */
	size_t padding;
	size_t header_length;
	unsigned char header[RECORD_HEADER_BYTES];
};

/*
 * Takes bytes off *data, which has *length of them, and gives those of the
 * body: how many, up to size. 0: more must come, unless body says that none
 * will.
 */
size_t record_body_take(struct record_body *body, const unsigned char **data,
    size_t *length, char *out, size_t size);

#endif
