/** What a command line asks of a switch, checked as a whole before anything is opened. @module */
import { randomBytes } from 'node:crypto'
import { cleanRequest, isArgumentError } from '@vnet/core'
import { fault, memoryPorts, type StormOptions, type StpOptions, Switch, type SwitchOptions } from '@vnet/switch'
import { randomMac } from '../random-mac.js'
import { UsageError } from '../usage.js'
import { kebab } from '../word.js'
import { readFault, readStorm } from './disturbance.js'
import { aboutPort, needPort, type PortPlan } from './port.js'
import { readStation, type StationPlan } from './station.js'
import { readVlans } from './vlan.js'

/** The options of `vnet switch`, as they were read. */
export interface SwitchChoice {
  readonly ports: readonly PortPlan[]
  readonly stp?: 'stp' | 'rstp'
  readonly priority?: number
  readonly helloTime?: number
  readonly maxAge?: number
  readonly forwardDelay?: number
  readonly vlan?: readonly string[]
  readonly vlanProtocol?: '802.1Q' | '802.1ad'
  readonly mac?: string
  readonly ageingTime?: number
  readonly maxLearned?: number
  readonly groupForwardMask?: number
  readonly static?: readonly string[]
  readonly storm?: readonly string[]
  readonly fault?: readonly string[]
  readonly seed?: number
}

/** A switch that can be made. */
export interface SwitchPlan {
  readonly options: SwitchOptions
  readonly ports: readonly PortPlan[]
  readonly stations: readonly StationPlan[]
  /** Seed of the faults; by chance when absent. */
  readonly seed?: number
}

/**
 * The plan for a command line. The switch is made once here, without ports, to learn what it refuses.
 *
 * @throws UsageError
 */
export function planOf(choice: SwitchChoice): SwitchPlan {
  refuseTwice(choice.ports)
  refuseUseless(choice)
  const ports = withFaults(withStorms(withVlans(choice.ports, choice), choice), choice)
  const stations = (choice.static ?? []).map((written) => readStation(written, ports))
  const plan: SwitchPlan = {
    options: optionsOf(choice),
    ports,
    stations,
    ...(choice.seed === undefined ? {} : { seed: choice.seed }),
  }
  rehearse(plan)
  return plan
}

function refuseTwice(ports: readonly PortPlan[]): void {
  for (const [index, port] of ports.entries()) {
    const before = ports.slice(0, index)
    if (before.some(({ link, namespace }) => link === port.link && namespace === port.namespace)) {
      throw new UsageError(`--port ${port.written}: the TAP is a port already`)
    }
    if (before.some(({ name }) => name === port.name)) {
      throw new UsageError(
        `--port ${port.written}: there is a port ${port.name} already`,
        'name=… gives it another name',
      )
    }
  }
}

/** An option that would have no effect is refused. */
function refuseUseless(choice: SwitchChoice): void {
  const ofTree = ['priority', 'helloTime', 'maxAge', 'forwardDelay'] as const
  const alone = choice.stp === undefined ? ofTree.find((property) => choice[property] !== undefined) : undefined
  if (alone !== undefined) throw new UsageError(`--${kebab(alone)} needs --stp`)
  if (choice.vlanProtocol !== undefined && choice.vlan === undefined) {
    throw new UsageError('--vlan-protocol needs --vlan', `such as --vlan ${choice.ports[0]?.name}:10`)
  }
  if (choice.seed !== undefined && choice.fault === undefined) {
    throw new UsageError('--seed needs --fault', `such as --fault ${choice.ports[0]?.name}:loss=1%`)
  }
}

function optionsOf(choice: SwitchChoice): SwitchOptions {
  const { mac = randomMac(), ageingTime, maxLearned, groupForwardMask, stp, vlan, vlanProtocol } = choice
  return {
    mac,
    // Nobody is behind the switch itself: it is no host.
    host: false,
    seed: randomBytes(4).readUInt32LE(),
    ...(ageingTime === undefined ? {} : { ageingTime }),
    ...(maxLearned === undefined ? {} : { maxLearned }),
    ...(groupForwardMask === undefined ? {} : { groupForwardMask }),
    ...(vlan === undefined ? {} : { vlanFiltering: true }),
    ...(vlanProtocol === undefined ? {} : { vlanProtocol: vlanProtocol === '802.1ad' ? 0x88a8 : 0x8100 }),
    ...(stp === undefined ? {} : { stp: treeOf(stp, choice) }),
  }
}

