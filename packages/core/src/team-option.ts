/** The options of teams as data: property, the kernel's name and layout; and the way between both (`drivers/net/team/team.c`). @module */
import { decodeBpf, encodeBpf } from './bpf.js'
import type { LinkRef, RawAttribute } from './link.js'
import type {
  TeamBalancing,
  TeamChange,
  TeamDevice,
  TeamMethod,
  TeamMode,
  TeamOption,
  TeamOptionType,
  TeamPort,
} from './team.js'

interface Facts {
  readonly name: string
  readonly type: TeamOptionType
}

const ofTeam = {
  mode: { name: 'mode', type: 'string' },
  notifyPeersCount: { name: 'notify_peers_count', type: 'u32' },
  notifyPeersInterval: { name: 'notify_peers_interval', type: 'u32' },
  mcastRejoinCount: { name: 'mcast_rejoin_count', type: 'u32' },
  mcastRejoinInterval: { name: 'mcast_rejoin_interval', type: 'u32' },
} as const satisfies Readonly<Record<string, Facts>>

const ofPort = {
  enabled: { name: 'enabled', type: 'bool' },
  userLinkup: { name: 'user_linkup', type: 'bool' },
  userLinkupEnabled: { name: 'user_linkup_enabled', type: 'bool' },
  priority: { name: 'priority', type: 's32' },
  queueId: { name: 'queue_id', type: 'u32' },
} as const satisfies Readonly<Record<string, Facts>>

const activePort = { name: 'activeport', type: 'u32' } as const satisfies Facts

const ofBalancing = {
  method: { name: 'lb_tx_method', type: 'string' },
  hashProgram: { name: 'bpf_hash_func', type: 'binary' },
  hashPort: { name: 'lb_tx_hash_to_port_mapping', type: 'u32' },
  statisticsInterval: { name: 'lb_stats_refresh_interval', type: 'u32' },
} as const satisfies Readonly<Record<string, Facts>>

/** What the kernel says while nobody chose a mode. */
const noMode = '*NOMODE*'

/** One option to set, and which field of the request it comes from. */
export interface TeamSetting {
  /** The kernel's name of it. */
  readonly name: string
  /** How its value is laid out. */
  readonly type: TeamOptionType
  /** Its value. */
  readonly value: number | boolean | string | Uint8Array
  /** Which one of a row. */
  readonly arrayIndex?: number
  /** The value is this link's index. */
  readonly valueLink?: LinkRef
  /** The port that it is about. */
  readonly port?: LinkRef
  /** `spec.ports.0.priority`. */
  readonly attribute: string
}

/** The options that a change sets, in the order in which they are set: the mode first, what is about ports last. */
export function teamSettings(change: TeamChange): readonly TeamSetting[] {
  const { ports = [], balancing = {} } = change
  return [
    ...settingsOf(change, ofTeam, 'spec'),
    ...ports.flatMap((port, at) =>
      settingsOf(port, ofPort, `spec.ports.${at}`).map((one) => ({ ...one, port: port.link })),
    ),
    ...balancingSettings(balancing),
    ...(change.activePort === undefined
      ? []
      : [{ ...activePort, value: 0, valueLink: change.activePort, attribute: 'spec.activePort' }]),
  ]
}

function balancingSettings({ method, hashProgram, hashPorts = {}, statisticsInterval }: TeamBalancing): TeamSetting[] {
  const at = 'spec.balancing'
  const plain = {
    method,
    hashProgram: hashProgram && encodeBpf(hashProgram),
    statisticsInterval: statisticsInterval === undefined ? undefined : Math.round(statisticsInterval * 10),
  }
  return [
    ...settingsOf(plain, ofBalancing, at),
    ...Object.entries(hashPorts).map(([hash, port]) => ({
      ...{ ...ofBalancing.hashPort, value: 0, valueLink: port, arrayIndex: Number(hash) },
      attribute: `${at}.hashPorts.${hash}`,
    })),
  ]
}

function settingsOf(source: object, table: Readonly<Record<string, Facts>>, path: string): TeamSetting[] {
  const values = source as Readonly<Record<string, TeamSetting['value'] | undefined>>
  return Object.entries(table).flatMap(([property, facts]) => {
    const value = values[property]
    return value === undefined ? [] : [{ ...facts, value, attribute: `${path}.${property}` }]
  })
}

