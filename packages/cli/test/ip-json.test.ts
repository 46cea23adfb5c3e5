/** `vnet … --json` and `ip -j` of the same kernel state, read one after the other, say the same in the same order. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type Answer, askAll } from './ask.js'
import { same } from './same.js'
import type { Abilities } from './sandbox.js'

/** A state with something of everything. What a kernel does not have is left out by both sides. */
const state = `
exec 3>&2 2>/dev/null
sysctl -q -w net.ipv6.conf.default.addr_gen_mode=1
ip link set lo up
ip netns add blue; ip netns add green
for space in blue green; do ip netns exec $space sysctl -q -w net.ipv6.conf.default.addr_gen_mode=1; done
ip link add br0 type bridge group_fwd_mask 0x8 ageing_time 1000 mcast_startup_query_interval 1234
ip link set br0 address 02:00:00:00:00:01 up
# STP counts timers and sends frames all the time, so it is on where there is no port.
ip link add br2 type bridge stp_state 1 forward_delay 400 hello_time 150 max_age 700 priority 7; ip link set br2 up
ip link add br1 type bridge; ip link set br1 type bridge vlan_filtering 1 vlan_default_pvid 7
ip link add v0 type veth peer name eth0 netns blue
ip link set v0 master br0 up alias "to blue" mtu 1400
ip -n blue link set eth0 up
ip link add v1 type veth peer name v2
ip link set v1 master br0 up; ip link set v2 up
ip link set v1 type bridge_slave group_fwd_mask 0x4008 isolated on cost 77 priority 5 backup_port v0 mcast_to_unicast on
ip link property add dev v1 altname longname1 altname longname2
ip link add half type veth peer name other; ip link set other up
ip link add mv0 link v2 type macvlan mode bridge
ip link add mv1 link v2 type macvlan mode source bcqueuelen 500 nodst
ip link set mv1 type macvlan macaddr add 02:00:00:00:00:aa; ip link set mv1 type macvlan macaddr add 02:00:00:00:00:bb
ip link add mvp link other type macvlan mode passthru nopromisc
ip link add mvt0 link v2 type macvtap mode vepa
ip link add mvx link v2 type macvlan mode bridge; ip link set mvx netns green
ip link add vx0 type vxlan id 42 dstport 4789 local 172.20.1.1 remote 172.20.1.2 dev v2
ip link add vx1 type vxlan id 43 dstport 8472 group 239.1.1.1 dev v2 ttl 5 tos 0x10 ageing 100 maxaddress 10 nolearning proxy rsc l2miss l3miss
ip link add vx6 type vxlan id 44 dstport 4789 local fd00::1 remote fd00::2 flowlabel 7 udp6zerocsumtx udp6zerocsumrx
ip link add vxe type vxlan dstport 4788 external vnifilter
ip link add vxf type vxlan dstport 4786 external
ip link add vxg type vxlan id 50 dstport 4787 gbp df set ttl inherit
ip link add vxr type vxlan id 8 dstport 4798 remcsumtx remcsumrx srcport 5000 6000 tos inherit noudpcsum
ip link add ifb7 type ifb
ip link add dum0 type dummy; ip link set dum0 up
ip link add link v2 name v2.8 type vlan id 8; ip link add link v2 name v2.9 type vlan id 9 protocol 802.1ad gvrp on ingress-qos-map 1:5 2:6 egress-qos-map 3:4
ip link add t40 type gre local 172.20.1.1 remote 172.20.1.9 ttl 64 tos inherit key 5 csum seq dev v2 fwmark 7; ip link set t40 up
ip link add t41 type gre local 172.20.1.1 remote 172.20.1.10 ikey 3 okey 10.0.0.1 nopmtudisc ignore-df
ip link add t42 type gretap local 172.20.1.1 remote 172.20.1.9 address 02:00:00:00:00:42; ip link add t43 type gretap external address 02:00:00:00:00:43
ip link add t44 type erspan local 172.20.1.1 remote 172.20.1.9 seq key 5 erspan_ver 1 erspan 7 address 02:00:00:00:00:44
ip link add t45 type erspan local 172.20.1.1 remote 172.20.1.8 seq key 5 erspan_ver 2 erspan_dir egress erspan_hwid 9 address 02:00:00:00:00:45
ip link add t46 type ipip local 172.20.1.1 remote 172.20.1.9 mode ipip tos 0x10; ip link add t47 type ipip external
ip link add t48 type sit local 172.20.1.1 remote 172.20.1.9 mode ip6ip 6rd-prefix 2001:db8::/32 6rd-relay_prefix 172.0.0.0/8; ip link add t49 type sit local 172.20.1.7 isatap
ip link add t4a type vti local 172.20.1.1 remote 172.20.1.9 ikey 7 okey 8 fwmark 3
ip link add t4b type gre local 172.20.1.1 remote 172.20.1.11 encap gue encap-sport 7 encap-dport 5555 encap-csum
ip link add t60 type ip6gre local fd00::1 remote fd00::9 ttl 5 tclass 0x10 flowlabel 0x12345 encaplimit none key 9 csum seq fwmark 8
ip link add t61 type ip6gre local fd00::1 remote fd00::8 tclass inherit flowlabel inherit dscp inherit encaplimit 7 allow-localremote key 3
ip link add t62 type ip6gretap local fd00::1 remote fd00::9 address 02:00:00:00:00:62
ip link add t63 type ip6erspan local fd00::1 remote fd00::8 seq key 5 erspan_ver 2 erspan_dir ingress erspan_hwid 9 address 02:00:00:00:00:63
ip link add t64 type ip6tnl mode ipip6 local fd00::1 remote fd00::9 ttl 3 encaplimit none tclass 5 flowlabel 7 dev v2; ip link add t65 type ip6tnl external
ip link add t66 type vti6 local fd00::1 remote fd00::9 key 7
ip link add t67 type ip6tnl local fd00::1 remote fd00::7 encap fou encap-sport 7 encap-dport 5555
ip link add g40 type geneve id 5 remote 172.20.1.9 ttl inherit tos inherit df set udpcsum address 02:00:00:00:0a:40; ip link add g60 type geneve id 6 remote fd00::9 flowlabel 7 dstport 7777 udp6zerocsumtx address 02:00:00:00:0a:60
ip link add gx type geneve dstport 7778 external address 02:00:00:00:0a:ee; ip link add gn type geneve id 9 remote 172.20.1.9 dstport 7779 innerprotoinherit
ip link add kp type veth peer name kq; ip link add iv0 link kp type ipvlan mode l2 private; ip link add iv1 link kq type ipvtap mode l2 vepa
ip link add nl0 type nlmon; ip link add rf0 type vrf table 77; ip link add rp0 type dummy; ip link set rp0 master rf0
ip link add bo0 type bond mode active-backup miimon 100 updelay 200 fail_over_mac active; ip link add bp0 type dummy; ip link add bp1 type dummy; ip link set bp0 master bo0; ip link set bp1 master bo0; ip link set bp1 type bond_slave queue_id 3 prio 5; ip link set bo0 type bond primary bp0
ip link add bo1 type bond mode 802.3ad lacp_rate fast ad_actor_system 02:00:00:00:00:77; ip link add bo2 type bond mode balance-xor arp_interval 1000 arp_ip_target 192.0.2.1,192.0.2.2 xmit_hash_policy layer3+4
ip link add te0 type team; ip link add ha type veth peer name hb; ip link add hc type veth peer name hd; ip link add hs0 type hsr slave1 ha slave2 hc supervision 45 version 1; ip link add hs1 type hsr slave1 hb slave2 hd proto 1
ip link add ms0 link v2 type macsec port 11 encrypt on replay on window 5; ip link add ms1 link v2 type macsec port 12 cipher gcm-aes-256 icvlen 12 validate check send_sci off end_station on
ip tuntap add tun0 mode tun; ip tuntap add tap0 mode tap multi_queue user 0 group 0; ip tuntap add tap1 mode tap vnet_hdr pi
ip link add d0 type veth peer name d1; ip link set d1 up; ip link set d0 up promisc on allmulticast on group 7 txqueuelen 0
ip addr add 172.10.1.10/24 dev br0 label br0:1
ip addr add 172.20.1.1/24 brd + dev v2; ip addr add 172.20.1.5/24 dev v2
ip addr add 10.9.9.1 peer 10.9.9.2/32 dev d0
ip addr add 10.8.8.1/24 dev d0 valid_lft 1000 preferred_lft 500 metric 77 noprefixroute
ip addr add 10.7.7.1/24 dev d0 scope link; ip addr add 10.7.8.1/24 dev d0 scope 100
ip addr add fd00::1/64 dev d0 nodad; ip addr add fd00:1::1 peer fd00:1::2 dev d0 nodad
ip addr add fd00::5/64 dev d0 home mngtmpaddr nodad; ip addr add fd00::6/64 dev d0 preferred_lft 0 nodad
ip addr add fd00::7/64 dev d0 noprefixroute nodad valid_lft 900 preferred_lft 800
ip route add default via 172.20.1.254
ip route add 10.50.0.0/16 via 172.20.1.253 dev v2 metric 50 mtu 1300 advmss 1200 proto static
ip route add 10.51.0.0/16 via 9.9.9.9 dev v2 onlink src 172.20.1.5
ip route add 10.52.0.0/16 nexthop via 172.20.1.2 dev v2 weight 2 nexthop dev d0 weight 5
ip route add blackhole 10.53.0.0/16; ip route add unreachable 10.54.0.0/16 metric 9; ip route add prohibit 10.54.1.0/24; ip route add throw 10.54.2.0/24
ip route add 10.55.0.0/16 dev d0 table 100 tos 0x10
ip route add 10.56.0.0/16 dev d0 proto 77 mtu lock 1200 hoplimit 33 initcwnd 9 quickack 1 rto_min 200ms window 1000 initrwnd 22
ip route add 10.57.0.1 dev d0 scope host; ip route add 10.58.0.0/16 via inet6 fd00::77 dev d0
ip nexthop add id 5 via 172.20.1.9 dev v2; ip route add 10.60.0.0/16 nhid 5
ip route add 10.61.0.0/16 dev d0 table 70000 proto bird scope 100
ip -6 route add fd01::/64 via fd00::99 metric 50
ip -6 route add fd02::/64 nexthop via fd00::98 dev d0 weight 2 nexthop via fd00::97 dev d0
ip -6 route add blackhole fd03::/64; ip -6 route add fd04::/64 via fd00::99 expires 500 pref high
ip -6 route add fd05::/64 from fd00::/64 via fd00::99; ip -6 route add default via fd00::99
ip neigh add 172.20.1.2 lladdr 02:00:00:00:01:02 dev v2; ip neigh add 172.20.1.3 lladdr 02:00:00:00:01:03 dev v2 nud stale
ip neigh add 172.20.1.4 lladdr 02:00:00:00:01:04 dev v2 nud reachable extern_learn
ip neigh add proxy 172.20.1.44 dev v2; ip neigh add proxy fd00::44 dev d0
ip neigh add fd00::2 lladdr 02:00:00:00:01:06 dev d0 router; ip neigh add 172.20.1.6 dev v2 nud none
ip neigh add 172.20.1.7 lladdr 02:00:00:00:01:07 dev v2 nud noarp
bridge fdb add 02:00:00:00:02:01 dev v1 master static; bridge fdb add 02:00:00:00:02:02 dev v1 master dynamic
bridge fdb add 02:00:00:00:02:03 dev v1 master permanent; bridge fdb add 02:00:00:00:02:05 dev v1 master static sticky
bridge fdb add 02:00:00:00:02:06 dev v1 master dynamic extern_learn
bridge fdb add 02:00:00:00:02:04 dev vx0 dst 172.20.1.7 port 1234 vni 9 via v2
bridge fdb append 00:00:00:00:00:00 dev vx0 dst 172.20.1.8
bridge fdb add 02:00:00:00:02:07 dev vxf dst 172.20.1.7 src_vni 5 vni 6
bridge fdb add 02:00:00:00:02:08 dev v2 self permanent
ip addr add 10.66.0.1/24 dev d1; ip route add 10.67.0.0/16 via 10.66.0.2 dev d1 metric 3
ip -n blue link set lo up
ip netns add shaped
for pair in "q0 q1" "q2 q3" "q4 q5" "q6 q7"; do set -- $pair; ip -n shaped link add $1 type veth peer name $2; ip -n shaped link set $1 up; done
ip -n shaped link add qi type ifb; ip -n shaped link set qi up
tc -n shaped qdisc add dev q0 root handle 1: tbf rate 10mbit burst 10kb latency 50ms
tc -n shaped qdisc add dev q0 parent 1:1 handle 2: pfifo limit 7
tc -n shaped qdisc add dev q1 root handle 1: htb default 30 r2q 20
tc -n shaped class add dev q1 parent 1: classid 1:1 htb rate 10mbit ceil 20mbit
tc -n shaped class add dev q1 parent 1:1 classid 1:30 htb rate 5mbit prio 2
tc -n shaped qdisc add dev q1 parent 1:30 handle 30: bfifo limit 9000
tc -n shaped filter add dev q1 parent 1: protocol ip prio 5 u32 match ip dst 10.0.0.0/8 flowid 1:30
tc -n shaped filter add dev q1 parent 1: protocol ipv6 prio 6 u32 match u32 0 0 flowid 1:1
tc -n shaped filter add dev q1 parent 1: protocol ip prio 7 flower dst_ip 10.0.0.0/8 ip_proto tcp dst_port 80 classid 1:1
tc -n shaped qdisc add dev q2 root tbf rate 1mbit burst 20kb limit 30000 peakrate 2mbit minburst 1600 overhead 10 mpu 64
tc -n shaped qdisc add dev q2 clsact
tc -n shaped filter add dev q2 ingress protocol all prio 1 u32 match u32 0 0 action mirred egress redirect dev qi
tc -n shaped filter add dev q2 egress protocol ip prio 2 u32 match ip src 10.1.0.0/16 action mirred egress mirror dev qi
tc -n shaped qdisc add dev q3 root tbf rate 100mbit burst 50kb limit 10000
tc -n shaped qdisc add dev q3 ingress
tc -n shaped qdisc add dev q4 root netem delay 100ms 10ms 25% loss 1% corrupt 3% reorder 4% 50% rate 1mbit
tc -n shaped qdisc add dev q5 root netem limit 50 loss gemodel 1% 10% 70% 2%
tc -n shaped qdisc add dev q6 root fq_codel limit 500 target 3ms noecn
tc -n shaped qdisc add dev q7 root prio bands 4
# Ports and multicast groups come to rest.
sleep 2
exec 2>&3
`

