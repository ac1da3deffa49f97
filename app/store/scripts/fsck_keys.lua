-- Looks at all that is not one post's: lists of ids, views, what a board has
-- one of, what expires.
--
-- ARGV: …, "walk", …; the kind of a list, how many of its oldest were read and
--       the newest of them ('': none), how many to read
--       …, "list", …; the kind, then of what looked wrong: "order A B",
--       "double ID", "entry TEXT"
--       …, "entries", …; the kind, "id id …" that it has
--       …, "views", …; "number number …"
--       …, "board", …; the largest id that there is; the list of the boards
--       ('': it is not looked at), and what follows a slug in the key that a
--       board has
--       …, "expire", …; keys and the seconds that they may stay, each
-- "walk" gives {how many were read, whether they follow the newest of before,
-- {the next, from the oldest on}}. For the others see fsck.lua.

local kind = ARGV[6]
local list = key(kind or '')

-- Where the entries that are newer than the last one end. One that went moves
-- those behind it.
local function place_before(at, last)
	local length = redis.call('LLEN', list)
	if at == 0 then
		return length, true
	end
	local place = length - at
	local joined = redis.call('LINDEX', list, place) == last
	if joined or not id_of(last) then
		return place, joined
	end
	local low, high = 0, length
	while low < high do
		local middle = math.floor((low + high) / 2)
		local there = tonumber(redis.call('LINDEX', list, middle)) or 0
		if there > tonumber(last) then
			low = middle + 1
		else
			high = middle
		end
	end
	return low, redis.call('LINDEX', list, low) == last
end

