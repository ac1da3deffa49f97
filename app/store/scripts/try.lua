-- Counts a try at a post's password before it is looked at.
--
-- ARGV: …, id, the client's digest, tries of a client at a post, of a client
--       at all posts, of all clients at a post; seconds in which they count;
--       "back" when a try was none: the password was right, or not looked at;
--       random bytes
-- Gives {"try", the password's record}, {"none"} for a post without a
-- password, {"gone"}, {"wait", seconds}, or {"back"}.

local id, seconds = ARGV[3], ARGV[8]

local wrong = trouble() or spoilt(key, {{'madang:day'}})
if wrong then
	return wrong
end
if not alive(id) then
	return {'gone'}
end
local record = redis.call('HGET', key('news:meta:', id), 'password')
if not record then
	return {'none'}
end
local client = by_day(ARGV[4], ARGV[10])
local tries = {
	{key('madang:tries:', id .. ':' .. client), tonumber(ARGV[5])},
	{key('madang:tries:', client), tonumber(ARGV[6])},
	{key('madang:tries:', id), tonumber(ARGV[7])},
}

if ARGV[9] == 'back' then
	for _, count in ipairs(tries) do
		-- Nothing is kept of who has nothing counted.
		if tonumber(redis.call('GET', count[1]) or '0') > 0 and
		    redis.call('DECR', count[1]) == 0 then
			redis.call('DEL', count[1])
		end
	end
	return {'back'}
end
for _, count in ipairs(tries) do
	if tonumber(redis.call('GET', count[1]) or '0') >= count[2] then
		return {'wait', redis.call('TTL', count[1])}
	end
end
for _, count in ipairs(tries) do
	if redis.call('INCR', count[1]) == 1 then
		redis.call('EXPIRE', count[1], seconds)
	end
end
return {'try', record}
