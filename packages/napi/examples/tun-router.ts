/** A router in TypeScript: each TUN is the way to a network, and packets of IPv4 go where their destination says, with a hop less. */
import { FrameWriter, type TunPort } from '@vnet/core'

/** A TUN, and the first three octets of the addresses behind it. */
export interface Way {
  readonly port: TunPort
  readonly network: readonly [number, number, number]
}

/** Routes until the ports are closed. */
export async function route(ways: readonly Way[]): Promise<void> {
  const exits = ways.map(({ port, network }) => ({ network, writer: new FrameWriter(port) }))
  const writerFor = (packet: Uint8Array) =>
    exits.find(({ network }) => network.every((octet, at) => packet[16 + at] === octet))?.writer
  const forward = async (port: TunPort) => {
    for await (const batch of port)
      for (const packet of batch) if (hopLess(packet)) await writerFor(packet)?.write(packet)
  }
  await Promise.all(ways.map(({ port }) => forward(port)))
}

/** Takes a hop off a packet of IPv4, and tells its checksum (RFC 1624); `false` for one that has none left, or is cut short. */
function hopLess(packet: Uint8Array): boolean {
  if (packet.length < 20) return false
  const hops = packet[8] as number
  if ((packet[0] as number) >> 4 !== 4 || hops <= 1) return false
  packet[8] = hops - 1
  const sum = (((packet[10] as number) << 8) | (packet[11] as number)) + 0x0100
  // A carry comes round, and of the two zeros that there are in such sums a header has the one without bits.
  const folded = (sum + (sum >= 0xffff ? 1 : 0)) & 0xffff
  packet.set([folded >> 8, folded & 0xff], 10)
  return true
}
