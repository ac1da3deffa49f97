/*
 * A strict reader of the HTML that view/markup writes: what it does not know
 * is wrong. Shared by the tests and the fuzzer of markup; no parser of HTML
 * in general.
 */
#ifndef MADANG_TESTS_SCAN_H
#define MADANG_TESTS_SCAN_H

#include <stddef.h>

/*
 * What is wrong with a fragment, and at which byte: an element, attribute or
 * reference that may not be there, an element where HTML has no place for it,
 * a link that leads to anything but http:, https: and mailto:, a control
 * character. NULL: nothing.
 */
const char *scan_html(const char *html, size_t length, size_t *at);

#endif
