-- Looks at posts, each with its thread: all keys that have their ids.
--
-- ARGV: …, "posts", …; "id:flags id:flags …", where flag l is that the list is
--       known to have it, and c that its category's list has it too; when all
--       was looked at, and mended: r asks whether a reply has its place, and p
--       whether a place has a use
-- See fsck.lua.

local TIME_MAX = 253402300799999
local NUMBERS = {time = TIME_MAX, edited = TIME_MAX, version = LARGEST_ID,
    parent = LARGEST_ID, root = LARGEST_ID, depth = LARGEST_ID,
    recommends = LARGEST_ID, category = LARGEST_ID}
-- Of these others say whether they are right.
local OTHERS = {title = true, replies = true, password = true, flags = true,
    moved = true}
-- So many posts and replies end a call: it takes some milliseconds.
local WORK_MAX = 200

-- The fields of news:meta:ID that say something by themselves.
local function look_at_meta(post)
	local id, meta = post.id, post.meta
	local name = key('news:meta:', id)
	local flags = meta.flags or ''
	for field, value in pairs(meta) do
		if NUMBERS[field] and not whole(value, NUMBERS[field]) then
			tell(id, 'field ' .. field, 'the ' .. field .. ' in ' ..
			    name .. ' is no number that it can be: write' ..
			    ' another with HSET, or take it away with HDEL')
		elseif not NUMBERS[field] and not OTHERS[field] then
			tell(id, 'field ' .. field, name .. ' has a field ' ..
			    field .. ', which Madang does not know: if it is' ..
			    ' nobody else\'s, take it away with HDEL')
		end
	end
	if flags:find('[^spwd]') then
		tell(id, 'flags', 'the flags in ' .. name .. ' are none that' ..
		    ' Madang knows: they may be letters of s, p, w and d')
	end
	if (meta.root or meta.parent or meta.depth) and
	    not (meta.root and meta.parent and meta.depth) then
		tell(id, 'half reply', name .. ' is neither a post\'s nor a' ..
		    ' reply\'s: it has not all of root, parent and depth;' ..
		    ' write those that are missing with HSET')
	end
	if meta.moved and not meta.moved:match('^[a-z0-9-]*/[1-9]%d*$') then
		tell(id, 'moved', name .. ' says that the post moved, but not' ..
		    ' where to: it should be the board\'s name, / and a number')
	end
	if meta.password and #meta.password ~= 48 then
		tell(id, 'password', 'its password can\'t be right: what is' ..
		    ' kept of one has 48 bytes; take it and the flag p away')
	elseif meta.password and not flags:find('p', 1, true) then
		tell(id, 'flag p', 'it has a password, and no flag says so',
		    function()
			redis.call('HSET', name, 'flags', flags .. 'p')
		end, post.root)
	elseif not meta.password and flags:find('p', 1, true) then
		tell(id, 'no password', 'a flag says that it has a password,' ..
		    ' and it has none: take p away from its flags')
	end
end

-- A secret post: the flag, the lock where all can read, the words elsewhere.
local function look_at_secret(post)
	local id, flags = post.id, post.meta.flags or ''
	local words = post.has['news:secret:']
	local secret = flagged(post.meta, 's')
	if not secret and not words then
		return
	end
	local locked = redis.call('GET', key('news:post:', id)) == HIDDEN
	local text = words and redis.call('HGET', key('news:secret:', id),
	    'text')
	if not words then
		tell(id, 'no words', 'it is secret, and what it says is lost:' ..
		    ' there is no ' .. key('news:secret:', id))
	elseif not text then
		tell(id, 'no words', 'it is secret, and what it says is lost: ' ..
		    key('news:secret:', id) .. ' has no text')
	elseif not secret and locked then
		tell(id, 'flag s', 'its words are secret, and no flag says so',
		    function()
			redis.call('HSET', key('news:meta:', id), 'flags',
			    flags .. 's')
		end)
	elseif not secret then
		tell(id, 'words', 'it is not secret, but ' ..
		    key('news:secret:', id) .. ' is there: see which of the' ..
		    ' two texts is right, and delete that key')
	elseif not locked and
	    redis.call('GET', key('news:post:', id)) == text then
		tell(id, 'open', 'it is secret, and its text stands where' ..
		    ' everybody can read it', function()
			redis.call('SET', key('news:post:', id), HIDDEN)
		end)
	elseif not locked then
		tell(id, 'open', 'it is secret, and another text than its' ..
		    ' own stands where everybody can read it, in ' ..
		    key('news:post:', id) .. ': keep what is right of it, and' ..
		    ' put a lock in its place')
	end
