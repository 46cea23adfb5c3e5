/** VLANs as the command line has them: one, or the first and the last. @module */
import { rangeValue } from './parameter.js'

/** What is said of them in the help. */
export const vlansAbout = 'the VLAN, or the first and the last: 10-20'

/** Reads `10`, `10-20` or `10:20`. */
export function vlansOf(written: string): number | readonly [first: number, last: number] {
  const [first, last] = rangeValue.read(written, 'vlans') as [number, number]
  return first === last ? first : [first, last]
}
