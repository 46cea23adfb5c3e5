/** Checks of requests about classes. @module */
import { rangeFault, typeFault } from '../argument.js'
import { parseHandle, parseParent } from '../traffic/handle.js'
import { type ClassFilter, type CleanClassKey, type CleanClassSpec, classFields } from '../traffic-class.js'
import { asObject, type Checks, objectOf, optionChecks } from './object.js'
import { type Check, linkRef } from './scalar.js'
import { checkBucket, estimator, handleBy, rawOptions, trafficKind } from './traffic.js'

const numbers = 'two hexadecimal numbers with a colon, such as 1:10'
const classId: Check<number> = (value, path) => {
  const handle = handleBy(parseHandle, numbers)(value, path)
  if (handle < 0x10000 || handle % 0x10000 === 0)
    throw rangeFault(path, `${JSON.stringify(value)} is not the number of a class`, numbers)
  return handle
}
const base: Checks = {
  link: linkRef,
  parent: handleBy(parseParent, 'the discipline (1:) or a class (1:1)'),
  classId,
  kind: trafficKind,
  estimator,
}
const checkers = new Map(
  Object.entries(classFields).map(([kind, fields]) => {
    const { checks, needed } = optionChecks(fields, 'add')
    return [kind, objectOf({ ...base, ...checks }, ['link', 'classId', ...needed])]
  }),
)
const other = objectOf({ ...base, data: rawOptions }, ['link', 'classId'])

/** `class add`, `class set` and `class change`. */
export function classSpec(value: unknown): CleanClassSpec {
  const source = asObject(value, 'spec')
  if (source.kind === undefined)
    throw typeFault('spec.kind', 'the kind of class', undefined, 'that of its discipline, such as htb')
  const kind = trafficKind(source.kind, 'spec.kind')
  const clean = (checkers.get(kind) ?? other)(source, 'spec') as { [name: string]: number | undefined }
  const own = clean.classId as number
  clean.parent ??= own - (own % 0x10000)
  if (clean.parent === own) throw rangeFault('spec.parent', 'a class is no branch of itself', 'give another parent')
  if (kind === 'htb') {
    const { rate = 0, ceil = rate } = clean
    checkBucket('spec.burst', clean.burst, rate)
    checkBucket('spec.ceilBurst', clean.ceilBurst, ceil)
  }
  return clean as unknown as CleanClassSpec
}

const key = objectOf({ link: linkRef, classId }, ['link', 'classId'])

/** `class delete`. */
export function classKey(value: unknown): CleanClassKey {
  return key(value, 'spec') as unknown as CleanClassKey
}

const filter = objectOf({ link: linkRef }, ['link'])

/** `class list`. */
export function classList(value: unknown): ClassFilter {
  return filter(value, 'spec') as unknown as ClassFilter
}
