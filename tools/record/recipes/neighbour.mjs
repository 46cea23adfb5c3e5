// Recipes: `ip neighbour`.

import { addressed } from './setup.mjs'

const there = '192.0.2.2 lladdr 02:00:00:00:00:22 dev v0'
const present = [...addressed, `ip neigh add ${there} nud permanent`]
const several = [
  ...present,
  'ip neigh add 192.0.2.3 lladdr 02:00:00:00:00:33 dev v0 nud stale',
  'ip neigh add 192.0.2.4 lladdr 02:00:00:00:00:44 dev v0 nud reachable router',
  'ip neigh add 192.0.2.5 dev v0 nud failed',
  'ip neigh add 192.0.2.6 lladdr 02:00:00:00:00:66 dev v0 nud noarp',
  'ip neigh add 192.0.2.7 lladdr 02:00:00:00:00:77 dev v0 extern_learn protocol 99',
  'ip neigh add 2001:db8::2 lladdr 02:00:00:00:00:22 dev v0 nud permanent router',
  'ip neigh add proxy 192.0.2.100 dev v0',
  'ip neigh add proxy 2001:db8::100 dev v0',
]
const noJson = 'with -j iproute2 6.1 prints no valid JSON'
const states = ['permanent', 'noarp', 'stale', 'reachable', 'none', 'incomplete', 'delay', 'probe', 'failed']

export const neighbour = [
  { name: 'neighbour/add', setup: addressed, command: `ip neigh add ${there}` },
  ...states.map((state) => ({
    name: `neighbour/add-${state}`,
    setup: addressed,
    command: `ip neigh add ${there} nud ${state}`,
  })),
  { name: 'neighbour/add-without-mac', setup: addressed, command: 'ip neigh add 192.0.2.2 dev v0 nud failed' },
  {
    name: 'neighbour/add-v6',
    setup: addressed,
    command: 'ip neigh add 2001:db8::2 lladdr 02:00:00:00:00:22 dev v0 router',
  },
  { name: 'neighbour/add-proxy', setup: addressed, command: 'ip neigh add proxy 192.0.2.100 dev v0' },
  { name: 'neighbour/add-proxy-v6', setup: addressed, command: 'ip neigh add proxy 2001:db8::100 dev v0' },
  { name: 'neighbour/add-extern-learn', setup: addressed, command: `ip neigh add ${there} extern_learn protocol 99` },
  { name: 'neighbour/add-managed', setup: addressed, command: 'ip neigh add 192.0.2.2 dev v0 managed' },
  { name: 'neighbour/add-use', setup: addressed, command: 'ip neigh add 192.0.2.2 dev v0 use' },
  { name: 'neighbour/replace', setup: present, command: 'ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:99 dev v0' },
  {
    name: 'neighbour/change',
    setup: present,
    command: 'ip neigh change 192.0.2.2 lladdr 02:00:00:00:00:99 dev v0 nud stale',
  },
  { name: 'neighbour/delete', setup: present, command: 'ip neigh delete 192.0.2.2 dev v0' },
  {
    name: 'neighbour/delete-proxy',
    setup: [...addressed, 'ip neigh add proxy 192.0.2.100 dev v0'],
    command: 'ip neigh delete proxy 192.0.2.100 dev v0',
  },
  { name: 'neighbour/get', setup: present, command: 'ip neigh get 192.0.2.2 dev v0', note: noJson },
  {
    name: 'neighbour/get-proxy',
    setup: [...addressed, 'ip neigh add proxy 192.0.2.100 dev v0'],
    command: 'ip neigh get proxy 192.0.2.100 dev v0',
    note: noJson,
  },
  { name: 'neighbour/list', setup: several, command: 'ip -j -d neigh show' },
  { name: 'neighbour/list-statistics', setup: several, command: 'ip -s -j -d neigh show' },
  { name: 'neighbour/list-all-states', setup: several, command: 'ip -j -d neigh show nud all' },
  { name: 'neighbour/list-v6', setup: several, command: 'ip -6 -j -d neigh show' },
  { name: 'neighbour/list-dev', setup: several, command: 'ip -j -d neigh show dev v0' },
  { name: 'neighbour/list-proxy', setup: several, command: 'ip -j -d neigh show proxy' },
]
