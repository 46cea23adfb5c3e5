/** A switch of TAPs, with spanning tree. `await using runner = await switchOf([blue, red, green], 'tap0')`. */
import type { Namespace } from '@vnet/core'
import { Switch, SwitchRunner } from '@vnet/switch'

export async function switchOf(namespaces: readonly Namespace[], name: string): Promise<SwitchRunner> {
  const bridge = new Switch({
    mac: '02:00:00:00:00:fe',
    host: false,
    seed: Math.floor(Math.random() * 2 ** 32),
    stp: { priority: 0x1000 },
    onEvent: (event) => {
      if (event.kind === 'learned') console.log(`${event.entry.mac} is behind port ${event.entry.port}`)
    },
  })
  const runner = new SwitchRunner(bridge, {
    onPortEnd: (end) => console.log(`port ${end.port} (${end.name}) has ended: ${end.error}`),
  })
  try {
    // Only hosts are there: they need not wait for the spanning tree.
    for (const namespace of namespaces) {
      runner.addPort(await namespace.openTap({ name, up: true }), { stp: { edge: true, bpduGuard: true } })
    }
  } catch (error) {
    await runner.close()
    throw error
  }
  return runner
}
