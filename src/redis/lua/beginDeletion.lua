-- Tells of a deletion of recordings before it happens, and keeps it as begun until it is finished.
-- KEYS[5] deletions that were begun  KEYS[6] the legal holds' mark
-- ARGV[3] session  ARGV[4] the mark that the caller saw  ARGV[5] the deletion, JSON  ARGV[6] event  ARGV[7] its SHA-256
-- Outcomes: 'begun' | 'pending' | 'held'
if redis.call('HEXISTS', KEYS[5], ARGV[3]) == 1 then return { 'pending' } end
if (redis.call('GET', KEYS[6]) or '0') ~= ARGV[4] then return { 'held' } end
append_event(ARGV[6], ARGV[7], '')
redis.call('HSET', KEYS[5], ARGV[3], ARGV[5])
return { 'begun' }
