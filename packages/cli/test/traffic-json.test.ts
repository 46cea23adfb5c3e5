/** Traffic control made by `vnet` is told by `vnet … --json` as by `tc -j`, field by field. */
import { beforeAll, describe, expect, it } from 'vitest'
import { sizeText } from '../src/render/tc-json/quantity.js'
import { type Answer, askAll, type Question } from './ask.js'
import { same } from './same.js'
import { type Abilities, patience } from './sandbox.js'
import { type TrafficMaking, trafficLines } from './traffic-lines.js'

const linkOf = (making: TrafficMaking) => `t${trafficLines.indexOf(making)}`
const pairs = trafficLines.map((making) => `link add name ${linkOf(making)} type veth peer name ${linkOf(making)}-p`)
const ground = `ip -batch - <<'END'\nlink set lo up\n${pairs.join('\n')}\nEND\n`

/** What is asked about a making. */
function questionsOf(making: TrafficMaking): readonly Question[] {
  const link = linkOf(making)
  const { filtersOf, block, classes, actionsOf = [] } = making
  const [kind, number] = actionsOf
  return [
    { vnet: `qdisc list -d -s --on ${link}`, peer: `tc -d -s -j qdisc show dev ${link}` },
    ...(filtersOf === undefined
      ? []
      : ['', '-d -s'].map((details) => ({
          vnet: `filter list ${details} --on ${link} --parent ${filtersOf}`.replace('  ', ' '),
          peer: `tc ${details} -j filter show dev ${link} ${filtersOf}`,
        }))),
    ...(block === undefined
      ? []
      : [{ vnet: `filter list --block ${block}`, peer: `tc -j filter show block ${block}` }]),
    ...(kind === undefined
      ? []
      : [
          { vnet: `action list -s ${kind}`, peer: `tc -s -j actions list action ${kind}` },
          { vnet: `action get ${kind} ${number}`, peer: `tc -j actions get action ${kind} index ${number}` },
        ]),
    ...(classes ? [{ vnet: `class list -d -s --on ${link}`, peer: `tc -d -s class show dev ${link}` }] : []),
  ]
}

describe.each(['napi', 'ffi'])('traffic control by vnet --driver %s', (driver) => {
  let supports: Abilities | string
  let told: readonly (Question & Partial<Answer> & { readonly making: TrafficMaking })[] = []

  beforeAll(() => {
    const asked = trafficLines.flatMap((making) => [
      ...[...(making.before ?? []), ...making.lines].map((line) => ({
        making,
        vnet: line.replaceAll('LINK', linkOf(making)),
      })),
      ...questionsOf(making).map((question) => ({ making, ...question })),
    ])
    const { answers, ...found } = askAll(driver, ground, asked)
    supports = found.supports
    told = asked.map((question, at) => ({ ...question, ...answers[at] }))
  }, 180_000 * patience)

  it.for(trafficLines.map((making) => [making.title, making] as const))('%s', ([, making], { skip }) => {
    if (typeof supports === 'string') return skip(supports)
    const lack = making.needs.find((capability) => (supports as Abilities)[capability] !== true)
    if (lack !== undefined) return skip(`lacks capability: ${lack}`)
    for (const { vnet, peer, mine = '', before = '', after = '', error } of told.filter(
      (one) => one.making === making,
    )) {
      expect(error, vnet).toBe('')
      if (peer === undefined) continue
      const [first, second] = vnet.startsWith('class') ? [before, after].map(classesIn) : [before, after].map(parse)
      same(vnet.startsWith('class') ? classesOf(mine) : JSON.parse(mine), [first, second])
    }
  })
})

const parse = (text: string): unknown => JSON.parse(text)

/**
 * The words of `tc -d class show`: iproute2 6.1 writes classes for people only, also where JSON is asked for. Rates in
 * octets a second, sizes in octets.
 */
function classesIn(text: string): unknown {
  return text
    .split(/\n(?=class )/)
    .filter((block) => block !== '')
    .map((block) => {
      const words = block.trim().split(/[\s(),]+/)
      const value = (name: string, from = 0) => {
        const at = words.indexOf(name, from)
        return at === -1 ? undefined : (words[at + 1] as string).replace(/\/1$/, '')
      }
      return {
        class: words[1],
        handle: words[2],
        parent: words.includes('root') ? 'root' : value('parent'),
        leaf: value('leaf'),
        prio: numberIn(value('prio')),
        quantum: numberIn(value('quantum')),
        rate: rateIn(value('rate')),
        overhead: numberIn(value('overhead')),
        ceil: rateIn(value('ceil')),
        linklayer: value('linklayer'),
        burst: value('burst'),
        mpu: value('mpu'),
        cburst: value('cburst'),
        level: numberIn(value('level')),
        bytes: numberIn(value('Sent')),
        ...Object.fromEntries(counted.map((name) => [name, numberIn(value(names[name] ?? name))])),
      }
    })
}

/** What classes counted, and the words of `tc` for those that have others. */
const counted = ['drops', 'overlimits', 'requeues', 'lended', 'borrowed', 'giants', 'tokens', 'ctokens']
const names: Readonly<Record<string, string>> = {
  drops: 'dropped',
  ...Object.fromEntries(['lended', 'borrowed', 'giants', 'tokens', 'ctokens'].map((name) => [name, `${name}:`])),
}

const numberIn = (word: string | undefined) => (word === undefined ? undefined : Number(word))

function rateIn(word: string | undefined): number | undefined {
  const [, digits = '', unit = ''] = /^(\d+)(K|M|G)?bit$/.exec(word ?? '') ?? []
  return digits === '' ? undefined : (Number(digits) * 1000 ** (['', 'K', 'M', 'G'].indexOf(unit) || 0)) / 8
}

/** The same of what vnet tells; sizes in the words of `tc`. */
function classesOf(text: string): unknown {
  return (JSON.parse(text) as readonly Record<string, unknown>[]).map((one) => ({
    class: one.class,
    handle: one.handle,
    parent: one.root === true ? 'root' : one.parent,
    leaf: one.leaf,
    prio: one.prio,
    quantum: one.quantum,
    rate: one.rate,
    overhead: one.overhead,
    ceil: one.ceil,
    linklayer: one.linklayer,
    burst: sizeText(Number(one.burst)),
    mpu: sizeText(Number(one.mpu_rate)),
    cburst: sizeText(Number(one.cburst)),
    level: one.level,
    bytes: one.bytes,
    ...Object.fromEntries(counted.map((name) => [name, one[name]])),
  }))
}
