/** What to do about a refusal, where the kernel gives no sentence or one that does not help. @module */
import { type Capability, capabilityKinds, remedyOf } from './capability.js'
import { formatPrefix, type Prefix } from './ip.js'
import { factsOf } from './kind/index.js'
import { mdbHint } from './mdb-hint.js'
import type { Request } from './request.js'
import { teamHint } from './team-option.js'
import { trafficHint } from './traffic/hint.js'

/** A hint, or `undefined` where the kernel's own words say it all. */
export function hintOf(request: Request, code: string, text: string | undefined): string | undefined {
  const { operation } = request
  const spec = request.spec as { readonly [field: string]: unknown }
  if (operation.startsWith('team ') && code !== 'ENOBUFS') return teamHint(code, 'spec.link')
  if (operation === 'sysctl get' && code === 'EACCES')
    return 'it can only be written: it does something, and has no value'
  if (operation.startsWith('sysctl ')) return sysctlHints[code]
  if (operation.startsWith('nat ') && natHints[code] !== undefined) return natHints[code]
  if (operation.startsWith('macFilter ') && macFilterHints[code] !== undefined) return macFilterHints[code]
  if (code === 'EPERM' && text === undefined && !operation.startsWith('action ')) return remedyOf('admin')
  if (code === 'ENOBUFS' && operation.startsWith('neighbour ') && spec.proxy === true)
    return 'the link has no IPv6: its MTU is below 1280, or the kernel gives links of its kind none'
  if (code === 'ENOBUFS')
    return 'the answers did not fit the socket; which requests succeeded is not known: read the state again'
  if (operation === 'wireguard get' || operation === 'wireguard set') return wireguardHints[code]
  // Only a new association has a key that may not fit.
  if (operation.startsWith('macsec') && (code !== 'EINVAL' || operation === 'macsecSa add')) return macsecHints[code]
  if (operation === 'link add') return addHint(code, text, spec)
  if (operation === 'link set') return setHint(code, text, spec)
  if (operation === 'link delete' && code === 'EOPNOTSUPP')
    return 'only virtual links can be deleted; lo and physical links cannot'
  if (/^(qdisc|class|filter|action) /.test(operation)) {
    const hint = trafficHint(operation, code, text, spec)
    if (hint !== undefined) return hint
  }
  if (operation.startsWith('mdb ')) {
    const hint = mdbHint(operation, code, text)
    if (hint !== undefined) return hint
  }
  if (code === 'ENODEV') return 'there is no such link; `vnet link list` shows those that are there'
  return objectHint(operation, code, spec)
}

/** What refusals mean of sysctls. */
const sysctlHints: Readonly<Record<string, string>> = {
  ENOENT:
    'there is no such setting here: a module may be missing, or the link; `vnet sysctl list` shows those there are',
  EACCES: 'it may only be read, or changing it needs CAP_NET_ADMIN over the namespace',
  EPERM: 'changing it needs CAP_NET_ADMIN over the namespace',
  EINVAL: 'the kernel takes no such value: `vnet sysctl get` shows what one looks like',
  ERANGE: 'the value is out of the range that the kernel takes',
  EROFS: '/proc/sys is mounted to be read only, as containers have it',
  EISDIR: 'this is a group of settings: `vnet sysctl list` shows what is in it',
}

/** What refusals mean of address translation, which nf_tables explains with no sentence. */
const natHints: Readonly<Record<string, string | undefined>> = {
  EEXIST: 'somebody else has a chain with the name of the hook in our table, of another type: rename or remove it',
  ENOENT: 'the rule was removed meanwhile; `vnet nat list` shows those there are',
}

/** What refusals mean of MAC filters, which nf_tables explains with no sentence either. */
const macFilterHints: Readonly<Record<string, string | undefined>> = {
  EEXIST: 'somebody else has a chain mac-filter in the table bridge vnet, of another type: rename or remove it',
  ENOENT: 'the filter was removed meanwhile; `vnet mac-filter list` shows those there are',
}

