/** The rows as command lines of iproute2. */

const ip = (i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const pair = (octet) => octet.toString(16).padStart(2, '0')
const mac = (i) => `02:00:00:${pair(i >> 16)}:${pair((i >> 8) & 255)}:${pair(i & 255)}`

const lines = {
  'veth-add': (i) => `link add v${i} type veth peer name p${i}`,
  'veth-delete': (i) => `link delete v${i}`,
  'veth-delete-one': (i) => `link delete v${i}`,
  'address-add': (i) => `address add ${ip(i)}/32 dev v${i % 100}`,
  'route-add': (i) => `route add ${ip(i)}/32 via 192.0.2.2 dev v0`,
  'fdb-add': (i) => `fdb add ${mac(i)} dev v0 master static`,
  'neighbour-add': (i) => `neighbour add ${ip(i)} lladdr ${mac(i)} dev v0 nud permanent`,
}

const dumps = { 'link-dump': ['ip', 'link', 'show'], 'route-dump': ['ip', '-4', 'route', 'show'] }

/** The text of the batch file of a row; `undefined` for a dump. */
export function batchText(row, count) {
  const line = lines[row]
  return line && Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('')
}

/** Bulk deletion as a user of `ip` may do it by hand. */
export function groupText(count) {
  const moves = Array.from({ length: count }, (_, i) => `link set dev v${i} group 4242\n`)
  return `${moves.join('')}link delete group 4242\n`
}

/** The command that carries out a row, its batch in `file`. */
export function ipCommand(row, file) {
  return dumps[row] ?? [row === 'fdb-add' ? 'bridge' : 'ip', '-batch', file]
}
