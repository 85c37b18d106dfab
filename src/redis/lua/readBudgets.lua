-- with: budgets
-- How much of some budgets is used. Changes nothing.
-- KEYS[5...] three a budget: hits, many, open  ARGV[3...] the window of each, ms
-- Outcomes: 'read' then, for each: <devices used> <ms of the oldest that counts, or ''>
local answer = { 'read' }
for i = 3, #ARGV do
  local k = 5 + (i - 3) * 3
  local after = '(' .. integer(now - tonumber(ARGV[i]))
  local used = redis.call('ZCOUNT', KEYS[k], after, '+inf')
  local oldest
  for set = k, k + 1 do
    local first = redis.call('ZRANGE', KEYS[set], after, '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')[2]
    if first and (not oldest or tonumber(first) < oldest) then oldest = tonumber(first) end
  end
  if redis.call('ZCARD', KEYS[k + 1]) > 0 then
    used = used + (tonumber(redis.call('HGET', KEYS[k + 2], 'sum') or '') or 0)
    for _, member in ipairs(redis.call('ZRANGE', KEYS[k + 1], '-inf', string.sub(after, 2), 'BYSCORE')) do used = used - weight_of(member) end
  end
  answer[#answer + 1] = integer(used)
  answer[#answer + 1] = oldest and integer(oldest) or ''
end
return answer
