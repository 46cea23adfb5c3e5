/** What a filter of `flower` matches, as the kernel tells it (`fl_dump_key`, `net/sched/cls_flower.c`). @module */
import {
  type CleanFilterSpec,
  everyLabelBit,
  type FilterProtocol,
  type FlowerLabel,
  filterProtocolOf,
  filterProtocols,
  flowerFields,
  flowerNumbers,
  formatMac,
  formatPrefix,
  innermostProtocol,
  labelsInOrder,
  type Prefix,
} from '@vnet/core'

type Spec = Extract<CleanFilterSpec, { readonly kind: 'flower' }>

/** Its fields as text and numbers; a mask that leaves nothing out is not told. */
export function flowerOptions(spec: Spec): Readonly<Record<string, unknown>> {
  const given: Readonly<Record<string, unknown>> = { ...spec, ...etherTypesOf(spec) }
  const found: Record<string, unknown> = {}
  for (const name of Object.keys(flowerFields)) {
    const value = given[name]
    if (value === undefined || isEveryBit(name, value)) continue
    if (name === 'mpls') found[name] = labelsInOrder(value as readonly FlowerLabel[])
    else found[name] = value instanceof Uint8Array ? formatMac(value) : isPrefix(value) ? formatPrefix(value) : value
  }
  return found
}

/** EtherTypes behind tags, of which the kernel tells the last as what it looks for, be that behind PPPoE. */
function etherTypesOf(spec: Spec): {
  vlanEtherType: FilterProtocol | undefined
  innerVlanEtherType: FilterProtocol | undefined
} {
  const { vlanEtherType, innerVlanEtherType } = spec
  const innermost = innermostProtocol(spec)
  const isSession = vlanEtherType === filterProtocols.ppp_ses && innermost === undefined
  const word = (type: number | undefined) => (type === undefined ? undefined : filterProtocolOf(type))
  return {
    vlanEtherType: isSession ? undefined : word(vlanEtherType),
    innerVlanEtherType: innerVlanEtherType === undefined ? undefined : word(innermost),
  }
}

function isEveryBit(name: string, value: unknown): boolean {
  if (!name.endsWith('Mask')) return false
  if (name === 'connectionLabelMask') return value === everyLabelBit
  if (value instanceof Uint8Array) return value.every((octet) => octet === 0xff)
  return value === (flowerNumbers as Readonly<Record<string, number>>)[name.slice(0, -'Mask'.length)]
}

const isPrefix = (value: unknown): value is Prefix => typeof value === 'object' && value !== null && 'octets' in value
