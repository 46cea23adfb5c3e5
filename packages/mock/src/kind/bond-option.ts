/** Options of bonds: defaults, and what may change when (`drivers/net/bonding/bond_options.c`). @module */
import { type BondMode, type BondOptions, bondOptionModes, formatIp, type LinkRef, parseIp } from '@vnet/core'
import type { Kernel } from '../kernel.js'
import type { Device } from '../object/device.js'
import { refuse } from '../refusal.js'
import { selectActive, setActive } from './bond-active.js'
import { startAsking } from './bond-arp.js'
import { type BondData, type BondSettings, bondOf, usesPrimary } from './bond-data.js'
import { inspect } from './bond-watch.js'

/** Options of a bond that was told nothing. */
export const defaultBond = (): BondSettings => ({
  mode: 'balance-rr',
  miimon: 0,
  updelay: 0,
  downdelay: 0,
  peerNotifyDelay: 0,
  useCarrier: true,
  arpInterval: 0,
  arpIpTargets: [],
  neighbourTargets: [],
  arpValidate: 'none',
  arpAllTargets: 'any',
  arpMissedMax: 2,
  primaryReselect: 'always',
  failOverMac: 'none',
  xmitHashPolicy: 'layer2',
  resendIgmp: 1,
  peerNotifications: 1,
  allSlavesActive: false,
  minLinks: 0,
  lpInterval: 1,
  packetsPerSlave: 1,
  lacpActive: true,
  lacpRate: 'slow',
  adSelect: 'stable',
  adActorSystemPriority: 65535,
  adUserPortKey: 0,
  adActorSystem: '00:00:00:00:00:00',
  tlbDynamicLb: true,
  coupledControl: true,
})

const withoutPorts: readonly (keyof BondOptions)[] = ['mode', 'failOverMac']
const whileDown: readonly (keyof BondOptions)[] = [
  'mode',
  'lacpActive',
  'lacpRate',
  'adSelect',
  'adUserPortKey',
  'tlbDynamicLb',
  'coupledControl',
]
const delays = ['updelay', 'downdelay', 'peerNotifyDelay'] as const
const lists = ['arpIpTargets', 'neighbourTargets'] as const
/** The order in which the kernel takes them (`bond_changelink`). */
const order: readonly (keyof BondOptions)[] = [
  ...(['mode', 'activeSlave', 'miimon', ...delays, 'useCarrier', 'arpInterval', ...lists, 'arpValidate'] as const),
  ...(['arpAllTargets', 'primary', 'primaryReselect', 'failOverMac', 'xmitHashPolicy', 'resendIgmp'] as const),
  ...(['peerNotifications', 'allSlavesActive', 'minLinks', 'lpInterval', 'packetsPerSlave', 'lacpActive'] as const),
  ...(['lacpRate', 'adSelect', 'adActorSystemPriority', 'adUserPortKey', 'adActorSystem', 'tlbDynamicLb'] as const),
  ...(['arpMissedMax', 'coupledControl'] as const),
]

/** Changes options, one after the other; those before a refusal stay. */
export function changeBond(kernel: Kernel, device: Device, change: BondOptions): void {
  const data = bondOf(device)
  for (const option of order) {
    const value = change[option]
    if (value === undefined) continue
    refuseUnfit(device, data, option)
    if (option === 'mode') setMode(data, value as BondMode)
    else if (option === 'activeSlave') setActiveSlave(kernel, device, value as LinkRef | null)
    else if (option === 'primary') setPrimary(kernel, device, value as LinkRef | null)
    else set(data, option, value as never)
  }
  if (usesPrimary(data) && (change.primaryReselect ?? change.primary) !== undefined) selectActive(kernel, device)
  inspect(kernel, device)
  if ((change.arpInterval ?? change.miimon) !== undefined) startAsking(kernel, device)
}

