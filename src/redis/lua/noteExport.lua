-- Notes how sending to one destination goes: the last error, and whether it is too far behind, which is told once each way.
-- KEYS[5] turn  KEYS[6] place (hash)
-- ARGV[3] who  ARGV[4] why the last try failed ('' for nothing new)  ARGV[5] 'behind' | 'well' | '' (nothing new)
-- ARGV[6] event that tells of the change  ARGV[7] its SHA-256
-- Outcomes: 'noted' | 'told' | 'other'
if ARGV[3] == '' or redis.call('GET', KEYS[5]) ~= ARGV[3] then return { 'other' } end
if ARGV[4] ~= '' then redis.call('HSET', KEYS[6], 'error', ARGV[4], 'errorAt', integer(now)) end
if ARGV[5] == '' or (redis.call('HGET', KEYS[6], 'state') or 'well') == ARGV[5] then return { 'noted' } end
redis.call('HSET', KEYS[6], 'state', ARGV[5])
append_event(ARGV[6], ARGV[7], '')
return { 'told' }
