/** The options of a VXLAN: defaults, and what they must satisfy (`vxlan_config_validate`). @module */
import { formatIp, type IpFamily, isMulticastIp, parseIp, type VxlanOptions } from '@vnet/core'
import { isLinkLocal, isZero } from '../bits.js'
import type { Namespace } from '../namespace.js'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'

/** The options of a VXLAN as the mock keeps them: all of them, defaults filled in. */
export type Settings = {
  -readonly [O in keyof Omit<VxlanOptions, 'link' | 'remote' | 'local'>]-?: NonNullable<VxlanOptions[O]>
} & {
  remote: string | undefined
  local: string | undefined
  family: IpFamily
}

/** VXLANs share it. */
const noRange = [0, 0] as const

/** What a new VXLAN has. */
export function defaults(): Settings {
  return {
    id: 0,
    remote: undefined,
    local: undefined,
    family: 4,
    // IANA's, as every driver of vnet sends it; the kernel's own is 8472.
    port: 4789,
    portRange: noRange,
    ttl: 0,
    ttlInherit: false,
    tos: 0,
    flowLabel: 0,
    flowLabelPolicy: 'fixed',
    df: 'unset',
    learning: true,
    ageing: 300,
    maxEntries: 0,
    proxy: false,
    rsc: false,
    l2Miss: false,
    l3Miss: false,
    udpChecksum: true,
    udpZeroChecksum6Tx: false,
    udpZeroChecksum6Rx: false,
    remoteChecksumTx: false,
    remoteChecksumRx: false,
    remoteChecksumNoPartial: false,
    gbp: false,
    gpe: false,
    external: false,
    vniFilter: false,
    localBypass: true,
    reservedBits: noRange,
  }
}

/** The options with addresses in canonical text, and the version of IP that they tell. */
export function withText(given: VxlanOptions): Partial<Settings> {
  const { link: _, remote, local, ...rest } = given
  const settings: Partial<Settings> = {}
  for (const [name, value] of Object.entries(rest)) if (value !== undefined) Object.assign(settings, { [name]: value })
  if (settings.ageing === 0) settings.ageing = 300
  for (const [name, text] of [['local', local] as const, ['remote', remote] as const]) {
    if (text === undefined) continue
    const octets = parseIp(text) as Uint8Array
    settings.family = octets.length === 16 ? 6 : 4
    settings[name] = isZero(octets) ? undefined : formatIp(octets)
  }
  return settings
}

const octetsOf = (text: string | undefined): Uint8Array | undefined => (text === undefined ? undefined : parseIp(text))

/** The link that outer packets leave by. */
export function lookUp(namespace: Namespace, ref: VxlanOptions['link']): Device | undefined {
  if (ref === undefined || ref === 0) return undefined
  const device = namespace.find(ref)
  if (device === undefined) {
    const detail = typeof ref === 'number' ? 'Invalid local interface, device not found' : undefined
    refuse('ENODEV', detail, { attribute: 'spec.vxlan.link' })
  }
  return device
}

/** `vxlan_config_validate`. */
export function validate(device: Device, options: Settings, lower: Device | undefined, home: Namespace): void {
  const no = (detail: string, field: string): never => refuse('EINVAL', detail, { attribute: `spec.vxlan.${field}` })
  if (options.vniFilter && !options.external) no('vxlan vnifilter only valid in collect metadata mode', 'vniFilter')
  if (options.portRange[0] > options.portRange[1]) no('Invalid source port range', 'portRange')
  if (options.gpe && !options.external) no('VXLAN GPE does not support this combination of attributes', 'gpe')
  const remote = octetsOf(options.remote)
  const local = octetsOf(options.local)
  if (remote !== undefined && local !== undefined && remote.length !== local.length) {
    no('Local and remote address must be from the same family', 'local')
  }
  if (local !== undefined && isMulticastIp(local)) no('Local address cannot be multicast', 'local')
  const near = local !== undefined && isLinkLocal(local)
  const far = remote !== undefined && isLinkLocal(remote)
  if (!options.external && remote !== undefined && near !== far) {
    no('Invalid combination of local and remote address scopes', 'local')
  }
  if (options.flowLabel !== 0 && options.family === 4)
    no('Label attribute only applies to IPv6 VXLAN devices', 'flowLabel')
  if (lower === undefined) {
    if (remote !== undefined && isMulticastIp(remote)) {
      no('Local interface required for multicast remote destination', 'link')
    }
    if (near) no('Local interface required for link-local local/remote addresses', 'link')
  }
  refuseUsed(device, options, home, options.id, 'A VXLAN device with the specified VNI already exists', 'spec.vxlan.id')
}

/**
 * Refuses an identifier of packets that another VXLAN would receive: on the same port, read the same way
 * (`vxlan_vni_in_use`).
 */
export function refuseUsed(
  device: Device,
  options: Settings,
  home: Namespace,
  vni: number,
  detail: string,
  attribute: string,
): void {
  for (const other of home.vxlans.of(options.port, vni)) {
    const theirs = other.vxlan
    if (other === device || theirs === undefined) continue
    const has = theirs.options.vniFilter ? theirs.vnis.has(vni) : theirs.options.id === vni
    if (has && theirs.options.port === options.port && receives(theirs.options) === receives(options)) {
      const hint = `${other.name} has identifier ${vni} on port ${options.port} already`
      refuse('EEXIST', detail, { attribute, hint })
    }
  }
}

/** What decides which packets a VXLAN takes (`VXLAN_F_RCV_FLAGS | VXLAN_F_IPV6`). */
export function receives(options: Settings): string {
  const { gbp, gpe, udpZeroChecksum6Rx, remoteChecksumRx, remoteChecksumNoPartial, external, vniFilter, family } =
    options
  return [gbp, gpe, udpZeroChecksum6Rx, remoteChecksumRx, remoteChecksumNoPartial, external, vniFilter, family].join()
}
