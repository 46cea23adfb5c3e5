/** Checks that requests of traffic control share: handles and kinds. @module */
import { rangeFault, typeFault } from '../argument.js'
import { type Estimator, estimatorField, estimatorSteps } from '../traffic/estimator.js'
import { parseHandle } from '../traffic/handle.js'
import { optionChecks } from './object.js'
import { type Check, textOf } from './scalar.js'

/** A handle by one of the parsers of `traffic/handle.ts`. */
export const handleBy =
  (parse: (text: string) => number | undefined, hint: string): Check<number> =>
  (value, path) => {
    if (typeof value !== 'string') throw typeFault(path, 'a text', value, hint)
    const handle = parse(value)
    if (handle === undefined) throw rangeFault(path, `${JSON.stringify(value)} is no handle`, hint)
    return handle
  }

/** The handle of a discipline: `1:` to `ffff:`. */
export const disciplineHandle: Check<number> = (value, path) => {
  const hint = 'a hexadecimal number and a colon, such as 1:'
  const handle = handleBy(parseHandle, hint)(value, path)
  if (handle % 0x10000 !== 0) throw rangeFault(path, `${JSON.stringify(value)} is the handle of a class`, hint)
  if (handle === 0) throw rangeFault(path, 'no discipline that was made has the handle 0:', hint)
  return handle
}

/** A kind: one word of at most 15 octets (`IFNAMSIZ`). */
export const trafficKind: Check<string> = (value, path) => {
  const kind = textOf(15, 1)(value, path)
  if (/[\s/]/.test(kind)) throw rangeFault(path, `${JSON.stringify(kind)} cannot be a kind`, 'one word, as tc has it')
  return kind
}

/** The octets of a kind that vnet has no name for. */
export const rawOptions: Check<Uint8Array> = (value, path) => {
  if (!(value instanceof Uint8Array)) throw typeFault(path, 'octets (a Uint8Array)', value)
  if (value.length > 0xfff8)
    throw rangeFault(path, `${value.length} octets are more than an attribute holds`, 'at most 65,528')
  return value
}

/** Demands a link or a block of filters, and not both. */
export function oneOfLinkAndBlock(
  { link, block }: { readonly link?: unknown; readonly block?: unknown },
  path: string,
) {
  if (link === undefined && block === undefined)
    throw typeFault(`${path}.link`, 'a link', undefined, 'give link, or the number of a block of filters as block')
  if (link !== undefined && block !== undefined)
    throw rangeFault(`${path}.block`, 'is another place than link', 'give one of the two')
}

const estimatorOf = optionChecks({ estimator: estimatorField }, 'add').checks.estimator as Check<Estimator>

/** An estimator whose times the kernel can keep. */
export const estimator: Check<Estimator> = (value, path) => {
  const clean = estimatorOf(value, path)
  if (estimatorSteps(clean) === undefined)
    throw rangeFault(
      `${path}.timeConstant`,
      `${clean.timeConstant} ms does not fit an interval of ${clean.interval} ms`,
      'give at least 1.45 times the interval, such as 8 times',
    )
  return clean
}

/** Most time of a bucket: 2^32 ticks of 64 ns, seconds. */
const longest = 274

/** Refuses a bucket that lasts longer than the kernel can count. */
export function checkBucket(path: string, octets: number | undefined, rate: number): void {
  if (octets !== undefined && (octets * 8) / rate > longest)
    throw rangeFault(
      path,
      `${octets} octets last more than ${longest} s at ${rate} bit/s`,
      'give less, or a higher rate',
    )
}
