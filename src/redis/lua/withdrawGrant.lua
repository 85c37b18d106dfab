-- with: grants
-- Takes back an unanswered request for access: only its holder may.
-- KEYS[5] grant  KEYS[6] open grants  KEYS[7] the unanswered asks of who withdraws  KEYS[8] the session that asked
-- KEYS[9] calls for an answer
-- ARGV[3] who withdraws, principal id  ARGV[4] the session that KEYS[8] is of  ARGV[5] event  ARGV[6] its SHA-256
-- ARGV[7] announcement
-- Outcomes: 'withdrawn' <the grant> | 'unknown' | 'not.holder' | 'lapsed' | 'not.asked'
local epoch = redis.call('GET', KEYS[1])
local grant = redis.call('HMGET', KEYS[5], 'id', 'holder', 'state', 'answerUntil', 'epoch', 'session')
local id, holder, state = grant[1], grant[2], grant[3]
if not id or not holder then return { 'unknown' } end
if ARGV[3] ~= holder then return { 'not.holder' } end
if state == 'lapsed' then return { 'lapsed' } end
if state ~= 'asked' then return { 'not.asked' } end
if grant[5] ~= epoch or now >= tonumber(grant[4]) then return { 'lapsed' } end
local asking = grant[6] or ''
if asking ~= ARGV[4] then return { 'unknown' } end
if asking ~= '' and session_over(KEYS[8], epoch) then return { 'lapsed' } end

redis.call('HSET', KEYS[5], 'state', 'withdrawn', 'endedAt', integer(now))
redis.call('ZREM', KEYS[6], id)
redis.call('ZREM', KEYS[7], id)
redis.call('ZREM', KEYS[9], id)
append_event(ARGV[5], ARGV[6], '')
announce(ARGV[7])
return { 'withdrawn', unpack(redis.call('HGETALL', KEYS[5])) }
