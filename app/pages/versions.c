/*
 * What a post was before it was edited, for who wrote it.
 */
#include "pages/own.h"

#include "board/change.h"

#include <stdio.h>

static enum err
set_versions(struct page *page)
{
	struct change_version *versions;
	size_t count;
	enum err err =
	    change_read_versions(&page->store, page->number, &versions, &count);

	for (size_t i = 0; i < count && err == ERR_OK; i++) {
		const struct post post = {
		    .id = i + 1,
		    .name = versions[i].name,
		    .title = versions[i].title,
		    .text = versions[i].text,
		    .time_ms = versions[i].time_ms,
		};
		char prefix[32];

		(void)snprintf(prefix, sizeof(prefix), "Versions.%zu", i);
		err = page_set_post(page, prefix, &post);
	}
	return err;
}

enum err
versions_show(struct page *page)
{
	const char *token = page_token(page, "key");
	char path[PAGE_PATH_BYTES];
	struct thread thread;
	enum err err = own_read_granted(page, token, &thread);

	if (err != ERR_OK || !thread.granted)
		return err;
	page_path_of_post(page->number, "versions", path);
	err = page_begin(page, "versions", path);
	if (err == ERR_OK)
		err = own_set_post(page, &thread, token);
	if (err == ERR_OK)
		err = set_versions(page);
	return err != ERR_OK ? err : page_end(page, VIEW_VERSIONS, 200);
}
