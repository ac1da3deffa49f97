-- Adds a board or changes one: its title, its categories.
--
-- ARGV: …, the key of the list of boards ('': it is the first board, which is
--       in none), slug, title ('': as it was), a category to add ('':
--       none), the most categories that a board has
-- Gives {"set", how many categories, "new" or ''}, {"known"} for a category
-- that is there, {"missing"} for a board that is not there and gets no title,
-- {"full"}.

local boards, slug, title, category = ARGV[3], ARGV[4], ARGV[5], ARGV[6]
local most = tonumber(ARGV[7])

local wrong = trouble() or (boards ~= '' and unlike(boards, 'list'))
if wrong then
	return wrong
end
local board = key('madang:board')
if boards ~= '' and title == '' and redis.call('EXISTS', board) == 0 then
	return {'missing'}
end
local names = redis.call('HGET', board, 'categories') or ''
local count = 0
for name in (names .. '\n'):gmatch('([^\n]*)\n') do
	if name == category and category ~= '' then
		return {'known'}
	end
	count = count + 1
end
if names == '' then
	count = 0
end
if category ~= '' then
	if count >= most then
		return {'full'}
	end
	count = count + 1
	redis.call('HSET', board, 'categories',
	    names == '' and category or names .. '\n' .. category)
end
if title ~= '' then
	redis.call('HSET', board, 'title', title)
end
local added = boards ~= '' and not redis.call('LPOS', boards, slug)
if added then
	redis.call('RPUSH', boards, slug)
end
sign()
return {'set', count, added and 'new' or ''}
