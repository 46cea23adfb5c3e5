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
import { loadFixture } from './fixtures/load.js'

const peerOfVeth = '18.2.1'
/** Nests by their path of attribute numbers, and the octets before the attributes inside. */
const nests: Readonly<Record<string, number>> = { '18': 0, '18.2': 0, '18.5': 0, '52': 0 }
const nestsOf: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  veth: { [peerOfVeth]: 16 },
  vlan: { '18.2.3': 0, '18.2.4': 0 },
  macvlan: { '18.2.5': 0 },
  bond: { '18.2.8': 0, '18.2.31': 0 },
}
/** Texts, which may have a NUL. */
const texts = ['3', '53', '52.53', '18.1', '18.4', `${peerOfVeth}.3`]

/** A message as lines: its type and flags, its header, each attribute by the path of numbers that leads to it. */
export function dissectLink(bytes: Uint8Array): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const flags = view.getUint16(6, true) & ~0x0c
  const kind = Object.keys(nestsOf).find((word) => Buffer.from(bytes).includes(word)) ?? ''
  return [
    `type ${view.getUint16(4, true)} flags ${flags.toString(16)}${view.getUint32(0, true) === bytes.length ? '' : ' cut'}`,
    `header ${hex(bytes.subarray(16, 32))}`,
    ...lines(bytes, 32, bytes.length, '', { ...nests, ...nestsOf[kind] }).sort(),
  ]
}

function lines(bytes: Uint8Array, start: number, end: number, prefix: string, known: Record<string, number>): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const out: string[] = []
  for (let at = start; at + 4 <= end; at += (view.getUint16(at, true) + 3) & ~3) {
    const path = `${prefix}${view.getUint16(at + 2, true) & 0x3fff}`
    let stop = at + view.getUint16(at, true)
    const header = known[path]
    if (header !== undefined) {
      out.push(`${path}: {${header > 0 ? hex(bytes.subarray(at + 4, at + 4 + header)) : ''}}`)
      out.push(...lines(bytes, at + 4 + header, stop, `${path}.`, known))
    } else {
      while (texts.includes(path) && stop > at + 4 && bytes[stop - 1] === 0) stop--
      out.push(`${path}: ${hex(bytes.subarray(at + 4, stop))}`)
    }
  }
  return out
}

/** A context whose links and namespaces are told. */
export function contextOf(links: Record<string, number> = {}, namespaces: Record<string, number> = {}): EncodeContext {
  return {
    timerFrequency: () => 1e9,
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

/**
 * The request that iproute2 sent, as lines. It tells the kernel `bridge_slave` as the link's kind, which is none; vnet says
 * what kind the master is.
 */
export function recorded(name: string): string[] {
  const lines = dissectLink(loadFixture(name).requests[0] as Uint8Array).map((line) =>
    line.replace('18.1: 62 72 69 64 67 65 5f 73 6c 61 76 65', '18.4: 62 72 69 64 67 65'),
  )
  return [...lines.slice(0, 2), ...lines.slice(2).sort()]
}
