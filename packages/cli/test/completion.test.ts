/** Completion: every place of a line, live names, and the scripts in the shells that are here. */
import { spawnSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitLine } from '../src/completion/line.js'
import { scriptFor, shells } from '../src/completion/script.js'
import { record } from './recorder.js'

/** The words for a line; the last word is the unfinished one. */
async function wordsFor(line: string): Promise<readonly string[]> {
  const { out } = await record(['__complete', '--line', `vnet ${line}`])
  return out
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => text.split('\t')[0] as string)
}

describe('completion', () => {
  it.each<[string, readonly string[]]>([
    ['', ['link', 'address', 'route', 'namespace', 'watch', 'demo']],
    ['li', ['link']],
    ['link ', ['add', 'set', 'delete', 'get', 'list']],
    ['l s', ['set']],
    ['link add ', ['bridge', 'veth', 'vxlan', 'other']],
    ['link add br', ['bridge']],
    ['link add bridge --forw', ['--forward-delay']],
    ['link add bridge --no-st', ['--no-stp']],
    ['link add macvlan --mode ', ['private', 'vepa', 'bridge', 'passthru', 'source']],
    ['link add macvlan --mode=ve', ['--mode=vepa']],
    ['link set ', ['lo', 'br0', 'v0', 'uplink', 'vx0']],
    ['link set v', ['v0', 'vx0']],
    ['link set v0 --master ', ['lo', 'br0', 'v0']],
    ['link set v0 --do', ['--down']],
    ['link --ki', ['--kind']],
    ['link list --kind v', ['veth', 'vlan', 'vxlan']],
    ['--driver ', ['auto', 'napi', 'ffi', 'mock']],
    ['--na', ['--namespace']],
    ['link list --js', ['--json']],
    ['--namespace ', ['blue']],
    ['address add 10.0.0.1/8 --on b', ['br0']],
    ['address list --label br0', ['br0:web']],
    ['alias delete b', ['br0:web']],
    ['alias list b', ['br0']],
    ['al', ['alias']],
    ['route add d', ['default']],
    ['route list --table ', ['main', 'local', 'default', 'all']],
    ['neighbour list --state re', ['reachable']],
    ['netns del ', ['blue']],
    ['capture br', ['br0', 'br0@blue']],
    ['capture v0 any@', ['any@blue']],
    ['capture v0 --direction ', ['both', 'in', 'out']],
    ['capture --fil', ['--filter']],
    ['extcap ', ['install', 'uninstall']],
    ['tap respond --on v0@', ['v0@blue']],
    ['watch link ', ['link', 'address', 'fdb']],
    ['switch --po', ['--port']],
    ['switch --port ', ['tap:', 'tap:tap0']],
    ['switch --stp ', ['stp', 'rstp']],
    ['switch --stp r', ['rstp']],
    ['switch --stp --pri', ['--priority']],
    ['switch --stp --driver ', ['mock']],
    ['switch --capture ', [':files']],
    ['completion ', ['bash', 'zsh', 'fish']],
    ['namespace exec blue ', [':commands']],
    ['namespace exec blue -- cat ', [':files']],
    ['--state ', [':files']],
  ])('%j', async (line, expected) => {
    expect(await wordsFor(line)).toEqual(expect.arrayContaining([...expected]))
  })

  it.each(['nosuch ', 'link add bridge br9 ', 'link delete v0 ', 'link set v0 --mtu '])(
    'knows nothing for %j',
    async (line) => {
      expect(await wordsFor(line)).toEqual([])
    },
  )

  it('tells each option once, and tells what words are', async () => {
    expect(await wordsFor('link list --details --de')).toEqual([])
    expect((await record(['__complete', '--', 'link', 'set', 'v'])).out).toBe('v0\tveth\nvx0\tvxlan\n')
  })

  it('evaluates nothing', () => {
    expect(splitLine(`vnet a 'b c' "d \\" e" f\\ g $(x) h`)).toEqual({
      before: ['a', 'b c', 'd " e', 'f g', '$(x)'],
      current: 'h',
    })
    expect(splitLine('vnet a ')).toEqual({ before: ['a'], current: '' })
    expect(splitLine("vnet 'a b")).toEqual({ before: [], current: 'a b' })
  })
})

describe('scripts', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-completion-'))
    // A vnet that answers what a script may meet.
    const answers = `#!/bin/sh
case "$*" in
  *cat*) printf ':files\\n' ;;
  *@*) printf 'eth0@blue\\tveth\\n' ;;
  *label*) printf 'br0:1\\tan alias\\nbr0:2\\tanother\\n' ;;
  *mode=*) printf '%s\\n' '--mode=vepa' ;;
  *) printf 'link\\tnetwork devices\\nlist\\tthe links\\n' ;;
esac
`
    writeFileSync(join(folder, 'vnet'), answers)
    chmodSync(join(folder, 'vnet'), 0o755)
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each(shells)('print for %s', async (shell) => {
    const { status, out } = await record(`completion ${shell}`)
    expect(status).toBe(0)
    expect(out).toBe(scriptFor(shell))
    expect(out).toContain('vnet __complete')
  })

  it.each<[string, readonly string[]]>([
    ['vnet li', ['link', 'list']],
    ['vnet link', ['link']],
    // What stands before the last ":", "=" or "@" is on the line already.
    ['vnet address list --label br0:', ['1', '2']],
    ['vnet capture eth0@b', ['blue']],
    ['vnet link add macvlan --mode=v', ['vepa']],
    ['vnet $(touch /tmp/vnet-completion-evaluated) li', ['link', 'list']],
  ])('complete %j in bash', (line, expected) => {
    const script = `${scriptFor('bash')}
COMP_LINE=$1 COMP_POINT=\${#1}
_vnet
printf '%s\\n' "\${COMPREPLY[@]}"`
    const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` }
    const { stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', line], { encoding: 'utf8', env })
    expect(stderr).toBe('')
    expect(stdout.split('\n').filter((word) => word !== '')).toEqual(expected)
  })

  it.for(shells)('are understood by %s', (shell, { skip }) => {
    if (spawnSync(shell, ['--version']).error !== undefined) return skip(`needs ${shell}`)
    const file = join(folder, `completion.${shell}`)
    writeFileSync(file, scriptFor(shell))
    const { status, stderr } = spawnSync(shell, ['-n', file], { encoding: 'utf8' })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })
})
