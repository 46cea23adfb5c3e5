/** The rows of the switch: on TAPs, with the switch in C on the same descriptors, and in memory, without any system call. */
import { execFileSync } from 'node:child_process'
import { summary } from '../statistics.mjs'
import { measureSwitch } from '../switch.mjs'

const COUNT = 10_000
const SIZE = 64
/** Pairs before those that count: a switch on sixteen ports takes that long until the compiler is done with it. */
const WARM = 8
const GOAL = 0.9

/** What `--only` may name; `switch` is all of them. */
export const switchNames = ['switch', 'switch-tap-4', 'switch-tap-16', 'switch-memory-4', 'switch-memory-16']

/** Backend and frames of a read; 64 is the default. */
const contenders = { napi: ['napi', 64], 'napi-256': ['napi', 256], ffi: ['ffi', 64], 'ffi-256': ['ffi', 256] }
const goals = Object.fromEntries([...Object.keys(contenders), 'vnet'].map((name) => [name, GOAL]))

/** Links for the kernel's bridge, and as many that belong to none. */
const bridgeLinks = `
set -e
echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
for i in $(seq 0 $(($1 - 1))); do
  ip link add end$i type veth peer name port$i
  ip link add plain$i type veth peer name sink$i
  ip link set port$i master br0
  for name in port end sink plain; do ip link set $name$i up; done
done
shift
exec "$@"`

/**
 * Runs the stage in a network namespace of its own; the numbers of the pairs that count. As SCHED_RR, not SCHED_FIFO: V8 asks
 * again and again for what a thread of its own has not done, and on one processor that thread would never have its turn.
 */
function perform(words, pairs, ports, cache, ...before) {
  const stage = [`${cache}/switch-stage`, pairs + WARM, COUNT, ports, SIZE].map(String)
  const line = ['--net', '--mount', '--', ...before, 'chrt', '-r', '10', ...stage, ...words]
  const out = execFileSync('unshare', line, { encoding: 'utf8', timeout: 120_000 })
  const lines = out.trim().split('\n').slice(WARM)
  return lines.map((text) => text.split(' ').map((number) => Number(number) / COUNT))
}

/** The kernel's bridge, without a reader or a writer; beside the C switch of the same row. */
function bridge(ports, pairs, cache, c) {
  const times = perform(['bridge'], pairs, ports, cache, 'sh', '-c', bridgeLinks, 'sh', String(ports)).flat()
  return { name: 'bridge', c, own: summary(times), ratio: summary(times.map((time) => c.median / time)) }
}

/** Takes a failed contender for a result that says so. */
function attempt(name, measure) {
  try {
    return measure()
  } catch (error) {
    return { name, failure: (error.stderr || error.message).trim().split('\n')[0] }
  }
}

/** A row on TAPs. */
function tapRow(ports, pairs, cache, here, wanted) {
  const results = Object.entries(contenders)
    .filter(([name]) => wanted(name))
    .map(([name, [backend, batch]]) =>
      attempt(name, () => {
        const words = [process.execPath, `${here}switch-vnet.mjs`, String(ports), backend, String(batch)]
        const counted = perform(words, pairs, ports, cache)
        return {
          name,
          c: summary(counted.map(([c]) => c)),
          own: summary(counted.map(([, own]) => own)),
          ratio: summary(counted.map(([c, own]) => c / own)),
        }
      }),
    )
  const c = results.find((result) => result.c !== undefined)?.c
  if (c !== undefined && wanted('bridge')) results.push(attempt('bridge', () => bridge(ports, pairs, cache, c)))
  const title = `frames of ${SIZE} octets through a switch of ${ports} TAPs`
  return { name: `switch-tap-${ports}`, title, mode: 'switch', count: COUNT, goals, results }
}

/** A row in memory. */
async function memoryRow(ports, pairs) {
  const { c, ours, ratio } = await measureSwitch({ ports, rounds: pairs })
  const title = `Switch of ${ports} ports in memory: forwarding alone, frames of ${SIZE} octets`
  const results = [{ name: 'vnet', c, own: ours, ratio }]
  return { name: `switch-memory-${ports}`, title, mode: 'switch', count: 1, goals, results }
}

/**
 * Measures the rows that are asked for, one after another.
 *
 * @param {{ cache: string, here: string, pairs: number, chosen: (name: string) => boolean, wanted: (name: string) => boolean }} options
 */
export async function* switchRows({ cache, here, pairs, chosen, wanted }) {
  const asked = (name) => chosen('switch') || chosen(name)
  if (!switchNames.some(asked)) return
  execFileSync('gcc', ['-O2', '-o', `${cache}/switch-stage`, `${here}switch-stage.c`], { stdio: 'inherit' })
  for (const ports of [4, 16]) {
    if (asked(`switch-tap-${ports}`)) yield tapRow(ports, pairs, cache, here, wanted)
  }
  for (const ports of [4, 16]) if (asked(`switch-memory-${ports}`)) yield await memoryRow(ports, pairs)
}
