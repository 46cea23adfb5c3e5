/** Lines of `vnet` that make each discipline, class, filter and action, for comparing what is told of them with `tc -j`. @module */
import type { Capability } from '@vnet/core'

/** Something on a link of its own. */
export interface TrafficMaking {
  readonly title: string
  /** What it needs. */
  readonly needs: readonly Capability[]
  /** What comes behind `vnet` before the lines. */
  readonly before?: readonly string[]
  /** What comes behind `vnet`; `LINK` is the link. */
  readonly lines: readonly string[]
  /** Where filters are listed: `ingress`, `egress`, `root`. */
  readonly filtersOf?: string
  /** A block whose filters are listed. */
  readonly block?: number
  /** Classes are listed. */
  readonly classes?: true
  /** The kind whose actions are listed, and the number of one that is asked for. */
  readonly actionsOf?: readonly [kind: string, number: number]
}

const qdisc = (kind: string, title: string, ...options: readonly string[]): TrafficMaking => ({
  title: `${kind}: ${title}`,
  needs: [`qdisc ${kind}` as Capability],
  lines: [`qdisc add ${kind} --on LINK ${options.join(' ')}`],
})

const filter = (
  title: string,
  needs: readonly Capability[],
  parent: 'ingress' | 'egress',
  ...options: readonly string[]
): TrafficMaking => ({
  title,
  needs: ['qdisc clsact', ...needs],
  lines: ['qdisc add clsact --on LINK', ...options.map((line) => `filter add ${line} --on LINK --parent ${parent}`)],
  filtersOf: parent,
})