/** What the kernel tells of a port besides its options. */
export type TeamPortState = Pick<TeamPort, 'link' | 'linkUp' | 'speed' | 'duplex' | 'other'>

/** A team from its options and the state of its ports. */
export function teamDevice(
  link: number,
  options: readonly TeamOption[],
  ports: readonly TeamPortState[],
  other: readonly RawAttribute[],
): TeamDevice {
  const told = (name: string, port?: number) =>
    options.find((option) => option.name === name && option.port === port)?.value
  const mode = told('mode')
  const active = told('activeport')
  return {
    link,
    ...(mode === undefined || mode === noMode ? {} : { mode: mode as TeamMode }),
    notifyPeersCount: Number(told('notify_peers_count') ?? 0),
    notifyPeersInterval: Number(told('notify_peers_interval') ?? 0),
    mcastRejoinCount: Number(told('mcast_rejoin_count') ?? 0),
    mcastRejoinInterval: Number(told('mcast_rejoin_interval') ?? 0),
    ...(typeof active === 'number' && active !== 0 ? { activePort: active } : {}),
    ...(mode === 'loadbalance' ? { balancing: balancingOf(options) } : {}),
    ports: [...ports]
      .sort((a, b) => a.link - b.link)
      .map((port) => ({
        ...port,
        enabled: told('enabled', port.link) === true,
        priority: Number(told('priority', port.link) ?? 0),
        queueId: Number(told('queue_id', port.link) ?? 0),
        userLinkup: told('user_linkup', port.link) === true,
        userLinkupEnabled: told('user_linkup_enabled', port.link) === true,
      })),
    options,
    other,
  }
}

function balancingOf(options: readonly TeamOption[]): Required<TeamBalancing<number>> {
  const told = ({ name }: Facts) => options.find((option) => option.name === name)?.value
  const program = told(ofBalancing.hashProgram)
  const row = options.filter(({ name, value }) => name === ofBalancing.hashPort.name && value !== 0)
  return {
    method: (told(ofBalancing.method) ?? 'hash') as TeamMethod,
    hashProgram: program instanceof Uint8Array ? decodeBpf(program) : [],
    hashPorts: Object.fromEntries(row.map(({ arrayIndex = 0, value }) => [arrayIndex, Number(value)])),
    statisticsInterval: Number(told(ofBalancing.statisticsInterval) ?? 0) / 10,
  }
}

/** What to do about a refusal; the kernel explains none of them to the one who asks. `attribute`: the field that it is about. */
export function teamHint(code: string, attribute: string): string | undefined {
  const [, field, ofBalancing, ofPort] = attribute.split('.')
  if (field === 'balancing' && code !== 'EPERM') return balancingHint(code, ofBalancing)
  switch (`${code} ${ofPort ?? field}`) {
    case 'EBUSY mode':
      return 'the mode can only be changed while the team has no ports: set their master to null first'
    case 'EINVAL mode':
      return 'the team has this mode already, or the kernel lacks it: CONFIG_NET_TEAM_MODE_…, module team_mode_…'
    case 'ENOENT activePort':
      return 'only teams in mode activebackup have an active port, and it must be a port of the team'
    case 'EINVAL queueId':
      return 'the team has no such queue: they count from 0, and its txQueues says how many there are'
    case 'EINVAL link':
      return 'the link is not of kind team; `vnet team show` shows those that are'
    default:
      if (code === 'ENODEV') return 'there is no such link; `vnet link list` shows those that are there'
      if (code === 'ENOENT') return 'the link is no port of the team: set its master first'
      if (code === 'EPERM') return 'run as root: the kernel lets nobody in a user namespace speak about teams'
      return undefined
  }
}

function balancingHint(code: string, option: string | undefined): string | undefined {
  if (code === 'ENOENT') return 'only teams in mode loadbalance have such options'
  if (code === 'ENODEV') return 'the port of a hash must be a port of the team, and enabled'
  if (option === 'hashProgram')
    return 'the kernel takes no such program: its last instruction must return, no jump may lead beyond, and memory is written before it is read'
  return undefined
}
