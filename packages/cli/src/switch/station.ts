/** A station that is known from the start: `02:00:00:00:00:01=tap0,vlan=10`. @module */
import { wholeValue } from '../parameter.js'
import { UsageError } from '../usage.js'
import type { PortPlan } from './port.js'
import { readSettings, type Words } from './settings.js'

/** An entry of the table of MAC addresses, made by hand. */
export interface StationPlan {
  readonly written: string
  readonly mac: string
  /** The port that it is behind. */
  readonly port: PortPlan
  readonly vlan?: number
  readonly sticky?: boolean
}

const words: Words = {
  vlan: { about: 'its VLAN; default 1', property: 'vlan', value: { ...wholeValue('VLAN'), placeholder: 'VLAN' } },
  sticky: { about: 'ages, but does not move', property: 'sticky' },
}

/** Reads a station. */
export function readStation(written: string, ports: readonly PortPlan[]): StationPlan {
  const equals = written.indexOf('=')
  const mac = written.slice(0, Math.max(0, equals))
  const [name, ...rest] = written.slice(equals + 1).split(',')
  const port = equals < 0 ? undefined : ports.find((one) => one.name === name)
  if (port === undefined) {
    const names = ports.map((one) => one.name).join(', ')
    throw new UsageError(
      `--static takes MAC=PORT with a port of ${names}, not ${JSON.stringify(written)}`,
      `write 02:00:00:00:00:01=${ports[0]?.name}, and ,vlan=10 or ,sticky behind it`,
    )
  }
  return { written, mac, port, ...(rest.length === 0 ? {} : readSettings(rest.join(','), words, 'static')) }
}
