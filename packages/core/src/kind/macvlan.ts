/** macvlan and macvtap: links with a MAC of their own on a parent (`linux/if_link.h`, `IFLA_MACVLAN_*`). @module */
import { rangeFault } from '../argument.js'
import { bool, choice, type Field, integer, since } from '../field.js'

/** How the links of one parent see each other. */
export type MacvlanMode = 'private' | 'vepa' | 'bridge' | 'passthru' | 'source'

/** Settable options of a macvlan or macvtap link, as `ip link add link PARENT type macvlan OPTION`. */
export interface MacvlanOptions {
  /** `vepa` is the kernel's default. `passthru` takes the parent whole. It can only be changed between private, vepa and bridge. */
  readonly mode?: MacvlanMode
  /** `passthru` without promiscuous parent. */
  readonly noPromiscuous?: boolean
  /** In mode `source`: do not copy a frame to the other links. */
  readonly noDestination?: boolean
  /** Length of the queue for broadcast and multicast, frames. */
  readonly broadcastQueueLength?: number
  /** Broadcasts of groups up to this many members are not queued; -1 never (Linux 6.4). */
  readonly broadcastCutoff?: number
  /** In mode `source`: the source MACs that are let in, in place of those that were; none lets nothing in. */
  readonly macs?: readonly string[]
  /** In mode `source`: one more source MAC that is let in (`macaddr add`); only for a link that is there. */
  readonly addMac?: string
  /** In mode `source`: a source MAC that is let in no longer (`macaddr del`); only for a link that is there. */
  readonly deleteMac?: string
}

/** State of a macvlan or macvtap link. */
export interface MacvlanState extends Omit<MacvlanOptions, 'addMac' | 'deleteMac'> {
  /** Queue length in force on the parent, the largest asked for. */
  readonly broadcastQueueUsed?: number
}

/** What each option of a macvlan takes. */
export const macvlanFields: Readonly<Record<keyof MacvlanOptions, Field>> = {
  mode: choice(['private', 'vepa', 'bridge', 'passthru', 'source'], 'how the links of one parent see each other'),
  noPromiscuous: bool('passthru without promiscuous parent'),
  noDestination: bool('mode source: no copy to the other links'),
  broadcastQueueLength: since('Linux 5.11', integer(0, 0xffffffff, 'queue for broadcast and multicast', 'frames')),
  broadcastCutoff: since('Linux 6.4', integer(-1, 0x7fffffff, 'groups up to this many members are not queued'), {
    untold: 1,
  }),
  macs: { type: 'macs', about: 'mode source: the MACs that are let in' },
  addMac: { type: 'mac', about: 'mode source: one more MAC that is let in', setOnly: true, changes: 'macs' },
  deleteMac: { type: 'mac', about: 'mode source: a MAC that is let in no longer', setOnly: true, changes: 'macs' },
}

/** Refuses options of a macvlan that contradict each other: the kernel takes one command for the MACs at a time. */
export function checkMacvlan(options: Readonly<Record<string, unknown>>, path: string): void {
  const [, second] = (['macs', 'addMac', 'deleteMac'] as const).filter((name) => options[name] !== undefined)
  if (second === undefined) return
  throw rangeFault(`${path}.${second}`, 'only one of macs, addMac and deleteMac', 'make one change after the other')
}
