/** Whether somebody's question for a MAC is answered: for an address of this host, or for another's (`arp_ignore`, `arp_fwd_proxy`). @module */
import { keyOf, sameOctets } from '../bits.js'
import { matches } from '../object/address4.js'
import type { Device } from '../object/device.js'
import { scopeNumber } from '../object/scope.js'
import { any4, most4 } from '../sysctl/conf.js'
import { routeIn4 } from './ip-route.js'
import { type PacketTypeNumber, packetType } from './packet-type.js'

/** Who asks for what. */
export interface Question {
  readonly device: Device
  readonly sender: Uint8Array
  readonly target: Uint8Array
  readonly type: PacketTypeNumber
}

/** Whether it is answered, and when: for others after a while, unless who asks asked this host. */
export function answerTo({ device, sender, target, type }: Question): 'no' | 'now' | 'later' {
  const isForHost = type === packetType.host
  const decision = routeIn4({ device, from: sender, to: target }, 0)
  if (decision.to === 'here') return decision.isUnicast && !ignores(device, sender, target) ? 'now' : 'no'
  if (decision.to !== 'there' || decision.onward.output === device || device.conf4.forwarding === 0) return 'no'
  const forAll = any4(device.namespace.sysctls.conf4, device.conf4, 'proxy_arp')
  if (!forAll && !device.proxies.has(keyOf(target, 32))) return 'no'
  return isForHost ? 'now' : 'later'
}

/** Whether an address of this host is none for who asks (`arp_ignore`, `inet_confirm_addr`). */
export function ignores(device: Device, sender: Uint8Array, target: Uint8Array): boolean {
  const wish = most4(device.namespace.sysctls.conf4, device.conf4, 'arp_ignore')
  if (wish === 8) return true
  if (wish < 1 || wish > 3) return false
  const links = wish === 3 ? device.namespace.links.values() : [device]
  const reach = scopeNumber(wish === 3 ? 'link' : 'host')
  for (const { addresses4 } of links) {
    for (const entry of addresses4) {
      if (!sameOctets(entry.local, target) || entry.scope > reach) continue
      if (wish !== 2 || matches(entry, sender)) return false
    }
  }
  return true
}
