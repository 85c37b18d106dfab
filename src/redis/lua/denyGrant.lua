-- with: grants
-- Refuses a request for access, by another person than its holder, with a reason. It wins over every yes so far.
-- KEYS[5] grant  KEYS[6] open grants  KEYS[7] the holder's unanswered asks  KEYS[8] the session that asked
-- KEYS[9] calls for an answer
-- ARGV[3] who denies, principal id  ARGV[4] their name  ARGV[5] the holder that KEYS[7] is of
-- ARGV[6] the session that KEYS[8] is of  ARGV[7] the reason  ARGV[8] event  ARGV[9] its SHA-256  ARGV[10] announcement
-- Outcomes: 'denied' <the grant> | 'unknown' | 'own' | 'lapsed' | 'not.asked'
local epoch = redis.call('GET', KEYS[1])
local grant = redis.call('HMGET', KEYS[5], 'id', 'holder', 'state', 'answerUntil', 'epoch', 'session')
local id, holder, state = grant[1], grant[2], grant[3]
if not id or not holder or holder ~= ARGV[5] then return { 'unknown' } end
if ARGV[3] == '' or ARGV[3] == holder then return { 'own' } end
if state == 'lapsed' then return { 'lapsed' } end
if state ~= 'asked' then return { 'not.asked' } end
if grant[5] ~= epoch or now >= tonumber(grant[4]) then return { 'lapsed' } end
local asking = grant[6] or ''
if asking ~= ARGV[6] then return { 'unknown' } end
if asking ~= '' and session_over(KEYS[8], epoch) then return { 'lapsed' } end

redis.call('HSET', KEYS[5], 'state', 'denied', 'decidedAt', integer(now), 'decidedBy', ARGV[3], 'decidedByName', ARGV[4], 'denyReason', ARGV[7])
redis.call('ZREM', KEYS[6], id)
redis.call('ZREM', KEYS[7], id)
redis.call('ZREM', KEYS[9], id)
append_event(ARGV[8], ARGV[9], '')
announce(ARGV[10])
return { 'denied', unpack(redis.call('HGETALL', KEYS[5])) }
