/** Keys and peers of MACsec links: tables of attributes (`linux/if_macsec.h`, `MACSEC_*_ATTR_*`; `drivers/net/macsec.c`). @module */
import type { MacsecDevice, MacsecSa, MacsecSc, MacsecState, MacsecStatistics } from '@vnet/core'
import { attributes, bool, custom, octets, u8, u32, u32be } from '../netlink/attribute.js'
import { forEachAttribute, readAttributes } from '../netlink/attribute-run.js'
import { counters, nested } from '../netlink/nested.js'
import type { Octets } from '../netlink/octets.js'
import { macsecAttributes } from '../rtnetlink/kind/macsec.js'
import {
  macsecAssociationStatistics,
  macsecLinkStatistics,
  macsecReceivingStatistics,
  macsecSendingStatistics,
} from './macsec-statistics.js'

const PN = 3
const { sci, cipher, validate, offload } = macsecAttributes

/** Attributes of an association, enum macsec_sa_attrs. A packet number has 32 bits, with an XPN cipher 64. */
export const macsecSaAttributes = attributes({
  association: u8(1, 'MACSEC_SA_ATTR_AN'),
  active: bool(2, 'MACSEC_SA_ATTR_ACTIVE'),
  packetNumber: custom<{ readonly value: number; readonly wide: boolean }>(
    PN,
    'MACSEC_SA_ATTR_PN',
    'bytes',
    4,
    (to, { value, wide }) => (wide ? to.u64Attribute(PN, value) : to.u32Attribute(PN, value)),
    (from, start, end) =>
      end - start < 8 ? { value: from.u32(start), wide: false } : { value: from.u64(start), wide: true },
  ),
  key: octets(4, 'MACSEC_SA_ATTR_KEY'),
  keyId: octets(5, 'MACSEC_SA_ATTR_KEYID'),
  statistics: counters<MacsecStatistics>(6, 'MACSEC_SA_ATTR_STATS', macsecAssociationStatistics),
  pad: octets(7, 'MACSEC_SA_ATTR_PAD'),
  ssci: u32be(8, 'MACSEC_SA_ATTR_SSCI'),
  salt: octets(9, 'MACSEC_SA_ATTR_SALT'),
})

/** Attributes of a receiving channel, enum macsec_rxsc_attrs. */
export const macsecScAttributes = attributes({
  sci: { ...sci, name: 'MACSEC_RXSC_ATTR_SCI' },
  active: bool(2, 'MACSEC_RXSC_ATTR_ACTIVE'),
  associations: custom<readonly MacsecSa[]>(3, 'MACSEC_RXSC_ATTR_SA_LIST', 'nested', 0, () => {}, readAssociations),
  statistics: counters<MacsecStatistics>(4, 'MACSEC_RXSC_ATTR_STATS', macsecReceivingStatistics),
  pad: octets(5, 'MACSEC_RXSC_ATTR_PAD'),
})

/** Attributes of the link's own side, enum macsec_secy_attrs. */
export const macsecSecyAttributes = attributes({
  sci: { ...sci, name: 'MACSEC_SECY_ATTR_SCI' },
  encodingSa: u8(2, 'MACSEC_SECY_ATTR_ENCODING_SA'),
  window: u32(3, 'MACSEC_SECY_ATTR_WINDOW'),
  cipher: { ...cipher, name: 'MACSEC_SECY_ATTR_CIPHER_SUITE' },
  icvLength: u8(5, 'MACSEC_SECY_ATTR_ICV_LEN'),
  protect: bool(6, 'MACSEC_SECY_ATTR_PROTECT'),
  replayProtect: bool(7, 'MACSEC_SECY_ATTR_REPLAY'),
  operational: bool(8, 'MACSEC_SECY_ATTR_OPER'),
  validate: { ...validate, type: 9, name: 'MACSEC_SECY_ATTR_VALIDATE' },
  encrypt: bool(10, 'MACSEC_SECY_ATTR_ENCRYPT'),
  sendSci: bool(11, 'MACSEC_SECY_ATTR_INC_SCI'),
  endStation: bool(12, 'MACSEC_SECY_ATTR_ES'),
  scb: bool(13, 'MACSEC_SECY_ATTR_SCB'),
  pad: octets(14, 'MACSEC_SECY_ATTR_PAD'),
})

