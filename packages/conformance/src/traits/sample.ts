/** For every operation: a request that succeeds in the small network, one about what is not there, and what a second time gives. @module */
import type { Capability, Operation } from '@vnet/core'
import type { Context } from '../context.js'
import { addSmallNetwork } from '../surroundings.js'
import { bridgeSamples, prepareBridge } from './sample-bridge.js'
import { deviceSamples, prepareDevices } from './sample-device.js'
import type { Place, Sample } from './sample-form.js'
import { ipSamples, prepareIp } from './sample-ip.js'
import { prepareTc, tcSamples } from './sample-tc.js'

/** Capabilities that every sample needs. */
export const sampleNeeds: readonly Capability[] = ['link bridge', 'link veth']

/** Makes the surroundings in which the samples work. */
export async function prepare(context: Context): Promise<Place> {
  const { ns, host, supports } = context
  const [taken, free] = [context.namespaceName(), context.namespaceName()]
  if (supports['namespace named'] === true) await (await host.namespace.add(taken)).close()
  await addSmallNetwork(ns)
  for (const family of [prepareIp, prepareBridge, prepareTc, prepareDevices]) await family(context)
  return { ns, taken, free }
}

/** Every operation of the seam. */
export const samples: Readonly<Record<Operation, Sample>> = {
  ...ipSamples,
  ...bridgeSamples,
  ...deviceSamples,
  ...tcSamples,
}
