#include "archive_page.h"

#include "route.h"

#include <stdio.h>
#include <string.h>

/* What an answer that is no page comes to. */
static enum err
answer_error(const struct http_response *response)
{
	if (response->status == 200)
		return response->body.failed ? ERR_NO_MEMORY : ERR_OK;
	if (response->status < 400)
		return ERR_NOT_FOUND;
	return response->error != ERR_OK ? response->error : ERR_INTERNAL;
}

static enum err
set_file(
    struct archive *archive, const char *path, struct archive_render *render)
{
	struct path parsed;

	return path_parse(path, &parsed) &&
		       archive_file_of(&parsed, archive_alone(&archive->state),
			   render->file)
		   ? ERR_OK
		   : ERR_INTERNAL;
}

enum err
archive_render(
    struct archive *archive, const char *path, struct archive_render *render)
{
	struct slot *slot = &archive->slot;
	/* What a guest gets who states no preference. */
	struct http_request request = http_request_blank;
	struct http_response response;
	struct page page;
	enum err err;

	arena_reset(slot->arena);
	request.scheme = "https";
	request.host = "localhost";
	request.path = arena_printf(slot->arena, "%s%s%s",
	    render->slug[0] == '\0' ? "" : "/boards/", render->slug, path);
	if (request.path == NULL)
		return ERR_NO_MEMORY;
	err = set_file(archive, request.path, render);
	if (err != ERR_OK)
		return err;
	http_response_init(&response, slot->arena);
	page = slot_page(slot, &request, &response);
	page.archive = &render->shown;
	route_answer(&page, ERR_OK);
	render->html = response.body.data;
	render->length = response.body.length;
	render->pages = page.pages;
	render->info = page.info;
	return answer_error(&response);
}

enum err
archive_keep(struct archive *archive, const struct archive_render *render)
{
	const struct conf *conf = archive->slot.shared.conf;
	struct archive_finder finder = {.conf = conf,
	    .pool = archive->slot.shared.pool,
	    .arena = archive->arena,
	    .files = &archive->files,
	    .state = &archive->state,
	    .slug = render->slug,
	    .file = render->file,
	    .html = render->html};
	const struct archive_links links = {.file = render->file,
	    .site_url = conf->site.url,
	    .find = archive_find,
	    .context = &finder};
	struct buf out;
	enum err err;

	buf_init(&out, archive->slot.arena);
	err = archive_links_rewrite(&links, render->html, render->length, &out);
	if (err == ERR_NOT_FOUND)
		err = ERR_INTERNAL; /* no page of this one is missing */
	return err != ERR_OK ? err
			     : archive_files_write(&archive->files,
				   render->file, out.data, out.length);
}
