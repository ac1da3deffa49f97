#include "fuzz.h"

#include "told.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/log.h"
#include "base/text.h"
#include "board/change.h"
#include "board/graph.h"
#include "board/registry.h"
#include "board/tally.h"
#include "board/thread.h"
#include "store/changes.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES (32 * 1024 * 1024UL)
#define WAIT_US	    60000000

/* Enough for two MGETs of texts. */
#define IDS 70

/*
 * The first byte of an input chooses a reader of Redis's replies; the second
 * whether the rest is what Redis says, byte for byte, or is composed into
 * replies, which hiredis then always understands; and how little memory there
 * is, or, while there is enough, whether Redis says all at once.
 */

static void
check_text(const char *text)
{
	assert(text != NULL && text_is_utf8(text, strlen(text)));
}

static void
check_post(const struct post *post)
{
	check_text(post->title);
	check_text(post->name);
	check_text(post->text);
	check_text(post->moved);
	assert(post->id > 0 && post->id <= POST_ID_MAX);
	assert(post->root <= POST_ID_MAX && post->views <= POST_ID_MAX);
	assert(post->time_ms <= POST_TIME_MAX_MS);
	assert(!post->secret ||
	       (post->title[0] == '\0' && post->text[0] == '\0') ||
	       post->deleted);
}

static void
check_posts(const struct post *posts, size_t count)
{
	for (size_t i = 0; i < count; i++)
		check_post(&posts[i]);
}

static void
check_info(const struct board_info *info)
{
	check_text(info->title);
	assert(info->categories_count <= BOARD_CATEGORIES_MAX);
	for (size_t i = 0; i < info->categories_count; i++)
		check_text(info->categories[i]);
}

static void
find(struct store *store, size_t count, enum post_part part)
{
	struct post posts[IDS];
	uint64_t ids[IDS];
	size_t found = IDS;

	for (size_t i = 0; i < count; i++)
		ids[i] = i + 1;
	(void)post_find_many(store, ids, count, part, posts, &found);
	assert(found <= count);
	check_posts(posts, found);
}

static void
find_whole(struct store *store)
{
	find(store, 3, POST_WHOLE);
}

static void
find_many_whole(struct store *store)
{
	find(store, IDS, POST_WHOLE);
}

static void
find_rows(struct store *store)
{
	find(store, 3, POST_ROW);
}

static void
look_at(struct store *store, const struct thread_query *query)
{
	struct thread thread;

	if (thread_read(store, query, &thread) != ERR_OK)
		return;
	check_info(&thread.info);
	check_post(&thread.post);
	check_posts(thread.replies, thread.count);
	assert(thread.pages > 0);
	assert(!thread.granted || thread.key.known);
}

static void
read_thread(struct store *store)
{
	look_at(store, &(struct thread_query){
			   .id = 1, .number = 1, .size = 20, .token = ""});
}

static void
read_with_token(struct store *store)
{
	struct access_key key = {.known = true};
	char token[SEAL_TEXT_BYTES];

	seal_derive((const unsigned char *)"12345678901234567890123456789012",
	    store->pepper, key.bytes);
	access_token(&key, 1, 0, token);
	look_at(store, &(struct thread_query){
			   .id = 1, .number = 1, .size = 20, .token = token});
}

static void
read_tail(struct store *store)
{
	look_at(store,
	    &(struct thread_query){
		.id = 1, .number = 1, .size = 20, .token = "", .tail = true});
}

static void
locate(struct store *store)
{
	const struct post reply = {.id = 3, .root = 1, .depth = 1};
	struct thread_place place;

	if (thread_locate(store, &reply, &place) == ERR_OK)
		assert(place.number <= INT64_MAX);
}

static void
find_listed(struct store *store)
{
	struct thread_listed listed;

	if (thread_find_listed(store, 3, &listed) != ERR_OK)
		return;
	check_info(&listed.info);
	check_post(&listed.post);
	assert(listed.id > 0 && listed.place.newer <= POST_ID_MAX);
}

