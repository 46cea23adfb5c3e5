// Recipes: actions by themselves, which filters share (`tc actions`).

import { veth } from './setup.mjs'

const add = 'tc actions add action mirred egress redirect dev v1'
const clsact = 'tc qdisc add dev v0 clsact'

/** @type {import('../recipes.mjs').Recipe[]} */
const recipes = [
  { name: 'action/add', command: `${add} index 7` },
  { name: 'action/add-free', command: add },
  {
    name: 'action/add-cookie',
    command: 'tc actions add action mirred egress mirror dev v1 index 8 cookie 0a0b skip_hw',
  },
  {
    name: 'action/set',
    setup: [`${add} index 7`],
    command: 'tc actions replace action mirred ingress mirror dev v1 index 7',
  },
  { name: 'action/delete', setup: [`${add} index 7`], command: 'tc actions delete action mirred index 7' },
  { name: 'action/get', setup: [`${add} index 7`], command: 'tc -s -j actions get action mirred index 7' },
  {
    name: 'action/list',
    setup: [
      `${add} index 7`,
      'tc actions add action mirred egress mirror dev v1 cookie 0a0b skip_hw',
      clsact,
      'tc filter add dev v0 ingress protocol ip prio 5 u32 match u32 0 0 action mirred egress redirect dev v1 index 7',
    ],
    command: 'tc -s -j actions show action mirred',
  },
  { name: 'action/list-since', command: 'tc actions show action mirred since 5000' },
  { name: 'action/flush', setup: [add, add], command: 'tc actions flush action mirred' },
  { name: 'action/refused-there', setup: [`${add} index 7`], command: `${add} index 7` },
  { name: 'action/refused-missing', command: 'tc actions delete action mirred index 9' },
  {
    name: 'guest-action/same-police',
    command: 'tc actions add action police rate 8mbit burst 10000 conform-exceed drop index 7',
    kernel: 'uml',
  },
  { name: 'guest-action/same-gact', command: 'tc actions add action drop random determ pass 5 index 3', kernel: 'uml' },
  {
    name: 'guest-action/list-police',
    setup: ['tc actions add action police rate 8mbit burst 10000 conform-exceed drop index 7'],
    command: 'tc -s -j actions show action police',
    kernel: 'uml',
  },
]

/** Every one on a link that is there. */
export const ownAction = recipes.map((recipe) => ({ ...recipe, setup: [veth, ...(recipe.setup ?? [])] }))
