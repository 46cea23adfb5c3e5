/** What follows an action, as a number and in words (`TC_ACT_*`, `linux/pkt_cls.h`). @module */
import type { ToldControl } from '@vnet/core'
import * as k from './constants.js'

const controls: Readonly<Record<Exclude<ToldControl, `${string} ${string}`>, number>> = {
  continue: k.TC_ACT_UNSPEC,
  ok: k.TC_ACT_OK,
  reclassify: k.TC_ACT_RECLASSIFY,
  shot: k.TC_ACT_SHOT,
  pipe: k.TC_ACT_PIPE,
  stolen: k.TC_ACT_STOLEN,
  queued: k.TC_ACT_QUEUED,
  repeat: k.TC_ACT_REPEAT,
  redirect: k.TC_ACT_REDIRECT,
  trap: k.TC_ACT_TRAP,
}
const words = new Map(Object.entries(controls).map(([word, number]) => [number, word as ToldControl]))

/** Where to go on, by the bits above those of the number. */
const places = [
  ['jump', k.TC_ACT_JUMP],
  ['goto chain', k.TC_ACT_GOTO_CHAIN],
] as const
/** The number below (`TC_ACT_EXT_VAL_MASK`). */
const numberBits = 0x0fffffff

/** The kernel's number. */
export function controlNumber(control: ToldControl): number {
  const place = places.find(([word]) => control.startsWith(`${word} `))
  if (place === undefined) return controls[control as keyof typeof controls]
  return place[1] | Number(control.slice(place[0].length))
}

/** The word of a number. The kernel takes no numbers that have none. */
export function controlOf(number: number): ToldControl {
  const word = words.get(number | 0)
  if (word !== undefined) return word
  const place = places.find(([, bits]) => (number & ~numberBits) === bits)
  return place === undefined ? 'continue' : `${place[0]} ${number & numberBits}`
}
