/*
 * /healthz: for machines that ask whether the board can be read and written.
 */
#include "pages/page.h"

#include "board/board.h"

enum err
health_show(struct page *page)
{
	struct http_response *response = page->response;
	enum err err = board_ping(&page->store);

	if (err == ERR_NO_MEMORY)
		return err;
	response->error = err;
	response->status = err == ERR_OK ? 200 : 503;
	response->retry_after = err == ERR_OK ? 0 : 5;
	response->content_type = "text/plain; charset=utf-8";
	if (err == ERR_OK)
		buf_text(&response->body, "ok\n");
	else if (err == ERR_CONFIG)
		buf_text(&response->body,
		    "Redis holds keys that this Madang does not know\n");
	else
		buf_text(&response->body, "Redis does not answer\n");
	return ERR_OK;
}
