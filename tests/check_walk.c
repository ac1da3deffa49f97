/*
 * Hundreds of changes by chance, over a board and a model of it: after each
 * step Redis holds what the model says, and no id in a list lacks its keys.
 */
#include "posting.h"
#include "server.h"
#include "support.h"

#include "board/sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define STEPS	   500
#define ITEMS_MAX  (STEPS + 1)
#define CATEGORIES 3
#define CLIENTS	   4
#define NONE	   SIZE_MAX
#define OTHER	   "{other}:"
#define PART_BYTES 32

enum state { ALIVE, TRASHED, AWAY };

/* A post or a reply; its id is its index and 1. */
struct item {
	enum state state; /* AWAY: on the other board */
	size_t parent;	  /* NONE: it is a post */
	size_t root;	  /* itself, if it is a post */
	uint64_t depth;
	char text[PART_BYTES];
	char title[PART_BYTES];
	uint64_t category;
	bool secret;
	bool notice;
	uint64_t version;
	uint64_t views;
	unsigned recommends; /* a bit for each client */
};

static struct item items[ITEMS_MAX];
static size_t count;
static unsigned moves;
static struct sample chance;

static uint64_t
id_of(size_t item)
{
	return item + 1;
}

static bool
below(uint64_t percent)
{
	return sample_below(&chance, 100) < percent;
}

/* What the model knows */

static bool
has_place(size_t item)
{
	if (items[items[item].root].state == AWAY)
		return false;
	if (items[item].state == ALIVE)
		return true;
	for (size_t i = item + 1; i < count; i++)
		if (items[i].parent == item && has_place(i))
			return true;
	return false;
}

static size_t
replies_in(size_t root)
{
	size_t alive = 0;

	for (size_t i = root + 1; i < count; i++)
		alive += items[i].root == root && items[i].state == ALIVE;
	return alive;
}

static unsigned
bits(unsigned mask)
{
	unsigned set = 0;

	for (; mask != 0; mask &= mask - 1)
		set++;
	return set;
}

static void
write_entries(struct buf *out, size_t node)
{
	for (size_t i = node + 1; i < count; i++) {
		if (items[i].parent != node || !has_place(i))
			continue;
		buf_printf(
		    out, " %" PRIu64 ":%" PRIu64, id_of(i), items[i].depth);
		write_entries(out, i);
	}
}

static void
write_item(struct buf *out, size_t i)
{
	const struct item *item = &items[i];
	bool reply = item->parent != NONE;

	buf_printf(out, "%" PRIu64, id_of(i));
	if (item->state == ALIVE)
		buf_printf(out,
		    " alive %s|%s|%d|%" PRIu64 "|%" PRIu64 "|%" PRIu64
		    "|%" PRIu64 "|%u|%" PRIu64 "|%zu",
		    item->text, item->title, item->secret, item->category,
		    reply ? id_of(item->parent) : 0,
		    reply ? id_of(item->root) : 0, item->version,
		    bits(item->recommends), item->views,
		    reply ? 0 : replies_in(i));
	else if (item->state == AWAY)
		buf_printf(out, " moved");
	else if (has_place(i))
		buf_printf(out, " place %zu", reply ? 0 : replies_in(i));
	buf_printf(out, "%s", item->state == TRASHED ? " trash" : "");
	if (!reply)
		write_entries(out, i);
	buf_printf(out, "\n");
}

static void
write_list(struct buf *out, const char *name, uint64_t category, bool notices)
{
	buf_printf(out, "%s", name);
	for (size_t i = count; i-- > 0;)
		if (items[i].state == ALIVE && items[i].parent == NONE &&
		    (category == 0 || items[i].category == category) &&
		    (!notices || items[i].notice))
			buf_printf(out, " %" PRIu64, id_of(i));
	buf_printf(out, "\n");
}

static const char *
modelled(void)
{
	struct buf out;

	buf_init(&out, support_arena());
	for (size_t i = 0; i < count; i++)
		write_item(&out, i);
	write_list(&out, "posts", 0, false);
	write_list(&out, "notices", 0, true);
	for (uint64_t i = 1; i <= CATEGORIES; i++)
		write_list(&out, "category", i, false);
	buf_printf(&out, "moves %u\n", moves);
	ck_assert(!out.failed);
	return out.data;
}

