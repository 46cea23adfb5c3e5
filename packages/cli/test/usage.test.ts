/** Wrong usage: status 2, and the nearest word that would be right. */
import { describe, expect, it } from 'vitest'
import { nearest } from '../src/word.js'
import { record } from './recorder.js'

describe('wrong usage', () => {
  it.each([
    ['lnik', 'there is no object or command "lnik"', 'did you mean link?'],
    ['link lsit', 'there is no verb of link "lsit"', 'did you mean list?'],
    ['link replace v0', 'there is no verb of link "replace"', ''],
    ['rule set', 'there is no verb of rule "set"', ''],
    ['d', '"d" is the beginning of several words', 'one of dhcp, doctor, demo'],
    ['link set vx0 --no-remote', '--no-remote is for', 'vx0 is of kind vxlan'],
    ['link add', 'what kind of link?', 'one of bridge, veth'],
    ['link add brigde br1', 'there is no kind "brigde"', 'did you mean bridge?'],
    ['link add netkit m0 --up', 'vnet has no options for kind "netkit"', 'vnet link add other netkit'],
    ['link list --kind vehth', 'there is no kind "vehth"', 'did you mean veth?'],
    ['link add bridge br1 --forwad-delay 4', "unknown option '--forwad-delay'", 'did you mean --forward-delay?'],
    ['link add bridge br1 --forward-delay soon', '--forward-delay takes seconds such as 4 or 0.5, not "soon"', ''],
    ['link add bridge br1 --priority 0777', '--priority takes a whole number, not "0777"', ''],
    ['link add bridge br1 --forward-delay', "option '--forward-delay <seconds>' argument missing", ''],
    ['link add bridge br1 br2', 'too many arguments', ''],
    ['link add vlan --parent br0 x', "required option '--id <number>' not specified", ''],
    ['link add macvlan x', "required option '--parent <link>' not specified", ''],
    ['link add macvlan --parent br0 --mode brigde x', '"brigde" is not one of its words', 'did you mean bridge?'],
    ['link add other vcan --data x', '--data takes 1=2a000000', ''],
    ['link set v0', 'nothing to change', 'vnet link set --help'],
    ['link set v0 --up --down', '--up and --down contradict each other', ''],
    ['link set v0 --stp', '--stp is for bridge; v0 is of kind veth', ''],
    ['link set br0 --learning', '--learning is for vxlan; br0 is of kind bridge', ''],
    ['link list v0 --kind veth', 'give a link or a filter, not both', ''],
    ['address add 10.0.0.1/24', "required option '--on <link>' not specified", ''],
    ['address add 10.0.0.1/24 --on br0 --scope gobal', '"gobal" is not one of its words', 'did you mean global?'],
    ['route add 10.0.0.0/8 --next-hop vai=10.0.0.1', '"vai" is not one of its words', 'did you mean via?'],
    ['route add 10.0.0.0/8 --next-hop via', '--next-hop: write via=…', ''],
    ['route list -4 -6', 'choose one version of IP', ''],
    ['route list --family 5', 'is invalid. Allowed choices are 4, 6, all', ''],
    [
      'neighbour add 10.0.0.1 --on br0 --state reachabel',
      '"reachabel" is not one of its words',
      'did you mean reachable?',
    ],
    ['namespace add', "missing required argument 'name'", ''],
    ['namespace exec blue', "missing required argument 'command'", ''],
    ['--driver nappi link', 'Allowed choices are auto, napi, ffi, mock', ''],
    ['watch lnik', 'there is no group "lnik"', 'did you mean link?'],
    ['completion bsh', 'there is no completion for "bsh"', 'did you mean bash?'],
    ['demo --count 0', '--count takes a number from 1', ''],
  ])('%s', async (line, message, hint) => {
    const { status, out, err, requests } = await record(line)
    expect(status).toBe(2)
    expect(out).toBe('')
    expect(err).toMatch(/^vnet: /)
    expect(err).toContain(message)
    if (hint !== '') expect(err).toContain(hint)
    expect(requests).toEqual([])
  })

  // What core refuses before any backend is asked is wrong usage too.
  it.each([
    'link add bridge sixteen-letters0',
    'link add bridge a/b',
    'link add bridge .',
    'link set v0 --mtu 67',
    'link set v0 --mac 01:00:00:00:00:01',
    'link set v0 --mac 02:00:00:00:00',
    'link add vlan x --parent br0 --id 0',
    'link add vlan x --parent br0 --id 4095',
    'address add 10.0.0.1/33 --on br0',
    'address add 010.0.0.1/8 --on br0',
    'route add 10.0.0.1/8 --on br0',
  ])('%s', async (line) => {
    const { status, err, requests } = await record(line)
    expect(err).toMatch(/^vnet: (link|address|route) (add|set)/)
    expect(status).toBe(2)
    expect(requests).toEqual([])
  })

  it('is JSON where JSON is asked for', async () => {
    const { status, err } = await record('link add brigde x --json')
    expect(status).toBe(2)
    expect(JSON.parse(err)).toEqual({
      code: 'VNET_USAGE',
      operation: 'link add',
      detail: 'there is no kind "brigde"',
      hint: 'did you mean bridge?',
    })
    const refused = await record('link set v0 --mtu 67 --json')
    expect(JSON.parse(refused.err)).toMatchObject({
      code: 'VNET_RANGE',
      operation: 'link set',
      subject: 'v0',
      attribute: 'spec.mtu',
    })
  })

  it('prints its help without words, as an error', async () => {
    const { status, out, err } = await record('')
    expect(status).toBe(2)
    expect(out).toBe('')
    expect(err).toContain('Usage: vnet')
  })
})

