/** The rows of the data-plane benchmark: what is done how often, on packets of what size, and the goals. */

const pace = { napi: 0.95, ffi: 0.85 }
const COUNT = 10_000

/** `mode` is that of stage.c; `size` octets a packet; `goals` the least ratio to C (for `ping` the greatest, p50 and p99). */
export const rows = [
  { name: 'read-64', title: 'packets of 64 octets read', mode: 'read', size: 64, count: COUNT, goals: pace },
  { name: 'read-1400', title: 'packets of 1,400 octets read', mode: 'read', size: 1400, count: COUNT, goals: pace },
  { name: 'write-64', title: 'packets of 64 octets written', mode: 'write', size: 64, count: COUNT, goals: pace },
  {
    name: 'write-1400',
    title: 'packets of 1,400 octets written',
    mode: 'write',
    size: 1400,
    count: COUNT,
    goals: pace,
  },
  { name: 'echo-64', title: 'packets of 64 octets echoed', mode: 'echo', size: 64, count: COUNT, goals: pace },
  { name: 'echo-1400', title: 'packets of 1,400 octets echoed', mode: 'echo', size: 1400, count: COUNT, goals: pace },
  {
    name: 'ping',
    title: 'round trips through a responder, back to back',
    mode: 'ping',
    size: 92,
    count: 1000,
    goals: { napi: [1.1, 1.3], ffi: [1.5] },
    contenders: ['napi', 'ffi', 'go', 'python'],
  },
  {
    name: 'heap',
    title: 'packets echoed: growth of the heap, and pauses',
    mode: 'only',
    size: 64,
    count: COUNT,
    rounds: 1500,
    goals: { napi: 1 << 20, ffi: 1 << 20 },
    contenders: ['napi', 'ffi'],
  },
]
