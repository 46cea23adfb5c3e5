/** HSR and PRP links: options as attributes (`linux/if_link.h`, `IFLA_HSR_*`; `net/hsr/hsr_netlink.c`). @module */
import { type HsrOptions, type HsrState, parseMac } from '@vnet/core'
import { attributes, mac, u8, u16, u32, words, writeAttributes } from '../../netlink/attribute.js'
import { readValues } from '../../netlink/attribute-run.js'
import type { LinkKind } from './kind.js'

/** Attributes of an HSR or PRP link. */
export const hsrAttributes = attributes({
  slave1: u32(1, 'IFLA_HSR_SLAVE1'),
  slave2: u32(2, 'IFLA_HSR_SLAVE2'),
  supervision: u8(3, 'IFLA_HSR_MULTICAST_SPEC'),
  supervisionAddress: mac(4, 'IFLA_HSR_SUPERVISION_ADDR'),
  sequenceNumber: u16(5, 'IFLA_HSR_SEQ_NR'),
  version: u8(6, 'IFLA_HSR_VERSION'),
  protocol: words(u8(7, 'IFLA_HSR_PROTOCOL'), { hsr: 0, prp: 1 }),
  interlink: u32(8, 'IFLA_HSR_INTERLINK'),
})

/** HSR and PRP links. */
export const hsr: LinkKind<HsrOptions, HsrState> = {
  property: 'hsr',
  attributes: hsrAttributes,
  encode(to, options, context) {
    const { slave1, slave2, interlink, ...values } = options
    const index = (ref: string | number | undefined) => (ref === undefined ? undefined : context.linkIndex(ref))
    const links = { slave1: index(slave1), slave2: index(slave2), interlink: index(interlink) }
    writeAttributes(to, hsrAttributes, { ...values, ...links })
  },
  decode(from, start, end) {
    const state = readValues(hsrAttributes, from, start, end, 'link.hsr')
    const { supervisionAddress } = state as HsrState
    if (supervisionAddress !== undefined) state.supervision = parseMac(supervisionAddress)?.[5]
    return state as HsrState
  },
}
