/** Two stations and a switch; one cable is slow and loses frames, and everything on it is printed and captured. */
import type { Port } from '@vnet/core'
import { Capture, type Clock, fault, memoryPorts, Switch, SwitchRunner, seededRandom, trace } from '@vnet/switch'

export interface Stage {
  readonly left: Port
  readonly right: Port
  readonly runner: SwitchRunner
  /** Ends it; the octets of a pcapng file. */
  end(): Promise<Uint8Array[]>
}

export function stage(clock: Clock, print: (line: string) => void): Stage {
  const [left, near] = memoryPorts({ names: ['left', 'port to the left'] })
  const [right, far] = memoryPorts({ names: ['right', 'port to the right'] })
  const file: Uint8Array[] = []
  const capture = new Capture({ write: (bytes) => file.push(bytes), clock })
  const slow = fault(far, { random: seededRandom(7), clock, out: { delay: 0.05, loss: 0.1 } })
  const runner = new SwitchRunner(new Switch({ mac: '02:00:00:00:00:fe', host: false }), { clock })
  runner.addPort(near)
  runner.addPort(trace(capture.around(slow), { write: print, clock }))
  const end = async () => {
    await runner.close()
    capture.end()
    return file
  }
  return { left, right, runner, end }
}
