// Names of the headers that a module claims to cover and does not know: each is to be explained in left.mjs.

import { readFileSync } from 'node:fs'
import { left } from './left.mjs'

/** Where the system keeps the kernel's headers. */
const root = '/usr/include'

/** Marks of lists and alignment, no attributes: `__IFLA_MAX`, `IFLA_UNSPEC`, `IFLA_MAX`, `BRIDGE_QUERIER_PAD`. */
const marks = /^__|_(UNSPEC|MAX|PAD)$/

/**
 * @param {import('./compare.mjs').Uapi} uapi
 * @param {import('./compare.mjs').Notes} notes
 * @returns {string} a line that says what was compared
 */
export function compareCoverage(uapi, notes) {
  const known = new Set([
    ...Object.keys(uapi.constants),
    ...uapi.attributes.flatMap((table) => Object.values(table.fields).map(({ name }) => name)),
  ])
  const reasons = left.map(([pattern, reason, since]) => ({ pattern, reason, used: since !== undefined }))
  let names = 0
  let explained = 0
  for (const header of uapi.covers ?? []) {
    for (const name of enumNames(readFileSync(`${root}/${header}`, 'utf8'))) {
      names++
      const reason = reasons.find(({ pattern }) => pattern.test(name))
      if (reason !== undefined) reason.used = true
      if (known.has(name)) {
        if (reason !== undefined) notes.differences.push(`${name}: known, but left.mjs says: ${reason.reason}`)
      } else if (reason === undefined) notes.differences.push(`${name}: of ${header}, neither known nor in left.mjs`)
      else explained++
    }
  }
  for (const { pattern, used } of uapi.covers === undefined ? [] : reasons) {
    if (!used) notes.differences.push(`${pattern}: in left.mjs, but in none of the headers`)
  }
  return `coverage: ${names} names of ${uapi.covers?.length ?? 0} headers, ${explained} of them left for a reason`
}

/**
 * The names that enumerations of a header give, without marks.
 *
 * @param {string} text
 * @returns {readonly string[]}
 */
export function enumNames(text) {
  const bare = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/^\s*#.*$/gm, '')
  const lists = [...bare.matchAll(/\benum\b[^{;]*\{([^}]*)\}/g)].map(([, list = '']) => list)
  const names = lists.flatMap((list) => list.split(',').map((item) => /^\s*(\w+)/.exec(item)?.[1] ?? ''))
  return [...new Set(names)].filter((name) => name !== '' && !marks.test(name))
}
