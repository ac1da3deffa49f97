-- Which threads posts are in, for who hears that they were written. Only reads.
--
-- KEYS: post_id
-- ARGV: the board's prefix, then ids
-- Gives for each id that of its thread's post: its own, or another; '' when
-- nothing tells.

local list, prefix = KEYS[1], ARGV[1]

local function key(kind, id)
	return prefix .. kind .. id
end

-- A list of another type has nobody.
local function look(place)
	local found = redis.pcall('LINDEX', list, place)
	return type(found) == 'string' and tonumber(found) or nil
end

-- Whether the list, whose newest id comes first, has an id, or has none that
-- is newer: then what is there is about to be listed.
local function is_listed(id)
	local newest = look(0)
	if not newest or tonumber(id) > newest then
		return redis.call('EXISTS', key('news:name:', id),
		    key('news:post:', id)) > 0
	end
	id = tonumber(id)
	local low, high = 0, redis.call('LLEN', list) - 1
	while low <= high do
		local middle = math.floor((low + high) / 2)
		local found = look(middle)
		if not found or found == id then
			return found == id
		elseif found > id then
			low = middle + 1
		else
			high = middle - 1
		end
	end
	return false
end

-- A field of a hash; of another type it has none.
local function field(name, of)
	local found = redis.pcall('HGET', name, of)
	return type(found) == 'string' and found or nil
end

-- A post that left its place to its replies, or for another board.
local function is_place(meta)
	return field(meta, 'moved') or
	    (field(meta, 'flags') or ''):find('d', 1, true)
end

-- The list before the trash: the id may have been given again.
local roots = {}
for i = 2, #ARGV do
	local id = ARGV[i]
	local meta, trash = key('news:meta:', id), key('news:trash:', id)
	roots[#roots + 1] = field(meta, 'root') or
	    (is_place(meta) and id) or (is_listed(id) and id) or
	    field(trash, 'meta:root') or
	    (redis.call('EXISTS', trash) == 1 and id) or ''
end
return roots
