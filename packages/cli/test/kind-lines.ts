/** Lines of `vnet` that make a link of every kind with every option, for comparing what is told of it with `ip -d -j`. @module */
import type { Capability, KnownKind } from '@vnet/core'

/** Links of a kind, made by lines one after the other. */
export interface Making {
  /** What is special. */
  readonly title: string
  /** What comes behind `vnet`. The names of the links begin with the kind's prefix. */
  readonly lines: readonly string[]
  /** What it needs besides the kind. */
  readonly needs?: readonly Capability[]
}

const plain = (...lines: readonly string[]): Making => ({ title: 'all options', lines })

/** Links that others stand on, made by `ip`: pairs, for which each kernel has the driver. */
export const grounds = [
  'vl',
  'mv',
  'mp',
  'ms',
  'mt',
  'iv',
  'it',
  'vx',
  'sec',
  'ha',
  'hb',
  'hc',
  'hd',
  'gr',
  'bo',
  'tun',
]

const pair = (name: string) => `link add name ${name}-p type veth peer name ${name}-q`

/** What `ip -batch` makes first. */
export const groundLines = ['link set lo up', ...grounds.map(pair)]

const ends4 = '--local 172.20.1.1 --remote 172.20.1.9'
const ends6 = '--local fd00::1 --remote fd00::9'
const plain4 = '--ttl 64 --tos 16 --fwmark 7 --link gr-p'
const plain6 = '--ttl 5 --tclass 16 --flow-label 74565 --encap-limit 7 --fwmark 8 --link gr-p'
const inherits6 = '--tclass-inherit --flow-label-inherit --dscp-inherit --allow-local-remote'
const wrapped = '--encap gue --encap-sport 7 --encap-dport 5555 --encap-csum --encap-csum6 --encap-remcsum'
const header = '--ikey 3 --okey 4 --iseq --oseq --icsum --ocsum'
const encap: readonly Capability[] = ['tunnel encap']

/** Frames by GRE over IPv4 or IPv6; `mac`: it has one. */
const gre = (kind: string, version: 4 | 6): readonly Making[] => {
  const ends = version === 4 ? ends4 : ends6
  const mac = kind.endsWith('tap') ? '--mac 02:00:00:00:00:42' : ''
  return [
    plain(`link add ${kind} ${kind}-a ${ends} ${version === 4 ? plain4 : plain6} ${header} ${mac}`),
    {
      title: 'inherited, or the other way',
      lines: [
        version === 4
          ? `link add ${kind} ${kind}-b ${ends}0 --tos 1 --no-pmtudisc --ignore-df ${mac}`
          : `link add ${kind} ${kind}-b ${ends}0 ${inherits6} --fwmark-inherit ${mac}`,
      ],
    },
    // One over IPv6 takes the packets of all: only one fits into a namespace.
    ...(kind === 'ip6gretap' ? [] : [{ title: 'external', lines: [`link add ${kind} ${kind}-c --external ${mac}`] }]),
    { title: 'in UDP', needs: encap, lines: [`link add ${kind} ${kind}-d ${ends}1 ${wrapped} ${mac}`] },
  ]
}

const erspan = (kind: string, version: 4 | 6): readonly Making[] => {
  const ends = version === 4 ? ends4 : ends6
  const mac = '--mac 02:00:00:00:00:44'
  const session = '--ikey 5 --okey 5'
  return [
    plain(
      `link add ${kind} ${kind}-a ${ends} ${version === 4 ? plain4 : plain6} ${session} --erspan-version 1 --erspan-index 7 ${mac}`,
    ),
    {
      title: 'version 2',
      lines: [
        `link add ${kind} ${kind}-b ${ends}0 ${session} --iseq --oseq --no-icsum --no-ocsum ${version === 4 ? '--no-pmtudisc --ignore-df' : `${inherits6} --fwmark-inherit`} --erspan-version 2 --erspan-dir egress --erspan-hwid 9 ${mac}`,
      ],
    },
    { title: 'external', lines: [`link add ${kind} ${kind}-c --external ${mac}`] },
    { title: 'in UDP', needs: encap, lines: [`link add ${kind} ${kind}-d ${ends}1 ${session} ${wrapped} ${mac}`] },
  ]
}

/** IP over IPv4. */
const over4 = (kind: string, mode: string): readonly Making[] => [
  plain(`link add ${kind} ${kind}-a ${ends4} ${plain4} --mode ${mode}`),
  { title: 'the other way', lines: [`link add ${kind} ${kind}-b ${ends4}0 --tos 1 --no-pmtudisc`] },
  { title: 'external', lines: [`link add ${kind} ${kind}-c --external`] },
  { title: 'in UDP', needs: encap, lines: [`link add ${kind} ${kind}-d ${ends4}1 ${wrapped}`] },
]

