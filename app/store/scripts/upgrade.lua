-- Makes keys of an older layout those of ours, a batch at a time. From the
-- first step on until the last madang:schema is a word that scripts of every
-- version refuse: nothing is written the old way behind an upgrade's back.
-- Each step can be run again, by whomever.
--
-- KEYS: last_id
-- ARGV: the board's prefix, the layouts it comes from and goes to, the step;
--       then
--       "begin" gives {"begun"}, {"done"} when another has done it meanwhile,
--       {"other"} when the layout is none of the two
--       "recommend": random bytes; keys, each with a NUL behind it
--       "end" gives {"done"}
-- "recommend" gives {"changed", how many}; it and "end" {"done"} when another
-- has ended it.

local prefix, from, to, step = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local schema = prefix .. 'madang:schema'
local word = 'upgrade ' .. from .. ' ' .. to

local found = redis.pcall('GET', schema)
if found == to then
	return {'done'}
end
if step == 'begin' and found == from then
	redis.call('SET', schema, word)
elseif found ~= word then
	return {'other'}
end
if step == 'begin' then
	return {'begun'}
elseif step == 'end' then
	redis.call('SET', schema, to)
	return {'done'}
end

-- Who recommended was kept by a digest of the address that stays the same, so
-- that it could be found by trying all addresses. It has 32 digits; what is
-- kept since has 40 and is made with a key that is gone after a day.
local random, changed = ARGV[5], 0
for name in ARGV[6]:gmatch('(%Z+)%z') do
	local members = redis.pcall('SMEMBERS', name)
	for _, member in ipairs(members.err and {} or members) do
		if #member == 32 then
			-- In this order: an empty set would lose its end.
			redis.call('SADD', name,
			    redis.sha1hex(random .. name .. member))
			redis.call('SREM', name, member)
			changed = changed + 1
		end
	end
end
return {'changed', changed}
