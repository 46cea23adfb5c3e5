/** Whose session a command is given in, so that nobody cuts off his own. @module */
import { readFileSync, readlinkSync } from 'node:fs'
import { parseIp } from '@vnet/core'

/** Processes above this one that are looked at; more are in no session. */
const mostParents = 64

/**
 * The peer of the session: that of `SSH_CONNECTION` (`sshd(8)`), or where the variable is not set, as behind `sudo`, that of the
 * nearest process above in this network namespace that was started with it. Servers that were given no socket say `UNKNOWN`:
 * then there is no peer.
 *
 * @param proc Where the kernel tells of processes.
 */
export function sessionPeer(env: Readonly<Record<string, string | undefined>>, proc = '/proc'): string | undefined {
  const connection = env.SSH_CONNECTION ?? connectionAbove(proc)
  const [peer = ''] = connection?.split(' ') ?? []
  return parseIp(peer.split('%')[0] ?? '') === undefined ? undefined : peer
}

function connectionAbove(proc: string): string | undefined {
  const own = namespaceOf(proc, 'self')
  let pid = parentOf(proc, 'self')
  for (let seen = 0; pid !== undefined && pid > 0 && seen < mostParents; seen++) {
    const connection = startedWith(proc, pid)
    // A session that comes into another namespace is not in danger here.
    if (connection !== undefined && namespaceOf(proc, String(pid)) === own) return connection
    pid = parentOf(proc, String(pid))
  }
  return undefined
}

function parentOf(proc: string, pid: string): number | undefined {
  const found = /^PPid:\s+(\d+)$/m.exec(read(`${proc}/${pid}/status`) ?? '')
  return found === null ? undefined : Number(found[1])
}

function startedWith(proc: string, pid: number): string | undefined {
  const name = 'SSH_CONNECTION='
  const found = read(`${proc}/${pid}/environ`)
    ?.split('\0')
    .find((one) => one.startsWith(name))
  return found?.slice(name.length)
}

function namespaceOf(proc: string, pid: string): string | undefined {
  try {
    return readlinkSync(`${proc}/${pid}/ns/net`)
  } catch {
    return undefined
  }
}

/** What a process of somebody else says, or one that has ended, is not for us. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
