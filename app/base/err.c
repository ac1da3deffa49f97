#include "base/err.h"

#include <stddef.h>

static const char *const sentences[ERR_COUNT] = {
    [ERR_OK] = "no error",
    [ERR_MALFORMED] = "malformed request",
    [ERR_INVALID] = "a rule of the board was not met",
    [ERR_FORBIDDEN] = "refused",
    [ERR_NOT_FOUND] = "not found",
    [ERR_METHOD] = "method not allowed here",
    [ERR_CONFLICT] = "it was changed meanwhile",
    [ERR_FULL] = "no room for more",
    [ERR_TOO_MANY] = "too many tries",
    [ERR_TOO_OFTEN] = "too many writes",
    [ERR_TIMEOUT] = "the client was too slow",
    [ERR_BODY_TOO_LARGE] = "the body is too large",
    [ERR_URI_TOO_LONG] = "the address is too long",
    [ERR_MEDIA_TYPE] = "the body's format is not one we read",
    [ERR_HEADERS_TOO_LARGE] = "the request's parameters are too large",
    [ERR_NO_MEMORY] = "out of memory",
    [ERR_UNAVAILABLE] = "Redis is not available",
    [ERR_BUSY] = "the board is being imported or upgraded, or has to be",
    [ERR_INTERNAL] = "internal error",
    [ERR_CONFIG] = "configuration error",
};

const char *
err_text(enum err err)
{
	if ((size_t)err >= ERR_COUNT || sentences[err] == NULL)
		return "unknown error";
	return sentences[err];
}
