// Reads policies.txt: numbers and layouts of attributes as the kernel's own sources have them.

import { readFileSync } from 'node:fs'

/** @typedef {{ number: number, kind: string | undefined }} Policy */

/** @returns {Map<string, Policy>} by the kernel's name */
export function readPolicies() {
  /** @type {Map<string, Policy>} */
  const policies = new Map()
  for (const line of readFileSync(new URL('policies.txt', import.meta.url), 'utf8').split('\n')) {
    const [, name, number, kind] = /^(\w+) (\d+) (\S+)$/.exec(line) ?? []
    if (name !== undefined) policies.set(name, { number: Number(number), kind: kind === '-' ? undefined : kind })
  }
  return policies
}
