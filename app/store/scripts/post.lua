-- Writes one post or reply: its id, its texts, what we know beside them, its
-- place in the list or in its thread.
--
-- ARGV: …, client, name, text, seconds during which the same post is the same,
--       title, parent, category, secret, password, writer, random bytes;
--       limits (shared.lua).
--       '' stands for none or no: title to writer may be that. A password
--       '?' is one that is still to be computed: nothing is written.
-- Gives {"posted" or "again", id, the board's secret, root, place in its
-- thread, milliseconds since it was written}; {"gone"} when the parent is not
-- there any more; {"full"} when its thread takes no reply there; {"wait",
-- seconds} when too much is written; {"would"} in place of "posted" while the
-- password is still to be computed.

local client, name, text, seconds = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local title, parent, category = ARGV[7], ARGV[8], ARGV[9]
local secret, password, writer, random = ARGV[10], ARGV[11], ARGV[12], ARGV[13]

local DEPTH_MAX, REPLIES_MAX = 100, 10000

local function answer(how, id)
	local root = redis.call('HGET', key('news:meta:', id), 'root') or ''
	local depth = redis.call('HGET', key('news:meta:', id), 'depth') or ''
	local place = root ~= '' and redis.call('LPOS',
	    key('news:replies:', root), id .. ':' .. depth)
	return {how, tostring(id), redis.call('GET', key('madang:secret')),
	    root, place or 0, now_ms() - redis.call('HGET',
	    key('news:meta:', id), 'time')}
end

local wrong = trouble()
if wrong then
	return wrong
end

-- Neither client nor text can hold a NUL: the joint is unambiguous. The key is
-- there for who knows the words, so that no address can be guessed by them.
wrong = spoilt(key, {{'madang:secret'}})
if wrong then
	return wrong
end
local salt = redis.call('GET', key('madang:secret')) or random
local once = key('madang:once:', redis.sha1hex(table.concat({salt, client,
    name, text, title, parent, category, secret, password ~= '' and 'p' or ''},
    '\0')))
-- Its words may be others by now; when it was written tells it from a post
-- that got its id after it went by hand.
local first, written = (redis.call('GET', once) or ''):match('^(%d+):(%d+)$')
if first and alive(first) and
    redis.call('HGET', key('news:meta:', first), 'time') == written then
	return answer('again', first)
end

local root, depth = nil, nil
if parent ~= '' then
	local above = hash(key('news:meta:', parent))
	root = above.root or parent
	depth = (tonumber(above.depth) or 0) + 1
	if not alive(parent) or (depth > 1 and not redis.call('LPOS',
	    key('news:replies:', root), parent .. ':' .. (depth - 1))) then
		return {'gone'}
	end
	wrong = spoilt(key, {{'news:replies:', root}})
	if wrong then
		return wrong
	end
	-- A reply to a reply looks for its place among all of them.
	if depth > DEPTH_MAX or
	    redis.call('LLEN', key('news:replies:', root)) >= REPLIES_MAX then
		return {'full'}
	end
end

-- The next id. One that is taken means that last_id was lost or set back by
-- hand: go on behind the newest post, and further as long as ids are taken,
-- instead of writing over a post. Lua writes numbers past 14 digits with an
-- exponent: no id is one of those.
local last = redis.call('GET', KEYS[1]) or '0'
if not last:match('^%-?%d+$') then
	return redis.error_reply('ERR last_id is not an integer')
end
local id = math.max(tonumber(last) + 1, 1)
local step = 1
while id <= 99999999999999 and taken(key, id) do
	local newest = redis.call('LINDEX', key('post_id'), 0) or ''
	newest = tonumber(newest:match('^%d+$')) or 0
	id = math.max(id + step, newest < 99999999999999 and newest + 1 or 0)
	step = step * 2
end
if id > 99999999999999 then
	return redis.error_reply('ERR there is no id behind last_id')
end

wrong = spoilt(key, {{'madang:day'}, {'news:category:', category},
    {'news:replies:', root}, {'news:meta:', root}}) or
    limited(password == '?')
if wrong then
	return wrong
end
if password == '?' then
	return {'would'}
end

local now = now_ms()
local meta = {'time', now}
local function know(field, value)
	if value and value ~= '' then
		meta[#meta + 1] = field
		meta[#meta + 1] = value
	end
end
local flags = (secret ~= '' and 's' or '') .. (writer ~= '' and 'w' or '') ..
    (password ~= '' and 'p' or '')
know('flags', flags)
know('parent', parent)
know('root', root)
know('depth', depth)
know('category', category)
know('password', password)
redis.call('SETNX', key('madang:secret'), random)
redis.call('SET', once, id .. ':' .. now, 'EX', seconds)
redis.call('SET', KEYS[1], id)
redis.call('SET', key('news:name:', id), name)
if secret ~= '' then
	-- Who reads the list as the tutorial does finds no word of it.
	redis.call('SET', key('news:post:', id), HIDDEN)
	redis.call('HSET', key('news:secret:', id), 'text', text,
	    'title', title)
else
	redis.call('SET', key('news:post:', id), text)
	know('title', title)
end
redis.call('HSET', key('news:meta:', id), unpack(meta))
if parent == '' then
	redis.call('LPUSH', key('post_id'), id)
	if category ~= '' then
		redis.call('LPUSH', key('news:category:', category), id)
	end
else
	insert_reply(root, parent, id, depth)
	redis.call('HINCRBY', key('news:meta:', root), 'replies', 1)
end
sign()
return answer('posted', id)
