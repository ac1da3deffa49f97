#include "web/language.h"

#include "web/header.h"

#include <stdbool.h>
#include <string.h>

/* A browser sends three or four ranges; the rest is nobody's wish. */
#define HEADER_MAX_BYTES 1024
#define RANGES_MAX	 32

/* Broken ranges are passed over, as if they had not been sent. */
static size_t
parse_header(const char *header, struct header_weighted ranges[RANGES_MAX])
{
	struct header_piece rest = {header, strnlen(header, HEADER_MAX_BYTES)};
	bool cut = header[rest.length] != '\0';
	struct header_piece item;
	size_t count = 0;

	while (count < RANGES_MAX && header_next(&rest, ',', &item)) {
		if (cut && rest.data == NULL)
			break; /* "ko-K" may have been something else */
		if (header_parse_weighted(item, &ranges[count]))
			count++;
	}
	return count;
}

/* RFC 4647 section 3.4: a range is shortened from its end until it fits. */
static bool
range_fits(const struct header_weighted *range, const char *tag)
{
	size_t length = strlen(tag);
	struct header_piece start = {range->name.data, length};

	if (range->name.length < length || !header_equals(start, tag))
		return false;
	return range->name.length == length || range->name.data[length] == '-';
}

static bool
is_excluded(const struct header_weighted *ranges, size_t count, const char *tag)
{
	size_t i;

	for (i = 0; i < count; i++) {
		if (ranges[i].weight == 0 && header_equals(ranges[i].name, tag))
			return true;
	}
	return false;
}

/* What "*" stands for: the fallback, or else any that is not excluded. */
static size_t
pick_any(const struct header_weighted *ranges, size_t range_count,
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
find_tag(
    const struct header_weighted *range, const char *const *tags, size_t count)
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
	struct header_weighted ranges[RANGES_MAX];
	size_t range_count = parse_header(header, ranges);
	size_t any = pick_any(ranges, range_count, tags, count, fallback);
	size_t best = any;
	int weight = 0;
	size_t i;

	for (i = 0; i < range_count; i++) {
		size_t tag = header_equals(ranges[i].name, "*")
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