/** Attributes of who does the work, enum macsec_offload_attrs. */
export const macsecOffloadAttributes = attributes({
  type: { ...offload, type: 1, name: 'MACSEC_OFFLOAD_ATTR_TYPE' },
  pad: octets(2, 'MACSEC_OFFLOAD_ATTR_PAD'),
})

/** Attributes of a message about a MACsec link, enum macsec_attrs. */
export const macsecMessageAttributes = attributes({
  link: u32(1, 'MACSEC_ATTR_IFINDEX'),
  channel: nested(2, 'MACSEC_ATTR_RXSC_CONFIG', macsecScAttributes),
  association: nested(3, 'MACSEC_ATTR_SA_CONFIG', macsecSaAttributes),
  secy: nested(4, 'MACSEC_ATTR_SECY', macsecSecyAttributes),
  associations: custom<readonly MacsecSa[]>(5, 'MACSEC_ATTR_TXSA_LIST', 'nested', 0, () => {}, readAssociations),
  channels: custom<readonly MacsecSc[]>(6, 'MACSEC_ATTR_RXSC_LIST', 'nested', 0, () => {}, readChannels),
  sending: counters<MacsecStatistics>(7, 'MACSEC_ATTR_TXSC_STATS', macsecSendingStatistics),
  statistics: counters<MacsecStatistics>(8, 'MACSEC_ATTR_SECY_STATS', macsecLinkStatistics),
  offload: nested(9, 'MACSEC_ATTR_OFFLOAD', macsecOffloadAttributes),
})

function readAssociations(from: Octets, start: number, end: number): readonly MacsecSa[] {
  const found: MacsecSa[] = []
  forEachAttribute(from, start, end, 'macsec.associations', (_, at, stop) => {
    const {
      pad: _pad,
      packetNumber,
      keyId,
      ...rest
    } = readAttributes(macsecSaAttributes, from, at, stop, 'macsec.associations').values
    found.push({
      ...rest,
      packetNumber: (packetNumber as { value: number } | undefined)?.value ?? 0,
      keyId: Buffer.from((keyId ?? new Uint8Array(16)) as Uint8Array).toString('hex'),
    } as unknown as MacsecSa)
  })
  return found
}

function readChannels(from: Octets, start: number, end: number): readonly MacsecSc[] {
  const found: MacsecSc[] = []
  forEachAttribute(from, start, end, 'macsec.channels', (_, at, stop) => {
    const { pad: _pad, ...values } = readAttributes(macsecScAttributes, from, at, stop, 'macsec.channels').values
    found.push({ associations: [], ...values } as unknown as MacsecSc)
  })
  return found
}

interface Values {
  readonly link: number
  readonly secy: MacsecState & { readonly operational: boolean; readonly pad?: unknown }
  readonly associations?: readonly MacsecSa[]
  readonly channels?: readonly MacsecSc[]
  readonly sending?: MacsecStatistics
  readonly statistics?: MacsecStatistics
  readonly offload?: { readonly type?: MacsecState['offload'] }
}

/** Reads a message about a link, from behind the header of generic netlink; `statistics`: counters are wanted. */
export function readMacsec(from: Octets, start: number, end: number, statistics: boolean): MacsecDevice {
  const { values, other } = readAttributes(macsecMessageAttributes, from, start, end, 'macsec')
  const { link, secy, associations = [], channels = [], sending, offload, ...told } = values as unknown as Values
  const { pad: _, ...settings } = secy
  const work = offload?.type
  return {
    link,
    ...settings,
    ...(work === undefined ? {} : { offload: work }),
    associations: associations.map((one) => counted(one, statistics)),
    channels: channels.map((one) =>
      counted({ ...one, associations: one.associations.map((each) => counted(each, statistics)) }, statistics),
    ),
    ...(statistics ? { statistics: { ...told.statistics, ...sending } } : {}),
    other,
  }
}

/** Without its counters, where they are not wanted: the kernel always tells them. */
function counted<T extends { readonly statistics?: MacsecStatistics }>(object: T, wanted: boolean): T {
  if (wanted) return object
  const { statistics: _, ...rest } = object
  return rest as T
}
