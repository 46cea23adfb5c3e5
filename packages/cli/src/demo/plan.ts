/** What the demo builds: a bridge with two containers, as docker does by default. @module */
import { parseIp } from '@vnet/core'
import { AddressPool } from './pool.js'

/** A container: a namespace with one link, whose other end is a port of the bridge. */
export interface ContainerPlan {
  /** How it is called in the report. */
  readonly name: string
  /** Its address, without length. */
  readonly address: string
  /** MAC of its `eth0`. */
  readonly mac: string
  /** The port of the bridge that leads to it. */
  readonly port: { readonly name: string; readonly mac: string }
}

/** The network. */
export interface LabPlan {
  /** The bridge. */
  readonly bridge: { readonly name: string; readonly mac: string; readonly address: string }
  /** Bits of the network part of every address. */
  readonly length: number
  /** The containers. */
  readonly containers: readonly ContainerPlan[]
}

const network = '172.17.0.0/16'
const gateway = '172.17.0.1'

/** Plans the network around the addresses that are in use already. */
export function planLab(used: Iterable<string> = []): LabPlan {
  const pool = new AddressPool(network, [...used, gateway])
  const containers = [1, 2].map((number): ContainerPlan => {
    const address = pool.take()
    return {
      name: `container${number}`,
      address,
      mac: macFor(address, 0x42),
      port: { name: `veth${number}`, mac: macFor(address, 0x43) },
    }
  })
  return { bridge: { name: 'docker0', mac: macFor(gateway, 0x42), address: gateway }, length: pool.length, containers }
}

/**
 * A locally administered MAC made of the address, as docker made them: 172.17.0.2 → 02:42:ac:11:00:02. Fixed MACs keep
 * the report the same from run to run, and a bridge that is given one does not take over that of its ports.
 */
function macFor(address: string, mark: number): string {
  const octets = [0x02, mark, ...(parseIp(address) ?? [])]
  return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':')
}
