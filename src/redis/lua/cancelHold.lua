-- Gives up a hold that was not used: only its own session may. The record and what was signed stay.
-- KEYS[5] hold  KEYS[6] the session's waiting holds  KEYS[7] the inbox
-- ARGV[3] session id  ARGV[4] principal id  ARGV[5] event  ARGV[6] its SHA-256  ARGV[7] announcement
-- Outcomes: 'cancelled.now' <the hold> | 'unknown' | 'foreign' | 'used' | 'cancelled' | 'denied' | 'expired'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'unknown' } end
local hold = redis.call('HMGET', KEYS[5], 'id', 'session', 'principal', 'state', 'expiresAt', 'epoch')
if not hold[1] or hold[6] ~= epoch then return { 'unknown' } end
if ARGV[3] == '' or ARGV[4] == '' or hold[2] ~= ARGV[3] or hold[3] ~= ARGV[4] then return { 'foreign' } end
if hold[4] ~= 'waiting' and hold[4] ~= 'ready' then return { hold[4] } end
if now >= tonumber(hold[5]) then return { 'expired' } end

redis.call('HSET', KEYS[5], 'state', 'cancelled')
redis.call('ZREM', KEYS[6], hold[1])
redis.call('ZREM', KEYS[7], hold[1])
append_event(ARGV[5], ARGV[6], '')
announce(ARGV[7])
return { 'cancelled.now', unpack(redis.call('HGETALL', KEYS[5])) }
