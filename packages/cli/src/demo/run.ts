/** Builds the planned network, proves that packets flow, shows it, and removes it, whatever happens. @module */
import { type Host, isVnetError, type Namespace, type NamespaceRef, VnetError } from '@vnet/core'
import { readPlaces } from '@vnet/explain'
import { treeOf } from '../tree.js'
import { Cleanup } from './cleanup.js'
import type { DemoPlace, Tell } from './event.js'
import { type ContainerPlan, type LabPlan, planLab } from './plan.js'

/** How the demo is run. */
export interface DemoOptions {
  /** Where it builds: in namespaces of its own, or in the one it was called in. */
  readonly place: DemoPlace
  /** Echo requests for each way. */
  readonly count: number
  /** Stops it; everything is removed. */
  readonly signal: AbortSignal
  /** Takes what is told. */
  readonly tell: Tell
}

/** How long ports may take until they forward, milliseconds. */
const PATIENCE = 10_000

/** A container that is there. */
interface Container {
  readonly plan: ContainerPlan
  readonly namespace: Namespace
}

/** Runs the demo. Returns the number of things that could not be removed; throws what went wrong before. */
export async function runDemo(host: Host, options: DemoOptions): Promise<number> {
  const { place, signal, tell } = options
  tell({ event: 'start', driver: host.driver.name, place })
  const cleanup = new Cleanup(tell)
  let left = 0
  try {
    const lab = place === 'here' ? host : await ownNamespace(host, cleanup)
    const plan = await planFor(lab)
    await makeBridge(lab, plan, cleanup, tell)
    const containers: Container[] = []
    for (const container of plan.containers) {
      // Asked between the steps, not inside them: a step that was cut off could leave something that nobody knows of.
      signal.throwIfAborted()
      containers.push(await makeContainer(host, lab, plan, container, cleanup, tell))
    }
    await forwarding(lab, plan, signal)
    const packets = host.supports.packets
    if (packets === true) await pingAll(containers, plan, options)
    else tell({ event: 'skipped', what: 'pings', reason: lacks(host.driver.name, packets) })
    await show(lab, containers, tell)
    if (packets === true) await showLearned(lab, plan, tell)
    else tell({ event: 'skipped', what: 'learned MACs', reason: lacks(host.driver.name, packets) })
  } finally {
    left = await cleanup.run()
    tell({ event: 'end', left })
  }
  return left
}

function lacks(driver: string, reason: string): string {
  return `the ${driver} backend lacks capability 'packets': ${reason}`
}

async function ownNamespace(host: Host, cleanup: Cleanup): Promise<Namespace> {
  const lab = await host.namespace.add()
  cleanup.add('namespace of the host', () => lab.close())
  await lab.link.set('lo', { up: true })
  return lab
}

/** Refuses before anything is touched where a name is taken. */
async function planFor(lab: Namespace): Promise<LabPlan> {
  const used = (await lab.address.list({ family: 4 })).map(({ address }) => address)
  const plan = planLab(used)
  for (const name of [plan.bridge.name, ...plan.containers.map(({ port }) => port.name)]) {
    if ((await lab.link.get(name)) === undefined) continue
    throw new VnetError({
      code: 'EEXIST',
      operation: 'demo',
      subject: name,
      detail: 'a link of this name is there already; nothing was touched',
      hint: 'leave out --here: the demo then works in namespaces of its own',
    })
  }
  return plan
}

async function makeBridge(lab: Namespace, plan: LabPlan, cleanup: Cleanup, tell: Tell): Promise<void> {
  const { name, mac, address } = plan.bridge
  await lab.link.add({ kind: 'bridge', name, mac, up: true })
  cleanup.add(`bridge ${name}`, () => removeLink(lab, name))
  await lab.address.add({ link: name, address: `${address}/${plan.length}`, broadcast: true })
  tell({ event: 'made', what: `bridge ${name} with ${address}/${plan.length}` })
}

