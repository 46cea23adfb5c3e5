/** Numbers of virtio headers (`linux/virtio_net.h`). @module */

/** Flag: the checksum is unfinished. */
export const VIRTIO_NET_HDR_F_NEEDS_CSUM = 1
/** Kinds of segmentation: none, TCP, UDP in fragments, UDP in datagrams; a bit beside those of TCP. */
export const VIRTIO_NET_HDR_GSO_NONE = 0
export const VIRTIO_NET_HDR_GSO_TCPV4 = 1
export const VIRTIO_NET_HDR_GSO_UDP = 3
export const VIRTIO_NET_HDR_GSO_TCPV6 = 4
export const VIRTIO_NET_HDR_GSO_UDP_L4 = 5
export const VIRTIO_NET_HDR_GSO_ECN = 0x80
