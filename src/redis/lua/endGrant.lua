-- with: grants
-- Ends an active grant: by its holder, by revocation, or because its time or its session is over, its actions are frozen,
-- or its data was replaced. Idempotent: every replica may sweep at once, one of them writes the event.
-- KEYS[5] grant  KEYS[6] open grants  KEYS[7] the holder's active grants  KEYS[8] the session that asked
-- ARGV[3] who ends it, principal id; '' for the sweep  ARGV[4] their name  ARGV[5] the holder that KEYS[7] is of
-- ARGV[6] the session that KEYS[8] is of
-- ARGV[7] 'holder' | 'revoked' | 'time' (sweep: over by time) | 'session' (sweep: its session is over)
--         | 'lockdown' (a freeze covers it; the caller has looked) | 'void' (sweep: of another epoch)
-- ARGV[8] event  ARGV[9] its SHA-256  ARGV[10] announcement
-- Outcomes: 'ended' <the grant> | 'unknown' | 'not.holder' | 'not.active' | 'not.due'
local epoch = redis.call('GET', KEYS[1])
local grant = redis.call('HMGET', KEYS[5], 'id', 'holder', 'state', 'activeUntil', 'epoch', 'session')
local id, holder, state = grant[1], grant[2], grant[3]
local because = ARGV[7]
if not id or not holder or holder ~= ARGV[5] then return { 'unknown' } end
local asking = grant[6] or ''
if asking ~= ARGV[6] then return { 'unknown' } end
local foreign = not epoch or grant[5] ~= epoch
local over = now >= (tonumber(grant[4] or '') or 0)
local orphan = asking ~= '' and session_over(KEYS[8], epoch)
if because == 'holder' then
  if ARGV[3] ~= holder then return { 'not.holder' } end
elseif because == 'revoked' then
  if ARGV[3] == '' then return { 'unknown' } end
elseif because ~= 'time' and because ~= 'void' and because ~= 'session' and because ~= 'lockdown' then
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
elseif because == 'session' then
  if not orphan then return { 'not.due' } end
elseif orphan then
  return { 'not.active' }
end

redis.call('HSET', KEYS[5], 'state', 'ended', 'endedAt', ended_at, 'endedBecause', because, 'endedBy', ARGV[3], 'endedByName', ARGV[4])
redis.call('ZREM', KEYS[6], id)
redis.call('ZREM', KEYS[7], id)
append_event(ARGV[8], ARGV[9], '')
announce(ARGV[10])
return { 'ended', unpack(redis.call('HGETALL', KEYS[5])) }