/** Made after the ways have been asked for: rules lead them elsewhere. */
const ruleState = `
ip rule add from 10.0.0.0/8 table 100 priority 500
ip rule add to 10.1.0.0/16 fwmark 0x5/0xff iif v2 lookup main priority 501
ip rule add not from 10.2.0.1 oif nonexist unreachable priority 502
ip rule add ipproto tcp sport 10-20 dport 80 uidrange 0-100 tos 0x10 lookup 200 priority 503
ip rule add from all goto 32766 priority 504; ip rule add from all goto 99999 priority 505
ip rule add from all suppress_prefixlength 8 suppress_ifgroup 3 lookup main priority 506 proto static
ip rule add l3mdev priority 507; ip rule add from all nop priority 508; ip rule add from all blackhole priority 509
ip rule add from all prohibit priority 510; ip rule add iif nonexist lookup main priority 511
ip rule add tun_id 77 lookup main priority 512; ip rule add ipproto 99 fwmark 0x77 lookup 5000 priority 513
ip -6 rule add from fd00::/64 lookup 100 priority 500
`

/** vnet's words and the words of ip or bridge. */
const questions: Readonly<Record<string, readonly [vnet: string, peer: string]>> = {
  links: ['link list', 'ip -j link show'],
  'links with details': ['link list --details', 'ip -d -j link show'],
  'links with statistics': ['link list --statistics', 'ip -s -j link show'],
  'links with both': ['-n blue link list -d -s', 'ip -n blue -d -s -j link show'],
  'one link': ['link get longname1', 'ip -j link show dev v1'],
  'links of a kind': ['link list --kind macvlan', 'ip -j link show type macvlan'],
  'ports of a bridge': ['link list --master br0', 'ip -j link show master br0'],
  'links that are up': ['link list --up', 'ip -j link show up'],
  'links of a group': ['link list --group 7', 'ip -j link show group 7'],
  'links in another namespace': ['--namespace blue link list', 'ip -n blue -j link show'],
  'links moved to another namespace': ['--namespace green link list --details', 'ip -n green -d -j link show'],
  tokens: ['token list', 'ip -j token show'],
  'the token of a link': ['token list v0', 'ip -j token show dev v0'],
  addresses: ['address list', 'ip -j address show'],
  'addresses with details': ['address list --details', 'ip -d -j address show'],
  'addresses of a link': ['address list d0', 'ip -j address show dev d0'],
  'addresses of IPv4': ['address list -4', 'ip -4 -j address show'],
  'addresses of a scope': ['address list --scope host', 'ip -j address show scope host'],
  routes: ['route list', 'ip -j route show'],
  'routes with details': ['route list --details', 'ip -d -j route show'],
  'routes of IPv6': ['route list -6', 'ip -6 -j route show'],
  'routes of all tables': ['route list --table all', 'ip -j route show table all'],
  'routes of a table': ['route list --table 100', 'ip -j route show table 100'],
  'routes of a link': ['route list --on d1 --table all', 'ip -j route show dev d1 table all'],
  'routes of a maker': ['route list --protocol static', 'ip -j route show proto static'],
  'routes of a type': ['route list --type blackhole', 'ip -j route show type blackhole'],
  'one route': ['route list --destination 10.50.0.0/16', 'ip -j route show exact 10.50.0.0/16'],
  'a way': ['route get 10.50.1.1', 'ip -j route get 10.50.1.1'],
  'a way of IPv6': ['route get fd01::1', 'ip -6 -j route get fd01::1'],
  'a way to an own address': ['route get 172.20.1.1', 'ip -j route get 172.20.1.1'],
  'a way with a mark': ['route get 10.50.1.1 --mark 51 --output-link v2', 'ip -j route get 10.50.1.1 mark 51 oif v2'],
  rules: ['rule list', 'ip -j rule show'],
  'rules with details': ['rule list --details', 'ip -d -j rule show'],
  'rules of IPv6': ['rule list -6', 'ip -6 -j rule show'],
  neighbours: ['neighbour list', 'ip -j neighbour show'],
  'neighbours on a link': ['neighbour list --on v2', 'ip -j neighbour show dev v2'],
  'neighbours of IPv6': ['neighbour list -6', 'ip -6 -j neighbour show'],
  'neighbours answered for': ['neighbour list --proxy', 'ip -j neighbour show proxy'],
  'FDB entries': ['fdb list', 'bridge -j fdb show'],
  'FDB entries of a bridge': ['fdb list --on br0', 'bridge -j fdb show br br0'],
  'FDB entries of a port': ['fdb list --on v1', 'bridge -j fdb show brport v1'],
  'FDB entries with times': ['fdb list --statistics', 'bridge -s -j fdb show'],
  disciplines: ['-n shaped qdisc list', 'tc -n shaped -j qdisc show'],
  'disciplines of a link': ['-n shaped qdisc list --on q1', 'tc -n shaped -j qdisc show dev q1'],
  'disciplines with details': ['-n shaped qdisc list -d', 'tc -n shaped -d -j qdisc show'],
  'disciplines with counters': ['-n shaped qdisc list --on q5 -s', 'tc -n shaped -s -j qdisc show dev q5'],
  'filters of what comes in': [
    '-n shaped filter list --on q2 --parent ingress',
    'tc -n shaped -j filter show dev q2 ingress',
  ],
  'filters of what goes out': [
    '-n shaped filter list --on q2 --parent egress',
    'tc -n shaped -j filter show dev q2 egress',
  ],
  'filters of a root': ['-n shaped filter list --on q1', 'tc -n shaped -j filter show dev q1'],
  namespaces: ['namespace list', 'ip -j netns list'],
}

