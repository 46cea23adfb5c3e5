// Recipes: options of bridge ports, set as `ip link set type bridge_slave` and as `bridge link set`.

import { bridged, bridgedUp } from './setup.mjs'

/** @type {[option: string, value: string][]} options of both commands, by iproute2's words */
const both = [
  ['state', '3'],
  ['priority', '20'],
  ['cost', '1234'],
  ['guard', 'on'],
  ['hairpin', 'on'],
  ['fastleave', 'on'],
  ['root_block', 'on'],
  ['learning', 'off'],
  ['flood', 'off'],
  ['mcast_router', '2'],
  ['mcast_flood', 'off'],
  ['bcast_flood', 'off'],
  ['mcast_to_unicast', 'on'],
  ['neigh_suppress', 'on'],
  ['vlan_tunnel', 'on'],
  ['isolated', 'on'],
  ['locked', 'on'],
]
/** @type {[option: string, value: string][]} */
const slaveOnly = [
  ['proxy_arp', 'on'],
  ['proxy_arp_wifi', 'on'],
  ['mcast_fast_leave', 'on'],
  ['group_fwd_mask', '0x8'],
]
/** @type {[option: string, value: string][]} */
const linkOnly = [['learning_sync', 'on']]

/** The state can be set by hand only when the bridge runs no spanning tree and the port is up with a carrier. */
const setup = bridgedUp
const words = (/** @type {[string, string][]} */ options) =>
  options.map(([option, value]) => `${option} ${value}`).join(' ')
const slave = 'ip link set dev v0 type bridge_slave'
const backup = ['ip link add i0 address 02:00:00:00:00:d0 type ifb', 'ip link set i0 master br0']

export const bridgePort = [
  ...[...both, ...slaveOnly].map(([option, value]) => ({
    name: `bridge-port/slave-${option.replaceAll('_', '-')}`,
    setup,
    settle: option === 'state',
    command: `${slave} ${option} ${value}`,
  })),
  ...[...both, ...linkOnly].map(([option, value]) => ({
    name: `bridge-port/link-${option.replaceAll('_', '-')}`,
    setup,
    settle: option === 'state',
    command: `bridge link set dev v0 ${option} ${value}`,
  })),
  { name: 'bridge-port/slave-fdb-flush', setup: bridged, command: `${slave} fdb_flush` },
  { name: 'bridge-port/slave-backup-port', setup: [...setup, ...backup], command: `${slave} backup_port i0` },
  { name: 'bridge-port/slave-nobackup-port', setup, command: `${slave} nobackup_port` },
  {
    name: 'bridge-port/link-backup-port',
    setup: [...setup, ...backup],
    command: 'bridge link set dev v0 backup_port i0',
  },
  { name: 'bridge-port/link-nobackup-port', setup, command: 'bridge link set dev v0 nobackup_port' },
  { name: 'bridge-port/link-hwmode', setup, command: 'bridge link set dev v0 hwmode vepa' },
  { name: 'bridge-port/link-self', setup, command: 'bridge link set dev v0 cost 9 self' },
  { name: 'bridge-port/link-master', setup, command: 'bridge link set dev v0 cost 9 master' },
  { name: 'bridge-port/slave-all', setup, settle: true, command: `${slave} ${words([...both, ...slaveOnly])}` },
  {
    name: 'bridge-port/link-all',
    setup,
    settle: true,
    command: `bridge link set dev v0 ${words([...both, ...linkOnly])}`,
  },
  { name: 'bridge-port/get', setup, settle: true, command: 'ip -j -d link show dev v0' },
  {
    name: 'bridge-port/get-changed',
    setup: [...setup, `${slave} ${words([...both, ...slaveOnly].filter(([option]) => option !== 'state'))}`],
    settle: true,
    command: 'ip -j -d link show dev v0',
  },
  { name: 'bridge-port/list', setup, settle: true, command: 'bridge -j -d link show' },
]
