/** What a glance at a link tells, against what decoding it tells. */
import type { Link } from '@vnet/core'
import { expect, test } from 'vitest'
import { Octets } from '../src/netlink/octets.js'
import { decodeLink } from '../src/rtnetlink/link-decode.js'
import { LinkGlance } from '../src/rtnetlink/link-glance.js'
import { listFixtures, loadFixture } from './fixtures/load.js'

const NEWLINK = 16
/** Every message about a link that was ever recorded. */
const corpus = listFixtures().flatMap((name) => {
  const { replies, helpers } = loadFixture(name)
  const all = [...replies, ...helpers.flatMap((helper) => helper.replies)]
  return all.filter((message) => message[4] === NEWLINK && message[16] === 0)
})
const glanceAt = (message: Uint8Array) => {
  const glance = new LinkGlance()
  const isLink = glance.read(new Octets(message), 16, message.length, NEWLINK)
  return { isLink, ...glance }
}

test('the same as decoding, of every recorded link', () => {
  const links = corpus.map((message): Link => decodeLink(new Octets(message), 16, message.length))
  for (const [i, link] of links.entries()) {
    const taken = new LinkGlance()
    taken.take(link)
    expect(glanceAt(corpus[i] as Uint8Array)).toEqual({ isLink: true, ...taken })
  }
  // Of each sort there is one at least.
  const sorts = {
    lo: (link: Link) => link.kind === undefined,
    fallback: (link: Link) => link.fallback === true,
    parent: (link: Link) => link.parent !== undefined && link.linkNamespaceId === undefined,
    'parent elsewhere': (link: Link) => link.parent !== undefined && link.linkNamespaceId !== undefined,
    group: (link: Link) => link.group !== 0,
  }
  for (const [sort, isOne] of Object.entries(sorts)) expect(links.some(isOne), sort).toBe(true)
})

test('no glance at what is no link', () => {
  const message = corpus[0] as Uint8Array
  const bridge = message.slice()
  bridge[16] = 7
  expect(glanceAt(bridge).isLink).toBe(false)
  expect(glanceAt(message.slice(0, 32)).isLink).toBe(false)
  expect(glanceAt(message.slice(0, 20)).isLink).toBe(false)
  expect(new LinkGlance().read(new Octets(message), 16, message.length, 17)).toBe(false)
})
