/** What follows an action, by the kernel's numbers (`TC_ACT_*`, `linux/pkt_cls.h`). @module */
import type { ToldControl } from '@vnet/core'

/** Numbers by their words. There is no hardware that a packet could be trapped in. */
export const actionControl = {
  continue: -1,
  ok: 0,
  reclassify: 1,
  shot: 2,
  pipe: 3,
  stolen: 4,
  trap: 4,
} as const

/** What the numbers above 28 bits say. */
const [jump, chain] = [0x10000000, 0x20000000]
const places = [
  ['jump ', jump],
  ['goto chain ', chain],
] as const

/** The number of any control. */
export function numberOf(control: ToldControl): number {
  const place = places.find(([word]) => control.startsWith(word))
  if (place === undefined) return actionControl[control as keyof typeof actionControl]
  return place[1] + Number(control.slice(place[0].length))
}

/** The action to go on with, where a control says so. */
export const jumpOf = (control: number): number | undefined =>
  control > jump && control < chain ? control - jump : undefined

/** The chain to go on in, where a control says so. */
export const chainOf = (control: number): number | undefined => (control >= chain ? control - chain : undefined)
