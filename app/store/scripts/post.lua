-- Writes one post: its id, its texts, what we know beside them, its place in
-- the list. All or nothing: whatever can fail comes before the first write.
--
-- KEYS: last_id, post_id, the once key's prefix, the schema's key
-- ARGV: prefix of the keys of posts, client, name, text, seconds during which
--       the same post is the same, our schema's version, title ('': none)
-- Gives {id, 0}, or {id, 1} when this very post was there already.

local last_id, post_id, once, schema = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local prefix, client, name, text = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local seconds, version, title = ARGV[5], tonumber(ARGV[6]), ARGV[7]

local found = redis.call('GET', schema)
if found and not (found:match('^%d+$') and tonumber(found) <= version) then
	return redis.error_reply(
	    'MISCONF the keys were written by a newer Madang')
end
local kind = redis.call('TYPE', post_id).ok
if kind ~= 'list' and kind ~= 'none' then
	return redis.error_reply('WRONGTYPE post_id is not a list')
end

-- Neither address nor text can hold a NUL: the joint is unambiguous.
once = once .. redis.sha1hex(table.concat({client, name, text, title}, '\0'))
local first = redis.call('GET', once)
if first and redis.call('GET', prefix .. 'news:name:' .. first) == name and
    redis.call('GET', prefix .. 'news:post:' .. first) == text then
	return {first, 1}
end

-- The next id. One that is taken means that last_id was lost or set back by
-- hand: go on behind the newest post, and further as long as ids are taken,
-- instead of writing over a post. Lua writes numbers past 14 digits with an
-- exponent: no id is one of those.
local last = redis.call('GET', last_id) or '0'
if not last:match('^%-?%d+$') then
	return redis.error_reply('ERR last_id is not an integer')
end
local id = math.max(tonumber(last) + 1, 1)
local function taken()
	return redis.call('EXISTS', prefix .. 'news:name:' .. id,
	    prefix .. 'news:post:' .. id, prefix .. 'news:meta:' .. id) > 0
end
local step = 1
while id <= 99999999999999 and taken() do
	local newest = redis.call('LINDEX', post_id, 0) or ''
	newest = tonumber(newest:match('^%d+$')) or 0
	id = math.max(id + step, newest < 99999999999999 and newest + 1 or 0)
	step = step * 2
end
if id > 99999999999999 then
	return redis.error_reply('ERR there is no id behind last_id')
end

local now = redis.call('TIME')
local ms = now[1] .. string.format('%03d', math.floor(now[2] / 1000))
redis.call('SET', once, id, 'EX', seconds)
redis.call('SET', last_id, id)
redis.call('SET', prefix .. 'news:name:' .. id, name)
redis.call('SET', prefix .. 'news:post:' .. id, text)
redis.call('HSET', prefix .. 'news:meta:' .. id, 'time', ms)
if title ~= '' then
	redis.call('HSET', prefix .. 'news:meta:' .. id, 'title', title)
end
redis.call('LPUSH', post_id, id)
if not found then
	redis.call('SET', schema, version)
end
return {tostring(id), 0}
