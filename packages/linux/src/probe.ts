/** What this kernel and this process can do, found out without changing anything. @module */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { release } from 'node:os'
import { gunzipSync } from 'node:zlib'
import {
  type Capabilities,
  type Capability,
  capabilities,
  capabilityKinds,
  kernelSourceOf,
  packetKinds,
  remedyOf,
  trafficCapabilities,
} from '@vnet/core'
import { trySockets } from './diagnosis/trial.js'
import {
  forEachMessage,
  NLM_F_ACK,
  NLM_F_CREATE,
  NLM_F_EXCL,
  NLM_F_REQUEST,
  NLMSG_ERROR,
  readVerdict,
} from './netlink/message.js'
import type { Octets } from './netlink/octets.js'
import { MessageWriter } from './netlink/writer.js'
import { tryMacFilter, tryNat } from './nftables/trial.js'
import { AF_PACKET } from './packet/constants.js'
import type { NetlinkSocket } from './socket.js'
import type { Syscalls } from './syscalls.js'
import { tryTraffic } from './traffic-trial.js'
import { tryEncap, tryVlanFiltering } from './trial.js'
import { IFF_NAPI, IFF_NO_CARRIER, IFF_VNET_HDR } from './tun/constants.js'
import { features } from './tun/device.js'

const RTM_NEWLINK = 16
const IFLA_ADDRESS = 1
const IFLA_IFNAME = 3
const IFLA_LINKINFO = 18
const IFLA_INFO_KIND = 1
const EOPNOTSUPP = 95
const CAP_NET_ADMIN = 12
const CAP_SYS_ADMIN = 21

/** Fills in `supports`. */
export function probe(syscalls: Syscalls, socket: NetlinkSocket): Capabilities {
  const admin = hasCapability(CAP_NET_ADMIN)
  const namespaces = hasCapability(CAP_SYS_ADMIN)
  const kinds = presentKinds(socket, admin)
  const capturing = captures(syscalls)
  const yes = (capability: Capability, present: boolean): [Capability, true | string] => [
    capability,
    present ? true : remedyOf(capability),
  ]
  const found = new Map<Capability, true | string>([
    yes('admin', admin),
    yes('namespace named', namespaces && canWrite('/run')),
    yes('namespace anonymous', namespaces),
    yes('namespace pid', true),
    yes('namespace fd', true),
    yes('namespace exec', namespaces && hasProgram('nsenter') && hasProgram('unshare')),
    yes('user namespace', existsSync('/proc/self/ns/user') && userNamespacesAllowed()),
    yes('sysctl', hasSysctls()),
    yes('nic', true),
    yes('nic features', newerThan(5, 6)),
    yes('packets', true),
    ...packetKinds.map((kind) => yes(`packets ${kind}`, true)),
    yes('traffic control', true),
    yes('bridge protocols', true),
    yes('netlink', true),
    yes('strict checking', socket.strict),
    yes('fdb flush', newerThan(5, 19)),
    yes('mdb sources', newerThan(6, 2)),
    yes('mdb flush', newerThan(6, 8)),
    ['team options', kinds.has('team') ? byRoot(admin, 'ask for them') : remedyOf('link team')],
    yes('mirred block', newerThan(6, 8)),
    ['shared actions', byRoot(admin, 'make actions by themselves')],
    yes('capture', capturing),
    yes('capture filter', capturing),
    yes('socket', true),
    yes('pppoe session', admin && hasPppoe()),
    ...tunFeatures(syscalls).map(([capability, present]) => yes(capability, present)),
  ])
  for (const kind of capabilityKinds) found.set(`link ${kind}`, kinds.has(kind) ? true : remedyOf(`link ${kind}`))
  const supports = Object.fromEntries(capabilities.map((name) => [name, found.get(name) ?? remedyOf(name)]))
  // Trying costs a namespace and a bridge, so it is done for those who ask.
  let filtering: boolean | undefined
  Object.defineProperty(supports, 'bridge vlan-filtering', {
    enumerable: true,
    get() {
      filtering ??= kinds.has('bridge') && vlanFiltering(syscalls, admin && namespaces)
      return filtering || remedyOf('bridge vlan-filtering')
    },
  })
  let encap: boolean | undefined
  Object.defineProperty(supports, 'tunnel encap', {
    enumerable: true,
    get() {
      encap ??= encapModules.every(isLoaded) && admin && namespaces && tryEncap(syscalls) === true
      return encap || remedyOf('tunnel encap')
    },
  })
  let nat: boolean | undefined
  Object.defineProperty(supports, 'nat', {
    enumerable: true,
    get() {
      nat ??= translates(syscalls, admin && namespaces)
      return nat || remedyOf('nat')
    },
  })
  let macFilter: boolean | undefined
  Object.defineProperty(supports, 'mac filter', {
    enumerable: true,
    get() {
      macFilter ??= filtersMacs(syscalls, admin && namespaces)
      return macFilter || remedyOf('mac filter')
    },
  })
  let sockets: boolean | undefined
  Object.defineProperty(supports, 'socket list', {
    enumerable: true,
    get() {
      sockets ??= tellsOfSockets(syscalls)
      return sockets || remedyOf('socket list')
    },
  })
  let traffic: ReadonlySet<string> | undefined
  for (const capability of trafficCapabilities) {
    Object.defineProperty(supports, capability, {
      enumerable: true,
      get() {
        traffic ??= presentTraffic(syscalls, admin && namespaces)
        return traffic.has(capability) || remedyOf(capability)
      },
    })
  }
  return supports as unknown as Capabilities
}

