/** The places at which two values differ, as lines for people. @module */

/** One line for each place that differs, at most `limit`; none when the values are equal. */
export function differences(left: unknown, right: unknown, limit = 20): string[] {
  const lines: string[] = []
  compare(left, right, '', lines)
  return lines.length > limit ? [...lines.slice(0, limit), `… and ${lines.length - limit} more`] : lines
}

function compare(left: unknown, right: unknown, path: string, lines: string[]): void {
  if (Object.is(left, right)) return
  if (Array.isArray(left) && Array.isArray(right)) {
    compareLists(left, right, path, lines)
    return
  }
  if (isObject(left) && isObject(right)) {
    for (const name of new Set([...Object.keys(left), ...Object.keys(right)])) {
      compare(left[name], right[name], path === '' ? name : `${path}.${name}`, lines)
    }
    return
  }
  lines.push(`${path}: ${text(left)} | ${text(right)}`)
}

/** Lists of objects are matched by what names them, so that one that is missing does not shift all that follow. */
function compareLists(left: readonly unknown[], right: readonly unknown[], path: string, lines: string[]): void {
  if (![...left, ...right].every(isObject)) {
    if (JSON.stringify(left) !== JSON.stringify(right)) lines.push(`${path}: ${text(left)} | ${text(right)}`)
    return
  }
  const keys = (list: readonly unknown[]) => keyed(list as readonly Record<string, unknown>[])
  const [mine, yours] = [keys(left), keys(right)]
  for (const [key, value] of mine) {
    if (!yours.has(key)) lines.push(`${path}[${key}]: ${text(value)} | (missing)`)
    else compare(value, yours.get(key), `${path}[${key}]`, lines)
  }
  for (const [key, value] of yours) if (!mine.has(key)) lines.push(`${path}[${key}]: (missing) | ${text(value)}`)
  const order = (map: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>) =>
    [...map.keys()].filter((key) => other.has(key)).join(', ')
  if (order(mine, yours) !== order(yours, mine))
    lines.push(`${path}: order ${order(mine, yours)} | ${order(yours, mine)}`)
}

const naming = [
  'name',
  'family',
  'table',
  'destination',
  'priority',
  'link',
  'address',
  'prefixLength',
  'mac',
  'master',
  'remote',
  'metric',
  'type',
]

function keyed(list: readonly Record<string, unknown>[]): Map<string, Record<string, unknown>> {
  const map = new Map<string, Record<string, unknown>>()
  for (const object of list) {
    const used = object.name === undefined ? naming : ['name']
    const words = used.filter((name) => object[name] !== undefined).map((name) => String(object[name]))
    let key = words.join(' ')
    while (map.has(key)) key += "'"
    map.set(key, object)
  }
  return map
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function text(value: unknown): string {
  return value === undefined ? '(missing)' : JSON.stringify(value)
}
