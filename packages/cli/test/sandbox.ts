/** Running scripts where the kernel may be changed: in network and mount namespaces of their own. @module */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Capability } from '@vnet/core'

/** The command as it is installed. */
export const vnet = fileURLToPath(new URL('../bin/vnet.js', import.meta.url))

const own = ['--net', '--mount', '--propagation', 'private']
const rootless = ['--user', '--map-root-user', '--net', '--mount']

/** A /run/netns and a /sys of the sandbox's own, so that nothing is seen or left outside. */
const setup = `
mkdir -p /run/netns 2>/dev/null && mount -t tmpfs tmpfs /run/netns || { mount -t tmpfs tmpfs /run && mkdir /run/netns; }
mount -t sysfs sysfs /sys
`

/** What became of a script. */
export interface Run {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Why there is no sandbox here; `undefined` where there is one. */
export const noSandbox: string | undefined = (() => {
  if (process.platform !== 'linux') return 'needs Linux'
  const tried = [own, rootless].map((flags) => spawnSync('unshare', [...flags, 'true'], { encoding: 'utf8' }))
  if (tried.some(({ status }) => status === 0)) return undefined
  const why = tried.map(({ stderr, error }) => (error?.message ?? stderr).trim()).join('; ')
  return `needs CAP_SYS_ADMIN or user namespaces (${why})`
})()

/** Whether we can become another user: root of a user namespace with one user cannot. */
export const hasOtherUser =
  spawnSync('setpriv', ['--reuid', '65534', '--regid', '65534', '--clear-groups', 'true']).status === 0

/** Whether the sandbox is made as root. */
const asRoot = spawnSync('unshare', [...own, 'true']).status === 0

/** How many times longer things may take than on an ordinary machine: guest kernels start programs slowly. */
export const patience = Number(process.env.VNET_PATIENCE ?? 1)

/** Runs a shell script in a new sandbox; `vnet` is the command. After three minutes all of it is ended. */
export function inSandbox(script: string, env: Record<string, string> = {}, rootlessly = !asRoot): Run {
  const flags = rootlessly ? rootless : own
  const functions = `vnet() { "${process.execPath}" "${vnet}" "$@"; }\n`
  const { status, stdout, stderr } = spawnSync(
    'timeout',
    ['-k', '1', String(180 * patience), 'unshare', ...flags, 'bash', '-c', `${setup}${functions}${script}`],
    {
      encoding: 'utf8',
      env: { ...process.env, NO_COLOR: '1', ...env },
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  return { status, stdout, stderr }
}

/** What a backend can do: `true`, or the reason why not. */
export type Abilities = Partial<Record<Capability, true | string>>

/** A backend as `vnet doctor` tells it. */
interface Told {
  readonly name: string
  readonly ok: boolean
  readonly reason?: string
  readonly capabilities: Readonly<Record<string, { readonly has: boolean; readonly reason?: string }>>
}

/** What a backend can do after the JSON of `vnet doctor`, or why it cannot be used. */
export function abilitiesIn(driver: string, doctor: string): Abilities | string {
  const { backends } = JSON.parse(doctor) as { backends: readonly Told[] }
  const found = backends.find(({ name }) => name === driver)
  if (found?.ok !== true) return `needs the ${driver} backend: ${found?.reason}`
  const told = Object.entries(found.capabilities).map(([name, { has, reason }]) => [name, has || String(reason)])
  return Object.fromEntries(told) as Abilities
}

/** Why a backend cannot be used here; `undefined` where it can. */
export function noDriver(driver: string): string | undefined {
  if (noSandbox !== undefined) return noSandbox
  const { stdout, stderr } = inSandbox(`vnet doctor --json --driver ${driver}`)
  try {
    const found = abilitiesIn(driver, stdout)
    return typeof found === 'string' ? found : undefined
  } catch {
    return `needs vnet doctor to work: ${stderr}`
  }
}
