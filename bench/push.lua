-- Sends signed pushes from a file, each once: a line holds the signature, a blank, and the body.
-- wrk … -s push.lua URL -- FILE FIRST RATE
-- Begins with line FIRST. RATE is in pushes a second over all connections; 0 is as fast as answers come.
-- Prints one JSON object: how many were answered, how many of them not with success, and how long answers took.

local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds; long nanoseconds; } timespec; int clock_gettime(int clock, timespec *now);")
local instant = ffi.new("timespec")

local function milliseconds()
  ffi.C.clock_gettime(1, instant) -- CLOCK_MONOTONIC
  return tonumber(instant.seconds) * 1e3 + tonumber(instant.nanoseconds) / 1e6
end

function init(args)
  local first, line_number = tonumber(args[2]), 0
  pushes, sent, rate, slot = {}, 0, tonumber(args[3]), 0
  for line in io.lines(args[1]) do
    line_number = line_number + 1
    if line_number > first then
      local signature, body = line:match("^(%S+) (.+)$")
      local headers = {["Content-Type"] = "application/json", ["X-Ninjavan-Hmac-Sha256"] = signature}
      pushes[#pushes + 1] = wrk.format("POST", nil, headers, body)
    end
  end
end

function delay()
  if rate == 0 then
    return 0
  end
  local now = milliseconds()
  slot = math.max(slot + 1e3 / rate, now - 100) -- what fell behind by up to a tenth of a second is caught up
  return math.max(slot - now, 0)
end

function request()
  sent = sent + 1
  if sent >= #pushes then
    wrk.thread:stop() -- a push is never sent twice
  end
  return pushes[math.min(sent, #pushes)]
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format(
    '{"answered": %d, "refused": %d, "failed": %d, "seconds": %.3f, "p50_ms": %.1f, "p99_ms": %.1f, "max_ms": %.1f}\n',
    summary.requests, errors.status, failed, summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3))
end
