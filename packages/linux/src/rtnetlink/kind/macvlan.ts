/** macvlan and macvtap links: options as attributes (`linux/if_link.h`, `IFLA_MACVLAN_*`; `drivers/net/macvlan.c`). @module */
import { formatMac, type MacvlanOptions, type MacvlanState, parseMac } from '@vnet/core'
import { attributes, custom, mac, s32, u16, u32, words } from '../../netlink/attribute.js'
import { forEachAttribute, readAttribute, readValues } from '../../netlink/attribute-run.js'
import {
  MACVLAN_FLAG_NODST,
  MACVLAN_FLAG_NOPROMISC,
  MACVLAN_MACADDR_ADD,
  MACVLAN_MACADDR_DEL,
  MACVLAN_MACADDR_SET,
  MACVLAN_MODE_BRIDGE,
  MACVLAN_MODE_PASSTHRU,
  MACVLAN_MODE_PRIVATE,
  MACVLAN_MODE_SOURCE,
  MACVLAN_MODE_VEPA,
} from '../constants.js'
import type { LinkKind } from './kind.js'

const MACADDR = 4

/** Attributes of a macvlan. `macs` holds as many `macAddress` as there are; `macsCommand` says what becomes of them. */
export const macvlanAttributes = attributes({
  mode: words(u32(1, 'IFLA_MACVLAN_MODE'), {
    private: MACVLAN_MODE_PRIVATE,
    vepa: MACVLAN_MODE_VEPA,
    bridge: MACVLAN_MODE_BRIDGE,
    passthru: MACVLAN_MODE_PASSTHRU,
    source: MACVLAN_MODE_SOURCE,
  }),
  flags: u16(2, 'IFLA_MACVLAN_FLAGS'),
  macsCommand: u32(3, 'IFLA_MACVLAN_MACADDR_MODE'),
  macAddress: mac(MACADDR, 'IFLA_MACVLAN_MACADDR'),
  macs: custom<readonly string[]>(
    5,
    'IFLA_MACVLAN_MACADDR_DATA',
    'nested',
    0,
    (to, macs) => {
      const at = to.nest(5)
      for (const value of macs) to.octetsAttribute(MACADDR, parseMac(value) as Uint8Array)
      to.endNest(at)
    },
    (from, start, end) => {
      const macs: string[] = []
      forEachAttribute(from, start, end, 'link.macvlan.macs', (type, at, stop) => {
        if (type === MACADDR) macs.push(formatMac(from.bytes, at, stop))
      })
      return macs
    },
  ),
  macCount: u32(6, 'IFLA_MACVLAN_MACADDR_COUNT'),
  broadcastQueueLength: u32(7, 'IFLA_MACVLAN_BC_QUEUE_LEN'),
  broadcastQueueUsed: u32(8, 'IFLA_MACVLAN_BC_QUEUE_LEN_USED'),
  broadcastCutoff: s32(9, 'IFLA_MACVLAN_BC_CUTOFF'),
})

const { flags: _, macsCommand: __, macAddress: ___, macCount: ____, ...shown } = macvlanAttributes

/** macvlan and macvtap links, which differ in the character device only. */
export const macvlan: LinkKind<MacvlanOptions, MacvlanState> = {
  property: 'macvlan',
  attributes: macvlanAttributes,
  together: ['noPromiscuous', 'noDestination'],
  paths: { flags: '', macsCommand: 'macs', macAddress: 'macs', macCount: 'macs' },
  encode(to, options) {
    const a = macvlanAttributes
    if (options.mode !== undefined) a.mode.write(to, options.mode)
    // There is no mask: a flag that is not told is switched off.
    if (options.noPromiscuous !== undefined || options.noDestination !== undefined)
      a.flags.write(
        to,
        (options.noPromiscuous ? MACVLAN_FLAG_NOPROMISC : 0) | (options.noDestination ? MACVLAN_FLAG_NODST : 0),
      )
    if (options.broadcastQueueLength !== undefined) a.broadcastQueueLength.write(to, options.broadcastQueueLength)
    if (options.broadcastCutoff !== undefined) a.broadcastCutoff.write(to, options.broadcastCutoff)
    if (options.macs !== undefined) {
      a.macsCommand.write(to, MACVLAN_MACADDR_SET)
      a.macs.write(to, options.macs)
    }
    const step = options.addMac ?? options.deleteMac
    if (step !== undefined) {
      a.macsCommand.write(to, options.addMac === undefined ? MACVLAN_MACADDR_DEL : MACVLAN_MACADDR_ADD)
      a.macAddress.write(to, step)
    }
  },
  decode(from, start, end) {
    const state = readValues(shown, from, start, end, 'link.macvlan')
    const flags = readAttribute(macvlanAttributes.flags, from, start, end, 'link.macvlan')
    if (flags !== undefined) {
      state.noPromiscuous = (flags & MACVLAN_FLAG_NOPROMISC) !== 0
      state.noDestination = (flags & MACVLAN_FLAG_NODST) !== 0
    }
    // The kernel leaves an empty list out.
    if (state.mode === 'source') state.macs ??= []
    return state as MacvlanState
  },
}
