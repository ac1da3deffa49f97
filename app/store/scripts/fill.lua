-- For many posts at once: keeps ids for them, and lists them when their keys
-- are there. Between the two others may post: their order stays right.
--
-- ARGV: …, "reserve", how many
--       …, "list", "id:category id:category …" from the oldest on; category 0
--       is none
-- Gives {"reserved", the first id} or {"full"}; {"listed"}.

local step = ARGV[3]

local wrong = trouble()
if wrong then
	return wrong
end

-- The newest id comes first; what is listed already stays where it is.
local function list_post(list, id)
	if (tonumber(redis.call('LINDEX', list, 0)) or 0) < id then
		redis.call('LPUSH', list, id)
	else
		insert_in_order(list, id)
	end
end

if step == 'list' then
	for category in ARGV[4]:gmatch('%d+:(%d+)') do
		wrong = wrong or spoilt(key, {{'news:category:', category}})
	end
	if wrong then
		return wrong
	end
	for id, category in ARGV[4]:gmatch('(%d+):(%d+)') do
		list_post(key('post_id'), tonumber(id))
		if category ~= '0' then
			list_post(key('news:category:', category),
			    tonumber(id))
		end
	end
	sign()
	return {'listed'}
end

local count = tonumber(ARGV[4])
local last = redis.call('GET', KEYS[1]) or '0'
if not last:match('^%-?%d+$') then
	return redis.error_reply('ERR last_id is not an integer')
end
local newest = redis.call('LINDEX', key('post_id'), 0) or ''
newest = tonumber(newest:match('^%d+$')) or 0

-- Ids that are taken mean that last_id was lost or set back by hand.
local first = math.max(tonumber(last) + 1, 1)
local id, jump = first, 1
while id < first + count and first + count <= 99999999999999 do
	if taken(key, id) then
		first = math.max(id + jump, newest + 1)
		jump = jump * 2
		id = first
	else
		id = id + 1
	end
end
if first + count > 99999999999999 then
	return {'full'}
end
redis.call('SET', KEYS[1], first + count - 1)
return {'reserved', tostring(first)}
