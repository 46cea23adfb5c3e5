/** VRFs: masters whose ports have a routing table of their own (`drivers/net/vrf.c`). @module */
import type { Kernel, Notice } from '../kernel.js'
import type { Namespace } from '../namespace.js'
import { ifDown } from '../object/addrconf.js'
import type { Device } from '../object/device.js'
import { syncDown } from '../object/fib4.js'
import { addRule } from '../object/rule.js'
import { changeFlags } from '../object/state.js'
import { quietly, Refusal, refuse } from '../refusal.js'
import type { LinkKind } from './kind.js'
import { sendVrf } from './vrf-frame.js'

/** Priority of the rule that leads packets of VRFs to their tables (`FIB_RULE_PREF`). */
const priority = 1000

/** `ip link add … type vrf table …`. */
export const vrf: LinkKind = {
  name: 'vrf',
  keepsFrames: true,
  noVlans: true,
  immutable: true,
  make(_kernel, device, spec) {
    const table = 'vrf' in spec ? spec.vrf.table : undefined
    if (table === undefined) refuse('EINVAL', 'VRF table id is missing', { attribute: 'spec.vrf.table' })
    device.vrfTable = table
    device.isMaster = true
    device.noArp = true
    device.noQueue = true
    device.tsoMaxSize = 65536
    // Least MTU of IPv6, and the largest packet of it.
    device.minMtu = 1280
    device.maxMtu = 65575
    device.mtu = 65575
    device.operationalState = 'up'
  },
  registered: (_kernel, device) => addRules(device.namespace),
  describe: (device) => ({ vrf: { table: device.vrfTable as number } }),
  transmit: sendVrf,
  describePort: (port) => ({ vrfPort: { table: port.master?.vrfTable as number } }),
  enslave(kernel, master, port) {
    const attribute = 'spec.master'
    if (port.vrfTable !== undefined) {
      refuse('EINVAL', 'Can not enslave an L3 master device to a VRF', {
        attribute,
        hint: 'a VRF cannot be a port of another',
      })
    }
    if (port.loopback) {
      refuse('EOPNOTSUPP', 'Can not enslave loopback device to a VRF', {
        attribute,
        hint: 'the VRF itself is the loopback of its table',
      })
    }
    flush(kernel, port)
    port.master = master
    cycle(kernel, port)
    kernel.tellLink(port)
  },
  release,
  dismantle(kernel, device) {
    for (const port of [...device.namespace.links.values()]) {
      if (port.master === device) release(kernel, device, port)
    }
    return [device]
  },
}

function release(kernel: Kernel, _master: Device, port: Device): void {
  flush(kernel, port)
  port.master = undefined
  cycle(kernel, port)
  kernel.tellLink(port)
}

/** Routes of the table that the port leaves vanish, and its IPv6 addresses. */
function flush(kernel: Kernel, port: Device): void {
  syncDown(port, 'down', true)
  ifDown(kernel, port, false)
}

/** Down and up again, which puts the routes of its addresses into the other table (`cycle_netdev`). */
function cycle(kernel: Kernel, port: Device): void {
  if (!port.up || port.removed) return
  changeFlags(kernel, port, { up: false })
  // One that cannot come up again stays down: half of a pair whose other half is gone.
  quietly(() => changeFlags(kernel, port, { up: true }))
}

/** The rules that the first VRF of a namespace brings (`vrf_add_fib_rules`). */
function addRules(namespace: Namespace): void {
  if (namespace.hasVrfRules) return
  namespace.hasVrfRules = true
  for (const family of [4, 6] as const) {
    try {
      addRule(namespace, { family, priority, l3mdev: true, protocol: 'kernel' })
    } catch (refusal) {
      // Somebody may have made the same one.
      if (!(refusal instanceof Refusal)) throw refusal
    }
  }
}

/** What VRFs do when something happens to a port (`vrf_device_event`). */
export function vrfListener(kernel: Kernel, notice: Notice, device: Device): void {
  if (notice === 'unregister' && device.master?.vrfTable !== undefined) release(kernel, device.master, device)
}
