/** Sets the NAT boxes of a lab going. @module */
import type { Namespace } from '@vnet/core'
import type { Built } from '../build.js'
import type { LabNode } from '../node.js'
import type { Plan, PlannedNode } from '../plan.js'
import type { Recorder } from '../recorder.js'
import type { LabTime } from '../time.js'
import { LabNat } from './box.js'
import type { NatPorts } from './ground.js'
import type { MappingState } from './mapping-table.js'
import type { PlannedNat } from './plan-nat.js'

/** How a box comes to its ports and, in a fork, to what it remembers. */
export interface OpenNat {
  readonly open: (namespace: Namespace, nat: PlannedNat, node: PlannedNode) => Promise<NatPorts>
  readonly state?: (node: string) => MappingState
}

/** A lab whose nodes, links and routes stand. */
interface Ground {
  readonly plan: Plan
  readonly built: Built
  readonly time: LabTime
  readonly recorder: Recorder | undefined
  readonly seed: number
}

/** The boxes by their names; none is left open where one fails. */
export async function openNats({ plan, built, seed, ...parts }: Ground, { open, state }: OpenNat) {
  const nats = new Map<string, LabNat>()
  try {
    for (const node of plan.nodes) {
      const { name, nat: planned } = node
      if (planned === undefined) continue
      const labNode = built.nodes.get(name) as LabNode
      const ports = await open(labNode.namespace, planned, node)
      const fresh = { mappings: [], chance: natSeed(planned.seed ?? seed, name) }
      nats.set(name, new LabNat({ ...parts, node: labNode, planned, ports, state: state?.(name) ?? fresh }))
    }
    return nats
  } catch (error) {
    for (const nat of nats.values()) await nat.close()
    throw error
  }
}

/** The seed of a box's chance: boxes of one lab differ. FNV-1a over the name. */
function natSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed
  for (const letter of name) hash = Math.imul(hash ^ (letter.codePointAt(0) as number), 0x0100_0193)
  return hash >>> 0
}
