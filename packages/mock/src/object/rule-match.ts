/** A rule as the mock kernel keeps it, and whether a packet matches it (`fib_rule_match`). @module */
import type { IpFamily, Prefix, RouteProtocol, RuleAction } from '@vnet/core'
import { samePrefix } from '../bits.js'
import type { Namespace } from '../namespace.js'
import type { Device } from './device.js'
import type { Flow } from './lookup-route.js'

/** A rule. */
export interface RuleEntry {
  readonly family: IpFamily
  readonly priority: number
  readonly action: RuleAction
  /** 0 where the action is another. */
  readonly table: number
  readonly protocol: RouteProtocol
  readonly from: Prefix | undefined
  readonly to: Prefix | undefined
  readonly inputLink: string | undefined
  readonly outputLink: string | undefined
  /** Indexes of these links; absent while there are none of these names. */
  input: number | undefined
  output: number | undefined
  readonly mark: number
  readonly markMask: number
  readonly tos: number
  readonly ipProtocol: number
  readonly sourcePorts: readonly [number, number] | undefined
  readonly destinationPorts: readonly [number, number] | undefined
  readonly uids: readonly [number, number] | undefined
  readonly tunnelId: number
  readonly not: boolean
  readonly l3mdev: boolean
  readonly goto: number | undefined
  readonly suppressPrefixLength: number | undefined
  readonly suppressGroup: number | undefined
}

/** Whether a packet of the superuser, of no particular protocol, matches. */
export function matches(namespace: Namespace, rule: RuleEntry, flow: Flow, vrf?: Device): boolean {
  return criteria(namespace, rule, flow, vrf) !== rule.not
}

function criteria(namespace: Namespace, rule: RuleEntry, flow: Flow, vrf: Device | undefined): boolean {
  if (rule.inputLink !== undefined) {
    // Packets of this host count as coming in by the loopback link.
    const input = flow.input ?? namespace.links.get(1)
    if (input === undefined || input.index !== rule.input) return false
  }
  if (rule.outputLink !== undefined && (flow.output === undefined || flow.output.index !== rule.output)) return false
  if (((rule.mark ^ (flow.mark ?? 0)) & rule.markMask) !== 0) return false
  if (rule.tos !== 0 && rule.tos !== (flow.tos ?? 0)) return false
  if (rule.tunnelId !== 0 || (rule.l3mdev && vrf === undefined)) return false
  if (rule.uids !== undefined && rule.uids[0] > 0) return false
  if (rule.ipProtocol !== 0 || rule.sourcePorts !== undefined || rule.destinationPorts !== undefined) return false
  if (rule.from !== undefined && !inside(flow.from, rule.from)) return false
  return rule.to === undefined || inside(flow.to, rule.to)
}

function inside(address: Uint8Array | undefined, prefix: Prefix): boolean {
  if (prefix.length === 0) return true
  return address !== undefined && samePrefix(address, prefix.octets, prefix.length)
}
