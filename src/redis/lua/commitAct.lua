-- Stage 50. Decides and consumes in one step, before a byte leaves: the session lives, the hold is signed and becomes used,
-- the grant is active and loses a use, the intent is in the journal. All is checked before anything is changed.
-- KEYS[5] session  KEYS[6] act  KEYS[7] hold  KEYS[8] grant  KEYS[9] open grants  KEYS[10] the person's active grants
-- KEYS[11] the session's waiting holds
-- ARGV[3] session id  ARGV[4] principal id  ARGV[5] exchange  ARGV[6] hold id, '' for none  ARGV[7] grant id, '' for none
-- ARGV[8] ms that the act's mark is kept  ARGV[9] intent event  ARGV[10] its SHA-256
-- ARGV[11] grant.ended event, for when this was the last use  ARGV[12] its SHA-256
-- ARGV[13] announcement for the grant  ARGV[14] announcement for the hold
-- Outcomes: 'committed' <seq of the intent> <uses left, or ''> | 'act.repeated' | 'session.revoked'
--           | 'hold.unknown' | 'hold.mismatch' | 'hold.unsigned' | 'hold.used' | 'hold.expired' | 'grant.ended'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch or ARGV[3] == '' or ARGV[4] == '' then return { 'session.revoked' } end
local session = redis.call('HMGET', KEYS[5], 'epoch', 'absoluteUntil')
if session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end
if redis.call('EXISTS', KEYS[6]) == 1 then return { 'act.repeated' } end
if ARGV[6] ~= '' then
  local hold = redis.call('HMGET', KEYS[7], 'id', 'session', 'principal', 'state', 'expiresAt', 'epoch')
  if hold[1] ~= ARGV[6] or hold[6] ~= epoch then return { 'hold.unknown' } end
  if hold[2] ~= ARGV[3] or hold[3] ~= ARGV[4] then return { 'hold.mismatch' } end
  if hold[4] == 'used' then return { 'hold.used' } end
  if hold[4] == 'cancelled' then return { 'hold.unknown' } end
  if now >= tonumber(hold[5]) then return { 'hold.expired' } end
  if hold[4] ~= 'signed' then return { 'hold.unsigned' } end
end
local left = ''
if ARGV[7] ~= '' then
  local grant = redis.call('HMGET', KEYS[8], 'id', 'holder', 'state', 'activeUntil', 'usesLeft', 'epoch')
  if grant[1] ~= ARGV[7] or grant[2] ~= ARGV[4] or grant[3] ~= 'active' or grant[6] ~= epoch then return { 'grant.ended' } end
  if now >= (tonumber(grant[4] or '') or 0) or (tonumber(grant[5] or '') or 0) < 1 then return { 'grant.ended' } end
  left = integer(tonumber(grant[5]) - 1)
end

if ARGV[6] ~= '' then
  redis.call('HSET', KEYS[7], 'state', 'used')
  redis.call('ZREM', KEYS[11], ARGV[6])
  announce(ARGV[14])
end
local fact = ''
if ARGV[7] ~= '' then
  redis.call('HSET', KEYS[8], 'usesLeft', left)
  fact = '{"usesLeft":' .. left .. '}'
end
local seq = append_event(ARGV[9], ARGV[10], fact)
redis.call('HSET', KEYS[6], 'session', ARGV[3], 'grant', ARGV[7], 'hold', ARGV[6], 'intent', seq, 'epoch', epoch)
redis.call('PEXPIRE', KEYS[6], ARGV[8])
if ARGV[7] ~= '' then
  if left == '0' then
    redis.call('HSET', KEYS[8], 'state', 'ended', 'endedAt', integer(now), 'endedBecause', 'uses')
    redis.call('ZREM', KEYS[9], ARGV[7])
    redis.call('ZREM', KEYS[10], ARGV[7])
    append_event(ARGV[11], ARGV[12], '')
  end
  announce(ARGV[13])
end
return { 'committed', seq, left }
