-- Keeps something that may be taken once, for a while: a login under way, a hand-off code, a WebAuthn challenge.
-- The end is stored with it, so that it holds by Redis TIME whenever Redis gets round to dropping the key.
-- KEYS[5] where  ARGV[3] what (text)  ARGV[4] ms that it lives
-- Outcomes: 'put' <ms when it ends>
local ends = now + tonumber(ARGV[4])
redis.call('DEL', KEYS[5])
redis.call('HSET', KEYS[5], 'value', ARGV[3], 'ends', integer(ends), 'epoch', ARGV[1])
redis.call('PEXPIREAT', KEYS[5], integer(ends))
return { 'put', integer(ends) }