describe('failed operations', () => {
  it.each([
    ['link get nosuch', 'link get nosuch: No such device (ENODEV)'],
    ['link list nosuch', 'link list nosuch: No such device (ENODEV)'],
    ['fdb list --on nosuch', 'fdb list nosuch: No such device (ENODEV)'],
    ['route get 192.0.2.1', 'route get 192.0.2.1: Network is unreachable (ENETUNREACH)'],
    ['neighbour get 10.0.0.1 --on br0', 'neighbour get 10.0.0.1: No such file or directory (ENOENT)'],
    ['namespace get red', 'namespace get red: No such file or directory (ENOENT)'],
  ])('%s', async (line, message) => {
    const { status, err } = await record(line)
    expect(status).toBe(1)
    expect(err).toBe(`vnet: ${message}\n`)
  })

  it('are JSON where JSON is asked for', async () => {
    const { status, err } = await record('link get nosuch --json')
    expect(status).toBe(1)
    expect(JSON.parse(err)).toEqual({ code: 'ENODEV', operation: 'link get', subject: 'nosuch' })
  })
})

describe('help', () => {
  it('is there for every command, with an example', async () => {
    const verbs: Record<string, readonly string[]> = {
      link: ['add', 'set', 'delete', 'get', 'list', 'add bridge', 'add veth', 'add other'],
      address: ['add', 'set', 'delete', 'list'],
      route: ['add', 'set', 'delete', 'get', 'list'],
      rule: ['add', 'delete', 'list'],
      neighbour: ['add', 'set', 'delete', 'get', 'list'],
      fdb: ['add', 'set', 'delete', 'get', 'list', 'flush'],
      mdb: ['add', 'set', 'delete', 'list', 'flush'],
      bridge: [
        'show',
        'stp',
        'macs',
        'vlan',
        'vlan add',
        'vlan set',
        'vlan delete',
        'vlan list',
        'vlan global set',
        'vlan global list',
      ],
      macsec: ['show', 'add', 'set', 'delete'],
      team: ['show', 'set'],
      nic: ['list', 'show', 'explain'],
      wireguard: ['show', 'set'],
      alias: ['add', 'delete', 'list'],
      qdisc: ['add', 'set', 'change', 'delete', 'list', 'add tbf'],
      class: ['add', 'set', 'change', 'delete', 'list', 'add htb'],
      filter: ['add', 'set', 'change', 'delete', 'list', 'add matchall'],
      namespace: ['add', 'delete', 'get', 'list', 'exec'],
    }
    const commands = [
      'capture',
      'extcap',
      'tap respond',
      'watch',
      'tree',
      'ping',
      'explain ping',
      'explain udp',
      'explain tcp',
      'switch',
      'doctor',
      'demo',
      'completion',
      'snapshot',
      'snapshot save',
      'snapshot load',
      'snapshot diff',
    ]
    const lines = [
      ...Object.entries(verbs).flatMap(([object, own]) => ['', ...own].map((verb) => `${object} ${verb}`)),
      ...commands,
    ]
    for (const line of lines) {
      const { status, out, err } = await record(`${line} --help`)
      expect([line, status, err]).toEqual([line, 0, ''])
      expect(out, line).toMatch(/\nExample:\n {2}\$ \S+/)
      expect(out).toContain('Usage: vnet')
    }
  })

  it('tells the objects', async () => {
    const { status, out } = await record('--help')
    expect(status).toBe(0)
    for (const word of ['link', 'address', 'route', 'rule', 'neighbour', 'fdb', 'namespace', 'watch', 'tree', 'demo']) {
      expect(out).toContain(`\n  ${word}`)
    }
    expect(out).not.toContain('__complete')
  })
})

describe('the nearest word', () => {
  it.each([
    ['brigde', 'bridge'],
    ['fdp', 'fdb'],
    ['namespaec', 'namespace'],
    ['xyzzy', undefined],
    ['', undefined],
  ])('%s', (written, expected) => {
    expect(nearest(written, ['bridge', 'fdb', 'namespace'])).toBe(expected)
  })
})
