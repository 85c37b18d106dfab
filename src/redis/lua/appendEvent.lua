-- Appends one audit event that changes nothing else.
-- ARGV[3] event (canonical JSON)  ARGV[4] its SHA-256, hex
-- Outcomes: 'appended' <seq> <ms>
return { 'appended', append_event(ARGV[3], ARGV[4], ''), integer(now) }
