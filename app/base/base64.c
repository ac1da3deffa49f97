#include "base/base64.h"

#include <sodium.h>

#define VARIANT sodium_base64_VARIANT_ORIGINAL

char *
base64_write(struct arena *arena, const char *data, size_t length)
{
	size_t room = sodium_base64_encoded_len(length, VARIANT);
	char *text = arena_alloc(arena, room);

	return text == NULL ? NULL
			    : sodium_bin2base64(text, room,
				  (const unsigned char *)data, length, VARIANT);
}

char *
base64_read(
    struct arena *arena, const char *text, size_t text_length, size_t *length)
{
	char *data = arena_alloc(arena, text_length / 4 * 3 + 1);

	if (data == NULL ||
	    sodium_base642bin((unsigned char *)data, text_length / 4 * 3, text,
		text_length, NULL, length, NULL, VARIANT) != 0)
		return NULL;
	data[*length] = '\0';
	return data;
}
