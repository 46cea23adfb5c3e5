/** `vnet team`: modes, options and ports of teams, as `teamnl`. @module */
import { type TeamChange, type TeamDevice, teamMethods, teamModes } from '@vnet/core'
import type { Command } from 'commander'
import type { Context } from '../context.js'
import { define, takes, withExample } from '../define.js'
import { missing } from '../missing.js'
import { namesOf } from '../names.js'
import { printJson } from '../output.js'
import * as take from '../parameter.js'
import { teamText } from '../render/team.js'
import { UsageError } from '../usage.js'

const device: readonly take.Parameter[] = [
  take.word('mode', teamModes, 'how frames are spread; only while the team has no ports'),
  take.link('activePort', 'the port that carries the frames in mode activebackup'),
  take.whole('notifyPeersCount', 'announcements to neighbours when a port is enabled'),
  take.whole('notifyPeersInterval', 'milliseconds between them'),
  take.whole('mcastRejoinCount', 'reports of multicast groups when a port is enabled'),
  take.whole('mcastRejoinInterval', 'milliseconds between them'),
]
/** `3:v0,255:v1`. */
const hashPorts: take.Value = {
  placeholder: 'hash:link,…',
  read(given, flag) {
    const pairs = given.split(',').map((pair) => {
      const [, hash = '', link = ''] = /^(\d+):(.+)$/.exec(pair) ?? []
      if (link === '')
        throw new UsageError(`--${flag} takes pairs such as 3:eth0,255:eth1, not ${JSON.stringify(given)}`)
      return [hash, take.linkRef(link)] as const
    })
    return Object.fromEntries(pairs)
  },
}
/** Byte code as `tc filter … bpf bytecode` and iptables take it: `2,48 0 0 11,22 0 0 0`; `0` for none. */
const bytecode: take.Value = {
  placeholder: 'bytecode',
  read(given, flag) {
    const [count, ...lines] = given.split(',').filter((line) => line.trim() !== '')
    const program = lines.map((line) => line.trim().split(/\s+/).map(Number))
    const isWhole =
      Number(count) === program.length && program.every((one) => one.length === 4 && one.every(Number.isInteger))
    if (!isWhole) {
      throw new UsageError(
        `--${flag} takes how many instructions and their numbers, not ${JSON.stringify(given)}`,
        "such as '2,48 0 0 11,22 0 0 0', as tcpdump -ddd writes them",
      )
    }
    return program.map(([code, jt, jf, k]) => ({ code, jt, jf, k }))
  },
}
const balancing: readonly take.Parameter[] = [
  take.word('method', teamMethods, 'by the hash of a frame alone, or by a table from hash to port'),
  take.text('hashProgram', 'bytecode', 'program that gives the hash of a frame; 0 for none', { value: bytecode }),
  take.text('hashPorts', 'hash:link,…', 'ports of hashes, 0–255', { value: hashPorts }),
  take.text('statisticsInterval', 'seconds', 'seconds between two looks at what was sent; 0 for none', {
    value: take.secondsValue,
  }),
]
const which = take.link('link', 'a port of the team', { flag: 'port' })
const aboutPort: readonly take.Parameter[] = [
  take.toggle('enabled', 'it takes part'),
  take.whole('priority', 'its priority, may be negative'),
  take.whole('queueId', 'queue whose frames leave by this port only, 0 for none'),
  take.toggle('userLinkup', 'what counts as its link state with --user-linkup-enabled'),
  take.toggle('userLinkupEnabled', 'its link state is what --user-linkup says'),
]

/** Declares `team` and its verbs. */
export function defineTeam(team: Command, context: Context): void {
  withExample(team, 'vnet team show')

  const show = define(team, 'show', 'teams with their options and ports, as teamnl', 'vnet team show team0')
  takes(show, '[links...]', 'only these', 'link')
  show.action(async (words: readonly string[]) => {
    await context.withHost(
      async (host) => {
        const links = await host.link.list()
        const teams = links.filter(({ kind }) => kind === 'team').map(({ index }) => index)
        const devices: TeamDevice[] = []
        for (const link of words.length > 0 ? words.map(take.linkRef) : teams) {
          const found = await host.team.get(link)
          if (found !== undefined) devices.push(found)
          else if (words.length > 0) throw missing('team get', 'ENODEV', link)
        }
        if (context.settings.json) printJson(context, devices)
        else context.terminal.out(devices.map((one) => teamText(one, namesOf(links))).join(''))
      },
      { reading: true },
    )
  })

  const set = define(team, 'set', 'change a team, or one of its ports', 'vnet team set team0 --mode roundrobin')
  takes(set, '<link>', 'the link, of kind team', 'link')
  take.declare(set, device)
  take.declare(set, balancing, 'Mode loadbalance:')
  take.declare(set, [which, ...aboutPort], 'A port:')
  set.action(async (word: string, given: Record<string, unknown>) => {
    const port = { ...take.collect([which], given), ...take.collect(aboutPort, given) }
    const [stray] = take.givenOf(aboutPort, given)
    if (port.link === undefined && stray !== undefined) {
      throw new UsageError(`--${stray.flag} is about a port`, 'say which: --port LINK')
    }
    const ofMode = take.collect(balancing, given)
    const change = {
      ...take.collect(device, given),
      ...(Object.keys(ofMode).length === 0 ? {} : { balancing: ofMode }),
      ...(port.link === undefined ? {} : { ports: [port] }),
    }
    await context.withHost((host) => host.team.set(take.linkRef(word), change as unknown as Omit<TeamChange, 'link'>))
  })
}
