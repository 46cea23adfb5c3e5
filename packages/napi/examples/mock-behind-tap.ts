/** A host in memory on a real network: a TAP of the kernel, joined with a TAP of the mock, whose host answers pings and tells the time. */
import { type Host, joinPorts, type Namespace, type NetworkSocket, openHost, type PortJoin } from '@vnet/core'
import { mockDriver } from '@vnet/mock'

/** What there is to close. */
export interface MockHost extends AsyncDisposable {
  readonly host: Host
  readonly cable: PortJoin
}

export async function mockBehind(namespace: Namespace, link: string, address: string): Promise<MockHost> {
  const host = await openHost({ driver: mockDriver() })
  // A link of their own on each side; the ports are the two ends of the cable between them.
  const outside = await namespace.openTap({ name: link, up: true })
  const inside = await host.openTap({ name: 'eth0', up: true })
  const cable = joinPorts(outside, inside)
  await host.link.set('lo', { up: true })
  await host.address.add({ link: 'eth0', address })
  const socket = await host.openSocket({ kind: 'udp4' })
  socket.bind({ port: 37 })
  void tellTime(socket)
  const dispose = async () => {
    await cable.close()
    await host.close()
    await socket.close()
  }
  return { host, cable, [Symbol.asyncDispose]: dispose }
}

/** The Time Protocol (RFC 868): seconds since 1900, to whoever asks. */
async function tellTime(socket: NetworkSocket): Promise<void> {
  for await (const { from } of socket) {
    const octets = new Uint8Array(4)
    new DataView(octets.buffer).setUint32(0, Math.floor(Date.now() / 1000) + 2_208_988_800)
    if (from !== undefined) await socket.send(octets, from)
  }
}
