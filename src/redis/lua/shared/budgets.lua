-- Budgets: how many distinct devices were hit within a sliding window, per rule and admin (or console).
-- Guarantee: the work of an act is bounded by its own devices and the rule's limit, never by history or fleet: what is older
-- than the window is dropped from the old end, and more than the limit never gets in.
--
-- A window is made of
--   hits   sorted set: device -> its last hit, ms. One device costs once, however often it is hit.
--   many   sorted set: '<number>:<exchange>' -> ms. Devices without ids (a group, all of them), as a number. Each act has a
--          member of its own: who is in a group can change between two acts, so the same group twice costs twice.
--   open   hash: the sum over `many` in the field `sum`; and per device the hits that are not settled yet, so that giving back
--          is exact: '<ms of the last settled hit, or 0>;<ms>@<exchange>;...'
-- `tried` is a second window of the same form (its sum is `tried`, nothing in it is ever given back): what was tried, also in
-- vain. It trips the breaker.

local CHUNK = 1000
local MOST_OPEN = 16

-- KEYS[key_at...] five a rule: hits, many, open, tried, tried many
-- ARGV[arg_at] how many rules, then eleven a rule: id, devices allowed, window in ms, number that freezes ('' for never),
-- freeze id, freeze (JSON without `since` and `epoch`), its freeze.set event, SHA-256 of it, where its devices begin in ARGV,
-- how many they are, devices without ids
local function read_rules(key_at, arg_at)
  local rules = {}
  for i = 1, tonumber(ARGV[arg_at]) do
    local k, a = key_at + (i - 1) * 5, arg_at + 1 + (i - 1) * 11
    rules[i] = {
      hits = { hits = KEYS[k], many = KEYS[k + 1], open = KEYS[k + 2], sum = 'sum' },
      tries = { hits = KEYS[k + 3], many = KEYS[k + 4], open = KEYS[k + 2], sum = 'tried' },
      id = ARGV[a], limit = tonumber(ARGV[a + 1]), window = tonumber(ARGV[a + 2]), freeze_at = tonumber(ARGV[a + 3]),
      freeze_id = ARGV[a + 4], freeze = ARGV[a + 5], event = ARGV[a + 6], digest = ARGV[a + 7],
      from = tonumber(ARGV[a + 8]), count = tonumber(ARGV[a + 9]), extra = tonumber(ARGV[a + 10]),
    }
  end
  return rules
end

-- Calls visit(devices) for the rule's devices, at most CHUNK at a time: unpack has a limit.
local function each_chunk(rule, visit)
  local last = rule.from + rule.count - 1
  for at = rule.from, last, CHUNK do visit({ unpack(ARGV, at, math.min(at + CHUNK - 1, last)) }) end
end

local function weight_of(member) return tonumber(string.match(member, '^(%d+):')) end

local function drop_old(w, window)
  local cutoff = integer(now - window)
  local old = redis.call('ZRANGE', w.hits, '-inf', cutoff, 'BYSCORE', 'LIMIT', 0, CHUNK)
  if #old > 0 then
    -- what was never settled (a gateway that died) goes with its device
    if w.sum == 'sum' then redis.call('HDEL', w.open, unpack(old)) end
    redis.call('ZREMRANGEBYSCORE', w.hits, '-inf', cutoff)
  end
  local gone = redis.call('ZRANGE', w.many, '-inf', cutoff, 'BYSCORE')
  if #gone > 0 then
    local sum = 0
    for _, member in ipairs(gone) do sum = sum + weight_of(member) end
    redis.call('ZREMRANGEBYSCORE', w.many, '-inf', cutoff)
    redis.call('HINCRBY', w.open, w.sum, integer(-sum))
  end
end

-- After drop_old. The sum is believed only while there is something it sums up.
local function used_of(w)
  local used = redis.call('ZCARD', w.hits)
  if redis.call('ZCARD', w.many) > 0 then used = used + (tonumber(redis.call('HGET', w.open, w.sum) or '') or 0) end
  return used
end

-- How many of the act's devices are not counted yet, with those that have no id.
local function fresh_of(rule, w)
  local fresh = rule.extra
  each_chunk(rule, function(devices)
    for _, at in ipairs(redis.call('ZMSCORE', w.hits, unpack(devices))) do
      if not at then fresh = fresh + 1 end
    end
  end)
  return fresh
end

local function add_many(w, rule, exchange)
  if rule.extra < 1 then return end
  local first = redis.call('ZCARD', w.many) == 0
  redis.call('ZADD', w.many, integer(now), integer(rule.extra) .. ':' .. exchange)
  if first then redis.call('HSET', w.open, w.sum, integer(rule.extra))
  else redis.call('HINCRBY', w.open, w.sum, integer(rule.extra)) end
end

-- The hash outlives the sets that its sums are of.
local function keep(w, window)
  redis.call('PEXPIRE', w.hits, integer(window))
  redis.call('PEXPIRE', w.many, integer(window))
  redis.call('PEXPIRE', w.open, integer(2 * window + 60000))
end

