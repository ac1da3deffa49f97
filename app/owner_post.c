#include "owner_call.h"

#include "base/clock.h"
#include "board/change.h"
#include "board/registry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int
failed_post(struct owner *owner, uint64_t id, enum err err)
{
	if (err != ERR_NOT_FOUND)
		return owner_failed_by(err);
	return owner_failed(EXIT_FAILURE,
	    "There is no post %" PRIu64 " on the board %s.", id,
	    owner_board_name(owner->slug));
}

int
owner_put_notice(struct owner *owner)
{
	const char *wanted = owner->said->words[1];
	bool on = strcmp(wanted, "on") == 0;
	uint64_t id;
	enum err err;

	if (!owner_parse_id(owner->said->words[0], &id))
		return OWNER_EXIT_USAGE;
	if (!on && strcmp(wanted, "off") != 0)
		return owner_failed(
		    OWNER_EXIT_USAGE, "%s is neither on nor off.", wanted);
	err = change_notice(&owner->store, id, on);
	if (err != ERR_OK)
		return failed_post(owner, id, err);
	return on ? owner_done(
			"Post %" PRIu64 " stands above the list now.", id)
		  : owner_done("Post %" PRIu64 " is no notice any more.", id);
}

int
owner_delete_post(struct owner *owner)
{
	uint64_t days = owner->conf.post.trash_days;
	uint64_t root;
	uint64_t id;
	enum err err;

	if (!owner_parse_id(owner->said->words[0], &id))
		return OWNER_EXIT_USAGE;
	err = change_delete(&owner->store, id, days * CLOCK_DAY_SECONDS, &root);
	if (err != ERR_OK)
		return failed_post(owner, id, err);
	return owner_done("Post %" PRIu64 " is in the trash now; for %" PRIu64
			  " days it can be restored.",
	    id, days);
}

int
owner_restore_post(struct owner *owner)
{
	struct change_restored restored;
	const char *slash;
	uint64_t id;
	enum err err;

	if (!owner_parse_id(owner->said->words[0], &id))
		return OWNER_EXIT_USAGE;
	err = change_restore(&owner->store, id, &restored);
	if (err == ERR_NOT_FOUND)
		return owner_failed(EXIT_FAILURE,
		    "There is no post %" PRIu64
		    " in the trash of the board %s.",
		    id, owner_board_name(owner->slug));
	if (err != ERR_OK)
		return owner_failed_by(err);
	slash = strchr(restored.moved, '/');
	if (slash != NULL)
		return owner_failed(EXIT_FAILURE,
		    "Post %" PRIu64 ", or the thread that it replied in, has "
		    "moved: that is post %s of the board %.*s now.",
		    id, slash + 1,
		    slash == restored.moved ? 1 : (int)(slash - restored.moved),
		    restored.moved);
	if (restored.parent != 0)
		return owner_failed(EXIT_FAILURE,
		    "Post %" PRIu64 " replies to post %" PRIu64
		    ", which has to be restored before it.",
		    id, restored.parent);
	return owner_done("Post %" PRIu64 " is on the board %s.", id,
	    owner_board_name(owner->slug));
}

int
owner_move_post(struct owner *owner)
{
	struct board_info info;
	const char *target;
	const char *prefix;
	uint64_t moved;
	uint64_t id;
	enum err err;

	if (!owner_parse_id(owner->said->words[0], &id) ||
	    !owner_parse_board(owner->said->words[1], &target))
		return OWNER_EXIT_USAGE;
	if (strcmp(target, owner->slug) == 0)
		return owner_failed(
		    OWNER_EXIT_USAGE, "That is the same board.");
	err = owner_read_board(owner, target, &info);
	if (err == ERR_NOT_FOUND)
		return owner_failed_board(target);
	prefix = registry_prefix(owner->arena, owner->store.first, target);
	if (prefix == NULL)
		err = ERR_NO_MEMORY;
	if (err == ERR_OK)
		err = change_move(&owner->store, id, prefix, target, &moved);
	if (err == ERR_INVALID)
		return owner_failed(EXIT_FAILURE,
		    "The board %s has no room for its ids: its last_id is not "
		    "right.",
		    owner_board_name(target));
	if (err != ERR_OK)
		return failed_post(owner, id, err);
	return owner_done("Post %" PRIu64 " is post %" PRIu64
			  " of the board %s now.",
	    id, moved, owner_board_name(target));
}
