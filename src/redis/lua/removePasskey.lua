-- Takes a passkey away from its owner, when this session's step-up is fresh enough.
-- KEYS[5] passkey  KEYS[6] the person's passkeys  KEYS[7] session
-- ARGV[3] owner  ARGV[4] credential id  ARGV[5] ms that a step-up counts as fresh  ARGV[6] event  ARGV[7] its SHA-256
-- ARGV[8] message
-- Outcomes: 'removed' | 'unknown' | 'stepup' | 'gone': the session is over
local session = redis.call('HMGET', KEYS[7], 'epoch', 'steppedUpAt')
if session[1] ~= ARGV[1] then return { 'gone' } end
if redis.call('HGET', KEYS[5], 'owner') ~= ARGV[3] then return { 'unknown' } end
local stepped = tonumber(session[2] or '')
if not stepped or now - stepped > tonumber(ARGV[5]) then return { 'stepup' } end
redis.call('DEL', KEYS[5])
redis.call('SREM', KEYS[6], ARGV[4])
append_event(ARGV[6], ARGV[7], '')
announce(ARGV[8])
return { 'removed' }
