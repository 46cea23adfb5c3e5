/** What the mock can do, and why it cannot do the rest. @module */
import { type Capability, capabilities, remedyOf, VnetError } from '@vnet/core'
import { kinds } from './kind/kinds.js'

const reasons: { readonly [C in Capability]?: string } = {
  'namespace pid': 'the mock has no processes',
  'namespace fd': 'the mock has no file descriptors',
  'namespace exec': 'programs cannot run inside the mock',
  'user namespace': 'the mock has no users',

  netlink: 'the mock has no netlink messages: requests are carried out as they are',
  'tun fd': 'the mock has no file descriptors',
  'pppoe session': 'the mock has no PPP of its own: sessions are on a TUN there',
  'qdisc teql': 'the mock has a teql0 only where its option equalizers says so',
}

const leftOut = 'left out by the option lacks'

function reasonOf(capability: Capability, lacks: ReadonlySet<Capability>): true | string {
  if (lacks.has(capability)) return leftOut
  const reason = reasons[capability]
  if (reason !== undefined) return reason
  const kind = capability.startsWith('link ') ? capability.slice(5) : undefined
  return kind === undefined || kinds.has(kind) ? true : `the mock has no links of kind ${kind} yet`
}

/** The capabilities of a mock that is told to lack some. */
export function supported(lacks: ReadonlySet<Capability>): Record<Capability, true | string> {
  const entries = capabilities.map((capability) => [capability, reasonOf(capability, lacks)])
  return Object.fromEntries(entries) as Record<Capability, true | string>
}

/** The error for an operation that needs a capability which is missing. */
export function unsupported(
  operation: string,
  capability: Capability,
  reason = reasons[capability] ?? leftOut,
): VnetError {
  return new VnetError({
    code: 'VNET_UNSUPPORTED',
    operation,
    subject: capability,
    detail: reason,
    hint: remedyOf(capability),
  })
}