function treeOf(version: 'stp' | 'rstp', { priority, helloTime, maxAge, forwardDelay }: SwitchChoice): StpOptions {
  return {
    version,
    ...(priority === undefined ? {} : { priority }),
    ...(helloTime === undefined ? {} : { helloTime }),
    ...(maxAge === undefined ? {} : { maxAge }),
    ...(forwardDelay === undefined ? {} : { forwardDelay }),
  }
}

function withVlans(ports: readonly PortPlan[], { vlan = [] }: SwitchChoice): readonly PortPlan[] {
  let planned = ports
  for (const text of vlan) {
    const { port, rest } = needPort(text, planned, 'vlan', '10')
    if (port.options.vlan !== undefined) throw new UsageError(`--vlan: ${port.name} has its VLANs already`)
    planned = changed(planned, port, { options: { ...port.options, vlan: readVlans(rest) } })
  }
  return planned
}

function withStorms(ports: readonly PortPlan[], { storm = [] }: SwitchChoice): readonly PortPlan[] {
  let planned = ports
  let ofAll: StormOptions | undefined
  for (const text of storm) {
    const { port, rest } = aboutPort(text, planned)
    const limits = readStorm(rest)
    if (port === undefined) {
      if (ofAll !== undefined) throw new UsageError('--storm: the limits of all ports are given twice')
      ofAll = limits
    } else {
      if (port.options.storm !== undefined) throw new UsageError(`--storm: ${port.name} has its limits already`)
      planned = changed(planned, port, { options: { ...port.options, storm: limits } })
    }
  }
  if (ofAll === undefined) return planned
  const limits = ofAll
  return planned.map((port) => ({ ...port, options: { ...port.options, storm: { ...limits, ...port.options.storm } } }))
}

function withFaults(ports: readonly PortPlan[], { fault: faults = [] }: SwitchChoice): readonly PortPlan[] {
  let planned = ports
  for (const text of faults) {
    const { port, rest } = needPort(text, planned, 'fault', 'loss=1%')
    const rates = readFault(rest)
    const twice = (['in', 'out'] as const).find((way) => port.fault?.[way] !== undefined && rates[way] !== undefined)
    if (twice !== undefined) throw new UsageError(`--fault: ${port.name} has faults on the way ${twice} already`)
    planned = changed(planned, port, { fault: { ...port.fault, ...rates } })
  }
  return planned
}

function changed(ports: readonly PortPlan[], port: PortPlan, change: Partial<PortPlan>): readonly PortPlan[] {
  return ports.map((one) => (one === port ? { ...one, ...change } : one))
}

/** Goes through the plan with a switch that nothing is joined to, so that wrong values are told before anything is done. */
function rehearse({ options, ports, stations }: SwitchPlan): void {
  const bridge = refusing(
    (attribute) => `--${kebab(attribute.slice(attribute.lastIndexOf('.') + 1))}`,
    () => new Switch(options),
  )
  ports.forEach((port, index) => {
    const { written, name, link, mtu, options: settings, fault: rates } = port
    const mtuOfLink = mtu === undefined ? {} : { mtu }
    // The name and the MTU, as core checks them for any TAP.
    refusing(
      () => `--port ${written}`,
      () => cleanRequest({ operation: 'link add', spec: { kind: 'tap', name: link, ...mtuOfLink } }),
    )
    refusing(
      (attribute) =>
        /^(?:vlan|storm)\b/.test(attribute) ? `--${attribute.split('.')[0]} ${name}` : `--port ${written}`,
      () => bridge.addPort(0, { name, ...settings }),
    )
    if (rates !== undefined) {
      refusing(
        () => `--fault ${name}`,
        () => fault(memoryPorts()[0], { random: Math.random, ...rates }),
      )
    }
    for (const { written: station, mac, port: behind, vlan, sticky } of stations) {
      if (behind !== port) continue
      const more = { ...(vlan === undefined ? {} : { vlan }), ...(sticky === undefined ? {} : { sticky }) }
      refusing(
        () => `--static ${station}`,
        () => bridge.addMac(mac, index + 1, more),
      )
    }
  })
}

/** What to do about values that depend on others. */
const hints: Readonly<Record<string, string | undefined>> = {
  'stp.maxAge': '2 × (--hello-time + 1) ≤ --max-age ≤ 2 × (--forward-delay − 1): give them together',
}

/** Runs `body`; what it refuses is told of the option that it came from. */
function refusing<T>(option: (attribute: string) => string, body: () => T): T {
  try {
    return body()
  } catch (error) {
    if (!isArgumentError(error)) throw error
    const { attribute, message, hint } = error
    const problem = message.slice(message.indexOf(`${attribute}: `))
    throw new UsageError(`${option(attribute)}: ${problem}`, hint ?? hints[attribute])
  }
}
