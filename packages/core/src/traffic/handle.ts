/** Handles of traffic control (`tc`): `1:` is a discipline, `1:10` a class of it; both numbers are hexadecimal. @module */

/** Where something hangs at a link's own place: number, and the word for it. */
const root = 0xffffffff

/** Places below the discipline of kind `ingress` or `clsact` (`TC_H_CLSACT`, `TC_H_MIN_INGRESS`, `TC_H_MIN_EGRESS`). */
const ingress = 0xfffffff2
const egress = 0xfffffff3

/** The parent of an `ingress` or `clsact` discipline (`TC_H_INGRESS`). */
export const ingressParent = 0xfffffff1

/** The number of a handle: `1:` is 0x10000, `1:10` 0x10010; `undefined` where the text is none. */
export function parseHandle(text: string): number | undefined {
  const match = /^([\da-f]{0,4}):([\da-f]{0,4})$/i.exec(text)
  if (match === null) return undefined
  const [major, minor] = [match[1] as string, match[2] as string]
  if (major === '' && minor === '') return undefined
  return Number.parseInt(major || '0', 16) * 0x10000 + Number.parseInt(minor || '0', 16)
}

/** A handle as `tc` prints it: `1:`, `1:10`, `:1` without a major number. */
export function formatHandle(handle: number): string {
  const major = Math.floor(handle / 0x10000)
  const minor = handle % 0x10000
  return `${major === 0 && minor !== 0 ? '' : major.toString(16)}:${minor === 0 ? '' : minor.toString(16)}`
}

/** The number of a discipline's or class's parent: `root`, `ingress`, or a handle. */
export function parseParent(text: string): number | undefined {
  if (text === 'root') return root
  return text === 'ingress' ? ingressParent : parseHandle(text)
}

/** The parent of a discipline or class in words. */
export function formatParent(parent: number): string {
  if (parent === root) return 'root'
  return parent === ingressParent ? 'ingress' : formatHandle(parent)
}

/** The number of a filter's parent: `root` is the root discipline whatever its handle (0), the others as above. */
export function parseFilterParent(text: string): number | undefined {
  if (text === 'root') return 0
  if (text === 'ingress') return ingress
  return text === 'egress' ? egress : parseHandle(text)
}

/** The parent of a filter in words. */
export function formatFilterParent(parent: number): string {
  if (parent === 0) return 'root'
  if (parent === ingress) return 'ingress'
  return parent === egress ? 'egress' : formatHandle(parent)
}

/** The number of a `u32` filter: `800::1` (table, bucket, node), `800:` for a table, or `800:3:` for a bucket. */
export function parseU32Handle(text: string): number | undefined {
  const match = /^([\da-f]{1,3}):(?:([\da-f]{0,2}):([\da-f]{0,3}))?$/i.exec(text)
  if (match === null) return undefined
  const [table, bucket, node] = match.slice(1).map((part) => Number.parseInt(part || '0', 16)) as [
    number,
    number,
    number,
  ]
  return table * 0x100000 + bucket * 0x1000 + node
}

/** The number of a `u32` filter as `tc` prints it. */
export function formatU32Handle(handle: number): string {
  const [table, bucket, node] = [Math.floor(handle / 0x100000), (handle >>> 12) & 0xff, handle & 0xfff]
  if (node === 0 && bucket === 0) return `${table.toString(16)}:`
  return `${table.toString(16)}:${bucket === 0 ? '' : bucket.toString(16)}:${node === 0 ? '' : node.toString(16)}`
}
