/*
 * What can go wrong, in one enum. Everything that can fail returns it; the
 * web's status codes are made from it in web/response, the visitor's sentences
 * in templates/. This module knows neither.
 */
#ifndef MADANG_BASE_ERR_H
#define MADANG_BASE_ERR_H

enum err {
	ERR_OK = 0,
	ERR_MALFORMED,	    /* bytes that break their format's rules */
	ERR_INVALID,	    /* well formed, but a rule of the board says no */
	ERR_FORBIDDEN,	    /* understood, and refused */
	ERR_NOT_FOUND,	    /* no such page or post */
	ERR_METHOD,	    /* the page exists, but not for this method */
	ERR_CONFLICT,	    /* somebody else has changed it meanwhile */
	ERR_FULL,	    /* there is no room for more of it */
	ERR_TOO_MANY,	    /* tries, by one client or at one post */
	ERR_TOO_OFTEN,	    /* writes, by one client or by all */
	ERR_TIMEOUT,	    /* the client was too slow */
	ERR_BODY_TOO_LARGE, /* more body, or more fields, than allowed */
	ERR_URI_TOO_LONG,   /* longer than the setting */
	ERR_MEDIA_TYPE,	    /* a body in a format that we don't read */
	ERR_HEADERS_TOO_LARGE, /* more parameter bytes than the setting */
	ERR_NO_MEMORY,	       /* malloc, or the arena's limit */
	ERR_UNAVAILABLE,       /* Redis is away, busy, or refuses */
	ERR_BUSY,	       /* the board is imported or upgraded just now */
	ERR_INTERNAL,	       /* a bug of ours, or data nobody wrote */
	ERR_CONFIG,	       /* a setting, a template: logged where it is */
	ERR_COUNT
};

/* An English sentence for the log. Never NULL. */
const char *err_text(enum err err);

#endif
