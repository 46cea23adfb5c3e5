/** What a macvtap or ipvtap refuses that is opened as a port (`drivers/net/tap.c`): the same on every backend. @module */
import { portOperation } from './check/port.js'
import { VnetError } from './error.js'
import type { PortSpec } from './port.js'

/** What only links of `/dev/net/tun` have: what is off is as without it, and what is any value a request. */
const switches: readonly (keyof PortSpec)[] = ['packetInformation', 'napi', 'napiFrags']
const settings: readonly (keyof PortSpec)[] = [
  'persistent',
  'owner',
  'ownerGroup',
  'carrier',
  'filter',
  'steering',
  'frameFilter',
]

/** The refusal of a port, with the words and the number of the kernel. */
export function portRefusal(
  spec: PortSpec,
  code: `E${string}`,
  errno: number,
  hint: string,
  attribute?: string,
): VnetError {
  return new VnetError({ code, operation: portOperation(spec.kind), subject: spec.name, errno, hint, attribute })
}

/**
 * Refuses what such a link does not have: options of TUN and TAP links, and to be opened as a TUN.
 *
 * @param kind What it is, for people
 */
export function refuseForTapLink(spec: PortSpec, kind: string): void {
  if (spec.kind === 'tun') throw portRefusal(spec, 'EINVAL', 22, `a ${kind} carries frames: open it as a TAP`)
  const name = switches.find((one) => spec[one]) ?? settings.find((one) => spec[one] !== undefined)
  if (name === undefined) return
  throw portRefusal(spec, 'EOPNOTSUPP', 95, `a ${kind} does not have it: leave ${name} out`, `options.${name}`)
}

/** Refuses the device of a macvtap for a link that is none. */
export function refuseTapDevice(spec: PortSpec): void {
  if (spec.device === undefined) return
  throw portRefusal(spec, 'EINVAL', 22, 'only a macvtap or ipvtap has a device of its own', 'options.device')
}
