/** A pair of links of two namespaces for captures, with the programs that are compared with. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'vitest'
import { hasOtherUser, inSandbox, noDriver, type Run, vnet } from './sandbox.js'

/**
 * `v0` (10.0.0.1, fd00::1) here and its peer `eth0` (10.0.0.2, fd00::2) in the namespace `blue`. `start NAME WORDS…` runs the
 * command in the background, with its output in `$DIR/NAME.out` and `.err`, and waits until it is ready; `stop NAME` interrupts it
 * and prints how it ended.
 */
const lab = `
set -u
declare -A pids
start() {
  local name=$1; shift
  "${process.execPath}" "${vnet}" "$@" >"$DIR/$name.out" 2>"$DIR/$name.err" & pids[$name]=$!
  ready "$name"
}
ready() {
  until grep -qs 'listening\\|answers for\\|"ready"' "$DIR/$1.err" "$DIR/$1.out"; do
    kill -0 \${pids[$1]} || break
    sleep 0.05
  done
}
stop() { kill -INT \${pids[$1]}; wait \${pids[$1]}; echo "$1 $?"; }
now() { date +%s%N; }
ip link set lo up
ip netns add blue
ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02 netns blue
ip address add 10.0.0.1/24 dev v0; ip -6 address add fd00::1/64 dev v0 nodad; ip link set v0 up
ip -n blue address add 10.0.0.2/24 dev eth0; ip -n blue -6 address add fd00::2/64 dev eth0 nodad; ip -n blue link set eth0 up
`

/** What a script in the lab gave. */
export interface LabRun extends Run {
  /** What it wrote into `$DIR`. */
  read(name: string): Buffer
  /** The same, as text. */
  text(name: string): string
}

/** What tests of a backend are declared with. */
export interface Lab {
  /** A test; those of its needs that are not there skip it. */
  test(title: string, programs: readonly string[], body: (run: (script: string) => LabRun) => void): void
}

/** Declares tests on both bindings. */
export function onBothBindings(title: string, declare: (lab: Lab) => void): void {
  describe.each(['napi', 'ffi'])(`${title}, %s`, (driver) => {
    const reason = noDriver(driver)
    declare({
      test(name, programs, body) {
        it(name, ({ skip }) => {
          const absent = programs.filter(
            (program) => spawnSync(program.split(' ')[0] as string, ['--version']).error !== undefined,
          )
          if (reason !== undefined) return skip(reason)
          // tcpdump reads and writes files as another user, whom root of a user namespace cannot become; it compiles as anyone.
          if (programs.includes('tcpdump -r') && !hasOtherUser)
            return skip('needs another user beside root, for tcpdump')
          if (absent.length > 0) return skip(`lacks capability: ${absent.join(', ')}`)
          const folder = mkdtempSync(join(tmpdir(), 'vnet-capture-'))
          try {
            const read = (file: string) => readFileSync(join(folder, file))
            const text = (file: string) => read(file).toString('utf8')
            const env = { VNET_DRIVER: driver, DIR: folder, HOME: folder, XDG_CONFIG_HOME: join(folder, '.config') }
            body((script) => ({ ...inSandbox(`${lab}${script}`, env), read, text }))
          } finally {
            rmSync(folder, { recursive: true })
          }
        }, 200_000)
      },
    })
  })
}
