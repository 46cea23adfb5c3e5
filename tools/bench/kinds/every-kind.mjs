/** Links of every kind that the kernel has, as a batch file of iproute2. */
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

/** Lower links: macvlans, ipvlans and MACsec do not go together on one. */
const below = ['x0', 'x1', 'x2'].map((name) => `link add ${name} type veth peer name ${name}.p`)

const far = (i) => `10.1.${i >> 8}.${i & 255}`
const plain = (kind) => [kind, (_, name) => `link add ${name} type ${kind}`]
const over4 = (kind, options = () => '') => [
  kind,
  (i, name) => `link add ${name} type ${kind} local 10.0.0.1 remote ${far(i)} ${options(i)}`,
]
const over6 = (kind, options = () => '') => [
  kind,
  (i, name) => `link add ${name} type ${kind} local fd00::1 remote fd00::2:${i.toString(16)} ${options(i)}`,
]
const on = (parent, kind, options = () => '') => [
  kind,
  (i, name) => `link add ${name} link ${parent} type ${kind} ${options(i)}`,
]

/** The lines that make link i of a kind, by what it is called. */
const kinds = new Map([
  plain('dummy'),
  plain('bridge'),
  plain('bond'),
  plain('team'),
  plain('nlmon'),
  plain('ifb'),
  plain('wireguard'),
  plain('netkit'),
  ['veth', (i, name) => `link add ${name} type veth peer name q${i}`],
  [
    'port of a bridge',
    (i, name) => `link add m${i} type bridge\nlink add ${name} master m${i} type veth peer name q${i}`,
  ],
  ['tap', (_, name) => `tuntap add ${name} mode tap`],
  ['tun', (_, name) => `tuntap add ${name} mode tun`],
  ['vrf', (i, name) => `link add ${name} type vrf table ${1000 + i}`],
  ['xfrm', (i, name) => `link add ${name} type xfrm if_id ${1 + i}`],
  ['vxlan', (i, name) => `link add ${name} type vxlan id ${i} remote ${far(i)} dstport 4789`],
  ['geneve', (i, name) => `link add ${name} type geneve id ${i} remote ${far(i)}`],
  on('x0', 'vlan', (i) => `id ${1 + (i % 4094)}`),
  on('x0', 'macvlan', () => 'mode bridge'),
  on('x0', 'macvtap', () => 'mode bridge'),
  on('x1', 'ipvlan'),
  on('x1', 'ipvtap'),
  on('x2', 'macsec', (i) => `port ${1 + i}`),
  over4('gre'),
  over4('gretap'),
  over4('erspan', (i) => `seq key ${i} erspan_ver 1`),
  over4('sit'),
  over4('ipip'),
  over4('vti', (i) => `key ${i}`),
  over6('ip6gre'),
  over6('ip6gretap'),
  over6('ip6tnl'),
  over6('vti6', (i) => `key ${i}`),
  // Last: `ip` ends where the master is not there, also with -force.
  ['port of a bond', (i, name) => `link add m${i} type bond\nlink add ${name} master m${i} type veth peer name q${i}`],
])

/** The kinds that the kernel can make: one of each is tried, in a namespace of its own. */
export function presentKinds(cache) {
  const file = `${cache}/one-of-each.batch`
  const all = [...kinds.keys()]
  writeFileSync(file, [...below, ...all.map((kind, i) => kinds.get(kind)(i, `k${i}`)), ''].join('\n'))
  const script = `ip -force -batch ${file} >&2; ip -json link show`
  const { stdout } = spawnSync('unshare', ['--net', 'sh', '-c', script], { encoding: 'utf8', maxBuffer: 1 << 24 })
  const names = new Set(JSON.parse(stdout).map(({ ifname }) => ifname))
  return all.filter((_, i) => names.has(`k${i}`))
}

const linksIn = (lines) => lines.join('\n').match(/ add | peer /g).length

/**
 * Writes a batch file that makes `count` links or some more, the kinds in turn; returns its name and how many links it
 * makes.
 */
export function writeEveryKind(cache, names, count) {
  const lines = [...below]
  for (let i = 0; linksIn(lines) < count; i++) lines.push(kinds.get(names[i % names.length])(i, `k${i}`))
  const file = `${cache}/every-kind.batch`
  writeFileSync(file, `${lines.join('\n')}\n`)
  return { file, count: linksIn(lines) }
}
