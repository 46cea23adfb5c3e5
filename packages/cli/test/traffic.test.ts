/** `vnet qdisc`, `class` and `filter`: what is written, as the backend is asked and as it is told again, on the mock. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { main } from '../src/main.js'
import { testTerminal } from './recorder.js'

/** Lines one after the other on one mock; what the last printed, or the first that failed. */
async function run(...lines: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-traffic-'))
  try {
    let outcome = { status: 0, out: '', err: '' }
    for (const line of ['link add veth v0 --up', ...lines]) {
      const terminal = testTerminal()
      const words = ['--driver', 'mock', '--state', join(folder, 'mock.json'), ...line.split(' ')]
      const status = await main(words, terminal)
      outcome = { status, ...terminal.printed }
      if (status !== 0) return outcome
    }
    return outcome
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('traffic control by the command', () => {
  it('a rate with units', async () => {
    const add = 'qdisc add tbf --on v0 --handle 1: --rate 10mbit --burst 10kb --latency 50ms'
    const { out } = await run(add, 'qdisc list --on v0 --json')
    expect(JSON.parse(out)).toMatchObject([
      { kind: 'tbf', handle: '1:', options: { rate: 1_250_000, burst: 10_240, lat: 50_000 } },
    ])
    expect((await run(add, 'qdisc')).out).toMatch(/v0 +root +1: +tbf +rate 10mbit burst 10240 limit 72740/)
  })

  it('actions that filters share by their numbers', async () => {
    const lines = [
      'action add police=1mbit/10kb:index=7',
      'action add pass',
      'qdisc add clsact --on v0',
      'filter add matchall --on v0 --parent ingress --priority 1 --action share=police/7',
      'filter add matchall --on v0 --parent egress --priority 1 --action share=police/7',
    ]
    expect((await run(...lines.slice(0, 2))).out).toBe('gact 1\n')
    const list = await run(...lines, 'action list police --json')
    expect(JSON.parse(list.out)).toMatchObject([
      { 'total acts': 1 },
      { actions: [{ order: 0, kind: 'police', index: 7, ref: 3, bind: 2, not_in_hw: true }] },
    ])
    expect((await run(...lines, 'action list police')).out).toMatch(/police +7 +police rate 1mbit .* +2$/m)
    expect(JSON.parse((await run(...lines, 'action get gact 1 --json')).out)).toMatchObject([
      { 'total acts': 0 },
      { actions: [{ order: 1, kind: 'gact' }] },
    ])
    expect(JSON.parse((await run(...lines, 'action list gact --used-within 600000 --json')).out)).toHaveLength(2)
    const held = await run(...lines, 'action delete police 7')
    expect(held.err).toMatch(/EPERM.*filters have it/s)
    expect((await run(...lines, 'action get police 8')).err).toContain('vnet action list police')
    const missing = await run(...lines, 'filter add u32 --on v0 --parent ingress --action share=gact/9')
    expect(missing.err).toContain('vnet action list')
    expect((await run('action list gact --json')).out).toBe('[]\n')
    expect((await run('filter add u32 --on v0 --action share=gact')).err).toContain('KIND/NUMBER')
  })

  it('filters of a block, and packets to all its links', async () => {
    const lines = [
      'link add veth w0 --up',
      'qdisc add clsact --on v0 --ingress-block 7',
      'qdisc add clsact --on w0 --ingress-block 7',
      'filter add u32 --block 7 --priority 1 --action redirect-block=7',
      'filter add u32 --block 7 --priority 2 --action mirror-block=7:direction=ingress:index=9',
    ]
    const one = { protocol: 'all', pref: 1, kind: 'u32', chain: 0 }
    const inBlock = JSON.parse((await run(...lines, 'filter list --block 7 --json')).out) as unknown[]
    expect(inBlock).toHaveLength(6)
    expect(inBlock[0]).toEqual(one)
    const byLink = JSON.parse((await run(...lines, 'filter list --on w0 --parent ingress --json')).out) as unknown[]
    expect(byLink[0]).toEqual({ block: 7, ...one })
    expect(byLink[2]).toMatchObject({
      options: { actions: [{ kind: 'mirred', mirred_action: 'redirect', direction: 'egress', to_blockid: 7 }] },
    })
    expect((await run(...lines, 'filter list --block 7')).out).toMatch(
      /redirect to egress of block 7\n.*mirror to ingress of block 7/,
    )
    expect((await run(...lines, 'filter delete --block 7', 'filter list --block 7 --json')).out).toBe('[]\n')
    const byName = await run(...lines, 'filter add u32 --on v0 --parent ingress')
    expect(byName).toMatchObject({ status: 1, err: expect.stringMatching(/EOPNOTSUPP.*shared/s) })
    const missing = await run(...lines, 'filter add u32 --block 8')
    expect(missing).toMatchObject({ status: 1, err: expect.stringMatching(/filter add block 8.*ingressBlock/s) })
    for (const line of ['filter add u32', 'filter delete', 'filter list'])
      expect(await run(...lines, line), line).toMatchObject({
        status: 2,
        err: expect.stringContaining('--block NUMBER'),
      })
    for (const line of [
      'filter add u32',
      'filter add u32 --on v0 --block 7',
      'filter add u32 --block 7 --action redirect-block=x',
    ])
      expect(await run(...lines, line), line).toMatchObject({ status: 2 })
  })

  it('an action whose link is gone', async () => {
    const lines = ['link add veth m0', 'action add redirect=m0', 'link delete m0']
    const { out } = await run(...lines, 'action list mirred --json')
    expect(JSON.parse(out)).toMatchObject([{ 'total acts': 1 }, { actions: [{ kind: 'mirred', to_dev: '*' }] }])
    expect((await run(...lines, 'action list mirred')).out).toContain('redirect to a link that is gone')
  })

  it('impairment with per cent and records', async () => {
    const words = '--delay 100ms --jitter 5ms --loss-gemodel p=1%,r=10% --slot min-delay=1ms,max-delay=2ms'
    const { out } = await run(
      `qdisc add netem --on v0 ${words}`,
      'qdisc change netem --on v0 --delay 50ms --loss 1%',
      'q --on v0 -j',
    )
    expect(JSON.parse(out)).toMatchObject([
      { kind: 'netem', options: { delay: { delay: 0.05 }, 'loss-random': { loss: 0.01 } } },
    ])
  })

  it('a tree with a filter that leads into it', async () => {
    const tree = [
      'qdisc add htb --on v0 --handle 1: --default 0x30',
      'class add htb --on v0 --class-id 1:1 --rate 10mbit',
      'class add htb --on v0 --class-id 1:30 --parent 1:1 --rate 5mbit --ceil 10mbit --priority 1',
      'filter add u32 --on v0 --protocol ip --priority 5 --keys offset=16,value=0x0a000000,mask=0xff000000 --class-id 1:30',
    ]
    expect(JSON.parse((await run(...tree, 'class list --on v0 --json')).out)).toMatchObject([
      { class: 'htb', handle: '1:1', root: true, rate: 1_250_000 },
      { class: 'htb', handle: '1:30', parent: '1:1', prio: 1, rate: 625_000, ceil: 1_250_000 },
    ])
    expect(JSON.parse((await run(...tree, 'filter list --on v0 --json')).out)).toMatchObject([
      { parent: '1:', protocol: 'ip', pref: 5, kind: 'u32', chain: 0 },
      { options: { fh: '800:', ht_divisor: 1 } },
      { options: { fh: '800::800', flowid: '1:30', match: { value: 'a000000', mask: 'ff000000', off: 16 } } },
    ])
  })

  it('redirection of what comes in', async () => {
    const { out } = await run(
      'link add ifb ifb9 --up',
      'qdisc add clsact --on v0',
      'filter add matchall --on v0 --parent ingress --priority 1 --action redirect=ifb9',
      'filter list --on v0 --parent ingress',
    )
    expect(out).toMatch(/1 +all +matchall +1 +redirect to egress of ifb9/)
  })

  it('what is wrong is told with the option', async () => {
    const { status, err } = await run('qdisc add tbf --on v0 --rate fast --burst 10kb --limit 10kb')
    expect(status).toBe(2)
    expect(err).toMatch(/--rate takes a rate such as 10mbit/)
    expect((await run('qdisc add tbff --on v0')).err).toMatch(/one of .*tbf/)
    for (const action of ['drop=5', 'police=1mbit/10kb/drop/pass/pipe', 'police=1mbit/10kb/burn', 'burn']) {
      const wrong = await run(`filter add matchall --on v0 --parent ingress --priority 1 --action ${action}`)
      expect(wrong).toMatchObject({ status: 2, err: expect.stringContaining('--action') })
    }
    const kernel = await run('qdisc delete --on v0')
    expect(kernel.status).toBe(1)
    expect(kernel.err).toMatch(/ENOENT/)
  })
})
