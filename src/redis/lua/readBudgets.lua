-- with: budgets
-- How much of some budgets is used, and whether an act would fit. Takes nothing; what is too old is dropped on the way.
-- KEYS[5...] five a budget  ARGV[3] how many budgets, then eleven each, see shared/budgets.lua; then the devices
-- Outcomes: 'read' then, for each: <devices used> <ms of the oldest that counts, or ''> 'fits' | 'spent'
--           <ms when it fits, '' for now or never>
local answer = { 'read' }
for _, rule in ipairs(read_rules(5, 3)) do
  local w = rule.hits
  drop_old(w, rule.window)
  local used, fresh, oldest = used_of(w), fresh_of(rule, w), nil
  for _, set in ipairs({ w.hits, w.many }) do
    local first = tonumber(redis.call('ZRANGE', set, 0, 0, 'WITHSCORES')[2] or '')
    if first and (not oldest or first < oldest) then oldest = first end
  end
  local fits = fresh == 0 or used + fresh <= rule.limit
  answer[#answer + 1] = integer(used)
  answer[#answer + 1] = oldest and integer(oldest) or ''
  answer[#answer + 1] = fits and 'fits' or 'spent'
  answer[#answer + 1] = fits and '' or frees_at(rule)
end
return answer
