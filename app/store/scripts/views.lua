-- Adds up what was looked at. The one script that counts twice when it runs
-- twice: see board/views.h. Gives {"counted"}.
--
-- ARGV: …, then an id and a number, and so on

local wrong = trouble()
if wrong then
	return wrong
end
for i = 3, #ARGV, 2 do
	local bucket = key('news:views:', math.floor(ARGV[i] / 100))
	if redis.call('EXISTS', key('news:name:', ARGV[i])) == 1 and
	    not unlike(bucket, 'hash') then
		redis.call('HINCRBY', bucket, ARGV[i], ARGV[i + 1])
	end
end
return {'counted'}
