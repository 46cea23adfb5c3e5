// Recipes: `ip link show` of one link, of all, and with the filters that the kernel applies.

import { bridge, bridged, veth, vethUp } from './setup.mjs'

const several = [
  bridge,
  ...vethUp,
  'ip link set v0 master br0',
  'ip link set br0 up',
  'ip link add m0 link v1 address 02:00:00:00:00:c0 type macvlan mode bridge',
  'ip link add vx0 address 02:00:00:00:00:a0 type vxlan id 42 dstport 4789 remote 192.0.2.2',
  'ip link add i0 address 02:00:00:00:00:d0 type ifb',
  'ip tuntap add dev tun0 mode tun user 1000 group 1001',
  'ip tuntap add dev tap0 mode tap multi_queue vnet_hdr',
  'ip link set tap0 address 02:00:00:00:00:e0',
  'ip link set v1 alias "other end" group 7',
  'ip link property add dev v1 altname second altname third',
]
const get = 'ip -j -d link show'

export const linkList = [
  { name: 'link/get-by-name', setup: [veth], command: `${get} dev v0` },
  {
    name: 'link/get-by-altname',
    setup: [veth, 'ip link property add dev v0 altname a-rather-long-alternative-name'],
    command: `${get} dev a-rather-long-alternative-name`,
  },
  { name: 'link/get-lo', command: `${get} dev lo` },
  { name: 'link/get-lo-up', setup: ['ip link set lo up'], settle: true, command: `${get} dev lo` },
  { name: 'link/get-veth-up', setup: vethUp, settle: true, command: `${get} dev v0` },
  { name: 'link/get-statistics', setup: vethUp, settle: true, command: `ip -s -j -d link show dev v0` },
  {
    name: 'link/get-veth-peer-elsewhere',
    setup: [
      'ip netns add blue',
      'ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 netns blue address 02:00:00:00:00:02',
    ],
    command: `${get} dev v0`,
  },
  { name: 'link/get-ifb', setup: ['ip link add i0 address 02:00:00:00:00:d0 type ifb'], command: `${get} dev i0` },
  { name: 'link/get-tun', setup: ['ip tuntap add dev tun0 mode tun user 1000 group 1001'], command: `${get} dev tun0` },
  {
    name: 'link/get-tap',
    setup: ['ip tuntap add dev tap0 mode tap multi_queue vnet_hdr', 'ip link set tap0 address 02:00:00:00:00:e0'],
    command: `${get} dev tap0`,
  },
  { name: 'link/list', setup: several, settle: true, command: get },
  { name: 'link/list-statistics', setup: several, settle: true, command: 'ip -s -j -d link show' },
  { name: 'link/list-kind', setup: several, settle: true, command: `${get} type veth` },
  { name: 'link/list-master', setup: bridged, command: `${get} master br0` },
  { name: 'link/list-nomaster', setup: bridged, command: `${get} nomaster`, note: 'iproute2 filters this itself' },
  { name: 'link/list-up', setup: several, settle: true, command: `${get} up`, note: 'iproute2 filters this itself' },
  {
    name: 'link/list-group',
    setup: several,
    settle: true,
    command: `${get} group 7`,
    note: 'iproute2 filters this itself',
  },
  { name: 'link/list-kind-and-master', setup: bridged, command: `${get} type veth master br0` },
]