/** What the kernel looks at before any option (`bond_opt_check_deps`). */
function refuseUnfit(device: Device, data: BondData, option: keyof BondOptions): void {
  const attribute = `spec.bond.${option}`
  const modes = bondOptionModes[option]
  if (modes !== undefined && !modes.includes(data.options.mode)) {
    refuse('EACCES', 'option not supported in mode', { attribute, hint: `it is for ${modes.join(', ')}` })
  }
  if (withoutPorts.includes(option) && data.ports.length > 0) {
    refuse('ENOTEMPTY', 'unable to set option because the bond has slaves', {
      attribute,
      hint: 'release the ports first',
    })
  }
  if (whileDown.includes(option) && device.up) {
    refuse('EBUSY', 'unable to set option because the bond is up', {
      attribute,
      hint: 'set the bond down first',
    })
  }
}

function setMode(data: BondData, mode: BondMode): void {
  const { options } = data
  options.mode = mode
  if (mode === '802.3ad' || mode === 'balance-tlb' || mode === 'balance-alb') {
    options.arpInterval = 0
    // These modes need to know which ports have carrier.
    if (options.miimon === 0) options.miimon = 100
  }
  if (mode === 'balance-alb') options.tlbDynamicLb = true
  options.arpValidate = 'none'
}

function set<O extends keyof BondSettings>(data: BondData, option: O, value: BondSettings[O]): void {
  const { options } = data
  if ((delays as readonly string[]).includes(option)) {
    if (options.miimon === 0) {
      refuse('EPERM', undefined, {
        attribute: `spec.bond.${option}`,
        hint: 'it counts looks at the carrier: set miimon',
      })
    }
    Object.assign(options, { [option]: Math.floor((value as number) / options.miimon) * options.miimon })
    return
  }
  if ((lists as readonly string[]).includes(option)) {
    Object.assign(options, { [option]: targets(option, value as readonly string[]) })
    return
  }
  options[option] = value
  if (option === 'miimon' && value !== 0) {
    options.arpInterval = 0
    options.arpValidate = 'none'
    for (const delay of delays) options[delay] = Math.floor(options[delay] / options.miimon) * options.miimon
  } else if (option === 'arpInterval' && value !== 0) options.miimon = 0
}

function targets(option: string, list: readonly string[]): string[] {
  const attribute = `spec.bond.${option}`
  const clean = list.map((text) => formatIp(parseIp(text) as Uint8Array))
  clean.forEach((text, number) => {
    const wrong = text === '0.0.0.0' || text === '255.255.255.255' || text.startsWith('fe80:')
    if (wrong || clean.indexOf(text) !== number) {
      refuse('EINVAL', undefined, { attribute, hint: 'each target once, and no broadcast or link-local address' })
    }
  })
  return clean
}

function setActiveSlave(kernel: Kernel, device: Device, ref: LinkRef | null): void {
  const data = bondOf(device)
  if (ref === null) {
    setActive(kernel, device, undefined)
    selectActive(kernel, device)
    return
  }
  const attribute = 'spec.bond.activeSlave'
  const port = device.namespace.find(ref) ?? refuse('ENODEV', undefined, { attribute })
  if (port.master !== device) refuse('EINVAL', undefined, { attribute, hint: `${port.name} is no port of the bond` })
  if (data.active === port) return
  if (port.bondPort?.status !== 'up' || !port.up || !port.carrier) {
    refuse('EINVAL', undefined, { attribute, hint: `${port.name} is down, or has no carrier` })
  }
  setActive(kernel, device, port)
}

function setPrimary(kernel: Kernel, device: Device, ref: LinkRef | null): void {
  const data = bondOf(device)
  const link = ref === null ? undefined : device.namespace.find(ref)
  if (typeof ref === 'string' && link === undefined) {
    refuse('ENODEV', undefined, { attribute: 'spec.bond.primary', hint: `there is no link ${ref} in this namespace` })
  }
  data.primary = link?.name
  selectActive(kernel, device)
}