local function touch(rule, w)
  each_chunk(rule, function(devices)
    local scores = {}
    for _, device in ipairs(devices) do
      scores[#scores + 1] = integer(now)
      scores[#scores + 1] = device
    end
    redis.call('ZADD', w.hits, unpack(scores))
  end)
end

-- Notes what is tried, whatever becomes of it. When that reaches the number that freezes, the rule's acts are frozen on this
-- console in this very script. The breaker starts anew afterwards, or releasing it would trip it at once.
-- Answers the id of a rule that tripped, or nil.
local function note_tries(rules, exchange, freezes, announcement)
  local tripped
  for _, rule in ipairs(rules) do
    if rule.freeze_at and rule.count + rule.extra > 0 then
      local w = rule.tries
      drop_old(w, rule.window)
      if used_of(w) + fresh_of(rule, w) >= rule.freeze_at then
        tripped = rule.id
        redis.call('HSET', freezes, rule.freeze_id,
          string.sub(rule.freeze, 1, -2) .. ',"since":' .. integer(now) .. ',"epoch":"' .. (redis.call('GET', KEYS[1]) or '') .. '"}')
        redis.call('DEL', w.hits, w.many)
        append_event(rule.event, rule.digest, '')
      else
        touch(rule, w)
        add_many(w, rule, exchange)
        keep(w, rule.window)
      end
    end
  end
  if tripped then announce(announcement) end
  return tripped
end

-- When enough is free for this act, ms, if nothing more comes; '' when it never fits.
local function frees_at(rule)
  if rule.count + rule.extra > rule.limit then return '' end
  local w, own = rule.hits, {}
  each_chunk(rule, function(devices) for _, device in ipairs(devices) do own[device] = true end end)
  local fresh = fresh_of(rule, w)
  local must_go = used_of(w) + fresh - rule.limit
  -- The act's own devices that count already do not help by becoming free: they are hit again.
  local most = math.min(must_go + rule.count, 2 * CHUNK)
  local hits = redis.call('ZRANGE', w.hits, 0, most - 1, 'WITHSCORES')
  local many = redis.call('ZRANGE', w.many, 0, most - 1, 'WITHSCORES')
  local h, m = 1, 1
  while hits[h] or many[m] do
    local at
    if many[m] and (not hits[h] or tonumber(many[m + 1]) <= tonumber(hits[h + 1])) then
      at = tonumber(many[m + 1])
      must_go = must_go - weight_of(many[m])
      m = m + 2
    else
      at = tonumber(hits[h + 1])
      if not own[hits[h]] then must_go = must_go - 1 end
      h = h + 2
    end
    if must_go <= 0 then return integer(at + rule.window) end
  end
  -- Too many to walk through: by then all of it is free.
  return integer(now + rule.window)
end

-- The hits of a device that are not settled: the last settled one, and a list of { at, exchange }, oldest first.
local function read_open(text, score)
  local list = {}
  if not text then return tonumber(score or '0') or 0, list end
  local settled = tonumber(string.match(text, '^(%d+)')) or 0
  for at, exchange in string.gmatch(text, ';(%d+)@([^;]*)') do list[#list + 1] = { tonumber(at), exchange } end
  return settled, list
end

local function write_open(settled, list)
  local parts = { integer(settled) }
  for i, hit in ipairs(list) do parts[i + 1] = integer(hit[1]) .. '@' .. hit[2] end
  return table.concat(parts, ';')
end

-- Takes the act's devices out of what is left. Answers what settling must know to give them back.
local function reserve(rule, exchange)
  local w = rule.hits
  local devices_kept = {}
  each_chunk(rule, function(devices)
    local scores = redis.call('ZMSCORE', w.hits, unpack(devices))
    local open = redis.call('HMGET', w.open, unpack(devices))
    local fields = {}
    for i, device in ipairs(devices) do
      local settled, list = read_open(open[i], scores[i])
      list[#list + 1] = { now, exchange }
      -- Never a long list: the oldest count as settled, which only errs towards counting.
      while #list > MOST_OPEN do settled = math.max(settled, table.remove(list, 1)[1]) end
      fields[#fields + 1] = device
      fields[#fields + 1] = write_open(settled, list)
      devices_kept[#devices_kept + 1] = device
    end
    redis.call('HSET', w.open, unpack(fields))
  end)
  touch(rule, w)
  add_many(w, rule, exchange)
  keep(w, rule.window)
  return { hits = w.hits, many = w.many, open = w.open, window = integer(rule.window), extra = integer(rule.extra), devices = devices_kept }
end

-- Settles one reservation. `back`: it is given back, but a device that another act hit as well stays counted for that one.
-- Answers how many devices are free again.
local function settle_reserved(kept, exchange, back)
  local cutoff, freed = now - tonumber(kept.window), 0
  local count = #kept.devices
  for at = 1, count, CHUNK do
    local devices = { unpack(kept.devices, at, math.min(at + CHUNK - 1, count)) }
    local open = redis.call('HMGET', kept.open, unpack(devices))
    local changed, done, scores, free = {}, {}, {}, {}
    for i, device in ipairs(devices) do
      if open[i] then
        local settled, list = read_open(open[i])
        local mine
        for place, hit in ipairs(list) do if hit[2] == exchange then mine = place end end
        if mine then
          local hit = table.remove(list, mine)
          if not back then settled = math.max(settled, hit[1]) end
          local last = settled
          for _, other in ipairs(list) do last = math.max(last, other[1]) end
          if #list == 0 then done[#done + 1] = device
          else
            changed[#changed + 1] = device
            changed[#changed + 1] = write_open(settled, list)
          end
          if last <= cutoff then free[#free + 1] = device
          else
            scores[#scores + 1] = integer(last)
            scores[#scores + 1] = device
          end
        end
      end
    end
    if #changed > 0 then redis.call('HSET', kept.open, unpack(changed)) end
    if #done > 0 then redis.call('HDEL', kept.open, unpack(done)) end
    -- XX: what has left the window meanwhile does not come back
    if #scores > 0 then redis.call('ZADD', kept.hits, 'XX', unpack(scores)) end
    if #free > 0 then freed = freed + redis.call('ZREM', kept.hits, unpack(free)) end
  end
  local extra = tonumber(kept.extra)
  if back and extra > 0 and redis.call('ZREM', kept.many, kept.extra .. ':' .. exchange) == 1 then
    redis.call('HINCRBY', kept.open, 'sum', integer(-extra))
    freed = freed + extra
  end
  return freed
end
