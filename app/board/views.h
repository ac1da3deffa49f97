/*
 * How often posts were looked at: counted in memory, added to the boards in
 * Redis now and then, so that no page waits for it. No ledger: what Redis
 * refuses for good is lost, what it took without having told so is added
 * again, and what is looked at for the first time while the table is full
 * is not counted.
 */
#ifndef MADANG_BOARD_VIEWS_H
#define MADANG_BOARD_VIEWS_H

#include "base/err.h"
#include "store/store.h"

#include <stdint.h>

/* The posts whose views are kept between two writes, of all boards. */
#define VIEWS_MAX 4096

struct views;

/* ERR_NO_MEMORY. */
enum err views_create(struct views **views);
/* What was not written is gone. NULL is fine. */
void views_destroy(struct views *views);

/*
 * One more for a post of a board ("" is the first one), which need not be
 * there. From any thread; views NULL: it is not counted.
 */
void views_count(struct views *views, const char *slug, uint64_t id);

/*
 * Adds what was counted to the boards, all before store->until_us, and asks
 * Redis nothing where that is nothing. By one thread at a time, beside those
 * that count. store is of the first board; its arena is reset, and holds
 * nothing of use after. ERR_UNAVAILABLE, ERR_NO_MEMORY, ERR_CONFIG: what is
 * left waits for the next time. ERR_INTERNAL: some of it is lost, which was
 * logged, and the rest is written.
 */
enum err views_write(struct views *views, struct store *store);

#endif
