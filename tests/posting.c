#include "posting.h"

#include "server.h"
#include "support.h"

#include "base/digest.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

void
posting_init(void)
{
	/* hiredis writes to a Redis that hung up. */
	(void)signal(SIGPIPE, SIG_IGN);
	if (digest_init() != ERR_OK)
		abort();
}

struct change_post
draft_of(const char *client, const char *name, const char *text)
{
	return (struct change_post){.words = {.name = name,
					.name_length = strlen(name),
					.title = "",
					.text = text,
					.text_length = strlen(text)},
	    .client = client,
	    .once_seconds = 60};
}

struct change_words
words_of(const char *title, const char *text)
{
	return (struct change_words){.name = "n",
	    .name_length = 1,
	    .title = title,
	    .title_length = strlen(title),
	    .text = text,
	    .text_length = strlen(text)};
}

uint64_t
post_draft(const struct change_post *draft)
{
	struct change_posted posted;

	ck_assert_int_eq(change_post(&here.store, draft, &posted), ERR_OK);
	ck_assert(!posted.again);
	ck_assert(posted.key.known);
	return posted.id;
}

uint64_t
post_new(const char *client, const char *name, const char *text)
{
	struct change_post draft = draft_of(client, name, text);

	return post_draft(&draft);
}

uint64_t
post_reply(uint64_t parent, const char *text)
{
	struct change_post draft = draft_of("::1", "n", text);

	draft.parent = parent;
	return post_draft(&draft);
}

uint64_t
post_secret(const char *title, const char *text)
{
	struct change_post draft = draft_of("::1", "n", text);

	draft.words = words_of(title, text);
	draft.words.secret = true;
	return post_draft(&draft);
}

enum err
post_refused(const char *text)
{
	struct change_post draft = draft_of("::1", "n", text);
	struct change_posted posted;

	return change_post(&here.store, &draft, &posted);
}

void
post_edit(uint64_t id, uint64_t version, const struct change_words *words)
{
	struct change_conflict conflict;

	ck_assert_int_eq(
	    change_edit(&here.store, id, version, words, &conflict), ERR_OK);
	ck_assert(!conflict.found);
}

enum err
post_try_recommend(uint64_t id, const char *client, bool *on)
{
	const struct change_recommendation recommendation = {
	    .id = id, .client = client, .granted = true};

	return change_recommend(&here.store, &recommendation, on);
}

bool
post_recommend(uint64_t id, const char *client)
{
	bool on;

	ck_assert_int_eq(post_try_recommend(id, client, &on), ERR_OK);
	return on;
}

void
post_delete(uint64_t id)
{
	uint64_t root;

	ck_assert_int_eq(
	    change_delete(&here.store, id, POSTING_TRASH_SECONDS, &root),
	    ERR_OK);
}

enum err
post_bring_back(uint64_t id, uint64_t *parent)
{
	struct change_restored restored;
	enum err err = change_restore(&here.store, id, &restored);

	*parent = restored.parent;
	return err;
}

void
post_restore(uint64_t id)
{
	uint64_t parent;

	ck_assert_int_eq(post_bring_back(id, &parent), ERR_OK);
	ck_assert_uint_eq(parent, 0);
}

enum err
post_find(uint64_t id, struct post *post)
{
	struct thread_query query = {.id = id, .size = 1, .token = ""};
	struct thread thread;
	enum err err = thread_read(&here.store, &query, &thread);

	*post = thread.post;
	return err;
}

struct thread
post_thread(uint64_t id)
{
	struct thread_query query = {
	    .id = id, .number = 1, .size = 100, .token = ""};
	struct thread thread;

	ck_assert_int_eq(thread_read(&here.store, &query, &thread), ERR_OK);
	return thread;
}

const char *
dump_without(const char *pattern)
{
	/* Sorted in Lua: neither KEYS nor SMEMBERS nor HGETALL has an order. */
	static const char script[] =
	    "local function joined(flat, step) local rows = {} "
	    "for i = 1, #flat, step do rows[#rows + 1] = "
	    "string.format('%q', table.concat(flat, '=', i, i + step - 1)) "
	    "end if step == 2 then table.sort(rows) end "
	    "return table.concat(rows, ',') end "
	    "local out, keys = {}, redis.call('KEYS', '*') table.sort(keys) "
	    "for _, key in ipairs(keys) do "
	    "if ARGV[1] == '' or not key:find(ARGV[1]) then "
	    "local kind, value = redis.call('TYPE', key).ok, '' "
	    "if kind == 'string' then "
	    "value = string.format('%q', redis.call('GET', key)) "
	    "elseif kind == 'list' then "
	    "value = joined(redis.call('LRANGE', key, 0, -1), 1) "
	    "elseif kind == 'set' then "
	    "local members = redis.call('SMEMBERS', key) "
	    "table.sort(members) value = joined(members, 1) "
	    "elseif kind == 'hash' then "
	    "value = joined(redis.call('HGETALL', key), 2) end "
	    "local ends = redis.call('PTTL', key) > 0 and '~' or '' "
	    "out[#out + 1] = kind .. ' ' .. key .. ends .. '=' .. value "
	    "end end return table.concat(out, '\\n')";

	return DO(&here.store, "EVAL", script, "0", pattern).text;
}

const char *
dump(void)
{
	return dump_without("");
}

const char *
keys_of(const char *pattern)
{
	static const char script[] =
	    "local out, keys = {}, redis.call('KEYS', ARGV[1]) "
	    "table.sort(keys) for _, key in ipairs(keys) do "
	    "out[#out + 1] = key .. "
	    "(redis.call('PTTL', key) > 0 and '~' or '') end "
	    "return table.concat(out, '\\n')";

	return DO(&here.store, "EVAL", script, "0", pattern).text;
}

const char *
get(const char *key)
{
	struct reply reply = DO(&here.store, "GET", key);

	ck_assert_msg(reply.type == REPLY_TEXT, "no %s", key);
	return reply.text;
}

const char *
field(const char *key, const char *name)
{
	struct reply reply = DO(&here.store, "HGET", key, name);

	return reply.type == REPLY_TEXT ? reply.text : "";
}

const char *
list_of(const char *key)
{
	return DO(&here.store, "EVAL",
	    "return table.concat(redis.call('LRANGE', ARGV[1], 0, -1), ',')",
	    "0", key)
	    .text;
}

const char *
listed(void)
{
	return list_of("post_id");
}
