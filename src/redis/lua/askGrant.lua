-- with: grants
-- Writes a request for access. It waits for other people's answers; where its rule approves by itself (decided by the caller
-- from the person's groups) it is active at once, and marked.
-- KEYS[5] grant  KEYS[6] the holder's grants  KEYS[7] open grants  KEYS[8] all grants  KEYS[9] the holder's unanswered asks
-- KEYS[10] the asking session  KEYS[11] calls for an answer  KEYS[12] the holder's active grants
-- ARGV[3] grant id  ARGV[4] ms to wait for an answer  ARGV[5] most unanswered asks a person may have
-- ARGV[6] ms until approvers are reminded, '' for never  ARGV[7] ms until it escalates, '' for never
-- ARGV[8] ms that an approved grant waits for its first use  ARGV[9] event  ARGV[10] its SHA-256
-- ARGV[11] grant.approved event of an automatic approval, else ''  ARGV[12] its SHA-256  ARGV[13] announcement
-- ARGV[14] most asks of a person within a day, answered or not  ARGV[15...] field, value, ... of the grant's terms
-- Outcomes: 'asked' <the grant: field, value, ...> | 'exists' | 'too.many' | 'too.often' <ms until it fits> | 'session.revoked'
local MOST_ACTIVE = 100
local DAY = 24 * 3600000
local epoch = redis.call('GET', KEYS[1])
if ARGV[1] == '' or not epoch then return { 'session.revoked' } end
if session_over(KEYS[10], epoch) then return { 'session.revoked' } end
if redis.call('EXISTS', KEYS[5]) == 1 then return { 'exists' } end
if redis.call('ZCOUNT', KEYS[9], '(' .. integer(now), '+inf') >= tonumber(ARGV[5]) then return { 'too.many' } end
-- Asked and taken back again and again: each one is kept for the review, so they are counted whatever became of them.
local last = redis.call('ZREVRANGE', KEYS[6], tonumber(ARGV[14]) - 1, tonumber(ARGV[14]) - 1, 'WITHSCORES')[2]
if last and now < tonumber(last) + DAY then return { 'too.often', integer(tonumber(last) + DAY - now) } end
local id, automatic = ARGV[3], ARGV[11] ~= ''
-- Where nobody is asked nobody notices either, and a console's own scripts may ask: what one person has at a time is bounded.
if automatic and redis.call('ZCOUNT', KEYS[12], '(' .. integer(now), '+inf') >= MOST_ACTIVE then return { 'too.many' } end

local answer_until = integer(now + tonumber(ARGV[4]))
redis.call('HSET', KEYS[5], unpack(ARGV, 15))
redis.call('HSET', KEYS[5], 'id', id, 'state', 'asked', 'askedAt', integer(now), 'answerUntil', answer_until, 'epoch', epoch,
  'automatic', automatic and '1' or '0')
redis.call('ZADD', KEYS[6], integer(now), id)
redis.call('ZADD', KEYS[8], integer(now), id)
append_event(ARGV[9], ARGV[10], '{"answerUntil":' .. answer_until .. '}')
if automatic then
  local grant = redis.call('HMGET', KEYS[5], 'askedMinutes', 'askedUses', 'clock', 'startAt')
  local fact = activate_grant(KEYS[5], id, KEYS[7], KEYS[12], grant[1], grant[2], grant[3], grant[4], ARGV[8])
  append_event(ARGV[11], ARGV[12], fact)
else
  redis.call('ZADD', KEYS[7], answer_until, id)
  redis.call('ZREMRANGEBYSCORE', KEYS[9], '-inf', integer(now))
  redis.call('ZADD', KEYS[9], answer_until, id)
  local next_call
  for at = 6, 7 do
    if ARGV[at] ~= '' then
      local moment = now + tonumber(ARGV[at])
      redis.call('HSET', KEYS[5], at == 6 and 'remindAt' or 'escalateAt', integer(moment))
      next_call = math.min(next_call or moment, moment)
    end
  end
  if next_call then redis.call('ZADD', KEYS[11], integer(next_call), id) end
end
announce(ARGV[13])
return { 'asked', unpack(redis.call('HGETALL', KEYS[5])) }
