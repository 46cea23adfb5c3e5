/**
 * Messages about links as text that can be compared. Not compared, because neither changes what the kernel does: the order
 * of attributes, NLA_F_NESTED (old attributes do without), the NUL behind texts, and the flags ACK and ECHO, which are the
 * connection's.
 */
import type { LinkRef, NamespaceRef, Request } from '@vnet/core'
import { MessageWriter } from '../src/netlink/writer.js'
import type { EncodeContext } from '../src/rtnetlink/codec.js'
import { linkCodecs } from '../src/rtnetlink/link.js'
import { hex } from './dissect.js'

/** Numbers of nests, and in them of others; a number stands for the octets before the attributes inside. */
interface Nest {
  readonly header?: number
  readonly nests?: { readonly [type: number]: Nest }
  readonly texts?: readonly number[]
}
const properties: Nest = { texts: [53] }
const kinds: { readonly [word: string]: Nest } = {
  veth: { nests: { 1: { header: 16, texts: [3, 53], nests: {} } } },
  vlan: { nests: { 3: {}, 4: {} } },
  macvlan: { nests: { 5: {} } },
}
const message: Nest = {
  header: 16,
  texts: [3, 53],
  nests: { 18: { texts: [1, 4], nests: { 2: {}, 5: {} } }, 52: properties },
}

/** A message as lines. */
export function dissectLink(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const kind = Object.keys(kinds).find((word) => Buffer.from(bytes).includes(`${word}\0`, 0, 'latin1')) ?? ''
  return [
    `type ${view.getUint16(4, true)} flags ${(view.getUint16(6, true) & ~0x0c).toString(16)} length ${view.getUint32(0, true) === bytes.length}`,
    ...lines(bytes, 16, bytes.length, message, kind),
  ]
}

function lines(bytes: Uint8Array, start: number, end: number, nest: Nest, kind: string): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const header = nest.header ?? 0
  const out: string[] = []
  for (let at = start + header; at + 4 <= end; ) {
    const length = view.getUint16(at, true)
    const type = view.getUint16(at + 2, true) & 0x3fff
    const inside = nest.nests?.[type]
    let stop = at + length
    if (inside !== undefined) {
      const deeper = nest.texts?.includes(1) && type === 2 ? (kinds[kind] ?? inside) : inside
      out.push(`${type} {\n  ${lines(bytes, at + 4, stop, deeper, kind).join('\n  ')}\n}`)
    } else {
      while (nest.texts?.includes(type) && stop > at + 4 && bytes[stop - 1] === 0) stop--
      out.push(`${type}: ${hex(bytes.subarray(at + 4, stop))}`)
    }
    at += (length + 3) & ~3
  }
  return [...(header > 0 ? [`header ${hex(bytes.subarray(start, start + header))}`] : []), ...out.sort()]
}

/** A context whose links and namespaces are told. */
export function contextOf(links: Record<string, number> = {}, namespaces: Record<string, number> = {}): EncodeContext {
  return {
    linkIndex(ref: LinkRef) {
      const index = typeof ref === 'number' ? ref : links[ref]
      if (index === undefined) throw new Error(`no link ${ref}`)
      return index
    },
    namespaceFd(ref: NamespaceRef) {
      const fd = 'name' in ref ? namespaces[ref.name] : undefined
      if (fd === undefined) throw new Error('no such namespace')
      return fd
    },
  }
}

/** A request about links as its message. */
export function encodeLink(request: Request, context: EncodeContext): Uint8Array {
  const to = new MessageWriter(64)
  const codec = linkCodecs[request.operation as keyof typeof linkCodecs]
  codec.encode(to, request.spec as never, context)
  return to.bytes.slice(0, to.length)
}
