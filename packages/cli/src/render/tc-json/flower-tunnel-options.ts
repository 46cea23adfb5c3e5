/**
 * What a filter of `flower` matches of a tunnel's options, in the shape of `tc -j filter show` (iproute2 6.1). `tc` leaves out those
 * of GTP, and of PFCP it rounds the session, a number of 64 bits; here both are told, the session in hexadecimal. @module
 */
import { type TrafficFilter, tunnelOptionBits } from '@vnet/core'
import { type JsonObject, ordered } from '../ip-json/object.js'

type Entry = readonly [name: string, options: readonly JsonObject[]]

/** What the options are to be, and which bits of them count. */
export function tunnelOptionEntries(filter: TrafficFilter): readonly Entry[] {
  const { geneveOptions, vxlanOptions, erspanOptions, gtpOptions, pfcpOptions } = filter
  if (geneveOptions !== undefined) {
    const every = tunnelOptionBits.geneveOptions
    return entries('geneve', geneveOptions, [
      ({ class: owner = 0, type = 0, data }) => ({ class: owner, type, data: octetsOf(data) }),
      (option) => ({
        class: bits(option.class, option.classMask, every.class),
        type: bits(option.type, option.typeMask, every.type),
        data: octetsOf(option.dataMask ?? 'f'.repeat(option.data.length)),
      }),
    ])
  }
  if (vxlanOptions !== undefined)
    return entries(
      'vxlan',
      [vxlanOptions],
      [({ gbp }) => ({ gbp }), ({ gbpMask = tunnelOptionBits.vxlanOptions.gbp }) => ({ gbp: gbpMask })],
    )
  if (erspanOptions !== undefined) {
    const every = tunnelOptionBits.erspanOptions
    return entries(
      'erspan',
      [erspanOptions],
      [
        ({ version, index = 0, dir, hwid = 0 }) => ({ ver: version, index, dir: dir === 'egress' ? 1 : 0, hwid }),
        ({ version, index, indexMask, dir, hwid, hwidMask }) => ({
          ver: version,
          index: bits(index, indexMask, every.index),
          dir: bits(dir, undefined, 1),
          hwid: bits(hwid, hwidMask, every.hwid),
        }),
      ],
    )
  }
  if (gtpOptions !== undefined) {
    const every = tunnelOptionBits.gtpOptions
    return entries(
      'gtp',
      [gtpOptions],
      [
        ({ pduType = 0, qfi = 0 }) => ({ pdu_type: pduType, qfi }),
        ({ pduType, pduTypeMask, qfi, qfiMask }) => ({
          pdu_type: bits(pduType, pduTypeMask, every.pduType),
          qfi: bits(qfi, qfiMask, every.qfi),
        }),
      ],
    )
  }
  if (pfcpOptions === undefined) return []
  const none = '0'.repeat(16)
  return entries(
    'pfcp',
    [pfcpOptions],
    [
      ({ type = 0, seid = none }) => ({ type, seid }),
      ({ type, typeMask, seid, seidMask = 'f'.repeat(16) }) => ({
        type: bits(type, typeMask, tunnelOptionBits.pfcpOptions.type),
        seid: seid === undefined ? none : seidMask,
      }),
    ],
  )
}

function entries<Option>(
  word: string,
  options: readonly Option[],
  [value, mask]: readonly [(option: Option) => object, (option: Option) => object],
): readonly Entry[] {
  const object = (from: object) => ordered(Object.entries(from))
  return [
    [`${word}_opt_key`, options.map((option) => object(value(option)))],
    [`${word}_opt_mask`, options.map((option) => object(mask(option)))],
  ]
}

/** What may be anything has no bits that count. */
const bits = (value: unknown, mask: number | undefined, every: number): number =>
  value === undefined ? 0 : (mask ?? every)

const octetsOf = (digits: string): number[] => (digits.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
