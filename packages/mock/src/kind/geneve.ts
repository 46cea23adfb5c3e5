/** GENEVE links (`drivers/net/geneve.c`; RFC 8926). @module */
import { formatIp, type GeneveOptions, isMulticastIp, parseIp } from '@vnet/core'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { packed } from '../object/packed.js'
import { refuse } from '../refusal.js'
import { sendGeneve } from '../tunnel/geneve-send.js'
import type { LinkKind } from './kind.js'
import { lowerOf } from './tunnel-mtu.js'

/** What a GENEVE link keeps. */
export interface GeneveData {
  options: Settings
  /** Where it was made: its outer packets go there, wherever the link is moved. */
  readonly home: Namespace
}

type Settings = { -readonly [O in keyof Omit<GeneveOptions, 'remote'>]-?: NonNullable<GeneveOptions[O]> } & {
  remote?: string
}

const defaults: Settings = {
  id: 0,
  port: 6081,
  portRange: [1, 65535],
  ttl: 0,
  ttlInherit: false,
  tos: 0,
  flowLabel: 0,
  df: 'unset',
  udpChecksum: false,
  udpZeroChecksum6Tx: false,
  udpZeroChecksum6Rx: false,
  external: false,
  innerProtocolInherit: false,
}

const dataOf = (device: Device): GeneveData => device.geneve as GeneveData
const isSix = (options: Settings): boolean => options.external || options.remote?.includes(':') === true
/** Outer headers, without options: IP, UDP, GENEVE, Ethernet. */
const outerOctets = (options: Settings): number => (isSix(options) ? 40 : 20) + 8 + 8 + 14

/** `ip link add … type geneve id … remote …`. */
export const geneve: LinkKind = {
  name: 'geneve',
  ownMtu: true,
  make(_kernel, device, spec, origin) {
    const given: GeneveOptions = 'geneve' in spec && spec.geneve !== undefined ? spec.geneve : {}
    const options = merged(defaults, given)
    if (options.portRange[0] > options.portRange[1]) {
      refuse('EINVAL', 'Invalid source port range', { attribute: 'spec.geneve.portRange' })
    }
    refuseTaken(device, options, origin)
    device.geneve = { options, home: origin }
    device.noQueue = true
    device.tsoMaxSize = 65536
    device.maxMtu = 65535 - outerOctets(options)
    if (options.innerProtocolInherit) {
      device.type = 'none'
      device.mac = undefined
      device.macSet = false
      device.broadcast = undefined
      device.noArp = true
    } else {
      device.canBroadcast = true
      device.multicast = true
    }
    if (spec.mtu !== undefined && spec.mtu > device.maxMtu) {
      refuse('EINVAL', 'mtu greater than device maximum', { attribute: 'spec.mtu' })
    }
    device.mtu = spec.mtu ?? ownMtu(origin, device, options)
  },
  transmit: sendGeneve,
  registered(_kernel, device) {
    dataOf(device).home.geneves.add(device)
  },
  uninit(_kernel, device) {
    dataOf(device).home.geneves.delete(device)
  },
  change(_kernel, device, change) {
    if (change.geneve === undefined) return false
    const data = dataOf(device)
    refuseFixed(data.options, change.geneve)
    const options = merged(data.options, change.geneve)
    refuseTaken(device, options, data.home)
    data.options = options
    return true
  },
  describe: (device) => ({ geneve: described(dataOf(device).options) }),
}

/** The MTU: what is left of that of the link on the way to the far end; all there can be where the ends come with packets. */
function ownMtu(home: Namespace, device: Device, options: Settings): number {
  if (options.external) return device.maxMtu
  const version = isSix(options) ? 6 : 4
  // The source is chosen later, so IPv6 is asked by the far end alone.
  const lower = lowerOf(home, version, { remote: options.remote, local: version === 6 ? '::' : undefined })
  return lower === undefined ? 1500 : Math.max(68, lower.mtu - outerOctets(options))
}

function merged(before: Settings, given: GeneveOptions): Settings {
  const options = { ...before }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) Object.assign(options, { [name]: value })
  if (given.ttl !== undefined) options.ttlInherit = false
  if (given.ttlInherit === true) options.ttl = 0
  if (given.remote !== undefined) {
    const octets = parseIp(given.remote) as Uint8Array
    if (isMulticastIp(octets)) {
      refuse('EINVAL', 'Remote IPv4 address cannot be Multicast'.replace('4', octets.length === 4 ? '4' : '6'), {
        attribute: 'spec.geneve.remote',
      })
    }
    options.remote = formatIp(octets)
  }
  return packed(options)
}

const unchangeable = ['port', 'udpChecksum', 'udpZeroChecksum6Tx', 'udpZeroChecksum6Rx'] as const

function refuseFixed(options: Settings, change: GeneveOptions): void {
  const no = (field: string): never =>
    refuse(
      'EOPNOTSUPP',
      'Changing VNI, Port, endpoint IP address family, external, inner_proto_inherit, and UDP checksum attributes are not supported',
      { attribute: `spec.geneve.${field}` },
    )
  if (change.id !== undefined && change.id !== options.id) no('id')
  if (change.remote !== undefined && change.remote.includes(':') !== isSix(options)) no('remote')
  for (const field of unchangeable) if (change[field] !== undefined) no(field)
}

/** Those that would receive the same packets (`geneve_configure`, `geneve_changelink`). */
function refuseTaken(device: Device, options: Settings, home: Namespace): void {
  for (const other of home.geneves) {
    const theirs = dataOf(other).options
    if (other === device || theirs.port !== options.port) continue
    if (theirs.external && options.external) {
      refuse('EBUSY', undefined, {
        attribute: 'spec.geneve.external',
        hint: `${other.name} takes all packets of port ${options.port} already`,
      })
    }
    if (theirs.external !== options.external) {
      refuse(
        'EPERM',
        options.external
          ? 'There can be only one externally controlled device on a destination port'
          : 'There already exists an externally controlled device on this destination port',
        { attribute: 'spec.geneve.external', hint: `${other.name} has port ${options.port}; choose another` },
      )
    }
    if (theirs.id === options.id && theirs.remote === options.remote) {
      refuse('EBUSY', undefined, {
        attribute: 'spec.geneve.id',
        hint: `${other.name} has identifier ${options.id} for this remote already`,
      })
    }
  }
}

/** What the kernel tells: switches of IPv6 only where they mean something, that of receiving also elsewhere. */
function described(options: Settings): GeneveOptions {
  const { udpChecksum, udpZeroChecksum6Tx, udpZeroChecksum6Rx, ...rest } = options
  const six = options.remote?.includes(':') === true
  return {
    ...rest,
    ...(options.remote !== undefined && !six ? { udpChecksum } : {}),
    ...(six ? { udpZeroChecksum6Tx, udpZeroChecksum6Rx } : { udpZeroChecksum6Rx: true }),
  }
}
