/** Octets of the heap that a link of each kind takes in the mock, its ports and lower links counted as links, too. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const dist = (name) => new URL(`../../../packages/${name}/dist/index.js`, import.meta.url)

/** The most octets that a link may take. */
export const memoryGoal = 4096

const up = { up: true }
const far4 = (i) => `10.1.${i >> 8}.${i & 255}`
const far6 = (i) => `fd00::2:${i.toString(16)}`
const pair = (i, port, options) => ({
  kind: 'veth',
  name: `p${i}.${port}`,
  ...up,
  peer: { name: `q${i}.${port}`, ...up },
  ...options,
})

/** A link alone, up. */
const alone = (title, spec) => ({ title, each: 1, make: (i) => [{ ...up, name: `x${i}`, ...spec(i) }] })
const plain = (kind) => alone(kind, () => ({ kind }))
/** One of many on the same parent. */
const on = (kind, spec = () => ({})) => alone(`${kind}, all of one parent`, (i) => ({ kind, parent: 'g0', ...spec(i) }))
const over4 = (kind, options = () => ({})) =>
  alone(kind, (i) => ({ kind, [kind]: { local: '10.0.0.1', remote: far4(i), ...options(i) } }))
const over6 = (kind, options = () => ({})) =>
  alone(kind, (i) => ({ kind, [kind]: { local: 'fd00::1', remote: far6(i), ...options(i) } }))
/** A master and veths as its ports, whose other ends are up, too. */
const withPorts = (title, ports, spec, port) => ({
  title: `${title} with ${ports === 1 ? 'a port' : `${ports} ports`}`,
  each: 1 + 2 * ports,
  make: (i) => [
    { ...up, name: `x${i}`, ...spec(i) },
    ...Array.from({ length: ports }, (_, at) => pair(i, at, { master: `x${i}`, ...port?.(at) })),
  ],
})
/** Bonds and teams take ports that are down, and set them up. */
const opened = () => ({ up: false })
const session = (i) => ({ ikey: i % 1024, okey: i % 1024 })

/** What is measured: how many links one of it is, and what makes the one of a number. */
const sorts = [
  { title: 'dummy, down', each: 1, make: (i) => [{ kind: 'dummy', name: `x${i}` }] },
  ...['dummy', 'ifb', 'nlmon', 'bridge', 'bond', 'team', 'wireguard'].map(plain),
  alone('vrf', (i) => ({ kind: 'vrf', vrf: { table: 1000 + i } })),
  { title: 'veth', each: 2, make: (i) => [pair(i, 0)] },
  { title: 'netkit, both ends', each: 2, make: (i) => [{ kind: 'netkit', name: `x${i}`, ...up }] },
  ...['tun', 'tap'].map((kind) => ({
    title: kind,
    each: 1,
    tuntap: true,
    make: (i) => [{ kind, name: `x${i}`, ...up }],
  })),
  on('vlan', (i) => ({ vlan: { id: 1 + (i % 4094) } })),
  on('macvlan', () => ({ macvlan: { mode: 'bridge' } })),
  on('macvtap', () => ({ macvlan: { mode: 'bridge' } })),
  on('ipvlan'),
  on('ipvtap'),
  on('macsec', (i) => ({ macsec: { port: 1 + i } })),
  {
    title: 'hsr with 2 ports',
    each: 5,
    make: (i) => [
      pair(i, 0),
      pair(i, 1),
      { kind: 'hsr', name: `x${i}`, ...up, hsr: { slave1: `p${i}.0`, slave2: `p${i}.1` } },
    ],
  },
  alone('vxlan', (i) => ({ kind: 'vxlan', vxlan: { id: i, remote: far4(i), port: 4789 } })),
  alone('geneve', (i) => ({ kind: 'geneve', geneve: { id: i, remote: far4(i) } })),
  over4('gre'),
  over4('gretap'),
  over4('erspan', session),
  over4('sit'),
  over4('ipip'),
  over4('vti', session),
  over6('ip6gre'),
  over6('ip6gretap'),
  over6('ip6erspan', session),
  over6('ip6tnl'),
  over6('vti6', session),
  withPorts('bridge', 1, () => ({ kind: 'bridge' })),
  withPorts('bridge', 4, () => ({ kind: 'bridge' })),
  withPorts('bridge of VLANs, with STP and querier,', 2, () => ({
    kind: 'bridge',
    bridge: { stp: true, vlanFiltering: true, multicastQuerier: true },
  })),
  withPorts('bond', 2, () => ({ kind: 'bond', bond: { mode: 'active-backup', miimon: 100 } }), opened),
  withPorts('bond of LACP', 2, () => ({ kind: 'bond', bond: { mode: '802.3ad', miimon: 100 } }), opened),
  withPorts('team', 2, () => ({ kind: 'team' }), opened),
  withPorts('vrf', 2, (i) => ({ kind: 'vrf', vrf: { table: 1000 + i } })),
]

/** A mock whose time passes only when it is told to, with a link for others to stand on. */
async function open() {
  const { openHost } = await import(dist('core'))
  const { manualClock, mockDriver } = await import(dist('mock'))
  const clock = manualClock()
  const host = await openHost({ driver: mockDriver({ seed: 1, clock }) })
  await host.link.add(pair('g', 0, { name: 'g0' }))
  return { host, clock }
}

/** Makes links, which are up for a minute then. */
async function fill({ host, clock }, { make }, count, first = 0) {
  const specs = Array.from({ length: count }, (_, i) => make(first + i)).flat()
  const results = await host.execute(specs.map((spec) => ({ operation: 'link add', spec })))
  const refused = results.find((result) => !result.ok)
  if (refused) throw refused.error
  clock.advance(60)
}

/** Octets of the heap that a link takes; enough of them that code which is compiled meanwhile does not count. */
async function measure(sort) {
  const count = Math.ceil(2000 / sort.each)
  const collect = globalThis.gc
  // Code that is compiled meanwhile is no link's: so another mock makes as many first.
  const other = await open()
  await fill(other, sort, count, 1)
  await other.host.close()
  const mock = await open()
  await fill(mock, sort, 20, 3001)
  collect()
  const before = process.memoryUsage().heapUsed
  await fill(mock, sort, count, 1)
  collect()
  const octets = (process.memoryUsage().heapUsed - before) / (count * sort.each)
  await mock.host.close()
  return { title: sort.title, count: count * sort.each, octets, met: octets <= memoryGoal }
}

/** Measures every kind, each in a process of its own, where nothing was done before. */
export const measureMemory = () => sorts.map((_, at) => elsewhere(at))

function elsewhere(at) {
  const command = ['--expose-gc', fileURLToPath(import.meta.url), String(at)]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [at] = process.argv.slice(2)
  if (at !== undefined) console.log(JSON.stringify(await measure(sorts[Number(at)])))
  else for (const i of sorts.keys()) console.log(elsewhere(i))
}
