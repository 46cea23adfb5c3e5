/** Names that the kernel gives when nobody else does, and those that programs give to the links that they make. @module */
import type { NicNameMeaning, NicNamePart } from './meaning.js'

type Usually = NicNameMeaning['usually']

/** Words of the kernel before a number: drivers ask for `eth%d`, `register_netdev` puts the first free number there. */
const drivers: { readonly [word: string]: readonly [Usually, string] } = {
  eth: ['either', 'Ethernet in the order of discovery: a card, or a virtual one (a container has such names)'],
  wlan: ['physical', 'wireless LAN in the order of discovery'],
  radio: ['physical', 'radio in the order of discovery'],
  ath: ['physical', 'wireless LAN of an old Atheros driver (MadWifi)'],
  ra: ['physical', 'wireless LAN of an old Ralink driver'],
  wifi: ['physical', 'radio of an old wireless driver'],
  wwan: ['physical', 'modem of a mobile network'],
  rmnet: ['physical', 'channel of a Qualcomm modem'],
  usb: ['physical', 'network over USB: a tethered phone, or the other end of a gadget'],
  ib: ['physical', 'IP over InfiniBand'],
  can: ['physical', 'CAN bus'],
  wpan: ['physical', 'IEEE 802.15.4 radio'],
  fddi: ['physical', 'FDDI'],
  tr: ['physical', 'token ring'],
  plip: ['physical', 'parallel line IP'],
  hdlc: ['physical', 'HDLC serial line'],
  bnep: ['virtual', 'Bluetooth network (PAN)'],
  lo: ['virtual', 'loopback'],
  sl: ['virtual', 'serial line IP (SLIP)'],
  slip: ['virtual', 'serial line IP (SLIP)'],
  ppp: ['virtual', 'point-to-point protocol: a modem, PPPoE, a VPN'],
  tunl: ['virtual', 'IPv4 in IPv4; tunl0 is that of the module'],
  ip_vti: ['virtual', 'IPsec tunnel; ip_vti0 is that of the module'],
  ip6_vti: ['virtual', 'IPsec tunnel over IPv6; ip6_vti0 is that of the module'],
  eql: ['virtual', 'serial lines joined'],
  teql: ['virtual', 'links joined by a queueing discipline'],
  hwsim: ['virtual', 'what simulated radios send (mac80211_hwsim)'],
  pimreg: ['virtual', 'multicast routing: packets for the rendezvous point'],
  pim6reg: ['virtual', 'multicast routing of IPv6: packets for the rendezvous point'],
  lowpan: ['virtual', 'IPv6 over IEEE 802.15.4'],
  bat: ['virtual', 'mesh of B.A.T.M.A.N. advanced'],
  bridge: ['virtual', 'bridge without a chosen name'],
  br: ['virtual', 'bridge, as people call them'],
  nk: ['virtual', 'netkit pair'],
  l2tpeth: ['virtual', 'Ethernet over L2TP'],
  xfrm: ['virtual', 'IPsec interface'],
  ipsec: ['virtual', 'IPsec interface'],
  lan: ['physical', 'port of a switch chip (DSA), as its board calls it'],
  wan: ['physical', 'port of a switch chip (DSA) to the outside, as its board calls it'],
  swp: ['physical', 'port of a switch chip'],
}

