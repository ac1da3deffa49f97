#include "web/language.h"

#include "web/header.h"

#include <stdbool.h>
#include <string.h>

/* A browser sends three or four ranges; the rest is nobody's wish. */
#define HEADER_MAX_BYTES 1024
#define RANGES_MAX	 32

#define WEIGHT_FULL 1000 /* q=1, in thousandths */

struct range {
	struct header_piece tag;
	int weight; /* 0 to WEIGHT_FULL */
};

/*
 * "0.8" as 800 (RFC 9110 section 12.4.2: up to three decimals, at most 1);
 * -1 for anything else. strtod() would read by the locale, and "inf".
 */
static int
parse_weight(struct header_piece text)
{
	int weight = 0;
	int unit = WEIGHT_FULL;
	size_t i;

	if (text.length == 0 || text.length > 5)
		return -1;
	for (i = 0; i < text.length; i++) {
		char byte = text.data[i];

		if (i == 1 && byte == '.')
			continue;
		if (i == 1 || byte < '0' || byte > '9')
			return -1;
		weight += (byte - '0') * unit;
		unit /= 10;
	}
	return weight <= WEIGHT_FULL ? weight : -1;
}

/* Reads "ko-KR" or "ko;q=0.8". False when it is broken. */
static bool
parse_range(struct header_piece item, struct range *range)
{
	struct header_piece rest = item;
	struct header_piece weight, name;

	range->weight = WEIGHT_FULL;
	(void)header_next(&rest, ';', &range->tag);
	if (range->tag.length == 0)
		return false;
	if (!header_next(&rest, ';', &weight))
		return true;
	if (rest.data != NULL || !header_next(&weight, '=', &name) ||
	    !header_equals(name, "q") || weight.data == NULL)
		return false;
	range->weight = parse_weight(header_trim(weight));
	return range->weight >= 0;
}

/* Broken ranges are passed over, as if they had not been sent. */
static size_t
parse_header(const char *header, struct range ranges[RANGES_MAX])
{
	struct header_piece rest = {header, strnlen(header, HEADER_MAX_BYTES)};
	bool cut = header[rest.length] != '\0';
	struct header_piece item;
	size_t count = 0;

	while (count < RANGES_MAX && header_next(&rest, ',', &item)) {
		if (cut && rest.data == NULL)
			break; /* "ko-K" may have been something else */
		if (parse_range(item, &ranges[count]))
			count++;
	}
	return count;
}

/* RFC 4647 section 3.4: a range is shortened from its end until it fits. */
static bool
range_fits(const struct range *range, const char *tag)
{
	size_t length = strlen(tag);
	struct header_piece start = {range->tag.data, length};

	if (range->tag.length < length || !header_equals(start, tag))
		return false;
	return range->tag.length == length || range->tag.data[length] == '-';
}

static bool
is_excluded(const struct range *ranges, size_t count, const char *tag)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (ranges[i].weight == 0 && header_equals(ranges[i].tag, tag))
			return true;
	}
	return false;
}

/* What "*" stands for: the fallback, or else any that is not excluded. */
static size_t
pick_any(const struct range *ranges, size_t range_count,
    const char *const *tags, size_t count, size_t fallback)
{
	size_t tag;

	if (!is_excluded(ranges, range_count, tags[fallback]))
		return fallback;
	for (tag = 0; tag < count; tag++) {
		if (!is_excluded(ranges, range_count, tags[tag]))
			return tag;
	}
	return fallback;
}

/* The tag that a range asks for; count when it is none of ours. */
static size_t
find_tag(const struct range *range, const char *const *tags, size_t count)
{
	size_t tag;

	for (tag = 0; tag < count; tag++) {
		if (range_fits(range, tags[tag]))
			return tag;
	}
	return count;
}

size_t
language_negotiate(
    const char *header, const char *const *tags, size_t count, size_t fallback)
{
	struct range ranges[RANGES_MAX];
	size_t range_count = parse_header(header, ranges);
	size_t any = pick_any(ranges, range_count, tags, count, fallback);
	size_t best = any;
	int weight = 0;
	size_t i;

	for (i = 0; i < range_count; i++) {
		size_t tag = header_equals(ranges[i].tag, "*")
				 ? any
				 : find_tag(&ranges[i], tags, count);

		if (ranges[i].weight <= weight || tag == count ||
		    is_excluded(ranges, range_count, tags[tag]))
			continue;
		best = tag;
		weight = ranges[i].weight;
	}
	return best;
}
