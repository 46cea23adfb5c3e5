/** `vnet nic explain` and `show` of a card that udev itself has named: what was computed before is what it has recorded. */
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import type { NicNaming } from '@vnet/core'
import { napiDriver } from '@vnet/napi'
import { expect, it } from 'vitest'
import { main } from '../src/main.js'
import { testTerminal } from './recorder.js'

const daemon = '/lib/systemd/systemd-udevd'

/** Runs a program of this machine, which succeeds. */
function run(command: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  expect([status, error], `${command} ${args.join(' ')}: ${stderr}`).toEqual([0, undefined])
  return stdout
}

/** The command on the kernel, with a backend of its own each time, which it closes. */
async function vnet(words: string): Promise<string> {
  const terminal = testTerminal()
  const status = await main(words.split(' '), terminal, await napiDriver())
  expect([status, terminal.printed.err], words).toEqual([0, ''])
  return terminal.printed.out
}

const namingOf = async (name: string): Promise<NicNaming> =>
  (JSON.parse(await vnet(`nic explain ${name} --json`)) as { naming: NicNaming }).naming

/** What udev recorded of a link. */
function recordedOf(name: string): Map<string, string> {
  const lines = run('udevadm', 'info', '--query=property', `/sys/class/net/${name}`).trim().split('\n')
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
}

it('a card named by udev is explained as udev has recorded it, and was before as udev then named it', async ({
  skip,
}) => {
  if (process.env.VNET_GUEST !== 'qemu')
    skip('lacks capability: a network card that is ours to name (the guest of QEMU has some)')
  if (spawnSync('udevadm', ['--version']).status !== 0) skip('lacks capability: udev (Debian package udev)')
  run('modprobe', 'e1000')
  const before = await namingOf('eth0')
  expect(before).toMatchObject({ policy: 'kernel', source: 'computed' })
  // It stays: nothing of ours may wait for its output.
  expect(spawnSync(daemon, ['--daemon'], { stdio: 'ignore' }).status).toBe(0)
  try {
    run('udevadm', 'trigger', '--action=add', '/sys/class/net/eth0')
    const named = () => readdirSync('/sys/class/net').filter((name) => name.startsWith('en'))
    await expect.poll(named, { timeout: 60_000, interval: 200 }).toHaveLength(1)
    run('udevadm', 'settle', '--timeout=60')
    const [card = ''] = named()
    const recorded = recordedOf(card)
    const names = Object.fromEntries(
      [
        ['onboard', recorded.get('ID_NET_NAME_ONBOARD')],
        ['slot', recorded.get('ID_NET_NAME_SLOT')],
        ['path', recorded.get('ID_NET_NAME_PATH')],
        ['mac', recorded.get('ID_NET_NAME_MAC')],
      ].filter(([, name]) => name !== undefined),
    )
    expect(Object.keys(names)).toContain('path')
    const naming = await namingOf(card)
    expect(naming).toMatchObject({ names, source: 'udev' })
    expect(names[naming.policy]).toBe(card)
    // What was computed without it.
    expect(before.names).toEqual(naming.names)
    expect(await vnet(`nic explain ${card}`)).toContain(
      `\nhere: named by ${naming.policy}: it is the name that udev recorded`,
    )
    expect(await vnet(`nic show ${card}`)).toMatch(/^driver +e1000 /m)
  } finally {
    spawnSync('udevadm', ['control', '--exit'])
  }
})
