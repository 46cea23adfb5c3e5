/** Whether a rule of address translation is meant for a packet. @module */
import type { CleanNatSpec } from '@vnet/core'
import { samePrefix } from '../bits.js'
import type { Namespace } from '../namespace.js'
import { isLocal4, isLocal6 } from '../object/address-type.js'
import type { Device } from '../object/device.js'
import { hasPorts, type Tuple } from './tuple.js'

/** Where a packet is. */
export interface Place {
  /** `input` is where it is about to be delivered; no rule acts there. */
  readonly hook: 'prerouting' | 'input' | 'output' | 'postrouting'
  readonly namespace: Namespace
  /** Link that it came in by; absent for packets of this host. */
  readonly input?: Device | undefined
  /** Link that it is to leave by, where that is known. */
  readonly output?: Device | undefined
}

type Ports = readonly [first: number, last: number] | undefined

const within = (port: number, ports: Ports): boolean => ports === undefined || (port >= ports[0] && port <= ports[1])

/** Whether a packet has all that a rule asks for. */
export function isMeant(spec: CleanNatSpec, { hook, namespace, input, output }: Place, tuple: Tuple): boolean {
  if (spec.hook !== hook) return false
  const { from, to, except, ipProtocol } = spec
  if (from !== undefined && !samePrefix(from.octets, tuple.from, from.length)) return false
  if (to !== undefined && !samePrefix(to.octets, tuple.to, to.length)) return false
  if (except?.some((prefix) => samePrefix(prefix.octets, tuple.to, prefix.length))) return false
  if (ipProtocol !== undefined && ipProtocol !== tuple.protocol) return false
  if (hasPorts(tuple.protocol)) {
    if (!within(tuple.source, spec.sourcePorts) || !within(tuple.destination, spec.destinationPorts)) return false
  }
  if ('outputLink' in spec && spec.outputLink !== undefined && spec.outputLink !== output?.name) return false
  if ('exceptOutputLink' in spec && spec.exceptOutputLink !== undefined && spec.exceptOutputLink === output?.name)
    return false
  if (spec.kind === 'masquerade' || spec.kind === 'snat') return true
  if (spec.inputLink !== undefined && spec.inputLink !== input?.name) return false
  if (spec.exceptInputLink !== undefined && spec.exceptInputLink === input?.name) return false
  return spec.toLocal !== true || (tuple.to.length === 4 ? isLocal4 : isLocal6)(namespace, tuple.to)
}
