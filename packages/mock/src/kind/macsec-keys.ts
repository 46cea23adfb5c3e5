/** Keys and peers of a MACsec link (`struct macsec_secy`). Octets of keys are not kept: the mock carries no frames. @module */
import type { MacsecDevice, MacsecSa, MacsecSc, MacsecState, MacsecStatistics } from '@vnet/core'
import type { Device } from '../object/device.js'

/** An association. */
export interface MacsecSaData {
  active: boolean
  packetNumber: number
  readonly keyId: string
  readonly ssci: number | undefined
}

/** A receiving channel. */
export interface MacsecScData {
  active: boolean
  readonly associations: Map<number, MacsecSaData>
}

/** What a MACsec link keeps beside its options. */
export interface MacsecKeys {
  /** Taken for able to send (`secy->operational`). */
  operational: boolean
  /** Of its own sending channel, by number. */
  readonly associations: Map<number, MacsecSaData>
  /** By identifier, the earliest first. */
  readonly channels: Map<string, MacsecScData>
}

/** A new link has none, and is taken for able to send until something is said of the association that sends. */
export const noKeys = (): MacsecKeys => ({ operational: true, associations: new Map(), channels: new Map() })

const zeros = (...names: readonly string[]): MacsecStatistics => Object.fromEntries(names.map((name) => [name, 0]))

const linkCounters = zeros(
  ...['outPktsUntagged', 'inPktsUntagged', 'outPktsTooLong', 'inPktsNoTag', 'inPktsBadTag', 'inPktsUnknownSci'],
  ...[
    'inPktsNoSci',
    'inPktsOverrun',
    'outPktsProtected',
    'outPktsEncrypted',
    'outOctetsProtected',
    'outOctetsEncrypted',
  ],
)
const channelCounters = zeros(
  ...['inOctetsValidated', 'inOctetsDecrypted', 'inPktsUnchecked', 'inPktsDelayed', 'inPktsOk', 'inPktsInvalid'],
  ...['inPktsLate', 'inPktsNotValid', 'inPktsNotUsingSa', 'inPktsUnusedSa'],
)
const sendingCounters = zeros('outPktsProtected', 'outPktsEncrypted')
const receivingCounters = zeros('inPktsOk', 'inPktsInvalid', 'inPktsNotValid', 'inPktsNotUsingSa', 'inPktsUnusedSa')

/** The link with its keys and peers. */
export function describeKeys(device: Device, state: MacsecState, keys: MacsecKeys, statistics: boolean): MacsecDevice {
  return {
    link: device.index,
    ...state,
    operational: keys.operational,
    associations: describeAssociations(keys.associations, statistics ? sendingCounters : undefined),
    channels: [...keys.channels].reverse().map(
      ([sci, { active, associations }]): MacsecSc => ({
        sci,
        active,
        associations: describeAssociations(associations, statistics ? receivingCounters : undefined),
        ...(statistics ? { statistics: channelCounters } : {}),
      }),
    ),
    ...(statistics ? { statistics: linkCounters } : {}),
    other: [],
  }
}

function describeAssociations(
  associations: ReadonlyMap<number, MacsecSaData>,
  counters: MacsecStatistics | undefined,
): MacsecSa[] {
  return [...associations]
    .sort(([a], [b]) => a - b)
    .map(([association, { ssci, ...told }]) => ({
      association,
      ...told,
      ...(ssci === undefined ? {} : { ssci }),
      ...(counters === undefined ? {} : { statistics: counters }),
    }))
}
