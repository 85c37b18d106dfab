-- Moves the place in the journal that one destination has got everything up to. Only who has the turn, and only from the place
-- that it read from: a sender that was held up changes nothing any more. What was left out is told in the same step.
-- KEYS[5] turn  KEYS[6] place (hash)
-- ARGV[3] who  ARGV[4] the place that the caller read from ('' for none yet)  ARGV[5] the new place
-- ARGV[6] how many were sent  ARGV[7] how many were left out  ARGV[8] event that tells of those ('' for none)  ARGV[9] its SHA-256
-- Outcomes: 'moved' | 'other'
if ARGV[3] == '' or redis.call('GET', KEYS[5]) ~= ARGV[3] then return { 'other' } end
if (redis.call('HGET', KEYS[6], 'seq') or '') ~= ARGV[4] then return { 'other' } end
redis.call('HSET', KEYS[6], 'seq', ARGV[5])
if ARGV[6] ~= '0' then
  redis.call('HINCRBY', KEYS[6], 'sent', ARGV[6])
  redis.call('HSET', KEYS[6], 'sentAt', integer(now), 'error', '')
end
if ARGV[7] ~= '0' then redis.call('HINCRBY', KEYS[6], 'skipped', ARGV[7]) end
if ARGV[8] ~= '' then append_event(ARGV[8], ARGV[9], '') end
return { 'moved' }
