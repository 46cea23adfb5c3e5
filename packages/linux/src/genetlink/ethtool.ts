/** Attributes of ethtool's messages (`linux/ethtool_netlink.h`). @module */
import { attributes, custom, flag, text, u8, u32 } from '../netlink/attribute.js'
import { forEachAttribute, readValues } from '../netlink/attribute-run.js'
import { nested } from '../netlink/nested.js'
import type { Octets } from '../netlink/octets.js'

/** Which link a message is about. */
export const ethtoolHeaderAttributes = attributes({ link: u32(1, 'ETHTOOL_A_HEADER_DEV_INDEX') })

/** A set of bits with names. */
export const bitsetAttributes = attributes({
  nomask: flag(1, 'ETHTOOL_A_BITSET_NOMASK'),
  bits: custom<readonly Bit[]>(3, 'ETHTOOL_A_BITSET_BITS', 'nested', 0, () => {}, readBits),
})

/** A bit of a set. */
export const bitAttributes = attributes({
  index: u32(1, 'ETHTOOL_A_BITSET_BIT_INDEX'),
  name: text(2, 'ETHTOOL_A_BITSET_BIT_NAME'),
  value: flag(3, 'ETHTOOL_A_BITSET_BIT_VALUE'),
})

/** A bit that a set tells of. */
export interface Bit {
  readonly name: string
  /** Set. Of a set without a mask each that is told is. */
  readonly on: boolean
}

function readBits(from: Octets, start: number, end: number): readonly Bit[] {
  const bits: Bit[] = []
  forEachAttribute(from, start, end, 'bits', (_, at, stop) => {
    const { name = '', value } = readValues(bitAttributes, from, at, stop, 'bit')
    bits.push({ name: name as string, on: value === true })
  })
  return bits
}

const bitset = (type: number, name: string) =>
  custom<readonly Bit[]>(
    type,
    name,
    'nested',
    0,
    () => {},
    (from, start, end) => {
      const { nomask, bits = [] } = readValues(bitsetAttributes, from, start, end, name)
      return nomask === true ? (bits as Bit[]).map((bit) => ({ ...bit, on: true })) : (bits as Bit[])
    },
  )

const header = (name: string) => nested(1, name, ethtoolHeaderAttributes)

/** What the cable is plugged into. */
export const linkInfoMessage = attributes({
  header: header('ETHTOOL_A_LINKINFO_HEADER'),
  port: u8(2, 'ETHTOOL_A_LINKINFO_PORT'),
})

/** Speed, duplex and modes. */
export const linkModesMessage = attributes({
  header: header('ETHTOOL_A_LINKMODES_HEADER'),
  autonegotiation: u8(2, 'ETHTOOL_A_LINKMODES_AUTONEG'),
  ours: bitset(3, 'ETHTOOL_A_LINKMODES_OURS'),
  speed: u32(5, 'ETHTOOL_A_LINKMODES_SPEED'),
  duplex: u8(6, 'ETHTOOL_A_LINKMODES_DUPLEX'),
})

/** Whether the driver sees a carrier. */
export const linkStateMessage = attributes({
  header: header('ETHTOOL_A_LINKSTATE_HEADER'),
  carrier: u8(2, 'ETHTOOL_A_LINKSTATE_LINK'),
})

/** What the driver can do by itself. */
export const featuresMessage = attributes({
  header: header('ETHTOOL_A_FEATURES_HEADER'),
  changeable: bitset(2, 'ETHTOOL_A_FEATURES_HW'),
  wanted: bitset(3, 'ETHTOOL_A_FEATURES_WANTED'),
  active: bitset(4, 'ETHTOOL_A_FEATURES_ACTIVE'),
  never: bitset(5, 'ETHTOOL_A_FEATURES_NOCHANGE'),
})

/** Switches of the driver's own. */
export const privateFlagsMessage = attributes({
  header: header('ETHTOOL_A_PRIVFLAGS_HEADER'),
  flags: bitset(2, 'ETHTOOL_A_PRIVFLAGS_FLAGS'),
})

/** Rings. */
export const ringsMessage = attributes({
  header: header('ETHTOOL_A_RINGS_HEADER'),
  rxMost: u32(2, 'ETHTOOL_A_RINGS_RX_MAX'),
  rxMiniMost: u32(3, 'ETHTOOL_A_RINGS_RX_MINI_MAX'),
  rxJumboMost: u32(4, 'ETHTOOL_A_RINGS_RX_JUMBO_MAX'),
  txMost: u32(5, 'ETHTOOL_A_RINGS_TX_MAX'),
  rx: u32(6, 'ETHTOOL_A_RINGS_RX'),
  rxMini: u32(7, 'ETHTOOL_A_RINGS_RX_MINI'),
  rxJumbo: u32(8, 'ETHTOOL_A_RINGS_RX_JUMBO'),
  tx: u32(9, 'ETHTOOL_A_RINGS_TX'),
  rxBufferLength: u32(10, 'ETHTOOL_A_RINGS_RX_BUF_LEN'),
})

/** Queues of the driver. */
export const channelsMessage = attributes({
  header: header('ETHTOOL_A_CHANNELS_HEADER'),
  rxMost: u32(2, 'ETHTOOL_A_CHANNELS_RX_MAX'),
  txMost: u32(3, 'ETHTOOL_A_CHANNELS_TX_MAX'),
  otherMost: u32(4, 'ETHTOOL_A_CHANNELS_OTHER_MAX'),
  combinedMost: u32(5, 'ETHTOOL_A_CHANNELS_COMBINED_MAX'),
  rx: u32(6, 'ETHTOOL_A_CHANNELS_RX_COUNT'),
  tx: u32(7, 'ETHTOOL_A_CHANNELS_TX_COUNT'),
  other: u32(8, 'ETHTOOL_A_CHANNELS_OTHER_COUNT'),
  combined: u32(9, 'ETHTOOL_A_CHANNELS_COMBINED_COUNT'),
})

/** A wireless link (`linux/nl80211.h`). */
export const wirelessAttributes = attributes({ link: u32(3, 'NL80211_ATTR_IFINDEX') })
