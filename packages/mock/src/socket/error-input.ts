/** ICMP errors that come back to sockets (`__udp4_lib_err`, `raw_err`, `ping_err`). @module */
import type { ErrorCode } from '@vnet/core'
import { ipProtocols, ipv4HeaderSizeAt, ipv6HeaderSize, u16At } from '@vnet/wire'
import type { LocalPacket } from '../stack/icmp.js'
import { icmpErrno4, icmpErrno6 } from '../stack/icmp-errno.js'
import { arrivedBy } from './delivered.js'
import type { InetSocket } from './inet.js'
import { hears, nearestOf } from './match.js'

/** Octets of the header of a message. */
const header = 8

/** Who sent a packet: by its ports or its identifier one at most, and raw sockets. */
interface Senders {
  readonly nearest: InetSocket | undefined
  /** The packet is of UDP. */
  readonly isUdp: boolean
  readonly raws: readonly InetSocket[]
}

/** Tells the connected sockets that sent the packet which an error message quotes. */
export function reportError(packet: LocalPacket): void {
  const { octets, start, device, from } = packet
  const isIpv4 = from.length === 4
  const { code, isFatal } = (isIpv4 ? icmpErrno4 : icmpErrno6)(octets[start] as number, octets[start + 1] as number)
  // Who finds out what fits the way is told that less does: over IPv6 that is UDP alone.
  const { sysctls } = device.namespace
  const isTooBig = code === 'EMSGSIZE' && (!isIpv4 || sysctls.globals['ipv4.ip_no_pmtu_disc'] === 0)
  if (!isFatal && !isTooBig) return
  const { nearest, isUdp, raws } = sendersOf(packet, start + header)
  const isForUdpAlone = isTooBig && !isIpv4
  if (isUdp || !isForUdpAlone) tell(nearest, code)
  if (!isForUdpAlone) for (const raw of raws) tell(raw, code)
}

/** The sockets that sent the packet which a message quotes at `ip`. */
export function sendersOf(packet: LocalPacket, ip: number): Senders {
  const { octets, end, device } = packet
  const isIpv4 = packet.from.length === 4
  const payload = ip + (isIpv4 ? ipv4HeaderSizeAt(octets, ip) : ipv6HeaderSize)
  if (payload + header > end) return { nearest: undefined, isUdp: false, raws: [] }
  const [sender, receiver] = isIpv4
    ? [octets.slice(ip + 12, ip + 16), octets.slice(ip + 16, ip + 20)]
    : [octets.slice(ip + 8, ip + 24), octets.slice(ip + 24, ip + 40)]
  const protocol = octets[ip + (isIpv4 ? 9 : 6)] as number
  // As if the one that it was for had answered.
  const flow = (fromPort: number) => ({
    device: arrivedBy(packet),
    port: packet.port,
    from: receiver,
    to: sender,
    fromPort,
  })
  const { sockets } = device.namespace
  const isUdp = protocol === ipProtocols.udp
  const nearest = isUdp
    ? nearestOf(sockets.udp.of(u16At(octets, payload)), flow(u16At(octets, payload + 2)))
    : protocol === (isIpv4 ? ipProtocols.icmp : ipProtocols.icmpv6)
      ? nearestOf(sockets.echo.of(u16At(octets, payload + 4)), flow(0))
      : undefined
  const raws = [...sockets.raw].filter(
    (raw) => raw.protocol === protocol && (raw.family === 4) === isIpv4 && hears(raw, flow(0)),
  )
  return { nearest, isUdp, raws }
}

function tell(socket: InetSocket | undefined, code: ErrorCode): void {
  if (socket?.remote !== undefined) socket.inbox.fail(code)
}