/** Modules of nf_tables that translation needs; the kernel loads them for the rules that use them. */
const natModules = ['nf_tables', 'nft_chain_nat', 'nft_nat', 'nft_masq', 'nft_redir', 'nft_fib_ipv4', 'nft_fib_ipv6']

/** Whether addresses can be translated: as the lists of modules say, where there are any; else it is tried. */
function translates(syscalls: Syscalls, mayTry: boolean): boolean {
  const lists = filesOfModules()
  if (lists !== undefined) return natModules.every((module) => lists.includes(`/${module}.ko`))
  return (mayTry ? tryNat(syscalls) : undefined) ?? false
}

/**
 * Whether MACs can be filtered: tried where that is allowed, for the family bridge has no module of its own; else it is told by
 * a module that is never there without it.
 */
function filtersMacs(syscalls: Syscalls, mayTry: boolean): boolean {
  const tried = mayTry ? tryMacFilter(syscalls) : undefined
  return tried ?? filesOfModules()?.includes('/nft_meta_bridge.ko') ?? false
}

/** Modules that tell of sockets; the kernel loads them for who asks. */
const socketModules = ['inet_diag', 'tcp_diag', 'udp_diag']

/** Whether sockets are told: as the lists of modules say, where there are any; else it is tried. */
function tellsOfSockets(syscalls: Syscalls): boolean {
  const lists = filesOfModules()
  if (lists !== undefined) return socketModules.every((module) => lists.includes(`/${module}.ko`))
  return trySockets(syscalls)
}

/** Whether the kernel has PPP and PPPoE: asking it would load both. */
function hasPppoe(): boolean {
  if (!existsSync('/dev/ppp')) return false
  const lists = filesOfModules()
  return existsSync('/proc/net/pppoe') || (lists?.includes('/pppoe.ko') ?? false)
}

/** What a tunnel needs to be wrapped in UDP; the kernel loads the last two for `ip fou` only. */
const encapModules = ['ipip', 'ip6_tunnel', 'fou', 'fou6']

/** Whether a module is loaded; asking the kernel for what it brings would load it. */
const isLoaded = (module: string): boolean => existsSync(`/sys/module/${module}`)

/** What ports can do: asked of the device, which makes no link. */
function tunFeatures(syscalls: Syscalls): [Capability, boolean][] {
  let has = 0
  try {
    const fd = syscalls.open('/dev/net/tun', 2 /* O_RDWR */)
    try {
      has = features(syscalls, fd)
    } finally {
      syscalls.close(fd)
    }
  } catch {
    // Not there, or not for this user.
  }
  return [
    ['tun port', has !== 0],
    ['tun offload', (has & IFF_VNET_HDR) !== 0],
    ['tun napi', (has & IFF_NAPI) !== 0],
    ['tun no-carrier', (has & IFF_NO_CARRIER) !== 0],
    ['tun fd', has !== 0],
    // Told by the links: each has its device, or the kernel has no such links.
    ['tap device', true],
  ]
}

/** Whether packet sockets can be made: one is, and closed again. It is bound to no protocol, so nothing arrives. */
function captures(syscalls: Syscalls): boolean {
  try {
    syscalls.close(syscalls.socket(AF_PACKET, 3 /* SOCK_RAW */, 0))
    return true
  } catch {
    return false
  }
}

/** Whether the process has a capability in its user namespace (`/proc/self/status`, CapEff). */
function hasCapability(bit: number): boolean {
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/thread-self/status', 'latin1'))?.[1]
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(bit)) & 1n) === 1n
}

/** Whether one may do what the kernel lets nobody do in a user namespace, or why not. */
const byRoot = (admin: boolean, what: string): true | string =>
  (admin && inFirstUserNamespace()) || `only an administrator outside of all user namespaces may ${what}`

/** Whether the process is in the first user namespace, in which all users are themselves (`user_namespaces(7)`). */
function inFirstUserNamespace(): boolean {
  const map = readOptional('/proc/self/uid_map')
  return map === undefined || /^\s*0\s+0\s+4294967295\s*$/.test(map)
}

/**
 * Kinds of link that this kernel has. Where modules can be loaded, its lists of modules say; asking the kernel by name
 * would load them (and bonding makes a bond0, ifb two ifbs). Where none can be loaded, the kernel is asked: a link with
 * an impossible name is refused with "Unknown device type" only where the kind is unknown.
 */
