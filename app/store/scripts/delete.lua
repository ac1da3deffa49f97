-- Takes a post or a reply away and keeps it in the trash for a while. What has
-- replies leaves its place, so that they stay where they are.
--
-- ARGV: …, id, seconds in the trash; limits (shared.lua)
-- Gives {"deleted", root or ''}, {"gone"} when it is not there, or {"wait",
-- seconds}.

local id, seconds = tonumber(ARGV[3]), ARGV[4]

local wrong = trouble()
if wrong then
	return wrong
end
if redis.call('EXISTS', key('news:name:', id)) == 0 then
	local left = redis.call('HGET', key('news:trash:', id), 'meta:root')
	if redis.call('EXISTS', key('news:trash:', id)) == 1 then
		return {'deleted', left or ''}
	end
	return {'gone'}
end

local meta = hash(key('news:meta:', id))
local root = meta.root
local bucket = key('news:views:', math.floor(id / 100))

wrong = spoilt(key, {{'madang:day'}, {'news:notices'},
    {'news:category:', meta.category}, {'news:replies:', root or id}})
local above = meta.parent
for _ = 1, tonumber(meta.depth) or 0 do
	wrong = wrong or spoilt(key, {{'news:meta:', above}})
	if not wrong and above then
		above = redis.call('HGET', key('news:meta:', above), 'parent')
	end
end
wrong = wrong or limited()
if wrong then
	return wrong
end

local trash = {'name', redis.call('GET', key('news:name:', id)),
    'text', redis.call('GET', key('news:post:', id)) or '',
    'time', now_ms(),
    'views', redis.call('HGET', bucket, id) or '0'}
if redis.call('LPOS', key('news:notices'), id) then
	trash[#trash + 1] = 'notice'
	trash[#trash + 1] = '1'
end
for field, value in pairs(meta) do
	if field ~= 'replies' then
		trash[#trash + 1] = 'meta:' .. field
		trash[#trash + 1] = value
	end
end
redis.call('DEL', key('news:trash:', id))
redis.call('HSET', key('news:trash:', id), unpack(trash))
for _, kind in ipairs({'news:trash:', 'news:secret:', 'news:versions:',
    'news:recommend:'}) do
	redis.call('EXPIRE', key(kind, id), seconds)
end

-- Out of every list before the keys go: what the list names is there.
if not root then
	remove_in_order(key('post_id'), id)
	remove_in_order(key('news:notices'), id)
	if meta.category then
		remove_in_order(key('news:category:', meta.category), id)
	end
end
redis.call('DEL', key('news:name:', id), key('news:post:', id),
    key('news:meta:', id))
redis.call('HDEL', bucket, id)

local function leave_place(of, before)
	redis.call('DEL', key('news:meta:', of))
	redis.call('HSET', key('news:meta:', of), 'flags',
	    flagged(before, 's') and 'ds' or 'd')
	for _, field in ipairs({'time', 'parent', 'root', 'depth',
	    'replies'}) do
		if before[field] then
			redis.call('HSET', key('news:meta:', of), field,
			    before[field])
		end
	end
end

if not root then
	if redis.call('EXISTS', key('news:replies:', id)) == 1 then
		leave_place(id, meta)
	end
else
	local list = key('news:replies:', root)
	redis.call('HINCRBY', key('news:meta:', root), 'replies', -1)
	-- Upwards: what was deleted and has lost its last reply goes too.
	local at, of, place = id, meta, nil
	while of.root do
		local entry = at .. ':' .. of.depth
		-- What has lost its last reply stands right before that.
		place = place and place > 0 and place - 1
		if not place or redis.call('LINDEX', list, place) ~= entry then
			place = redis.call('LPOS', list, entry)
		end
		local behind, text, _, below = place or -1, nil, nil, nil
		-- What is no entry was written by others: it is passed over.
		repeat
			behind = behind + 1
			text = place and redis.call('LINDEX', list, behind)
			_, below = entry_of(text or '')
		until below or not text
		if (below or 0) > tonumber(of.depth) then
			if at == id then
				leave_place(id, meta)
			end
			break
		end
		redis.call('LREM', list, place and
		    place > redis.call('LLEN', list) / 2 and -1 or 1, entry)
		redis.call('DEL', key('news:meta:', at))
		at = tonumber(of.parent)
		of = hash(key('news:meta:', at))
		if not flagged(of, 'd') then
			break
		end
	end
	-- A deleted post without replies has no place to keep.
	if flagged(hash(key('news:meta:', root)), 'd') and
	    redis.call('EXISTS', list) == 0 then
		redis.call('DEL', key('news:meta:', root))
	end
end
sign()
return {'deleted', root or ''}
