/** `vnet bridge` and brctl; `vnet bridge vlan`, `vnet bridge vni`, `vnet mdb` with --json and `bridge -j`, of the same kernel state, say the same. */
import { spawnSync } from 'node:child_process'
import { beforeAll, describe, expect, it } from 'vitest'
import { type Answer, askAll, type Question } from './ask.js'
import { type Abilities, noSandbox } from './sandbox.js'

const network = `
ip link add br0 address 02:00:00:00:00:b0 type bridge
ip link add v0 address 02:00:00:00:00:01 type veth peer name v1 address 02:00:00:00:00:02
ip link add w0 address 02:00:00:00:00:03 type veth peer name w1 address 02:00:00:00:00:04
for link in v0 w0; do ip link set $link master br0; done
for link in br0 v0 v1 w0; do ip link set $link up; done
ip link set v0 type bridge_slave cost 7 hairpin on
ip link add br1 address 02:00:00:00:00:b1 type bridge stp_state 1 forward_delay 400 hello_time 150; ip link set br1 up
bridge fdb add 02:00:00:00:02:01 dev v0 master static; bridge fdb add 02:00:00:00:02:02 dev v0 master dynamic
`
/** Timers run while the two are asked. */
const still = (text: string) => text.replaceAll(/((?:timer|no|yes)\t+) *\d+\.\d\d(?=\t|$)/gm, '$1#')

const hasBrctl = spawnSync('brctl', ['--version']).status === 0

const shown: readonly Required<Pick<Question, 'vnet' | 'peer'>>[] = [
  { vnet: 'bridge show', peer: 'brctl show' },
  { vnet: 'bridge show br1', peer: 'brctl show br1' },
  { vnet: 'bridge stp br0', peer: 'brctl showstp br0' },
  { vnet: 'bridge stp br1', peer: 'brctl showstp br1' },
  { vnet: 'bridge macs br0', peer: 'brctl showmacs br0' },
]

describe.each(['napi', 'ffi'])('vnet --driver %s', (driver) => {
  let supports: Abilities | string
  let answers: readonly Answer[]

  beforeAll(() => {
    const asJson = ['bridge show', 'bridge stp br0', 'bridge macs br0'].map((vnet) => ({ vnet }))
    const questions = [...shown.map((one) => ({ ...one, text: true })), ...asJson]
    const told = askAll(driver, `${network}sleep 2`, questions, noSandbox)
    supports = told.supports
    answers = told.answers
  })

  it.for(shown.map(({ vnet, peer }, at) => [vnet, peer, at] as const))(
    '%s says what %s says',
    ([, peer, at], context) => {
      if (typeof supports === 'string') return context.skip(supports)
      if (!hasBrctl) return context.skip('needs brctl: apt-get install bridge-utils')
      const { mine, before, error } = answers[at] as Answer
      expect(error).toBe('')
      expect(before).toContain(peer.endsWith('showmacs br0') ? '02:00:00:00:02:02' : 'br')
      expect(still(mine)).toBe(still(before))
    },
  )

  it('the same as JSON', ({ skip }) => {
    if (typeof supports === 'string') return skip(supports)
    const [bridges, tree, macs] = answers.slice(shown.length).map(({ mine }) => JSON.parse(mine))
    expect(bridges).toEqual([
      { name: 'br0', id: '8000.02:00:00:00:00:b0', stp: false, interfaces: ['v0', 'w0'] },
      { name: 'br1', id: '8000.02:00:00:00:00:b1', stp: true, interfaces: [] },
    ])
    expect(tree.map((link: { ifname: string }) => link.ifname)).toEqual(['br0', 'v0', 'w0'])
    expect(tree[1].linkinfo.info_slave_data).toMatchObject({ cost: 7, no: '0x1' })
    expect(macs).toContainEqual({ port: 1, mac: '02:00:00:00:02:01', local: false, age: 0 })
    expect(macs).toContainEqual({ port: 1, mac: '02:00:00:00:00:01', local: true, age: 0 })
  })
})

const vlans = `
ip link set br0 type bridge vlan_filtering 1 vlan_stats_enabled 1
bridge vlan add vid 10 dev v0 pvid untagged; bridge vlan add vid 20-23 dev v0; bridge vlan add vid 100-300 dev w0
bridge vlan add vid 10 dev br0 self; bridge vlan add vid 12 dev br0 self; bridge vlan del vid 1 dev w0
bridge vlan set vid 21 dev v0 state blocking
bridge vlan global set vid 21 dev br0 mcast_querier 1 mcast_query_interval 6000
`
/** Nobody speaks by itself: what is counted is the same while the two are asked. */
const silent = 'for at in all default; do echo 1 > /proc/sys/net/ipv6/conf/$at/disable_ipv6; done\n'
/** Three questions for an address that nobody has, a second apart, and no more. */
const frames = 'ip address add 192.0.2.1/24 dev br0; echo > /dev/udp/192.0.2.2/9; sleep 4\n'

