/** Aliases as JSON: what `ip -j address show` says of the address, behind the name and the link. @module */
import type { Alias } from '@vnet/core'
import type { Names } from '../../names.js'
import { addressJson } from './address.js'
import type { JsonObject } from './object.js'

/** An alias as it stands in the list. */
export function aliasJson(alias: Alias, names: Names): JsonObject {
  return { ifname: alias.name, link: names.link(alias.link), up: alias.up, ...addressJson(alias, names) }
}