describe.each(['napi', 'ffi'])('vnet --driver %s --json', (driver) => {
  let supports: Abilities | string
  let answers: Record<string, Answer>

  beforeAll(() => {
    const list = Object.values(questions).map(([mine, peer]) => ({
      ...(mine === 'rule list' ? { setup: ruleState } : {}),
      vnet: mine,
      peer,
    }))
    const told = askAll(driver, state, list)
    supports = told.supports
    answers = Object.fromEntries(Object.keys(questions).map((name, at) => [name, told.answers[at] as Answer]))
  }, 180_000)

  it.for(Object.keys(questions))('%s', (name, { skip }) => {
    if (typeof supports === 'string') return skip(supports)
    const { mine, before, after, error } = answers[name] as Answer
    expect(error).toBe('')
    same(JSON.parse(mine), [wantedOf(name, before), wantedOf(name, after)])
  })
})

function wantedOf(name: string, text: string): unknown {
  const objects = JSON.parse(text) as Record<string, unknown>[]
  // iproute2 6.1 writes `{}` for links that its own filter leaves out (fixed in 6.2).
  const wanted = objects.filter((one) => Object.keys(one).length > 0)
  // Nexthop objects are not among vnet's objects: a route tells their number.
  for (const one of wanted) delete one.nh_info
  // The names are in the order in which a directory is read, which means nothing.
  return name === 'namespaces' ? wanted.sort((a, b) => String(a.name).localeCompare(String(b.name))) : wanted
}
