-- What the scripts that write have in common; it stands before each of them.
-- A script checks everything before its first write: it is all or nothing.
--
-- KEYS: last_id. The other keys of the board begin with its prefix too.
-- ARGV: the board's prefix, our schema's version; then the script's own words.

local prefix, version = ARGV[1], tonumber(ARGV[2])

local function key(kind, id)
	return prefix .. kind .. (id or '')
end

-- An error that the worker answers with "try again later".
local function refuse(words)
	return redis.error_reply('MISCONF ' .. words)
end

-- nil, or an error: the key is there and of another type than it must be.
local function unlike(name, kind)
	local found = redis.call('TYPE', name).ok
	if found ~= kind and found ~= 'none' then
		return redis.error_reply('WRONGTYPE ' .. name ..
		    ' is not a ' .. kind)
	end
	return nil
end

-- The types of those kinds of key that are first touched by a write: it would
-- fail in the middle of a script.
local TYPES = {
	['madang:day'] = 'string',
	['madang:secret'] = 'string',
	['news:category:'] = 'list',
	['news:meta:'] = 'hash',
	['news:notices'] = 'list',
	['news:recommend:'] = 'set',
	['news:replies:'] = 'list',
	['news:trash:'] = 'hash',
	['news:versions:'] = 'list',
	['news:views:'] = 'hash',
}

-- Likewise, of several: {kind, id} each, as named calls them.
local function spoilt(named, keys)
	for _, one in ipairs(keys) do
		local wrong = unlike(named(one[1], one[2]), TYPES[one[1]])
		if wrong then
			return wrong
		end
	end
	return nil
end

-- nil, or why the keys, as named calls them, are none that we may write into.
local function trouble(named)
	named = named or key
	local found = redis.call('GET', named('madang:schema'))
	if found and found ~= ARGV[2] then
		-- An older layout waits for its upgrade: what is written
		-- anew must not be taken for done.
		if found:match('^import ') or found:match('^upgrade ') or
		    (found:match('^%d+$') and tonumber(found) < version) then
			return refuse('the board is being imported or' ..
			    ' upgraded, or has to be: see madang upgrade')
		end
		return refuse('the keys were written by a newer Madang')
	end
	return unlike(named('post_id'), 'list')
end

-- From the first write on, older workers keep away.
local function sign()
	redis.call('SET', key('madang:schema'), version)
end

local function now_ms()
	local now = redis.call('TIME')
	return now[1] .. string.format('%03d', math.floor(now[2] / 1000))
end

-- Who is counted, by a key that nobody has any more a day later: in Redis no
-- address can be made of it. random: the key, if a day begins.
local function by_day(client, random)
	redis.call('SET', key('madang:day'), random, 'EX', 86400, 'NX')
	return redis.sha1hex(redis.call('GET', key('madang:day')) .. client)
end

-- Limits on writing, by GCRA: a key of each count holds the moment at which
-- all that was written is paid for, an interval each. The script's last words
-- are those of store/limit: the client, its network ('': none), how many writes
-- at once, milliseconds between two; the same two of all; random bytes. Nought
-- at once is no limit.
local LIMIT = #ARGV - 6

-- Of so many clients a network is: with the 65,536 that one may have in IPv6
-- one visitor would use up what all may write.
local NETWORK = 10