/** Kinds of virtual links; without a name the kernel takes the kind and a number. */
const kinds: { readonly [kind: string]: string } = {
  amt: 'multicast tunnel',
  bareudp: 'MPLS or IP in UDP',
  bond: 'bond: several links as one',
  dummy: 'link to nowhere',
  erspan: 'mirrored frames over GRE',
  geneve: 'GENEVE tunnel',
  gre: 'GRE tunnel',
  gretap: 'GRE tunnel with Ethernet frames',
  gtp: 'tunnel of mobile networks',
  hsr: 'redundant ring (HSR, PRP)',
  ifb: 'shapes what comes in',
  ip6erspan: 'mirrored frames over GRE and IPv6',
  ip6gre: 'GRE tunnel over IPv6',
  ip6gretap: 'GRE tunnel with Ethernet frames over IPv6',
  ip6tnl: 'tunnel over IPv6',
  ipip: 'IPv4 in IPv4',
  ipvlan: 'shares MAC and link of a parent',
  ipvtap: 'ipvlan with a character device',
  macsec: 'encrypted Ethernet (MACsec)',
  macvlan: 'another MAC on a parent',
  macvtap: 'macvlan with a character device',
  netdevsim: 'simulated NIC',
  netkit: 'pair like veth, with a program of BPF',
  nlmon: 'shows netlink messages',
  sit: 'IPv6 in IPv4; sit0 is that of the module',
  tap: 'TAP: Ethernet frames of a program',
  team: 'team: several links as one',
  tun: 'TUN: packets of a program',
  vcan: 'virtual CAN bus',
  veth: 'one end of a pair',
  vlan: 'VLAN; the number is its id, as vconfig names them',
  vrf: 'routing table of its own',
  vti: 'IPsec tunnel',
  vti6: 'IPsec tunnel over IPv6',
  vxcan: 'one end of a pair of CAN buses',
  vxlan: 'VXLAN tunnel',
  wireguard: 'WireGuard tunnel',
  wg: 'WireGuard tunnel, as people call them',
}

/** [form, what]: the group, where there is one, is the part that differs. */
const programs: readonly (readonly [RegExp, string])[] = [
  [/^docker([0-9]+)$/, 'bridge of Docker'],
  [/^docker_gwbridge$/, 'bridge of Docker Swarm to the outside'],
  [/^br-([0-9a-f]{12})$/, 'bridge of a network of Docker; the digits begin the id of the network'],
  [/^veth([0-9a-f]{7,8})$/, 'end of a pair to a container (Docker 7 digits, CNI 8)'],
  [/^virbr([0-9]+)$/, 'bridge of libvirt'],
  [/^virbr([0-9]+)-nic$/, 'link that holds the MAC of a bridge of libvirt'],
  [/^vnet([0-9]+)$/, 'TAP to a guest of libvirt'],
  [/^vmbr([0-9]+)$/, 'bridge of Proxmox VE'],
  [/^(?:tap|veth|fwbr|fwln|fwpr)([0-9]+[ip][0-9]+)$/, 'link of a guest of Proxmox VE: its number, then the NIC'],
  [/^vmnet([0-9]+)$/, 'network of VMware Workstation'],
  [/^vboxnet([0-9]+)$/, 'network of VirtualBox'],
  [/^vif([0-9]+\.[0-9]+)$/, 'link to a guest of Xen: its domain, then the NIC'],
  [/^xenbr([0-9]+)$/, 'bridge of Xen'],
  [/^lxcbr([0-9]+)$/, 'bridge of LXC'],
  [/^lxdbr([0-9]+)$/, 'bridge of LXD'],
  [/^incusbr([0-9]+)$/, 'bridge of Incus'],
  [/^(?:cni-)?podman([0-9]+)$/, 'bridge of Podman'],
  [/^cni([0-9]+)$/, 'bridge of CNI'],
  [/^flannel(?:-v6)?\.([0-9]+)$/, 'VXLAN of Flannel; the number is its VNI'],
  [/^cali([0-9a-f]{11})$/, 'end of a pair to a pod (Calico)'],
  [/^vxlan(?:-v6)?\.calico$/, 'VXLAN of Calico'],
  [/^wireguard\.cali$/, 'WireGuard of Calico'],
  [/^lxc([0-9a-f]{12}|_health)$/, 'end of a pair to a pod (Cilium)'],
  [/^cilium_(host|net|vxlan|geneve|wg0)$/, 'link of Cilium'],
  [/^kube-ipvs([0-9]+)$/, 'addresses of services (kube-proxy)'],
  [/^nodelocaldns$/, 'address of the name server of a node (Kubernetes)'],
  [/^weave$/, 'bridge of Weave'],
  [/^ovs-(system|netdev)$/, 'data path of Open vSwitch'],
  [/^br-(int|ex|tun)$/, 'bridge of Open vSwitch, as OpenStack calls them'],
  [
    /^(?:tap|qvo|qvb|qbr|qr-|qg-|ha-)([0-9a-f]{8}-[0-9a-f]{2})$/,
    'link of a port of OpenStack; the digits begin its id',
  ],
  [/^v[eb]-(.+)$/, 'end of a pair to a container of systemd-nspawn'],
  [/^(?:mv|iv)-(.+)$/, 'macvlan or ipvlan of a container of systemd-nspawn'],
  [/^vt-(.+)$/, 'TAP to a virtual machine of systemd-vmspawn'],
  [/^host([0-9]+)$/, 'end of a pair inside a container of systemd-nspawn'],
  [/^tailscale([0-9]+)$/, 'TUN of Tailscale'],
  [/^zt([a-z0-9]{8,13})$/, 'TAP of ZeroTier'],
  [/^cscotun([0-9]+)$/, 'TUN of Cisco AnyConnect'],
  [/^gpd([0-9]+)$/, 'TUN of GlobalProtect'],
  [/^mon\.(.+)$/, 'monitor of a wireless link (hostapd)'],
  [/^(wl.+)mon$/, 'monitor of a wireless link (airmon-ng)'],
  [/^p2p-dev-(.+)$/, 'Wi-Fi Direct of a wireless link (wpa_supplicant)'],
  [/^p2p-(.+-[0-9]+)$/, 'group of Wi-Fi Direct (wpa_supplicant)'],
  [/^ap([0-9]+)$/, 'access point of a wireless card'],
  [/^rename([0-9]+)$/, 'udev was about to rename it, and did not finish; the number is its index'],
]

