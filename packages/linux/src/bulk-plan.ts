/** Which links of a list of deletions one group request may take: numbers side by side, for a list may hold thousands. @module */
import type { Link, LinkRef } from '@vnet/core'
import type { Pending } from './conversation.js'
import type { Octets } from './netlink/octets.js'
import { LinkGlance } from './rtnetlink/link-glance.js'

const glance = new LinkGlance()

/** The links of a list of deletions, by their positions in it. Takes a list of links, and answers to questions for single ones. */
export class BulkPlan implements Pending {
  /** Links of the list that was read which are in no deletion. */
  others = 0
  private readonly refs: readonly LinkRef[]
  /** Where each name or index comes first. */
  private readonly positions = new Map<LinkRef, number>()
  /** Index of the link, 0 where it is not known. */
  private readonly index: Int32Array
  private readonly group: Uint32Array
  private readonly parent: Int32Array
  /** 1 where the link is known, and one by one it is to be deleted. */
  private readonly single: Uint8Array

  constructor(refs: readonly LinkRef[]) {
    this.refs = refs
    this.index = new Int32Array(refs.length)
    this.group = new Uint32Array(refs.length)
    this.parent = new Int32Array(refs.length)
    this.single = new Uint8Array(refs.length)
    for (let position = 0; position < refs.length; position++) {
      const ref = refs[position] as LinkRef
      if (this.positions.has(ref)) this.single[position] = 1
      else this.positions.set(ref, position)
    }
  }

  /** Takes a link of a list. */
  object(from: Octets, start: number, end: number, type: number): void {
    if (!glance.read(from, start, end, type)) return
    const byName = this.positions.get(glance.name)
    const byIndex = this.positions.get(glance.index)
    if (byName === undefined && byIndex === undefined) this.others++
    if (byName !== undefined) this.note(byName)
    if (byIndex !== undefined) this.note(byIndex)
  }

  settle(): void {
    // A list that was cut short or changed under way is right in what it tells, and the rest is asked for.
  }

  /** The positions of links that are not known yet. */
  unknown(): number[] {
    const list: number[] = []
    for (let i = 0; i < this.refs.length; i++) if (this.index[i] === 0 && this.single[i] === 0) list.push(i)
    return list
  }

  /** Takes the answer to a question for one of them. */
  answer(position: number, link: Link | undefined): void {
    if (link === undefined) return
    glance.take(link)
    this.note(position)
  }

  /**
   * The positions of those that one request may take: each link once, and none that an earlier one of the list takes along
   * (the peer of a veth, a VLAN whose parent is deleted before).
   */
  together(): number[] {
    const list: number[] = []
    const earlier = new Set<number>()
    for (let i = 0; i < this.refs.length; i++) {
      const index = this.index[i] as number
      if (index === 0 || this.single[i] === 1 || earlier.has(index)) continue
      if (!earlier.has(this.parent[i] as number)) list.push(i)
      earlier.add(index)
    }
    return list
  }

  /** How many deletions there are. */
  get size(): number {
    return this.refs.length
  }
  /** What the deletion at a position calls its link. */
  ref(position: number): LinkRef {
    return this.refs[position] as LinkRef
  }
  /** The indexes of the links at some positions. */
  indexes(positions: readonly number[]): Int32Array {
    const list = new Int32Array(positions.length)
    for (let i = 0; i < list.length; i++) list[i] = this.index[positions[i] as number] as number
    return list
  }
  /** The groups that they were in. */
  groups(positions: readonly number[]): Uint32Array {
    const list = new Uint32Array(positions.length)
    for (let i = 0; i < list.length; i++) list[i] = this.group[positions[i] as number] as number
    return list
  }

  private note(position: number): void {
    this.index[position] = glance.index
    this.group[position] = glance.group
    this.parent[position] = glance.parent
    this.single[position] = glance.deletable ? 0 : 1
  }
}
