// Turns what was captured into the text of a fixture. The format is described in README.md beside this file.

import { answerOf, flagNames, isMutating, normalise, objectOf, split, typeName, typeOf } from './netlink.mjs'
import { readTrace } from './strace.mjs'

const OCTETS_PER_LINE = 32

/**
 * Objects that a recipe's main request may be about, by the recipe's folder; numbers are those of the NEW type.
 *
 * @type {Record<string, number[]>}
 */
const objectsOf = {
  link: [16, 108],
  'bridge-port': [16],
  vlan: [16, 112],
  vni: [120],
  token: [16],
  address: [20],
  route: [24],
  neighbour: [28],
  fdb: [28],
  rule: [32],
  nexthop: [104],
  netns: [88],
  mdb: [84],
  qdisc: [36],
  class: [40],
  filter: [44],
  action: [48],
}

/** @typedef {{ request: Buffer, replies: Buffer[] }} Exchange */

/** Pairs every request with the answers that came on its socket. @param {string} trace @returns {Exchange[]} */
export function exchangesOf(trace) {
  /** @type {Exchange[]} */
  const exchanges = []
  /** @type {Map<number, Exchange>} */
  const open = new Map()
  for (const { direction, fd, bytes } of readTrace(trace)) {
    for (const message of split(bytes).map(normalise)) {
      if (direction === 'received') {
        const exchange = open.get(fd)
        if (!exchange) throw new Error(`an answer on socket ${fd} before any request`)
        exchange.replies.push(message)
      } else {
        const exchange = { request: message, replies: [] }
        exchanges.push(exchange)
        open.set(fd, exchange)
      }
    }
  }
  return exchanges
}

/** iproute2 asks an old kernel for RTM_NEWLINK by an empty request, answered ENODEV by those that have it. */
const isProbe = (/** @type {Buffer} */ message) =>
  typeOf(message) === 16 && message.length === 32 && message.readInt32LE(20) === 0

const isReading = (/** @type {string} */ command) => / (show|tunnelshow|get|list-id)\b/.test(command)

/**
 * The exchange that the recipe is about: the last that changes something, or, of a reading command, the last about the
 * recipe's object.
 */
export function mainOf(
  /** @type {Exchange[]} */ exchanges,
  /** @type {string} */ object,
  /** @type {string} */ command,
) {
  const wanted = isReading(command)
    ? (/** @type {Buffer} */ request) => objectsOf[object].includes(objectOf(request))
    : (/** @type {Buffer} */ request) => isMutating(request) && !isProbe(request)
  // A command of octets sends nothing but what is meant.
  const main = exchanges.filter(({ request }) => command.startsWith('send ') || wanted(request)).at(-1)
  if (!main) throw new Error(`no such request among ${exchanges.map((e) => typeName(e.request)).join(', ')}`)
  return main
}

/** One message: a title line and its octets. */
function block(/** @type {string} */ role, /** @type {'>' | '<'} */ marker, /** @type {Buffer} */ message) {
  const lines = [`@ ${role} ${typeName(message)} ${flagNames(message)} ${message.length}`]
  for (let at = 0; at < message.length; at += OCTETS_PER_LINE) {
    const words = message.toString('hex', at, Math.min(at + OCTETS_PER_LINE, message.length)).match(/.{1,8}/g) ?? []
    lines.push(`${marker} ${words.join(' ')}`)
  }
  return lines
}

/**
 * @param {import('./recipes.mjs').Recipe} recipe
 * @param {{ trace: string, stdout: string, stderr: string }} captured
 * @param {{ kernel: string, iproute2: string }} versions
 */
export function fixtureOf(recipe, captured, versions) {
  const exchanges = exchangesOf(captured.trace)
  const main = mainOf(exchanges, recipe.object ?? recipe.name.replace('guest-', '').split('/')[0], recipe.command)
  const { answer, message, offset } = answerOf(main.replies)
  const header = [
    ['command', recipe.command],
    ...(recipe.setup ?? []).map((line) => ['setup', line]),
    ['kernel', versions.kernel],
    ['iproute2', versions.iproute2],
    ['direction', '> to the kernel, < from the kernel'],
    ['answer', answer],
    ['message', message],
    ['offset', offset],
    ['note', recipe.note],
    ['json', jsonOf(recipe, captured)],
    ['text', textOf(recipe, captured)],
  ]
  const lines = header.filter(([, value]) => value !== undefined).map(([key, value]) => `# ${key}: ${value}`)
  for (const exchange of exchanges) {
    if (exchange !== main && isProbe(exchange.request)) continue
    const helper = exchange === main ? '' : 'helper '
    lines.push('', ...block(`${helper}request`, '>', exchange.request))
    // What a changing command was told about links on its way is the same everywhere, and long.
    if (exchange !== main && !isReading(recipe.command)) continue
    for (const reply of exchange.replies) lines.push(...block(`${helper}reply`, '<', reply))
  }
  return `${lines.join('\n')}\n`
}

/** What `ip -j` made of the answer, on one line. */
function jsonOf(/** @type {import('./recipes.mjs').Recipe} */ recipe, /** @type {{ stdout: string }} */ { stdout }) {
  if (!/^(ip|bridge|tc)( -\S+)* -j/.test(recipe.command) || stdout.trim() === '') return undefined
  return JSON.stringify(JSON.parse(stdout))
}

/** What `tc` printed where it has no JSON, on one line: as a JSON string. */
function textOf(/** @type {import('./recipes.mjs').Recipe} */ recipe, /** @type {{ stdout: string }} */ { stdout }) {
  if (!/^tc( -[a-z]+)* \w+ show\b/.test(recipe.command) || / -j\b/.test(recipe.command)) return undefined
  return JSON.stringify(stdout)
}

/** The parts of a fixture that a second recording must repeat: what was asked, and how it was answered. */
export const stablePart = (/** @type {string} */ text) =>
  text.split('\n').filter((line) => /^(# (command|setup|answer|message|offset):|> |@ (helper )?request)/.test(line))