function presentKinds(socket: NetlinkSocket, admin: boolean): Set<string> {
  const found = new Set<string>()
  const lists = moduleLists('modules.alias', 'modules.builtin.modinfo')
  for (const kind of capabilityKinds) {
    // The module of TUN and TAP is loaded for its device, not for a kind of link.
    const alias = kind === 'tun' || kind === 'tap' ? 'devname:net/tun' : `rtnl-link-${kind}`
    if (lists?.includes(`${alias}\0`) || lists?.includes(`${alias} `)) found.add(kind)
  }
  if (lists === undefined && admin) for (const kind of askKernel(socket)) found.add(kind)
  const tun = existsSync('/dev/net/tun')
  for (const kind of ['tun', 'tap']) {
    if (!tun) found.delete(kind)
    else if (lists === undefined && !admin) found.add(kind)
  }
  return found
}

/**
 * Parts of traffic control that this kernel has. Where modules can be loaded, its lists of modules say; trying would load
 * them (and teql makes a teql0). Where none can be loaded, it is tried.
 */
function presentTraffic(syscalls: Syscalls, mayTry: boolean): ReadonlySet<string> {
  const lists = filesOfModules()
  if (lists !== undefined) {
    return new Set(trafficCapabilities.filter((name) => lists.includes(`/${kernelSourceOf(name)?.module}.ko`)))
  }
  return (mayTry ? tryTraffic(syscalls) : undefined) ?? new Set()
}

/** The files of all modules, loadable and built in. */
const filesOfModules = (): string | undefined => moduleLists('modules.dep', 'modules.builtin')

/** The text of these lists of the kernel's modules; `undefined` where it has none of them or cannot load any. */
function moduleLists(...files: readonly string[]): string | undefined {
  if (!existsSync('/proc/modules')) return undefined
  const folder = `/lib/modules/${release()}`
  const texts = files.map((file) => readOptional(`${folder}/${file}`))
  return texts.every((text) => text === undefined) ? undefined : texts.join('\n')
}

function askKernel(socket: NetlinkSocket): string[] {
  const writer = new MessageWriter(4096)
  const kinds = [...capabilityKinds]
  kinds.forEach((kind, index) => {
    writer.begin(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
    writer.zeros(16)
    writer.textAttribute(IFLA_IFNAME, 'a/b')
    // A veth makes its peer before its own name is looked at; an address of one octet is refused before either.
    writer.octetsAttribute(IFLA_ADDRESS, new Uint8Array(1))
    const nest = writer.nest(IFLA_LINKINFO)
    writer.textAttribute(IFLA_INFO_KIND, kind === 'tap' ? 'tun' : kind)
    writer.endNest(nest)
    writer.end()
    writer.sequence(index + 1)
  })
  const found: string[] = []
  socket.send(writer.bytes, writer.length)
  while (
    socket.receive((from: Octets, start, end) =>
      forEachMessage(from, start, end, (type, flags, sequence, at, stop) => {
        if (type !== NLMSG_ERROR) return
        const verdict = readVerdict(from, at, stop, type, flags)
        const unknown =
          verdict.errno === EOPNOTSUPP && (verdict.text === undefined || verdict.text.startsWith('Unknown device type'))
        const kind = kinds[sequence - 1]
        if (!unknown && kind !== undefined) found.push(kind)
      }),
    )
  );
  return found
}

/** Whether bridges tell VLANs apart: tried where that is allowed, else as the kernel's configuration says. */
function vlanFiltering(syscalls: Syscalls, mayTry: boolean): boolean {
  const tried = mayTry ? tryVlanFiltering(syscalls) : undefined
  if (tried !== undefined) return tried
  const config = readOptional(`/boot/config-${release()}`) ?? ownConfig()
  // Built together with 802.1Q: without that there is none.
  return config?.includes('CONFIG_BRIDGE_VLAN_FILTERING=y') ?? existsSync('/proc/net/vlan')
}

/** The configuration that some kernels carry with them (CONFIG_IKCONFIG_PROC). */
function ownConfig(): string | undefined {
  try {
    return gunzipSync(readFileSync('/proc/config.gz')).toString('latin1')
  } catch {
    return undefined
  }
}

function userNamespacesAllowed(): boolean {
  const most = Number(readOptional('/proc/sys/user/max_user_namespaces') ?? '0')
  const unprivileged = readOptional('/proc/sys/kernel/unprivileged_userns_clone')
  return most > 0 && unprivileged?.trim() !== '0'
}

function newerThan(major: number, minor: number): boolean {
  const [a = 0, b = 0] = release().split('.').map(Number)
  return a > major || (a === major && b >= minor)
}

/** Where administrators' programs are, which are not in everybody's PATH. */
const administrative = '/usr/local/sbin:/usr/sbin:/sbin'

function hasProgram(name: string): boolean {
  return `${process.env.PATH ?? ''}:${administrative}`
    .split(':')
    .some((folder) => folder !== '' && existsSync(`${folder}/${name}`))
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Whether sysctls are there and not mounted to be read only; who may write one is another matter, and that of its namespace. */
function hasSysctls(): boolean {
  try {
    accessSync('/proc/sys/net/ipv4/ip_forward', constants.W_OK)
    return true
  } catch (error) {
    return !['ENOENT', 'EROFS'].includes((error as { code?: string }).code ?? '')
  }
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}
