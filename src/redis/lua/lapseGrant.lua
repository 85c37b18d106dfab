-- Closes a request for access that nobody answered in time (or that belongs to replaced data). Idempotent, for the sweep.
-- KEYS[5] grant  KEYS[6] open grants  KEYS[7] the holder's unanswered asks
-- ARGV[3] the holder that KEYS[7] is of  ARGV[4] event  ARGV[5] its SHA-256  ARGV[6] announcement
-- Outcomes: 'lapsed' <the grant> | 'unknown' | 'not.asked' | 'not.due'
local epoch = redis.call('GET', KEYS[1])
local grant = redis.call('HMGET', KEYS[5], 'id', 'holder', 'state', 'answerUntil', 'epoch')
local id, holder = grant[1], grant[2]
if not id or not holder or holder ~= ARGV[3] then return { 'unknown' } end
if grant[3] ~= 'asked' then return { 'not.asked' } end
if grant[5] == epoch and now < tonumber(grant[4]) then return { 'not.due' } end

redis.call('HSET', KEYS[5], 'state', 'lapsed', 'endedAt', integer(math.min(now, tonumber(grant[4]))))
redis.call('ZREM', KEYS[6], id)
redis.call('ZREM', KEYS[7], id)
append_event(ARGV[4], ARGV[5], '')
announce(ARGV[6])
return { 'lapsed', unpack(redis.call('HGETALL', KEYS[5])) }
