/** Where a switch tells what it does, and where it writes what it captures. @module */
import { fileSink, outputSink, type Sink } from '../capture/sink.js'
import type { Context } from '../context.js'
import type { Terminal } from '../terminal.js'
import { LiveReport } from './live.js'
import { LineReport, type Report } from './report.js'

/** Where a capture goes that `--capture` names. */
export async function sinkOf(terminal: Terminal, capture: string | undefined): Promise<Sink | undefined> {
  if (capture === undefined) return undefined
  return capture === '-' ? outputSink(terminal) : fileSink(capture)
}

/** A table on a terminal, lines elsewhere; on the error output where the output is the capture's. */
export function reportOf({ terminal, palette, settings }: Context, capture: string | undefined): Report {
  if (terminal.interactive && !settings.json) return new LiveReport(terminal, palette)
  return new LineReport(capture === '-' ? errorSink(terminal) : outputSink(terminal), settings.json)
}

function errorSink(terminal: Terminal): Sink {
  return {
    async write(bytes) {
      terminal.err(Buffer.from(bytes).toString())
      return true
    },
    close: async () => undefined,
  }
}
