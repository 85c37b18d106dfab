-- with: budgets
-- Stage 80. Writes what became of an act, once. Gives the grant's use back only when nothing was sent upstream, and only
-- while the grant could still be used; a grant that this very use had ended is active again. Gives devices back to the
-- budgets when nothing was sent or the console refused.
-- KEYS[5] act  KEYS[6] grant  KEYS[7] open grants  KEYS[8] the holder's active grants  KEYS[9] what it reserved
-- ARGV[3] grant id, '' for none  ARGV[4] the holder that KEYS[8] is of  ARGV[5] 'unsent' | 'sent'
-- ARGV[6] event  ARGV[7] its SHA-256  ARGV[8] announcement  ARGV[9] 'back' | 'kept': the budgets  ARGV[10] exchange
-- Outcomes: 'settled' <seq> | 'refunded' <seq> <uses left> | 'repeated'
local epoch = redis.call('GET', KEYS[1])
local act = redis.call('HMGET', KEYS[5], 'settled', 'grant', 'epoch')
if act[1] then return { 'repeated' } end
local left
local freed = 0
-- An act that nobody committed (or whose mark is too old) has nothing to give back; what became of it is still written.
if act[3] then
  redis.call('HSET', KEYS[5], 'settled', integer(now))
  local reserved = redis.call('GET', KEYS[9])
  if reserved then
    redis.call('DEL', KEYS[9])
    local back = ARGV[9] == 'back' and act[3] == epoch
    for _, kept in ipairs(cjson.decode(reserved)) do freed = math.max(freed, settle_reserved(kept, ARGV[10], back)) end
  end
  if ARGV[5] == 'unsent' and ARGV[3] ~= '' and act[2] == ARGV[3] and act[3] == epoch then
    local grant = redis.call('HMGET', KEYS[6], 'state', 'endedBecause', 'activeUntil', 'usesLeft', 'uses', 'epoch', 'holder', 'clock')
    local alive = grant[1] == 'active' or (grant[1] == 'ended' and grant[2] == 'uses')
    local until_ms, uses_left, uses = tonumber(grant[3] or ''), tonumber(grant[4] or ''), tonumber(grant[5] or '')
    if alive and grant[6] == epoch and grant[7] == ARGV[4] and until_ms and now < until_ms and uses_left and uses and uses_left < uses then
      left = integer(uses_left + 1)
      redis.call('HSET', KEYS[6], 'usesLeft', left)
      -- Never used after all. A clock that started with the use goes on: stopping it would stretch the access.
      if uses_left + 1 == uses and grant[8] ~= 'first.use' then redis.call('HDEL', KEYS[6], 'firstUsedAt', 'lastUsedAt') end
      if grant[1] == 'ended' then
        redis.call('HSET', KEYS[6], 'state', 'active')
        redis.call('HDEL', KEYS[6], 'endedAt', 'endedBecause', 'endedBy', 'endedByName')
        redis.call('ZADD', KEYS[7], grant[3], ARGV[3])
        redis.call('ZADD', KEYS[8], grant[3], ARGV[3])
      end
    end
  end
end
local devices = freed > 0 and '"devicesFreed":' .. integer(freed) or ''
if not left then
  return { 'settled', append_event(ARGV[6], ARGV[7], freed > 0 and '{' .. devices .. '}' or '') }
end
local seq = append_event(ARGV[6], ARGV[7], '{' .. (freed > 0 and devices .. ',' or '') .. '"refunded":true,"usesLeft":' .. left .. '}')
announce(ARGV[8])
return { 'refunded', seq, left }
