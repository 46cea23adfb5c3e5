/** What a filter of `flower` matches, as the kernel tells it (`fl_dump_key`, `net/sched/cls_flower.c`). @module */
import { type CleanFilterSpec, filterFields, flowerNumbers, formatMac, formatPrefix, type Prefix } from '@vnet/core'

/** Its fields as text and numbers; a mask that leaves nothing out is not told. */
export function flowerOptions(
  spec: Extract<CleanFilterSpec, { readonly kind: 'flower' }>,
): Readonly<Record<string, unknown>> {
  const given: Readonly<Record<string, unknown>> = { ...spec }
  const found: Record<string, unknown> = {}
  for (const name of Object.keys(filterFields.flower)) {
    const value = given[name]
    if (value === undefined || isEveryBit(name, value)) continue
    found[name] = value instanceof Uint8Array ? formatMac(value) : isPrefix(value) ? formatPrefix(value) : value
  }
  return found
}

function isEveryBit(name: string, value: unknown): boolean {
  if (!name.endsWith('Mask')) return false
  if (value instanceof Uint8Array) return value.every((octet) => octet === 0xff)
  return value === (flowerNumbers as Readonly<Record<string, number>>)[name.slice(0, -'Mask'.length)]
}

const isPrefix = (value: unknown): value is Prefix => typeof value === 'object' && value !== null && 'octets' in value
