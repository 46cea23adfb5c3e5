/** The TAPs of a switch: made or attached to, all of them or none. @module */
import { type Host, isVnetError, type Namespace, type TunPort } from '@vnet/core'
import { OpenNamespaces } from '../namespaces.js'
import type { PortPlan } from './port.js'

/** A port that is open. */
export interface OpenedPort {
  readonly plan: PortPlan
  readonly port: TunPort
  /** Whether the TAP was made for this: then it is up, and goes away with the port. */
  readonly made: boolean
  /** Whether the TAP is up. */
  readonly up: boolean
}

/** Opens the ports. When one cannot be opened, those before it are closed again. */
export async function openPorts(host: Host, plans: readonly PortPlan[]): Promise<readonly OpenedPort[]> {
  const namespaces = new OpenNamespaces(host)
  const opened: OpenedPort[] = []
  try {
    // All of them first: a namespace that is not there is told before any TAP is made.
    for (const { namespace } of plans) await namespaces.at(namespace)
    for (const plan of plans) opened.push(await openPort(await namespaces.at(plan.namespace), plan))
    return opened
  } catch (error) {
    await closePorts(opened)
    throw error
  } finally {
    await namespaces.close()
  }
}

/** Closes the ports, where they are open. TAPs that were made for them go away. */
export async function closePorts(opened: readonly OpenedPort[]): Promise<void> {
  await Promise.allSettled(opened.map(({ port }) => port.close()))
}

async function openPort(namespace: Namespace, plan: PortPlan): Promise<OpenedPort> {
  const { link: name, mtu } = plan
  // What arrives at once leaves in one write a port: with many ports 64 frames would be a few for each (decision 0015).
  const options = { name, batchSize: 256, ...(mtu === undefined ? {} : { mtu }) }
  try {
    const port = await namespace.openTap({ ...options, create: 'always', up: true })
    return { plan, port, made: true, up: true }
  } catch (error) {
    if (!isVnetError(error) || error.code !== 'EEXIST') throw error
  }
  const port = await namespace.openTap({ ...options, create: 'never' })
  try {
    const link = await namespace.link.get(port.index)
    return { plan, port, made: false, up: link?.up ?? false }
  } catch (error) {
    await port.close()
    throw error
  }
}