local function walk()
	if type_of(list) ~= 'list' then
		return {0, 1, {}}
	end
	local place, joined = place_before(tonumber(ARGV[7]), ARGV[8])
	local first = math.max(place - tonumber(ARGV[9]), 0)
	local ids = {}
	if place > 0 then
		ids = redis.call('LRANGE', list, first, place - 1)
	end
	local turned = {}
	for i = #ids, 1, -1 do
		turned[#turned + 1] = ids[i]
	end
	return {redis.call('LLEN', list) - first, joined and 1 or 0, turned}
end

-- Whether the newer entry stands right before the older one, in the way that a
-- list is not written.
local function stand_so(newer, older)
	for _, place in ipairs(redis.call('LPOS', list, older, 'COUNT', 0)) do
		if place > 0 and redis.call('LINDEX', list, place - 1) == newer
		then
			return tonumber(newer) < tonumber(older)
		end
	end
	return false
end

local function named(text)
	return kind == 'post_id' and redis.call('EXISTS',
	    key('news:name:', text), key('news:post:', text)) > 0
end

local function look_at_list()
	if not is_of(list, 'list', kind) then
		return
	end
	must_stay(list, kind)
	for i = 7, #ARGV do
		local newer, older = ARGV[i]:match('^order (%d+) (%d+)$')
		local double = ARGV[i]:match('^double (%d+)$')
		local text = ARGV[i]:match('^entry (.*)$')
		if newer and stand_so(newer, older) then
			tell(kind, ARGV[i], list .. ' is not in order: ' ..
			    newer .. ' stands before ' .. older, function()
				local sorted = redis.pcall('SORT', list,
				    'DESC', 'STORE', list)
				return type(sorted) == 'number'
			end)
		elseif double and #redis.call('LPOS', list, double, 'COUNT',
		    2) == 2 then
			tell(kind, ARGV[i], list .. ' has ' .. double ..
			    ' more than once', function()
				local all = redis.call('LPOS', list, double,
				    'COUNT', 0)
				redis.call('LREM', list, #all - 1, double)
			end)
		elseif text and not id_of(text) and
		    redis.call('LPOS', list, text) then
			tell(kind, ARGV[i], list .. ' has an entry that is' ..
			    ' no number of a post, ' .. text, not named(text)
			    and function()
				redis.call('LREM', list, 0, text)
			end or nil)
		end
	end
end

-- A post of which there is neither name nor text, nor anything that asks for
-- them.
local function is_gone(id)
	local name = key('news:meta:', id)
	local found = type_of(name)
	return found == 'none' or
	    (found == 'hash' and flagged(hash(name), 'd'))
end

-- Of the posts in a category, or above the list: each has to be a post of it.
local function look_at_entries()
	local category = kind:match('^news:category:(%d+)$')
	if type_of(list) ~= 'list' then
		return
	end
	for word in ARGV[7]:gmatch('%d+') do
		local id = tonumber(word)
		local known = redis.pcall('HMGET', key('news:meta:', id),
		    'category', 'root')
		local there, why = known.err and 1 or halves(id), nil
		if there == 0 and is_gone(id) then
			why = 'which is gone'
		elseif there == 2 and known[2] then
			why = 'which is a reply'
		elseif there == 2 and category and known[1] ~= category then
			why = 'which is not in this category'
		end
		if why and place_of(list, id) then
			tell(id, 'entry ' .. kind, list .. ' has it, ' .. why,
			    function()
				redis.call('LREM', list, 0, id)
			end)
		end
	end
end

local function look_at_views(number)
	local name = key('news:views:', number)
	local word = 'news:views:' .. number
	if not is_of(name, 'hash', word) then
		return
	end
	must_stay(name, word)
	local function remove(field)
		return function()
			redis.call('HDEL', name, field)
		end
	end
	for field, value in pairs(hash(name)) do
		local id = id_of(field)
		if not id or math.floor(id / 100) ~= number then
			tell(word, 'field ' .. field, name .. ' has views of ' ..
			    field .. ', which don\'t belong there',
			    remove(field))
		elseif halves(id) == 0 and is_gone(id) then
			tell(word, 'gone ' .. field, name ..
			    ' has views of post ' .. field .. ', which is gone',
			    remove(field))
		elseif not whole(value, LARGEST_ID) then
			tell(word, 'views ' .. field, name .. ' says of post ' ..
			    field .. ' a number that is none: write another' ..
			    ' with HSET, or nobody\'s views are counted there')
		end
	end
end

local function look_at_boards(boards, ending)
	local known = {}
	if boards == '' or not is_of(boards, 'list', 'boards') then
		return
	end
	must_stay(boards, 'boards')
	for _, slug in ipairs(redis.call('LRANGE', boards, 0, -1)) do
		if known[slug] then
			tell('boards', 'double ' .. slug, boards .. ' has ' ..
			    slug .. ' twice', function()
				redis.call('LREM', boards, -1, slug)
			end)
		elseif not slug:match('^[a-z0-9][a-z0-9-]*$') or #slug > 32 then
			tell('boards', 'slug ' .. slug, boards .. ' has ' ..
			    slug .. ', which can be no board\'s address: take' ..
			    ' it away with LREM')
		elseif redis.call('EXISTS', '{' .. slug .. ending) == 0 then
			tell('boards', 'board ' .. slug, boards .. ' has ' ..
			    slug .. ', and there is no {' .. slug .. ending ..
			    ': give the board a title with HSET, or take it' ..
			    ' away with LREM')
		end
		known[slug] = true
	end
	if redis.call('LLEN', boards) > 99 then
		tell('boards', 'many', boards .. ' has more than 99 boards,' ..
		    ' and the others are not shown')
	end
end

local function look_at_board(largest)
	local last_id = key('last_id')
	for _, one in ipairs({{'last_id', 'string'}, {'madang:board', 'hash'},
	    {'madang:secret', 'string'}, {'madang:schema', 'string'}}) do
		if is_of(key(one[1]), one[2], 'board') then
			must_stay(key(one[1]), 'board')
		end
	end
	local last = type_of(last_id) ~= 'string' and
	    type_of(last_id) ~= 'none' or redis.call('GET', last_id) or '0'
	local number = last == true and LARGEST_ID or whole(last, LARGEST_ID)
	if not number or number < largest then
		tell('board', 'last_id', last_id .. ' is ' ..
		    (number or 'no number') .. ', and ' .. largest ..
		    ' is given', function()
			redis.call('SET', last_id, largest)
		end)
	end
	local secret = key('madang:secret')
	if type_of(secret) == 'string' and redis.call('STRLEN', secret) ~= 32
	then
		tell('board', 'secret', secret .. ' has not 32 bytes: private' ..
		    ' links and recommendations of before are lost; delete' ..
		    ' it, and the next post makes another')
	end
	local board = key('madang:board')
	local names = type_of(board) == 'hash' and
	    redis.call('HGET', board, 'categories') or ''
	local count = 1
	for _ in names:gmatch('\n') do
		count = count + 1
	end
	if count > 50 then
		tell('board', 'categories', board .. ' has ' .. count ..
		    ' categories, and 50 are shown')
	end
end

local function look_at_passing(name, stays)
	local word = name:sub(#prefix + 1)
	if is_of(name, 'string', word) and redis.call('PTTL', name) == -1 then
		tell(word, 'stays', 'the key ' .. name .. ' would stay for' ..
		    ' ever', function()
			redis.call('EXPIRE', name, stays)
		end)
	end
end

if mode == 'walk' then
	return walk()
elseif mode == 'list' then
	look_at_list()
elseif mode == 'entries' then
	look_at_entries()
elseif mode == 'views' then
	for number in ARGV[6]:gmatch('%d+') do
		look_at_views(tonumber(number))
	end
elseif mode == 'board' then
	look_at_board(tonumber(ARGV[6]))
	look_at_boards(ARGV[7], ARGV[8])
else
	for i = 6, #ARGV, 2 do
		look_at_passing(ARGV[i], ARGV[i + 1])
	end
end
return finish(#ARGV)