static void
look_at_page(struct store *store, const struct board_query *query)
{
	struct board_page page;

	if (board_read_page(store, query, &page) != ERR_OK)
		return;
	check_info(&page.info);
	check_posts(page.posts, page.count);
	check_posts(page.notices, page.notices_count);
	assert(page.pages > 0);
}

static void
read_page(struct store *store)
{
	look_at_page(store,
	    &(struct board_query){
		.number = 1, .size = 20, .part = POST_ROW, .notices = true});
}

static void
read_feed(struct store *store)
{
	look_at_page(store, &(struct board_query){.number = 1,
				.size = 3,
				.skip = 1,
				.category = 2,
				.part = POST_WHOLE,
				.key = true});
}

static void
read_ids(struct store *store)
{
	uint64_t *ids = NULL;
	uint64_t total;
	size_t count;

	if (board_read_ids(store, 0, 3, &ids, &count, &total) != ERR_OK)
		return;
	for (size_t i = 0; i < count; i++)
		assert(ids[i] > 0 && ids[i] <= POST_ID_MAX);
}

static void
count_newer(struct store *store)
{
	uint64_t newer;
	uint64_t total;

	(void)board_count_newer(store, 0, 5, &newer, &total);
}

static void
ping(struct store *store)
{
	struct board_advice advice[BOARD_ADVICE];
	const char *refusal = "";
	size_t i =
	    board_ping(store) == ERR_OK && board_advise(store, advice) == ERR_OK
		? 0
		: BOARD_ADVICE;

	for (; i < BOARD_ADVICE; i++)
		assert(advice[i].found == NULL ||
		       strlen(advice[i].found) < SIZE_MAX);
	if (i == BOARD_ADVICE && board_is_ready(store, &refusal) == ERR_OK)
		assert(refusal == NULL);
}

static void
read_registry(struct store *store)
{
	struct registry_board *boards;
	struct board_info first;
	size_t count;

	if (registry_read(store, &first, &boards, &count) != ERR_OK)
		return;
	check_info(&first);
	assert(count > 0 && count <= REGISTRY_MAX);
	for (size_t i = 0; i < count; i++) {
		check_text(boards[i].title);
		assert(i == 0 || registry_slug_is_valid(boards[i].slug));
	}
}

static void
find_roots(struct store *store)
{
	uint64_t ids[GRAPH_ROOTS_MAX + 2];
	uint64_t roots[GRAPH_ROOTS_MAX + 2];
	size_t count = sizeof(ids) / sizeof(ids[0]);

	for (size_t i = 0; i < count; i++)
		ids[i] = i + 1;
	if (graph_find_roots(store, ids, count, roots) == ERR_OK)
		for (size_t i = 0; i < count; i++)
			assert(roots[i] <= POST_ID_MAX);
}

static const struct change_words said = {.name = "n",
    .name_length = 1,
    .title = "t",
    .title_length = 1,
    .text = "x",
    .text_length = 1,
    .category = 1};

static void
write_post(struct store *store)
{
	const struct change_post post = {
	    .words = said, .client = "192.0.2.1", .once_seconds = 60};
	struct change_posted posted;

	if (change_post(store, &post, &posted) == ERR_OK)
		assert(!posted.would && posted.id > 0);
}

static void
edit_post(struct store *store)
{
	struct change_conflict conflict;

	if (change_edit(store, 1, 0, &said, &conflict) != ERR_OK ||
	    !conflict.found)
		return;
	check_text(conflict.name);
	check_text(conflict.title);
	check_text(conflict.text);
}

