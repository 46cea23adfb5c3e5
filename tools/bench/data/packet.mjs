/** The packets of the data-plane benchmark: UDP over IPv4 between 10.0.0.1:9000 and 10.0.0.2:9. */

/** Swaps addresses and ports of the packet at `at`, which leaves all checksums right. */
export function turnPacket(slab, at) {
  for (let k = 12; k < 16; k++) {
    const octet = slab[at + k]
    slab[at + k] = slab[at + k + 4]
    slab[at + k + 4] = octet
  }
  for (let k = 20; k < 22; k++) {
    const octet = slab[at + k]
    slab[at + k] = slab[at + k + 2]
    slab[at + k + 2] = octet
  }
}

/** Turns every packet of a batch around. */
export function turn({ slab, spans, count }) {
  for (let i = 0; i < count; i++) turnPacket(slab, spans[2 * i])
}

/** The packet that C writes, of `size` octets. */
export function packetOf(size) {
  const octets = new Uint8Array(size)
  octets.set([0x45, 0, size >> 8, size & 255, 0, 0, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1])
  let sum = 0
  for (let i = 0; i < 20; i += 2) sum += (octets[i] << 8) | octets[i + 1]
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16)
  octets.set([(~sum >> 8) & 255, ~sum & 255], 10)
  octets.set([0, 9, 9000 >> 8, 9000 & 255, (size - 20) >> 8, (size - 20) & 255, 0, 0], 20)
  return octets
}
