/*
 * /posts/ID/view.gif: the image in a post's page by which its views are
 * counted. Neither the page nor the image waits for Redis because of it.
 */
#include "pages/page.h"

#include "board/views.h"

/* One transparent pixel (GIF89a). */
static const unsigned char image[] = {'G', 'I', 'F', '8', '9', 'a',
    /* 1 by 1, two colours; the first is the background. */
    0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00,
    /* The colours: black, white. */
    0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
    /* The first colour is transparent. */
    0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00,
    /* The whole of it, and its one pixel (of colour 0) in LZW. */
    0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02, 0x02,
    0x44, 0x01, 0x00, 0x3b};

enum err
seen_show(struct page *page)
{
	struct http_response *response = page->response;

	/*
	 * A browser that has an old image asks whether it is still good (304):
	 * that is a new look at the post too.
	 */
	if (page->request->method == HTTP_GET)
		views_count(page->views, page->slug, page->number);
	response->status = 200;
	response->content_type = "image/gif";
	/* Whoever loads a page again has seen it once. */
	response->cache_control = "private, max-age=1800";
	buf_append(&response->body, image, sizeof(image));
	return ERR_OK;
}
