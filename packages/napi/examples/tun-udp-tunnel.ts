/** A tunnel: packets of a TUN travel in UDP datagrams to another machine, and back. No encryption: for a lab only. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { FrameWriter, type Namespace, type TunPort } from '@vnet/core'

/** Where the other end listens. */
export interface Peer {
  readonly address: string
  readonly port: number
}

export async function tunnel(namespace: Namespace, name: string, socket: Socket, peer: Peer): Promise<TunPort> {
  // 1,500 octets of the path, less 20 of IPv4 and 8 of UDP.
  const port = await namespace.openTun({ name, mtu: 1472, up: true })
  const writer = new FrameWriter(port)
  socket.on('message', (packet) => void writer.write(packet).catch(() => socket.close()))
  void send(port, socket, peer)
  return port
}

async function send(port: TunPort, socket: Socket, peer: Peer): Promise<void> {
  for await (const batch of port) {
    // The socket keeps what it is given until it is sent, the batch only until the next step.
    for (const packet of batch) socket.send(packet.slice(), peer.port, peer.address)
  }
  socket.close()
}

/** A socket for an end of the tunnel. */
export async function bound(address: string, port = 0): Promise<Socket> {
  const socket = createSocket('udp4').bind(port, address)
  await once(socket, 'listening')
  return socket
}