static void
read_versions(struct store *store)
{
	struct change_version *versions;
	size_t count;

	if (change_read_versions(store, 1, &versions, &count) != ERR_OK)
		return;
	assert(count <= CHANGE_VERSIONS_MAX);
	for (size_t i = 0; i < count; i++) {
		check_text(versions[i].name);
		check_text(versions[i].title);
		check_text(versions[i].text);
		assert(versions[i].time_ms <= POST_TIME_MAX_MS);
	}
}

static void
delete_and_restore(struct store *store)
{
	struct change_restored restored;
	uint64_t root;

	if (change_delete(store, 1, 60, &root) != ERR_OK)
		return;
	if (change_restore(store, 1, &restored) == ERR_OK)
		check_text(restored.moved);
}

static void
recommend_and_note(struct store *store)
{
	const struct change_recommendation recommendation = {
	    .id = 1, .client = "2001:db8::1"};
	bool on;

	if (change_recommend(store, &recommendation, &on) == ERR_OK)
		(void)change_notice(store, 1, on);
}

static void
move_and_count(struct store *store)
{
	const struct change_views views[] = {{1, 1}, {2, 17}};
	uint64_t moved;

	if (change_move(store, 1, "{free}:", "free", &moved) == ERR_OK &&
	    change_views(store, views, 2) == ERR_OK)
		(void)change_board(store, "free", "Free", "Talk");
}

static void
count_all(struct store *store)
{
	struct tally tally;

	if (tally_board(store, WAIT_US, &tally) != ERR_OK)
		return;
	check_info(&tally.info);
	assert(tally.memory == NULL || strlen(tally.memory) < SIZE_MAX);
}

static void
try_password(struct store *store)
{
	const struct access_try attempt = {
	    .id = 1, .password = {.client = "192.0.2.1", .text = ""}};
	enum access_answer answer;
	struct access_key key;
	uint64_t seconds;

	if (access_try(store, &attempt, &key, &answer, &seconds) == ERR_OK)
		assert((answer == ACCESS_WAIT) == (seconds > 0) && key.known);
}

/* Where there is no Redis: a reason, and no connection. */
static void
find_none(struct store *store)
{
	static const char *const addresses[] = {
	    "127.0.0.1:1", "no address", "/there/is/none"};
	struct connection_settings settings = *told_settings();
	struct changes *changes;
	char reason[256];

	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		settings.address = addresses[i];
		reason[0] = '\0';
		assert(connection_open(&settings, store->until_us, reason,
			   sizeof(reason)) == NULL);
		assert(reason[0] != '\0');
		assert(changes_open(&settings, "", store->arena, &changes) !=
		       ERR_OK);
	}
}

/* When there is no time to wait, and when more is said than a socket holds. */
static void
hurry(struct store *store)
{
	const struct connection_settings *settings = told_settings();
	struct command command;
	struct connection *connection;
	struct reply reply;
	char *much = calloc(1, TOLD_MAX_BYTES);
	char reason[64];

	assert(much != NULL);
	for (int i = 0; i < 3; i++) {
		connection = connection_open(settings,
		    i < 2 ? 0 : store->until_us, reason, sizeof(reason));
		/* A busy other side has not taken those of before yet. */
		if (connection == NULL)
			break;
		command_of(&command, "SET", "key", NULL);
		command_add(&command, much, i == 0 ? 1 : TOLD_MAX_BYTES);
		(void)connection_run(connection, i < 2 ? 0 : store->until_us,
		    store->arena, &command, 1, &reply);
		connection_close(connection);
	}
	connection_close(NULL);
	free(much);
}

/* What Redis says to a password and to a database. */
static void
log_in(struct store *store)
{
	struct connection_settings settings = *told_settings();
	struct command command;
	struct connection *connection;
	struct reply reply;
	char reason[64];

	memset(reason, 'x', sizeof(reason));
	settings.user = "madang";
	settings.password = "secret";
	settings.database = 7;
	connection =
	    connection_open(&settings, store->until_us, reason, sizeof(reason));
	if (connection == NULL) {
		/* Redis may refuse without a word. */
		assert(memchr(reason, '\0', sizeof(reason)) != NULL);
		return;
	}
	command_of(&command, "PING", NULL);
	(void)connection_run(
	    connection, store->until_us, store->arena, &command, 1, &reply);
	assert(connection_failure(connection) != NULL);
	assert(connection_fd(connection) >= 0);
	(void)connection_was_dead(connection);
	connection_close(connection);
}

