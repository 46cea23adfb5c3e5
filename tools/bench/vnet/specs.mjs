/** The inputs of a row in the forms that vnet takes: addresses as octets with an index, or as text with a name. */

const octets = (i) => Uint8Array.of(10, i >> 16, i >> 8, i)
const text = (i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
const pair = (octet) => octet.toString(16).padStart(2, '0')
const macText = (i) => `02:00:00:${pair(i >> 16)}:${pair((i >> 8) & 255)}:${pair(i & 255)}`
const macOctets = (i) => Uint8Array.of(2, 0, 0, i >> 16, i >> 8, i)

const gateway = { octets: Uint8Array.of(192, 0, 2, 2), text: '192.0.2.2' }

/** A bridge comes before its 32 ports, and has a number of its own, as in the C program. */
const bridgeOf = (i) => Math.floor(i / 33)
const bridged = (i) => (i % 33 === 0 ? `b${bridgeOf(i)}` : `v${i}`)
const bridgeIndex = (i) => 1_000_000 + bridgeOf(i)

const deletion = (name) => () => (i) => ({ operation: 'link delete', spec: { link: name(i) } })

/** A function that makes the request of step i. `link` tells what to call a link: its index or its name. */
export const requests = {
  'veth-add': () => (i) => ({
    operation: 'link add',
    spec: { kind: 'veth', name: `v${i}`, peer: { name: `p${i}` } },
  }),
  'veth-delete': deletion((i) => `v${i}`),
  'veth-delete-one': deletion((i) => `v${i}`),
  'vlan-add': (_, link) => {
    const parent = link('v0')
    return (i) => ({ operation: 'link add', spec: { kind: 'vlan', name: `v0.${i + 1}`, parent, vlan: { id: i + 1 } } })
  },
  'vlan-delete': deletion((i) => `v0.${i + 1}`),
  'dummy-add': () => (i) => ({ operation: 'link add', spec: { kind: 'dummy', name: `d${i}` } }),
  'dummy-delete': deletion((i) => `d${i}`),
  'bridge-add': (input) => {
    const master = input === 'text' ? (i) => `b${bridgeOf(i)}` : bridgeIndex
    return (i) => ({
      operation: 'link add',
      spec:
        i % 33 === 0
          ? { kind: 'bridge', name: bridged(i), index: bridgeIndex(i) }
          : { kind: 'veth', name: `v${i}`, master: master(i), peer: { name: `p${i}` } },
    })
  },
  'bridge-delete': deletion(bridged),
  'address-add': (input, link) => {
    const links = Array.from({ length: 100 }, (_, i) => link(`v${i}`))
    const prefix = input === 'text' ? (i) => `${text(i)}/32` : (i) => ({ octets: octets(i), length: 32 })
    return (i) => ({ operation: 'address add', spec: { link: links[i % 100], address: prefix(i) } })
  },
  'route-add': (input, link) => {
    const via = gateway[input]
    const v0 = link('v0')
    const prefix = input === 'text' ? (i) => `${text(i)}/32` : (i) => ({ octets: octets(i), length: 32 })
    return (i) => ({ operation: 'route add', spec: { destination: prefix(i), via, link: v0 } })
  },
  'fdb-add': (input, link) => {
    const mac = input === 'text' ? macText : macOctets
    const v0 = link('v0')
    return (i) => ({ operation: 'fdb add', spec: { link: v0, mac: mac(i), master: true, state: 'static' } })
  },
  'neighbour-add': (input, link) => {
    const v0 = link('v0')
    const [ip, mac] = input === 'text' ? [text, macText] : [octets, macOctets]
    return (i) => ({ operation: 'neighbour add', spec: { link: v0, address: ip(i), mac: mac(i) } })
  },
}

/** The lists of rows that dump. */
export const lists = {
  'link-dump': (namespace) => namespace.link.list(),
  'kind-dump': (namespace) => namespace.link.list(),
  'route-dump': (namespace) => namespace.route.list({ family: 4 }),
}
