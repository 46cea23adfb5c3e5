// A kernel of Debian, downloaded and unpacked for QEMU; it is not installed.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { apt } from './install.mjs'
import { find } from './program.mjs'

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'vnet-kernel')
const home = join(cache, 'linux-6.12')

/** The packages that name the newest build of the kernel: of Debian 12, and of Debian 13, whose own kernel it is. */
const names = ['linux-image-6.12-amd64', 'linux-image-amd64']

export const modulesOf = () => join(home, 'lib/modules')

export function imageOf() {
  const image = readdirSync(join(home, 'boot')).find((name) => name.startsWith('vmlinuz-'))
  if (image === undefined) throw new Error(`no kernel in ${home}`)
  return join(home, 'boot', image)
}

/** Downloads and unpacks the kernel, once. */
export function prepareKernel() {
  if (existsSync(home)) return
  if (find('apt-get') === undefined)
    throw new Error(`needs ${names[0]}, unpacked in ${home}, with its modules listed by depmod`)
  const name = packageOf()
  if (name === undefined) throw new Error(`apt knows no ${names.join(' nor ')} with a kernel 6.12`)
  console.error(`guest: downloading ${name}`)
  mkdirSync(cache, { recursive: true })
  const place = mkdtempSync(join(cache, 'new-'))
  try {
    const root = join(place, 'root')
    mkdirSync(root)
    apt(['download', name], place)
    const file = readdirSync(place).find((entry) => entry.endsWith('.deb'))
    if (file === undefined) throw new Error(`apt-get download ${name} brought nothing`)
    execFileSync('dpkg-deb', ['-x', join(place, file), root])
    execFileSync(find('depmod') ?? 'depmod', ['-b', root, ...readdirSync(join(root, 'lib/modules'))])
    // Another run may have been faster.
    if (!existsSync(home)) renameSync(root, home)
  } finally {
    rmSync(place, { recursive: true, force: true })
  }
}

/** The package of the newest build, such as `linux-image-6.12.1-amd64`. */
function packageOf() {
  for (const fresh of [false, true]) {
    if (fresh) apt(['update'])
    for (const name of names) {
      const answer = execFileSync('apt-cache', ['depends', name], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      const found = /Depends: (linux-image-6\.12\S*)/.exec(answer)?.[1]
      if (found !== undefined) return found
    }
  }
  return undefined
}