/* The same of what Redis holds; what breaks the invariant is told too. */
static const char walker[] =
    "local function get(k) return redis.call('GET', k) end "
    "local function list(k) local all = redis.call('LRANGE', k, 0, -1) "
    "return (#all > 0 and ' ' or '') .. table.concat(all, ' ') end "
    "local function has(k) return redis.call('EXISTS', k) == 1 end "
    "local function whole(p, k) local bad = '' "
    "for _, e in ipairs(redis.call('LRANGE', p .. k, 0, -1)) do "
    "local id = e:match('^%d+') "
    "if not get(p .. 'news:name:' .. id) or "
    "not get(p .. 'news:post:' .. id) then bad = bad .. ' !' .. e end end "
    "return bad end "
    "local out = {} "
    "for id = 1, ARGV[1] do "
    "local flat, m = redis.call('HGETALL', 'news:meta:' .. id), {} "
    "for i = 1, #flat, 2 do m[flat[i]] = flat[i + 1] end "
    "local name, text = get('news:name:' .. id), get('news:post:' .. id) "
    "local secret = (m.flags or ''):find('s') and 1 or 0 "
    "local title = m.title or '' "
    "local line = id .. '' "
    "if name then "
    "if has('news:secret:' .. id) ~= (secret == 1) then "
    "line = line .. ' !secret' end "
    "if secret == 1 then "
    "if text ~= ARGV[2] or m.title then line = line .. ' !told' end "
    "text = redis.call('HGET', 'news:secret:' .. id, 'text') "
    "title = redis.call('HGET', 'news:secret:' .. id, 'title') end "
    "line = line .. ' alive ' .. table.concat({text, title, secret, "
    "m.category or 0, m.parent or 0, m.root or 0, m.version or 0, "
    "m.recommends or 0, redis.call('HGET', 'news:views:' .. "
    "math.floor(id / 100), id) or 0, m.replies or 0}, '|') "
    "if tonumber(m.recommends or 0) ~= "
    "redis.call('SCARD', 'news:recommend:' .. id) or "
    "tonumber(m.version or 0) ~= "
    "redis.call('LLEN', 'news:versions:' .. id) and "
    "redis.call('LLEN', 'news:versions:' .. id) ~= 20 then "
    "line = line .. ' !counts' end "
    "for _, k in ipairs({'secret', 'versions', 'recommend'}) do "
    "if redis.call('PTTL', 'news:' .. k .. ':' .. id) > 0 then "
    "line = line .. ' !ends' end end "
    "elseif text then line = line .. ' !half' "
    "elseif m.moved then line = line .. ' moved' "
    "elseif has('news:meta:' .. id) then "
    "line = line .. ' place ' .. (m.replies or 0) "
    "if m.title or m.password or not (m.flags or ''):find('d') then "
    "line = line .. ' !left' end end "
    "if has('news:trash:' .. id) then line = line .. ' trash' end "
    "if not name and redis.call('HEXISTS', 'news:views:' .. "
    "math.floor(id / 100), id) == 1 then line = line .. ' !views' end "
    "if has('news:trash:' .. id) and "
    "redis.call('PTTL', 'news:trash:' .. id) < 0 then "
    "line = line .. ' !stays' end "
    "if m.root and has('news:replies:' .. id) then "
    "line = line .. ' !replies' end "
    "out[#out + 1] = line .. list('news:replies:' .. id) end "
    "out[#out + 1] = 'posts' .. list('post_id') .. whole('', 'post_id') "
    "out[#out + 1] = 'notices' .. list('news:notices') .. "
    "whole('', 'news:notices') "
    "for i = 1, ARGV[3] do out[#out + 1] = 'category' .. "
    "list('news:category:' .. i) end "
    "out[#out + 1] = 'moves ' .. redis.call('LLEN', ARGV[4] .. 'post_id') .. "
    "whole(ARGV[4], 'post_id') .. '\\n' return table.concat(out, '\\n')";

