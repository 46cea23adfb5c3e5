/**
 * States of bridge ports in instances of the spanning tree: options of a link of family AF_BRIDGE (RTM_SETLINK, RTM_GETLINK;
 * `net/bridge/br_mst.c`; Linux 5.18).
 *
 * @module
 */
import { type BridgeMst, type BridgeMstChange, type BridgeMstFilter, DecodeError, portStates } from '@vnet/core'
import { attributes, u8, u16, words, writeAttributes } from '../netlink/attribute.js'
import { forEachAttribute, readValues } from '../netlink/attribute-run.js'
import { NLM_F_DUMP, NLM_F_REQUEST } from '../netlink/message.js'
import type { Octets } from '../netlink/octets.js'
import type { MessageWriter } from '../netlink/writer.js'
import type { EncodeContext, OperationCodec } from './codec.js'
import { AF_BRIDGE, RTEXT_FILTER_MST, RTM_GETLINK, RTM_NEWLINK, RTM_SETLINK } from './constants.js'
import { IFLA_BRIDGE_MST, IFLA_BRIDGE_MST_ENTRY } from './constants-bridge.js'
import { ifinfomsg, linkAttributes } from './link-attributes.js'

/** An instance, enum IFLA_BRIDGE_MST_ENTRY_*. */
export const mstEntryAttributes = attributes({
  msti: u16(1, 'IFLA_BRIDGE_MST_ENTRY_MSTI'),
  state: words(u8(2, 'IFLA_BRIDGE_MST_ENTRY_STATE'), portStates),
})

const IFLA_AF_SPEC = linkAttributes.addressFamilies.type

function encodeHeader(to: MessageWriter, index: number): void {
  to.u8(AF_BRIDGE)
  to.zeros(3)
  to.u32(index)
  to.zeros(ifinfomsg.size - 8)
}

function encodeChange(to: MessageWriter, { link, ...entry }: BridgeMstChange, context: EncodeContext): void {
  const index = context.linkIndex(link)
  to.begin(RTM_SETLINK, NLM_F_REQUEST)
  encodeHeader(to, index)
  const family = to.nestPlain(IFLA_AF_SPEC)
  const instances = to.nestPlain(IFLA_BRIDGE_MST)
  const at = to.nest(IFLA_BRIDGE_MST_ENTRY)
  writeAttributes(to, mstEntryAttributes, entry)
  to.endNest(at)
  to.endNest(instances)
  to.endNest(family)
  to.end()
}

function encodeList(to: MessageWriter): void {
  to.begin(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP)
  encodeHeader(to, 0)
  linkAttributes.extendedMask.write(to, RTEXT_FILTER_MST)
  to.end()
}

/** Reads the instances of a port from the payload of RTM_NEWLINK; none of a link that is no port. */
export function decodeBridgeMsts(from: Octets, start: number, end: number): readonly BridgeMst[] {
  if (end - start < ifinfomsg.size)
    throw new DecodeError('bridgeMst', start, `${end - start} octets, needs ${ifinfomsg.size}`)
  const found: BridgeMst[] = []
  if (from.bytes[start] !== AF_BRIDGE) return found
  const link = from.u32(start + 4)
  const inside = (wanted: number, at: number, stop: number, visit: (start: number, end: number) => void) =>
    forEachAttribute(from, at, stop, 'bridgeMst', (type, first, last) => type === wanted && visit(first, last))
  inside(IFLA_AF_SPEC, start + ifinfomsg.size, end, (family, familyEnd) =>
    inside(IFLA_BRIDGE_MST, family, familyEnd, (instances, instancesEnd) =>
      inside(IFLA_BRIDGE_MST_ENTRY, instances, instancesEnd, (at, stop) => {
        const { msti, state } = readValues(mstEntryAttributes, from, at, stop, 'bridgeMst') as Partial<BridgeMst>
        if (msti === undefined || state === undefined)
          throw new DecodeError('bridgeMst', at, 'no instance, or no state')
        found.push({ link, msti, state })
      }),
    ),
  )
  return found
}

/** Links are left to us: the kernel tells those of all. */
function filter({ link, msti }: BridgeMstFilter, context: EncodeContext): ((entry: BridgeMst) => boolean) | undefined {
  const index = link === undefined ? undefined : context.linkIndex(link)
  if (index === undefined && msti === undefined) return undefined
  return (entry) => (index === undefined || entry.link === index) && (msti === undefined || entry.msti === msti)
}

/** The codecs. */
export const bridgeMstCodecs: {
  readonly 'bridgeMst set': OperationCodec<'bridgeMst set'>
  readonly 'bridgeMst list': OperationCodec<'bridgeMst list'>
} = {
  'bridgeMst set': { encode: encodeChange, answer: 'ack' },
  'bridgeMst list': {
    encode: encodeList,
    answer: 'dump',
    decode: (from, start, end, type) => (type === RTM_NEWLINK ? decodeBridgeMsts(from, start, end) : undefined),
    filter,
  },
}
