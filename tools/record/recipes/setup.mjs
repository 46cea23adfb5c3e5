// Lines that many recipes begin with. Addresses are given, so that two recordings are alike.

/** A veth pair v0, v1. */
export const veth = 'ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02'
/** Both ends up: v0 has a carrier. */
export const vethUp = [veth, 'ip link set v0 up', 'ip link set v1 up']
/** A veth pair whose v0 has addresses of both families; duplicate address detection is off, so they count at once. */
export const addressed = [
  'sysctl -qw net.ipv6.conf.default.accept_dad=0',
  ...vethUp,
  'ip address add 192.0.2.1/24 dev v0',
  'ip address add 2001:db8::1/64 dev v0 nodad',
]
/** A bridge br0. */
export const bridge = 'ip link add br0 address 02:00:00:00:00:b0 type bridge'
/** A bridge br0 whose only port is v0. */
export const bridged = [bridge, veth, 'ip link set v0 master br0']
/** A bridge and its port, both up: the port learns and forwards once the kernel has seen its carrier. */
export const bridgedUp = [bridge, ...vethUp, 'ip link set v0 master br0', 'ip link set br0 up']
/** A VXLAN without group or remote: its forwarding database says where frames go. */
export const vxlan = 'ip link add vx0 address 02:00:00:00:00:a0 type vxlan id 42 dstport 4789 nolearning'
