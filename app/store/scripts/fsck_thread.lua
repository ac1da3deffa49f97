-- A thread for `madang fsck`: what its list is, and what it should be by what
-- the replies say of themselves. It stands before fsck_posts.lua.

-- How many posts and replies were read.
local work = 0

-- Keys that a post need not have.
local BESIDE = {{'news:replies:', 'list'}, {'news:secret:', 'hash'},
    {'news:versions:', 'list'}, {'news:recommend:', 'set'},
    {'news:trash:', 'hash'}}

-- What there is of a post: its types are right where it says so.
local function read(id)
	local post = {id = id, meta = {}, has = {}, spoilt = #findings}
	local function note(kind, type)
		post.has[kind] = is_of(key(kind, id), type, id)
	end
	work = work + 1
	note('news:name:', 'string')
	note('news:post:', 'string')
	-- Its type is asked for only where it is another: this is done for each
	-- post there is.
	local meta = redis.pcall('HGETALL', key('news:meta:', id))
	if meta.err then
		note('news:meta:', 'hash')
	else
		post.has['news:meta:'] = #meta > 0
		for i = 1, #meta, 2 do
			post.meta[meta[i]] = meta[i + 1]
		end
	end
	if redis.call('EXISTS', key('news:replies:', id),
	    key('news:secret:', id), key('news:versions:', id),
	    key('news:recommend:', id), key('news:trash:', id)) > 0 then
		for _, kind in ipairs(BESIDE) do
			note(kind[1], kind[2])
		end
	end
	post.spoilt = #findings > post.spoilt
	post.name, post.text = post.has['news:name:'], post.has['news:post:']
	post.alive = post.name and post.text
	post.deleted = flagged(post.meta, 'd')
	post.moved = post.meta.moved
	-- nil for what is no reply.
	post.root = id_of(post.meta.root)
	post.parent = id_of(post.meta.parent)
	return post
end

-- The replies that a list names; a fault each of what else it has.
local function read_thread(root)
	local thread = {root = root, nodes = {}, order = {}, faults = {},
	    gone = {}, known = {}, living = 0, broken = false}
	local known = thread.known
	for _, text in ipairs(redis.call('LRANGE', key('news:replies:', root),
	    0, -1)) do
		local id, depth = entry_of(text)
		local reply = nil
		if not id_of(id and tostring(id)) or text ~= id .. ':' .. depth
		then
			thread.faults['entry ' .. text] = 'has an entry ' ..
			    text .. ', which is no reply'
		elseif known[id] then
			thread.faults['double ' .. id] = 'has reply ' .. id ..
			    ' twice'
		else
			known[id] = true
			reply = read(id)
			beside[#beside + 1] = id
		end
		if reply and not (reply.name or reply.text or
		    reply.has['news:meta:'] or reply.spoilt) then
			thread.faults['gone ' .. id] = 'has reply ' .. id ..
			    ', which is gone'
		elseif reply and reply.root and reply.root ~= root then
			thread.faults['other ' .. id] = 'has reply ' .. id ..
			    ', which belongs to post ' .. reply.root
		elseif reply then
			reply.entry = depth
			thread.nodes[#thread.nodes + 1] = reply
		end
	end
	return thread
end

-- Its replies in the order of reading: below their parents, the older ones
-- first. Gives how many there are; a reply that no way leads to is none.
local function order_thread(thread)
	local below, stack = {}, {}
	for _, reply in ipairs(thread.nodes) do
		local parent = reply.parent or 0
		below[parent] = below[parent] or {}
		table.insert(below[parent], reply)
	end
	local function push(parent, level)
		local children = below[parent] or {}
		table.sort(children, function(a, b)
			return a.id > b.id
		end)
		for _, child in ipairs(children) do
			child.level = level
			stack[#stack + 1] = child
		end
		below[parent] = nil
	end
	push(thread.root, 1)
	while #stack > 0 do
		local reply = table.remove(stack)
		thread.order[#thread.order + 1] = reply
		push(reply.id, reply.level + 1)
	end
	return #thread.order
end

-- Places that nobody needs: what was deleted stays where it is only while
-- there is something behind it. What is half there waits to be mended.
local function drop_places(thread)
	local needed, kept = {}, {}
	for i = #thread.order, 1, -1 do
		local reply = thread.order[i]
		if needed[reply.id] or not reply.deleted or reply.name or
		    reply.text then
			needed[reply.parent] = true
			kept[#kept + 1] = reply
		else
			reply.dropped = true
			thread.gone[#thread.gone + 1] = reply.id
			thread.faults['place ' .. reply.id] = 'keeps the' ..
			    ' place of reply ' .. reply.id ..
			    ', which nobody replied to'
		end
	end
	thread.order = {}
	for i = #kept, 1, -1 do
		thread.order[#thread.order + 1] = kept[i]
	end
end

-- What the replies should be, against what they are.
local function compare_thread(thread)
	local place, in_order = 0, true
	for _, reply in ipairs(thread.nodes) do
		local depth = tonumber(reply.meta.depth)
		if not reply.dropped and reply.level then
			place = place + 1
			in_order = in_order and thread.order[place] == reply
		end
		if reply.level and depth ~= reply.level then
			thread.faults['depth ' .. reply.id] = 'has reply ' ..
			    reply.id .. ' at depth ' .. reply.level ..
			    ', which says of itself that it is ' ..
			    (reply.meta.depth or 'none')
		elseif reply.level and reply.entry ~= reply.level then
			thread.faults['level ' .. reply.id] = 'has reply ' ..
			    reply.id .. ' at depth ' .. reply.entry ..
			    ', where it is ' .. reply.level
		end
		if reply.alive and not reply.deleted then
			thread.living = thread.living + 1
		end
	end
	if not in_order then
		thread.faults['order'] = 'is not in the order of reading'
	end
end

-- Writes the list as it should be.
local function write_thread(thread)
	local list, entries = key('news:replies:', thread.root), {}
	for _, reply in ipairs(thread.order) do
		entries[#entries + 1] = reply.id .. ':' .. reply.level
		if tonumber(reply.meta.depth) ~= reply.level then
			redis.call('HSET', key('news:meta:', reply.id),
			    'depth', reply.level)
		end
	end
	redis.call('DEL', list)
	for from = 1, #entries, PIECE do
		redis.call('RPUSH', list, unpack(entries, from,
		    math.min(from + PIECE - 1, #entries)))
	end
	for _, id in ipairs(thread.gone) do
		redis.call('DEL', key('news:meta:', id))
	end
end
