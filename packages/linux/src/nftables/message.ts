/** Messages of netfilter: `struct nfgenmsg` behind the netlink header (`linux/netfilter/nfnetlink.h`). @module */
import type { IpFamily } from '@vnet/core'
import { NLM_F_REQUEST } from '../netlink/message.js'
import type { MessageWriter } from '../netlink/writer.js'
import { field, struct, writeStruct } from '../rtnetlink/struct.js'
import * as k from './constants.js'

/** The header behind that of netlink. */
export const nfgenmsg = struct('struct nfgenmsg', 4, {
  family: field('nfgen_family', 0, 'u8'),
  version: field('version', 1, 'u8'),
  resource: field('res_id', 2, 'u16be'),
})

/** The type of a message to nf_tables. */
export const typeOf = (message: number): number => (k.NFNL_SUBSYS_NFTABLES << 8) | message

/** Netfilter's number of a version of IP. */
export const familyNumber = (family: IpFamily): number => (family === 4 ? k.NFPROTO_IPV4 : k.NFPROTO_IPV6)

/** Begins a message to nf_tables; {@link MessageWriter.end} ends it. */
export function beginNftables(to: MessageWriter, message: number, flags: number, family: number): void {
  to.begin(typeOf(message), NLM_F_REQUEST | flags)
  writeStruct(to, nfgenmsg, { family })
}

/** Appends the message that begins what is carried out together, only where nothing has changed since a generation. */
export function writeBatchBegin(to: MessageWriter, generation: number | undefined): void {
  to.begin(k.NFNL_MSG_BATCH_BEGIN, NLM_F_REQUEST)
  writeStruct(to, nfgenmsg, { resource: k.NFNL_SUBSYS_NFTABLES })
  if (generation !== undefined) to.u32beAttribute(k.NFNL_BATCH_GENID, generation)
  to.end()
}

/** Appends the message that ends it. */
export function writeBatchEnd(to: MessageWriter): void {
  to.begin(k.NFNL_MSG_BATCH_END, NLM_F_REQUEST)
  writeStruct(to, nfgenmsg, { resource: k.NFNL_SUBSYS_NFTABLES })
  to.end()
}
