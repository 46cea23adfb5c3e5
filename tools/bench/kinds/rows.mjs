/** The rows of the benchmark of kinds: what is done how often, its limits in C, and its goals. */

const both = (goals) => ({ napi: goals, ffi: goals })
const addition = { limits: ['each', 'last'], goals: both({ each: 0.9, last: 0.9 }) }
/** `slow` is the part of the steps that peers do, which wait for each. */
const deletion = { limits: ['group', 'asked'], goals: both({}), times: { peer: 'ip', factor: 20 }, slow: 0.1 }

/** Before Linux 6.2 the kernel sends back no link that it made: who wants to tell what was made must ask, C too. */
export const isSilent = (release) => {
  const [major, minor] = release.split('.').map(Number)
  return major < 6 || (major === 6 && minor < 2)
}

/** `needs` are kinds of link that the kernel must have. */
export const rows = [
  { name: 'vlan-add', title: 'VLANs of one link created', count: 1000, needs: ['vlan'], ...addition },
  { name: 'vlan-delete', title: 'VLANs of one link deleted in bulk', count: 1000, needs: ['vlan'], ...deletion },
  { name: 'dummy-add', title: 'dummies created', count: 1000, needs: ['dummy'], ...addition },
  { name: 'dummy-delete', title: 'dummies deleted in bulk', count: 1000, needs: ['dummy'], ...deletion },
  {
    name: 'bridge-add',
    title: 'links created: bridges, each with 32 veths as ports',
    count: 3300,
    needs: ['bridge'],
    inputs: ['octets', 'text'],
    ...addition,
  },
  {
    name: 'bridge-delete',
    title: 'links deleted in bulk: bridges, each with 32 veths as ports',
    count: 3300,
    needs: ['bridge'],
    ...deletion,
  },
  {
    name: 'kind-dump',
    title: 'links of all kinds dumped and decoded',
    count: 1000,
    needs: [],
    limits: ['walk'],
    goals: both({ walk: 0.6 }),
  },
]
