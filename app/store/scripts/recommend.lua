-- Recommends a post, or takes that back when the client has done it since the
-- day began: a day later nobody can tell who recommended what.
--
-- ARGV: …, id, the client's digest, a word that no other request has, seconds,
--       '' or that the client may read it when its thread is secret; limits
--       (shared.lua)
-- Gives {"on", root} or {"off", root}, which is its own id if it is no reply,
-- {"gone"} when there is no such post for the client, {"wait", seconds}.

local id, nonce, seconds, granted = ARGV[3], ARGV[5], ARGV[6], ARGV[7]

local wrong = trouble()
if wrong then
	return wrong
end
if not alive(id) then
	return {'gone'}
end
local meta, set = key('news:meta:', id), key('news:recommend:', id)
wrong = spoilt(key, {{'news:meta:', id}, {'news:recommend:', id},
    {'madang:day'}})
if wrong then
	return wrong
end
local root = redis.call('HGET', meta, 'root') or id
if granted == '' and flagged(hash(key('news:meta:', root)), 's') then
	return {'gone'}
end
local client = by_day(ARGV[4], ARGV[#ARGV])
local once = key('madang:once:', nonce)
if redis.call('EXISTS', once) == 0 then
	wrong = limited()
	if wrong then
		return wrong
	end
	redis.call('SET', once, '1', 'EX', seconds)
	if redis.call('SADD', set, client) == 0 then
		redis.call('SREM', set, client)
	end
	redis.call('HSET', meta, 'recommends', redis.call('SCARD', set))
	sign()
end
return {redis.call('SISMEMBER', set, client) == 1 and 'on' or 'off', root}
