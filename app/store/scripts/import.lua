-- Writes what an import reads. Until its last step madang:schema is a word that
-- every other script refuses, and no list of posts is there.
--
-- KEYS: last_id
-- ARGV: the board's prefix, a word that no other import has, the step; then
--       "begin" gives {"fresh"}; {"again"} where another import ended too soon,
--       and what it left has to be taken away; {"taken"} where there are posts
--       or an upgrade is under way
--       "wipe": keys, packed; gives {"wiped"}
--       "write": posts, views and heads, packed; gives {"written"}
--       "list": the kind of a list, how many; gives {"more"} or {"listed"}
--       "lists" gives {"lists", kinds of lists of posts that there are}
--       "finish": the list of boards, slugs, and of each board a prefix and a
--       layout, packed; gives {"finished"}
-- Every step but the first gives {"lost"} when another import began meanwhile.

local prefix, token, step = ARGV[1], 'import ' .. ARGV[2], ARGV[3]
local CHUNK = 500

local function key(kind, id)
	return prefix .. kind .. (id or '')
end

local function temporary(kind)
	return key('madang:import:', kind)
end

local found = redis.pcall('GET', key('madang:schema'))
if type(found) == 'table' then
	return {'taken'}
end

if step == 'begin' then
	if found and found:match('^import ') then
		redis.call('SET', key('madang:schema'), token)
		return {'again'}
	end
	if found and not found:match('^%d+$') or redis.call('EXISTS',
	    key('post_id'), key('last_id'), key('news:notices')) > 0 then
		return {'taken'}
	end
	redis.call('SET', key('madang:schema'), token)
	return {'fresh'}
end
-- Whose answer was lost asks once more.
local once = key('madang:once:', ARGV[2])
if step == 'finish' and redis.call('EXISTS', once) == 1 then
	return {'finished'}
end
if found ~= token then
	return {'lost'}
end

if step == 'wipe' then
	for _, name in ipairs(cmsgpack.unpack(ARGV[4])) do
		redis.call('UNLINK', name)
	end
	return {'wiped'}
end

local function push(command, name, list, size)
	for from = 1, #list, size do
		redis.call(command, name, unpack(list, from,
		    math.min(from + size - 1, #list)))
	end
end

-- Into a list or out of it, once all are known.
local function note(kind, id, is_in)
	if is_in then
		redis.call('SADD', temporary('lists'), kind)
		redis.call('ZADD', temporary(kind), id, id)
	else
		redis.call('ZREM', temporary(kind), id)
	end
end

local function field(flat, name)
	for i = 1, #flat, 2 do
		if flat[i] == name then
			return flat[i + 1]
		end
	end
end

-- A number of a category: of another a list could not be written.
local function category_of(meta)
	local category = field(meta, 'category') or ''
	return category:match('^[1-9]%d*$') and #category <= 14 and category
end

local KINDS = {'news:name:', 'news:post:', 'news:meta:', 'news:secret:',
    'news:versions:', 'news:recommend:', 'news:replies:', 'news:trash:'}

local function post(one)
	local id, name, text, meta = one[2], one[3], one[4], one[5]
	local keys = {}
	for i, kind in ipairs(KINDS) do
		keys[i] = key(kind, id)
	end
	local before = redis.call('HGET', keys[3], 'category')
	if before then
		note('news:category:' .. before, id, false)
	end
	redis.call('DEL', unpack(keys))
	if name ~= false then
		redis.call('SET', keys[1], name)
	end
	if text ~= false then
		redis.call('SET', keys[2], text)
	end
	push('HSET', keys[3], meta, CHUNK)
	push('HSET', keys[4], one[6], CHUNK)
	push('RPUSH', keys[5], one[7], CHUNK)
	push('SADD', keys[6], one[8], CHUNK)
	push('RPUSH', keys[7], one[9], CHUNK)
	push('HSET', keys[8], one[10], CHUNK)
	for i, left in ipairs(one[11]) do
		if tonumber(left) > 0 then
			redis.call('PEXPIRE', keys[2 + i], left)
		end
	end
	local listed = name ~= false and text ~= false and
	    not field(meta, 'root') and not field(meta, 'parent')
	note('post_id', id, listed)
	local category = category_of(meta)
	if category and listed then
		note('news:category:' .. category, id, true)
	end
end

local function views(one)
	redis.call('DEL', key('news:views:', one[2]))
	push('HSET', key('news:views:', one[2]), one[3], CHUNK)
end

local function head(one)
	for i, kind in ipairs({'last_id', 'madang:secret'}) do
		if one[1 + i] ~= '' then
			redis.call('SET', key(kind), one[1 + i])
		end
	end
	redis.call('DEL', temporary('madang:board'), temporary('news:notices'))
	push('HSET', temporary('madang:board'), one[4], CHUNK)
	push('RPUSH', temporary('news:notices'), one[5], CHUNK)
end

local WRITE = {post = post, views = views, head = head}

if step == 'write' then
	for _, one in ipairs(cmsgpack.unpack(ARGV[4])) do
		WRITE[one[1]](one)
	end
	return {'written'}
elseif step == 'lists' then
	return {'lists', redis.call('SMEMBERS', temporary('lists'))}
elseif step == 'list' then
	-- The next ones, older than the last.
	local list = temporary('list:' .. ARGV[4])
	local last = redis.call('LINDEX', list, -1)
	local ids = redis.call('ZREVRANGEBYSCORE', temporary(ARGV[4]),
	    last and '(' .. last or '+inf', '-inf', 'LIMIT', 0,
	    tonumber(ARGV[5]))
	push('RPUSH', list, ids, CHUNK)
	return {#ids == tonumber(ARGV[5]) and 'more' or 'listed'}
end

local function put(from, to)
	redis.call('DEL', to)
	if redis.call('EXISTS', from) == 1 then
		redis.call('RENAME', from, to)
	end
end

-- All lists of all boards at once.
local boards, slugs, all = unpack(cmsgpack.unpack(ARGV[4]))
for i = 1, #all, 2 do
	prefix = all[i]
	if redis.call('GET', key('madang:schema')) ~= token then
		return {'lost'}
	end
end
for i = 1, #all, 2 do
	prefix = all[i]
	for _, kind in ipairs(redis.call('SMEMBERS', temporary('lists'))) do
		put(temporary('list:' .. kind), key(kind))
		redis.call('UNLINK', temporary(kind))
	end
	put(temporary('news:notices'), key('news:notices'))
	-- A title that the board had before stays, unless there is another.
	if redis.call('EXISTS', temporary('madang:board')) == 1 then
		put(temporary('madang:board'), key('madang:board'))
	end
	redis.call('DEL', temporary('lists'))
	redis.call('SET', key('madang:schema'), all[i + 1])
end
redis.call('SET', once, '1', 'EX', 600)
for _, slug in ipairs(slugs) do
	if not redis.call('LPOS', boards, slug) then
		redis.call('RPUSH', boards, slug)
	end
end
return {'finished'}