/** How a name reads as one of the kernel's or of a program's. */
export function knownMeanings(name: string): NicNameMeaning[] {
  return [...programMeanings(name), ...kernelMeanings(name)]
}

function programMeanings(name: string): NicNameMeaning[] {
  return programs.flatMap(([form, says]): NicNameMeaning[] => {
    const found = form.exec(name)
    if (found === null) return []
    return [{ scheme: 'program', usually: 'virtual', says, parts: around(name, found[1], says) }]
  })
}

/** A word with what differs in it. */
function around(name: string, differs: string | undefined, says: string): NicNamePart[] {
  if (differs === undefined) return [{ text: name, field: 'word', value: name, says }]
  const at = name.lastIndexOf(differs)
  const piece = (text: string, field: string, sentence: string): NicNamePart[] =>
    text === '' ? [] : [{ text, field, value: text, says: sentence }]
  return [
    ...piece(name.slice(0, at), 'word', says),
    ...piece(differs, 'id', differs),
    ...piece(name.slice(at + differs.length), 'word', says),
  ]
}

function kernelMeanings(name: string): NicNameMeaning[] {
  const found = /^(lo|wan|pimreg)$|^([a-z][a-z0-9_]*?[a-z]|vti6|ip6_vti)(0|[1-9][0-9]*|0[0-9]{3})$/.exec(name)
  const word = found?.[1] ?? found?.[2]
  if (word === undefined) return []
  const driver = Object.hasOwn(drivers, word) ? drivers[word] : undefined
  const kind = Object.hasOwn(kinds, word) ? kinds[word] : undefined
  if (driver === undefined && kind === undefined) return []
  const [usually, says] = driver ?? (['virtual', kind as string] as const)
  const count = found?.[3]
  const parts: NicNamePart[] = [{ text: word, field: 'word', value: word, says }]
  if (count !== undefined) {
    const value = Number(count)
    const told = word === 'vlan' ? `VLAN ${value}` : `number ${value}, the first that was free when it was made`
    parts.push({ text: count, field: word === 'vlan' ? 'vlan' : 'count', value, says: told })
  }
  return [{ scheme: 'kernel', usually, says, parts }]
}