/** Everything that traffic control has a name for, with all its options. */
export const trafficLines: readonly TrafficMaking[] = [
  qdisc('htb', 'all options', '--handle 1: --default 0x30 --r2q 20 --direct-queue-length 77'),
  {
    title: 'htb: classes',
    needs: ['qdisc htb'],
    classes: true,
    lines: [
      'qdisc add htb --on LINK --handle 1: --default 48',
      'class add htb --on LINK --class-id 1:1 --rate 10mbit --ceil 20mbit --burst 15kb --ceil-burst 16kb',
      'class add htb --on LINK --class-id 1:30 --parent 1:1 --rate 5mbit --priority 2 --quantum 3000 --least-packet 64 --overhead 24',
      'class add htb --on LINK --class-id 1:40 --parent 1:1 --rate 1mbit --link-layer atm',
      'qdisc add bfifo --on LINK --parent 1:30 --handle 30: --limit 9000',
    ],
  },
  qdisc('tbf', 'a latency', '--handle 1: --rate 10mbit --burst 10kb --latency 50ms'),
  qdisc(
    'tbf',
    'all options',
    '--rate 1mbit --burst 20kb --limit 30000 --peak-rate 2mbit --peak-burst 1600 --overhead 10 --least-packet 64 --link-layer ethernet',
  ),
  qdisc('tbf', 'cells', '--rate 1mbit --burst 20kb --limit 30000 --overhead 10 --link-layer atm'),
  ...(
    [
      ['an overhead', 'overhead=-4'],
      ['an overhead of Ethernet', 'overhead=24,link-layer=ethernet'],
      ['least octets', 'least-packet=64'],
      ['cells', 'overhead=24,link-layer=atm,least-packet=96,mtu=9000,size=256'],
    ] as const
  ).map(([title, table]) =>
    qdisc('tbf', `a size table: ${title}`, `--rate 10mbit --burst 10kb --limit 100kb --size-table ${table}`),
  ),
  {
    title: 'tbf: a queue of its own',
    needs: ['qdisc tbf'],
    lines: [
      'qdisc add tbf --on LINK --handle 1: --rate 10mbit --burst 10kb --limit 100kb',
      'qdisc add pfifo --on LINK --parent 1:1 --handle 2: --limit 7',
    ],
  },
  qdisc('fq_codel', 'plain'),
  qdisc(
    'fq_codel',
    'all options',
    '--handle 5: --limit 500 --flows 64 --target 3ms --interval 80ms --quantum 900 --no-ecn --ce-threshold 2ms --drop-batch 8 --memory-limit 1mb',
  ),
  qdisc(
    'netem',
    'late, lost, twice, overtaking, damaged, slow',
    '--limit 900 --delay 100ms --jitter 10ms --delay-correlation 25% --loss 1% --loss-correlation 2% --duplicate 3% --duplicate-correlation 4% --corrupt 5% --corrupt-correlation 6% --reorder 4% --reorder-correlation 50% --gap 3 --rate 1mbit --packet-overhead 10 --cell-size 53 --cell-overhead 5 --ecn',
  ),
  qdisc('netem', 'a distribution', '--delay 100ms --jitter 10ms --distribution normal'),
  qdisc('netem', 'loss by states', '--loss-state p13=1%,p31=50%,p32=2%,p23=3%,p14=4%'),
  qdisc('netem', 'loss after Gilbert and Elliott', '--loss-gemodel p=1%,r=10%,loss-bad=70%,loss-good=2%'),
  qdisc('netem', 'slots', '--slot min-delay=1ms,max-delay=2ms,packets=3,bytes=4000'),
  qdisc('prio', 'plain'),
  qdisc('prio', 'all options', '--handle 1: --bands 4 --priority-map 3,2,1,0,3,2,1,0,3,2,1,0,3,2,1,0'),
  qdisc('ingress', 'plain'),
  qdisc('clsact', 'plain'),
  {
    title: 'pfifo and bfifo',
    needs: ['qdisc prio'],
    lines: [
      'qdisc add prio --on LINK --handle 1:',
      'qdisc add pfifo --on LINK --parent 1:1 --handle 11: --limit 70',
      'qdisc add bfifo --on LINK --parent 1:2 --handle 12: --limit 7000',
    ],
  },
  filter(
    'u32',
    ['filter u32'],
    'egress',
    'u32 --protocol ip --priority 5 --keys offset=16,value=0x0a000000,mask=0xff000000 --class-id 1:30',
    'u32 --protocol ipv6 --priority 6 --keys offset=0,value=0,mask=0',
    'u32 --protocol ip --priority 7 --keys offset=-4,value=1,mask=0xffff --keys offset=12,value=0x0a000000,mask=0xff000000',
  ),
  filter(
    'u32: hash tables',
    ['filter u32'],
    'egress',
    'u32 --protocol ip --priority 5 --handle 2: --divisor 16',
    'u32 --protocol ip --priority 5 --table 2:3: --handle 2:3:7 --keys offset=16,value=0x0a000003,mask=0xffffffff --class-id 1:3',
    'u32 --protocol ip --priority 5 --table 800: --keys offset=16,value=0x0a000000,mask=0xff000000 --next-table 2: --hash-key offset=16,mask=0xff',
  ),
  // Of where the next header begins iproute2 6.1 writes no valid JSON; of what looks behind it does.
  filter(
    'u32: behind the next header',
    ['filter u32'],
    'egress',
    'u32 --protocol ip --priority 5 --keys offset=0,value=0x50,mask=0xffff,from-next-header --class-id 1:3',
  ),
  filter('matchall', ['filter matchall'], 'egress', 'matchall --priority 1 --class-id 1:1 --handle 7'),
  filter(
    'flower',
    ['filter flower'],
    'egress',
    'flower --protocol ip --priority 7 --from 10.1.0.0/16 --to 10.0.0.1 --ip-protocol 6 --source-port 1000 --destination-port 80 --class-id 1:1',
    'flower --protocol ipv6 --priority 8 --to 2001:db8::/32 --ip-protocol 17 --handle 3',
    'flower --protocol all --priority 9 --source-mac 02:00:00:00:00:01 --destination-mac 02:00:00:00:00:02',
    'flower --protocol 802.1Q --priority 10 --vlan 8 --vlan-priority 3',
  ),
  filter(
    'flower: tags, labels and sessions',
    ['filter flower'],
    'egress',
    'flower --protocol 802.1Q --priority 1 --vlan 5 --vlan-ether-type ip --to 10.0.0.1/32 --ip-protocol 6',
    'flower --protocol 802.1ad --priority 2 --vlan-ether-type 802.1Q --inner-vlan 6 --inner-vlan-priority 2 --inner-vlan-ether-type 0x88b5',
    'flower --priority 3 --vlan-count 1 --vlan 5 --vlan-ether-type arp --arp-operation 1',
    'flower --protocol mpls_uc --priority 4 --mpls depth=1,label=77,traffic-class=3,bottom=1,ttl=64',
    'flower --protocol mpls_mc --priority 5 --mpls depth=1,bottom=0 --mpls depth=3,label=7',
    'flower --protocol ppp_ses --priority 6 --pppoe-session 77 --ppp-protocol 0x21 --to 10.0.0.0/8',
    'flower --protocol ppp_ses --priority 7 --ppp-protocol 0xc021',
    'flower --protocol ppp_ses --priority 8 --ppp-protocol 0xc099 --pppoe-session 1',
    'flower --protocol 802.1Q --priority 9 --vlan-ether-type ppp_ses --pppoe-session 1',
  ),
  filter(
    'flower: tunnels and hardware',
    ['filter flower'],
    'egress',
    'flower --priority 1 --tunnel-key 5 --tunnel-from 10.0.0.0/8 --tunnel-to 10.0.0.1/32 --tunnel-destination-port 4789',
    'flower --protocol ip --priority 2 --tunnel-from 2001:db8::/32 --tunnel-tos 4 --tunnel-tos-mask 0xfc --tunnel-ttl 3',
    'flower --priority 3 --tunnel-destination-port 16 --tunnel-destination-port-mask 240 --skip-hardware',
    'flower --priority 4 --destination-mac 02:00:00:00:00:01 --class-id ffff:ffe3',
  ),
  filter(
    'flower: options of tunnels',
    ['filter flower'],
    'egress',
    'flower --priority 1 --geneve-options class=0x102,type=0x80,data=00800022 --tunnel-key 5',
    'flower --priority 2 --geneve-options class=1,class-mask=0xff,data=00800022,data-mask=ffffff7f --geneve-options type=5,data=0011223344556677',
    'flower --protocol ip --priority 3 --vxlan-options gbp=258',
    'flower --priority 4 --vxlan-options gbp=258,gbp-mask=0xffff',
    'flower --priority 5 --erspan-options version=1,index=1048575',
    'flower --priority 6 --erspan-options version=1,index=3,index-mask=0xff',
    'flower --priority 7 --erspan-options version=2,dir=egress,hwid=32,hwid-mask=0x30',
    'flower --priority 8 --erspan-options version=2,dir=ingress',
  ),
  filter(
    'flower: connections',
    ['filter flower'],
    'egress',
    'flower --priority 1 --connection-tracked --connection-established --no-connection-new',
    'flower --protocol ip --priority 2 --no-connection-tracked',
    'flower --priority 3 --connection-tracked --connection-invalid',
  ),
  filter(
    'flower: the link that packets came in by',
    ['filter flower', 'action gact'],
    'ingress',
    'flower --protocol ip --priority 1 --input-link LINK --action drop',
  ),
  filter(
    'mirred',
    ['filter matchall', 'action mirred'],
    'ingress',
    'matchall --priority 1 --action redirect=lo',
    'matchall --priority 2 --action mirror=lo',
  ),
  filter(
    'mirred of u32',
    ['filter u32', 'action mirred'],
    'ingress',
    'u32 --priority 1 --keys offset=0,value=0,mask=0 --action redirect=lo',
  ),
  filter(
    'police',
    ['filter matchall', 'action police'],
    'ingress',
    'matchall --priority 1 --action police=1mbit/10kb',
    'matchall --priority 2 --action police=10mbit/20kb/reclassify/pipe',
  ),
  filter(
    'gact',
    ['filter matchall', 'action gact'],
    'ingress',
    'matchall --priority 1 --action drop',
    'matchall --priority 2 --action pass',
  ),
  filter(
    'police: packets, an average, a peak, a size',
    ['filter matchall', 'action police'],
    'egress',
    'matchall --priority 1 --action police:packet-rate=1000:packet-burst=50:conform=pipe',
    'matchall --priority 2 --estimator interval=1s,time-constant=8s --action police:average-rate=1mbit',
    'matchall --priority 3 --action police=1mbit/10kb/reclassify/trap:peak-rate=2mbit:mtu=2000:overhead=4:link-layer=atm',
    'matchall --priority 4 --action police:mtu=1000:exceed=continue:cookie=0a0b',
    'matchall --priority 5 --action police=1mbit/10kb/chain-7',
  ),
  filter(
    'actions that go on elsewhere',
    ['filter matchall', 'action gact'],
    'egress',
    'matchall --priority 1 --action jump-2,drop,pass',
    'matchall --priority 2 --action chain-7',
    'matchall --priority 3 --action trap:random=determ/drop/5:hardware-statistics=disabled',
  ),
  filter(
    'mirred: controls, cookies, counters',
    ['filter u32', 'action mirred'],
    'ingress',
    'u32 --priority 1 --keys offset=0,value=0,mask=0 --action mirror=lo:control=drop:cookie=0a:shared-counters',
    'u32 --priority 2 --keys offset=0,value=0,mask=0 --action redirect=lo:control=chain-3:hardware-statistics=immediate',
    'u32 --priority 3 --keys offset=0,value=0,mask=0 --estimator interval=250ms,time-constant=1s --action mirror=lo',
  ),
  filter(
    'u32: a link, and who looks',
    ['filter u32'],
    'ingress',
    'u32 --priority 1 --protocol ip --keys offset=0,value=0,mask=0 --input-link LINK --skip-hardware --class-id 1:1',
    'u32 --priority 2 --protocol ip --keys offset=0,value=0,mask=0 --skip-software --class-id 1:1',
  ),
  filter('matchall: who looks', ['filter matchall'], 'ingress', 'matchall --priority 1 --skip-hardware --class-id 1:1'),
  {
    ...filter(
      'actions that filters share',
      ['filter u32', 'action mirred'],
      'ingress',
      'u32 --priority 1 --keys offset=0,value=0,mask=0 --action share=mirred/700',
      'u32 --priority 2 --keys offset=0,value=0,mask=0 --action mirror=lo:index=702:cookie=0b,share=mirred/700',
    ),
    needs: ['shared actions', 'qdisc clsact', 'filter u32', 'action mirred'],
    before: ['action add redirect=lo:index=700:cookie=0a', 'action add mirror=lo:index=701 --skip-hardware'],
    actionsOf: ['mirred', 700],
  },
  {
    ...filter(
      'a police that filters share',
      ['filter matchall', 'action police'],
      'ingress',
      'matchall --priority 1 --action share=police/700',
      'matchall --priority 2 --action share=police/700',
    ),
    needs: ['shared actions', 'qdisc clsact', 'filter matchall', 'action police'],
    before: ['action add police=1mbit/10kb:index=700', 'action set police=2mbit/20kb:index=700'],
    actionsOf: ['police', 700],
  },
  {
    title: 'filters of a block, and packets to all its links',
    needs: ['qdisc clsact', 'filter u32', 'action mirred'],
    lines: [
      'qdisc add clsact --on LINK --ingress-block 700 --egress-block 701',
      'filter add u32 --block 700 --priority 1 --keys offset=0,value=0,mask=0 --action redirect=lo',
      'filter add u32 --block 701 --priority 2 --keys offset=0,value=0,mask=0 --class-id 1:1',
    ],
    filtersOf: 'ingress',
    block: 701,
  },
  {
    title: 'actions that nobody shares',
    needs: ['shared actions', 'action gact'],
    lines: [
      'action add drop:index=700:random=determ/pass/5',
      'action add jump-2:index=701:shared-counters:hardware-statistics=disabled',
    ],
    actionsOf: ['gact', 701],
  },
  {
    title: 'estimators',
    needs: ['qdisc htb'],
    classes: true,
    lines: [
      'qdisc add htb --on LINK --handle 1: --estimator interval=1s,time-constant=8s',
      'class add htb --on LINK --class-id 1:1 --rate 10mbit --estimator interval=4s,time-constant=60s',
    ],
  },
  filter(
    'several actions',
    ['filter matchall', 'action gact', 'action mirred'],
    'ingress',
    'matchall --priority 1 --action mirror=lo --action pass',
  ),
]
