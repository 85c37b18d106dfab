-- Forgets journal entries that are sealed: never one that no checkpoint covers, never the last one.
-- KEYS[5] lease  KEYS[6] ledger head (hash: size, seq, note)
-- ARGV[3] this run  ARGV[4] the last entry to forget
-- Outcomes: 'trimmed' <how many> | 'follows' | 'unsealed'
if ARGV[3] == '' or redis.call('GET', KEYS[5]) ~= ARGV[3] then return { 'follows' } end
if tonumber(ARGV[4]) >= tonumber(redis.call('HGET', KEYS[6], 'seq') or '0') then return { 'unsealed' } end
return { 'trimmed', integer(redis.call('XTRIM', KEYS[3], 'MINID', integer(tonumber(ARGV[4]) + 1) .. '-0')) }
