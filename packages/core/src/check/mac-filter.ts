/** Checks of requests about MAC filters. @module */
import { rangeFault, typeFault } from '../argument.js'
import { formatMac, isGroupMac } from '../mac.js'
import type { CleanMacFilterSpec, MacFilterFilter, MacFilterKey } from '../mac-filter.js'
import { listOf, objectOf } from './object.js'
import { anyMac, type Check, linkName } from './scalar.js'

/** Addresses of a list: what a kernel takes in one message to its socket leaves room for more. */
const MOST = 4096

/** The address of a station: no frame that a bridge takes comes from a group or from nobody. */
const station: Check<Uint8Array> = (value, path) => {
  const octets = anyMac(value, path)
  if (isGroupMac(octets))
    throw rangeFault(path, `${formatMac(octets)} is a group, and no frame comes from one`, 'give the MAC of a station')
  if (octets.every((octet) => octet === 0))
    throw rangeFault(path, 'is the MAC of nobody, and bridges drop what comes from it', 'give the MAC of a station')
  return octets
}

/** Stations, each once, in ascending order. */
const stations: Check<readonly Uint8Array[]> = (value, path) => {
  const list = listOf(station)(value, path)
  if (list.length > MOST)
    throw rangeFault(path, `has ${list.length} addresses`, `give at most ${MOST}, or the shorter of the two lists`)
  const byText = new Map(list.map((octets) => [formatMac(octets), octets]))
  return [...byText.keys()].sort().map((text) => byText.get(text) as Uint8Array)
}

const spec = objectOf({ link: linkName, allow: stations, deny: stations }, ['link'])

/** `macFilter set`. */
export function macFilterSpec(value: unknown): CleanMacFilterSpec {
  const clean = spec(value, 'spec') as { allow?: unknown; deny?: readonly unknown[] }
  if (clean.allow === undefined && clean.deny === undefined)
    throw typeFault('spec.allow', 'a list of MACs here or in deny', undefined, 'use macFilter.delete to let all in')
  if (clean.allow !== undefined && clean.deny?.length === 0) delete clean.deny
  return clean as CleanMacFilterSpec
}

const key = objectOf({ link: linkName }, ['link'])

/** `macFilter delete`. */
export function macFilterKey(value: unknown): MacFilterKey {
  return key(value, 'spec') as unknown as MacFilterKey
}

const filter = objectOf({ link: linkName })

/** `macFilter list`. */
export function macFilterList(value: unknown): MacFilterFilter {
  return filter(value, 'spec') as MacFilterFilter
}
