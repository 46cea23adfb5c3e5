// Compares the numbers of a module with those of the headers, and its layouts with the kernel's policies.

import { newer } from './newer.mjs'

/**
 * What `packages/linux/src/uapi.ts` exports as `uapi`.
 *
 * @typedef {{ type: number, name: string, kind: string }} Attribute
 * @typedef {{ name: string, offset: number, kind: string }} Member
 * @typedef {{ header?: string, fields: Record<string, Attribute> }} AttributeTable
 * @typedef {{ name: string, size: number, fields: Record<string, Member> }} Struct
 * @typedef {{ constants: Record<string, number>, attributes: AttributeTable[], structs: Struct[], covers?: readonly string[] }} Uapi
 * @typedef {{ differences: string[], newer: string[] }} Notes
 */

/** Octets of a struct's member by its kind; `bytes` may have any number. @type {Record<string, number>} */
const widths = { u8: 1, u16: 2, u16be: 2, u32: 4, u32be: 4, s32: 4, u64: 8, u64be: 8 }

/** Texts that the kernel's policy calls octets. */
const texts = new Set(['IFLA_IFALIAS'])

export function compareConstants(
  /** @type {Uapi} */ uapi,
  /** @type {import('./headers.mjs').Answers} */ headers,
  /** @type {Notes} */ notes,
) {
  for (const [name, number] of Object.entries(uapi.constants)) compareNumber(name, number, headers, notes)
}

export function compareAttributes(
  /** @type {Uapi} */ uapi,
  /** @type {import('./headers.mjs').Answers} */ headers,
  /** @type {Map<string, import('./policies.mjs').Policy>} */ policies,
  /** @type {Notes} */ notes,
) {
  for (const table of uapi.attributes) {
    for (const [property, { name, type, kind }] of Object.entries(table.fields)) {
      compareNumber(name, type, headers, notes, property)
      const policy = policies.get(name)
      if (policy !== undefined && policy.number !== type) {
        notes.differences.push(`${name} (${property}): ${type} here, ${policy.number} in the kernel's sources`)
      }
      if (policy?.kind !== undefined && !policy.kind.split('|').some((each) => alike(name, kind, each))) {
        notes.differences.push(`${name} (${property}): ${kind} here, ${policy.kind} in the kernel's policy`)
      }
    }
  }
}

export function compareStructs(
  /** @type {Uapi} */ uapi,
  /** @type {import('./headers.mjs').Answers} */ headers,
  /** @type {Notes} */ notes,
) {
  for (const { name, size, fields } of uapi.structs) {
    const real = headers.sizes.get(name)
    if (real === undefined) notes.differences.push(`${name}: not in these headers`)
    else if (real !== BigInt(size)) notes.differences.push(`${name}: ${size} octets here, ${real} in the headers`)
    if (real === undefined) continue
    for (const member of Object.values(fields)) compareMember(name, member, headers, notes)
  }
}

function compareMember(
  /** @type {string} */ struct,
  /** @type {Member} */ { name, offset, kind },
  /** @type {import('./headers.mjs').Answers} */ headers,
  /** @type {Notes} */ notes,
) {
  const path = `${struct}.${name}`
  const real = headers.members.get(path)
  const width = widths[kind]
  if (real === undefined) notes.differences.push(`${path}: not in these headers`)
  else if (real.offset !== BigInt(offset)) {
    notes.differences.push(`${path}: at ${offset} here, at ${real.offset} in the headers`)
  } else if (kind !== 'bytes' && real.size !== BigInt(width ?? -1)) {
    notes.differences.push(`${path}: ${kind} here, ${real.size} octets in the headers`)
  }
}

function compareNumber(
  /** @type {string} */ name,
  /** @type {number} */ number,
  /** @type {import('./headers.mjs').Answers} */ headers,
  /** @type {Notes} */ notes,
  /** @type {string} */ property = '',
) {
  const where = property === '' ? name : `${name} (${property})`
  const real = headers.numbers.get(name)
  const known = newer[name]
  if (real !== undefined) {
    if (real !== BigInt(number)) notes.differences.push(`${where}: ${number} here, ${real} in the headers`)
  } else if (known === undefined) {
    notes.differences.push(`${where}: not in these headers, nor in newer.mjs`)
  } else if (known.number !== number) {
    notes.differences.push(`${where}: ${number} here, ${known.number} in Linux ${known.since}`)
  } else {
    notes.newer.push(`${where} = ${number}, since Linux ${known.since}`)
  }
}

/** Whether our layout is one of those that a policy or a specification means. */
export function alike(/** @type {string} */ name, /** @type {string} */ ours, /** @type {string} */ theirs) {
  // `bytes` claims nothing: octets as they are, such as addresses of 4 or 16, or what vnet only passes on.
  if (ours === theirs || ours === 'bytes') return true
  return theirs === 'bytes' && (ours === 'struct' || (ours === 'string' && texts.has(name)))
}
