/** Makes a failing program shorter while it keeps failing. @module */
import type { LooseRequest } from '@vnet/core'
import type { Program, Step } from './program.js'

/**
 * The shortest program that was found: steps are left out, in halves and one by one, then properties that can be missing.
 *
 * @param fails whether a program still shows the failure
 * @param attempts most programs that are tried
 * @param seconds after which no more are tried: on a busy machine one may take more than one
 */
export async function shrink(
  program: Program,
  fails: (program: Program) => Promise<boolean>,
  attempts = 400,
  seconds = 150,
): Promise<Program> {
  const end = performance.now() + seconds * 1000
  let best = program
  let left = attempts
  const better = async (candidate: Program): Promise<boolean> => {
    if (left-- <= 0 || performance.now() > end || !(await fails(candidate))) return false
    best = candidate
    return true
  }
  for (let size = Math.ceil(best.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = best.length - size; start >= 0; start -= size) {
      await better([...best.slice(0, start), ...best.slice(start + size)])
    }
  }
  // Once more one by one: what a later step needed may be superfluous now.
  for (let i = best.length - 1; i >= 0; i--) await better([...best.slice(0, i), ...best.slice(i + 1)])
  for (let i = 0; i < best.length; i++) {
    for (let progress = true; progress; ) {
      progress = false
      for (const simpler of simplerSteps(best[i] as Step)) {
        if (await better([...best.slice(0, i), simpler, ...best.slice(i + 1)])) {
          progress = true
          break
        }
      }
    }
  }
  return best
}

/** The step with one property less, of the spec or of an object in it. What cannot be missing is refused and thus kept. */
function simplerSteps(step: Step): Step[] {
  const { operation, spec } = step.request
  return withoutOne(spec).map((simpler) => ({ ...step, request: { operation, spec: simpler } as LooseRequest }))
}

function withoutOne(object: object): object[] {
  return Object.entries(object).flatMap(([name, value]) => {
    const { [name as keyof typeof object]: _, ...rest } = object
    const inner =
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? withoutOne(value).map((simpler) => ({ ...object, [name]: simpler }))
        : []
    return [rest, ...inner]
  })
}
