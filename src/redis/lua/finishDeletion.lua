-- Tells what became of a deletion that was begun. Only once: of two that finish the same, the second finds nothing.
-- KEYS[5] deletions that were begun
-- ARGV[3] session  ARGV[4] the deletion, JSON, as it was begun  ARGV[5] event  ARGV[6] its SHA-256
-- Outcomes: 'finished' | 'unknown'
if redis.call('HGET', KEYS[5], ARGV[3]) ~= ARGV[4] then return { 'unknown' } end
append_event(ARGV[5], ARGV[6], '')
redis.call('HDEL', KEYS[5], ARGV[3])
return { 'finished' }
