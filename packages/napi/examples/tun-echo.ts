/** A host behind a TUN that answers every ping. `await echo(host, 'tun0', '10.0.0.1/24')`, then `ping 10.0.0.2`. */
import type { Namespace, TunPort } from '@vnet/core'

export async function echo(namespace: Namespace, name: string, address: string): Promise<TunPort> {
  const port = await namespace.openTun({ name, up: true })
  await namespace.address.add({ link: name, address })
  void answer(port)
  return port
}

async function answer(port: TunPort): Promise<void> {
  for await (const batch of port) {
    for (const packet of batch) if (isEchoRequest(packet)) turn(packet)
    // What is no echo request goes back as well, and the kernel throws it away: it is not meant for it.
    port.write(batch)
  }
}

function isEchoRequest(packet: Uint8Array): boolean {
  return packet[0] === 0x45 && packet[9] === 1 && packet[20] === 8
}

/** Swaps the addresses; type 8 becomes 0, which the checksum (RFC 1624) is told by adding 8 to its first octet. */
function turn(packet: Uint8Array): void {
  const source = packet.slice(12, 16)
  packet.copyWithin(12, 16, 20)
  packet.set(source, 16)
  packet[20] = 0
  const sum = (((packet[22] as number) << 8) | (packet[23] as number)) + 0x0800
  const folded = (sum & 0xffff) + (sum >> 16)
  packet.set([folded >> 8, folded & 0xff], 22)
}
