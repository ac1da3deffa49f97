-- Brings a post or a reply back from the trash as it was.
--
-- ARGV: …, id
-- Gives {"restored", its thread's root or ''}, {"gone"} when the trash has not
-- got it, {"orphan", id} of what it replied to and what has to be restored
-- first, or {"moved", where} it or its thread is now.

local id = tonumber(ARGV[3])

local wrong = trouble()
if wrong then
	return wrong
end
local trash = hash(key('news:trash:', id))
local moved = redis.call('HGET', key('news:meta:', trash['meta:root'] or id),
    'moved')
if moved then
	return {'moved', moved}
end
if not trash.name then
	return {alive(id) and 'restored' or 'gone',
	    redis.call('HGET', key('news:meta:', id), 'root') or ''}
end
-- The tutorial's app may have given the id again.
if alive(id) then
	return {'gone'}
end

local meta, flat = {}, {}
for field, value in pairs(trash) do
	local name = field:match('^meta:(.*)')
	if name then
		meta[name] = value
		flat[#flat + 1] = name
		flat[#flat + 1] = value
	end
end
wrong = spoilt(key, {{'news:meta:', id}, {'news:meta:', meta.root},
    {'news:replies:', meta.root}, {'news:category:', meta.category},
    {'news:notices'}, {'news:views:', math.floor(id / 100)}})
if wrong then
	return wrong
end
local place = redis.call('EXISTS', key('news:meta:', id)) == 1
if meta.root and not place then
	-- Its place is gone: it goes behind its parent, which has to be there.
	local list = key('news:replies:', meta.root)
	local under = meta.parent == meta.root and
	    (alive(meta.root) or redis.call('EXISTS', list) == 1) or
	    meta.parent ~= meta.root and redis.call('LPOS', list,
	    meta.parent .. ':' .. (meta.depth - 1))
	if not under then
		return {'orphan', meta.parent}
	end
	insert_reply(meta.root, meta.parent, id, tonumber(meta.depth))
end

redis.call('SET', key('news:name:', id), trash.name)
redis.call('SET', key('news:post:', id), trash.text)
redis.call('HDEL', key('news:meta:', id), 'flags')
if #flat > 0 then
	redis.call('HSET', key('news:meta:', id), unpack(flat))
end
if trash.views ~= '0' then
	redis.call('HSET', key('news:views:', math.floor(id / 100)), id,
	    trash.views)
end
for _, kind in ipairs({'news:secret:', 'news:versions:',
    'news:recommend:'}) do
	redis.call('PERSIST', key(kind, id))
end
if meta.root then
	redis.call('HINCRBY', key('news:meta:', meta.root), 'replies', 1)
else
	insert_in_order(key('post_id'), id)
	if meta.category then
		insert_in_order(key('news:category:', meta.category), id)
	end
	if trash.notice then
		insert_in_order(key('news:notices'), id)
	end
end
redis.call('DEL', key('news:trash:', id))
sign()
return {'restored', meta.root or ''}
