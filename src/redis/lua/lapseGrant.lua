-- with: grants
-- Closes a request for access that nobody answered in time, whose session is over, or that belongs to replaced data.
-- Idempotent, for the sweep.
-- KEYS[5] grant  KEYS[6] open grants  KEYS[7] the holder's unanswered asks  KEYS[8] the session that asked
-- KEYS[9] calls for an answer
-- ARGV[3] the holder that KEYS[7] is of  ARGV[4] the session that KEYS[8] is of  ARGV[5] event  ARGV[6] its SHA-256
-- ARGV[7] announcement
-- Outcomes: 'lapsed' <the grant> | 'unknown' | 'not.asked' | 'not.due'
local epoch = redis.call('GET', KEYS[1])
local grant = redis.call('HMGET', KEYS[5], 'id', 'holder', 'state', 'answerUntil', 'epoch', 'session')
local id, holder = grant[1], grant[2]
if not id or not holder or holder ~= ARGV[3] then return { 'unknown' } end
if grant[3] ~= 'asked' then return { 'not.asked' } end
local asking = grant[6] or ''
if asking ~= ARGV[4] then return { 'unknown' } end
local over = grant[5] ~= epoch or now >= tonumber(grant[4])
if not over and not (asking ~= '' and session_over(KEYS[8], epoch)) then return { 'not.due' } end

redis.call('HSET', KEYS[5], 'state', 'lapsed', 'endedAt', integer(math.min(now, tonumber(grant[4]))))
redis.call('ZREM', KEYS[6], id)
redis.call('ZREM', KEYS[7], id)
redis.call('ZREM', KEYS[9], id)
append_event(ARGV[5], ARGV[6], '')
announce(ARGV[7])
return { 'lapsed', unpack(redis.call('HGETALL', KEYS[5])) }
