// Recipes: `ip link add` of veth and of kinds without options, and what all kinds share.

import { bridge, veth } from './setup.mjs'

export const linkAdd = [
  { name: 'link/add-dummy', command: 'ip link add d0 type dummy' },
  { name: 'link/add-ifb', command: 'ip link add i0 type ifb' },
  {
    name: 'link/add-common-options',
    command:
      'ip link add i0 index 77 txqueuelen 500 address 02:00:00:00:00:aa broadcast ff:ff:ff:ff:ff:fe mtu 1400 ' +
      'numtxqueues 4 numrxqueues 2 type ifb',
  },
  { name: 'link/add-in-namespace', setup: ['ip netns add blue'], command: 'ip link add i0 netns blue type ifb' },
  { name: 'link/add-veth-without-names', command: 'ip link add type veth' },
  { name: 'link/add-veth', command: 'ip link add v0 type veth peer name v1' },
  { name: 'link/add-veth-without-peer', command: 'ip link add v0 type veth' },
  {
    name: 'link/add-veth-options',
    command:
      'ip link add v0 mtu 1400 address 02:00:00:00:00:01 numtxqueues 2 numrxqueues 3 type veth ' +
      'peer name v1 mtu 1300 address 02:00:00:00:00:02 numtxqueues 4 numrxqueues 5 txqueuelen 700 index 99',
  },
  {
    name: 'link/add-veth-peer-in-namespace',
    setup: ['ip netns add blue'],
    command: 'ip link add v0 type veth peer name eth0 netns blue address 02:00:00:00:00:02',
  },
  {
    name: 'link/add-veth-both-in-namespaces',
    setup: ['ip netns add blue', 'ip netns add red'],
    command: 'ip link add eth0 netns blue type veth peer name eth0 netns red',
  },
  { name: 'link/add-echo', command: 'ip -echo -j -d link add v0 address 02:00:00:00:00:01 type veth peer name v1' },
  { name: 'link/delete-by-name', setup: [veth], command: 'ip link delete dev v0' },
  { name: 'link/delete-with-kind', setup: [bridge], command: 'ip link delete dev br0 type bridge' },
  { name: 'link/delete-by-group', setup: [veth, 'ip link set v0 group 42'], command: 'ip link delete group 42' },
]
