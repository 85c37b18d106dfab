-- Notes what is heard of a console page whose look is recorded. Not an audit event: the recording tells of it.
-- KEYS[5] hash of a session's pages on one console: `<mode>|<state>|<ms of the last beat>|<document>` by page id; 'ever' once there was one
-- ARGV[3] page  ARGV[4] start, beat, exchanges, end or silent  ARGV[5] document  ARGV[6] ms that the hash is kept
-- ARGV[7] ms without a beat that count as silent  ARGV[8] mode of a new page: dom or exchanges  ARGV[9] how many pages are kept
-- Outcomes: 'started' | 'resumed' | 'beat' | 'switched' | 'ended' | 'silent' | 'unknown' | 'taken': another document has this id
local page, what, doc = ARGV[3], ARGV[4], ARGV[5]
local stored = redis.call('HGET', KEYS[5], page)
local mode, state, beat, owner
if stored then mode, state, beat, owner = string.match(stored, '^(%a+)|(%a+)|(%d+)|(.*)$') end

local function put(newMode, newState, at)
  redis.call('HSET', KEYS[5], page, newMode .. '|' .. newState .. '|' .. integer(at) .. '|' .. doc)
  redis.call('PEXPIRE', KEYS[5], ARGV[6])
end

-- Room for a new one: what is over goes first, then what was heard of longest ago.
local function prune()
  local all = redis.call('HGETALL', KEYS[5])
  local pages = {}
  for at = 1, #all, 2 do
    if all[at] ~= 'ever' then
      local _, old, heard = string.match(all[at + 1], '^(%a+)|(%a+)|(%d+)|')
      pages[#pages + 1] = { all[at], old == 'live' and 1 or 0, tonumber(heard) or 0 }
    end
  end
  table.sort(pages, function(a, b)
    if a[2] ~= b[2] then return a[2] < b[2] end
    return a[3] < b[3]
  end)
  for at = 1, #pages - tonumber(ARGV[9]) + 1 do redis.call('HDEL', KEYS[5], pages[at][1]) end
end

if what == 'start' then
  if stored and owner ~= doc then return { 'taken' } end
  if not stored then
    prune()
    if ARGV[8] == 'dom' then redis.call('HSET', KEYS[5], 'ever', '1') end
    put(ARGV[8], 'live', now)
    return { 'started' }
  end
  put(mode, 'live', now)
  return { state == 'live' and 'beat' or 'resumed' }
end
if not stored or owner ~= doc then return { 'unknown' } end
if what == 'silent' then
  if mode ~= 'dom' or state ~= 'live' or now - tonumber(beat) <= tonumber(ARGV[7]) then return { 'beat' } end
  put(mode, 'silent', tonumber(beat))
  return { 'silent' }
end
-- A beat that comes after the end was on its way before it: only a start begins anew.
if state == 'ended' then return { 'ended' } end
if what == 'end' then
  put(mode, 'ended', now)
  return { 'ended' }
end
if what == 'exchanges' then
  put('exchanges', 'live', now)
  return { mode == 'exchanges' and 'beat' or 'switched' }
end
put(mode, 'live', now)
return { state == 'silent' and 'resumed' or 'beat' }