const bondModes = ['balance-rr', 'balance-xor', 'broadcast', 'balance-tlb', 'balance-alb']

/** What makes links of each kind; all options of the kind are among the lines. */
export const kindLines: { readonly [kind in KnownKind]: readonly Making[] } = {
  bridge: [
    plain(
      'link add bridge br-a --stp --forward-delay 4 --hello-time 1.52 --max-age 7 --ageing-time 10 --priority 7 --group-forward-mask 8 --group-address 01:80:c2:00:00:0d --no-link-local-learn',
      'link add bridge br-b --multicast-router 2 --multicast-query-use-ifaddr --multicast-querier --multicast-hash-elasticity 4 --multicast-hash-max 1024 --multicast-last-member-count 5 --multicast-startup-query-count 6 --multicast-last-member-interval 2 --multicast-membership-interval 100 --multicast-querier-interval 101 --multicast-query-interval 60 --multicast-query-response-interval 11 --multicast-startup-query-interval 12.36 --multicast-stats-enabled --multicast-igmp-version 3 --multicast-mld-version 2',
      'link add bridge br-c --no-multicast-snooping',
    ),
    {
      title: 'told of to netfilter',
      lines: ['link add bridge br-d --nf-call-iptables --nf-call-ip6tables --nf-call-arptables'],
    },
    {
      title: 'of VLANs',
      needs: ['bridge vlan-filtering'],
      lines: [
        'link add bridge br-e --vlan-filtering --vlan-protocol 802.1ad --vlan-default-pvid 7 --vlan-stats-enabled --vlan-stats-per-port',
        'link add bridge br-f --vlan-filtering --vlan-default-pvid 0 --mst-enabled',
        'link add bridge br-g --vlan-filtering --multicast-vlan-snooping',
      ],
    },
    { title: 'with a limit of learned entries', lines: ['link add bridge br-h --fdb-max-learned 100'] },
    {
      title: 'its ports',
      lines: [
        'link add bridge br-i --up',
        'link add veth br-i0 --peer br-i1 --index 4000 --master br-i --up',
        'link add veth br-i2 --peer br-i3 --master br-i --up --port-priority 5 --port-cost 77 --port-hairpin --port-guard --port-root-block --port-fast-leave --no-port-learning --no-port-flood --no-port-multicast-flood --no-port-broadcast-flood --port-multicast-to-unicast --port-multicast-router 2 --port-group-forward-mask 16392 --port-neighbour-suppress --port-vlan-tunnel --port-isolated --port-locked --port-multicast-eht-hosts-limit 100 --port-backup-port 4000',
        'link add veth br-i4 --peer br-i5 --master br-i --port-proxy-arp --port-proxy-arp-wifi',
        'link set br-i5 --up',
        'link set br-i4 --up',
        'link set br-i4 --port-state disabled',
      ],
    },
    {
      title: 'a port that lets in MACs that are known',
      lines: [
        'link add veth br-j0 --peer br-j1 --master br-i --port-locked --port-learning --port-mac-authentication-bypass',
      ],
    },
    {
      title: 'a port with a nexthop beside its backup',
      lines: ['link add veth br-m0 --peer br-m1 --master br-i --port-backup-port 4000 --port-backup-nexthop 5'],
    },
    {
      title: 'a port with a limit of groups',
      lines: ['link add veth br-k0 --peer br-k1 --master br-i --port-multicast-max-groups 9'],
    },
    {
      title: 'a port that answers for neighbours of a VLAN',
      lines: ['link add veth br-l0 --peer br-l1 --master br-i --port-neighbour-vlan-suppress'],
    },
  ],
  veth: [
    plain(
      'link add veth ve-a --peer ve-b --mtu 1400 --mac 02:00:00:00:01:01 --alias this --group 7 --tx-queue-length 77 --tx-queues 2 --rx-queues 3 --index 4101 --up --promiscuous --all-multicast --no-multicast --peer-mtu 1300 --peer-mac 02:00:00:00:01:02 --peer-alias that --peer-group 8 --peer-tx-queue-length 78 --peer-tx-queues 3 --peer-rx-queues 2 --peer-index 4102 --peer-up',
      'link add veth ve-c --peer ve-d --no-arp',
      'link set ve-c --add-alt-name ve-another-name-of-it',
    ),
  ],
  vlan: [
    plain(
      'link add vlan vl-a --parent vl-p --id 8 --protocol 802.1ad --no-reorder-header --gvrp --ingress-qos 1:5,2:6 --egress-qos 3:4,5:1 --loose-binding',
      'link add vlan vl-b --parent vl-p --id 4094 --mvrp --protocol 802.1Q',
      'link add bridge vl-c',
      'link add vlan vl-d --parent vl-c --id 1 --bridge-binding',
    ),
  ],
  macvlan: [
    plain(
      'link add macvlan mv-a --parent mv-p --mode private',
      'link add macvlan mv-b --parent mv-p --mode vepa',
      'link add macvlan mv-c --parent mv-p --mode bridge --broadcast-queue-length 500',
      'link add macvlan mv-d --parent mp-p --mode passthru --no-macvlan-promiscuous',
      'link add macvlan mv-e --parent ms-p --mode source --no-destination --macs 02:00:00:00:00:aa --macs 02:00:00:00:00:bb',
    ),
    {
      title: 'with a cutoff of broadcasts',
      lines: ['link add macvlan mv-f --parent mv-p --mode bridge --broadcast-cutoff 5'],
    },
  ],
  macvtap: [
    plain('link add macvtap mt-a --parent mt-p --mode vepa', 'link add macvtap mt-b --parent mt-p --mode bridge'),
  ],
  ipvlan: [
    plain('link add ipvlan iv-a --parent iv-p --mode l2 --mode-flag private'),
    { title: 'of layer 3', lines: ['link add ipvlan iv-b --parent iv-q --mode l3 --mode-flag vepa'] },
  ],
  ipvtap: [plain('link add ipvtap it-a --parent it-p --mode l2 --mode-flag bridge')],
  vxlan: [
    plain(
      'link add vxlan vx-a --id 42 --port 4789 --local 172.20.1.1 --remote 172.20.1.2 --link vx-p --ttl 5 --tos 16 --df set --no-learning --ageing 100 --max-entries 10 --proxy --rsc --l2-miss --l3-miss --port-range 5000-6000 --no-udp-checksum',
      'link add vxlan vx-b --id 44 --port 4790 --local fd00::1 --remote fd00::2 --flow-label 7 --udp-zero-checksum6-tx --udp-zero-checksum6-rx --remote-checksum-tx --remote-checksum-rx',
      'link add vxlan vx-c --id 45 --port 4791 --gbp --ttl-inherit --tos 1 --df inherit',
      'link add vxlan vx-d --port 4792 --external --gpe',
      'link add vxlan vx-e --port 4793 --external --vni-filter',
      'link add vxlan vx-f --id 46 --port 4794 --remote 239.1.1.1 --link vx-p',
    ),
    {
      title: 'that leaves this host whatever the remote is',
      lines: ['link add vxlan vx-g --id 47 --port 4795 --no-local-bypass'],
    },
  ],
  ifb: [plain('link add ifb ifb-a --up --tx-queues 2 --rx-queues 2')],
  dummy: [plain('link add dummy dum-a --up', 'link add dummy dum-b --mac 02:00:00:00:02:01 --mtu 9000')],
  nlmon: [plain('link add nlmon nl-a --up')],
  vrf: [plain('link add vrf rf-a --table 77 --up', 'link add veth rf-b --peer rf-c', 'link set rf-b --master rf-a')],
  bond: [
    plain(
      'link add bond bo-a --mode active-backup --miimon 100 --updelay 200 --downdelay 300 --peer-notify-delay 400 --use-carrier --primary-reselect better --fail-over-mac active --resend-igmp 3 --peer-notifications 4 --all-slaves-active --min-links 1',
      'link add veth bo-b --peer bo-c',
      'link add veth bo-d --peer bo-e',
      'link set bo-b --master bo-a',
      'link set bo-d --master bo-a',
      'link set bo-b --bond-port-queue-id 3 --bond-port-priority 5',
      'link set bo-a --primary bo-b',
      'link add bond bo-f --mode 802.3ad --miimon 100 --lacp-rate fast --no-lacp-active --ad-select count --ad-actor-system-priority 9 --ad-user-port-key 5 --ad-actor-system 02:00:00:00:00:77 --xmit-hash-policy layer3+4',
      'link add bond bo-g --mode active-backup --arp-interval 1000 --arp-ip-targets 192.0.2.1 --arp-ip-targets 192.0.2.2 --neighbour-targets fd00::7 --arp-validate all --arp-all-targets all --arp-missed-max 5 --primary bo-p',
      'link add bond bo-h --mode balance-tlb --lp-interval 5 --no-tlb-dynamic-lb',
      'link add bond bo-i --mode balance-rr --packets-per-slave 7',
      ...bondModes.map((mode, number) => `link add bond bo-m${number} --mode ${mode}`),
    ),
    { title: 'whose states are not coupled', lines: ['link add bond bo-j --mode 802.3ad --no-coupled-control'] },
  ],
  team: [plain('link add team te-a')],
  macsec: [
    plain(
      'link add macsec sec-a --parent sec-p --port 11 --cipher gcm-aes-256 --icv-length 12 --encoding-sa 2 --encrypt --protect --send-sci --replay-protect --window 5 --validate check',
      'link add macsec sec-b --parent sec-p --sci 0200000000010001 --no-protect --validate disabled',
      'link add macsec sec-e --parent sec-p --port 1 --no-send-sci --end-station',
      'link add macsec sec-c --parent sec-p --port 13 --no-send-sci --scb --no-encrypt',
    ),
    { title: 'without offload', lines: ['link add macsec sec-d --parent sec-p --port 14 --offload off'] },
  ],
  hsr: [
    plain(
      'link add hsr hs-a --slave1 ha-p --slave2 hb-p --supervision 45 --version 1',
      'link add hsr hs-b --slave1 hc-p --slave2 hd-p --protocol prp',
    ),
  ],
  tun: [
    plain(
      'link add tun tu-a --owner 0 --owner-group 0',
      'link add tun tu-b --multi-queue --vnet-header --packet-information',
    ),
  ],
  tap: [plain('link add tap ta-a --multi-queue', 'link add tap ta-b --vnet-header --packet-information --owner 0')],
  erspan: erspan('erspan', 4),
  geneve: [
    plain(
      'link add geneve gn-a --id 5 --remote 172.20.1.9 --port 7777 --ttl 7 --tos 16 --df set --udp-checksum --mac 02:00:00:00:0a:40',
      'link add geneve gn-b --id 6 --remote fd00::9 --flow-label 7 --udp-zero-checksum6-tx --udp-zero-checksum6-rx --mac 02:00:00:00:0a:60',
      'link add geneve gn-c --id 7 --remote 172.20.1.9 --ttl-inherit --tos 1 --df inherit --mac 02:00:00:00:0a:61',
      'link add geneve gn-d --port 7778 --external --mac 02:00:00:00:0a:ee',
    ),
    {
      title: 'of packets without Ethernet header',
      lines: ['link add geneve gn-e --id 9 --remote 172.20.1.9 --port 7779 --inner-protocol-inherit'],
    },
  ],
  gre: gre('gre', 4),
  gretap: gre('gretap', 4),
  ip6erspan: erspan('ip6erspan', 6),
  ip6gre: gre('ip6gre', 6),
  ip6gretap: gre('ip6gretap', 6),
  ip6tnl: [
    plain(`link add ip6tnl ip6tnl-a ${ends6} ${plain6} --mode ipip6`),
    {
      title: 'inherited',
      lines: [`link add ip6tnl ip6tnl-b ${ends6}0 ${inherits6} --fwmark-inherit --mode any`],
    },
    { title: 'external', lines: ['link add ip6tnl ip6tnl-c --external'] },
    { title: 'in UDP', needs: encap, lines: [`link add ip6tnl ip6tnl-d ${ends6}1 ${wrapped}`] },
  ],
  ipip: over4('ipip', 'ipip'),
  sit: [
    plain(`link add sit sit-a ${ends4} ${plain4} --mode ip6ip`),
    { title: 'the other way', lines: [`link add sit sit-b ${ends4}0 --tos 1 --no-pmtudisc --mode any`] },
    { title: 'intra-site', lines: ['link add sit sit-c --local 172.20.1.7 --isatap'] },
    { title: 'in UDP', needs: encap, lines: [`link add sit sit-d ${ends4}1 ${wrapped}`] },
    {
      title: 'rapid deployment',
      lines: [
        `link add sit sit-e ${ends4}2 --sixrd-prefix 2001:db8:: --sixrd-prefix-length 32 --sixrd-relay-prefix 172.0.0.0 --sixrd-relay-prefix-length 8`,
      ],
    },
  ],
  vti: [plain(`link add vti vti-a ${ends4} --ikey 7 --okey 8 --fwmark 3 --link gr-p`)],
  vti6: [plain(`link add vti6 vti6-a ${ends6} --ikey 7 --okey 8 --fwmark 3 --link gr-p`)],
  wireguard: [plain('link add wireguard wireguard-a')],
}
