/** `vnet bridge` and brctl; `vnet bridge vlan`, `vnet mdb` with --json and `bridge -j`, of the same kernel state, say the same. */
import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { noTools } from './ask.js'
import { inSandbox, noDriver } from './sandbox.js'

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
/** Ask vnet between the two, so that they are of the same moment but for what counts by itself. */
const compared = (mine: string, peer: string) =>
  `${peer} > /tmp/$$.peer; ${mine}; echo =====; cat /tmp/$$.peer; rm /tmp/$$.peer`
/** Timers run while the two are asked. */
const still = (text: string) => text.replaceAll(/((?:timer|no|yes)\t+) *\d+\.\d\d(?=\t|$)/gm, '$1#')

const hasBrctl = spawnSync('brctl', ['--version']).status === 0

describe.each(['napi', 'ffi'])('vnet --driver %s', (driver) => {
  const skipped = noDriver(driver)
  const noBrctl = skipped ?? (hasBrctl ? undefined : 'needs brctl: apt-get install bridge-utils')

  it.for([
    ['bridge show', 'brctl show'],
    ['bridge show br1', 'brctl show br1'],
    ['bridge stp br0', 'brctl showstp br0'],
    ['bridge stp br1', 'brctl showstp br1'],
    ['bridge macs br0', 'brctl showmacs br0'],
  ] as const)('%s says what %s says', ([mine, peer], { skip }) => {
    if (noBrctl !== undefined) return skip(noBrctl)
    const { stdout, stderr } = inSandbox(`${network}sleep 2\n${compared(`vnet --driver ${driver} ${mine}`, peer)}`)
    expect(stderr).toBe('')
    const [found, wanted] = still(stdout).split('=====\n')
    expect(wanted).toContain(peer.endsWith('showmacs br0') ? '02:00:00:00:02:02' : 'br')
    expect(found).toBe(wanted)
  })

  it('the same as JSON', ({ skip }) => {
    if (skipped !== undefined) return skip(skipped)
    const ask = `vnet --driver ${driver} --json bridge`
    const { stdout } = inSandbox(`${network}${ask} show; ${ask} stp br0; ${ask} macs br0`)
    const [shown, tree, macs] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(shown).toEqual([
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
const noFiltering = ((): string | undefined => {
  if (noTools !== undefined) return noTools
  const { status } = inSandbox('ip link add br0 type bridge vlan_filtering 1')
  return status === 0 ? undefined : 'lacks capability: bridge vlan-filtering'
})()

/** Kernels before 6.2 take no lists of sources: there the group is made without. */
const groupsBy = (vnet: string) => `
ip link set br0 type bridge mcast_igmp_version 3 mcast_mld_version 2; sleep 1
add() { ${vnet} mdb add "$@" --bridge br0; }
add 239.1.2.3 --on v0 --filter-mode include --sources 192.0.2.1,192.0.2.2 2> /dev/null || add 239.1.2.3 --on v0
add ff0e::7 --on w0 --state permanent
add 239.1.2.4 --on v0 --source 192.0.2.9
add 239.1.2.5 --on br0
add 01:00:5e:01:02:03 --on v0 --vlan 10
ip link set v0 type bridge_slave mcast_router 2; ip link set w0 type bridge_slave mcast_router 3
`
const groupQuestions: readonly (readonly [vnet: string, peer: string])[] = [
  ['mdb', 'bridge -j mdb show'],
  ['mdb list --details', 'bridge -j -d mdb show'],
  ['mdb list --statistics', 'bridge -j -s mdb show'],
  ['mdb list --details --statistics', 'bridge -j -d -s mdb show'],
  ['mdb list --bridge br0 --vlan 10', 'bridge -j mdb show dev br0 vid 10'],
]

const questions: readonly (readonly [vnet: string, peer: string])[] = [
  ['bridge vlan', 'bridge -j vlan show'],
  ['bridge vlan list --on v0', 'bridge -j vlan show dev v0'],
  ['bridge vlan list --vlan 21', 'bridge -j vlan show vid 21'],
  ['bridge vlan list --details', 'bridge -j -d vlan show'],
  ['bridge vlan list --statistics', 'bridge -j -s vlan show'],
  ['bridge vlan list --details --statistics', 'bridge -j -d -s vlan show'],
  ['bridge vlan global', 'bridge -j vlan global show'],
  ['bridge vlan global', 'bridge -j -d vlan global show'],
  ['bridge vlan global', 'bridge -j -d -s vlan global show'],
  ['bridge vlan global list --on br0 --vlan 21', 'bridge -j -d vlan global show dev br0 vid 21'],
]

/** Answers in turns, ours and that of `bridge`, are equal, the order of the keys too. */
function equalLines(asked: readonly (readonly [vnet: string, peer: string])[], lines: readonly string[]): void {
  expect(lines).toHaveLength(2 * asked.length)
  for (const [at, [mine]] of asked.entries()) {
    const [found, wanted] = lines.slice(2 * at) as [string, string]
    expect([mine, JSON.parse(found).length]).not.toEqual([mine, 0])
    expect([mine, JSON.parse(found)]).toEqual([mine, JSON.parse(wanted)])
    expect(JSON.stringify(JSON.parse(found))).toBe(JSON.stringify(JSON.parse(wanted)))
  }
}

describe.each(['napi', 'ffi'])('vnet --driver %s --json', (driver) => {
  it('bridge vlan is bridge -j vlan', ({ skip }) => {
    const skipped = noDriver(driver) ?? noFiltering
    if (skipped !== undefined) return skip(skipped)
    const asked = questions.map(([mine, peer]) => `vnet --driver ${driver} --json ${mine}; ${peer}; echo`)
    const { stdout, stderr } = inSandbox(`${silent}${network}${vlans}${frames}${asked.join('\n')}`)
    expect(stderr).toBe('')
    const lines = stdout.split('\n').filter((line) => line !== '')
    equalLines(questions, lines)
  })

  it('mdb is bridge -j mdb', ({ skip }) => {
    const skipped = noDriver(driver) ?? noTools
    if (skipped !== undefined) return skip(skipped)
    const ask = `vnet --driver ${driver}`
    const asked = groupQuestions.map(([mine, peer]) => `${ask} --json ${mine}; ${peer}; echo`)
    const { stdout, stderr } = inSandbox(`${network}${groupsBy(ask)}${asked.join('\n')}`)
    expect(stderr).toBe('')
    const lines = stdout.split('\n').filter((line) => line !== '')
    expect(stdout).toContain('"grp":"239.1.2.4","src":"192.0.2.9"')
    // They run down while the two are asked.
    const still = lines.map((line) => line.replaceAll(/("timer":" *)[1-9][\d.]*"/g, '$1#"'))
    equalLines(groupQuestions, still)
    expect(still.at(-1)).toContain('01:00:5e:01:02:03')
  })
})
