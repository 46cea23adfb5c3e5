/** The rows as command lines of iproute2. */

const ip = (i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const pair = (octet) => octet.toString(16).padStart(2, '0')
const mac = (i) => `02:00:00:${pair(i >> 16)}:${pair((i >> 8) & 255)}:${pair(i & 255)}`
/** A bridge comes before its 32 ports, and has a number of its own, as in the C program. */
const bridged = (i) => (i % 33 === 0 ? `b${i / 33}` : `v${i}`)
const bridgeOf = (i) => Math.floor(i / 33)
const bridging = (i) =>
  i % 33 === 0
    ? `link add ${bridged(i)} index ${1_000_000 + bridgeOf(i)} type bridge`
    : `link add v${i} master b${bridgeOf(i)} type veth peer name p${i}`

const lines = {
  'veth-add': (i) => `link add v${i} type veth peer name p${i}`,
  'veth-delete': (i) => `link delete v${i}`,
  'veth-delete-one': (i) => `link delete v${i}`,
  'vlan-add': (i) => `link add v0.${i + 1} link v0 type vlan id ${i + 1}`,
  'vlan-delete': (i) => `link delete v0.${i + 1}`,
  'dummy-add': (i) => `link add d${i} type dummy`,
  'dummy-delete': (i) => `link delete d${i}`,
  'bridge-add': bridging,
  'bridge-delete': (i) => `link delete ${bridged(i)}`,
  'address-add': (i) => `address add ${ip(i)}/32 dev v${i % 100}`,
  'route-add': (i) => `route add ${ip(i)}/32 via 192.0.2.2 dev v0`,
  'fdb-add': (i) => `fdb add ${mac(i)} dev v0 master static`,
  'neighbour-add': (i) => `neighbour add ${ip(i)} lladdr ${mac(i)} dev v0 nud permanent`,
}

const dumps = {
  'link-dump': ['ip', 'link', 'show'],
  'kind-dump': ['ip', '-details', 'link', 'show'],
  'route-dump': ['ip', '-4', 'route', 'show'],
}

/** The text of the batch file of a row; `undefined` for a dump. */
export function batchText(row, count) {
  const line = lines[row]
  return line && Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')
}

/** Bulk deletion as a user of `ip` may do it by hand. */
export function groupText(row, count) {
  const moves = Array.from({ length: count }, (_, i) =>
    lines[row](i).replace(/link delete (.*)/, 'link set $1 group 4242'),
  )
  return [...moves, 'link delete group 4242', ''].join('\n')
}

/** The command that carries out a row, its batch in `file`. */
export function ipCommand(row, file) {
  return dumps[row] ?? [row === 'fdb-add' ? 'bridge' : 'ip', '-batch', file]
}
