/** A host, router or switch of a lab: its namespace, and what it was given. @module */
import { formatIp, type IpFamily, type Namespace } from '@vnet/core'
import type { Role } from './check.js'
import type { PlannedNode } from './plan.js'

/** A host, a router or a switch. */
export interface LabNode {
  /** Its name in the lab. */
  readonly name: string
  /** What it does. */
  readonly role: Role
  /** Its namespace, with all that a namespace can do: `lab.node('a').namespace.route.list()`. The lab closes it. */
  readonly namespace: Namespace
  /** Its IP addresses as text, in the order of its cables, IPv4 first at each. */
  readonly addresses: readonly string[]
  /**
   * Its first address of a version of IP.
   *
   * @param family Default 4.
   * @throws RangeError (`VNET_RANGE`) it has none
   */
  address(family?: IpFamily): string
}

/** The addresses of a planned node, in order. */
export const addressesOf = (node: PlannedNode): string[] =>
  node.ends.flatMap(({ addresses }) => addresses.map(({ octets }) => formatIp(octets)))

/** Whether a text is an address of a version of IP. */
export const isOf = (family: IpFamily, address: string): boolean => address.includes(':') === (family === 6)
