// Recipes for a guest kernel with every link kind: what the development machine's kernel refuses.

import { guestBond } from './guest-bond.mjs'
import { guestBridge } from './guest-bridge.mjs'
import { guestLink } from './guest-link.mjs'
import { guestTc } from './guest-tc.mjs'
import { bridged } from './setup.mjs'

/** @type {import('../recipes.mjs').Recipe[]} */
export const guest = [
  ...guestLink,
  ...guestBond,
  ...guestBridge,
  ...guestTc,
  {
    name: 'guest-link/echo-dummy',
    kernel: 'uml',
    command: 'ip -echo -j -d link add x0 address 02:00:00:00:00:f0 type dummy',
    note: 'this kernel takes NLM_F_ECHO but answers with an ack only (older than 6.2)',
  },
  {
    name: 'guest-link/list',
    kernel: 'uml',
    setup: bridged,
    command: 'ip -s -j -d link show',
    note: 'with fallback devices of tunnels',
  },
  {
    name: 'guest-link/set-carrier-off',
    kernel: 'uml',
    setup: ['ip link add x0 type dummy', 'ip link set x0 up'],
    command: 'ip link set dev x0 carrier off',
  },
]