static const char *
found(void)
{
	char *last = arena_printf(support_arena(), "%zu", count);

	return DO(
	    &here.store, "EVAL", walker, "0", last, POSTING_LOCK, "3", OTHER)
	    .text;
}

/* The steps, each with what must come of it */

static struct change_words
make_words(struct item *item)
{
	static unsigned number;
	struct change_words words;

	(void)snprintf(item->text, PART_BYTES, "text %u", ++number);
	item->title[0] = '\0';
	if (below(50))
		(void)snprintf(item->title, PART_BYTES, "title %u", number);
	item->category = sample_below(&chance, CATEGORIES + 1);
	item->secret = below(30);
	words = words_of(item->title, item->text);
	words.category = item->category;
	words.secret = item->secret;
	if (item->parent != NONE) {
		item->category = 0;
		item->secret = false;
	}
	return words;
}

static void
step_post(size_t parent)
{
	struct change_post draft = draft_of("::1", "n", "");
	struct item item = {.parent = parent, .root = count};
	struct change_posted posted;
	enum err err;

	if (parent != NONE) {
		item.root = items[parent].root;
		item.depth = items[parent].depth + 1;
		draft.parent = id_of(parent);
	}
	draft.words = make_words(&item);
	if (parent != NONE) {
		/* A title of a reply is nothing that a page offers. */
		item.title[0] = '\0';
		draft.words.title_length = 0;
	}
	err = change_post(&here.store, &draft, &posted);
	if (parent != NONE && items[parent].state != ALIVE) {
		ck_assert_int_eq(err, ERR_NOT_FOUND);
		return;
	}
	ck_assert_int_eq(err, ERR_OK);
	ck_assert_uint_eq(posted.id, id_of(count));
	items[count++] = item;
}

static void
step_edit(size_t at)
{
	struct change_conflict conflict;
	struct item item = items[at];
	struct change_words words = make_words(&item);
	bool stale = below(20);
	enum err err = change_edit(&here.store, id_of(at),
	    item.version + (stale ? 1 : 0), &words, &conflict);

	if (item.state != ALIVE) {
		ck_assert_int_eq(err, ERR_NOT_FOUND);
		return;
	}
	ck_assert_int_eq(err, ERR_OK);
	ck_assert_int_eq(conflict.found, stale);
	if (stale) {
		ck_assert_uint_eq(conflict.version, items[at].version);
		ck_assert_str_eq(conflict.text, items[at].text);
		ck_assert_str_eq(conflict.title, items[at].title);
		return;
	}
	item.version++;
	if (item.parent != NONE)
		item.title[0] = '\0';
	items[at] = item;
}

static void
step_delete(size_t at)
{
	struct item *item = &items[at];
	uint64_t root = 99;
	enum err err = change_delete(&here.store, id_of(at), 1000, &root);

	if (item->state == AWAY) {
		ck_assert_int_eq(err, ERR_NOT_FOUND);
		return;
	}
	ck_assert_int_eq(err, ERR_OK);
	ck_assert_uint_eq(root, item->parent == NONE ? 0 : id_of(item->root));
	item->state = TRASHED;
}

/* Whether a reply from the trash has something to stand under. */
static bool
has_ground(size_t at)
{
	const struct item *item = &items[at];

	if (item->parent == NONE || has_place(at))
		return true;
	return has_place(item->parent);
}

static void
step_restore(size_t at)
{
	struct item *item = &items[at];
	bool moved = items[item->root].state == AWAY;
	struct change_restored restored;

	ck_assert_int_eq(
	    change_restore(&here.store, id_of(at), &restored), ERR_OK);
	ck_assert(moved == (restored.moved[0] != '\0'));
	if (moved)
		return;
	if (item->state == TRASHED && !has_ground(at)) {
		ck_assert_uint_eq(restored.parent, id_of(item->parent));
		return;
	}
	ck_assert_uint_eq(restored.parent, 0);
	item->state = ALIVE;
}

