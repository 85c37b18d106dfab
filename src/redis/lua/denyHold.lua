-- Turns a hold down, for good: one no of somebody who was asked outweighs every yes, also when all signatures are there, as
-- long as nothing was released.
-- KEYS[5] hold  KEYS[6] the session's waiting holds  KEYS[7] the inbox  KEYS[8] the approver's session
-- ARGV[3] approver, principal id  ARGV[4] their name  ARGV[5] reason  ARGV[6] event  ARGV[7] its SHA-256  ARGV[8] announcement
-- Outcomes: 'denied.now' <the hold> | 'unknown' | 'own' | 'used' | 'cancelled' | 'denied' | 'expired' | 'not.asked'
--           | 'not.approver' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local hold = redis.call('HMGET', KEYS[5], 'id', 'principal', 'state', 'expiresAt', 'epoch', 'askedAt', 'approvers')
if not hold[1] or hold[5] ~= epoch or ARGV[3] == '' or ARGV[5] == '' then return { 'unknown' } end
if hold[2] == ARGV[3] then return { 'own' } end
if hold[3] ~= 'waiting' and hold[3] ~= 'ready' then return { hold[3] } end
if now >= tonumber(hold[4]) then return { 'expired' } end
if not hold[6] then return { 'not.asked' } end
local session = redis.call('HMGET', KEYS[8], 'epoch', 'absoluteUntil', 'principal')
if session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end
local person = cjson.decode(session[3])
if person.id ~= ARGV[3] then return { 'session.revoked' } end
local counts = {}
for _, group in ipairs(cjson.decode(hold[7])) do counts[group] = true end
local fits = false
for _, group in ipairs(person.groups) do fits = fits or counts[group] == true end
if not fits then return { 'not.approver' } end

redis.call('HSET', KEYS[5], 'state', 'denied', 'deniedAt', integer(now), 'deniedBy', ARGV[3], 'deniedByName', ARGV[4],
  'denyReason', ARGV[5])
redis.call('ZREM', KEYS[6], hold[1])
redis.call('ZREM', KEYS[7], hold[1])
append_event(ARGV[6], ARGV[7], '')
announce(ARGV[8])
return { 'denied.now', unpack(redis.call('HGETALL', KEYS[5])) }
