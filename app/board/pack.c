#include "board/pack.h"

#include "base/number.h"

#include <string.h>

#define TYPE_FALSE  0xc2
#define TYPE_STR_32 0xdb
#define TYPE_LIST   0xdd /* with 32 bits of length */

static void
pack_head(struct buf *out, unsigned char type, size_t length)
{
	const unsigned char head[] = {type, (unsigned char)(length >> 24),
	    (unsigned char)(length >> 16), (unsigned char)(length >> 8),
	    (unsigned char)length};

	buf_append(out, head, sizeof(head));
}

void
pack_list(struct buf *out, size_t count)
{
	pack_head(out, TYPE_LIST, count);
}

void
pack_text(struct buf *out, const char *data, size_t length)
{
	pack_head(out, TYPE_STR_32, length);
	buf_append(out, data, length);
}

void
pack_word(struct buf *out, const char *word)
{
	pack_text(out, word, strlen(word));
}

void
pack_number(struct buf *out, uint64_t number)
{
	char digits[NUMBER_TEXT_BYTES];

	pack_text(out, digits, number_write(number, digits));
}

void
pack_false(struct buf *out)
{
	const unsigned char type = TYPE_FALSE;

	buf_append(out, &type, 1);
}
