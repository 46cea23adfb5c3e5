# Real traffic in network namespaces of its own, captured with dumpcap: traffic.sh FOLDER. Run under unshare --net --mount.
# Two hosts on a veth pair (v0 here, v1 in namespace b), a second pair into a bridge of the kernel that speaks STP.
set -eu
folder=$1
mkdir -p /run/netns 2>/dev/null && mount -t tmpfs tmpfs /run/netns || { mount -t tmpfs tmpfs /run && mkdir /run/netns; }
ip link set lo up
ip netns add b
b() { ip netns exec b "$@"; }
started=()
trap 'kill "${started[@]}" 2>/dev/null || true' EXIT

# A lease file and a working directory that belong to this run.
cd "$folder"
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02 netns b
ip link add v2 address 02:00:00:00:00:03 type veth peer name v3 address 02:00:00:00:00:04 netns b
b ip link set lo up
b ip link add br0 type bridge stp_state 1 mcast_querier 1
b ip link set v3 master br0

# dumpcap needs no other user to change to, which a user namespace refuses. One file is classic, the other pcapng.
capture() {
  dumpcap -q -p -i "$1" "${@:3}" -w "$folder/$2" 2>"$folder/$1.log" &
  started+=($!)
}
ip link set v0 up
ip link set v2 up
capture v0 v0.pcap -P
capture v2 v2.pcapng
for log in v0 v2; do
  for _ in $(seq 100); do grep -q File: "$folder/$log.log" && break; sleep 0.05; done
done
b ip link set v1 up
b ip link set v3 up
b ip link set br0 up
ip address add 10.7.0.1/24 dev v0

# DHCP and router advertisements from dnsmasq; udhcpc asks.
dnsmasq --no-daemon --no-resolv --no-hosts --port=0 --interface=v0 --bind-interfaces --pid-file= --user=root \
  --dhcp-range=10.7.0.50,10.7.0.99,255.255.255.0,1h --dhcp-option=option:domain-name,lab.example \
  --dhcp-option=121,10.9.0.0/16,10.7.0.1 --dhcp-leasefile="$folder/leases" >"$folder/dnsmasq.log" 2>&1 &
started+=($!)
b busybox udhcpc -i v1 -n -q -t 10 -T 1 -s /bin/true -V a-client -x hostname:station >"$folder/udhcpc.log" 2>&1
b ip address add 10.7.0.2/24 dev v1

# ARP and ICMP, also in fragments; errors; ND and ICMPv6 between link-local addresses.
ping -q -c 3 -i 0.2 10.7.0.2 >/dev/null
ping -q -c 1 -s 4000 10.7.0.2 >/dev/null
for _ in $(seq 40); do ip -6 address show dev v0 | grep -q tentative || break; sleep 0.1; done
for _ in $(seq 40); do b ip -6 address show dev v1 | grep -q tentative || break; sleep 0.1; done
ping -q -c 2 -i 0.2 fe80::ff:fe00:2%v0 >/dev/null
ping -q -c 1 -s 3000 fe80::ff:fe00:2%v0 >/dev/null
python3 - <<'PYTHON'
import socket, struct
datagram = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagram.sendto(b'nobody is there', ('10.7.0.2', 40001))
datagram6 = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
datagram6.sendto(b'nobody is there', ('fe80::ff:fe00:2', 40001, 0, socket.if_nametoindex('v0')))
# Reports of IGMP and MLD.
group = struct.pack('=4s4s', socket.inet_aton('239.1.2.3'), socket.inet_aton('10.7.0.1'))
datagram.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
datagram6.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     socket.inet_pton(socket.AF_INET6, 'ff15::1:3') + struct.pack('=I', socket.if_nametoindex('v0')))
import time
time.sleep(1.2)
PYTHON

# TCP and UDP, over both versions.
b iperf3 -s >"$folder/iperf3.log" 2>&1 &
started+=($!)
for _ in $(seq 100); do iperf3 -c 10.7.0.2 -n 200K >/dev/null 2>&1 && break; sleep 0.1; done
iperf3 -c 10.7.0.2 -u -b 1M -n 30K >/dev/null
iperf3 -c fe80::ff:fe00:2%v0 -n 100K >/dev/null

# This kernel may have no 802.1Q: the frames of a ping so far are sent again, with one tag and with two.
python3 - "$folder/v0.pcap" <<'PYTHON'
import socket, struct, sys
data = open(sys.argv[1], 'rb').read()
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(('v0', 0))
at, sent = 24, 0
while at + 16 <= len(data) and sent < 40:
    size = struct.unpack_from('=I', data, at + 8)[0]
    frame = data[at + 16:at + 16 + size]
    at += 16 + size
    if len(frame) > 1400:
        continue
    out.send(frame[:12] + struct.pack('!HH', 0x8100, 0x600a) + frame[12:])
    out.send(frame[:12] + struct.pack('!HHHH', 0x88a8, 0x0064, 0x8100, 0x1014) + frame[12:])
    sent += 1
PYTHON

# A few BPDUs of the bridge, one each two seconds.
sleep 2.5
# What is captured is written when it ends.
kill -INT "${started[0]}" "${started[1]}"
wait "${started[0]}" "${started[1]}" || true
