/** PPPoE of others on the kernel: `pppd`, with the plugin that has its sessions in the kernel, and Roaring Penguin's server. */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Host, type Namespace, openHost, type Program } from '@vnet/core'
import { afterAll, test } from 'vitest'
import { type Network, network, until } from './network.js'

/** Waits until something is so, which takes longer where the machine is slow. */
export const soon = (holds: () => boolean | Promise<boolean>) =>
  until(holds, 20 * Number(process.env.VNET_PATIENCE ?? 1))

/** Programs, and the packages of Debian that have them. */
const programs: Readonly<Record<'discovery' | 'ppp', readonly (readonly [program: string, debian: string])[]>> = {
  discovery: [['pppoe-server', 'pppoe']],
  ppp: [
    ['pppoe-server', 'pppoe'],
    ['pppd', 'ppp'],
    ['iperf3', 'iperf3'],
  ],
}

const needs = ['admin', 'namespace anonymous', 'link veth', 'tun port', 'socket', 'capture', 'sysctl'] as const

/** Two namespaces with a cable, and what runs in them. */
export interface Peers extends Network {
  readonly host: Host
  /** Starts a program, which is ended with the test, and for which `/etc/ppp` is a folder of the test's. */
  run(namespace: Namespace, command: string, args: readonly string[]): Promise<Program>
  /** Writes a file into that folder. */
  write(name: string, lines: readonly string[]): void
  /** What is in a file of that folder; empty where it is not there. */
  read(name: string): string
  /**
   * Starts `pppoe-server` with these options of `pppd`, and resolves when it answers. It gives 10.0.0.10 to the first client.
   * In the place of `pppd` it may start lines of a shell.
   */
  server(options: readonly string[], instead?: readonly string[]): Promise<Program>
  /** Starts `pppd` as client, with its session in the kernel or through the program `pppoe`. */
  client(session: 'kernel' | 'program', options: readonly string[]): Promise<Program>
}

let opened: Promise<Host> | undefined
afterAll(async () => void (await opened?.catch(() => undefined))?.close())

/** A test with PPPoE of others, where there is such; with `pppd`, unless it is of discovery only, which needs no PPP of the kernel. */
export function withPeers(
  name: string,
  body: (peers: Peers) => Promise<void>,
  what: 'ppp' | 'discovery' = 'ppp',
): void {
  test(name, async ({ skip }) => {
    if ((process.env.VNET_TIER ?? 'none') === 'none') skip('lacks capability: admin (no kernel is to be used)')
    const absent = programs[what].find(([program]) => spawnSync('which', [program]).status !== 0)
    if (absent !== undefined) skip(`lacks capability: ${absent[0]} (Debian package ${absent[1]})`)
    const problem = what === 'ppp' ? kernelProblem() : undefined
    if (problem !== undefined) skip(`lacks capability: ppp (${problem})`)
    opened ??= openHost({ driver: 'napi' })
    const host = await opened.catch((error: Error): never => skip(`lacks capability: admin (${error.message})`))
    for (const need of needs)
      if (host.supports[need] !== true) skip(`lacks capability: ${need} (${host.supports[need]})`)
    await using net = await network(host)
    const folder = mkdtempSync(join(tmpdir(), 'vnet-pppoe-'))
    const started: Program[] = []
    try {
      await body(peersOf(host, net, folder, started))
    } catch (error) {
      for (const log of ['server.log', 'client.log']) {
        const path = join(folder, log)
        if (existsSync(path)) console.error(`${log}:\n${readFileSync(path, 'utf8')}`)
      }
      throw error
    } finally {
      for (const program of started) program.kill('SIGCONT')
      for (const program of started) program.kill()
      await Promise.all(started.map(({ ended }) => ended))
      rmSync(folder, { recursive: true })
    }
  })
}

/** Why `pppd` cannot run here: it needs the kernel's PPP even where a program carries its frames. */
function kernelProblem(): string | undefined {
  spawnSync('modprobe', ['-a', 'ppp_async', 'pppoe'])
  try {
    closeSync(openSync('/dev/ppp', 'r+'))
  } catch (error) {
    return (error as Error).message
  }
  return existsSync('/proc/net/pppoe') ? undefined : 'no PPPoE in the kernel: CONFIG_PPPOE'
}

function peersOf(host: Host, net: Network, folder: string, started: Program[]): Peers {
  const write = (name: string, lines: readonly string[]) => writeFileSync(join(folder, name), `${lines.join('\n')}\n`)
  const read = (name: string) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '')
  write('options', [])
  for (const file of ['pap-secrets', 'chap-secrets']) write(file, ['alice * secret *'])
  const run: Peers['run'] = async (namespace, command, args) => {
    const own = ['-c', 'mount --bind "$0" /etc/ppp && exec "$@"', folder, command, ...args]
    const program = await namespace.run({ command: 'sh', args: own, stdio: 'pipe' })
    started.push(program)
    return program
  }
  return {
    ...net,
    host,
    run,
    write,
    read,
    async server(options, instead) {
      const other = join(folder, 'instead')
      if (instead !== undefined) writeFileSync(other, ['#!/bin/sh', ...instead, ''].join('\n'), { mode: 0o755 })
      write('server-options', [
        ...options,
        'mtu 1492',
        'mru 1492',
        'ms-dns 192.0.2.53',
        '+ipv6',
        'debug',
        `logfile ${folder}/server.log`,
      ])
      const where = ['-I', 'wan', '-C', 'theirs', '-L', '10.0.0.1', '-R', '10.0.0.10']
      const program = await run(net.provider, 'pppoe-server', [
        '-F',
        ...where,
        '-O',
        join(folder, 'server-options'),
        ...(instead === undefined ? [] : ['-q', other]),
      ])
      // It listens on a packet socket, which nothing tells of but this.
      const isThere = async () =>
        (await (await run(net.provider, 'cat', ['/proc/net/packet'])).ended).stdout.includes(' 8863 ')
      await soon(isThere)
      return program
    },
    client(session, options) {
      const how =
        session === 'kernel'
          ? ['plugin', 'rp-pppoe.so', 'wan']
          : ['pty', 'pppoe -I wan -T 60', 'mtu', '1492', 'mru', '1492']
      const own = ['nodetach', 'noauth', 'nodefaultroute', 'usepeerdns', '+ipv6', 'user', 'alice', 'debug']
      return run(net.customer, 'pppd', [...how, ...own, 'logfile', join(folder, 'client.log'), ...options])
    },
  }
}
