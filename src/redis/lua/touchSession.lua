-- Notes that a session was used: moves its idle end, never its absolute one. Not an audit event: the exchanges tell.
-- KEYS[5] session  ARGV[3] when it was used, ms
-- Outcomes: 'touched' | 'gone'
local last = redis.call('HGET', KEYS[5], 'lastAt')
if not last then return { 'gone' } end
local used = math.min(tonumber(ARGV[3]), now)
if used > tonumber(last) then redis.call('HSET', KEYS[5], 'lastAt', integer(used)) end
return { 'touched' }
