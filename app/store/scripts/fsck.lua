-- What the scripts of `madang fsck` have in common; it stands behind shared.lua
-- and before each of them. They look at some subjects at one moment and say
-- what breaks the rules. Of one finding, when it is asked for, they look again
-- and mend it: whatever is mended is still wrong.
--
-- ARGV: …, mode, "id code" of the finding to mend ('': only look), seconds that
--       the trash keeps a post; then the mode's own words
-- Gives {how many subjects were looked at, {{id, code, 1 if it can be mended,
-- what is wrong}, …}, {ids that were looked at beside the subjects}, {ids to be
-- looked at again when all others were}}; and of a mending {"mended", root of
-- the post's thread}, {"fine"} if nothing is wrong any more, {"left"} if it
-- can't be done.

local mode, wanted, seconds = ARGV[3], ARGV[4], tonumber(ARGV[5])

local LARGEST_ID = 99999999999999
local findings, beside, later = {}, {}, {}
local found_it, mend_it, mend_root = false, nil, nil

-- A finding; mend, unless it is nil, makes it right and gives false if it
-- could not. root: the thread whose pages show it.
local function tell(id, code, words, mend, root)
	findings[#findings + 1] = {tostring(id), code, mend and 1 or 0, words}
	if wanted == id .. ' ' .. code then
		found_it, mend_it, mend_root = true, mend, root or id
	end
end

-- To be called last.
local function finish(count)
	if wanted == '' then
		return {count, findings, beside, later}
	end
	if not found_it then
		return {'fine'}
	end
	if unlike(key('post_id'), 'list') then
		return {'left'}
	end
	local wrong = trouble()
	if wrong then
		return wrong
	end
	if not mend_it or mend_it() == false then
		return {'left'}
	end
	sign()
	return {'mended', tostring(mend_root)}
end

-- A number as we write it; nil: it is none up to the largest there may be.
local function whole(text, largest)
	if not text or #text > 15 or
	    not (text == '0' or text:match('^[1-9]%d*$')) then
		return nil
	end
	local number = tonumber(text)
	return number <= largest and number or nil
end

local function id_of(text)
	local id = whole(text, LARGEST_ID)
	return id ~= 0 and id or nil
end

local function type_of(name)
	return redis.call('TYPE', name).ok
end

-- Whether the key is there; a finding, and false, if it is of another type.
local function is_of(name, kind, id)
	local found = type_of(name)
	if found == kind then
		return true
	end
	if found ~= 'none' then
		tell(id, 'type ' .. name, 'the key ' .. name .. ' is a ' ..
		    found .. ' and no ' .. kind .. ': look what is in it, and' ..
		    ' rename or delete it by hand')
	end
	return false
end

-- Nothing of ours expires but what is in the trash, and what counts.
local function must_stay(name, id)
	if redis.call('PTTL', name) > 0 then
		tell(id, 'expires ' .. name, 'the key ' .. name ..
		    ' would expire', function()
			redis.call('PERSIST', name)
		end)
	end
end

-- Where an id stands in a list whose newest comes first, or nil; true where
-- that can't be said, as the key is no list.
local function place_of(list, id)
	if unlike(list, 'list') then
		return true
	end
	local low, high = 0, redis.call('LLEN', list) - 1
	while low <= high do
		local middle = math.floor((low + high) / 2)
		local there = tonumber(redis.call('LINDEX', list, middle))
		if there == id then
			return middle
		elseif not there then
			break
		elseif there > id then
			low = middle + 1
		else
			high = middle - 1
		end
	end
	-- Only where something is wrong: in a list that is not in order it may
	-- stand elsewhere.
	return redis.call('LPOS', list, id) or nil
end

-- How many of a post's name and text are there.
local function halves(id)
	return redis.call('EXISTS', key('news:name:', id), key('news:post:', id))
end
