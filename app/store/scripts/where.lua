-- Where a post stands in the list, and its neighbours. The list is in order,
-- the newest first, and its ids lie almost evenly: a guess by proportion finds
-- one among a million in two or three looks, halving would need twenty. Only
-- reads.
--
-- KEYS: post_id
-- ARGV: id
-- Gives {position, the next newer id or '', the next older one or ''}, or
-- nothing when the list has not got it.

local list, id = KEYS[1], tonumber(ARGV[1])
local low, high = 0, redis.call('LLEN', list) - 1
local newest = tonumber(redis.call('LINDEX', list, 0))
local oldest = tonumber(redis.call('LINDEX', list, -1))
local looks = 0

-- Without ids at both ends it is halving; what is no id among them ends it.
while low <= high and id <= (newest or id) and id >= (oldest or id) do
	local at = math.floor((low + high) / 2)
	looks = looks + 1
	-- Every fourth look halves, however the ids lie.
	if looks % 4 > 0 and newest and oldest and newest > oldest then
		at = low + math.floor((high - low) * (newest - id) /
		    (newest - oldest) + 0.5)
	end
	-- The second guess is some dozens off: in the middle of a long list a
	-- look costs more for the way there than for what it brings back.
	local reach = looks > 1 and 64 or 1
	local first = math.max(at - reach, 0)
	local near = redis.call('LRANGE', list, first, at + reach)
	for i, one in ipairs(near) do
		if one == ARGV[1] then
			local place = first + i - 1
			return {place, place > 0 and (near[i - 1] or
			    redis.call('LINDEX', list, place - 1)) or '',
			    near[i + 1] or
			    redis.call('LINDEX', list, place + 1) or ''}
		end
	end
	local found = tonumber(near[at - first + 1])
	if not found or found == id then
		return {}
	end
	if found > id then
		low, newest = at + 1, found - 1
	else
		high, oldest = at - 1, found + 1
	end
end
return {}
