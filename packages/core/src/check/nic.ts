/** Checks of requests about NICs. @module */
import type { NicFilter, NicQuery } from '../nic.js'
import { objectOf } from './object.js'
import { boolean, linkRef } from './scalar.js'

const query = objectOf({ link: linkRef, settings: boolean }, ['link'])
const filter = objectOf({ physical: boolean })

/** `nic get`. */
export function nicQuery(value: unknown): NicQuery {
  return query(value, 'spec') as unknown as NicQuery
}

/** `nic list`. */
export function nicList(value: unknown): NicFilter {
  return filter(value, 'spec') as NicFilter
}
