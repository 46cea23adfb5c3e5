/** Numbers of TUN and TAP devices, under the kernel's own names (`linux/if_tun.h`, `linux/virtio_net.h`). @module */

/** Controls (`ioctl` requests). */
export const TUNSETIFF = 0x400454ca
export const TUNSETPERSIST = 0x400454cb
export const TUNSETOWNER = 0x400454cc
export const TUNSETGROUP = 0x400454ce
export const TUNGETFEATURES = 0x800454cf
export const TUNSETOFFLOAD = 0x400454d0
export const TUNSETTXFILTER = 0x400454d1
export const TUNGETIFF = 0x800454d2
export const TUNSETSNDBUF = 0x400454d4
export const TUNSETVNETHDRSZ = 0x400454d8
export const TUNSETQUEUE = 0x400454d9
export const TUNSETIFINDEX = 0x400454da
export const TUNSETSTEERINGEBPF = 0x800454e0
export const TUNSETFILTEREBPF = 0x800454e1
export const TUNSETCARRIER = 0x400454e2

/** Flags of `TUNSETIFF`, `TUNGETIFF` and `TUNGETFEATURES`. */
export const IFF_TUN = 0x0001
export const IFF_TAP = 0x0002
export const IFF_NAPI = 0x0010
export const IFF_NAPI_FRAGS = 0x0020
export const IFF_NO_CARRIER = 0x0040
export const IFF_MULTI_QUEUE = 0x0100
export const IFF_ATTACH_QUEUE = 0x0200
export const IFF_DETACH_QUEUE = 0x0400
export const IFF_NO_PI = 0x1000
export const IFF_VNET_HDR = 0x4000
export const IFF_TUN_EXCL = 0x8000

/** Offloads of `TUNSETOFFLOAD`. */
export const TUN_F_CSUM = 0x01
export const TUN_F_TSO4 = 0x02
export const TUN_F_TSO6 = 0x04
export const TUN_F_USO4 = 0x20
export const TUN_F_USO6 = 0x40

/** Flag of `TUNSETTXFILTER`. */
export const TUN_FLT_ALLMULTI = 0x0001
