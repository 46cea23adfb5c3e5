/** Checks of requests about teams. @module */
import { rangeFault } from '../argument.js'
import { type TeamChange, type TeamQuery, teamModes } from '../team.js'
import { teamSettings } from '../team-option.js'
import { listOf, objectOf } from './object.js'
import { boolean, linkRef, wholeNumber, word } from './scalar.js'

const u32 = wholeNumber(0, 0xffffffff)
const milliseconds = wholeNumber(0, 0xffffffff, 'milliseconds')

const port = objectOf(
  {
    link: linkRef,
    enabled: boolean,
    priority: wholeNumber(-0x80000000, 0x7fffffff),
    queueId: u32,
    userLinkup: boolean,
    userLinkupEnabled: boolean,
  },
  ['link'],
)

const change = objectOf(
  {
    link: linkRef,
    mode: word(teamModes),
    notifyPeersCount: u32,
    notifyPeersInterval: milliseconds,
    mcastRejoinCount: u32,
    mcastRejoinInterval: milliseconds,
    ports: listOf(port),
    activePort: linkRef,
  },
  ['link'],
)
const query = objectOf({ link: linkRef }, ['link'])

/** `team set`. */
export function teamChange(value: unknown): TeamChange {
  const clean = change(value, 'spec') as unknown as TeamChange
  if (teamSettings(clean).length === 0) {
    throw rangeFault('spec', 'nothing is to be changed', 'give mode, activePort, or options of ports')
  }
  return clean
}

/** `team get`. */
export function teamQuery(value: unknown): TeamQuery {
  return query(value, 'spec') as unknown as TeamQuery
}
