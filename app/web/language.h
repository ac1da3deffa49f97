/*
 * Which of the languages we have a visitor would read (RFC 9110 section
 * 12.5.4, matched by RFC 4647 section 3.4 "lookup").
 */
#ifndef MADANG_WEB_LANGUAGE_H
#define MADANG_WEB_LANGUAGE_H

#include <stddef.h>

/*
 * The index of the best of count tags ("en", "ko") for an Accept-Language
 * header: highest q first, then the header's order; "ko-KR" takes "ko", "*"
 * takes the fallback. fallback when nothing fits or the header is "" or
 * broken. q=0 excludes a language.
 */
size_t language_negotiate(
    const char *header, const char *const *tags, size_t count, size_t fallback);

#endif
