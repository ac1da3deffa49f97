-- Moves a post with its replies to another board, where they get new ids. The
-- old addresses tell where they went.
--
-- ARGV: …, id, the other board's prefix, its slug ('': the first board)
-- Gives {"moved", new id}, {"gone"}, or {"full"} when the other board's
-- last_id leaves no room.

local id, target, slug = tonumber(ARGV[3]), ARGV[4], ARGV[5]

local function there(kind, of)
	return target .. kind .. (of or '')
end

local wrong = trouble() or trouble(there)
if wrong then
	return wrong
end
local meta = hash(key('news:meta:', id))
-- The second try of what has been done gives the same answer.
local where, at = (meta.moved or ''):match('^(.-)/(%d+)$')
if where == slug then
	return {'moved', at}
end
if not alive(id) or meta.root then
	return {'gone'}
end
local last = redis.call('GET', there('last_id')) or '0'
last = last:match('^%d+$') and tonumber(last)
local new, replies = {[id] = 0}, {}
for _, text in ipairs(redis.call('LRANGE', key('news:replies:', id), 0, -1)) do
	local reply, depth = entry_of(text)
	-- What is no entry, or is one again, was written by others.
	if reply and not new[reply] then
		replies[#replies + 1] = {reply, depth}
		new[reply] = #replies
	end
end
if not last or last + 1 + #replies > 99999999999999 then
	return {'full'}
end
for from, place in pairs(new) do
	new[from] = last + 1 + place
end
wrong = spoilt(key, {{'news:notices'}, {'news:category:', meta.category}})
for from, to in pairs(new) do
	if taken(there, to) then
		return {'full'}
	end
	wrong = wrong or spoilt(key, {{'news:meta:', from},
	    {'news:trash:', from}, {'news:views:', math.floor(from / 100)}}) or
	    spoilt(there, {{'news:views:', math.floor(to / 100)}})
end
if wrong then
	return wrong
end

local function carry(from, to)
	local post = hash(key('news:meta:', from))
	for _, kind in ipairs({'news:name:', 'news:post:', 'news:secret:',
	    'news:versions:', 'news:recommend:'}) do
		if redis.call('EXISTS', key(kind, from)) == 1 then
			redis.call('RENAME', key(kind, from), there(kind, to))
		end
	end
	post.category = nil
	post.parent = post.parent and new[tonumber(post.parent)]
	post.root = post.root and new[tonumber(post.root)]
	-- Of a reply that keeps its place: it can be restored there.
	if post.parent and post.root and
	    redis.call('EXISTS', key('news:trash:', from)) == 1 then
		redis.call('RENAME', key('news:trash:', from),
		    there('news:trash:', to))
		redis.call('HSET', there('news:trash:', to), 'meta:parent',
		    post.parent, 'meta:root', post.root)
	end
	redis.call('DEL', key('news:meta:', from))
	for field, value in pairs(post) do
		redis.call('HSET', there('news:meta:', to), field, value)
	end
	local views = redis.call('HGET', key('news:views:',
	    math.floor(from / 100)), from)
	if views then
		redis.call('HDEL', key('news:views:', math.floor(from / 100)),
		    from)
		redis.call('HSET', there('news:views:', math.floor(to / 100)),
		    to, views)
	end
	redis.call('HSET', key('news:meta:', from), 'flags', 'd', 'moved',
	    slug .. '/' .. to)
end

remove_in_order(key('post_id'), id)
remove_in_order(key('news:notices'), id)
if meta.category then
	remove_in_order(key('news:category:', meta.category), id)
end
carry(id, new[id])
for _, reply in ipairs(replies) do
	carry(reply[1], new[reply[1]])
	redis.call('RPUSH', there('news:replies:', new[id]),
	    new[reply[1]] .. ':' .. reply[2])
end
redis.call('DEL', key('news:replies:', id))
redis.call('SET', there('last_id'), last + 1 + #replies)
redis.call('LPUSH', there('post_id'), new[id])
redis.call('SET', there('madang:schema'), version)
sign()
return {'moved', tostring(new[id])}
