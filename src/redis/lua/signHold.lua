-- Notes the signature of a hold's own person: in its own session, in time. The assertion was verified before, over the digest
-- of the hold's terms. With it, and with all approvals that are needed, the hold is ready. Never with a key that has approved
-- it under another name: enrolled for its own person only after that, approveHold.lua could not know it (trap 21).
-- KEYS[5] hold  KEYS[6] the session's waiting holds  KEYS[7] session
-- ARGV[3] session id  ARGV[4] principal id  ARGV[5] event  ARGV[6] its SHA-256  ARGV[7] announcement
-- ARGV[8] credential id  ARGV[9] its public key
-- Outcomes: 'signed' <the hold> | 'unknown' | 'foreign' | 'used' | 'cancelled' | 'denied' | 'expired' | 'not.needed'
--           | 'not.waiting' | 'same.key' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local hold = redis.call('HMGET', KEYS[5], 'id', 'session', 'principal', 'state', 'expiresAt', 'epoch',
  'needSigned', 'signedAt', 'needApprovals', 'approvalCount', 'approvals')
if not hold[1] or hold[6] ~= epoch then return { 'unknown' } end
if ARGV[3] == '' or ARGV[4] == '' or hold[2] ~= ARGV[3] or hold[3] ~= ARGV[4] then return { 'foreign' } end
if hold[4] ~= 'waiting' and hold[4] ~= 'ready' then return { hold[4] } end
if now >= tonumber(hold[5]) then return { 'expired' } end
if hold[7] ~= '1' then return { 'not.needed' } end
if hold[8] then return { 'not.waiting' } end
for _, approval in ipairs(cjson.decode(hold[11])) do
  if approval.credential == ARGV[8] or approval.key == ARGV[9] then return { 'same.key' } end
end
local session = redis.call('HMGET', KEYS[7], 'epoch', 'absoluteUntil')
if session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end

redis.call('HSET', KEYS[5], 'signedAt', integer(now), 'signedCredential', ARGV[8], 'signedKey', ARGV[9])
if tonumber(hold[10]) >= tonumber(hold[9]) then
  redis.call('HSET', KEYS[5], 'state', 'ready')
  redis.call('ZREM', KEYS[6], hold[1])
end
append_event(ARGV[5], ARGV[6], '')
announce(ARGV[7])
return { 'signed', unpack(redis.call('HGETALL', KEYS[5])) }
