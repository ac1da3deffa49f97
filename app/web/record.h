/*
 * FastCGI's records (its specification, section 3.3), as far as it takes to
 * tell that a request has arrived. The reading itself is libfcgi's, which
 * blocks: a connection is handed to it once it need not wait.
 */
#ifndef MADANG_WEB_RECORD_H
#define MADANG_WEB_RECORD_H

#include <stddef.h>

enum record_state {
	RECORD_WAIT,  /* the beginning of a request; more must come */
	RECORD_WHOLE, /* all parameters are here; a body may follow */
	RECORD_BROKEN /* no request can begin so */
};

/* What the first length bytes of a connection are. */
enum record_state record_look(const unsigned char *data, size_t length);

#endif
