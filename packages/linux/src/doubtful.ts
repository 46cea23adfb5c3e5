/** Requests with options that the kernel may ignore without a word: what the link tells afterwards shows whether it did. @module */
import {
  type DoubtfulOption,
  doubtfulOptions,
  ignoredOption,
  isTold,
  type Link,
  type Request,
  toldOf,
} from '@vnet/core'
import type { Carrier } from './compound.js'
import { linkOf } from './link-lookup.js'

/** Whether a request has such options; nearly none has. */
export const isDoubtful = (request: Request): boolean => doubtfulOptions(request).length > 0

/**
 * Carries out a request with such options. It fails with VNET_UNSUPPORTED where the kernel ignores one of them, and
 * nothing has changed then.
 */
export async function carryOutDoubtful(run: Carrier, request: Request): Promise<unknown> {
  if (request.operation === 'link add') return made(run, request)
  return request.operation === 'link set' ? changed(run, request) : run.trusted(request)
}

type LinkAdd = Request & { readonly operation: 'link add' }
type LinkSet = Request & { readonly operation: 'link set' }

/** A new link is told back anyway; one that lacks an option is deleted again. */
async function made(run: Carrier, request: LinkAdd): Promise<Link> {
  const link = (await run.trusted(request)) as Link
  const ignored = doubtfulOptions(request).find((doubt) => !isTold(link, doubt))
  if (ignored === undefined) return link
  const { namespace } = request.spec
  const fd = namespace === undefined ? run.ownFd : run.namespaceFd(namespace)
  await run.gate.calmly(() => run.in(fd, [{ operation: 'link delete', spec: { link: link.index } }]))
  throw ignoredOption(request, ignored)
}

/** What a link tells before the change shows which options the kernel knows; a few must be tried. */
async function changed(run: Carrier, request: LinkSet): Promise<unknown> {
  const before = await linkOf(run, request.spec.link)
  // The kernel says why it refuses a link that is not there.
  if (before === undefined) return run.trusted(request)
  const back: LinkSet['spec'][] = []
  try {
    const link = await inPlace(run, request, before, back)
    for (const doubt of doubtfulOptions(request)) await prove(run, request, link, doubt, back)
    return await run.trusted(request)
  } catch (error) {
    // What was added when the abort came must not go out with the way back.
    run.window.discard()
    for (const spec of back.reverse()) await run.gate.calmly(() => run.trusted({ operation: 'link set', spec }))
    throw error
  }
}

/** The link as a port of the master that it shall have: only then it tells options of a port. */
async function inPlace(run: Carrier, request: LinkSet, link: Link, back: LinkSet['spec'][]): Promise<Link> {
  const { master, port, bondPort } = request.spec
  if (master === undefined || master === null || (port ?? bondPort) === undefined) return link
  await run.trusted({ operation: 'link set', spec: { link: link.index, master } })
  back.push({ link: link.index, master: link.master ?? null })
  return (await linkOf(run, link.index)) ?? link
}

/** Fails where the kernel ignores the option. */
async function prove(
  run: Carrier,
  request: LinkSet,
  link: Link,
  doubt: DoubtfulOption,
  back: LinkSet['spec'][],
): Promise<void> {
  const { property, option, value, since } = doubt
  // A link of another kind, or no port: the kernel refuses that itself.
  if ((link as unknown as Record<string, unknown>)[property] === undefined || isTold(link, doubt)) return
  const told = toldOf(link, doubt)
  if (told !== undefined && since.byValue !== true) return
  const change = (value: unknown) => ({ link: link.index, [property]: { [option]: value } })
  if (told === undefined && since.untold === undefined) throw ignoredOption(request, doubt)
  try {
    await run.trusted({ operation: 'link set', spec: change(value) })
  } catch {
    // Who refuses an option knows it; the whole request says whether it is right together with the others.
    return
  }
  back.push(change(told ?? since.untold))
  const after = await linkOf(run, link.index)
  if (after !== undefined && !isTold(after, doubt)) throw ignoredOption(request, doubt)
}