end

-- What a living post or reply has beside its name and text.
local function look_at_self(post)
	local id, meta = post.id, post.meta
	for _, kind in ipairs({'news:name:', 'news:post:', 'news:meta:',
	    'news:replies:', 'news:secret:', 'news:versions:',
	    'news:recommend:'}) do
		if post.has[kind] then
			must_stay(key(kind, id), id)
		end
	end
	look_at_meta(post)
	if post.deleted then
		tell(id, 'flag d', 'it is marked as deleted, and its name and' ..
		    ' text are there: take d away from its flags, or both keys')
	end
	look_at_secret(post)
	local count = post.has['news:recommend:'] and
	    redis.call('SCARD', key('news:recommend:', id)) or 0
	local counted = whole(meta.recommends or '0', LARGEST_ID)
	if count > 0 and count ~= counted then
		tell(id, 'recommends', 'it counts ' .. (counted or 'no') ..
		    ' recommendations and has ' .. count, function()
			redis.call('HSET', key('news:meta:', id),
			    'recommends', count)
		end, post.root)
	elseif counted and count ~= counted then
		tell(id, 'recommends', 'it counts ' .. counted ..
		    ' recommendations, and nobody knows whose: the next one' ..
		    ' counts from 0')
	end
	local kept = post.has['news:versions:'] and
	    redis.call('LLEN', key('news:versions:', id)) or 0
	if kept > (whole(meta.version, LARGEST_ID) or 0) then
		tell(id, 'versions', 'it keeps ' .. kept .. ' earlier texts' ..
		    ' and counts ' .. (meta.version or 'no') .. ' edits: see' ..
		    ' which is right; version in ' .. key('news:meta:', id) ..
		    ' is that number')
	end
end

-- What is left of a post that is not there.
local function look_at_rest(post, half)
	local id, trash = post.id, key('news:trash:', post.id)
	local left = post.has['news:trash:'] and redis.call('PTTL', trash)
	if left == -1 then
		left = seconds * 1000
		tell(id, 'stays', 'it would stay in the trash for ever',
		    function()
			redis.call('EXPIRE', trash, seconds)
		end)
	end
	if post.has['news:trash:'] and (redis.call('HEXISTS', trash, 'name') +
	    redis.call('HEXISTS', trash, 'text')) < 2 then
		tell(id, 'half trash', trash .. ' has not both a name and a' ..
		    ' text: it can\'t be restored, and will expire')
	end
	for _, kind in ipairs({'news:secret:', 'news:versions:',
	    'news:recommend:'}) do
		local name = key(kind, id)
		if post.has[kind] and redis.call('PTTL', name) == -1 then
			if left then
				tell(id, 'stays ' .. name, 'it is in the' ..
				    ' trash, but ' .. name .. ' would stay' ..
				    ' behind', function()
					redis.call('PEXPIRE', name, left)
				end)
			elseif not half then
				tell(id, 'rest ' .. name, 'there is nothing' ..
				    ' of it but ' .. name .. ': delete that' ..
				    ' key, unless you bring the post back')
			end
		end
	end
end

-- Name or text, or both, without the other; and a meta that is all there is.
local function look_at_half(post)
	local id = post.id
	local there, missing = 'a name', 'text: write it with SET ' ..
	    key('news:post:', id)
	if post.text then
		there, missing = 'a text', 'name: write it with SET ' ..
		    key('news:name:', id)
	elseif not post.name then
		there, missing = key('news:meta:', id), 'name and text:' ..
		    ' write both, in ' .. key('news:name:', id) .. ' and ' ..
		    key('news:post:', id)
	end
	tell(id, 'half', 'it has ' .. there .. ' and no ' .. missing ..
	    ', or delete the rest', nil, post.root)