async function makeContainer(
  host: Host,
  lab: Namespace,
  plan: LabPlan,
  container: ContainerPlan,
  cleanup: Cleanup,
  tell: Tell,
): Promise<Container> {
  const { name, address, mac, port } = container
  const namespace = await host.namespace.add()
  cleanup.add(`namespace ${name}`, () => namespace.close())
  await namespace.link.set('lo', { up: true })
  await lab.link.add({
    kind: 'veth',
    name: port.name,
    mac: port.mac,
    master: plan.bridge.name,
    up: true,
    peer: { name: 'eth0', mac, up: true, namespace: namespace.ref as NamespaceRef },
  })
  cleanup.add(`veth ${port.name}`, () => removeLink(lab, port.name))
  await namespace.address.add({ link: 'eth0', address: `${address}/${plan.length}`, broadcast: true })
  await namespace.route.add({ destination: 'default', via: plan.bridge.address })
  const route = `default route via ${plan.bridge.address}`
  tell({ event: 'made', what: `${name}: eth0 with ${address}/${plan.length}, ${route}, port ${port.name}` })
  return { plan: container, namespace }
}

/** Removes a link and makes sure that it is gone. */
async function removeLink(namespace: Namespace, name: string): Promise<void> {
  try {
    await namespace.link.delete(name)
  } catch (error) {
    // Somebody else was faster: what counts is that it is gone.
    if (!isVnetError(error) || error.code !== 'ENODEV') throw error
  }
  if ((await namespace.link.get(name)) !== undefined) {
    throw new VnetError({ code: 'EBUSY', operation: 'link delete', subject: name, detail: 'it is still there' })
  }
}

/** Waits until the ports forward: carrier takes the kernel a moment. */
async function forwarding(lab: Namespace, plan: LabPlan, signal: AbortSignal): Promise<void> {
  const end = Date.now() + PATIENCE
  const names = [...plan.containers.map(({ port }) => port.name), plan.bridge.name]
  for (const name of names) {
    while (true) {
      signal.throwIfAborted()
      const link = await lab.link.get(name)
      const state = link?.port?.state
      if (link?.operationalState === 'up' && (state === undefined || state === 'forwarding')) break
      if (Date.now() > end) {
        throw new VnetError({
          code: 'ETIMEDOUT',
          operation: 'demo',
          subject: name,
          detail: `still ${state ?? link?.operationalState ?? 'gone'} after ${PATIENCE / 1000} seconds`,
        })
      }
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
}

/** Each container to the other, and to the gateway. */
async function pingAll(
  containers: readonly Container[],
  plan: LabPlan,
  { count, signal, tell }: DemoOptions,
): Promise<void> {
  for (const { plan: from, namespace } of containers) {
    const others = plan.containers.filter(({ name }) => name !== from.name)
    const targets = [...others, { name: 'gateway', address: plan.bridge.address }]
    for (const { name: to, address } of targets) {
      for (let sequence = 1; sequence <= count; sequence++) {
        // Answers come so fast that without a turn of the event loop no signal would be heard.
        await new Promise((resolve) => setImmediate(resolve))
        signal.throwIfAborted()
        const spec = { address, sequence: sequence & 0xffff, timeout: 5 }
        const { time } = await namespace.ping(spec, { signal })
        tell({ event: 'ping', from: from.name, to, address, sequence, time })
      }
    }
  }
}

async function show(lab: Namespace, containers: readonly Container[], tell: Tell): Promise<void> {
  const places = [
    { name: 'host', namespace: lab },
    ...containers.map(({ plan, namespace }) => ({ name: plan.name, namespace })),
  ]
  tell({ event: 'tree', tree: treeOf(await readPlaces(places)) })
}

async function showLearned(lab: Namespace, plan: LabPlan, tell: Tell): Promise<void> {
  const bridge = plan.bridge.name
  const names = new Map((await lab.link.list({ master: bridge })).map(({ index, name }) => [index, name]))
  const learned = await lab.fdb.list({ bridge, state: 'dynamic' })
  const entries = learned
    .map(({ link, mac }) => ({ port: names.get(link) ?? `if${link}`, mac }))
    .sort((a, b) => a.port.localeCompare(b.port) || a.mac.localeCompare(b.mac))
  tell({ event: 'learned', bridge, entries })
}
