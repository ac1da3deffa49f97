-- For wrk: the threads from a number on, each once.
-- Arguments: the first number, the last; milliseconds between an answer and the
-- next request of a connection.

local from, to, pause

function init(args)
	from, to, pause = tonumber(args[1]), tonumber(args[2]), tonumber(args[3])
end

function delay()
	return pause
end

function request()
	local path = '/posts/' .. from
	if from < to then
		from = from + 1
	end
	return wrk.format('GET', path)
end
