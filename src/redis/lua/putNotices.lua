-- Moves the place in the journal that notices were made up to, and puts what came of it into boxes, one box a place of a channel:
-- together or not at all, so that no event is told twice or never. A box that is full only counts.
-- KEYS[5] place in the journal
-- ARGV[3] the place that the caller read from ('' for none yet)  ARGV[4] the place it read up to
-- ARGV[5] what a box's keys begin with  ARGV[6] what a channel's list of boxes begins with  ARGV[7] what a seen mark begins with
-- ARGV[8] items that a box holds
-- then nine for each item: channel, box, item (JSON), ms to gather, ms of patience after the last message,
-- mark of this event at this place, mark of the same again ('' for none), what it is about, ms that the marks last
-- Outcomes: 'put' <how many> | 'moved' <place>: somebody else was faster
local at = redis.call('GET', KEYS[5]) or ''
if at ~= ARGV[3] then return { 'moved', at } end
redis.call('SET', KEYS[5], ARGV[4])
local put = 0
for i = 9, #ARGV, 9 do
  local channel, box, item = ARGV[i], ARGV[i + 1], ARGV[i + 2]
  local fresh = redis.call('SET', ARGV[7] .. ARGV[i + 5], '1', 'NX', 'PX', ARGV[i + 8])
  if fresh then
    put = put + 1
    if ARGV[i + 6] ~= '' then redis.call('SET', ARGV[7] .. ARGV[i + 6], ARGV[i + 7], 'PX', ARGV[i + 8]) end
    local key = ARGV[5] .. box
    if redis.call('LLEN', key) < tonumber(ARGV[8]) then redis.call('RPUSH', key, item)
    else redis.call('INCR', key .. ':more') end
    local due = now + tonumber(ARGV[i + 3])
    local last = redis.call('GET', key .. ':sent')
    if last then due = math.max(due, tonumber(last) + tonumber(ARGV[i + 4])) end
    redis.call('ZADD', ARGV[6] .. channel, 'LT', integer(due), box)
  end
end
return { 'put', integer(put) }
