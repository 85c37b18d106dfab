-- A session's fresh step-up: notes the verified assertion at its passkey (as usePasskey does) and the moment at the session.
-- KEYS[5] passkey  KEYS[6] session
-- ARGV[3] owner  ARGV[4] counter  ARGV[5] '1' backed up, '0' not  ARGV[6] event  ARGV[7] its SHA-256  ARGV[8] message
-- Outcomes: 'stepped' <ms> | 'unknown' | 'counter' | 'gone': the session is over
local session = redis.call('HMGET', KEYS[6], 'epoch', 'absoluteUntil')
if session[1] ~= ARGV[1] or now >= tonumber(session[2]) then return { 'gone' } end
local passkey = redis.call('HMGET', KEYS[5], 'owner', 'counter')
if passkey[1] ~= ARGV[3] then return { 'unknown' } end
local stored, counter = tonumber(passkey[2]), tonumber(ARGV[4])
if (stored > 0 or counter > 0) and counter <= stored then return { 'counter' } end
redis.call('HSET', KEYS[5], 'counter', integer(counter), 'lastUsedAt', integer(now), 'backedUp', ARGV[5])
redis.call('HSET', KEYS[6], 'steppedUpAt', integer(now))
append_event(ARGV[6], ARGV[7], '')
announce(ARGV[8])
return { 'stepped', integer(now) }
