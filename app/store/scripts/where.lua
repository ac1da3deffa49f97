-- Where a post stands in the list, and its neighbours. The list is in order,
-- the newest first, so that a million ids take twenty looks. Only reads.
--
-- KEYS: post_id
-- ARGV: id
-- Gives {position, the next newer id or '', the next older one or ''}, or
-- nothing when the list has not got it.

local list, id = KEYS[1], tonumber(ARGV[1])
local low, high = 0, redis.call('LLEN', list) - 1

while low <= high do
	local middle = math.floor((low + high) / 2)
	local found = tonumber(redis.call('LINDEX', list, middle))
	if not found then
		return {}
	end
	if found == id then
		local newer = middle > 0 and
		    redis.call('LINDEX', list, middle - 1)
		local older = redis.call('LINDEX', list, middle + 1)
		return {middle, newer or '', older or ''}
	end
	if found > id then
		low = middle + 1
	else
		high = middle - 1
	end
end
return {}
