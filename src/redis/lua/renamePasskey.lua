-- Gives a passkey another name.
-- KEYS[5] passkey  ARGV[3] its owner  ARGV[4] name  ARGV[5] event  ARGV[6] its SHA-256  ARGV[7] message
-- Outcomes: 'renamed' | 'unknown': no such passkey of this person
if redis.call('HGET', KEYS[5], 'owner') ~= ARGV[3] then return { 'unknown' } end
redis.call('HSET', KEYS[5], 'name', ARGV[4])
append_event(ARGV[5], ARGV[6], '')
announce(ARGV[7])
return { 'renamed' }
