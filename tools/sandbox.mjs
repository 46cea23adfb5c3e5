// Where tests may touch the kernel: network and mount namespaces of their own, as root or rootless.
import { spawnSync } from 'node:child_process'

/** A private /run/netns, so that names made by tests neither meet nor survive others. `/run` itself where that is refused. */
const script =
  'mkdir -p /run/netns 2>/dev/null && mount -t tmpfs tmpfs /run/netns || { mount -t tmpfs tmpfs /run && mkdir /run/netns; }; exec "$@"'

const flags = {
  root: ['--net', '--mount', '--propagation', 'private'],
  rootless: ['--user', '--map-root-user', '--net', '--mount'],
}

/**
 * The command line that runs `argv` in a sandbox, or the reason why there is none.
 *
 * @param {'root' | 'rootless'} tier
 * @param {readonly string[]} argv
 * @returns {{ argv: string[] } | { reason: string }}
 */
export function sandboxed(tier, argv) {
  if (process.platform !== 'linux') return { reason: `needs Linux; this is ${process.platform}` }
  if (tier === 'root' && process.getuid?.() !== 0) return { reason: 'needs root' }
  const prefix = ['unshare', ...flags[tier], 'sh', '-c', script, 'sandbox']
  const [command, ...rest] = [...prefix, 'true']
  const probe = spawnSync(command, rest, { encoding: 'utf8' })
  if (probe.status === 0) return { argv: [...prefix, ...argv] }
  const why = probe.error === undefined ? probe.stderr.trim() : String(probe.error.message)
  return { reason: `needs ${tier === 'root' ? 'CAP_SYS_ADMIN' : 'user namespaces'} (${why})` }
}

/**
 * The tier that this machine offers: root where we are, rootless where user namespaces are allowed.
 *
 * @param {readonly string[]} argv
 * @returns {{ tier: 'root' | 'rootless' | 'none', argv: string[], reason?: string }}
 */
export function bestSandbox(argv) {
  const reasons = []
  for (const tier of /** @type {const} */ (['root', 'rootless'])) {
    const result = sandboxed(tier, argv)
    if ('argv' in result) return { tier, argv: result.argv }
    reasons.push(result.reason)
  }
  return { tier: 'none', argv: [...argv], reason: reasons.join('; ') }
}
