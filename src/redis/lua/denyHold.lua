-- with: holds
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
local why = why_not_answer({ principal = hold[2], state = hold[3], expiresAt = hold[4], askedAt = hold[6], approvers = hold[7] },
  ARGV[3], KEYS[8], epoch)
if why then return { why } end

redis.call('HSET', KEYS[5], 'state', 'denied', 'deniedAt', integer(now), 'deniedBy', ARGV[3], 'deniedByName', ARGV[4],
  'denyReason', ARGV[5])
redis.call('ZREM', KEYS[6], hold[1])
redis.call('ZREM', KEYS[7], hold[1])
append_event(ARGV[6], ARGV[7], '')
announce(ARGV[8])
return { 'denied.now', unpack(redis.call('HGETALL', KEYS[5])) }