static void
step_notice(size_t at)
{
	struct item *item = &items[at];
	bool on = below(60);
	enum err err = change_notice(&here.store, id_of(at), on);

	if (item->state != ALIVE || item->parent != NONE) {
		ck_assert_int_eq(err, ERR_NOT_FOUND);
		return;
	}
	ck_assert_int_eq(err, ERR_OK);
	item->notice = on;
}

static void
step_recommend(size_t at)
{
	static const char *const clients[CLIENTS] = {
	    "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8:1::1"};
	unsigned client = (unsigned)sample_below(&chance, CLIENTS);
	bool on;
	enum err err = post_try_recommend(id_of(at), clients[client], &on);

	ck_assert_int_eq(
	    err, items[at].state == ALIVE ? ERR_OK : ERR_NOT_FOUND);
	if (err != ERR_OK)
		return;
	items[at].recommends ^= 1U << client;
	ck_assert(on == ((items[at].recommends >> client & 1) != 0));
}

static void
step_view(size_t at)
{
	struct change_views views = {id_of(at), 1 + sample_below(&chance, 5)};

	ck_assert_int_eq(change_views(&here.store, &views, 1), ERR_OK);
	if (items[at].state == ALIVE)
		items[at].views += views.count;
}

static void
step_move(size_t at)
{
	uint64_t moved = 0;
	enum err err =
	    change_move(&here.store, id_of(at), OTHER, "other", &moved);

	/* Who asks again is told the same. */
	if (items[at].state != AWAY &&
	    (items[at].state != ALIVE || items[at].parent != NONE)) {
		ck_assert_int_eq(err, ERR_NOT_FOUND);
		return;
	}
	ck_assert_int_eq(err, ERR_OK);
	ck_assert_uint_gt(moved, 0);
	if (items[at].state == AWAY)
		return;
	/* Places go along, too. */
	for (size_t i = at + 1; i < count; i++)
		if (items[i].root == at && has_place(i))
			items[i].state = AWAY;
	items[at].state = AWAY;
	moves++;
}

static void
step_begin(size_t at)
{
	(void)at;
	step_post(NONE);
}

static const struct {
	uint64_t weight;
	void (*take)(size_t at);
} steps[] = {
    {15, step_begin},
    {25, step_post},
    {15, step_edit},
    {25, step_delete},
    {20, step_restore},
    {10, step_recommend},
    {5, step_view},
    {5, step_notice},
    {1, step_move},
};
#define STEP_KINDS (sizeof(steps) / sizeof(steps[0]))

static void
take_step(void)
{
	size_t at = (size_t)sample_below(&chance, count);
	uint64_t whole = 0;
	uint64_t left;
	size_t kind = 0;

	for (size_t i = 0; i < STEP_KINDS; i++)
		whole += steps[i].weight;
	for (left = sample_below(&chance, whole); left >= steps[kind].weight;
	     kind++)
		left -= steps[kind].weight;
	steps[kind].take(at);
}

/* The first line that differs, of both. */
static void
expect_same(const char *is, const char *must, int step)
{
	size_t line = 0;

	for (size_t i = 0; is[i] == must[i]; i++) {
		if (is[i] == '\0')
			return;
		if (is[i] == '\n')
			line = i + 1;
	}
	ck_abort_msg("after step %d Redis holds\n%.*s\nand must hold\n%.*s",
	    step, (int)strcspn(is + line, "\n"), is + line,
	    (int)strcspn(must + line, "\n"), must + line);
}

START_TEST(a_board_is_what_was_done_to_it)
{
	sample_begin(&chance, 2023 + (uint64_t)_i);
	count = 0;
	moves = 0;
	step_post(NONE);
	for (int i = 0; i < STEPS; i++) {
		take_step();
		expect_same(found(), modelled(), i);
		arena_reset(here.store.arena);
	}
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("walk");

	if (!server_is_installed())
		return SERVER_SKIP;
	posting_init();
	tcase_add_loop_test(server_case(suite, "by chance"),
	    a_board_is_what_was_done_to_it, 0, 3);
	return support_run(suite);
}
