/** Filters of captures: a program for each format that frames may have, or the error that both backends give. @module */
import { type BpfInstruction, type CaptureFormat, captureFormats, VnetError } from '@vnet/core'
import { compileFilter } from './filter/compile.js'
import { FilterError } from './filter/error.js'

/** Programs by the format of the frames that they are for. */
export type FilterPrograms = ReadonlyMap<CaptureFormat, readonly BpfInstruction[]>

/**
 * Compiles the filter of a capture.
 *
 * @param format That of the frames of its link; `undefined` for all links, whose frames have any.
 * @param subject The link.
 * @throws {@link @vnet/core!VnetError} `EINVAL`, with the sentence and what to write instead
 */
export function compileCaptureFilter(
  expression: string,
  format: CaptureFormat | undefined,
  subject: string,
): FilterPrograms {
  try {
    const formats = format === undefined ? captureFormats : [format]
    return new Map(formats.map((each) => [each, compileFilter(expression, each)]))
  } catch (error) {
    if (error instanceof FilterError) throw filterRefusal(subject, error.message, error)
    throw error
  }
}

/** The error of a filter that is refused. */
export function filterRefusal(subject: string, detail: string, cause: unknown): VnetError {
  const hint = cause instanceof FilterError && cause.hint !== undefined ? `${cause.hint}; ` : ''
  return new VnetError({
    code: 'EINVAL',
    operation: 'capture open',
    subject,
    attribute: 'options.filter',
    detail,
    errno: 22,
    hint: `${hint}the language is described in pcap-filter(7)`,
    cause,
  })
}
