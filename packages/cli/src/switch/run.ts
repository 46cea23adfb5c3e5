/** A switch under way: joined with its ports, told about, and ended in good order. @module */
import type { Port } from '@vnet/core'
import {
  Capture,
  type FaultPort,
  fault,
  type PortEnd,
  realClock,
  Switch,
  SwitchRunner,
  seededRandom,
} from '@vnet/switch'
import type { Sink } from '../capture/sink.js'
import { readerGone } from '../interrupt.js'
import type { OpenedPort } from './opened.js'
import { Outbox } from './outbox.js'
import type { SwitchPlan } from './plan.js'
import type { Report } from './report.js'
import { RunningSwitch } from './running.js'

/** Octets of a capture that may wait for its reader; frames beyond them are counted as dropped. */
const LIMIT = 16 << 20

/** What a switch is run with. */
export interface RunOptions {
  readonly report: Report
  /** Where pcapng goes. */
  readonly sink?: Sink
  /** Ends it. */
  readonly signal: AbortSignal
}

/**
 * Runs a switch until it is stopped, until nobody reads its capture any more, or until its last port has ended, which is a
 * failure. The ports are closed afterwards.
 */
export async function runSwitch(plan: SwitchPlan, opened: readonly OpenedPort[], options: RunOptions): Promise<void> {
  const { report, sink, signal } = options
  const clock = realClock()
  let end: (error?: unknown) => void = () => undefined
  const ended = new Promise<unknown>((resolve) => {
    end = resolve
  })
  const bridge = new Switch({ ...plan.options, onEvent: (event) => report.tell(event, running) })
  const running = new RunningSwitch(plan, bridge, clock)
  const runner = new SwitchRunner(bridge, { clock, onPortEnd })
  const outbox = sink && new Outbox(sink, LIMIT, end)
  const capture = outbox && captureTo(outbox)
  const stop = () => {
    if (signal.reason === readerGone) report.stop()
    end()
  }
  signal.addEventListener('abort', stop)

  function onPortEnd({ port, error, counters }: PortEnd): void {
    const gone = running.ports.get(port)
    if (gone !== undefined) gone.ended = counters
    report.tell({ kind: 'port-ended', port, error }, running)
    if ([...running.ports.values()].every((one) => one.ended !== undefined)) end(error)
  }

  let failure: unknown
  try {
    for (const one of opened) join(one, running, runner, capture)
    for (const { mac, port, vlan, sticky } of plan.stations) {
      const number = plan.ports.indexOf(port) + 1
      bridge.addMac(mac, number, {
        ...(vlan === undefined ? {} : { vlan }),
        ...(sticky === undefined ? {} : { sticky }),
      })
    }
    report.ready(running)
    if (signal.aborted) stop()
    failure = await ended
  } finally {
    signal.removeEventListener('abort', stop)
    // First of all the TAPs go: a reader that is slow does not keep them.
    try {
      await runner.close()
    } finally {
      capture?.end()
      await outbox?.drained()
      if (signal.reason !== readerGone) await report.end(running)
    }
  }
  if (failure !== undefined) throw failure
}

function captureTo(outbox: Outbox): Capture {
  return new Capture({
    write: (bytes) => outbox.write(bytes),
    ready: () => outbox.ready,
    application: 'vnet',
  })
}

/** Adds a port to the switch: what is captured is what passes the TAP, outside of its faults. */
function join(opened: OpenedPort, running: RunningSwitch, runner: SwitchRunner, capture: Capture | undefined): void {
  const { plan, port: tap } = opened
  const number = running.ports.size + 1
  let port: Port = capture === undefined ? tap : capture.around(tap, 'ethernet', plan.name)
  let disturbed: FaultPort | undefined
  if (plan.fault !== undefined) {
    const { seed } = running.plan
    // A generator for each port: what passes one changes nothing at another.
    disturbed = fault(port, { ...plan.fault, random: seed === undefined ? Math.random : seededRandom(seed + number) })
    port = disturbed
  }
  running.ports.set(number, { number, opened, ...(disturbed === undefined ? {} : { fault: disturbed }) })
  runner.addPort(port, { name: plan.name, ...plan.options })
}
