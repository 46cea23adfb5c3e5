/** A bad line and limits of floods, as the command line names them: `loss=1%,delay=20ms`, `broadcast=1000`. @module */
import type { FaultRates, StormOptions } from '@vnet/switch'
import { readChance, readLimit, readSettings, readTime, type Words } from './settings.js'

const chance = { placeholder: 'CHANCE', read: readChance }
const time = { placeholder: 'TIME', read: readTime }
const limit = { placeholder: 'RATE[/BURST]', read: readLimit }

/** What may stand in `--fault`; the names are those of `tc qdisc … netem`. */
export const faultWords: Words = {
  loss: { about: 'chance that a frame is lost: 1% or 0.01', property: 'loss', value: chance },
  corrupt: { about: 'chance that one bit is turned over', property: 'corrupt', value: chance },
  duplicate: { about: 'chance that a frame comes twice', property: 'duplicate', value: chance },
  delay: { about: 'how late each frame is: 20ms, 100us, 0.02', property: 'delay', value: time },
  jitter: { about: 'by how much that varies to both sides', property: 'jitter', value: time },
  reorder: { about: 'chance that a frame is not late and overtakes', property: 'reorder', value: chance },
  in: { about: 'only frames that come in at the port', property: 'onlyIn' },
  out: { about: 'only frames that leave by it', property: 'onlyOut' },
}

/** Reads how frames are disturbed: both ways, unless a word says which. */
export function readFault(text: string): { readonly in?: FaultRates; readonly out?: FaultRates } {
  const settings = readSettings(text, faultWords, 'fault') as FaultRates & { onlyIn?: true; onlyOut?: true }
  const { onlyIn = false, onlyOut = false, ...rates } = settings
  const both = onlyIn === onlyOut
  return { ...(both || onlyIn ? { in: rates } : {}), ...(both || onlyOut ? { out: rates } : {}) }
}

const stormWords: Words = {
  broadcast: { about: 'frames to everybody', property: 'broadcast', value: limit },
  multicast: { about: 'frames to other groups', property: 'multicast', value: limit },
  unknown: { about: 'frames to unknown stations', property: 'unknown', value: limit },
}

/** Reads limits of floods. */
export function readStorm(text: string): StormOptions {
  return readSettings(text, stormWords, 'storm')
}