end

-- What a post, a reply or a place of one breaks by itself.
local function look_at_one(post)
	if post.spoilt then
		return
	end
	if post.alive then
		look_at_self(post)
		return
	end
	local half = post.name or post.text or
	    (post.has['news:meta:'] and not post.deleted)
	if half then
		look_at_half(post)
	elseif post.has['news:meta:'] then
		must_stay(key('news:meta:', post.id), post.id)
		look_at_meta(post)
	end
	look_at_rest(post, half)
end

-- The thread of a post, or of the place that it left.
local function look_at_thread(post)
	local id, thread = post.id, nil
	if post.has['news:replies:'] then
		thread = read_thread(id)
		for _, reply in ipairs(thread.nodes) do
			look_at_one(reply)
			if not reply.root then
				thread.broken = true
				tell(reply.id, 'no reply', 'it is in the' ..
				    ' thread of post ' .. id .. ' and does' ..
				    ' not say so itself: write root, parent' ..
				    ' and depth into ' ..
				    key('news:meta:', reply.id))
			end
		end
		if order_thread(thread) < #thread.nodes then
			thread.broken = true
		end
		drop_places(thread)
		compare_thread(thread)
		for _, reply in ipairs(thread.nodes) do
			if reply.root and not reply.level and
			    not thread.known[reply.parent or 0] then
				tell(reply.id, 'parent', 'it replies to ' ..
				    (reply.meta.parent or 'nothing') ..
				    ', which is not in the thread of post ' ..
				    id .. ': restore that one, or write' ..
				    ' another parent into ' ..
				    key('news:meta:', reply.id))
			end
		end
		for code, words in pairs(thread.faults) do
			tell(id, code, 'its thread ' .. words,
			    not thread.broken and function()
				write_thread(thread)
			end or nil)
		end
	end
	local counted = whole(post.meta.replies or '0', LARGEST_ID)
	local living = thread and thread.living or 0
	if counted ~= living and (post.alive or thread) then
		tell(id, 'replies', 'it counts ' .. (counted or 'no') ..
		    ' replies and has ' .. living, function()
			redis.call('HSET', key('news:meta:', id), 'replies',
			    living)
		end)
	end
end

-- Whether a thread's list has a reply, at whatever depth.
local function is_in_thread(post)
	local list = key('news:replies:', post.root)
	if unlike(list, 'list') or (post.meta.depth and redis.call('LPOS',
	    list, post.id .. ':' .. post.meta.depth)) then
		return true
	end
	for _, text in entries(list, 0) do
		if entry_of(text) == post.id then
			return true
		end
	end
	return false
end

-- Into its thread, where its parent is.
local function place_reply(post)
	local root, living = post.root, 0
	insert_reply(root, post.parent, post.id, tonumber(post.meta.depth))
	if not is_in_thread(post) then
		return false
	end
	for _, text in entries(key('news:replies:', root), 0) do
		local id = entry_of(text)
		if id and halves(id) == 2 then
			living = living + 1
		end
	end
	redis.call('HSET', key('news:meta:', root), 'replies', living)
end

