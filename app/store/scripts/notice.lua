-- Puts a post above the list, or takes it down from there.
--
-- ARGV: …, id, "on" or "off"
-- Gives {"on"}, {"off"}, or {"gone"} when the list has not got it.

local id, wanted = tonumber(ARGV[3]), ARGV[4]

local wrong = trouble()
if wrong then
	return wrong
end
if not alive(id) or redis.call('HEXISTS', key('news:meta:', id), 'root') == 1
then
	return {'gone'}
end
if wanted == 'on' then
	insert_in_order(key('news:notices'), id)
	sign()
else
	redis.call('LREM', key('news:notices'), 1, id)
end
return {wanted}
