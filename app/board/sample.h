/*
 * Names, titles and texts such as people write on a board, in Korean and
 * English, for demonstrations and measurements. Composed by chance from a
 * stock of sentences: the same seed gives the same words.
 */
#ifndef MADANG_BOARD_SAMPLE_H
#define MADANG_BOARD_SAMPLE_H

#include "base/buf.h"

#include <stdint.h>

/* A source of chance; not one for secrets. */
struct sample {
	uint64_t state;
};

enum sample_language { SAMPLE_KOREAN, SAMPLE_ENGLISH, SAMPLE_LANGUAGES };

void sample_begin(struct sample *sample, uint64_t seed);

/* 0 to limit - 1; limit is at least 1. */
uint64_t sample_below(struct sample *sample, uint64_t limit);

/* Constant. */
const char *sample_name(struct sample *sample, enum sample_language language);

/* What a board's first categories are called; of SAMPLE_CATEGORIES. */
#define SAMPLE_CATEGORIES 3
const char *sample_category(enum sample_language language, size_t number);

/* One line. */
void sample_title(
    struct sample *sample, enum sample_language language, struct buf *title);

/*
 * Markdown: from a sentence to seven paragraphs with lists, quotes and links;
 * some 500 bytes on average.
 */
void sample_text(
    struct sample *sample, enum sample_language language, struct buf *text);

/* One to three sentences. */
void sample_reply(
    struct sample *sample, enum sample_language language, struct buf *text);

#endif
