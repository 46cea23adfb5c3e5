/** Options of a switch. @module */
import type { MacInput } from '@vnet/core'
import { check } from './check.js'
import type { SwitchEvent } from './event.js'
import type { SwitchPortOptions } from './port-options.js'
import type { StpOptions } from './stp/options.js'

/** What a `Switch` is made of. */
export interface SwitchOptions {
  /** The switch's own MAC address: that of the host port, and its name in the spanning tree. */
  readonly mac: MacInput
  /** Whether there is a host port: number 0, where frames to `mac` go, and broadcasts and multicasts too. Default `true`. */
  readonly host?: boolean
  /** VLANs of the host port, with `vlanFiltering`. Access to VLAN 1 when absent. */
  readonly hostVlan?: SwitchPortOptions['vlan']
  /** Seconds until a station is forgotten that sends nothing, 0 (learns nothing) to 1,000,000. Default 300. */
  readonly ageingTime?: number
  /** Most stations that are learned, 0–1,048,576; the oldest makes room. Default 16,384. Each takes 48 octets. */
  readonly maxLearned?: number
  /** A random number, 32 bits: without knowing it nobody can find addresses that make look-ups slow. Default 0. */
  readonly seed?: number
  /** Whether VLANs are told apart (802.1Q). Default `false`: tags are octets like others. */
  readonly vlanFiltering?: boolean
  /** EtherType of tags: 0x8100 (the default) or 0x88a8. */
  readonly vlanProtocol?: 0x8100 | 0x88a8
  /**
   * Groups `01:80:c2:00:00:0x` that are forwarded all the same: bit x stands for the last four bits, as `group_fwd_mask`
   * of `ip link`; bits 0 to 2 cannot be set. Default 0.
   */
  readonly groupForwardMask?: number
  /** Spanning tree: options, or `true` for RSTP as the standard recommends it. Default `false`: loops do not end. */
  readonly stp?: boolean | StpOptions
  /** Is told what happens, while it happens. It must not call the switch. Without it no event costs anything. */
  readonly onEvent?: (event: SwitchEvent) => void
}

/** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for options that are not allowed */
export function checkedOptions(options: SwitchOptions) {
  const settings = {
    mac: -1,
    host: true,
    hostVlan: undefined as SwitchOptions['hostVlan'],
    ageingTime: 300,
    maxLearned: 16_384,
    seed: 0,
    vlanFiltering: false,
    vlanProtocol: 0x8100,
    groupForwardMask: 0,
    stp: undefined as StpOptions | undefined,
    onEvent: undefined as SwitchOptions['onEvent'],
  }
  check.into(settings, options, '', {
    mac: check.unicastMac,
    host: check.boolean,
    hostVlan: (value) => value,
    ageingTime: check.from(0, 1_000_000),
    maxLearned: check.whole(0, 1_048_576),
    seed: check.whole(-0x80000000, 0xffffffff),
    vlanFiltering: check.boolean,
    vlanProtocol: (value, path) => (value === 0x88a8 ? value : check.whole(0x8100, 0x8100)(value, path)),
    groupForwardMask: check.whole(0, 0xffff),
    stp: (value) => (value === true ? {} : value === false ? undefined : value),
    onEvent: (value, path) => (typeof value === 'function' ? value : check.refuse(path, 'a function is needed')),
  })
  if (settings.mac < 0) check.refuse('mac', 'the switch needs a MAC address')
  if (settings.groupForwardMask & 7) check.refuse('groupForwardMask', 'bits 0 to 2 cannot be set')
  if (settings.hostVlan !== undefined && !settings.vlanFiltering) check.refuse('hostVlan', 'needs vlanFiltering')
  return settings
}
