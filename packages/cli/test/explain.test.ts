/** `vnet explain` on the mock: the line, the story, JSON, the status, and what it refuses. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { main } from '../src/main.js'
import { testTerminal } from './recorder.js'

let folder: string
async function call(line: string) {
  const terminal = testTerminal()
  const status = await main(`--driver mock --state ${join(folder, 'state.json')} ${line}`.split(' '), terminal)
  return { status, ...terminal.printed }
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-explain-'))
  for (const line of [
    'namespace add red',
    'namespace add blue',
    '-n red link add veth eth0 --up --peer eth1 --peer-namespace blue --peer-up',
    '-n red address add 10.0.0.1/24 --on eth0',
    '-n blue address add 10.0.0.2/24 --on eth1',
  ])
    expect(await call(line)).toMatchObject({ status: 0, err: '' })
})
afterAll(() => rmSync(folder, { recursive: true }))

it('says in a line that it is answered, by which way', async () => {
  const line = '10.0.0.2 answers 10.0.0.1: red eth0 → blue eth1\n'
  expect(await call('explain ping red 10.0.0.2')).toEqual({ status: 0, out: line, err: '' })
  expect(await call('explain ping red blue')).toEqual({ status: 0, out: line, err: '' })
  expect(await call('-n red explain ping . blue')).toEqual({ status: 0, out: line, err: '' })
})

it('says in a line where it stops and why, with a status for scripts', async () => {
  expect(await call('explain ping red 10.0.0.9')).toEqual({
    status: 1,
    out: 'the request to 10.0.0.9 stops at blue eth1: does not have 10.0.0.9 (no-neighbour)\n',
    err: '',
  })
  const { status, out } = await call('--json explain ping . 10.0.0.9')
  expect(status).toBe(1)
  expect(JSON.parse(out)).toMatchObject({ reached: false, stop: { cause: 'no-route', place: '.', way: 'there' } })
})

it('follows what goes to a port, too', async () => {
  const way = 'red eth0 → blue eth1\n'
  expect(await call('explain udp red blue 53 --size 100')).toEqual({
    status: 0,
    out: `the datagram to 10.0.0.2 port 53 arrives, nobody listens, and the host's refusal comes back to 10.0.0.1: ${way}`,
    err: '',
  })
  expect(await call('-n blue nat add redirect --ip-protocol tcp --destination-ports 80 --ports 8080')).toMatchObject({
    status: 0,
  })
  expect(await call('explain tcp red 10.0.0.2 80 --from-port 5000')).toEqual({
    status: 0,
    out: `the connection to 10.0.0.2 port 80 arrives as 10.0.0.2 port 8080, nobody listens, and the host's refusal comes back to 10.0.0.1: ${way}`,
    err: '',
  })
  expect((await call('explain tcp red 10.0.0.2 80 -v')).out).toContain(
    'blue eth1: translated: for 10.0.0.2 port 8080 instead of 10.0.0.2 port 80\n',
  )
  expect(await call('explain udp red 10.0.0.9 53')).toMatchObject({
    status: 1,
    out: 'the datagram to 10.0.0.9 port 53 stops at blue eth1: does not have 10.0.0.9 (no-neighbour)\n',
  })
  expect((await call('explain udp red blue http')).err).toContain('a port is a number from 0 to 65535')
  expect((await call('explain udp red blue 0')).err).toContain('port')
})

it('tells the story', async () => {
  const { out } = await call('explain ping red blue --verbose')
  expect(out).toMatch(
    /^there\n {2}red eth0: route to 10\.0\.0\.2: on the link\n {2}red eth0: asks who has 10\.0\.0\.2\n/,
  )
  expect(out).toMatch(/\nback\n {2}blue eth1: route to 10\.0\.0\.1/)
})

it('hints at commands that help', async () => {
  for (const line of [
    'namespace add sw',
    '-n sw link add bridge br0 --vlan-filtering --up',
    '-n red link add veth port0 --up --peer p1 --peer-namespace sw --peer-up',
    '-n blue link add veth port0 --up --peer p2 --peer-namespace sw --peer-up',
    '-n sw link set p1 --master br0',
    '-n sw link set p2 --master br0',
    '-n sw bridge vlan delete 1 --on p1',
    '-n red link add vlan port0.5 --parent port0 --id 5 --up',
    '-n red address add 10.5.0.1/24 --on port0.5',
  ])
    expect(await call(line)).toMatchObject({ status: 0, err: '' })
  const stopped = async () => {
    const { stop } = JSON.parse((await call('--json explain ping red 10.5.0.2')).out)
    return stop as { place: string; link: string; cause: string; hint: string }
  }
  const met: string[] = []
  for (let stop = await stopped(); stop?.hint?.startsWith('vnet '); stop = await stopped()) {
    met.push(`${stop.place} ${stop.link} ${stop.cause}`)
    expect(await call(stop.hint.slice('vnet '.length))).toMatchObject({ status: 0, err: '' })
    expect(met.length).toBeLessThan(9)
  }
  expect(met).toEqual(['sw p1 vlan-filtered', 'sw p2 vlan-filtered', 'blue port0 no-vlan'])
})

it('refuses what is not there', async () => {
  expect(await call('explain ping nobody blue')).toMatchObject({ status: 2, out: '' })
  expect((await call('explain ping red nobody')).err).toContain('nobody is neither an address nor a namespace')
  expect((await call('explain ping red 10.0.0.2 --hops 0')).status).toBe(2)
})