/** What refusals mean of WireGuard devices, which the kernel explains with no sentence. */
const wireguardHints: Readonly<Record<string, string>> = {
  ENODEV: 'there is no such link; `vnet link list` shows those that are there',
  EOPNOTSUPP: 'the link is not of kind wireguard; `vnet wireguard show` shows those that are',
  EADDRINUSE: 'another program or link has this UDP port: choose another, or 0 for one that is free',
  ENOMEM: 'a device has at most 1,048,576 peers',
}

/** What refusals mean of the keys and peers of MACsec links. */
const macsecHints: Readonly<Record<string, string>> = {
  ENODEV: 'there is no such MACsec link, channel or association; `vnet macsec show` shows those that are there',
  EEXIST: 'a MACsec link of the same parent has this channel',
  EBUSY: 'the association is there already, or is active: set active to false before it is deleted',
  EINVAL: 'the key must be as long as the cipher of the link has it, and only XPN ciphers take ssci and salt',
}

/** What refusals mean for one kind only, where the kernel's sentence does not say what to do. */
const kindHints: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  veth: { EEXIST: 'the name, or that of the peer, is taken' },
  vlan: { EEXIST: 'the parent has a VLAN with this id, or the name is taken' },
  vxlan: { EEXIST: 'another VXLAN has this id and port, or the name is taken' },
  hsr: { EINVAL: 'its links must be Ethernet links, two different ones, in no other ring and no VLANs' },
  geneve: {
    EBUSY: 'another GENEVE link has this identifier for the remote, or takes all packets of the port',
    EINVAL: 'the remote must be a unicast address, and the MTU fit',
    EPERM: 'links with external: true and others do not share a port: choose another port',
  },
}

function addHint(
  code: string,
  text: string | undefined,
  spec: { readonly [field: string]: unknown },
): string | undefined {
  const kind = String(spec.kind)
  const special = kindHints[kind]?.[code]
  if (special !== undefined) return special
  switch (code) {
    case 'EOPNOTSUPP':
      if (text?.includes('VLANs not supported')) return 'the parent carries no VLANs; lo never does'
      if (text !== undefined && text !== 'Unknown device type') return undefined
      return capabilityKinds.includes(kind as never)
        ? remedyOf(`link ${kind}` as Capability)
        : `no kind of link is called ${kind} here`
    case 'EEXIST':
      return factsOf(kind)?.fallback === undefined
        ? 'the name, or the index, is taken'
        : 'another tunnel of this kind has these ends, or the name is taken'
    case 'ENODEV':
      return 'the parent or the master is not there'
    case 'EBUSY':
      return 'the parent is in use in a way that excludes this, such as a macvlan in mode passthru'
    case 'EADDRNOTAVAIL':
      return 'the MAC must be unicast and not all zeros'
    case 'ENOENT':
      return 'there is no such namespace; `vnet namespace list` shows those that are there'
    case 'EINVAL':
      if (text?.startsWith('mtu '))
        return 'this kind takes a smaller MTU: make the link without, and look at its maxMtu'
      return text === undefined
        ? 'the kernel does not say which value it dislikes; leave options out one by one'
        : undefined
    case 'ERANGE':
      return 'a value is out of range for this kind'
    default:
      return undefined
  }
}

const mtuHint = 'the link takes an MTU from its minMtu to its maxMtu: `vnet --json link get LINK -d` shows them'

