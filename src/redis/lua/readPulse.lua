-- The poll that makes revocation certain: what epoch and revision hold now, and what time it is. Writes nothing.
-- Outcomes: 'pulse' <epoch or ''> <revision> <ms>
return { 'pulse', redis.call('GET', KEYS[1]) or '', redis.call('GET', KEYS[2]) or '0', integer(now) }
