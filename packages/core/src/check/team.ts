/** Checks of requests about teams. @module */
import { rangeFault } from '../argument.js'
import { type TeamChange, type TeamQuery, teamMethods, teamModes } from '../team.js'
import { teamSettings } from '../team-option.js'
import { bpfProgram } from './bpf.js'
import { asObject, listOf, objectOf } from './object.js'
import { boolean, type Check, decimal, linkRef, wholeNumber, word } from './scalar.js'

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

const hash = wholeNumber(0, 255)

/** From hash to port. */
const hashPorts: Check = (value, path) =>
  Object.fromEntries(
    Object.entries(asObject(value, path)).map(([key, port]) => {
      if (!/^(?:0|[1-9]\d*)$/.test(key)) throw rangeFault(`${path}.${key}`, 'is no hash', 'a whole number, 0–255')
      return [hash(Number(key), `${path}.${key}`), linkRef(port, `${path}.${key}`)]
    }),
  )

const balancing = objectOf({
  method: word(teamMethods),
  hashProgram: bpfProgram,
  hashPorts,
  statisticsInterval(value, path) {
    const seconds = decimal(0, 429_496_729.5, 'seconds')(value, path)
    if (seconds !== 0 && seconds < 0.1) throw rangeFault(path, `${seconds} is less than a tenth`, '0, or at least 0.1')
    return seconds
  },
})

const change = objectOf(
  {
    link: linkRef,
    mode: word(teamModes),
    notifyPeersCount: u32,
    notifyPeersInterval: milliseconds,
    mcastRejoinCount: u32,
    mcastRejoinInterval: milliseconds,
    ports: listOf(port),
    balancing,
    activePort: linkRef,
  },
  ['link'],
)
const query = objectOf({ link: linkRef }, ['link'])

/** `team set`. */
export function teamChange(value: unknown): TeamChange {
  const clean = change(value, 'spec') as unknown as TeamChange
  if (teamSettings(clean).length === 0) {
    throw rangeFault('spec', 'nothing is to be changed', 'give mode, activePort, balancing, or options of ports')
  }
  return clean
}

/** `team get`. */
export function teamQuery(value: unknown): TeamQuery {
  return query(value, 'spec') as unknown as TeamQuery
}
