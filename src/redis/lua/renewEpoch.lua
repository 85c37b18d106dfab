-- Sets the epoch when there is none (a new or an emptied Redis), or when the caller saw the revision run backwards (a
-- rolled-back Redis) and names the epoch it saw. Everything made under another epoch is void from now on.
-- ARGV[1] must be ''  ARGV[3] the epoch to replace ('' for none)  ARGV[4] the new epoch  ARGV[5] least revision from now on
-- ARGV[6] event  ARGV[7] its SHA-256
-- Outcomes: 'renewed' <epoch> | 'kept' <epoch>: somebody else was faster
local stored = redis.call('GET', KEYS[1]) or ''
if stored ~= ARGV[3] then return { 'kept', stored } end
redis.call('SET', KEYS[1], ARGV[4])
local revision = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[5]))
redis.call('SET', KEYS[2], integer(revision))
append_event(ARGV[6], ARGV[7], '')
announce('{"kind":"epoch"}')
return { 'renewed', ARGV[4] }
