#include "base/buf.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FIRST_CAPACITY 1024

void
buf_init(struct buf *buf, struct arena *arena)
{
	*buf = (struct buf){.arena = arena};
}

/* Room for length more bytes and a NUL; false when there is none. */
static bool
buf_reserve(struct buf *buf, size_t length)
{
	size_t capacity = buf->capacity > 0 ? buf->capacity : FIRST_CAPACITY;
	char *data;

	if (buf->failed)
		return false;
	if (length >= SIZE_MAX / 2 - buf->length) {
		buf->failed = true;
		return false;
	}
	if (buf->capacity > buf->length + length)
		return true;
	while (capacity <= buf->length + length)
		capacity *= 2;
	data = arena_grow(buf->arena, buf->data, buf->capacity, capacity);
	if (data == NULL) {
		buf->failed = true;
		return false;
	}
	buf->data = data;
	buf->capacity = capacity;
	return true;
}

void
buf_append(struct buf *buf, const void *data, size_t length)
{
	if (!buf_reserve(buf, length))
		return;
	if (length > 0)
		memcpy(buf->data + buf->length, data, length);
	buf->length += length;
	buf->data[buf->length] = '\0';
}

void
buf_text(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void
buf_printf(struct buf *buf, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length < 0) {
		buf->failed = true;
		return;
	}
	if (!buf_reserve(buf, (size_t)length))
		return;
	va_start(arguments, format);
	(void)vsnprintf(
	    buf->data + buf->length, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buf->length += (size_t)length;
}
