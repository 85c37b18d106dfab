-- with: budgets
-- Writes down an act that was refused, and notes the devices that it tried to hit: whoever tries again and again for more
-- than a budget allows trips the breaker, also when policy refuses before the commit.
-- KEYS[5] freezes  KEYS[6...] five a budget, see shared/budgets.lua
-- ARGV[3] event  ARGV[4] its SHA-256  ARGV[5] exchange  ARGV[6] announcement of a freeze
-- ARGV[7] how many budgets, then eleven each, see shared/budgets.lua; then the devices
-- Outcomes: 'appended' <seq> <rule that tripped, or ''>
local seq = append_event(ARGV[3], ARGV[4], '')
return { 'appended', seq, note_tries(read_rules(6, 7), ARGV[5], KEYS[5], ARGV[6]) or '' }
