/** Reading many links: from one list where that costs less than a question for each. @module */
import type { CleanLinkSpec, Link, LinkRef, Request, Result } from '@vnet/core'
import type { Pending } from './conversation.js'
import type { Gate } from './gate.js'
import type { Octets } from './netlink/octets.js'
import { failureOf } from './outcome.js'
import type { EncodeContext, OperationCodec } from './rtnetlink/codec.js'
import { codecs } from './rtnetlink/index.js'
import { linkNameIn } from './rtnetlink/link-name.js'
import type { Window } from './window.js'

/** Who reads. */
export interface LinkReader extends EncodeContext {
  readonly window: Window
  /** Whether it goes on. */
  readonly gate: Gate
  /** The results of requests here, one a request. */
  plain(requests: readonly Request[]): Promise<Result<unknown>[]>
}

/** Fewer are asked for one by one. */
const LEAST = 32
/** How many others a list may hold for each link that is wanted: a question costs more than four links of a list. */
const OTHERS = 4

/**
 * Links by name or index, `undefined` where there is none. One list answers for many; what is not in it (asked for by an
 * alternative name, or missed because links came and went meanwhile) is asked for by itself.
 *
 * @param kind What all of them are, where that is known: the kernel lists no others then.
 */
export async function readLinks(run: LinkReader, links: readonly LinkRef[], kind?: string): Promise<Result<unknown>[]> {
  const list = new WantedLinks(links)
  await readList(run, links.length, list, kind)
  const { results } = list
  const rest: number[] = []
  for (let i = 0; i < links.length; i++) if (results[i] === undefined) rest.push(i)
  if (rest.length > 0) {
    const answers = await run.plain(rest.map((position) => question(links[position] as LinkRef)))
    rest.forEach((position, i) => {
      results[position] = answers[i]
    })
  }
  return results as Result<unknown>[]
}

/**
 * The links that a kernel made without sending them back.
 *
 * @param before The links that there were before the one whose name and index the kernel chose.
 */
export async function readMade(
  run: LinkReader,
  requests: readonly Request[],
  before: readonly Link[],
): Promise<Result<unknown>[]> {
  const results = new Array<Result<unknown>>(requests.length)
  const kinds = new Map<string, number[]>()
  const unnamed: number[] = []
  requests.forEach((request, position) => {
    if (isUnnamed(request)) {
      unnamed.push(position)
      return
    }
    const { kind } = request.spec as CleanLinkSpec
    const positions = kinds.get(kind)
    if (positions === undefined) kinds.set(kind, [position])
    else positions.push(position)
  })
  await run.gate.calmly(async () => {
    for (const [kind, positions] of kinds) {
      const links = positions.map((position) => madeRef(requests[position] as Request) as LinkRef)
      const answers = await readLinks(run, links, kind)
      positions.forEach((position, i) => {
        results[position] = answers[i] as Result<unknown>
      })
    }
    for (const position of unnamed) {
      const [list] = (await run.plain([listOfKind(requests[position] as Request)])) as [Result<readonly Link[]>]
      results[position] = list.ok ? { ok: true, value: newest(list.value, before) } : list
    }
  })
  return results.map((result, i) =>
    result.ok ? result : { ok: false, error: failureOf(result.error, requests[i] as Request) },
  )
}

/** Whether a link is to be made whose name and index the kernel chooses. */
export const isUnnamed = (request: Request): boolean =>
  request.operation === 'link add' && madeRef(request) === undefined

const madeRef = ({ spec }: Request): LinkRef | undefined => {
  const { name, index } = spec as CleanLinkSpec
  return name ?? index
}

/** The question for one link. */
export const question = (link: LinkRef): Request => ({ operation: 'link get', spec: { link } })

/** The list of all links of the kind that is to be made. */
export const listOfKind = ({ spec }: Request): Request => ({
  operation: 'link list',
  spec: { kind: (spec as CleanLinkSpec).kind },
})

/**
 * The link that was made, of those of its kind: one that was not there before, the second of a pair (the kernel makes the
 * peer first). An index alone would not tell: the kernel counts them up, but takes any that it is told.
 */
export function newest(links: readonly Link[], before: readonly Link[]): Link | undefined {
  const known = new Set(before.map(({ index }) => index))
  return links.findLast(({ index }) => !known.has(index))
}

/** How many others there are, the last list of the connection tells; each time that it is held too long, less is believed. */
function isListWorth(window: Window, wanted: number, kind = ''): boolean {
  if (wanted < LEAST) return false
  const others = window.others.get(kind) ?? 0
  if (others <= OTHERS * wanted) return true
  window.others.set(kind, others >> 1)
  return false
}

/** Who takes links out of a list. */
interface ListReader extends Pending {
  /** Links of the list that it did not want. */
  readonly others: number
}

/**
 * Reads a list for some links where that costs less than asking for each. What is wrong with the list is told when they are
 * asked for by themselves.
 */
export async function readList(run: LinkReader, wanted: number, to: ListReader, kind?: string): Promise<void> {
  if (!isListWorth(run.window, wanted, kind)) return
  await run.window.dump({ operation: 'link list', spec: kind === undefined ? {} : { kind } }, linkList, run, to)
  run.window.others.set(kind ?? '', to.others)
}

const linkList = codecs['link list'] as OperationCodec<never>

/** Takes the wanted links out of a list; the others are not even decoded. */
class WantedLinks implements ListReader {
  /** What was found, in the order of what is wanted. */
  readonly results: (Result<unknown> | undefined)[]
  others = 0
  private readonly positions = new Map<LinkRef, number>()

  constructor(links: readonly LinkRef[]) {
    this.results = new Array<Result<unknown> | undefined>(links.length).fill(undefined)
    links.forEach((link, position) => {
      this.positions.set(link, position)
    })
  }

  object(from: Octets, start: number, end: number, type: number): void {
    const name = linkNameIn(from, start, end, type)
    if (name === undefined) return
    const byName = this.positions.get(name)
    const byIndex = this.positions.get(from.s32(start + 4))
    if (byName === undefined && byIndex === undefined) {
      this.others++
      return
    }
    const link = linkList.decode?.(from, start, end, type, {} as never)
    if (link === undefined) return
    const result: Result<unknown> = { ok: true, value: link }
    if (byName !== undefined) this.results[byName] = result
    if (byIndex !== undefined) this.results[byIndex] = result
  }

  settle(): void {
    // A list that was cut short or changed under way is right in what it tells, and the rest is asked for.
  }
}
