/** What drivers tell `ethtool` of their line: speed, duplex, socket (`get_link_ksettings`). @module */
import type { Nic } from '@vnet/core'
import { bondOf, canSend } from '../kind/bond-data.js'
import { isUsable } from '../kind/team-frame.js'
import { type Device, isOperational } from '../object/device.js'
import { portsOf } from './ports.js'

type Line = Pick<Nic, 'port' | 'speed' | 'duplex' | 'autonegotiation'>

/** Of veth, TUN and TAP; older kernels say 10 of the last two (6.1). */
const cable: Line = { port: 'tp', speed: 10_000, duplex: 'full', autonegotiation: false }
const unknown: Line = { port: 'other', autonegotiation: false }

/** The line of a link; `undefined` where the driver tells none. */
export function lineOf(device: Device): Line | undefined {
  switch (device.kind?.name) {
    case 'veth':
    case 'tun':
      return cable
    case 'vlan':
    case 'macvlan':
    case 'macvtap':
    case 'ipvlan':
    case 'ipvtap':
      return device.lower === undefined ? undefined : lineOf(device.lower)
    case 'vxlan':
      return device.lower === undefined ? unknown : lineOf(device.lower)
    case 'bridge':
      return bridgeLine(device)
    case 'bond':
      return bondLine(device)
    case 'team':
      return teamLine(device)
    default:
      return undefined
  }
}

/** Mbit/s; `undefined` where the driver tells none. */
export const speedOf = (device: Device): number | undefined => lineOf(device)?.speed

const speedsOf = (ports: readonly Device[]): number[] => ports.map(speedOf).filter((speed) => speed !== undefined)

const withSpeed = (speed: number): Line => (speed === 0 ? unknown : { ...unknown, speed })

/** That of its fastest port (`br_get_link_ksettings`). */
function bridgeLine(bridge: Device): Line {
  return withSpeed(Math.max(0, ...speedsOf(portsOf(bridge).filter((port) => port.up && isOperational(port)))))
}

/** That of all ports that send, together; in mode `broadcast` that of the slowest (`bond_ethtool_get_link_ksettings`). */
function bondLine(bond: Device): Line {
  const data = bondOf(bond)
  const speeds = speedsOf(portsOf(bond).filter((port) => canSend(data, port)))
  if (speeds.length === 0) return unknown
  const sum = data.options.mode === 'broadcast' ? Math.min(...speeds) : speeds.reduce((a, b) => a + b)
  return { ...withSpeed(sum), duplex: 'full' }
}

/** That of all ports that work, together; half duplex where the first tells no line (`team_ethtool_get_link_ksettings`). */
function teamLine(team: Device): Line {
  const ports = portsOf(team).filter(isUsable)
  const [first] = ports
  if (first === undefined) return unknown
  const sum = speedsOf(ports).reduce((a, b) => a + b, 0)
  const line = lineOf(first)
  const duplex = line === undefined ? 'half' : line.duplex
  return { ...withSpeed(sum), ...(duplex === undefined ? {} : { duplex }) }
}
