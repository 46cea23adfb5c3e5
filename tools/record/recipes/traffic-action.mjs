// Recipes: what filters do, in all words of `tc action`; estimators; who looks at packets.

import { veth } from './setup.mjs'

const clsact = 'tc qdisc add dev v0 clsact'
const u32 = 'dev v0 ingress protocol ip prio 5 u32 match u32 0 0'
const copy = `${u32} action mirred egress mirror dev v1`
const all = 'dev v0 egress protocol all prio 5'

/** Words behind `tc filter add`, on any kernel. @type {[name: string, words: string][]} */
const plain = [
  ['u32-chain', `${copy} goto chain 5`],
  ['u32-jump', `${copy} jump 1`],
  ['u32-cookie', `${copy} pipe cookie 0a0b0c no_percpu`],
  ['u32-counters', `${copy} pipe hw_stats delayed`],
  ['u32-indev', 'dev v0 ingress protocol ip prio 5 u32 match u32 0 0 indev v0 skip_hw flowid 1:1'],
  ['u32-mark', 'dev v0 ingress protocol ip prio 5 u32 match u32 0 0 match mark 0x10 0xff flowid 1:1'],
  [
    'u32-estimator',
    'dev v0 ingress protocol ip prio 5 estimator 1s 8s u32 match u32 0 0 action mirred egress mirror dev v1',
  ],
]

/** The same in a guest. @type {[name: string, words: string][]} */
const guests = [
  ['police-packets', `${all} matchall action police pkts_rate 1000 pkts_burst 50 conform-exceed drop/pipe`],
  ['police-average', `${all} estimator 1s 8s matchall action police avrate 1mbit conform-exceed drop`],
  [
    'police-peak',
    `${all} matchall action police rate 8mbit burst 10000 peakrate 16mbit mtu 2000 overhead 4 linklayer atm mpu 64 conform-exceed drop/trap`,
  ],
  ['police-size', `${all} matchall action police mtu 1000 conform-exceed continue/pipe`],
  ['gact-jump', `${all} matchall action jump 2 action drop action pass`],
  ['gact-chain', `${all} matchall action goto chain 7`],
  ['gact-trap', `${all} matchall action trap random determ drop 5`],
  ['matchall-flags', `${all} matchall skip_hw flowid 1:1`],
]

/** Words behind `tc qdisc add`. @type {[name: string, words: string][]} */
const estimated = [
  ['estimator', 'root handle 1: estimator 1s 8s pfifo limit 7'],
  ['estimator-fast', 'root handle 1: estimator 250ms 500ms pfifo limit 7'],
]

const threshold = 'tc qdisc add dev v0 root handle 1: fq_codel ce_threshold 3ms ce_threshold_selector 0x1/0x3'
const show = (/** @type {string} */ parent) => `tc -s -d -j filter show dev v0 ${parent}`

/** @type {import('../recipes.mjs').Recipe[]} */
const recipes = [
  ...plain.map(([name, words]) => ({ name: `filter/add-${name}`, setup: [clsact], command: `tc filter add ${words}` })),
  ...estimated.map(([name, words]) => ({ name: `qdisc/add-${name}`, command: `tc qdisc add dev v0 ${words}` })),
  {
    name: 'class/add-estimator',
    setup: ['tc qdisc add dev v0 root handle 1: htb'],
    command: 'tc class add dev v0 parent 1: classid 1:10 estimator 4s 60s htb rate 8mbit',
  },
  {
    name: 'qdisc/list-estimator',
    setup: [`tc qdisc add dev v0 ${estimated[0]?.[1]}`],
    command: 'tc -s -d -j qdisc show dev v0',
  },
  ...guests.flatMap(([name, words]) => [
    {
      name: `guest-filter/same-${name}`,
      setup: [clsact],
      command: `tc filter add ${words}`,
      kernel: /** @type {const} */ ('uml'),
    },
    {
      name: `guest-filter/list-${name}`,
      setup: [clsact, `tc filter add ${words}`],
      command: show('egress'),
      kernel: /** @type {const} */ ('uml'),
    },
  ]),
  {
    name: 'guest-filter/list-u32-mark',
    setup: [clsact, `tc filter add ${plain.find(([name]) => name === 'u32-mark')?.[1]}`],
    command: show('ingress'),
    kernel: 'uml',
  },
  {
    name: 'guest-filter/list-u32-police',
    setup: [clsact, `tc filter add ${u32} flowid 1:1 police rate 8mbit burst 10000 drop`],
    command: show('ingress').replace(' -j', ''),
    kernel: 'uml',
    note: 'tc 6.1 prints no valid JSON of a police that is no action',
  },
  { name: 'guest-qdisc/same-fq-codel-selector', command: threshold, kernel: 'uml' },
  {
    name: 'guest-qdisc/list-fq-codel-selector',
    setup: [threshold],
    command: 'tc -s -d -j qdisc show dev v0',
    kernel: 'uml',
  },
]

/** Every one on a link that is there. */
export const trafficAction = recipes.map((recipe) => ({ ...recipe, setup: [veth, ...(recipe.setup ?? [])] }))
