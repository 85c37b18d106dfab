-- Ends an active grant: by its holder, by revocation, or because its time is over or its data was replaced.
-- Idempotent: every replica may sweep at once, one of them writes the event.
-- KEYS[5] grant  KEYS[6] open grants  KEYS[7] the holder's active grants
-- ARGV[3] who ends it, principal id; '' for the sweep  ARGV[4] their name  ARGV[5] the holder that KEYS[7] is of
-- ARGV[6] 'holder' | 'revoked' | 'time' (sweep: over by time) | 'void' (sweep: of another epoch)
-- ARGV[7] event  ARGV[8] its SHA-256  ARGV[9] announcement
-- Outcomes: 'ended' <the grant> | 'unknown' | 'not.holder' | 'not.active' | 'not.due'
local epoch = redis.call('GET', KEYS[1])
local grant = redis.call('HMGET', KEYS[5], 'id', 'holder', 'state', 'activeUntil', 'epoch')
local id, holder, state = grant[1], grant[2], grant[3]
local because = ARGV[6]
if not id or not holder or holder ~= ARGV[5] then return { 'unknown' } end
local foreign = not epoch or grant[5] ~= epoch
local over = now >= (tonumber(grant[4] or '') or 0)
if because == 'holder' then
  if ARGV[3] ~= holder then return { 'not.holder' } end
elseif because == 'revoked' then
  if ARGV[3] == '' then return { 'unknown' } end
elseif because ~= 'time' and because ~= 'void' then
  return { 'unknown' }
end
if state ~= 'active' then return { 'not.active' } end
local ended_at = integer(now)
if because == 'time' then
  if not over then return { 'not.due' } end
  ended_at = grant[4]
elseif because == 'void' then
  if not foreign then return { 'not.due' } end
  because = 'revoked'
elseif foreign or over then
  return { 'not.active' }
end

redis.call('HSET', KEYS[5], 'state', 'ended', 'endedAt', ended_at, 'endedBecause', because, 'endedBy', ARGV[3], 'endedByName', ARGV[4])
redis.call('ZREM', KEYS[6], id)
redis.call('ZREM', KEYS[7], id)
append_event(ARGV[7], ARGV[8], '')
announce(ARGV[9])
return { 'ended', unpack(redis.call('HGETALL', KEYS[5])) }