static void
hear(void *context, const char *key, size_t length)
{
	struct graph_change change;

	(void)context;
	if (key == NULL)
		return;
	assert(key[length] == '\0');
	change = graph_of_key("", key, length);
	assert(change.slug[0] == '\0' || registry_slug_is_valid(change.slug));
}

static void
wait_to_hear(int fd)
{
	struct pollfd polled = {.fd = fd, .events = POLLIN};
	int ready;

	/* libFuzzer has an alarm. */
	do
		ready = poll(&polled, 1, WAIT_US / 1000);
	while (ready < 0 && errno == EINTR);
	assert(ready == 1);
}

static void
hear_changes(struct store *store)
{
	struct changes *changes;
	enum err err;

	if (changes_open(told_settings(), "", store->arena, &changes) != ERR_OK)
		return;
	/* Nothing has come yet; then all of it does, in parts. */
	err = changes_read(changes, store->arena, hear, NULL);
	if (err == ERR_OK)
		err = changes_ask_for_life(changes, store->arena);
	while (err == ERR_OK) {
		wait_to_hear(changes_fd(changes));
		err = changes_read(changes, store->arena, hear, NULL);
	}
	(void)changes_ask_for_life(changes, store->arena);
	changes_close(changes);
}

static void (*const readers[])(struct store *store) = {find_whole,
    find_many_whole, find_rows, read_thread, read_with_token, read_tail, locate,
    find_listed, read_page, read_feed, read_ids, count_newer, ping,
    read_registry, find_roots, write_post, edit_post, read_versions,
    delete_and_restore, recommend_and_note, move_and_count, count_all,
    try_password, hear_changes, log_in, find_none, hurry};

static void
ignore_line(
    void *context, enum log_level level, const char *module, const char *line)
{
	(void)context;
	(void)level;
	(void)module;
	assert(text_is_utf8(line, strlen(line)));
}

#define PIECE_BYTES  64
#define SMALL_PIECES 1024

/* An arena with room for so many pieces. */
static struct arena *
small_arena(size_t pieces)
{
	static size_t whole;
	struct arena *arena = arena_create(SMALL_PIECES * PIECE_BYTES);

	assert(arena != NULL);
	if (whole == 0) {
		while (arena_alloc(arena, PIECE_BYTES) != NULL)
			whole++;
		arena_destroy(arena);
		return small_arena(pieces);
	}
	for (size_t i = pieces; i < whole; i++)
		(void)arena_alloc(arena, PIECE_BYTES);
	return arena;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct pool_settings settings = {
	    .redis = *told_settings(), .wait_ms = 60000, .size = 1};
	struct store store = {.prefix = "",
	    .first = "",
	    .pepper = "pepper",
	    .until_us = clock_monotonic_us() + WAIT_US};

	store.arena = size >= 2 && (data[1] & 2) != 0
			  ? small_arena(data[1] >> 2)
			  : arena_create(ARENA_BYTES);
	assert(store.arena != NULL && digest_init() == ERR_OK);
	assert(pool_create(&settings, &store.pool) == ERR_OK);
	log_set_sink(ignore_line, NULL);
	if (size >= 2) {
		told_hurry((data[1] & 6) == 4);
		if (data[1] % 2 == 0)
			told_say(data + 2, size - 2);
		else
			told_compose(data + 2, size - 2);
		readers[data[0] % (sizeof(readers) / sizeof(readers[0]))](
		    &store);
	}
	pool_destroy(store.pool);
	arena_destroy(store.arena);
	return 0;
}
