// Recipes: `tc qdisc`, `tc class`, `tc filter`. Rates and sizes are such that `tc`, which counts in whole microseconds, rounds nothing.

import { veth } from './setup.mjs'

const htb = 'tc qdisc add dev v0 root handle 1: htb default 30'
const clsact = 'tc qdisc add dev v0 clsact'
const ifb = 'ip link add ifb9 type ifb'

/** @type {[name: string, words: string][]} */
const disciplines = [
  ['tbf', 'root handle 1: tbf rate 10mbit burst 10000 limit 50000'],
  ['tbf-latency', 'root tbf rate 8mbit burst 4000 latency 50ms'],
  ['tbf-peak', 'root handle 1: tbf rate 8mbit burst 4000 limit 9000 peakrate 16mbit minburst 2000 mpu 64 overhead 10'],
  ['tbf-wide', 'root handle 1: tbf rate 40gbit burst 320000 limit 320000'],
  ['htb', 'root handle 1: htb default 30 r2q 20 direct_qlen 7'],
  ['pfifo', 'root handle 2: pfifo limit 7'],
  ['bfifo', 'root handle 2: bfifo'],
  ['ingress', 'ingress'],
  ['clsact', 'clsact'],
]
/** @type {[name: string, words: string][]} */
const guests = [
  ['netem', 'root handle 1: netem delay 100ms 10ms 25% loss 10% 50% duplicate 20% corrupt 30% reorder 40% 50% gap 5'],
  ['netem-loss-state', 'root handle 1: netem loss state 10% 20% 30% 40% 5%'],
  ['netem-loss-gemodel', 'root handle 1: netem loss gemodel 10% 20% 70% 5%'],
  [
    'fq-codel',
    'root handle 1: fq_codel limit 500 flows 64 target 3ms interval 50ms quantum 300 noecn memory_limit 4000000',
  ],
]

const qdisc = [
  ...disciplines.map(([name, words]) => ({ name: `qdisc/add-${name}`, command: `tc qdisc add dev v0 ${words}` })),
  ...guests.map(([name, words]) => ({
    name: `guest-qdisc/same-${name}`,
    command: `tc qdisc add dev v0 ${words}`,
    guest: true,
  })),
  {
    name: 'qdisc/change',
    setup: ['tc qdisc add dev v0 root handle 2: pfifo'],
    command: 'tc qdisc change dev v0 root handle 2: pfifo limit 9',
  },
  { name: 'qdisc/replace', command: 'tc qdisc replace dev v0 root handle 2: pfifo limit 9' },
  { name: 'qdisc/delete', setup: [htb], command: 'tc qdisc delete dev v0 root handle 1:' },
  { name: 'qdisc/list', setup: [htb, clsact], command: 'tc -s -d -j qdisc show dev v0' },
]

const tclass = [
  {
    name: 'class/add',
    setup: [htb],
    command:
      'tc class add dev v0 parent 1: classid 1:10 htb rate 10mbit ceil 20mbit burst 10000 cburst 20000 prio 3 quantum 3000',
  },
  {
    name: 'class/add-default-burst',
    setup: [htb],
    command: 'tc class add dev v0 parent 1: classid 1:10 htb rate 8mbit',
  },
  {
    name: 'class/add-wide',
    setup: [htb],
    command: 'tc class add dev v0 parent 1: classid 1:10 htb rate 40gbit burst 320000 cburst 320000 mpu 64 overhead 24',
  },
  {
    name: 'class/change',
    setup: [htb, 'tc class add dev v0 parent 1: classid 1:10 htb rate 8mbit'],
    command: 'tc class change dev v0 parent 1: classid 1:10 htb rate 16mbit',
  },
  {
    name: 'class/delete',
    setup: [htb, 'tc class add dev v0 parent 1: classid 1:10 htb rate 8mbit'],
    command: 'tc class delete dev v0 classid 1:10',
  },
]

const filter = [
  {
    name: 'filter/add-u32',
    setup: [clsact],
    command: 'tc filter add dev v0 ingress protocol ip prio 5 u32 match ip dst 10.0.0.0/8 flowid 1:10',
  },
  {
    name: 'filter/add-u32-mirred',
    setup: [clsact, ifb],
    command:
      'tc filter add dev v0 ingress protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev ifb9',
  },
  {
    name: 'filter/add-u32-table',
    setup: [clsact],
    command: 'tc filter add dev v0 egress protocol ip prio 5 handle 1: u32 divisor 16',
  },
  {
    name: 'filter/delete',
    setup: [clsact, 'tc filter add dev v0 ingress protocol ip prio 5 u32 match u32 0 0 flowid 1:1'],
    command: 'tc filter delete dev v0 ingress prio 5',
  },
  {
    name: 'filter/list',
    setup: [
      clsact,
      ifb,
      'tc filter add dev v0 ingress protocol ip prio 5 u32 match ip dst 10.0.0.0/8 flowid 1:10 action mirred egress mirror dev ifb9',
    ],
    command: 'tc -s -j filter show dev v0 ingress',
  },
  {
    name: 'guest-filter/same-flower',
    guest: true,
    setup: [clsact],
    command:
      'tc filter add dev v0 ingress protocol ip prio 5 flower src_mac 02:00:00:00:00:07 dst_ip 10.0.0.0/8 ip_proto tcp dst_port 80 classid 1:10',
  },
  {
    name: 'guest-filter/same-matchall-drop',
    guest: true,
    setup: [clsact],
    command: 'tc filter add dev v0 egress protocol all prio 5 matchall action drop',
  },
  {
    name: 'guest-filter/same-police',
    guest: true,
    setup: [clsact],
    command:
      'tc filter add dev v0 egress protocol all prio 5 matchall action police rate 8mbit burst 10000 conform-exceed drop/pipe',
  },
]

/** Every one on a link that is there. */
export const traffic = [...qdisc, ...tclass, ...filter].map((recipe) => ({
  ...recipe,
  setup: [veth, ...(recipe.setup ?? [])],
}))
