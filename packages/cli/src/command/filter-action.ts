/** Actions of filters as they are written: `redirect=ifb0`, `police=1mbit/10kb`, `drop:cookie=0a` (`tc action`). @module */
import { policeFields } from '@vnet/core'
import { parametersOf } from '../field-parameter.js'
import * as take from '../parameter.js'
import { rateValue, sizeValue } from '../traffic-value.js'
import { UsageError } from '../usage.js'

const controls = {
  ...{ drop: 'shot', pass: 'ok', continue: 'continue', reclassify: 'reclassify', pipe: 'pipe' },
  ...{ stolen: 'stolen', trap: 'trap' },
} as const

/** What follows an action: a word, or a place to go on at. */
function controlOf(given: string): string | undefined {
  if (Object.hasOwn(controls, given)) return controls[given as keyof typeof controls]
  const [, place, number] = /^(jump|chain)-(\d+)$/.exec(given) ?? []
  return place === undefined ? undefined : `${place === 'jump' ? 'jump' : 'goto chain'} ${number}`
}

function control(given: string, flag: string): string {
  const found = controlOf(given)
  if (found !== undefined) return found
  const words = [...Object.keys(controls), 'jump-PLACE', 'chain-NUMBER'].join(', ')
  throw new UsageError(`--${flag}: ${JSON.stringify(given)} cannot be done`, `one of ${words}`)
}

const controlValue: take.Value = { placeholder: 'control', read: control }

/** `determ/drop/5`: which packets, what is done with them. */
const randomValue: take.Value = {
  placeholder: 'way/control/number',
  read(given, flag) {
    const [way = '', instead = '', number = '', ...rest] = given.split('/')
    if (rest.length > 0 || number === '') {
      throw new UsageError(`--${flag}: random=${given} does not say it`, 'random=netrand|determ/CONTROL/NUMBER')
    }
    return { way, control: control(instead, flag), value: take.wholeValue('number').read(number, flag) }
  },
}

const cookieValue: take.Value = {
  placeholder: 'octets',
  read(given, flag) {
    if (!/^(?:[\da-f]{2})+$/i.test(given))
      throw new UsageError(`--${flag}: a cookie is octets such as 0a0b, not ${JSON.stringify(given)}`)
    return Uint8Array.from(Buffer.from(given, 'hex'))
  },
}

const base: readonly take.Parameter[] = [
  take.whole('index', 'its number; one that is there is shared'),
  { flag: 'cookie', property: 'cookie', about: 'octets to keep with it', value: cookieValue },
  take.word('hardwareStatistics', ['immediate', 'delayed', 'disabled'], 'how hardware counts'),
  take.flag('sharedCounters', 'one set of counters for all CPUs'),
]
const controlParameter = { flag: 'control', property: 'control', about: 'what follows', value: controlValue }

/** What stands behind the first word, by the kind of action. */
const more: Readonly<Record<string, readonly take.Parameter[]>> = {
  mirred: [take.word('direction', ['egress', 'ingress'], 'which way'), controlParameter, ...base],
  gact: [{ flag: 'random', property: 'random', about: 'what some packets get', value: randomValue }, ...base],
  police: [
    ...parametersOf(policeFields, 'add'),
    { flag: 'exceed', property: 'exceed', about: 'what becomes of packets beyond it', value: controlValue },
    { flag: 'conform', property: 'conform', about: 'what becomes of packets within it', value: controlValue },
    ...base,
  ],
}

const forms =
  'redirect=LINK, mirror=LINK, redirect-block=NUMBER, mirror-block=NUMBER, police=RATE/BURST, police, drop, pass, jump-PLACE or chain-NUMBER'
const sharedForm = 'share=KIND/NUMBER of one that is there'

/** The action that a first word begins. */
function begun(given: string, flag: string): { readonly kind: string } & Readonly<Record<string, unknown>> {
  const [word = '', ...rest] = given.split('=')
  const argument = rest.join('=')
  if ((word === 'redirect' || word === 'mirror') && argument !== '')
    return { kind: 'mirred', mode: word, link: take.linkRef(argument) }
  const [, way] = /^(redirect|mirror)-block$/.exec(word) ?? []
  if (way !== undefined)
    return { kind: 'mirred', mode: way, ...{ block: take.wholeValue('number').read(argument, flag) } }
  if (word === 'share') return sharedOf(argument, flag)
  if (given === 'police') return { kind: 'police', exceed: 'shot' }
  if (word === 'police') return policeOf(argument, flag)
  const what = controlOf(given)
  if (what === undefined) throw new UsageError(`--${flag}: ${JSON.stringify(given)} is no action`, forms)
  return { kind: 'gact', control: what }
}

/** `police/7`: one that is there. */
function sharedOf(argument: string, flag: string): { readonly kind: string } {
  const [kind = '', number = '', ...rest] = argument.split('/')
  if (rest.length > 0 || number === '')
    throw new UsageError(`--${flag}: share=${argument} does not say which`, 'share=KIND/NUMBER, such as share=police/7')
  return { kind, ...{ index: take.wholeValue('number').read(number, flag) } }
}

/** `1mbit/10kb`, then what is done with packets beyond the rate, and with those within it. */
function policeOf(argument: string, flag: string): { readonly kind: string } {
  const [rate = '', burst = '', exceed = 'drop', conform, ...rest] = argument.split('/')
  if (rest.length > 0) {
    throw new UsageError(`--${flag}: police=${argument} says too much`, 'police=RATE/BURST[/BEYOND[/WITHIN]]')
  }
  return {
    kind: 'police',
    ...{ rate: rateValue.read(rate, flag), burst: sizeValue.read(burst, flag), exceed: control(exceed, flag) },
    ...(conform === undefined ? {} : { conform: control(conform, flag) }),
  }
}

/** What is said besides: `cookie=0a`, `shared-counters`. */
function property(given: string, kind: string, flag: string): Readonly<Record<string, unknown>> {
  const [name = '', ...rest] = given.split('=')
  const parameters = more[kind] ?? []
  const parameter = parameters.find((one) => one.flag === name)
  if (parameter === undefined || rest.length > 0 !== (parameter.value !== undefined)) {
    const known = parameters.map((one) => (one.value === undefined ? one.flag : `${one.flag}=…`))
    throw new UsageError(`--${flag}: ${JSON.stringify(given)} says nothing of ${kind}`, `one of ${known.join(', ')}`)
  }
  return { [parameter.property]: parameter.value?.read(rest.join('='), flag) ?? true }
}

/** An action in a word. */
export const actionValue: take.Value = {
  placeholder: 'action',
  read(given, flag) {
    const [first = '', ...rest] = given.split(':')
    const start = begun(first, flag)
    return Object.assign({ ...start }, ...rest.map((one) => property(one, start.kind, flag)))
  },
}

/** What it is written as. */
export const actionForms = `${forms}; more behind colons (police:packet-rate=1000:packet-burst=50, mirror=LINK:cookie=0a)`

/** The option. */
export const action: take.Parameter = {
  flag: 'action',
  property: 'actions',
  about: `${actionForms}; or ${sharedForm}; several in a row`,
  value: { ...actionValue, list: true },
}
