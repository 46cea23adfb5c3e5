/** What follows when the settings of links are written (`devinet_sysctl_forward`, `devinet_conf_proc`, `addrconf_sysctl_forward`, `addrconf_disable_ipv6`). @module */
import type { Kernel } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { disableIpv6, enableIpv6 } from '../object/addrconf.js'
import type { Device } from '../object/device.js'
import { beRouter } from '../object/router.js'
import type { Conf4, Conf6, LinkConf4 } from './conf.js'

/** Whose settings: those of all links at once, of links to come, or of one. */
export type Whose = 'all' | 'default' | Device

/** Sets one of IPv4. */
export function writeConf4(namespace: Namespace, whose: Whose, name: keyof Conf4, value: number): void {
  const { conf4 } = namespace.sysctls
  if (name === 'forwarding') {
    writeForwarding4(namespace, whose, value)
    return
  }
  if (typeof whose === 'object') {
    whose.conf4 = { ...whose.conf4, [name]: value, own: new Set([...whose.conf4.own, name]) }
    return
  }
  conf4[whose][name] = value
  if (whose === 'all') return
  namespace.sharedConf.renew()
  // Links for which nobody chose follow, until they get their first address.
  follow(namespace, name, value, ({ own }) => !own.has(name) && !own.has('*'))
}

/** Sets one of IPv4 for the links of a namespace; those that shared their settings share them still. */
function follow(namespace: Namespace, name: keyof Conf4, value: number, follows: (conf: LinkConf4) => boolean): void {
  const changed = new Map<LinkConf4, LinkConf4>()
  for (const device of namespace.links.values()) {
    const before = device.conf4
    if (!follows(before)) continue
    const after = changed.get(before) ?? { ...before, [name]: value }
    changed.set(before, after)
    device.conf4 = after
  }
}

/** For all links at once it is set for each of them, and routers heed no redirects. */
function writeForwarding4(namespace: Namespace, whose: Whose, value: number): void {
  const { conf4 } = namespace.sysctls
  if (typeof whose === 'object') {
    whose.conf4 = { ...whose.conf4, forwarding: value }
    return
  }
  const changed = conf4[whose].forwarding !== value
  conf4[whose].forwarding = value
  namespace.sharedConf.renew()
  if (whose === 'default' || !changed) return
  conf4.all.accept_redirects = value === 0 ? 1 : 0
  conf4.default.forwarding = value
  follow(namespace, 'forwarding', value, () => true)
}

/** Sets one of IPv6. */
export function writeConf6(kernel: Kernel, namespace: Namespace, whose: Whose, name: keyof Conf6, value: number): void {
  const { conf6 } = namespace.sysctls
  const spreads = name === 'forwarding' || name === 'disable_ipv6'
  if (typeof whose === 'object') {
    setConf6(kernel, whose, name, value)
    return
  }
  const changed = conf6[whose][name] !== value
  conf6[whose][name] = value
  namespace.sharedConf.renew()
  if (whose === 'default' || !spreads || !changed) return
  conf6.default[name] = value
  for (const device of namespace.links.values()) setConf6(kernel, device, name, value)
}

function setConf6(kernel: Kernel, device: Device, name: keyof Conf6, value: number): void {
  const { inet6 } = device
  if (inet6 === undefined) return
  const turned = (inet6.conf[name] === 0) !== (value === 0)
  inet6.conf = { ...inet6.conf, [name]: value }
  if (!turned) return
  if (name === 'forwarding') beRouter(kernel, device, value !== 0)
  else if (name === 'disable_ipv6') (value === 0 ? enableIpv6 : disableIpv6)(kernel, device)
}