function setHint(
  code: string,
  text: string | undefined,
  spec: { readonly [field: string]: unknown },
): string | undefined {
  switch (code) {
    case 'ENODEV':
      return 'there is no such link, or no such master'
    case 'EEXIST':
      return 'the name is taken'
    case 'EBUSY':
      return spec.name !== undefined
        ? 'older kernels rename only links that are down'
        : 'the link is in use: the port of another master, the parent of a macvlan, or up where it must be down'
    case 'ENOENT':
      return 'there is no such namespace; `vnet namespace list` shows those that are there'
    case 'EINVAL':
      if (text?.startsWith('mtu ')) return mtuHint
      return spec.master !== undefined ? 'this link cannot be a port of that master; lo never can' : undefined
    case 'EACCES':
      return 'the mode of the bond does not have this option'
    case 'ENOTEMPTY':
      return 'release the ports of the bond first: set their master to null'
    case 'EPERM':
      if (spec.bondPort !== undefined) return 'another port has this queue, or the bond has no such'
      return spec.bond === undefined
        ? 'a bond takes only links that are down, and not itself'
        : 'the delays of a bond count looks at the carrier: set miimon'
    case 'ELOOP':
      return 'a master cannot be, directly or not, a port of its own port'
    case 'EADDRNOTAVAIL':
      return 'the MAC must be unicast and not all zeros'
    case 'EADDRINUSE':
      return 'the MAC of a macvlan, or the UDP port of a tunnel, is taken'
    case 'EOPNOTSUPP':
      if ((spec.bridge as { vlanFiltering?: boolean } | undefined)?.vlanFiltering !== undefined) {
        return remedyOf('bridge vlan-filtering')
      }
      return spec.carrier !== undefined ? 'the carrier of this kind cannot be set' : 'this kind of link cannot do that'
    default:
      return undefined
  }
}

function objectHint(operation: string, code: string, spec: { readonly [field: string]: unknown }): string | undefined {
  const [object] = operation.split(' ')
  switch (code) {
    case 'EEXIST':
      if (object === 'bridgeVlan')
        return 'the VLAN has a tunnel, which tunnel: null takes away, or another VLAN has this one'
      if (object === 'bridgeVni')
        return 'another VXLAN on the same UDP port has one of them; those before it were added'
      if (object === 'route') {
        return `a route to ${formatPrefix(spec.destination as Prefix)} with this metric and table is there; route set replaces it`
      }
      return `it is there; ${object} set changes it`
    case 'ESRCH':
      return object === 'route'
        ? 'no route matches all that was given; `vnet route list` shows those that are there'
        : undefined
    case 'ENOENT':
      if (object === 'bridgeVni')
        return 'one of them is not there, and those before it were deleted; `vnet bridge vni list` shows those that are'
      return `it is not there; \`vnet ${object} list\` shows those that are`
    case 'EBUSY':
      return object === 'bridgeMst' ? 'set mstEnabled of the bridge first, while its ports are in no VLAN' : undefined
    case 'EADDRNOTAVAIL':
      return object === 'address'
        ? 'the link does not have this address; `vnet address list` shows those it has'
        : undefined
    case 'ENETUNREACH':
      return 'the gateway is on no link: add an address of its network first, or say onLink'
    case 'ENETDOWN':
      return 'the link is down: link set LINK up first'
    case 'EINVAL':
      if (object === 'bridgeVlan' && spec.tunnel !== undefined)
        return 'only ports with vlanTunnel map VLANs to tunnels: switch it on first'
      if (object === 'bridgeVni') return vniHint(spec)
      if (object === 'token')
        return 'the link must hear routers: no lo, with ARP, accept_ra and router_solicitations on, and forwarding off'
      return object === 'fdb'
        ? 'the link is no port of a bridge (master), or keeps no such entries itself (self)'
        : undefined
    case 'EOPNOTSUPP':
      if (operation === 'fdb flush')
        return 'only bridges, and VXLANs from Linux 6.7 on, flush; give master for the bridge’s'
      if (object === 'bridgeMst') return `the link is no port of a bridge, or ${remedyOf('bridge vlan-filtering')}`
      if (object === 'bridgeVni')
        return 'the VXLAN takes all identifiers: make it with external and vniFilter (Linux 5.18)'
      return object === 'fdb'
        ? 'the link keeps no FDB of its own; give master for the bridge’s'
        : 'the kernel was built without this'
    default:
      return undefined
  }
}

function vniHint({ vni }: { readonly [field: string]: unknown }): string {
  const [first, last] = vni as readonly [number, number]
  return first === 0 && last === 0
    ? 'the kernel takes identifier 0 only as the first of several'
    : 'the link is no VXLAN, or has no link that leads to the group'
}
