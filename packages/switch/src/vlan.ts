/** Which VLANs a port belongs to, and whether their frames leave it with a tag (IEEE 802.1Q-2018 § 8.8, `bridge vlan`). @module */
import { check } from './check.js'

/** VLANs: numbers, and ranges of them, both ends included. */
export type VlanList = readonly (number | readonly [first: number, last: number])[]

/** VLANs of a port. Numbers are 1–4094. */
export type VlanPortOptions =
  /** For a host: frames have no tag; tagged ones are dropped, unless the tag names this VLAN. */
  | { readonly mode: 'access'; readonly id: number }
  /** For another switch: frames have a tag, but for those of the native VLAN; without one, frames that have none are dropped. */
  | { readonly mode: 'trunk'; readonly native?: number; readonly allowed?: VlanList }
  /** As `bridge vlan add` builds it: `pvid` is where frames without a tag go; which VLANs leave with a tag and which without. */
  | { readonly mode: 'hybrid'; readonly pvid?: number; readonly tagged?: VlanList; readonly untagged?: VlanList }

/** No member, a member with tags, a member without. */
export const membership = { none: 0, tagged: 1, untagged: 2 } as const

/** VLANs of a port, looked up by number. */
export class VlanMembers {
  /** VLAN of frames without a tag; 0 where they are dropped. */
  readonly pvid: number
  /** By VLAN, see {@link membership}. */
  readonly of = new Uint8Array(4096)

  /** @throws TypeError · RangeError (`VNET_TYPE`, `VNET_RANGE`) for what is no VLAN */
  constructor(options: VlanPortOptions) {
    const { mode, ...rest } = options
    check.word('access', 'trunk', 'hybrid')(mode, 'vlan.mode')
    if (options.mode === 'access') {
      const { id } = read(rest, { id: check.whole(1, 4094) })
      if (id === undefined) check.refuse('vlan.id', 'access needs a VLAN')
      this.pvid = id as number
      this.of[this.pvid] = membership.untagged
      return
    }
    if (options.mode === 'trunk') {
      const { native = 0, allowed = [[1, 4094]] } = read(rest, { native: check.whole(1, 4094), allowed: list })
      this.#add(allowed as VlanList, membership.tagged)
      this.pvid = native as number
      if (this.pvid > 0) this.of[this.pvid] = membership.untagged
      return
    }
    const checks = { pvid: check.whole(1, 4094), tagged: list, untagged: list }
    const { pvid = 0, tagged = [], untagged = [] } = read(rest, checks)
    this.#add(tagged as VlanList, membership.tagged)
    this.#add(untagged as VlanList, membership.untagged)
    this.pvid = pvid as number
    if (this.pvid > 0 && this.of[this.pvid] === membership.none) {
      check.refuse('vlan.pvid', `the port is no member of VLAN ${this.pvid}`)
    }
  }

  #add(vlans: VlanList, member: number): void {
    for (const vlan of vlans) {
      if (typeof vlan === 'number') this.of[vlan] = member
      else this.of.fill(member, vlan[0], vlan[1] + 1)
    }
  }
}

function read(options: object, checks: Record<string, (value: unknown, path: string) => unknown>) {
  const out: Record<string, unknown> = {}
  check.into(out, options, 'vlan', checks)
  return out
}

function list(value: unknown, path: string): VlanList {
  if (!Array.isArray(value)) return check.refuse(path, 'a list of VLANs is needed')
  value.forEach((vlan, i) => {
    const ends = Array.isArray(vlan) ? vlan : [vlan]
    for (const end of ends) check.whole(1, 4094)(end, `${path}[${i}]`)
    if (Array.isArray(vlan) && (vlan.length !== 2 || vlan[0] > vlan[1])) {
      check.refuse(`${path}[${i}]`, 'a range is [first, last]')
    }
  })
  return value
}
