/*
 * The choice of a language: the one cookie that there is.
 */
#include "pages/page.h"

#include "base/seal.h"

#include <string.h>

#define BACK_MAX_BYTES 192

/*
 * Where to go back to: a path of ours, perhaps with the token of a private
 * link, spelled by us in the form that comes back. Anything else leads home;
 * so nobody is sent to another site.
 */
static bool
path_is_ours(const char *path)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789/-";
	static const char key[] = "?key=";
	const char *end = path + strspn(path, allowed);

	if (path[0] != '/' || path[1] == '/')
		return false;
	if (strncmp(end, key, strlen(key)) == 0)
		end += strlen(key) + strspn(end + strlen(key), SEAL_ALPHABET);
	return *end == '\0';
}

enum err
language_choose(struct page *page)
{
	const struct http_request *request = page->request;
	const struct form_field fields[] = {
	    {"lang", FORM_TOKEN, 2},
	    {"back", FORM_TOKEN, BACK_MAX_BYTES},
	};
	struct form_value values[2];
	const char *chosen = NULL;
	const char *back = "/";
	enum err err = form_read(page->arena, request->content_type,
	    request->body, request->content_length,
	    (size_t)page->conf->limits.fields, fields, 2, values);

	if (err != ERR_OK)
		return err;
	for (int i = 0; i < VIEW_LANGUAGES; i++)
		if (strcmp(values[0].text, view_language_tags[i]) == 0)
			chosen = view_language_tags[i];
	if (chosen == NULL)
		return ERR_MALFORMED;
	if (values[1].state == FORM_VALID && path_is_ours(values[1].text))
		back = values[1].text;
	page->response->set_cookie = arena_printf(page->arena,
	    "lang=%s; Path=%s/; Max-Age=31536000; SameSite=Lax; HttpOnly%s",
	    chosen, request->base,
	    strcmp(request->scheme, "https") == 0 ? "; Secure" : "");
	if (page->response->set_cookie == NULL)
		return ERR_NO_MEMORY;
	return page_redirect(page, 303, back);
}
