-- Asks others for their signatures on a waiting hold: from now on approvers see it.
-- KEYS[5] hold  KEYS[6] holds that others were asked for (the inbox)  KEYS[7] session  KEYS[8] the person's asked holds
-- KEYS[9] holds whose signers are to be reminded, which is at half of the time that is left
-- ARGV[3] session id  ARGV[4] principal id  ARGV[5] event  ARGV[6] its SHA-256  ARGV[7] announcement
-- ARGV[8] reason  ARGV[9] ticket  ARGV[10] most that a person has open  ARGV[11] most that a person asks for within ARGV[12] ms
-- ARGV[13] what a hold's key begins with
-- Outcomes: 'asked.now' <the hold> | 'unknown' | 'foreign' | 'used' | 'cancelled' | 'denied' | 'expired' | 'not.needed' | 'asked'
--           | 'too.many' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local hold = redis.call('HMGET', KEYS[5], 'id', 'session', 'principal', 'state', 'expiresAt', 'epoch',
  'needApprovals', 'approvalCount', 'askedAt')
if not hold[1] or hold[6] ~= epoch then return { 'unknown' } end
if ARGV[3] == '' or ARGV[4] == '' or hold[2] ~= ARGV[3] or hold[3] ~= ARGV[4] then return { 'foreign' } end
if hold[4] ~= 'waiting' and hold[4] ~= 'ready' then return { hold[4] } end
if now >= tonumber(hold[5]) then return { 'expired' } end
if tonumber(hold[7]) <= tonumber(hold[8]) then return { 'not.needed' } end
if hold[9] then return { 'asked' } end
redis.call('ZREMRANGEBYSCORE', KEYS[8], '-inf', integer(now - tonumber(ARGV[12])))
local mine = redis.call('ZRANGE', KEYS[8], 0, -1)
local open = 0
for _, id in ipairs(mine) do
  local other = redis.call('HMGET', ARGV[13] .. id, 'state', 'expiresAt')
  if other[1] == 'waiting' and now < tonumber(other[2]) then open = open + 1 end
end
if open >= tonumber(ARGV[10]) or #mine >= tonumber(ARGV[11]) then return { 'too.many' } end
local session = redis.call('HMGET', KEYS[7], 'epoch', 'absoluteUntil')
if session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end

redis.call('HSET', KEYS[5], 'askedAt', integer(now), 'askedReason', ARGV[8], 'askedTicket', ARGV[9])
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', integer(now))
redis.call('ZADD', KEYS[6], hold[5], hold[1])
redis.call('ZADD', KEYS[8], integer(now), hold[1])
redis.call('PEXPIRE', KEYS[8], ARGV[12])
redis.call('ZADD', KEYS[9], integer(math.floor((now + tonumber(hold[5])) / 2)), hold[1])
append_event(ARGV[5], ARGV[6], '')
announce(ARGV[7])
return { 'asked.now', unpack(redis.call('HGETALL', KEYS[5])) }
