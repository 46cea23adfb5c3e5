/** Answers to what Wireshark asks: which links there are, what their frames begin with, how they can be captured. @module */
import { type CaptureDirection, type Host, isVnetError, type Link } from '@vnet/core'
import { placesOf } from '../capture/place.js'
import { runCapture } from '../capture/run.js'
import { fileSink } from '../capture/sink.js'
import { openTargets } from '../capture/target.js'
import type { Context } from '../context.js'
import { UsageError } from '../usage.js'
import { type Question, sentence } from './question.js'

/** A link that is offered. */
interface Offer {
  /** How Wireshark calls it: no colons or slashes, which would not do in the name of a pipe. */
  readonly value: string
  /** What people read. */
  readonly display: string
  /** How `vnet capture` calls it. */
  readonly target: string
  readonly link?: Link
}

/** Answers. */
export async function answer(question: Question, host: Host, context: Context, signal: AbortSignal): Promise<void> {
  const out = (text: string) => context.terminal.out(text)
  if (question.has('extcap-interfaces')) {
    out(sentence('extcap', { version: '1.0', display: 'vnet' }))
    for (const { value, display } of await offersOf(host)) out(sentence('interface', { value, display }))
    return
  }
  const offer = await offerOf(question, host)
  if (question.has('extcap-dlts')) out(sentence('dlt', linkType(offer.link)))
  else if (question.has('extcap-config')) out(configuration(offer))
  else if (question.has('capture')) await capture(question, offer, host, context, signal)
  else if (question.has('extcap-capture-filter')) await tryFilter(question, offer, host, context)
  else throw new UsageError('this says nothing that extcap programs are asked')
}

async function offersOf(host: Host): Promise<readonly Offer[]> {
  return (await placesOf(host)).map(({ word, namespace, link }) => {
    const what = link === undefined ? 'all links' : `${link.name} (${link.kind ?? link.type})`
    const where = namespace === undefined ? '' : ` in namespace ${namespace}`
    return { value: `vnet-${word}`, display: `vnet: ${what}${where}`, target: word, ...(link && { link }) }
  })
}

async function offerOf(question: Question, host: Host): Promise<Offer> {
  const wanted = question.get('extcap-interface')
  if (typeof wanted !== 'string' || wanted === '') throw new UsageError('which link? --extcap-interface')
  const offer = (await offersOf(host)).find(({ value }) => value === wanted)
  if (offer === undefined) throw new UsageError(`there is no link ${JSON.stringify(wanted)} any more`)
  return offer
}

/** For its lists only: each link has its own type in the file. */
function linkType(link: Link | undefined): { number: number; name: string; display: string } {
  if (link === undefined || link.type === 'ether' || link.type === 'loopback') {
    return { number: 1, name: 'EN10MB', display: 'Ethernet' }
  }
  return ['none', 'rawip', 'ppp', 'ipip', 'tunnel6', 'sit'].includes(link.type)
    ? { number: 101, name: 'RAW', display: 'Raw IP' }
    : { number: 113, name: 'LINUX_SLL', display: 'Linux cooked v1' }
}

function configuration({ link }: Offer): string {
  const arg = (number: number, call: string, display: string, more: Readonly<Record<string, string | number>>) =>
    sentence('arg', { number, call: `--${call}`, display, ...more })
  const value = (text: string, display: string, chosen: string) =>
    sentence('value', { arg: 0, value: text, display, default: chosen })
  const lines = [
    arg(0, 'direction', 'Direction', { type: 'selector', tooltip: 'Which way the frames go' }),
    value('both', 'In and out', 'true'),
    value('in', 'In', 'false'),
    value('out', 'Out', 'false'),
    arg(1, 'snap-length', 'Octets of a frame', { type: 'unsigned', range: '1,262144', default: 262144 }),
  ]
  if (link !== undefined) {
    const tooltip = 'Also frames for other MACs'
    lines.push(arg(2, 'promiscuous', 'Promiscuous', { type: 'boolean', default: 'true', tooltip }))
  }
  return lines.join('')
}

async function capture(
  question: Question,
  { target, link }: Offer,
  host: Host,
  context: Context,
  signal: AbortSignal,
): Promise<void> {
  const fifo = question.get('fifo')
  if (typeof fifo !== 'string' || fifo === '') throw new UsageError('where to? --fifo')
  // First of all: Wireshark waits until the pipe is opened, also where that is all that becomes of it.
  const sink = await fileSink(fifo)
  const { targets, close } = await openTargets(host, [target], optionsOf(question, link))
  try {
    const filter = filterOf(question)
    const more = filter === undefined ? {} : { filter }
    // It shows what is printed as an error.
    await runCapture(targets, context.terminal, { sink, json: false, quiet: true, signal, ...more })
  } finally {
    await close()
  }
  // After a failure only the end of the process closes the pipe: what is told behind its end, Wireshark does not read.
  await sink.close()
}

/** Wireshark shows what is printed as what is wrong with the filter; nothing says that it is right. */
async function tryFilter(question: Question, { target, link }: Offer, host: Host, context: Context): Promise<void> {
  try {
    const { close } = await openTargets(host, [target], optionsOf(question, link))
    await close()
  } catch (error) {
    if (!isVnetError(error) || error.attribute !== 'options.filter') throw error
    context.terminal.out(`${error.detail ?? error.message}\n`)
  }
}

function optionsOf(question: Question, link: Link | undefined) {
  const snapLength = question.get('snap-length')
  const direction = question.get('direction')
  const promiscuous = question.get('promiscuous')
  const filter = filterOf(question)
  return {
    ...(typeof snapLength !== 'string' ? {} : { snapLength: Number(snapLength) }),
    ...(typeof direction !== 'string' ? {} : { direction: direction as CaptureDirection }),
    ...(promiscuous === undefined || link === undefined ? {} : { promiscuous: promiscuous !== 'false' }),
    ...(filter === undefined ? {} : { filter }),
  }
}

function filterOf(question: Question): string | undefined {
  const filter = question.get('extcap-capture-filter')
  return typeof filter === 'string' && filter.trim() !== '' ? filter : undefined
}
