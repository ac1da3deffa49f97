-- Writes a post anew and keeps what it was.
--
-- ARGV: …, id, the version that was edited, name, title, text, category,
--       secret, versions that are kept; limits (shared.lua)
-- Gives {"edited", version, its thread's root or ''}, {"same", version} when
-- nothing would change, {"gone"}, {"wait", seconds}, or {"conflict", version,
-- name, title, text, category, "s" or '' when it is not secret} of what is
-- there now.

local id, base = tonumber(ARGV[3]), tonumber(ARGV[4])
local name, title, text = ARGV[5], ARGV[6], ARGV[7]
local category, secret, kept = ARGV[8], ARGV[9], tonumber(ARGV[10])

local wrong = trouble()
if wrong then
	return wrong
end
if not alive(id) then
	return {'gone'}
end

local meta = hash(key('news:meta:', id))
if meta.parent then
	-- A reply has none of these.
	title, category, secret = '', '', ''
end
local words = hash(key('news:secret:', id))
local was_secret = flagged(meta, 's')
local old = {
	name = redis.call('GET', key('news:name:', id)),
	title = (was_secret and words.title or meta.title) or '',
	text = was_secret and words.text or
	    redis.call('GET', key('news:post:', id)),
}
local at = tonumber(meta.version) or 0
local same = old.name == name and old.title == title and old.text == text and
    (meta.category or '') == category and was_secret == (secret ~= '')

if at ~= base then
	-- The second try of what has been done is no conflict.
	if same and at == base + 1 then
		return {'edited', at, meta.root or ''}
	end
	return {'conflict', at, old.name, old.title, old.text,
	    meta.category or '', was_secret and 's' or ''}
end
if same then
	return {'same', at}
end

wrong = spoilt(key, {{'news:versions:', id}, {'madang:day'},
    {'news:category:', meta.category}, {'news:category:', category}}) or
    limited()
if wrong then
	return wrong
end

local flags = (meta.flags or ''):gsub('s', '')
if secret ~= '' then
	flags = flags .. 's'
end
redis.call('LPUSH', key('news:versions:', id), table.concat({
    meta.edited or meta.time or '0', old.name, old.title, old.text}, '\0'))
redis.call('LTRIM', key('news:versions:', id), 0, kept - 1)
redis.call('SET', key('news:name:', id), name)
if secret ~= '' then
	redis.call('SET', key('news:post:', id), HIDDEN)
	redis.call('HSET', key('news:secret:', id), 'text', text,
	    'title', title)
	redis.call('HDEL', key('news:meta:', id), 'title')
else
	redis.call('SET', key('news:post:', id), text)
	redis.call('DEL', key('news:secret:', id))
	if title ~= '' then
		redis.call('HSET', key('news:meta:', id), 'title', title)
	else
		redis.call('HDEL', key('news:meta:', id), 'title')
	end
end
if (meta.category or '') ~= category and not meta.parent then
	if meta.category then
		remove_in_order(key('news:category:', meta.category), id)
	end
	if category ~= '' then
		insert_in_order(key('news:category:', category), id)
		redis.call('HSET', key('news:meta:', id), 'category', category)
	else
		redis.call('HDEL', key('news:meta:', id), 'category')
	end
end
redis.call('HSET', key('news:meta:', id), 'edited', now_ms(), 'version',
    at + 1)
if flags ~= '' then
	redis.call('HSET', key('news:meta:', id), 'flags', flags)
else
	redis.call('HDEL', key('news:meta:', id), 'flags')
end
sign()
return {'edited', at + 1, meta.root or ''}
