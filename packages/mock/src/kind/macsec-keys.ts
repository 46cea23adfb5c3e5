/** Keys and peers of a MACsec link, and what it counts (`struct macsec_secy`). @module */
import type { MacsecDevice, MacsecSa, MacsecSc, MacsecState } from '@vnet/core'
import type { Device } from '../object/device.js'
import { emptyMap } from '../object/empty.js'

/** An association. */
export interface MacsecSaData {
  active: boolean
  packetNumber: number
  readonly keyId: string
  readonly ssci: number | undefined
  readonly key: Uint8Array
  /** With an XPN cipher. */
  readonly salt: Uint8Array | undefined
  /** Counters where it sends, and where it receives. */
  readonly sent: MacsecCounters<typeof sendingCounters>
  readonly received: MacsecCounters<typeof receivingCounters>
}

/** Counters that grow. */
export type MacsecCounters<Names extends readonly string[]> = Record<Names[number], number>

/** A receiving channel. */
export interface MacsecScData {
  active: boolean
  associations: ReadonlyMap<number, MacsecSaData>
  readonly counters: MacsecCounters<typeof channelCounters>
}

/** What a MACsec link keeps beside its options. */
export interface MacsecKeys {
  /** Taken for able to send (`secy->operational`). */
  operational: boolean
  /** Of its own sending channel, by number. */
  associations: ReadonlyMap<number, MacsecSaData>
  /** By identifier, the earliest first. */
  channels: ReadonlyMap<string, MacsecScData>
  readonly counters: MacsecCounters<typeof linkCounters>
}

const linkCounters = [
  ...(['outPktsUntagged', 'inPktsUntagged', 'outPktsTooLong', 'inPktsNoTag', 'inPktsBadTag'] as const),
  ...(['inPktsUnknownSci', 'inPktsNoSci', 'inPktsOverrun', 'outPktsProtected', 'outPktsEncrypted'] as const),
  ...(['outOctetsProtected', 'outOctetsEncrypted'] as const),
] as const
const channelCounters = [
  ...(['inOctetsValidated', 'inOctetsDecrypted', 'inPktsUnchecked', 'inPktsDelayed', 'inPktsOk'] as const),
  ...(['inPktsInvalid', 'inPktsLate', 'inPktsNotValid', 'inPktsNotUsingSa', 'inPktsUnusedSa'] as const),
] as const
const sendingCounters = ['outPktsProtected', 'outPktsEncrypted'] as const
const receivingCounters = ['inPktsOk', 'inPktsInvalid', 'inPktsNotValid', 'inPktsNotUsingSa', 'inPktsUnusedSa'] as const

const zeros = <const Names extends readonly string[]>(names: Names): MacsecCounters<Names> =>
  Object.fromEntries(names.map((name) => [name, 0])) as MacsecCounters<Names>

/** A new channel. */
export const newChannel = (active: boolean): MacsecScData => ({
  active,
  associations: emptyMap,
  counters: zeros(channelCounters),
})

/** A new association. */
export const newAssociation = (told: Omit<MacsecSaData, 'sent' | 'received'>): MacsecSaData => ({
  ...told,
  sent: zeros(sendingCounters),
  received: zeros(receivingCounters),
})

/** A new link has none, and is taken for able to send until something is said of the association that sends. */
export const noKeys = (): MacsecKeys => ({
  operational: true,
  associations: emptyMap,
  channels: emptyMap,
  counters: zeros(linkCounters),
})

/** The link with its keys and peers. */
export function describeKeys(device: Device, state: MacsecState, keys: MacsecKeys, statistics: boolean): MacsecDevice {
  return {
    link: device.index,
    ...state,
    operational: keys.operational,
    associations: describeAssociations(keys.associations, statistics ? 'sent' : undefined),
    channels: [...keys.channels].reverse().map(
      ([sci, { active, associations, counters }]): MacsecSc => ({
        sci,
        active,
        associations: describeAssociations(associations, statistics ? 'received' : undefined),
        ...(statistics ? { statistics: { ...counters } } : {}),
      }),
    ),
    ...(statistics ? { statistics: { ...keys.counters } } : {}),
    other: [],
  }
}

function describeAssociations(
  associations: ReadonlyMap<number, MacsecSaData>,
  counted: 'sent' | 'received' | undefined,
): MacsecSa[] {
  return [...associations]
    .sort(([a], [b]) => a - b)
    .map(([association, { active, packetNumber, keyId, ssci, ...data }]) => ({
      association,
      ...{ active, packetNumber, keyId },
      ...(ssci === undefined ? {} : { ssci }),
      ...(counted === undefined ? {} : { statistics: { ...data[counted] } }),
    }))
}
