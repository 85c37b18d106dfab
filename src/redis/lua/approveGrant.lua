-- Makes an asked grant active from now on, by another person than its holder, on terms no wider than asked.
-- KEYS[5] grant  KEYS[6] open grants  KEYS[7] the holder's unanswered asks  KEYS[8] the holder's active grants
-- KEYS[9] the approver's session
-- ARGV[3] approver, principal id  ARGV[4] the approver's name  ARGV[5] the holder that KEYS[7] and KEYS[8] are of
-- ARGV[6] minutes  ARGV[7] uses  ARGV[8] event  ARGV[9] its SHA-256  ARGV[10] announcement
-- Outcomes: 'approved' <the grant> | 'unknown' | 'own' | 'lapsed' | 'not.asked' | 'wider' | 'session.revoked'
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
local grant = redis.call('HMGET', KEYS[5], 'id', 'holder', 'state', 'answerUntil', 'epoch', 'askedMinutes', 'askedUses')
local id, holder, state = grant[1], grant[2], grant[3]
if not id or not holder or holder ~= ARGV[5] then return { 'unknown' } end
if ARGV[3] == '' or ARGV[3] == holder then return { 'own' } end
if state == 'lapsed' then return { 'lapsed' } end
if state ~= 'asked' then return { 'not.asked' } end
if grant[5] ~= epoch or now >= tonumber(grant[4]) then return { 'lapsed' } end
local minutes, uses = tonumber(ARGV[6]), tonumber(ARGV[7])
if not minutes or minutes < 1 or minutes % 1 ~= 0 or minutes > tonumber(grant[6]) then return { 'wider' } end
if not uses or uses < 1 or uses % 1 ~= 0 or uses > tonumber(grant[7]) then return { 'wider' } end
local session = redis.call('HMGET', KEYS[9], 'epoch', 'absoluteUntil')
if session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0) then return { 'session.revoked' } end

local active_until = integer(now + minutes * 60000)
redis.call('HSET', KEYS[5], 'state', 'active', 'minutes', integer(minutes), 'uses', integer(uses), 'usesLeft', integer(uses),
  'decidedAt', integer(now), 'decidedBy', ARGV[3], 'decidedByName', ARGV[4], 'activeUntil', active_until)
redis.call('ZADD', KEYS[6], active_until, id)
redis.call('ZREM', KEYS[7], id)
redis.call('ZADD', KEYS[8], active_until, id)
append_event(ARGV[8], ARGV[9], '{"activeUntil":' .. active_until .. '}')
announce(ARGV[10])
return { 'approved', unpack(redis.call('HGETALL', KEYS[5])) }
