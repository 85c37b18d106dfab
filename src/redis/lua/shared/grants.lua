-- What the scripts about grants have in common.

-- Whether the session behind `key` is over: gone, of another epoch, or past its last moment.
local function session_over(key, epoch)
  local session = redis.call('HMGET', key, 'epoch', 'absoluteUntil')
  return session[1] ~= epoch or now >= (tonumber(session[2] or '') or 0)
end

-- Makes the grant active from now on, or from its start. Its minutes run from then; with the clock `first.use` it waits for
-- that use first, `waits` ms at most. Answers the fact for the journal.
local function activate_grant(key, id, open, active_of, minutes, uses, clock, start_at, waits)
  local from = math.max(now, tonumber(start_at or '') or 0)
  local till = integer(from + (clock == 'first.use' and tonumber(waits) or tonumber(minutes) * 60000))
  redis.call('HSET', key, 'state', 'active', 'minutes', integer(tonumber(minutes)), 'uses', integer(tonumber(uses)),
    'usesLeft', integer(tonumber(uses)), 'decidedAt', integer(now), 'activeFrom', integer(from), 'activeUntil', till)
  redis.call('ZADD', open, till, id)
  redis.call('ZADD', active_of, till, id)
  return '{"activeFrom":' .. integer(from) .. ',"activeUntil":' .. till .. '}'
end
