/** The rows of the control-plane benchmark: what is done how often, its limits in C, and its goals. */

/** Goals of batched additions, ratio to C: every message acknowledged, only the last of a batch acknowledged. */
const addition = { napi: { each: 0.95, last: 0.85 }, ffi: { each: 0.85, last: 0.75 } }
const same = (goals) => ({ napi: goals, ffi: goals })

/** `inputs` are the forms in which vnet is given addresses; `times` asks for a multiple of a peer's rate. */
export const rows = [
  { name: 'veth-add', title: 'veth pairs created', count: 1000, limits: ['each', 'last'], goals: addition },
  {
    name: 'veth-delete',
    title: 'veth pairs deleted in bulk',
    count: 1000,
    limits: ['group'],
    goals: same({}),
    times: { peer: 'ip', factor: 20 },
  },
  {
    name: 'veth-delete-one',
    title: 'veth pairs deleted one at a time',
    count: 60,
    limits: ['one'],
    goals: same({ one: 0.8 }),
  },
  {
    name: 'link-dump',
    title: 'links dumped and decoded',
    count: 2000,
    limits: ['walk'],
    goals: same({ walk: 0.8 }),
    times: { peer: 'vishvananda', factor: 2 },
  },
  {
    name: 'address-add',
    title: 'addresses added over 100 links',
    count: 10_000,
    limits: ['each', 'last'],
    goals: addition,
    inputs: ['octets', 'text'],
  },
  {
    name: 'route-add',
    title: 'routes added',
    count: 100_000,
    limits: ['each', 'last'],
    goals: addition,
    inputs: ['octets', 'text'],
  },
  {
    name: 'route-dump',
    title: 'routes dumped and decoded',
    count: 100_000,
    limits: ['walk'],
    goals: same({ walk: 0.5 }),
    times: { peer: 'vishvananda', factor: 5 },
  },
  {
    name: 'fdb-add',
    title: 'FDB entries added',
    count: 10_000,
    limits: ['each', 'last'],
    goals: addition,
    inputs: ['octets', 'text'],
  },
  {
    name: 'neighbour-add',
    title: 'neighbours added',
    count: 10_000,
    limits: ['each', 'last'],
    goals: addition,
    inputs: ['octets', 'text'],
  },
]

/** What the C program does, in words. */
export const limitTitles = {
  each: 'C, 128 messages a send, each acknowledged',
  last: 'C, 128 messages a send, the last acknowledged',
  told: 'C, the last acknowledged, and a list of what there is then',
  group: 'C, one deletion of a group',
  asked: 'C, a list of what there is, and one deletion of a group',
  one: 'C, one message at a time',
  walk: 'C, walking the octets',
}
