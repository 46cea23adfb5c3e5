/** NICs, for people: as rows of a list, and one of them whole. @module */
import type { Nic, NicNaming, NicRange, NicSettings } from '@vnet/core'
import type { Column } from './table.js'

/** The columns of a list of NICs. */
export const nicColumns: readonly Column<Nic>[] = [
  { title: 'INDEX', text: ({ index }) => (index === undefined ? '' : String(index)), right: true },
  { title: 'NAME', text: ({ name, altNames }) => (name === undefined ? '-' : [name, ...altNames].join(' ')) },
  { title: 'WHAT', text: whatText },
  { title: 'DRIVER', text: ({ driver = '' }) => driver },
  { title: 'DEVICE', text: deviceText },
  { title: 'SPEED', text: speedText, optional: true },
  { title: 'CARRIER', text: ({ carrier }) => wordOf(carrier) },
  { title: 'MAC', text: ({ mac = '' }) => mac },
  { title: 'BENEATH', text: beneathText, optional: true },
  { title: 'ELSEWHERE', text: elsewhereText, optional: true },
]

const wordOf = (value: boolean | undefined): string => (value === undefined ? '' : value ? 'yes' : 'no')

function whatText({ physical, wireless, kind, type }: Nic): string {
  if (physical) return wireless ? 'physical, wireless' : 'physical'
  return `virtual${wireless ? ', wireless' : ''}, ${kind ?? type ?? 'simulated'}`
}

function deviceText({ device, busAddress }: Nic): string {
  if (device === undefined) return busAddress ?? ''
  return busAddress === undefined || busAddress === device.name
    ? `${device.bus} ${device.name}`
    : `${device.bus} ${device.name} (${busAddress})`
}

function speedText({ speed, duplex }: Nic): string {
  if (speed === undefined) return ''
  return `${speed} Mb/s${duplex === undefined ? '' : ` ${duplex}`}`
}

function beneathText({ beneath }: Nic): string {
  if (beneath === undefined) return ''
  const { index, name = `if${index}`, namespaceId, namespace } = beneath
  return namespaceId === undefined ? name : `${name} in ${namespace ?? namespaceId}`
}

function elsewhereText({ elsewhere }: Nic): string {
  if (elsewhere === undefined) return ''
  return `${elsewhere.name} in ${elsewhere.namespace ?? 'another namespace'}`
}

const rangesText = (ranges: object | undefined): string =>
  Object.entries(ranges ?? {})
    .map(([name, range]) =>
      typeof range === 'number' ? `${name} ${range}` : `${name} ${rangeText(range as NicRange)}`,
    )
    .join(', ')

const rangeText = ({ now, most }: NicRange): string => `${now} of ${most}`

/** One NIC: names and values. Of its features those that are on, unless all are wanted. */
export function nicPairs(nic: Nic, all: boolean): readonly (readonly [name: string, value: string])[] {
  const { txQueues, rxQueues, features = [], privateFlags = {} } = nic
  const queues = txQueues === undefined ? '' : `tx ${txQueues}, rx ${rxQueues ?? ''}`
  return [
    ['name', nic.name ?? ''],
    ['alternative names', nic.altNames.join(' ')],
    ['index', nic.index === undefined ? '' : String(nic.index)],
    ['what', `${whatText(nic)}: ${nic.because}`],
    ['driver', [nic.driver, nic.version].filter((word) => word !== undefined).join(' ')],
    ['firmware', nic.firmware ?? ''],
    ['device', deviceText(nic)],
    ['ids', nic.device?.id ?? ''],
    ['mac', nic.mac ?? ''],
    ['permanent mac', nic.permanentMac ?? ''],
    ['admin', nic.up === undefined ? '' : nic.up ? 'up' : 'down'],
    ['carrier', wordOf(nic.carrier)],
    ['speed', speedText(nic)],
    ['autonegotiation', wordOf(nic.autonegotiation)],
    ['port', nic.port ?? ''],
    ['supported', (nic.supported ?? []).join(' ')],
    ['advertised', (nic.advertised ?? []).join(' ')],
    ['queues', queues],
    ['channels', rangesText(nic.channels)],
    ['rings', rangesText(nic.rings)],
    ['beneath', beneathText(nic)],
    ['elsewhere', elsewhereText(nic)],
    ['features', featuresText(features, all)],
    [
      'private flags',
      Object.entries(privateFlags)
        .map(([name, on]) => `${name} ${on ? 'on' : 'off'}`)
        .join(', '),
    ],
    ['named by', nic.naming === undefined ? '' : `${nic.naming.policy}: ${nic.naming.because}`],
    ['names', nic.naming === undefined ? '' : namesText(nic.naming)],
  ]
}

function featuresText(features: NonNullable<Nic['features']>, all: boolean): string {
  return features
    .filter(({ active }) => all || active)
    .map(({ name, active, fixed, requested }) => {
      const wish = requested === undefined ? '' : ` (wanted ${requested ? 'on' : 'off'})`
      return all ? `${name} ${active ? 'on' : 'off'}${fixed ? ' fixed' : ''}${wish}` : `${name}${wish}`
    })
    .join(', ')
}

/** What is configured on it. */
export function settingsPairs(settings: NicSettings): readonly (readonly [name: string, value: string])[] {
  const { method4, method6, addresses, gateways, nameServers, domains, lease } = settings
  const several = (name: string, lines: readonly string[]) =>
    lines.map((line, at) => [at === 0 ? name : '', line] as const)
  return [
    ['ipv4 by', method4 ?? ''],
    ['ipv6 by', method6 ?? ''],
    ...several(
      'address',
      addresses.map(({ address, origin, because }) => `${address} ${origin}: ${because}`),
    ),
    ...several(
      'gateway',
      gateways.map(({ via = 'the link itself', metric, origin, because }) => {
        return `${via}${metric === undefined ? '' : ` metric ${metric}`} ${origin}: ${because}`
      }),
    ),
    ...several(
      'name server',
      nameServers.map(({ address, file }) => `${address} from ${file}`),
    ),
    ['domains', domains.join(' ')],
    ['lease', lease === undefined ? '' : `${lease.address} from ${lease.server ?? 'a server'}, by ${lease.client}`],
  ]
}

/** What each policy of udev names it. */
export const namesText = ({ names }: NicNaming): string =>
  Object.entries(names)
    .map(([policy, name]) => `${policy} ${name}`)
    .join(', ')
