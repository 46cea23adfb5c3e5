/** Requests that the kernel takes in several messages only, as requests of one message each, in an order that it accepts. @module */
import type { CleanLinkChange, CleanLinkSpec, Link, LinkRef, NamespaceRef, Request } from '@vnet/core'
import { peerOf } from './kind/veth.js'

/**
 * Stands in a part for the link that the first part makes; its index is known when that is answered.
 * No link has these numbers.
 */
export const madeLink = 0
/** Stands in a part for the veth peer of the link that the first part makes. */
export const madePeer = -1

type Mutable<T> = { -readonly [K in keyof T]: T[K] }
type Change = Mutable<CleanLinkChange>

/**
 * The requests of one message each that a request stands for; `undefined`, at little cost, when it is one message as it
 * is. The parts are carried out in order, the next when the one before has succeeded.
 *
 * A part may change the name by which the link was given: resolve `spec.link` of a `link set` to its index once, before
 * the first part ({@link withLink}). Parts of a `link add` after the first name what it made by {@link madeLink} or
 * {@link madePeer} ({@link withMade}), and belong to the namespace it was made in ({@link namespaceOfPart}).
 */
export function split(request: Request): readonly Request[] | undefined {
  if (request.operation === 'link set') return splitSet(request.spec)
  if (request.operation === 'link add') return splitAdd(request.spec)
  return undefined
}

/** What takes back the first part of a split request when a later one fails: the link is deleted again. */
export function undo(request: Request): Request | undefined {
  return request.operation === 'link add' ? { operation: 'link delete', spec: { link: madeLink } } : undefined
}

/** A part with the link that it is about, known by now. */
export function withLink(part: Request, link: LinkRef): Request {
  return { operation: part.operation, spec: { ...part.spec, link } } as Request
}

/** A part of a `link add` with the index of what the first part made in place of {@link madeLink} or {@link madePeer}. */
export function withMade(part: Request, made: Pick<Link, 'index' | 'parent'>): Request {
  const link = 'link' in part.spec ? part.spec.link : undefined
  if (link === madeLink) return withLink(part, made.index)
  // Of a veth, IFLA_LINK is the peer.
  return link === madePeer && made.parent !== undefined ? withLink(part, made.parent) : part
}

/** The namespace that a part of a `link add`, or its undoing, is carried out in; `undefined` for the connection's own. */
export function namespaceOfPart(whole: Request, part: Request): NamespaceRef | undefined {
  if (whole.operation !== 'link add' || part.operation === 'link add') return undefined
  const ofPeer = 'link' in part.spec && part.spec.link === madePeer
  return ofPeer ? peerOf(whole.spec)?.namespace : whole.spec.namespace
}

/**
 * The kernel takes alias, carrier and port options only from a change, never with a new link; and the peer of a veth cannot
 * be up in the message that makes the pair, for it is configured before the ends are joined (ENOTCONN, `veth_newlink`).
 */
function splitAdd(spec: CleanLinkSpec): readonly Request[] | undefined {
  const peer = peerOf(spec)
  const later = spec.port !== undefined || spec.alias !== undefined || spec.carrier !== undefined
  const peerLater = peer?.up === true || peer?.alias !== undefined
  if (!later && !peerLater) return undefined
  const { port, alias, carrier, ...made } = spec
  const parts: Request[] = []
  if (peerLater) {
    const { up, alias: peerAlias, ...rest } = peer
    parts.push({ operation: 'link add', spec: { ...made, peer: rest } as CleanLinkSpec })
    parts.push({ operation: 'link set', spec: present({ link: madePeer, up, alias: peerAlias }) })
  } else parts.push({ operation: 'link add', spec: made as CleanLinkSpec })
  if (later) {
    const spec = present({ link: madeLink, alias, carrier, port })
    parts.push(...(splitSet(spec) ?? [{ operation: 'link set', spec } as const]))
  }
  return parts
}

/** A change without the fields that are `undefined`. */
function present(change: { readonly [F in keyof CleanLinkChange]: CleanLinkChange[F] | undefined }): CleanLinkChange {
  return Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as unknown as CleanLinkChange
}

/**
 * In one message the kernel changes the kind's options, then those of the port (of the master it has by then), then moves
 * the link, then the rest with the master last but for the carrier (`rtnl_changelink`, `do_setlink`).
 */
function splitSet(spec: CleanLinkChange): readonly Request[] | undefined {
  const { addAltNames, deleteAltNames, port, bondPort } = spec
  const named = spec.name !== undefined
  const downBeforeName = named && spec.up === false
  if (
    addAltNames === undefined &&
    deleteAltNames === undefined &&
    port === undefined &&
    bondPort === undefined &&
    !downBeforeName
  )
    return undefined

  const parts: Change[] = []
  const { link } = spec
  const main: Change = { ...spec }
  delete main.addAltNames
  delete main.deleteAltNames
  if (deleteAltNames !== undefined) parts.push({ link, deleteAltNames })
  // Kernels before 6.2 do not rename a link that is up (EBUSY), and look at the name first.
  if (downBeforeName) {
    parts.push({ link, up: false })
    delete main.up
  }
  const moved = spec.namespace !== undefined
  // A move ends what the link is here: port options and alternative names come before it.
  if (moved && named && addAltNames !== undefined) parts.push({ link, name: spec.name as string })
  const portLast = portAfter(spec)
  if (portLast) {
    delete main.port
    delete main.bondPort
  }
  if (moved && portLast) {
    if (spec.master !== undefined) parts.push({ link, master: spec.master })
    delete main.master
  }
  if (!moved && hasChange(main)) parts.push(main)
  if (addAltNames !== undefined) parts.push({ link, addAltNames })
  if (portLast)
    parts.push({ link, ...(port === undefined ? {} : { port }), ...(bondPort === undefined ? {} : { bondPort }) })
  if (moved) parts.push(main)
  return parts.length === 1 ? undefined : parts.map((part) => ({ operation: 'link set', spec: part }))
}

/** Whether the port's options need what else is changed to be in force: the master, or the link up for the STP state. */
function portAfter(spec: CleanLinkChange): boolean {
  if (spec.port === undefined && spec.bondPort === undefined) return false
  // A state is a message of its own: see encodePortState.
  return (spec.master !== undefined && spec.master !== null) || spec.port?.state !== undefined
}

function hasChange(change: CleanLinkChange): boolean {
  for (const field in change) if (field !== 'link' && change[field as keyof CleanLinkChange] !== undefined) return true
  return false
}
