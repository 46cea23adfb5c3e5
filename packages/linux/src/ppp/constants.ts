/** Numbers of PPP and of PPPoE sockets, under the kernel's own names (`linux/ppp-ioctl.h`, `linux/if_pppox.h`). @module */

export const AF_PPPOX = 24
export const PX_PROTO_OE = 0

/** Controls (`ioctl` requests) of a PPPoE socket and of `/dev/ppp`. */
export const PPPIOCGCHAN = 0x80047437
export const PPPIOCATTCHAN = 0x40047438
export const PPPIOCCONNECT = 0x4004743a
export const PPPIOCNEWUNIT = 0xc004743e
export const PPPIOCSMRU = 0x40047452
export const PPPIOCSNPMODE = 0x4008744b

/** What becomes of packets of a protocol (`enum NPmode`). */
export const NPMODE_PASS = 0
export const NPMODE_DROP = 1

/** Protocols that pass a unit. */
export const PPP_IP = 0x21
export const PPP_IPV6 = 0x57
