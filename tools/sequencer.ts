/** The order of test files: first those that wait most, so that none of them is left alone at the end. @module */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Small files with long runs behind them, the longest first; vitest takes small ones for short. */
const long = [
  'mock/test/conformance',
  'napi/test/second.conformance',
  'ffi/test/second.conformance',
  'napi/test/first.conformance',
  'ffi/test/first.conformance',
  'napi/test/traffic-differential',
  'napi/test/syscalls',
  'ffi/test/syscalls',
  'cli/test/extcap',
  'cli/test/kernel',
  'cli/test/mock',
]

const rank = ({ moduleId }: TestSpecification): number => {
  const at = long.findIndex((name) => moduleId.includes(`/${name}.test.`))
  return at === -1 ? long.length : at
}

/** vitest's own order behind the long ones. */
export default class LongestFirst extends BaseSequencer {
  /** Called once. */
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.sort((a, b) => rank(a) - rank(b))
  }
}