/** Groups with a list of sources, which kernels before 6.2 do not take: there the group is made without. */
const withSources = 'mdb add 239.1.2.3 --on v0 --filter-mode include --sources 192.0.2.1,192.0.2.2 --bridge br0'
const withoutSources = 'mdb add 239.1.2.3 --on v0 --bridge br0'
const groups = [
  'mdb add ff0e::7 --on w0 --state permanent --bridge br0',
  'mdb add 239.1.2.4 --on v0 --source 192.0.2.9 --bridge br0',
  'mdb add 239.1.2.5 --on br0 --bridge br0',
  'mdb add 01:00:5e:01:02:03 --on v0 --vlan 10 --bridge br0',
]
const versions = 'ip link set br0 type bridge mcast_igmp_version 3 mcast_mld_version 2; sleep 1\n'
const routers = 'ip link set v0 type bridge_slave mcast_router 2; ip link set w0 type bridge_slave mcast_router 3'
const groupQuestions: readonly Question[] = [
  { setup: routers, vnet: 'mdb', peer: 'bridge -j mdb show' },
  { vnet: 'mdb list --details', peer: 'bridge -j -d mdb show' },
  { vnet: 'mdb list --statistics', peer: 'bridge -j -s mdb show' },
  { vnet: 'mdb list --details --statistics', peer: 'bridge -j -d -s mdb show' },
  { vnet: 'mdb list --bridge br0 --vlan 10', peer: 'bridge -j mdb show dev br0 vid 10' },
]

const vlanQuestions: readonly Question[] = [
  { vnet: 'bridge vlan', peer: 'bridge -j vlan show' },
  { vnet: 'bridge vlan list --on v0', peer: 'bridge -j vlan show dev v0' },
  { vnet: 'bridge vlan list --vlan 21', peer: 'bridge -j vlan show vid 21' },
  { vnet: 'bridge vlan list --details', peer: 'bridge -j -d vlan show' },
  { vnet: 'bridge vlan list --statistics', peer: 'bridge -j -s vlan show' },
  { vnet: 'bridge vlan list --details --statistics', peer: 'bridge -j -d -s vlan show' },
  { vnet: 'bridge vlan global', peer: 'bridge -j vlan global show' },
  { vnet: 'bridge vlan global', peer: 'bridge -j -d vlan global show' },
  { vnet: 'bridge vlan global', peer: 'bridge -j -d -s vlan global show' },
  { vnet: 'bridge vlan global list --on br0 --vlan 21', peer: 'bridge -j -d vlan global show dev br0 vid 21' },
]

const identifiers = `
ip link add u0 address 02:00:00:00:00:05 type veth peer name u1; ip link set u0 up
ip link add vx0 type vxlan external vnifilter dev u0 dstport 4789; ip link add vx1 type vxlan external vnifilter dstport 4790
bridge vni add vni 100 dev vx0; bridge vni add vni 200-203 remote 192.0.2.9 dev vx0
bridge vni add vni 204 remote 2001:db8::9 dev vx0; bridge vni add vni 205 group 239.1.2.3 dev vx0
bridge vni add vni 206 group ff0e::1 dev vx0; bridge vni add vni 1-9 dev vx1
`
const vniQuestions: readonly Question[] = [
  { vnet: 'bridge vni', peer: 'bridge -j vni show' },
  { vnet: 'bridge vni list --statistics', peer: 'bridge -j -s vni show' },
]

/** Our answers and those of `bridge` are equal, the order of the keys too. */
function equalAnswers(
  asked: readonly Question[],
  answers: readonly Answer[],
  settled: (text: string) => string = (text) => text,
): void {
  expect(answers).toHaveLength(asked.length)
  for (const [at, { vnet }] of asked.entries()) {
    const { mine, after, error } = answers[at] as Answer
    expect([vnet, error]).toEqual([vnet, ''])
    const [found, wanted] = [JSON.parse(settled(mine)), JSON.parse(settled(after))]
    expect([vnet, found.length]).not.toEqual([vnet, 0])
    expect([vnet, found]).toEqual([vnet, wanted])
    expect(JSON.stringify(found)).toBe(JSON.stringify(wanted))
  }
}

describe.each(['napi', 'ffi'])('vnet --driver %s --json', (driver) => {
  it('bridge vlan is bridge -j vlan', ({ skip }) => {
    const { supports, answers } = askAll(driver, `${silent}${network}${vlans}${frames}`, vlanQuestions)
    if (typeof supports === 'string') return skip(supports)
    if (supports['bridge vlan-filtering'] !== true) return skip('lacks capability: bridge vlan-filtering')
    equalAnswers(vlanQuestions, answers)
  })

  it('bridge vni is bridge -j vni', ({ skip }) => {
    const { supports, answers } = askAll(driver, `${silent}${identifiers}`, vniQuestions)
    if (typeof supports === 'string') return skip(supports)
    if (supports['link vxlan'] !== true) return skip('lacks capability: link vxlan')
    equalAnswers(vniQuestions, answers)
  })

  it('mdb is bridge -j mdb', ({ skip }) => {
    const making = [withSources, withoutSources, ...groups].map((vnet) => ({ vnet }))
    const { supports, answers } = askAll(driver, `${network}${versions}`, [...making, ...groupQuestions])
    if (typeof supports === 'string') return skip(supports)
    const [first, second, ...others] = answers.slice(0, making.length).map(({ error }) => error)
    if (supports['mdb sources'] === true) expect([first, second]).toEqual(['', expect.stringContaining('EEXIST')])
    else expect([first, second]).toEqual([expect.stringContaining('use Linux 6.2 or later'), ''])
    expect(others).toEqual(groups.map(() => ''))
    // They run down while the two are asked.
    const still = (text: string) => text.replaceAll(/("timer":" *)[1-9][\d.]*"/g, '$1#"')
    equalAnswers(groupQuestions, answers.slice(making.length), still)
    expect(answers[making.length]?.mine).toContain('"grp":"239.1.2.4","src":"192.0.2.9"')
    expect(answers.at(-1)?.mine).toContain('01:00:5e:01:02:03')
  })
})
