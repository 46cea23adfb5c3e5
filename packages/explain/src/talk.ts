/** What is sent, and how it is spoken of. @module */
import type { Ports } from './frame.js'
import { type PingQuestion, type TcpQuestion, type UdpQuestion, usualPort } from './question.js'

/** Numbers of the protocols over IP. */
const [icmp, tcp, udp, icmpv6] = [1, 6, 17, 58]
/** Octets of the headers of ICMP and UDP, and of that with which Linux begins a connection of TCP: options and all. */
const [icmpHeader, udpHeader, tcpBeginning] = [8, 8, 40]

/** What is sent to somebody, and answered. */
export interface Talk {
  /** Number of the protocol over IP. */
  readonly protocol: number
  /** Octets behind the IP header. */
  readonly size: number
  readonly ports?: Ports
  /** Whether it begins a connection of TCP. */
  readonly isConnection?: true
  /** Types of the ICMP messages that go there and come back. */
  readonly icmpTypes?: readonly [request: number, reply: number]
  /** Must the answer over IPv4 stay whole? Linux does not ask that of answers to pings. */
  readonly wholeAnswer: boolean
  /** What goes there, and what comes back. */
  readonly request: string
  readonly answer: string
}

export const ping = ({ to, size = 56 }: PingQuestion): Talk => ({
  protocol: to.includes(':') ? icmpv6 : icmp,
  size: size + icmpHeader,
  icmpTypes: to.includes(':') ? [128, 129] : [8, 0],
  wholeAnswer: false,
  request: `the request to ${to}`,
  answer: `the answer of ${to}`,
})

export const datagram = (question: UdpQuestion): Talk => ({
  ...withPorts(question),
  protocol: udp,
  size: (question.size ?? 0) + udpHeader,
  request: `the datagram to ${question.to} port ${question.port}`,
})

export const connection = (question: TcpQuestion): Talk => ({
  ...withPorts(question),
  protocol: tcp,
  isConnection: true,
  size: tcpBeginning,
  request: `the connection to ${question.to} port ${question.port}`,
})

const withPorts = ({ to, port, sourcePort = usualPort }: TcpQuestion) => ({
  ports: { from: sourcePort, to: port },
  wholeAnswer: true,
  answer: `an answer of ${to} port ${port}`,
})