-- The counts: {key, interval, the moment, milliseconds till the next write,
-- whose}.
local function counts(now)
	local found = {}
	local of_client = {tonumber(ARGV[LIMIT + 2]), tonumber(ARGV[LIMIT + 3])}
	for _, who in ipairs({
	    {ARGV[LIMIT], of_client[1], of_client[2], 'client'},
	    {ARGV[LIMIT + 1], NETWORK * of_client[1],
	    math.ceil(of_client[2] / NETWORK), 'network'},
	    {'all', tonumber(ARGV[LIMIT + 4]), tonumber(ARGV[LIMIT + 5]),
	    'all'}}) do
		local burst, interval = who[2], who[3]
		if burst > 0 and who[1] ~= '' then
			local name = key('madang:limit:', who[1] ~= 'all' and
			    by_day(who[1], ARGV[#ARGV]) or who[1])
			-- tonumber reads fractions, too, and "nan".
			local paid = redis.call('GET', name) or ''
			paid = tonumber(paid:match('^%d+$')) or now
			-- Whatever the clock did, nobody waits longer.
			paid = math.max(math.min(paid, now + burst * interval),
			    now)
			found[#found + 1] = {name, interval, paid,
			    paid - (burst - 1) * interval - now, who[4]}
		end
	end
	return found
end

-- nil, and the write is counted, or {"wait", seconds, whose are too many:
-- "client", "network" or "all"} and it must not be. Right
-- before the first write of a script; asks: there will be none yet.
local function limited(asks)
	local now = tonumber(now_ms())
	local found, wait, whose = counts(now), 0, nil
	for _, count in ipairs(found) do
		if count[4] > wait then
			wait, whose = count[4], count[5]
		end
	end
	if wait > 0 then
		return {'wait', math.ceil(wait / 1000), whose}
	end
	for _, count in ipairs(asks and {} or found) do
		local paid = count[3] + count[2]
		redis.call('SET', count[1], paid, 'PX', paid - now)
	end
	return nil
end

-- A hash as a table.
local function hash(name)
	local flat, found = redis.call('HGETALL', name), {}
	for i = 1, #flat, 2 do
		found[flat[i]] = flat[i + 1]
	end
	return found
end

-- A post whose name and text are there: not deleted, perhaps the tutorial's.
local function alive(id)
	return redis.call('EXISTS', key('news:name:', id),
	    key('news:post:', id)) == 2
end

-- Whether anything of a post is there, as named calls its keys: its id is not
-- for another.
local function taken(named, id)
	return redis.call('EXISTS', named('news:name:', id),
	    named('news:post:', id), named('news:meta:', id),
	    named('news:replies:', id), named('news:secret:', id),
	    named('news:trash:', id)) > 0
end

local function flagged(meta, flag)
	return (meta.flags or ''):find(flag, 1, true) ~= nil
end

-- Puts an id where it belongs in a list whose newest id comes first.
local function insert_in_order(list, id)
	local low, high = 0, redis.call('LLEN', list)
	while low < high do
		local middle = math.floor((low + high) / 2)
		local found = tonumber(redis.call('LINDEX', list, middle)) or 0
		if found == id then
			return
		elseif found > id then
			low = middle + 1
		else
			high = middle
		end
	end
	local next = redis.call('LINDEX', list, low)
	if low == 0 then
		redis.call('LPUSH', list, id)
	elseif not next then
		redis.call('RPUSH', list, id)
	else
		redis.call('LINSERT', list, 'BEFORE', next, id)
	end
end

-- Takes an id out of such a list, looked for from the end that it is nearer.
local function remove_in_order(list, id)
	local newest = tonumber(redis.call('LINDEX', list, 0)) or 0
	redis.call('LREM', list, id > newest / 2 and 1 or -1, id)
end

-- A thread is one list in the order that it is shown in: "id:depth" each.
local function entry_of(text)
	local id, depth = text:match('^(%d+):(%d+)$')
	return tonumber(id), tonumber(depth)
end

local PIECE = 200

-- The entries from a place on, one after another: place, text.
local function entries(list, from)
	local place, piece, first = from - 1, {}, from
	return function()
		place = place + 1
		if place >= first + #piece then
			first = place
			piece = redis.call('LRANGE', list, place,
			    place + PIECE - 1)
		end
		local text = piece[place - first + 1]
		if text then
			return place, text
		end
	end
end

-- Puts a reply of a depth behind its parent and those of its siblings that
-- are older, with all that belongs to them.
local function insert_reply(root, parent, id, depth)
	local list = key('news:replies:', root)
	local from = 0
	if parent ~= root then
		from = redis.call('LPOS', list,
		    parent .. ':' .. (depth - 1))
		if not from then
			return
		end
		from = from + 1
	elseif (entry_of(redis.call('LINDEX', list, -1) or '') or 0) < id then
		-- The newest reply of all to the post itself, as most are.
		redis.call('RPUSH', list, id .. ':' .. depth)
		return
	end
	for _, text in entries(list, from) do
		local other, level = entry_of(text)
		-- What is no entry was written by others: it is passed over.
		if other and (level < depth or
		    (level == depth and other > id)) then
			redis.call('LINSERT', list, 'BEFORE', text,
			    id .. ':' .. depth)
			return
		end
	end
	redis.call('RPUSH', list, id .. ':' .. depth)
end

-- The text of a secret post where everybody can read: a lock, in no language.
local HIDDEN = '\240\159\148\146'
