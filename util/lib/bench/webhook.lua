-- Copyright (C) ngx_civic_module contributors
--
-- Citizens for wrk: every request is a signed webhook with a message id of
-- its own, from one of many people who write "hello" again and again.  It
-- counts what was acknowledged; anything but 200 is not.

local ffi = require "ffi"

ffi.cdef [[
    const void *EVP_sha256(void);
    unsigned char *HMAC(const void *md, const void *key, int key_len,
                        const unsigned char *d, size_t n, unsigned char *out,
                        unsigned int *len);
]]

local crypto = ffi.load("crypto.so.3")
local secret = os.getenv("CIVIC_APP_SECRET")
local number = os.getenv("CIVIC_PHONE_NUMBER_ID")
local people = tonumber(os.getenv("CIVIC_PEOPLE"))
local round  = os.getenv("CIVIC_ROUND")

local body = '{"object":"whatsapp_business_account","entry":[{"id":'
    .. '"100000000000001","changes":[{"field":"messages","value":{'
    .. '"messaging_product":"whatsapp","metadata":{"display_phone_number":'
    .. '"910000000001","phone_number_id":"%s"},"contacts":[{"profile":'
    .. '{"name":"Ramesh"},"wa_id":"91%010d","user_id":"IN.%d"}],"messages":'
    .. '[{"from":"91%010d","from_user_id":"IN.%d","id":"wamid.%s.%d.%d",'
    .. '"timestamp":"' .. os.time() .. '","type":"text","text":{"body":"hello"}}]}}]}]}'

local out = ffi.new("unsigned char[32]")
local hex = {}

for i = 0, 255 do
    hex[i] = string.format("%02x", i)
end

local function sign(text)
    crypto.HMAC(crypto.EVP_sha256(), secret, #secret, text, #text, out, nil)

    local parts = {}

    for i = 0, 31 do
        parts[i + 1] = hex[out[i]]
    end

    return "sha256=" .. table.concat(parts)
end


local threads = 0

function setup(thread)
    thread:set("id", threads)
    threads = threads + 1
end


local n = 0

function request()
    n = n + 1

    local who = (n * 2 + id) % people
    local text = string.format(body, number, who, who, who, who, round, id, n)

    return wrk.format("POST", nil, {
        ["Content-Type"] = "application/json",
        ["X-Hub-Signature-256"] = sign(text)
    }, text)
end


function done(summary, latency)
    local bad = summary.errors.connect + summary.errors.read
                + summary.errors.write + summary.errors.timeout

    io.write(string.format("civic %.1f %d %d %.0f %.0f %d\n",
        (summary.requests - summary.errors.status) / summary.duration * 1e6,
        summary.errors.status, bad, latency:percentile(50),
        latency:percentile(99), summary.requests - summary.errors.status))
end
