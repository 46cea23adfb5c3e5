/** Teams as text: the lines of `teamnl TEAM ports` and `teamnl TEAM options` together. @module */
import type { TeamDevice, TeamOption } from '@vnet/core'
import type { Names } from '../names.js'

/** A team: its mode, its ports, and its options but the rows and octets of mode loadbalance, which `--json` tells. */
export function teamText(device: TeamDevice, names: Names): string {
  const ports = device.ports.map(({ link, linkUp, speed, duplex }) => {
    const rate = speed === undefined ? '' : ` ${speed}Mbit`
    const way = duplex === undefined ? '' : duplex === 'full' ? ' FD' : ' HD'
    return ` ${link}: ${names.link(link)}: ${linkUp ? 'up' : 'down'}${rate}${way}`
  })
  const options = device.options.filter(isShort).map(({ name, port, value }) => {
    const about = port === undefined ? '' : ` (port:${names.link(port)})`
    const shown = name === 'activeport' && value !== 0 ? names.link(value as number) : String(value)
    return ` ${name}${about} ${shown}`
  })
  const chosen = Object.entries(device.balancing?.hashPorts ?? {}).map(
    ([hash, port]) => ` lb_tx_hash_to_port_mapping[${hash}] ${names.link(port)}`,
  )
  const title = `${names.link(device.link)}: ${device.mode ?? 'no mode'}`
  return `${[title, ...ports, ...options, ...chosen].join('\n')}\n`
}

const isShort = ({ name, value, arrayIndex }: TeamOption): boolean =>
  name !== 'mode' && arrayIndex === undefined && !(value instanceof Uint8Array)