-- A living reply that was not come upon in its thread.
local function look_at_reply(post, listed, ending)
	local id, root = post.id, post.root
	local above = key('news:meta:', root)
	above = type_of(above) == 'hash' and
	    redis.call('HGET', above, 'flags') or ''
	local there = is_in_thread(post)
	if listed and place_of(key('post_id'), id) then
		tell(id, 'listed', 'it is a reply to post ' .. root ..
		    ', and the list has it as if it were none', there and
		    function()
			redis.call('LREM', key('post_id'), 0, id)
		end or nil, root)
	end
	if there then
		return
	elseif not ending then
		-- What it replies to may find its place before it.
		later[#later + 1] = id
		return
	end
	local depth = tonumber(post.meta.depth) or 0
	local under = halves(root) == 2 or above:find('d', 1, true)
	if under and (post.parent ~= root or depth ~= 1) then
		local parent = key('news:meta:', post.parent or 0)
		under = post.parent and halves(post.parent) == 2 and
		    type_of(parent) == 'hash' and
		    redis.call('HGET', parent, 'root') == tostring(root) and
		    redis.call('HGET', parent, 'depth') == tostring(depth - 1)
		    or post.parent and redis.call('LPOS',
		    key('news:replies:', root), post.parent .. ':' .. depth - 1)
	end
	-- The place of the thread's post has a use.
	later[#later + 1] = root
	if under then
		tell(id, 'unplaced', 'it is a reply to post ' .. root ..
		    ', whose thread has not got it', function()
			return place_reply(post)
		end, root)
	else
		tell(id, 'unplaced', 'it is a reply in the thread of post ' ..
		    root .. ', where there is no ' .. (post.parent or 'post') ..
		    ' that it replies to: bring that one back, or delete this')
	end
end

-- A living post that is no reply.
local function look_at_listed(post, flags)
	local id, category = post.id, id_of(post.meta.category)
	if not flags:find('l') and not place_of(key('post_id'), id) then
		tell(id, 'unlisted', 'it is whole, and the list has not got it',
		    function()
			insert_in_order(key('post_id'), id)
		end)
	end
	if category and not flags:find('c') and
	    not place_of(key('news:category:', category), id) then
		tell(id, 'uncategorised', 'it is in category ' .. category ..
		    ', whose list has not got it', function()
			insert_in_order(key('news:category:', category), id)
		end)
	end
end

-- What was deleted or has moved, and keeps its place.
local function look_at_place(post, ending)
	local id, use = post.id, post.has['news:replies:']
	if post.moved then
		if use then
			tell(id, 'moved replies', 'it moved, and ' ..
			    key('news:replies:', id) .. ' stayed behind: see' ..
			    ' whose they are')
		end
		return
	end
	if post.root then
		use = is_in_thread(post)
	end
	if not use and not ending then
		later[#later + 1] = id
	elseif not use then
		tell(id, 'place', 'it was deleted and keeps a place for' ..
		    ' replies, of which there are none', function()
			redis.call('DEL', key('news:meta:', id))
		end, post.root)
	end
end

local function look(id, flags)
	local post = read(id)
	local listed = flags:find('l', 1, true)
	local reply = post.alive and post.root and post.root ~= id
	local place = not post.name and not post.text and post.deleted
	if post.spoilt then
		return
	elseif flags:find('[rp]') then
		if reply and flags:find('r', 1, true) then
			look_at_reply(post, false, true)
		elseif place and flags:find('p', 1, true) then
			look_at_place(post, true)
		end
		return
	end
	look_at_one(post)
	if reply then
		look_at_reply(post, listed, false)
	elseif post.alive and not post.meta.root and not post.meta.parent then
		look_at_listed(post, flags)
	elseif place then
		look_at_place(post, false)
	end
	if listed and not post.name and not post.text and
	    (post.deleted or not post.has['news:meta:']) and
	    place_of(key('post_id'), id) then
		tell(id, 'listed', 'the list has it, and it is gone', function()
			redis.call('LREM', key('post_id'), 0, id)
		end)
	end
	if post.root and post.has['news:replies:'] then
		tell(id, 'thread', 'it is a reply, and ' ..
		    key('news:replies:', id) .. ' is there as if it were' ..
		    ' none: the replies belong into the thread of post ' ..
		    post.root)
	elseif not post.root and not post.moved and
	    (post.has['news:meta:'] or post.name or post.text) then
		look_at_thread(post)
	elseif post.has['news:replies:'] and not post.moved then
		tell(id, 'thread', 'there is nothing of it but its replies:' ..
		    ' write ' .. key('news:name:', id) .. ' and ' ..
		    key('news:post:', id) .. ', or restore it')
	end
end

local count = 0
for id, flags in ARGV[6]:gmatch('(%d+):(%a*)') do
	if work >= WORK_MAX then
		break
	end
	look(tonumber(id), flags)
	count = count + 1
end
return finish(count)
